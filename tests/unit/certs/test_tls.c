/* test_tls: who gets through the handshake and who does not, over memory. Every refusal stands beside a control that
 * differs in that one thing and gets through. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "certs/tls.h"
#include "proto/crypto.h"
#include "proto/err.h"

static const uint8_t server_seed[32] = {1, 2, 3};
static const uint8_t client_seed[32] = {4, 5, 6};

/* What the far end looks like; zero is a device as it should be. */
struct peer {
	int no_cert, tls12, big_cert;
	const char *key;  /* NULL: Ed25519 */
	const char *alpn; /* NULL: kap/1, "" none */
	const char *groups;
};

struct pair {
	SSL *server, *client;
	int server_ok, client_ok;
};

static EVP_PKEY *new_key(const char *kind)
{
	if (kind == NULL)
		return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, client_seed, 32);
	return strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

static X509 *new_cert(EVP_PKEY *key, int big)
{
	static uint8_t filler[5000];
	X509 *cert = X509_new();
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	assert_non_null(cert);
	X509_set_version(cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(cert), -1000);
	X509_gmtime_adj(X509_getm_notAfter(cert), -500); /* over: dates decide nothing */
	X509_set_pubkey(cert, key);
	ASN1_OCTET_STRING_set(bytes, filler, sizeof filler);
	ext = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, bytes);
	if (big)
		X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(bytes);
	assert_true(X509_sign(cert, key, NULL) > 0);
	return cert;
}

static SSL_CTX *peer_ctx(const struct peer *p)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	const char *alpn = p->alpn != NULL ? p->alpn : "\5kap/1";

	assert_non_null(ctx);
	SSL_CTX_set_max_proto_version(ctx, p->tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
	if (alpn[0] != '\0')
		assert_int_equal(SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)alpn, (unsigned)strlen(alpn)), 0);
	if (p->groups != NULL)
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, p->groups), 1);
	if (!p->no_cert) {
		EVP_PKEY *key = new_key(p->key);
		X509 *cert = new_cert(key, p->big_cert);

		assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
		X509_free(cert);
		EVP_PKEY_free(key);
	}
	return ctx;
}

static void shake(struct pair *p)
{
	for (int i = 0; i < 20; i++) {
		ERR_clear_error();
		p->client_ok = SSL_do_handshake(p->client) == 1;
		ERR_clear_error();
		p->server_ok = SSL_do_handshake(p->server) == 1;
	}
}

static void connect_pair(struct pair *p, SSL_CTX *server, SSL_CTX *client, SSL_SESSION *session)
{
	BIO *a, *b;

	p->server = tls_conn_new(server);
	p->client = tls_conn_new(client);
	assert_non_null(p->server);
	assert_non_null(p->client);
	assert_int_equal(BIO_new_bio_pair(&a, 1 << 16, &b, 1 << 16), 1);
	SSL_set_bio(p->server, a, a);
	SSL_set_bio(p->client, b, b);
	SSL_set_accept_state(p->server);
	SSL_set_connect_state(p->client);
	if (session != NULL)
		SSL_set_session(p->client, session);
	shake(p);
}

static void end_pair(struct pair *p)
{
	tls_conn_free(p->server);
	tls_conn_free(p->client);
}

