/* Key chains that go on, as a device learns of them: only what has grown is fetched, the seeds of one's own epochs come
 * out of the boxes, and every way in which the server can show another chain is a rollback. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/fold.h"
#include "client/book/identity.h"
#include "client/sync/chains.h"
#include "client/sync/rpc.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/link.h"
#include "tests/unit/support/phones.h"
#include "tests/unit/support/sync_server.h"

static struct sync_cast cast;
static struct sync_device jo;
static struct sync_server server;
static struct phones *own, *ana;

static void show(struct phones *f)
{
	size_t shown = 0;
	for (size_t i = 0; i < cast.n_more; i++)
		shown += cast.more[i].of == f->p;
	for (size_t i = shown + 1; i < f->n_links; i++)
		sync_cast_grow(&cast, f->p, &f->links[i]);
}

static int setup(void **state)
{
	(void)state;
	sync_cast_begin(&cast, 0);
	own = phones_new(&cast.pp, cast.jo);
	ana = phones_new(&cast.pp, cast.ana);
	sync_device_open(&jo, &cast, cast.jo, true);
	sync_server_start(&server, &cast, cast.jo, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sync_server_stop(&server);
	sync_device_close(&jo);
	phones_free(own);
	phones_free(ana);
	sync_cast_end(&cast);
	return 0;
}

static int refresh(struct fold **fold)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = server.port, .timeout_s = 5};
	struct rpc *c;
	where.tls_seed = jo.id->device.tls;
	assert_int_equal(rpc_open(&where, &c), 0);
	int err = chains_refresh(c, jo.at.vault, jo.id, fold);
	rpc_close(c);
	return err;
}

static void well(void)
{
	struct fold *fold, *kept;
	assert_int_equal(refresh(&fold), 0);
	kept = sync_device_fold(&jo);
	const struct person *all[] = {cast.jo, cast.ana, cast.osei, cast.admin};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const uint8_t *head = keychain_head_hash(all[i]->chain);
		assert_memory_equal(keychain_head_hash(fold_keychain(fold, all[i]->genesis)), head, 32);
		assert_memory_equal(keychain_head_hash(fold_keychain(kept, all[i]->genesis)), head, 32);
	}
	fold_free(fold);
	fold_free(kept);
}

static void refuse(const char *name, int expected)
{
	uint8_t before[32], after[32];
	struct fold *fold;
	sync_device_print(&jo, before);
	int err = refresh(&fold);
	if (err != expected)
		fail_msg("%s: %s, not %s", name, err_name(err), err_name(expected));
	sync_device_print(&jo, after);
	if (memcmp(before, after, 32) != 0)
		fail_msg("%s: something was kept", name);
	sync_server_honest(&server);
}

/* --- what has grown --- */

static void test_only_news(void **state)
{
	(void)state;
	well();
	unsigned before = server.asked[MSG_OP_CHAIN_GET];
	well();
	assert_int_equal(server.asked[MSG_OP_CHAIN_GET], before + 1); /* the clinic chain's end */
	phones_add(ana, &ana->all[0]);
	phones_add(ana, &ana->all[1]);
	phones_rotate(ana, &ana->all[2]);
	show(ana);
	before = server.asked[MSG_OP_CHAIN_GET];
	well();
	assert_int_equal(server.asked[MSG_OP_CHAIN_GET], before + 2);
}

/* --- one's own seeds --- */

static void has_seeds(uint32_t n)
{
	struct identity *kept;
	sync_device_begin(&jo);
	assert_int_equal(identity_load(jo.at.txn, &kept), 0);
	sync_device_commit(&jo);
	assert_int_equal(jo.id->n_epochs, n);
	assert_int_equal(kept->n_epochs, n);
	for (uint32_t i = 1; i <= n; i++) {
		assert_memory_equal(identity_seed(jo.id, i), own->seeds[i], 32);
		assert_memory_equal(identity_seed(kept, i), own->seeds[i], 32);
	}
	identity_free(kept);
}

