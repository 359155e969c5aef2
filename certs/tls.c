/* tls: see tls.h. What is refused, is refused in the handshake where OpenSSL lets us say why by an alert; tls_peer_key
 * asks again afterwards, so that no single callback is trusted. */
#include "tls.h"

#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "proto/crypto.h"
#include "proto/err.h"

#define TLS_CERT_LIST_MAX 4096 /* a certificate of this kind takes 250 bytes */
#define TLS_KEY_UPDATES_MAX 64 /* a fair peer needs one every 2^24 records */
#define TLS_CIPHERS "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

static const uint8_t alpn_list[] = {5, 'k', 'a', 'p', '/', '1'};

static int raw_key(X509 *cert, uint8_t key[TLS_KEY])
{
	EVP_PKEY *pkey = cert != NULL ? X509_get0_pubkey(cert) : NULL;
	size_t len = TLS_KEY;

	memset(key, 0, TLS_KEY);
	if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519)
		return ERR_KEY;
	if (EVP_PKEY_get_raw_public_key(pkey, key, &len) != 1 || len != TLS_KEY || crypto_sign_key_check(key) != 0) {
		memset(key, 0, TLS_KEY);
		return ERR_KEY;
	}
	return 0;
}

/* Instead of OpenSSL's walk through chains, names and dates: only the kind of the leaf's key matters. That the peer
 * holds it is proved by the handshake's CertificateVerify. */
static int accept_any_ed25519(X509_STORE_CTX *store, void *arg)
{
	uint8_t key[TLS_KEY];

	(void)arg;
	if (raw_key(X509_STORE_CTX_get0_cert(store), key) == 0)
		return 1;
	ERR_clear_error();
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned int in_len, void *arg)
{
	unsigned int at = 0;

	(void)ssl;
	(void)arg;
	while (at < in_len && in[at] < in_len - at) {
		if (in[at] == alpn_list[0] && memcmp(in + at + 1, alpn_list + 1, alpn_list[0]) == 0) {
			*out = in + at + 1;
			*out_len = in[at];
			return SSL_TLSEXT_ERR_OK;
		}
		at += 1u + in[at];
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* select_alpn is not asked when a peer names no protocol at all. */
static int demand_alpn(SSL *ssl, int *alert, void *arg)
{
	const unsigned char *ext;
	size_t len;

	(void)arg;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &ext, &len) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

/* Key updates cost the receiver more than the sender and OpenSSL takes any number of them. It has no way to refuse from
 * here; closing the reading side ends the connection at the next read. */
static void count_key_updates(int writing, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	uintptr_t n;

	(void)version;
	(void)arg;
	if (writing || type != SSL3_RT_HANDSHAKE || len == 0 || *(const uint8_t *)bytes != SSL3_MT_KEY_UPDATE)
		return;
	n = (uintptr_t)SSL_get_app_data(ssl) + 1;
	SSL_set_app_data(ssl, (void *)n);
	if (n > TLS_KEY_UPDATES_MAX && SSL_get_rfd(ssl) >= 0)
		shutdown(SSL_get_rfd(ssl), SHUT_RD);
}

/* No clock is asked: the dates are the two ends of what X.509 can say. */
static X509 *make_cert(EVP_PKEY *pkey)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	if (cert == NULL)
		return NULL;
	name = X509_get_subject_name(cert);
	if (X509_set_version(cert, X509_VERSION_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"kap", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1 &&
	    ASN1_TIME_set_string(X509_getm_notBefore(cert), "19700101000000Z") == 1 &&
	    ASN1_TIME_set_string(X509_getm_notAfter(cert), "99991231235959Z") == 1 && X509_set_pubkey(cert, pkey) == 1 &&
	    X509_sign(cert, pkey, NULL) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int use_seed(SSL_CTX *ctx, const uint8_t seed[TLS_KEY])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, TLS_KEY);
	X509 *cert = pkey != NULL ? make_cert(pkey) : NULL;
	int err = ERR_CRYPTO;

	if (cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, pkey) == 1)
		err = 0;
	X509_free(cert);
	EVP_PKEY_free(pkey);
	return err;
}

static int set_common(SSL_CTX *ctx)
{
	uint64_t options = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

	SSL_CTX_set_options(ctx, options);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* ENABLE_PARTIAL_WRITE must stay off: libevent 2.1.12 would send the next chunk after a partial one. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_max_cert_list(ctx, TLS_CERT_LIST_MAX);
	SSL_CTX_set_msg_callback(ctx, count_key_updates);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 || SSL_CTX_set_ciphersuites(ctx, TLS_CIPHERS) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519") != 1 || SSL_CTX_set1_sigalgs_list(ctx, "ed25519") != 1 ||
	    SSL_CTX_set1_client_sigalgs_list(ctx, "ed25519") != 1)
		return ERR_CRYPTO;
	return 0;
}

