/* sync_server: see sync_server.h. What goes wrong on its thread ends the program: a test cannot be failed from there.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/ssl.h>

#include "certs/tls.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/link.h"
#include "proto/record.h"

#include "sync_server.h"

#define MUST(what)                                                                                                     \
	do {                                                                                                               \
		if (!(what)) {                                                                                                 \
			fprintf(stderr, "sync_server: line %d: %s\n", __LINE__, #what);                                            \
			abort();                                                                                                   \
		}                                                                                                              \
	} while (0)

/* One connection: where an answer goes. */
struct call {
	struct sync_server *s;
	struct msg_request m;
	struct buf *out;
};

void sync_server_head(const struct sync_server *s, uint64_t n, uint8_t head[32])
{
	MUST(feed_start(s->member->genesis, s->generation, head) == 0);
	for (uint64_t i = 0; i < n; i++)
		MUST(feed_step(head, i + 1, (uint8_t)s->feed[i].event, s->feed[i].rid, head) == 0);
}

static void sign(const uint8_t *seed, const void *what, bool receipt, struct buf *out, uint8_t sig[64])
{
	struct crypto_sign_key *key;
	MUST(crypto_sign_key_new(seed, &key) == 0);
	if (receipt)
		MUST(feed_receipt_sign(what, key, out, sig) == 0);
	else
		MUST(feed_statement_sign(what, key, out, sig) == 0);
	crypto_sign_key_free(key);
}

static int refuse(struct call *c, int err)
{
	return msg_put_refusal(c->out, c->m.id, err);
}

static void clinic_end(const struct sync_server *s, struct msg_head *head, struct clinic_head *hold)
{
	MUST(clinic_head(s->cast->pp.clinic, hold));
	*head = (struct msg_head){hold->seq, hold->hash};
}

/* --- answers --- */

static int answer_hello(struct call *c)
{
	struct sync_server *s = c->s;
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	struct msg_hello_reply r = {.version = 1,
	                            .clinic = clinic_id(s->cast->pp.clinic),
	                            .generation = s->generation,
	                            .time_ms = (uint64_t)t.tv_sec * 1000,
	                            .frame_max = FRAME_MAX,
	                            .in_flight = MSG_IN_FLIGHT,
	                            .push_max = MSG_PUSH_MAX,
	                            .payload_max = RECORD_PAYLOAD_MAX};
	if (s->now_ms)
		r.time_ms = s->now_ms;
	if (s->member) {
		r.pid = s->member->genesis;
		r.role = clinic_role(s->cast->pp.clinic, s->member->genesis);
	}
	if (s->twist.hello)
		s->twist.hello(s->twist.arg, &r);
	return msg_put_hello_reply(c->out, c->m.id, &r);
}

static void add_link(struct sync_links *l, const struct buf *bytes)
{
	struct buf *at = &l->bytes[l->reply.n++];
	MUST(buf_put(at, bytes->data, bytes->len) == 0);
}

static void find_links(struct sync_server *s, struct sync_links *l)
{
	struct people *pp = &s->cast->pp;
	struct buf b;
	buf_init(&b, 0);
	if (memcmp(l->asked->chain, clinic_id(pp->clinic), 32) == 0) {
		for (uint64_t seq = l->asked->from; seq < pp->n_links && l->reply.n < l->asked->count; seq++) {
			buf_reset(&b);
			sync_cast_link(s->cast, s->member, seq, &b);
			add_link(l, &b);
		}
		buf_wipe(&b);
		return;
	}
	l->err = ERR_NOT_FOUND;
	for (size_t i = 0; i < pp->n && l->err; i++) {
		if (memcmp(pp->all[i]->genesis, l->asked->chain, 32) != 0 ||
		    !clinic_may_see_chain(pp->clinic, s->member->genesis, pp->all[i]->genesis))
			continue;
		const struct keychain *k = pp->all[i]->chain;
		l->err = 0;
		l->reply.head = (struct msg_head){keychain_head_seq(k), keychain_head_hash(k)};
		for (uint64_t seq = l->asked->from; seq < keychain_links(k) && l->reply.n < l->asked->count; seq++) {
			buf_reset(&b);
			MUST(sync_cast_keychain_at(s->cast, s->member, pp->all[i], seq, &b));
			add_link(l, &b);
		}
	}
	buf_wipe(&b);
}

