/* tls_wire: one TLS connection over a connected socket for a program that waits (kap, the tests' devices): handshake,
 * read and write, each bounded in time. Knows which keys it was told to accept; knows no frame. One thread at a time.
 * SIGPIPE must be ignored by the program. */
#ifndef KAP_CERTS_TLS_WIRE_H
#define KAP_CERTS_TLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls.h"

struct tls_wire;

/* Takes the handshake to its end within `ms` from now, and checks the pins as tls_check_pin does (n 0: any key; the
 * caller compares tls_wire_key itself before it sends anything). Takes `fd` in every case and closes it on error.
 * ERR_TIMEOUT, ERR_CLOSED (also: the other side is no kap server, or refused this device), ERR_PIN, ERR_VERSION,
 * ERR_NOMEM. */
int tls_wire_open(struct ssl_ctx_st *ctx, int fd, const uint8_t (*pins)[TLS_KEY], size_t n, unsigned ms,
                  struct tls_wire **out);

/* Reads 1..len bytes; *got how many. ERR_TIMEOUT, ERR_CLOSED. A server judges a device only after the device thinks it
 * is connected: ERR_CLOSED from the first read means refused or gone. */
int tls_wire_read(struct tls_wire *w, void *bytes, size_t len, unsigned ms, size_t *got);
/* Writes all of it. ERR_TIMEOUT, ERR_CLOSED: how much of it arrived is not known. */
int tls_wire_write(struct tls_wire *w, const void *bytes, size_t len, unsigned ms);

void tls_wire_key(const struct tls_wire *w, uint8_t key[TLS_KEY]);
/* For poll; bytes that arrived may also be held inside. */
int tls_wire_fd(const struct tls_wire *w);
bool tls_wire_pending(const struct tls_wire *w);
void tls_wire_close(struct tls_wire *w); /* says goodbye, closes the socket; NULL is legal */

#endif
