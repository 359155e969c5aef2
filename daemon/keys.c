/* keys: see keys.h. */
#include "keys.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "certs/keyfile.h"
#include "proto/crypto.h"
#include "proto/err.h"

struct keys {
	uint8_t tls[KEYFILE_SEED], log[KEYFILE_SEED];
	struct crypto_sign_key *log_key;
};

static int path_of(const char *folder, const char *file, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/%s", folder, file);

	return n > 0 && n < PATH_MAX ? 0 : ERR_ARG;
}

static int create_one(const char *folder, const char *file, enum keyfile_kind kind, uint8_t seed[KEYFILE_SEED])
{
	char path[PATH_MAX];
	int err = path_of(folder, file, path);

	if (err == 0)
		err = crypto_random(seed, KEYFILE_SEED);
	return err != 0 ? err : keyfile_create(path, kind, seed);
}

void keys_remove(const char *state_dir)
{
	static const char *const files[] = {"tls.key", "log.key"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (path_of(state_dir, files[i], path) == 0)
			unlink(path);
}

static int load_one(const char *folder, const char *file, enum keyfile_kind kind, uint8_t seed[KEYFILE_SEED])
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	int err = ERR_NOT_FOUND;

	if (credentials != NULL && path_of(credentials, file, path) == 0)
		err = keyfile_read(path, kind, seed);
	if (err != ERR_NOT_FOUND)
		return err;
	err = path_of(folder, file, path);
	return err != 0 ? err : keyfile_read(path, kind, seed);
}

static int make(const char *folder, int (*one)(const char *, const char *, enum keyfile_kind, uint8_t *),
                struct keys **out)
{
	struct keys *k = crypto_secret_new(sizeof *k);
	int err = ERR_NOMEM;

	*out = NULL;
	if (k == NULL)
		return err;
	err = one(folder, "tls.key", KEYFILE_SERVER_TLS, k->tls);
	if (err == 0)
		err = one(folder, "log.key", KEYFILE_SERVER_LOG, k->log);
	if (err == 0)
		err = crypto_sign_key_new(k->log, &k->log_key);
	if (err != 0) {
		keys_free(k);
		return err;
	}
	*out = k;
	return 0;
}

int keys_create(const char *state_dir, struct keys **out)
{
	return make(state_dir, create_one, out);
}

int keys_load(const char *state_dir, struct keys **out)
{
	return make(state_dir, load_one, out);
}

void keys_free(struct keys *k)
{
	if (k != NULL)
		crypto_sign_key_free(k->log_key);
	crypto_secret_free(k, sizeof *k);
}

const uint8_t *keys_tls_seed(const struct keys *k)
{
	return k->tls;
}

const struct crypto_sign_key *keys_log_key(const struct keys *k)
{
	return k->log_key;
}

int keys_public(const struct keys *k, uint8_t tls[32], uint8_t log[32])
{
	int err = crypto_sign_public(k->tls, tls);

	return err != 0 ? err : crypto_sign_public(k->log, log);
}