static int answer_chain_get(struct call *c)
{
	struct sync_links *l = calloc(1, sizeof(*l));
	struct msg_chain_get m;
	struct clinic_head hold;
	MUST(l && msg_get_chain_get(&c->m.args, &m) == 0);
	l->asked = &m;
	clinic_end(c->s, &l->reply.head, &hold);
	for (int i = 0; i < MSG_LINKS_MAX; i++)
		buf_init(&l->bytes[i], 0);
	find_links(c->s, l);
	if (c->s->twist.links)
		c->s->twist.links(c->s->twist.arg, l);
	for (uint32_t i = 0; i < l->reply.n; i++)
		l->reply.links[i] = (struct msg_bytes){l->bytes[i].data, l->bytes[i].len};
	int err = l->err ? refuse(c, l->err) : msg_put_chain_get_reply(c->out, c->m.id, &l->reply);
	for (int i = 0; i < MSG_LINKS_MAX; i++)
		buf_wipe(&l->bytes[i]);
	free(l);
	return err;
}

static int by_chain(const void *a, const void *b)
{
	return memcmp(((const struct msg_chain_entry *)a)->chain, ((const struct msg_chain_entry *)b)->chain, 32);
}

/* Two to a page, so that paging is seen. */
static int answer_chain_list(struct call *c)
{
	const struct people *pp = &c->s->cast->pp;
	struct msg_chain_list_reply *all = calloc(1, sizeof(*all)), *page = calloc(1, sizeof(*page));
	struct msg_chain_list m;
	MUST(all && page && msg_get_chain_list(&c->m.args, &m) == 0);
	for (size_t i = 0; i < pp->n; i++) {
		const struct keychain *k = pp->all[i]->chain;
		if (clinic_member(pp->clinic, pp->all[i]->genesis) &&
		    clinic_may_see_chain(pp->clinic, c->s->member->genesis, pp->all[i]->genesis))
			all->chains[all->n++] =
			    (struct msg_chain_entry){keychain_genesis(k), keychain_head_seq(k), keychain_head_hash(k)};
	}
	qsort(all->chains, all->n, sizeof(all->chains[0]), by_chain);
	for (uint32_t i = 0; i < all->n; i++) {
		/* a join that was tried twice has made its person twice */
		if ((m.after && memcmp(all->chains[i].chain, m.after, 32) <= 0) ||
		    (i && memcmp(all->chains[i].chain, all->chains[i - 1].chain, 32) == 0))
			continue;
		page->more = page->n == 2;
		if (page->more)
			break;
		page->chains[page->n++] = all->chains[i];
	}
	if (c->s->twist.chains)
		c->s->twist.chains(c->s->twist.arg, page);
	int err = msg_put_chain_list_reply(c->out, c->m.id, page);
	free(page);
	free(all);
	return err;
}

/* What a record is in the feed, or among those that are not in it. */
static int answer_fetch(struct call *c)
{
	struct sync_server *s = c->s;
	struct msg_fetch m;
	struct msg_fetch_reply *r = calloc(1, sizeof(*r));
	MUST(r && msg_get_fetch(&c->m.args, &m) == 0);
	for (uint32_t i = 0; i < m.n; i++, r->n++)
		for (uint64_t k = 0; k < SYNC_FEED; k++) {
			struct sync_entry *e = &s->feed[k];
			if (!e->record.len || e->lost || memcmp(e->rid, m.rids[i], 32) != 0)
				continue;
			r->items[i].record = (struct msg_bytes){e->record.data, e->record.len};
			r->items[i].payload = (struct msg_bytes){e->payload.data, e->payload.len};
		}
	int err = msg_put_fetch_reply(c->out, c->m.id, r);
	free(r);
	return err;
}

