/* crypto_internal: what crypto.c and crypto_curve.c share. Nobody else includes it. */
#ifndef KAP_PROTO_CRYPTO_INTERNAL_H
#define KAP_PROTO_CRYPTO_INTERNAL_H

#include "buf.h"
#include "crypto.h"

/* Empties OpenSSL's error queue of this thread, so that no later TLS call takes what is in it for its own. It fills up
 * when a call fails; the curves' calls can succeed and still leave something. Returns `rc`. */
int crypto_result(int rc);

/* Initialises `b` and puts into it "kap1." label 0x00 (unless label is NULL) and the parts, in one allocation.
 * ERR_RANGE, ERR_NOMEM. buf_wipe is due in every case. */
int crypto_join(struct buf *b, const char *label, const struct crypto_bytes *parts, size_t n);

#endif