static void test_own_epochs(void **state)
{
	(void)state;
	well();
	has_seeds(1);
	struct phone *second = phones_add(own, &own->all[0]);
	phones_rotate(own, second);
	phones_recovery(own, second);
	show(own);
	well();
	has_seeds(3);
	well();
	has_seeds(3);
}

/* A device that was let in later with the newest seed: the others come from the links. */
static void test_later_device(void **state)
{
	(void)state;
	phones_rotate(own, &own->all[0]);
	phones_rotate(own, &own->all[0]);
	struct phone *second = phones_add(own, &own->all[0]);
	show(own);
	jo.id->device = second->secret;
	memcpy(jo.id->did, second->did, 16);
	jo.id->epochs[0].epoch = 3;
	memcpy(jo.id->epochs[0].seed, own->seeds[3], 32);
	sync_device_begin(&jo);
	assert_int_equal(identity_save(jo.at.txn, jo.id), 0);
	sync_device_commit(&jo);
	well();
	has_seeds(3);
}

static void strip(struct buf *bytes, unsigned what)
{
	struct link link;
	struct buf out;
	buf_init(&out, 0);
	if (link_parse(bytes->data, bytes->len, &link) == 0)
		link_put(&link, what, &out);
	buf_wipe(bytes);
	*bytes = out;
}

static bool is_own(const struct sync_links *l)
{
	return memcmp(l->asked->chain, cast.jo->genesis, 32) == 0;
}

static void without_boxes(void *arg, struct sync_links *l)
{
	(void)arg;
	for (uint32_t i = 0; is_own(l) && i < l->reply.n; i++)
		strip(&l->bytes[i], LINK_WITHOUT_BOXES);
}

/* The first answer leaves the boxes out, the one that asks for them does not. */
static void without_boxes_once(void *arg, struct sync_links *l)
{
	if (is_own(l) && !(*(unsigned *)arg)++)
		without_boxes(NULL, l);
}

static void test_boxes(void **state)
{
	unsigned asked = 0;
	(void)state;
	phones_rotate(own, &own->all[0]);
	show(own);
	server.twist.links = without_boxes;
	refuse("boxes withheld", ERR_LINK);
	assert_int_equal(jo.id->n_epochs, 1);
	server.twist.links = without_boxes_once;
	server.twist.arg = &asked;
	well();
	assert_int_equal(asked, 2);
	has_seeds(2);
}

static void test_put_out(void **state)
{
	struct fold *fold;
	(void)state;
	struct phone *second = phones_add(own, &own->all[0]);
	phones_revoke(own, second, &own->all[0]);
	show(own);
	assert_int_equal(refresh(&fold), ERR_REVOKED);
	assert_null(fold);
}

/* --- lies --- */

static struct msg_chain_entry *of(struct msg_chain_list_reply *r, const struct person *p)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (memcmp(r->chains[i].chain, p->genesis, 32) == 0)
			return &r->chains[i];
	return NULL;
}

static const uint8_t other[32] = {7};
static uint8_t near[32]; /* somebody else's, at the same place in the list */

#define LIE(name, who, what)                                                                                           \
	static void name(void *arg, struct msg_chain_list_reply *r)                                                        \
	{                                                                                                                  \
		struct msg_chain_entry *e = of(r, who);                                                                        \
		(void)arg;                                                                                                     \
		if (e) {                                                                                                       \
			what;                                                                                                      \
		}                                                                                                              \
	}

LIE(shorter, cast.ana, e->seq--)
LIE(other_head, cast.ana, e->hash = other)
LIE(longer, cast.ana, e->seq++)
static const uint8_t *next_to(const uint8_t *chain)
{
	memcpy(near, chain, sizeof(near));
	for (int i = 31; i >= 0 && ++near[i] == 0; i--)
		continue;
	return near;
}