static int accept_all(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

/* Takes back every rule, to show that a peer is refused by a rule and not because the test's peer is broken. */
static void make_lax(SSL_CTX *server)
{
	const char *sigalgs = "ed25519:RSA-PSS+SHA256:ECDSA+SHA256";

	SSL_CTX_set_min_proto_version(server, TLS1_2_VERSION);
	SSL_CTX_set1_groups_list(server, "X25519:P-256");
	SSL_CTX_set1_sigalgs_list(server, sigalgs);
	SSL_CTX_set1_client_sigalgs_list(server, sigalgs);
	SSL_CTX_set_max_cert_list(server, 1 << 17);
	SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(server, accept_all, NULL);
	SSL_CTX_set_client_hello_cb(server, NULL, NULL);
	SSL_CTX_set_alpn_select_cb(server, NULL, NULL);
}

/* Does this peer get through to our server? Whoever does not gets through to a lax one. */
static int gets_in(const struct peer *peer)
{
	uint8_t key[32], want[32];
	SSL_CTX *server, *client = peer_ctx(peer);
	struct pair p;
	int in;

	assert_int_equal(tls_server_new(server_seed, &server), 0);
	make_lax(server);
	connect_pair(&p, server, client, NULL);
	assert_true(p.server_ok);
	end_pair(&p);
	tls_free(server);

	assert_int_equal(tls_server_new(server_seed, &server), 0);
	connect_pair(&p, server, client, NULL);
	in = p.server_ok;
	if (in) {
		assert_int_equal(tls_peer_key(p.server, key), 0);
		assert_int_equal(crypto_sign_public(client_seed, want), 0);
		assert_memory_equal(key, want, 32);
	} else {
		assert_int_not_equal(tls_peer_key(p.server, key), 0);
	}
	end_pair(&p);
	tls_free(client);
	tls_free(server);
	return in;
}

static void a_peer_as_it_should_be(void **state)
{
	(void)state;
	assert_true(gets_in(&(struct peer){0}));
}

static void no_certificate(void **state)
{
	(void)state;
	assert_false(gets_in(&(struct peer){.no_cert = 1}));
}

static void other_keys(void **state)
{
	(void)state;
	assert_false(gets_in(&(struct peer){.key = "RSA"}));
	assert_false(gets_in(&(struct peer){.key = "P-256"}));
}

static void a_certificate_that_is_too_large(void **state)
{
	(void)state;
	assert_false(gets_in(&(struct peer){.big_cert = 1}));
}

static void older_tls(void **state)
{
	(void)state;
	assert_false(gets_in(&(struct peer){.tls12 = 1}));
}

static void other_groups(void **state)
{
	(void)state;
	assert_true(gets_in(&(struct peer){.groups = "P-256:X25519"}));
	assert_false(gets_in(&(struct peer){.groups = "P-256"}));
}

static void other_protocols(void **state)
{
	static const char *const good[] = {"\5kap/1", "\2h2\5kap/1", "\5kap/1\2h2"};
	static const char *const bad[] = {"", "\2h2", "\5kap/2", "\5KAP/1", "\6kap/10", "\4kap/", "\2h2\10http/1.1"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(gets_in(&(struct peer){.alpn = good[i]}));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(gets_in(&(struct peer){.alpn = bad[i]}));
}

static void both_ends_know_each_other(void **state)
{
	uint8_t pins[2][32] = {{9}}, key[32], client_key[32];
	SSL_CTX *server, *client;
	struct pair p;

	(void)state;
	assert_int_equal(tls_server_new(server_seed, &server), 0);
	assert_int_equal(tls_client_new(client_seed, &client), 0);
	assert_int_equal(crypto_sign_public(server_seed, pins[1]), 0);
	assert_int_equal(crypto_sign_public(client_seed, client_key), 0);
	connect_pair(&p, server, client, NULL);
	assert_true(p.client_ok && p.server_ok);
	assert_int_equal(tls_peer_key(p.server, key), 0);
	assert_memory_equal(key, client_key, 32);
	assert_int_equal(tls_check_pin(p.client, (const uint8_t(*)[32])pins, 2, key), 0);
	assert_memory_equal(key, pins[1], 32);
	assert_int_equal(tls_check_pin(p.client, (const uint8_t(*)[32])pins, 1, key), ERR_PIN);
	assert_memory_equal(key, pins[1], 32);
	assert_int_equal(tls_check_pin(p.client, NULL, 0, key), ERR_PIN);
	end_pair(&p);
	tls_free(client);
	tls_free(server);
}

static void a_server_of_another_kind(void **state)
{
	EVP_PKEY *key = new_key("P-256");
	X509 *cert = new_cert(key, 0);
	SSL_CTX *server = SSL_CTX_new(TLS_server_method()), *client;
	struct pair p;

	(void)state;
	assert_int_equal(SSL_CTX_use_certificate(server, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server, key), 1);
	assert_int_equal(tls_client_new(client_seed, &client), 0);
	connect_pair(&p, server, client, NULL);
	assert_false(p.client_ok);
	end_pair(&p);
	tls_free(client);
	tls_free(server);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* A server that speaks everything but kap/1: the device finds out before it says anything. */
static void a_server_without_the_protocol(void **state)
{
	uint8_t key[32];
	EVP_PKEY *pkey = new_key(NULL);
	X509 *cert = new_cert(pkey, 0);
	SSL_CTX *server = SSL_CTX_new(TLS_server_method()), *client;
	struct pair p;

	(void)state;
	assert_int_equal(SSL_CTX_use_certificate(server, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server, pkey), 1);
	assert_int_equal(tls_client_new(client_seed, &client), 0);
	connect_pair(&p, server, client, NULL);
	assert_true(p.client_ok);
	assert_int_equal(tls_peer_key(p.client, key), ERR_VERSION);
	end_pair(&p);
	tls_free(client);
	tls_free(server);
	X509_free(cert);
	EVP_PKEY_free(pkey);
}

/* One connection, and the session a peer would resume it with; NULL when there is none. */
static SSL_SESSION *session_after(SSL_CTX *server, SSL_CTX *client, SSL_SESSION *session, int *reused, int *known)
{
	uint8_t byte, key[32];
	struct pair p;
	SSL_SESSION *got;

	connect_pair(&p, server, client, session);
	assert_true(p.client_ok && p.server_ok);
	assert_int_equal(SSL_write(p.server, "x", 1), 1);
	assert_int_equal(SSL_read(p.client, &byte, 1), 1); /* tickets come before it */
	*reused = SSL_session_reused(p.server);
	*known = tls_peer_key(p.server, key) == 0;
	got = SSL_get1_session(p.client);
	tls_bye(p.client);
	end_pair(&p);
	if (SSL_SESSION_is_resumable(got))
		return got;
	SSL_SESSION_free(got);
	return NULL;
}

/* A resumed session skips the certificate, so a device that lost its access would come back with one. */
static void a_connection_is_never_resumed(void **state)
{
	SSL_CTX *server, *client = peer_ctx(&(struct peer){0});
	SSL_SESSION *first, *second;
	int reused, known;

	(void)state;
	assert_int_equal(tls_server_new(server_seed, &server), 0);
	assert_null(session_after(server, client, NULL, &reused, &known));
	assert_true(known);

	/* the control: the same server with tickets hands out sessions, and they are taken */
	SSL_CTX_clear_options(server, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(server, 1);
	SSL_CTX_set_session_id_context(server, (const uint8_t *)"t", 1);
	first = session_after(server, client, NULL, &reused, &known);
	assert_non_null(first);
	assert_false(reused);
	second = session_after(server, client, first, &reused, &known);
	assert_true(reused);
	assert_false(known); /* and even then it would not be let in */
	SSL_SESSION_free(first);
	SSL_SESSION_free(second);
	tls_free(client);
	tls_free(server);
}

/* A ticket from elsewhere is not taken either. */
static void a_foreign_session_is_a_full_handshake(void **state)
{
	SSL_CTX *server, *other, *client = peer_ctx(&(struct peer){0});
	SSL_SESSION *session, *none;
	int reused, known;

	(void)state;
	assert_int_equal(tls_server_new(server_seed, &server), 0);
	assert_int_equal(tls_server_new(server_seed, &other), 0);
	SSL_CTX_clear_options(other, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(other, 1);
	session = session_after(other, client, NULL, &reused, &known);
	assert_non_null(session);
	none = session_after(server, client, session, &reused, &known);
	assert_null(none);
	assert_false(reused);
	assert_true(known);
	SSL_SESSION_free(session);
	tls_free(client);
	tls_free(other);
	tls_free(server);
}

/* How many of `n` key updates in a row still leave a byte through? Over sockets, since the answer is to close one. */
static int survives_key_updates(int n)
{
	SSL_CTX *server, *client = peer_ctx(&(struct peer){0});
	struct pair p = {0};
	uint8_t byte;
	int fds[2], got = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(tls_server_new(server_seed, &server), 0);
	p.server = tls_conn_new(server);
	p.client = tls_conn_new(client);
	SSL_set_fd(p.server, fds[0]);
	SSL_set_fd(p.client, fds[1]);
	SSL_set_accept_state(p.server);
	SSL_set_connect_state(p.client);
	shake(&p);
	assert_true(p.server_ok && p.client_ok);
	for (int i = 0; i < n; i++) {
		SSL_key_update(p.client, SSL_KEY_UPDATE_NOT_REQUESTED);
		SSL_do_handshake(p.client);
		SSL_read(p.server, &byte, 1);
	}
	SSL_write(p.client, "x", 1);
	for (int i = 0; i < 10 && got != 1; i++)
		got = SSL_read(p.server, &byte, 1);
	end_pair(&p);
	tls_free(client);
	tls_free(server);
	close(fds[0]);
	close(fds[1]);
	return got == 1;
}

static void key_updates_without_end(void **state)
{
	(void)state;
	assert_true(survives_key_updates(64));
	assert_false(survives_key_updates(66));
}

static void what_arrived_is_counted(void **state)
{
	SSL_CTX *server, *client;
	uint8_t bytes[8];
	uint64_t before;
	struct pair p;

	(void)state;
	assert_int_equal(tls_server_new(server_seed, &server), 0);
	assert_int_equal(tls_client_new(client_seed, &client), 0);
	connect_pair(&p, server, client, NULL);
	SSL_read(p.server, bytes, 1);
	assert_false(tls_has_pending(p.server));
	assert_int_equal(SSL_write(p.client, "one", 3), 3);
	assert_int_equal(SSL_write(p.client, "two", 3), 3);
	assert_int_equal(SSL_read(p.server, bytes, sizeof bytes), 3);
	assert_true(tls_has_pending(p.server)); /* the second came along; SSL_pending does not know */
	assert_int_equal(SSL_pending(p.server), 0);
	assert_int_equal(SSL_read(p.server, bytes, sizeof bytes), 3);
	assert_false(tls_has_pending(p.server));
	before = tls_sent(p.server);
	assert_int_equal(SSL_write(p.server, "three", 5), 5);
	assert_true(tls_sent(p.server) >= before + 5);
	end_pair(&p);
	tls_free(client);
	tls_free(server);
}

static int start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return crypto_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_peer_as_it_should_be),
	    cmocka_unit_test(no_certificate),
	    cmocka_unit_test(other_keys),
	    cmocka_unit_test(a_certificate_that_is_too_large),
	    cmocka_unit_test(older_tls),
	    cmocka_unit_test(other_groups),
	    cmocka_unit_test(other_protocols),
	    cmocka_unit_test(both_ends_know_each_other),
	    cmocka_unit_test(a_server_of_another_kind),
	    cmocka_unit_test(a_server_without_the_protocol),
	    cmocka_unit_test(a_connection_is_never_resumed),
	    cmocka_unit_test(a_foreign_session_is_a_full_handshake),
	    cmocka_unit_test(key_updates_without_end),
	    cmocka_unit_test(what_arrived_is_counted),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
