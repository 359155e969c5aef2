/* ossl_rand: makes OpenSSL's randomness fail, or work again. For tests of what happens then. Not for several threads.
 */
#ifndef KAP_TESTS_OSSL_RAND_H
#define KAP_TESTS_OSSL_RAND_H

void ossl_rand_break(void);
void ossl_rand_mend(void);

#endif
