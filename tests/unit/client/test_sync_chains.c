/* What a device believes about the clinic: every way in which the server can show a false chain, with a control each.
 */
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
#include "tests/unit/support/sync_server.h"

struct scene {
	struct sync_cast cast, other; /* other: a clinic that nobody here belongs to */
	struct sync_device device;
	struct sync_server server;
	uint64_t lie; /* a twist's number */
};

static void begin(struct scene *s, const struct person *(*who)(struct sync_cast *), bool links)
{
	memset(s, 0, sizeof(*s));
	sync_cast_begin(&s->cast, 0);
	const struct person *p = who(&s->cast);
	sync_device_open(&s->device, &s->cast, p, links);
	sync_server_start(&s->server, &s->cast, p, NULL);
	s->server.twist.arg = s;
}

static void end(struct scene *s)
{
	sync_server_stop(&s->server);
	sync_device_close(&s->device);
	sync_cast_end(&s->cast);
}

static const struct person *as_jo(struct sync_cast *c)
{
	return c->jo;
}

static const struct person *as_lund(struct sync_cast *c)
{
	return c->lund;
}

static int refresh(struct scene *s, struct fold **fold)
{
	struct rpc_opts where = {.host = "127.0.0.1", .port = s->server.port, .timeout_s = 5};
	struct rpc *c;
	where.tls_seed = s->device.id->device.tls;
	assert_int_equal(rpc_open(&where, &c), 0);
	int err = chains_refresh(c, s->device.at.vault, s->device.id, fold);
	rpc_close(c);
	if (err)
		assert_null(*fold);
	return err;
}

/* The clinic is whole, and so it is in the vault. */
static void refresh_well(struct scene *s)
{
	struct clinic_head theirs, ours;
	struct fold *fold, *kept;
	sync_server_honest(&s->server);
	assert_int_equal(refresh(s, &fold), 0);
	assert_true(clinic_head(s->cast.pp.clinic, &theirs));
	assert_true(clinic_head(fold_clinic(fold), &ours));
	assert_memory_equal(ours.hash, theirs.hash, 32);
	fold_free(fold);
	kept = sync_device_fold(&s->device);
	assert_true(clinic_head(fold_clinic(kept), &ours));
	assert_memory_equal(ours.hash, theirs.hash, 32);
	fold_free(kept);
}

static void refuse(struct scene *s, const char *name, int expected)
{
	uint8_t before[32], after[32];
	struct fold *fold;
	sync_device_print(&s->device, before);
	int err = refresh(s, &fold);
	if (err != expected)
		fail_msg("%s: %s, not %s", name, err_name(err), err_name(expected));
	sync_device_print(&s->device, after);
	if (memcmp(before, after, 32) != 0)
		fail_msg("%s: something was kept", name);
	sync_server_honest(&s->server);
	s->server.twist.arg = s;
}

/* --- lies about the clinic chain --- */

static bool is_clinic(const struct scene *s, const struct sync_links *l)
{
	return memcmp(l->asked->chain, clinic_id(s->cast.pp.clinic), 32) == 0;
}

static void shorter(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l))
		l->reply.head.seq -= 1;
}

static void other_head(void *arg, struct sync_links *l)
{
	static const uint8_t hash[32] = {1};
	if (is_clinic(arg, l))
		l->reply.head.hash = hash;
}

static void no_links(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l)) {
		l->reply.n = 0;
		l->reply.head.seq = UINT64_C(1) << 40;
	}
}

/* Says for ever that there is more. */
static void endless(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l))
		l->reply.head.seq = UINT64_C(1) << 40;
}

static void flip(struct buf *b, size_t at)
{
	b->data[at] ^= 1;
}

static void false_signature(void *arg, struct sync_links *l)
{
	struct link link;
	if (!is_clinic(arg, l) || !l->reply.n)
		return;
	struct buf *last = &l->bytes[l->reply.n - 1];
	if (link_parse(last->data, last->len, &link) == 0)
		flip(last, (size_t)(link.signature - last->data));
}

