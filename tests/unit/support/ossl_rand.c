/* ossl_rand: see ossl_rand.h. The calls are deprecated in OpenSSL 3.0 and have no successor that is this small. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "ossl_rand.h"

#include <openssl/rand.h>

static int no_bytes(unsigned char *out, int len)
{
	(void)out;
	(void)len;
	return 0;
}

static const RAND_METHOD broken = {.bytes = no_bytes, .pseudorand = no_bytes};

void ossl_rand_break(void)
{
	RAND_set_rand_method(&broken);
}

void ossl_rand_mend(void)
{
	RAND_set_rand_method(RAND_OpenSSL());
}
