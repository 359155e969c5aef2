/* ossl_rand: makes OpenSSL's randomness fail, give always the same bytes, or work again. For tests of what happens
 * then, and for examples that must come out the same. Not for several threads. */
#ifndef KAP_TESTS_OSSL_RAND_H
#define KAP_TESTS_OSSL_RAND_H

void ossl_rand_break(void);
/* From here on the bytes are SHA-256(u64 0) || SHA-256(u64 1) || ..., each draw taking the next ones. */
void ossl_rand_fix(void);
void ossl_rand_mend(void);

#endif