static int answer_pull(struct call *c)
{
	struct sync_server *s = c->s;
	struct sync_page *p = calloc(1, sizeof(*p));
	struct msg_pull m;
	struct msg_list list;
	struct buf statement;
	uint8_t head[32], sig[64];
	MUST(p && msg_get_pull(&c->m.args, &m) == 0);
	if (memcmp(m.generation, s->generation, 16) != 0 || m.seq > s->n_feed) {
		free(p);
		return refuse(c, ERR_CURSOR);
	}
	sync_server_head(s, m.seq, head);
	if (memcmp(m.head, head, 32) != 0) {
		free(p);
		return refuse(c, ERR_CURSOR);
	}
	for (uint64_t i = m.seq; i < s->n_feed && p->n < s->page; i++) {
		struct sync_entry *e = &s->feed[i];
		struct msg_pull_entry *at = &p->entries[p->n++];
		*at = (struct msg_pull_entry){.seq = i + 1, .event = e->event, .rid = e->rid};
		at->item.record = (struct msg_bytes){e->record.data, e->record.len};
		at->item.payload = (struct msg_bytes){e->payload.data, e->payload.len};
	}
	p->more = m.seq + p->n < s->n_feed;
	sync_server_head(s, s->n_feed, head);
	p->end = (struct feed_statement){.clinic = clinic_id(s->cast->pp.clinic), .generation = s->generation};
	p->end.pid = s->member->genesis;
	p->end.head = head;
	p->end.seq = s->n_feed;
	p->end.time_ms = 1;
	p->log_seed = s->cast->pp.log;
	if (s->twist.page)
		s->twist.page(s->twist.arg, p);
	buf_init(&statement, 0);
	sign(p->log_seed, &p->end, false, &statement, sig);
	sig[7] ^= p->flip;
	struct msg_pull_reply tail = {.more = p->more, .feed_head = {statement.data, statement.len}, .signature = sig};
	msg_begin_pull_reply(&list, c->out, c->m.id);
	for (uint32_t i = 0; i < p->n; i++)
		MUST(msg_add_pull_entry(&list, &p->entries[i]) == 0);
	int err = msg_end_pull_reply(&list, &tail);
	buf_wipe(&statement);
	free(p);
	return err;
}

static int answer_push(struct call *c)
{
	struct sync_server *s = c->s;
	struct sync_pushed *p = calloc(1, sizeof(*p));
	struct msg_push *m = calloc(1, sizeof(*m));
	struct buf statement;
	uint8_t sig[64], start[32];
	MUST(p && m && msg_get_push(&c->m.args, m) == 0);
	sync_server_head(s, s->n_feed, start);
	p->receipt = (struct feed_receipt){.clinic = clinic_id(s->cast->pp.clinic), .generation = s->generation};
	p->receipt.author = s->member->genesis;
	p->receipt.time_ms = 5;
	for (uint32_t i = 0; i < m->n; i++) {
		struct feed_entry *e = &p->receipt.entries[i];
		MUST(record_rid(m->items[i].record.data, m->items[i].record.len, e->rid) == 0);
		e->seq = s->n_feed + i + 1;
		memcpy(e->head, i ? e[-1].head : start, sizeof(e->head));
		MUST(feed_step(e->head, e->seq, FEED_RECORD, e->rid, e->head) == 0);
	}
	for (uint32_t i = m->n; i < FEED_RECEIPT_ENTRIES; i++)
		p->receipt.entries[i].seq = i + 1;
	p->receipt.count = m->n;
	p->reply.accepted = m->n;
	p->log_seed = s->cast->pp.log;
	if (s->twist.pushed)
		s->twist.pushed(s->twist.arg, p);
	buf_init(&statement, 0);
	if (p->reply.accepted && !p->without) {
		sign(p->log_seed, &p->receipt, true, &statement, sig);
		sig[7] ^= p->flip;
		p->reply.receipt = (struct msg_bytes){statement.data, statement.len};
		p->reply.signature = sig;
	}
	for (uint64_t i = 0; i < p->reply.accepted && i < m->n; i++) {
		struct sync_record r = {.record = {0}};
		buf_init(&r.record, 0);
		buf_init(&r.payload, 0);
		buf_put(&r.record, m->items[i].record.data, m->items[i].record.len);
		buf_put(&r.payload, m->items[i].payload.data, m->items[i].payload.len);
		memcpy(r.rid, p->receipt.entries[i].rid, 32);
		sync_server_add(s, FEED_RECORD, &r);
		sync_record_end(&r);
	}
	int err = msg_put_push_reply(c->out, c->m.id, &p->reply);
	buf_wipe(&statement);
	free(m);
	free(p);
	return err;
}

/* --- writes to the clinic chain --- */

static int put_link(struct call *c, const struct msg_bytes *bytes, struct msg_head *head, struct clinic_head *hold)
{
	struct sync_server *s = c->s;
	struct link link;
	clinic_end(s, head, hold);
	int err = link_parse(bytes->data, bytes->len, &link);
	if (!err && s->behind) {
		s->behind--;
		return ERR_CHAIN_BEHIND;
	}
	if (!err && !clinic_is_next(s->cast->pp.clinic, &link))
		return ERR_CHAIN_BEHIND;
	if (!err)
		err = people_apply(&s->cast->pp, bytes->data, bytes->len);
	if (!err && s->twist.wrote)
		s->twist.wrote(s->twist.arg, &c->m);
	clinic_end(s, head, hold);
	return err;
}

