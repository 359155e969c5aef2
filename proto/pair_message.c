/* pair_message: the four messages of a pairing, their form and bounds. See pair.h. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "mp.h"

#include "pair.h"

#define SUITE 1
#define CORE_MIN 32
#define PERSON_FORM (1 + 18 + 3 + 3) /* of a person's encoding, what is not name and pronouns */
#define PLAIN_MAX (PAIR_SLOT_MAX - CRYPTO_NONCE - CRYPTO_TAG)
#define TAIL_MOST 48 /* what stands behind the people in a welcome */

/* What was written must be what reading takes. */
static int finish(struct buf *out, size_t start, int err)
{
	if (!err)
		err = buf_err(out);
	if (!err && mp_scan(out->data + start, out->len - start))
		err = ERR_ARG;
	if (!err && out->len - start > PLAIN_MAX)
		err = ERR_TOO_BIG;
	if (err)
		buf_truncate(out, start);
	return err;
}

static int open_message(const void *plain, size_t len, struct mp_doc **doc, struct mp_cur *c)
{
	int err = mp_open(plain, len, doc, c);
	uint64_t suite;

	if (err)
		return err;
	suite = mp_u64(c, 0, UINT64_MAX);
	return !mp_err(c) && suite != SUITE ? ERR_SUITE : 0;
}

static void put_name(const char *name, struct buf *out)
{
	mp_put_str(out, name, strlen(name));
}

static void put_head(uint64_t seq, const uint8_t hash[CRYPTO_HASH], struct buf *out)
{
	mp_put_array(out, 2);
	mp_put_u64(out, seq);
	mp_put_bin(out, hash, CRYPTO_HASH);
}

static void get_head(struct mp_cur *c, uint64_t *seq, uint8_t hash[CRYPTO_HASH])
{
	struct mp_cur head = mp_enter(c, 2, 2);

	*seq = mp_u64(&head, 0, MP_NUMBER_MAX);
	mp_fixed(&head, hash, CRYPTO_HASH);
	mp_leave(c, &head);
}

/* --- the offer --- */

static int check_offer(const struct pair_offer *m)
{
	int err = m->n_servers < 1 || m->n_servers > PAIR_SERVERS || !role_is_member(m->role) ? ERR_SHAPE : 0;

	if (!err)
		err = name_check(m->clinic_name);
	if (!err)
		err = name_check(m->name);
	if (!err)
		err = crypto_sign_key_check(m->log);
	for (uint32_t i = 0; !err && i < m->n_servers; i++)
		err = crypto_sign_key_check(m->servers[i]);
	return err;
}

int pair_offer_put(const struct pair_offer *m, struct buf *out)
{
	size_t start = out->len;

	if (check_offer(m))
		return ERR_ARG;
	mp_put_array(out, 9);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, m->clinic, CRYPTO_HASH);
	mp_put_bin(out, m->genesis, CRYPTO_HASH);
	mp_put_array(out, m->n_servers);
	for (uint32_t i = 0; i < m->n_servers; i++)
		mp_put_bin(out, m->servers[i], CRYPTO_KEY);
	mp_put_bin(out, m->log, CRYPTO_KEY);
	put_name(m->clinic_name, out);
	put_name(m->name, out);
	mp_put_u64(out, m->role);
	mp_put_bin(out, m->commit, CRYPTO_HASH);
	return finish(out, start, 0);
}

int pair_offer_get(const void *plain, size_t len, struct pair_offer *m)
{
	struct mp_cur c, servers;
	struct mp_doc *doc;
	int err;

	memset(m, 0, sizeof *m);
	err = open_message(plain, len, &doc, &c);
	if (err)
		goto out;
	mp_fixed(&c, m->clinic, CRYPTO_HASH);
	mp_fixed(&c, m->genesis, CRYPTO_HASH);
	servers = mp_enter(&c, 1, PAIR_SERVERS);
	m->n_servers = mp_left(&servers);
	for (uint32_t i = 0; i < m->n_servers; i++)
		mp_fixed(&servers, m->servers[i], CRYPTO_KEY);
	mp_leave(&c, &servers);
	mp_fixed(&c, m->log, CRYPTO_KEY);
	name_read(&c, m->clinic_name);
	name_read(&c, m->name);
	m->role = (enum role)mp_u64(&c, ROLE_CLIENT, ROLE_MAX);
	mp_fixed(&c, m->commit, CRYPTO_HASH);
	err = mp_done(&c);
	if (!err)
		err = check_offer(m);
out:
	mp_close(doc);
	if (err)
		memset(m, 0, sizeof *m);
	return err;
}

/* --- the answer --- */

int pair_answer_put(const struct pair_answer *m, struct buf *out)
{
	size_t start = out->len;

	if (name_check(m->name) || m->core_len < CORE_MIN || m->core_len > PAIR_CORE_MAX)
		return ERR_ARG;
	mp_put_array(out, 7);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, m->core, m->core_len);
	mp_put_bin(out, m->pops[0], CRYPTO_SIG);
	mp_put_bin(out, m->pops[1], CRYPTO_SIG);
	put_name(m->name, out);
	mp_put_bin(out, m->random, PAIR_RANDOM);
	mp_put_bin(out, m->before, CRYPTO_HASH);
	return finish(out, start, 0);
}