static void without_inner(void *arg, struct sync_links *l)
{
	struct link link;
	struct buf out;
	if (!is_clinic(arg, l) || l->reply.n < 2)
		return;
	buf_init(&out, 0);
	if (link_parse(l->bytes[1].data, l->bytes[1].len, &link) == 0)
		link_put(&link, LINK_WITHOUT_INNER, &out);
	buf_wipe(&l->bytes[1]);
	l->bytes[1] = out;
}

static void twice(void *arg, struct sync_links *l)
{
	if (!is_clinic(arg, l) || l->reply.n < 3)
		return;
	buf_reset(&l->bytes[2]);
	buf_put(&l->bytes[2], l->bytes[1].data, l->bytes[1].len);
}

static void garbage(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l) && l->reply.n)
		memset(l->bytes[l->reply.n - 1].data, 0xc1, 8);
}

static void other_clinic(void *arg, struct sync_links *l)
{
	struct scene *s = arg;
	if (!is_clinic(s, l))
		return;
	for (uint32_t i = 0; i < l->reply.n && i < s->other.pp.n_links; i++) {
		buf_reset(&l->bytes[i]);
		buf_put(&l->bytes[i], s->other.pp.links[i].data, s->other.pp.links[i].len);
	}
}

/* --- and about people --- */

static void other_person(void *arg, struct sync_links *l)
{
	struct scene *s = arg;
	if (is_clinic(s, l))
		return;
	buf_reset(&l->bytes[0]);
	sync_cast_keychain(s->cast.jo, memcmp(l->asked->chain, s->cast.ana->genesis, 32) ? s->cast.ana : s->cast.osei,
	                   &l->bytes[0]);
}

static void no_person(void *arg, struct sync_links *l)
{
	if (!is_clinic(arg, l))
		l->err = ERR_NOT_FOUND;
}

static void empty_person(void *arg, struct sync_links *l)
{
	if (!is_clinic(arg, l))
		l->reply.n = 0;
}

static void false_person(void *arg, struct sync_links *l)
{
	struct link link;
	if (!is_clinic(arg, l) && link_parse(l->bytes[0].data, l->bytes[0].len, &link) == 0)
		flip(&l->bytes[0], (size_t)(link.signature - l->bytes[0].data));
}

static const struct row {
	const char *name;
	void (*twist)(void *, struct sync_links *);
	int fresh, held; /* for a device that has just joined, and for one that holds the chain */
} rows[] = {
    {"control", NULL, 0, 0},
    {"shorter", shorter, 0, ERR_ROLLBACK}, /* one more is on its way: nobody can know */
    {"another head", other_head, 0, ERR_ROLLBACK},
    {"no links", no_links, ERR_LINK, ERR_LINK},
    {"endless", endless, ERR_LINK, ERR_LINK},
    {"false signature", false_signature, ERR_SIGNATURE, 0},
    {"without an inner part", without_inner, ERR_LINK, 0},
    {"the same link twice", twice, ERR_ROLLBACK, 0},
    {"garbage", garbage, ERR_PROTO, 0},
    {"another clinic", other_clinic, ERR_ROLLBACK, 0},
    {"another person", other_person, ERR_AUTHOR, 0},
    {"nobody", no_person, ERR_NOT_FOUND, 0},
    {"an empty person", empty_person, ERR_LINK, 0},
    {"a false person", false_person, ERR_SIGNATURE, 0},
};

static void test_lies(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct scene s;
			int expected = held ? rows[i].held : rows[i].fresh;
			begin(&s, as_jo, held);
			sync_cast_begin(&s.other, 99);
			s.server.twist.links = rows[i].twist;
			if (expected)
				refuse(&s, rows[i].name, expected);
			refresh_well(&s);
			sync_cast_end(&s.other);
			end(&s);
		}
}

/* A page behind what is held is judged as strictly. */
static void test_news_that_are_false(void **state)
{
	static const struct row news[] = {
	    {"false signature", false_signature, 0, ERR_SIGNATURE},
	    {"garbage", garbage, 0, ERR_PROTO},
	    {"no links", no_links, 0, ERR_LINK},
	    {"endless", endless, 0, ERR_LINK},
	    {"another clinic's link", other_clinic, 0, ERR_ROLLBACK},
	};
	(void)state;
	struct scene s;
	begin(&s, as_jo, true);
	sync_cast_begin(&s.other, 99);
	people_staff(&s.cast.pp, s.cast.admin, ROLE_MEDICAL);
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++) {
		s.server.twist.links = news[i].twist;
		refuse(&s, news[i].name, news[i].held);
	}
	refresh_well(&s);
	sync_cast_end(&s.other);
	end(&s);
}