static int answer_chain_put(struct call *c)
{
	struct msg_chain_put m;
	struct msg_head head;
	struct clinic_head hold;
	MUST(msg_get_chain_put(&c->m.args, &m) == 0);
	int err = put_link(c, &m.link, &head, &hold);
	if (err == ERR_CHAIN_BEHIND)
		return msg_put_behind(c->out, c->m.id, &head);
	return err ? refuse(c, err) : msg_put_chain_put_reply(c->out, c->m.id, &head);
}

static int answer_invite_put(struct call *c)
{
	struct msg_invite_put m;
	struct msg_head head;
	struct clinic_head hold;
	MUST(msg_get_invite_put(&c->m.args, &m) == 0);
	int err = put_link(c, &m.link, &head, &hold);
	if (err == ERR_CHAIN_BEHIND)
		return msg_put_behind(c->out, c->m.id, &head);
	buf_reset(&c->s->packet);
	buf_put(&c->s->packet, m.packet.data, m.packet.len);
	return err ? refuse(c, err) : msg_put_invite_put_reply(c->out, c->m.id, &head);
}

static int answer_invite_get(struct call *c)
{
	struct msg_invite_get_reply r = {.packet = {c->s->packet.data, c->s->packet.len}, .has_head = true};
	struct clinic_head hold;
	clinic_end(c->s, &r.head, &hold);
	return c->s->packet.len ? msg_put_invite_get_reply(c->out, c->m.id, &r) : refuse(c, ERR_CODE_UNKNOWN);
}

static struct person *take_person(struct sync_server *s, const struct msg_bytes *genesis)
{
	struct invite_keys none = {{0}, {0}, {0}, {0}};
	struct person *p = people_new(&s->cast->pp, &none);
	keychain_free(p->chain);
	buf_reset(&p->link);
	buf_put(&p->link, genesis->data, genesis->len);
	MUST(keychain_new(genesis->data, genesis->len, &p->chain) == 0);
	memcpy(p->genesis, keychain_genesis(p->chain), 32);
	return p;
}

static int answer_join(struct call *c)
{
	struct msg_join m;
	struct msg_head head;
	struct clinic_head hold;
	MUST(msg_get_join(&c->m.args, &m) == 0 && m.n_links == 1);
	const struct person *p = take_person(c->s, &m.genesis);
	int err = put_link(c, &m.links[0], &head, &hold);
	if (err == ERR_CHAIN_BEHIND)
		return msg_put_behind(c->out, c->m.id, &head);
	if (!err)
		c->s->member = p;
	return err ? refuse(c, err) : msg_put_join_reply(c->out, c->m.id, &head);
}

static int answer_watch(struct call *c)
{
	uint8_t head[32];
	struct msg_watch_reply r = {c->s->n_feed, head};
	sync_server_head(c->s, c->s->n_feed, head);
	return msg_put_watch_reply(c->out, c->m.id, &r);
}

/* --- connections --- */

static int answer(struct call *c)
{
	static int (*const answers[MSG_OP_END])(struct call *) = {
	    [MSG_OP_HELLO] = answer_hello,
	    [MSG_OP_CHAIN_GET] = answer_chain_get,
	    [MSG_OP_CHAIN_PUT] = answer_chain_put,
	    [MSG_OP_INVITE_PUT] = answer_invite_put,
	    [MSG_OP_INVITE_GET] = answer_invite_get,
	    [MSG_OP_JOIN] = answer_join,
	    [MSG_OP_PUSH] = answer_push,
	    [MSG_OP_PULL] = answer_pull,
	    [MSG_OP_FETCH] = answer_fetch,
	    [MSG_OP_CHAIN_LIST] = answer_chain_list,
	    [MSG_OP_WATCH] = answer_watch,
	};
	uint32_t op = c->m.row->op;
	c->s->asked[op]++;
	if (c->s->refuse[op])
		return refuse(c, c->s->refuse[op]);
	return answers[op] ? answers[op](c) : refuse(c, ERR_OP);
}