LIE(own_hidden, cast.jo, e->chain = next_to(e->chain))
LIE(own_shorter, cast.jo, e->seq--)

static void endless(void *arg, struct msg_chain_list_reply *r)
{
	(void)arg;
	r->n = 1;
	r->chains[0] = (struct msg_chain_entry){cast.jo->genesis, 0, cast.jo->genesis};
	r->more = true;
}

static void false_signature(void *arg, struct sync_links *l)
{
	struct link link;
	(void)arg;
	struct buf *last = l->reply.n ? &l->bytes[l->reply.n - 1] : NULL;
	if (memcmp(l->asked->chain, cast.ana->genesis, 32) == 0 && last && link_parse(last->data, last->len, &link) == 0)
		last->data[link.signature - last->data] ^= 1;
}

static void none(void *arg, struct sync_links *l)
{
	(void)arg;
	if (memcmp(l->asked->chain, cast.ana->genesis, 32) == 0)
		l->reply.n = 0;
}

static void first_again(void *arg, struct sync_links *l)
{
	(void)arg;
	if (memcmp(l->asked->chain, cast.ana->genesis, 32) || !l->reply.n)
		return;
	buf_reset(&l->bytes[0]);
	sync_cast_keychain(cast.jo, cast.ana, &l->bytes[0]);
}

static void test_lies(void **state)
{
	static const struct {
		const char *name;
		void (*chains)(void *, struct msg_chain_list_reply *);
		void (*links)(void *, struct sync_links *);
		int err;
	} rows[] = {
	    {"shorter", shorter, NULL, ERR_ROLLBACK},
	    {"another head", other_head, NULL, ERR_ROLLBACK},
	    {"longer than it is", longer, NULL, ERR_LINK},
	    {"one's own hidden", own_hidden, NULL, ERR_ROLLBACK},
	    {"one's own shorter", own_shorter, NULL, ERR_ROLLBACK},
	    {"the same for ever", endless, NULL, ERR_SHAPE},
	};
	static const struct {
		const char *name;
		void (*links)(void *, struct sync_links *);
		int err;
	} news[] = {
	    {"a false signature", false_signature, ERR_SIGNATURE},
	    {"no links", none, ERR_LINK},
	    {"the first link again", first_again, ERR_ROLLBACK},
	};
	(void)state;
	phones_add(ana, &ana->all[0]);
	phones_add(own, &own->all[0]);
	show(ana);
	show(own);
	well();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		server.twist.chains = rows[i].chains;
		refuse(rows[i].name, rows[i].err);
		well();
	}
	phones_add(ana, &ana->all[1]);
	show(ana);
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
		server.twist.links = news[i].links;
		refuse(news[i].name, news[i].err);
	}
	well();
}

/* --- a signer that was not known yet --- */

static void before_the_news(void *arg, struct msg_chain_list_reply *r)
{
	unsigned *asked = arg;
	struct msg_chain_entry *e = of(r, cast.admin);
	if (e && !(*asked)++) {
		e->seq = 0;
		e->hash = cast.admin->genesis;
	}
}

static void test_signer_just_added(void **state)
{
	unsigned asked = 0;
	(void)state;
	well();
	struct phones *admin = phones_new(&cast.pp, cast.admin);
	struct phone *second = phones_add(admin, &admin->all[0]);
	show(admin);
	cast.admin->device = second->secret;
	memcpy(cast.admin->did, second->did, 16);
	people_role(&cast.pp, cast.admin, cast.lund, ROLE_MEDICAL);
	server.twist.chains = before_the_news;
	server.twist.arg = &asked;
	well();
	assert_int_equal(asked, 2);
	phones_free(admin);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_only_news), TEST(test_own_epochs), TEST(test_later_device),      TEST(test_boxes),
	    TEST(test_put_out),   TEST(test_lies),       TEST(test_signer_just_added),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