/* The chain pins another server's key than the one that serves it. */
static void test_not_pinned(void **state)
{
	static const uint8_t other[32] = {4};
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct scene s;
		begin(&s, as_jo, held);
		sync_server_stop(&s.server);
		sync_server_start(&s.server, &s.cast, s.cast.jo, other);
		refuse(&s, "not pinned", ERR_PIN);
		sync_server_stop(&s.server);
		sync_server_start(&s.server, &s.cast, s.cast.jo, NULL);
		refresh_well(&s);
		end(&s);
	}
}

static void test_removed(void **state)
{
	(void)state;
	struct scene s;
	begin(&s, as_lund, true);
	refresh_well(&s);
	people_remove(&s.cast.pp, s.cast.admin, s.cast.lund);
	s.server.member = s.cast.ana; /* still reads along */
	refuse(&s, "removed", ERR_REVOKED);
	end(&s);
}

/* --- inner parts that come later --- */

static void later_false(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l) && l->asked->count == 1)
		false_signature(arg, l);
}

static void later_other(void *arg, struct sync_links *l)
{
	struct scene *s = arg;
	if (!is_clinic(s, l) || l->asked->count != 1)
		return;
	buf_reset(&l->bytes[0]);
	sync_cast_link(&s->cast, s->cast.admin, s->cast.pp.n_links - 1, &l->bytes[0]);
}

static void later_nothing(void *arg, struct sync_links *l)
{
	if (is_clinic(arg, l) && l->asked->count == 1)
		l->reply.n = 0;
}

static void later_never(void *arg, struct sync_links *l)
{
	struct link link;
	struct buf out;
	if (!is_clinic(arg, l) || l->asked->count != 1)
		return;
	buf_init(&out, 0);
	if (link_parse(l->bytes[0].data, l->bytes[0].len, &link) == 0)
		link_put(&link, LINK_WITHOUT_INNER, &out);
	buf_wipe(&l->bytes[0]);
	l->bytes[0] = out;
}

static void no_client(void *arg, struct sync_links *l)
{
	struct scene *s = arg;
	if (memcmp(l->asked->chain, s->cast.jo->genesis, 32) == 0)
		l->err = ERR_NOT_FOUND;
}

static void test_inner_parts(void **state)
{
	static const struct row later[] = {
	    {"a false one", later_false, 0, ERR_SIGNATURE},
	    {"another link", later_other, 0, ERR_ROLLBACK},
	    {"none", later_nothing, 0, ERR_LINK},
	    {"without the client", no_client, 0, ERR_NOT_FOUND},
	};
	struct fold *fold;
	(void)state;
	struct scene s;
	begin(&s, as_lund, true);
	assert_false(clinic_on_team(s.cast.pp.clinic, s.cast.lund->genesis, s.cast.jo->genesis));
	struct person *team[] = {s.cast.ana, s.cast.lund};
	people_set_team(&s.cast.pp, s.cast.admin, s.cast.jo, team, 2);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		s.server.twist.links = later[i].twist;
		refuse(&s, later[i].name, later[i].held);
	}
	/* withheld for good: it has no effect, it is asked for once each time, and all else holds */
	s.server.twist.links = later_never;
	assert_int_equal(refresh(&s, &fold), 0);
	assert_false(clinic_on_team(fold_clinic(fold), s.cast.lund->genesis, s.cast.jo->genesis));
	assert_true(s.server.asked[MSG_OP_CHAIN_GET] < 6);
	fold_free(fold);
	refresh_well(&s);
	fold = sync_device_fold(&s.device);
	assert_true(clinic_on_team(fold_clinic(fold), s.cast.lund->genesis, s.cast.jo->genesis));
	fold_free(fold);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lies),    cmocka_unit_test(test_news_that_are_false), cmocka_unit_test(test_not_pinned),
	    cmocka_unit_test(test_removed), cmocka_unit_test(test_inner_parts),
	};
	signal(SIGPIPE, SIG_IGN);
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