static bool send_all(SSL *ssl, const struct buf *out)
{
	size_t sent = 0;
	while (sent < out->len) {
		int n = SSL_write(ssl, out->data + sent, (int)(out->len - sent));
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

/* Until the other side has had enough. */
static void send_events(struct sync_server *s, SSL *ssl)
{
	struct msg_feed_event e = {s->generation, 1, s->generation};
	uint8_t head[32] = {0};
	struct buf out;
	e.head = head;
	buf_init(&out, 0);
	size_t at = frame_begin(&out);
	MUST(msg_put_feed_event(&out, &e) == 0);
	MUST(frame_end(&out, at, FRAME_MAX) == 0);
	while (send_all(ssl, &out))
		usleep(20000);
	buf_wipe(&out);
}

/* Answers the request at the front of `in`; false: no more. */
static bool serve_one(struct sync_server *s, SSL *ssl, const uint8_t *body, size_t len)
{
	struct call c = {.s = s};
	struct buf out;
	bool end = false;
	buf_init(&out, 0);
	c.out = &out;
	MUST(msg_request_open(body, len, &c.m) == 0);
	if (s->storm && c.m.row->op != MSG_OP_HELLO) {
		send_events(s, ssl);
		end = true;
	} else if (!s->twist.raw || !s->twist.raw(s->twist.arg, &c.m, &out, &end)) {
		size_t at = frame_begin(&out);
		MUST(answer(&c) == 0);
		MUST(frame_end(&out, at, FRAME_MAX) == 0);
	}
	msg_request_close(&c.m);
	bool fine = send_all(ssl, &out) && !end;
	buf_wipe(&out);
	return fine;
}

static void serve(struct sync_server *s, SSL *ssl)
{
	struct buf in;
	bool fine = true;
	buf_init(&in, 0);
	while (fine) {
		uint8_t bytes[65536];
		size_t len;
		while (fine && frame_peek(in.data, in.len, FRAME_MAX, &len) == 0) {
			fine = serve_one(s, ssl, in.data + FRAME_HEADER, len);
			buf_consume(&in, FRAME_HEADER + len);
		}
		int n = fine ? SSL_read(ssl, bytes, sizeof(bytes)) : 0;
		fine = n > 0 && buf_put(&in, bytes, (size_t)n) == 0;
	}
	buf_wipe(&in);
}

static void *run(void *arg)
{
	struct sync_server *s = arg;
	const struct timeval limit = {10, 0};
	int fd;
	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		SSL *ssl = tls_conn_new(s->tls);
		MUST(ssl && SSL_set_fd(ssl, fd) == 1);
		if (SSL_accept(ssl) == 1)
			serve(s, ssl);
		SSL_shutdown(ssl);
		tls_conn_free(ssl);
		close(fd);
	}
	return NULL;
}

/* --- life --- */

void sync_server_honest(struct sync_server *s)
{
	memset(&s->twist, 0, sizeof(s->twist));
	memset(s->refuse, 0, sizeof(s->refuse));
	memset(s->asked, 0, sizeof(s->asked));
	s->behind = 0;
	s->storm = false;
	s->page = SYNC_FEED;
}

void sync_server_start(struct sync_server *s, struct sync_cast *cast, const struct person *member,
                       const uint8_t *tls_seed)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	memset(s, 0, sizeof(*s));
	s->cast = cast;
	s->member = member;
	s->generation[0] = 9;
	buf_init(&s->packet, 0);
	sync_server_honest(s);
	assert_int_equal(tls_server_new(tls_seed ? tls_seed : cast->pp.server_tls, &s->tls), 0);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

void sync_server_stop(struct sync_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	tls_free(s->tls);
	for (uint64_t i = 0; i < s->n_feed; i++) {
		buf_wipe(&s->feed[i].record);
		buf_wipe(&s->feed[i].payload);
	}
	buf_wipe(&s->packet);
}

void sync_server_add(struct sync_server *s, uint64_t event, const struct sync_record *r)
{
	MUST(s->n_feed < SYNC_FEED);
	struct sync_entry *e = &s->feed[s->n_feed++];
	e->event = event;
	memcpy(e->rid, r->rid, 32);
	buf_init(&e->record, 0);
	buf_init(&e->payload, 0);
	MUST(buf_put(&e->record, r->record.data, r->record.len) == 0);
	MUST(buf_put(&e->payload, r->payload.data, r->payload.len) == 0);
}
