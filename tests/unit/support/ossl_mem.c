/* ossl_mem: see ossl_mem.h. */
#include "ossl_mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static size_t countdown, nth;
static int failed;
static const void *watched;
static size_t watched_len, found;

static void *mem_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	if (countdown > 0 && --countdown == 0) {
		failed = 1;
		return NULL;
	}
	/* zeroed, so that looking through a block is looking at defined bytes */
	return calloc(1, len);
}

static void mem_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p != NULL && watched != NULL && memmem(p, malloc_usable_size(p), watched, watched_len) != NULL)
		found++;
	free(p);
}

static void *mem_realloc(void *p, size_t len, const char *file, int line)
{
	void *now = mem_malloc(len, file, line);
	size_t was = p != NULL ? malloc_usable_size(p) : 0;

	if (p == NULL || now == NULL)
		return now;
	memcpy(now, p, was < len ? was : len);
	mem_free(p, file, line);
	return now;
}

int ossl_mem_install(void)
{
	return CRYPTO_set_mem_functions(mem_malloc, mem_realloc, mem_free) == 1 ? 0 : -1;
}

void ossl_mem_begin(void)
{
	nth = 0;
	failed = 1;
}

int ossl_mem_next(void)
{
	if (!failed)
		return 0;
	failed = 0;
	countdown = ++nth;
	return 1;
}

void ossl_mem_stop(void)
{
	countdown = 0;
}

void ossl_mem_watch(const void *secret, size_t len)
{
	watched = secret;
	watched_len = len;
	found = 0;
}

size_t ossl_mem_found(void)
{
	return found;
}
