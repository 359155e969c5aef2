/* tls: the TLS contexts of both ends (docs/PROTOCOL.md section 9) and what may be asked of a connection made from them:
 * TLS 1.3 only, ALPN kap/1 or nothing, X25519, a self-signed Ed25519 certificate on both sides whose raw public key is
 * the identity. No tickets, no resumption, no early data, no renegotiation. Knows no socket, no member and no pin list
 * of its own: it says which key the far end proved, the caller decides whether that key is welcome. Names and dates in
 * certificates are never looked at.
 *
 * crypto_init must have run. A context may be shared between threads once made; a connection may not. */
#ifndef KAP_CERTS_TLS_H
#define KAP_CERTS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st; /* SSL_CTX */
struct ssl_st;     /* SSL */

#define TLS_KEY 32
#define TLS_ALPN "kap/1"
#define TLS_PINS_MAX 4

/* A context with a certificate made in memory from the Ed25519 `seed`, which is copied.
 * server: demands a certificate of every peer and reads ahead (one recv per request): ask tls_has_pending, never
 * SSL_pending. ERR_CRYPTO, ERR_NOMEM; then *out is NULL. */
int tls_server_new(const uint8_t seed[TLS_KEY], struct ssl_ctx_st **out);
int tls_client_new(const uint8_t seed[TLS_KEY], struct ssl_ctx_st **out);
void tls_free(struct ssl_ctx_st *ctx); /* NULL is legal */

/* One connection's state, not yet bound to a socket. NULL when there is no memory. tls_conn_free does not close a
 * descriptor; NULL is legal. */
struct ssl_st *tls_conn_new(struct ssl_ctx_st *ctx);
void tls_conn_free(struct ssl_st *ssl);

/* The raw Ed25519 public key that the peer proved to hold. Only after the handshake; says that it was TLS 1.3 with
 * ALPN kap/1 as well. ERR_VERSION when it was not, ERR_KEY when there is no such key; `key` is then zeroed. */
int tls_peer_key(struct ssl_st *ssl, uint8_t key[TLS_KEY]);

/* Client, after the handshake and before the first byte of a request: 0 if the peer's key is one of the n `pins`,
 * ERR_PIN if not, errors of tls_peer_key. `key` receives the peer's key in the first two cases. */
int tls_check_pin(struct ssl_st *ssl, const uint8_t (*pins)[TLS_KEY], size_t n, uint8_t key[TLS_KEY]);

/* Bytes that arrived but were not handed out, decrypted or not. */
bool tls_has_pending(struct ssl_st *ssl);
/* Bytes put on the wire so far, of all kinds: grows while the peer takes what it is sent. */
uint64_t tls_sent(struct ssl_st *ssl);
/* Tells the peer that nothing more will come, as well as that is possible without waiting; the connection is not used
 * for writing afterwards. */
void tls_bye(struct ssl_st *ssl);

#endif