int pair_answer_get(const void *plain, size_t len, struct pair_answer *m)
{
	const uint8_t *core;
	struct mp_doc *doc;
	struct mp_cur c;
	int err;

	memset(m, 0, sizeof *m);
	err = open_message(plain, len, &doc, &c);
	if (err)
		goto out;
	core = mp_bin(&c, CORE_MIN, PAIR_CORE_MAX, &m->core_len);
	if (core != NULL)
		memcpy(m->core, core, m->core_len);
	mp_fixed(&c, m->pops[0], CRYPTO_SIG);
	mp_fixed(&c, m->pops[1], CRYPTO_SIG);
	name_read(&c, m->name);
	mp_fixed(&c, m->random, PAIR_RANDOM);
	mp_fixed(&c, m->before, CRYPTO_HASH);
	err = mp_done(&c);
	if (!err)
		err = name_check(m->name);
out:
	mp_close(doc);
	if (err)
		memset(m, 0, sizeof *m);
	return err;
}

/* --- the reveal --- */

int pair_reveal_put(const struct pair_reveal *m, struct buf *out)
{
	size_t start = out->len;

	mp_put_array(out, 3);
	mp_put_u64(out, SUITE);
	mp_put_bin(out, m->random, PAIR_RANDOM);
	mp_put_bin(out, m->before, CRYPTO_HASH);
	return finish(out, start, 0);
}

int pair_reveal_get(const void *plain, size_t len, struct pair_reveal *m)
{
	struct mp_doc *doc;
	struct mp_cur c;
	int err;

	memset(m, 0, sizeof *m);
	err = open_message(plain, len, &doc, &c);
	if (err)
		goto out;
	mp_fixed(&c, m->random, PAIR_RANDOM);
	mp_fixed(&c, m->before, CRYPTO_HASH);
	err = mp_done(&c);
out:
	mp_close(doc);
	if (err)
		memset(m, 0, sizeof *m);
	return err;
}

/* --- the welcome --- */

static int check_person(const struct pair_person *p)
{
	int err = name_check(p->name);

	return err ? err : name_check_optional(p->pronouns, PAIR_PRONOUNS_CHARS);
}

/* How many of them there is room for; *err: one of them is nobody. */
static uint32_t that_fit(const struct pair_welcome *m, size_t used, int *err)
{
	uint32_t n = 0;

	while (n < m->n_people && n < PAIR_PEOPLE) {
		const struct pair_person *p = &m->people[n];

		if (check_person(p)) {
			*err = ERR_ARG;
			return 0;
		}
		used += PERSON_FORM + strlen(p->name) + strlen(p->pronouns);
		if (used + TAIL_MOST > PLAIN_MAX)
			return n;
		n++;
	}
	return n;
}

int pair_welcome_put(const struct pair_welcome *m, struct buf *out)
{
	size_t start = out->len;
	uint32_t n;
	int err = 0;

	mp_put_array(out, 7);
	mp_put_u64(out, SUITE);
	mp_put_u64(out, m->link_seq);
	mp_put_bin(out, m->link_hash, CRYPTO_HASH);
	put_head(m->clinic_seq, m->clinic_head, out);
	mp_put_array(out, 3);
	mp_put_bin(out, m->generation, sizeof m->generation);
	mp_put_u64(out, m->feed_seq);
	mp_put_bin(out, m->feed_head, CRYPTO_HASH);
	n = that_fit(m, out->len - start, &err);
	mp_put_array(out, n);
	for (uint32_t i = 0; i < n; i++) {
		mp_put_array(out, 3);
		mp_put_bin(out, m->people[i].pid, 16);
		put_name(m->people[i].name, out);
		put_name(m->people[i].pronouns, out);
	}
	mp_put_bin(out, m->before, CRYPTO_HASH);
	return finish(out, start, err);
}

static int get_people(struct mp_cur *c, struct pair_welcome *m)
{
	struct mp_cur people = mp_enter(c, 0, PAIR_PEOPLE);
	uint32_t n = mp_left(&people);
	int err = 0;

	m->people = n ? calloc(n, sizeof *m->people) : NULL;
	if (n && m->people == NULL)
		return ERR_NOMEM;
	m->n_people = n;
	for (uint32_t i = 0; !err && i < n; i++) {
		struct mp_cur one = mp_enter(&people, 3, 3);

		mp_fixed(&one, m->people[i].pid, 16);
		name_read(&one, m->people[i].name);
		name_read(&one, m->people[i].pronouns);
		mp_leave(&people, &one);
		err = mp_err(&people) ? 0 : check_person(&m->people[i]);
	}
	mp_leave(c, &people);
	return err;
}

int pair_welcome_get(const void *plain, size_t len, struct pair_welcome *m)
{
	struct mp_cur c, feed;
	struct mp_doc *doc;
	int err;

	memset(m, 0, sizeof *m);
	err = open_message(plain, len, &doc, &c);
	if (err)
		goto out;
	m->link_seq = mp_u64(&c, 1, MP_NUMBER_MAX);
	mp_fixed(&c, m->link_hash, CRYPTO_HASH);
	get_head(&c, &m->clinic_seq, m->clinic_head);
	feed = mp_enter(&c, 3, 3);
	mp_fixed(&feed, m->generation, sizeof m->generation);
	m->feed_seq = mp_u64(&feed, 0, MP_NUMBER_MAX);
	mp_fixed(&feed, m->feed_head, CRYPTO_HASH);
	mp_leave(&c, &feed);
	err = get_people(&c, m);
	mp_fixed(&c, m->before, CRYPTO_HASH);
	if (!err)
		err = mp_done(&c);
out:
	mp_close(doc);
	if (err)
		pair_welcome_free(m);
	return err;
}

void pair_welcome_free(struct pair_welcome *m)
{
	free(m->people);
	memset(m, 0, sizeof *m);
}
