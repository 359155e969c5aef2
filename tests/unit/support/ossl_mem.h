/* ossl_mem: stands between OpenSSL and malloc, so that a test can make any one allocation fail, and can see whether a
 * secret was left in memory that OpenSSL gave back. Not for several threads. */
#ifndef KAP_TESTS_OSSL_MEM_H
#define KAP_TESTS_OSSL_MEM_H

#include <stddef.h>

/* First thing in main, before anything of OpenSSL runs. Non-zero when OpenSSL refuses, as it does afterwards. */
int ossl_mem_install(void);

/* Makes the first, then the second, ... allocation fail until a call gets through without one failing:
 *
 *     for (ossl_mem_begin(); ossl_mem_next();) {
 *         memset(out, 0xaa, sizeof out);
 *         rc = crypto_thing(..., out);
 *         ossl_mem_stop();
 *         ... check out, by rc ...
 *     }
 *     assert_int_equal(rc, 0);
 */
void ossl_mem_begin(void);
int ossl_mem_next(void);
/* From here on nothing fails, until the next ossl_mem_next. */
void ossl_mem_stop(void);

/* From now on counts the freed blocks that contain these bytes, which stay the caller's; NULL to stop. */
void ossl_mem_watch(const void *secret, size_t len);
size_t ossl_mem_found(void);

#endif