static int context(const SSL_METHOD *method, const uint8_t seed[TLS_KEY], SSL_CTX **out)
{
	SSL_CTX *ctx = NULL;
	int err = ERR_CRYPTO;

	*out = NULL;
	ERR_clear_error();
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		goto out;
	err = ERR_NOMEM;
	ctx = SSL_CTX_new(method);
	if (ctx == NULL)
		goto out;
	err = set_common(ctx);
	if (err == 0)
		err = use_seed(ctx, seed);
	if (err != 0)
		goto out;
	*out = ctx;
	ctx = NULL;
out:
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return err;
}

int tls_server_new(const uint8_t seed[TLS_KEY], struct ssl_ctx_st **out)
{
	int err = context(TLS_server_method(), seed, out);

	if (err != 0)
		return err;
	SSL_CTX_set_verify(*out, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(*out, accept_any_ed25519, NULL);
	SSL_CTX_set_num_tickets(*out, 0);
	SSL_CTX_set_max_early_data(*out, 0);
	SSL_CTX_set_recv_max_early_data(*out, 0);
	SSL_CTX_set_client_hello_cb(*out, demand_alpn, NULL);
	SSL_CTX_set_alpn_select_cb(*out, select_alpn, NULL);
	SSL_CTX_set_read_ahead(*out, 1);
	/* Otherwise one SSL_read goes on for as long as a peer sends records without content. */
	SSL_CTX_clear_mode(*out, SSL_MODE_AUTO_RETRY);
	return 0;
}

int tls_client_new(const uint8_t seed[TLS_KEY], struct ssl_ctx_st **out)
{
	int err = context(TLS_client_method(), seed, out);

	if (err != 0)
		return err;
	SSL_CTX_set_verify(*out, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(*out, accept_any_ed25519, NULL);
	if (SSL_CTX_set_alpn_protos(*out, alpn_list, sizeof alpn_list) == 0) /* 0 is success here */
		return 0;
	tls_free(*out);
	*out = NULL;
	ERR_clear_error();
	return ERR_NOMEM;
}

void tls_free(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

struct ssl_st *tls_conn_new(struct ssl_ctx_st *ctx)
{
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(ctx);
	ERR_clear_error();
	return ssl;
}

void tls_conn_free(struct ssl_st *ssl)
{
	SSL_free(ssl);
}

int tls_peer_key(struct ssl_st *ssl, uint8_t key[TLS_KEY])
{
	const unsigned char *alpn = NULL;
	unsigned int len = 0;
	int err;

	memset(key, 0, TLS_KEY);
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	if (!SSL_is_init_finished(ssl) || SSL_version(ssl) != TLS1_3_VERSION || len != alpn_list[0] ||
	    memcmp(alpn, alpn_list + 1, len) != 0 || SSL_session_reused(ssl))
		return ERR_VERSION;
	err = raw_key(SSL_get0_peer_certificate(ssl), key);
	ERR_clear_error();
	return err;
}

int tls_check_pin(struct ssl_st *ssl, const uint8_t (*pins)[TLS_KEY], size_t n, uint8_t key[TLS_KEY])
{
	int err = tls_peer_key(ssl, key);

	if (err != 0)
		return err;
	for (size_t i = 0; i < n; i++)
		if (memcmp(pins[i], key, TLS_KEY) == 0)
			return 0;
	return ERR_PIN;
}

bool tls_has_pending(struct ssl_st *ssl)
{
	return SSL_has_pending(ssl) == 1;
}

uint64_t tls_sent(struct ssl_st *ssl)
{
	BIO *bio = SSL_get_wbio(ssl);

	return bio != NULL ? BIO_number_written(bio) : 0;
}

void tls_bye(struct ssl_st *ssl)
{
	ERR_clear_error();
	if (SSL_is_init_finished(ssl))
		SSL_shutdown(ssl);
	ERR_clear_error();
}
