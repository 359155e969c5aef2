/* req_kit: see req_kit.h. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/dispatch_ops.h"
#include "daemon/note.h"
#include "daemon/roster.h"
#include "daemon/store_batch.h"
#include "daemon/store_check.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/frame.h"

#include "req_kit.h"
#include "scratch.h"

static struct req_kit *current; /* whose clock it is */

static uint64_t now_ms(void)
{
	void (*hook)(struct req_kit *) = current->on_clock;

	current->on_clock = NULL;
	if (hook != NULL)
		hook(current);
	return current->pp.now_ms;
}

static uint64_t uptime_ms(void)
{
	return current->uptime_ms;
}

static void alarm_in(void *arg, uint64_t in_ms)
{
	struct req_kit *k = arg;

	k->alarm_ms = k->uptime_ms + in_ms;
}

static int identify(struct roster *roster, const uint8_t tls[32], struct req_who *who)
{
	struct roster_who found;
	int err = roster_who(roster, tls, &found);

	who->role = (uint8_t)found.role;
	who->paper = found.paper;
	memcpy(who->genesis, found.genesis, sizeof who->genesis);
	memcpy(who->pid, found.pid, sizeof who->pid);
	memcpy(who->did, found.did, sizeof who->did);
	return err;
}

static void expel(void *arg, const uint8_t *did, const uint8_t *pid)
{
	struct req_kit *k = arg;

	assert_true((did == NULL) != (pid == NULL));
	if (did != NULL) {
		k->dropped++;
		memcpy(k->dropped_did, did, sizeof k->dropped_did);
		return;
	}
	k->expelled++;
	memcpy(k->expelled_pid, pid, sizeof k->expelled_pid);
}

/* --- the store --- */

static void append(struct store_batch *b, const struct buf *bytes)
{
	struct link l;
	bool known;

	assert_int_equal(link_parse(bytes->data, bytes->len, &l), 0);
	assert_int_equal(store_append_link(b,
	                                   &(struct store_link){.chain = l.chain,
	                                                        .prev = l.prev,
	                                                        .hash = l.hash,
	                                                        .seq = l.seq,
	                                                        .bytes = bytes->data,
	                                                        .len = bytes->len},
	                                   &known),
	                 0);
}

static void found(struct req_kit *k)
{
	struct store_batch *b;

	assert_int_equal(store_batch_begin(k->store, &b), 0);
	for (size_t i = 0; i < k->pp.n; i++)
		append(b, &k->pp.all[i]->link);
	for (size_t i = 0; i < k->pp.n_links; i++)
		append(b, &k->pp.links[i]);
	assert_int_equal(store_set_clinic(b, clinic_id(k->pp.clinic)), 0);
	assert_int_equal(store_use_invite(b, k->who.admin->invite.id, k->who.admin->genesis, k->pp.now_ms), 0);
	assert_int_equal(store_batch_commit(b), 0);
}

static void make_store(struct req_kit *k, const struct req_kit_opts *o)
{
	struct store_birth birth = {.packet = (const uint8_t *)"founding",
	                            .packet_len = 8,
	                            .created_ms = PEOPLE_TIME,
	                            .expires_ms = PEOPLE_TIME + PEOPLE_WEEK};

	k->dir = scratch_new();
	k->store_opts = (struct store_opts){
	    .dir = k->dir, .map_size = o->map_size ? o->map_size : (uint64_t)64 << 20, .any_filesystem = true};
	memset(birth.generation, 0x67, sizeof birth.generation);
	memcpy(birth.founding_id, k->who.admin->invite.id, sizeof birth.founding_id);
	assert_int_equal(store_create(&k->store_opts, &birth), 0);
	assert_int_equal(store_open(&k->store_opts, &k->store), 0);
	if (!o->unfounded)
		found(k);
}

void req_kit_new(struct req_kit *k, const struct req_kit_opts *opts)
{
	static const struct req_kit_opts none;
	const struct req_kit_opts *o = opts ? opts : &none;
	uint8_t head[32];

	memset(k, 0, sizeof *k);
	current = k;
	people_begin(&k->pp, 1);
	if (o->unfounded)
		k->who.admin = people_found(&k->pp);
	else
		people_cast(&k->pp, &k->who);
	if (o->more)
		o->more(&k->pp, &k->who);
	make_store(k, o);
	config_defaults(&k->config);
	assert_int_equal(writer_new(&(struct writer_opts){.store = k->store, .max_jobs = o->max_jobs}, &k->writer), 0);
	assert_int_equal(roster_new(k->store, &k->roster), 0);
	assert_int_equal(underway_new(&k->underway), 0);
	assert_int_equal(watch_new(&k->watch), 0);
	k->uptime_ms = 1000;
	assert_int_equal(mailbox_new(&(struct mailbox_opts){uptime_ms, alarm_in, k}, &k->mailbox), 0);
	assert_int_equal(crypto_sign_key_new(k->pp.log, &k->log_key), 0);
	k->env = (struct req_env){.config = &k->config,
	                          .store = k->store,
	                          .writer = k->writer,
	                          .roster = k->roster,
	                          .watch = k->watch,
	                          .underway = k->underway,
	                          .mailbox = k->mailbox,
	                          .log_key = k->log_key,
	                          .now_ms = now_ms,
	                          .identify = identify,
	                          .audit = note_row};
	assert_int_equal(dispatch_new(&k->env, dispatch_ops_rows(), &k->dispatch), 0);
	dispatch_set_expel(k->dispatch, expel, k);
	assert_int_equal(audit_head(k->store, &k->audit_seen, head), 0);
	sem_init(&k->held, 0, 0);
	sem_init(&k->release, 0, 0);
}

static void print_finding(void *arg, const char *what, const uint8_t *id, size_t len)
{
	(void)arg;
	(void)id;
	(void)len;
	print_error("store_check: %s\n", what);
}

void req_kit_free(struct req_kit *k)
{
	struct store_counts counts;

	if (k->is_held)
		req_kit_release(k);
	writer_stop(k->writer);
	assert_int_equal(dispatch_in_work(k->dispatch), 0);
	assert_int_equal(store_check(k->store, print_finding, NULL, &counts), 0);
	req_kit_drop(k);
}

void req_kit_drop(struct req_kit *k)
{
	writer_free(k->writer);
	dispatch_free(k->dispatch);
	crypto_sign_key_free(k->log_key);
	underway_free(k->underway);
	mailbox_free(k->mailbox);
	watch_free(k->watch);
	roster_free(k->roster);
	store_close(k->store);
	scratch_free(k->dir);
	people_end(&k->pp);
	sem_destroy(&k->held);
	sem_destroy(&k->release);
}

/* --- the writer --- */

static int wait_for_writer(struct req_kit *k, int ms)
{
	struct pollfd p = {.fd = writer_fd(k->writer), .events = POLLIN};

	return poll(&p, 1, ms);
}

struct mark {
	struct writer_job job;
	bool done;
};

static int apply_nothing(struct store_batch *b, struct writer_job *job)
{
	(void)b;
	(void)job;
	return 0;
}

static void mark_done(struct writer_job *job, int err)
{
	(void)err;
	((struct mark *)(void *)job)->done = true;
}

void req_kit_settle(struct req_kit *k)
{
	/* Twice: what is done may have submitted more. */
	for (int i = 0; i < 2; i++) {
		struct mark m = {.job = {.apply = apply_nothing, .done = mark_done}};

		int err;

		/* a writer that takes few jobs may still be at the last ones */
		while ((err = writer_submit(k->writer, &m.job)) == ERR_BUSY) {
			assert_int_equal(wait_for_writer(k, 20000), 1);
			writer_drain(k->writer);
		}
		assert_int_equal(err, 0);
		while (!m.done) {
			assert_int_equal(wait_for_writer(k, 20000), 1);
			writer_drain(k->writer);
		}
	}
}

struct hold {
	struct writer_job job;
	struct req_kit *kit;
};

static int apply_hold(struct store_batch *b, struct writer_job *job)
{
	struct req_kit *k = ((struct hold *)(void *)job)->kit;

	(void)b;
	sem_post(&k->held);
	sem_wait(&k->release);
	return 0;
}

static void hold_done(struct writer_job *job, int err)
{
	free(job);
	assert_int_equal(err, 0);
}

void req_kit_hold(struct req_kit *k)
{
	struct hold *h = calloc(1, sizeof *h);

	assert_non_null(h);
	*h = (struct hold){.job = {.apply = apply_hold, .done = hold_done}, .kit = k};
	assert_int_equal(writer_submit(k->writer, &h->job), 0);
	sem_wait(&k->held);
	k->is_held = true;
}

void req_kit_release(struct req_kit *k)
{
	k->is_held = false;
	sem_post(&k->release);
}

/* Links that are none, until there is no room. */
static int apply_spoil(struct store_batch *b, struct writer_job *job)
{
	static const uint8_t zero[32];
	static uint8_t bytes[STORE_LINK_MAX];
	uint8_t chain[32] = {0};
	int err = 0;

	(void)job;
	for (uint32_t i = 0; !err && i < 100000; i++) {
		bool known;

		memcpy(chain + 28, &i, sizeof i);
		chain[0] = 1;
		err = store_append_link(
		    b, &(struct store_link){.chain = chain, .prev = zero, .hash = chain, .bytes = bytes, .len = sizeof bytes},
		    &known);
	}
	return err;
}

static void spoil_done(struct writer_job *job, int err)
{
	free(job);
	assert_int_equal(err, ERR_FULL);
}

void req_kit_spoil(struct req_kit *k)
{
	struct writer_job *job = calloc(1, sizeof *job);

	assert_non_null(job);
	*job = (struct writer_job){.apply = apply_spoil, .done = spoil_done};
	assert_true(k->is_held);
	assert_int_equal(writer_submit(k->writer, job), 0);
}

void req_kit_let_finish(struct req_kit *k)
{
	req_kit_release(k);
	assert_int_equal(wait_for_writer(k, 20000), 1);
	poll(NULL, 0, 100); /* the others of its group follow at once */
}

/* --- the audit log --- */

size_t req_kit_audit(struct req_kit *k, struct audit_row *rows, size_t max)
{
	size_t n;

	req_kit_settle(k);
	assert_int_equal(audit_read(k->store, k->audit_seen, max, rows, &n), 0);
	if (n > 0)
		k->audit_seen = rows[n - 1].seq;
	return n;
}

void req_kit_one_row(struct req_kit *k, enum msg_op op, int err)
{
	struct audit_row rows[4];

	assert_int_equal(req_kit_audit(k, rows, 4), 1);
	assert_int_equal(rows[0].op, op);
	assert_int_equal(rows[0].status, err_to_status(err));
}

/* --- connections --- */

static struct req_conn *conn_of(struct dispatch_port *port)
{
	return (struct req_conn *)(void *)((char *)port - offsetof(struct req_conn, port));
}

static void port_send(struct dispatch_port *port, const uint8_t *frame, size_t len, int end)
{
	struct req_conn *c = conn_of(port);
	size_t body;

	assert_true(c->n_frames < REQ_KIT_FRAMES);
	assert_int_equal(frame_peek(frame, len, FRAME_MAX, &body), 0);
	assert_int_equal(body + FRAME_HEADER, len);
	buf_init(&c->frames[c->n_frames], 0);
	assert_int_equal(buf_put(&c->frames[c->n_frames++], frame + FRAME_HEADER, body), 0);
	if (end != 0)
		c->end = end;
}

static void port_drop(struct dispatch_port *port, int err)
{
	conn_of(port)->dropped = true;
	conn_of(port)->end = err;
}

static void port_begun(struct dispatch_port *port, size_t bytes)
{
	conn_of(port)->held += bytes;
}

static void port_ended(struct dispatch_port *port, size_t bytes)
{
	conn_of(port)->held -= bytes;
}

static int port_greeted(struct dispatch_port *port, const struct req_who *who)
{
	(void)port;
	(void)who;
	return 0;
}

static void woken(struct watch_sub *sub)
{
	((struct req_conn *)(void *)((char *)sub - offsetof(struct req_conn, sub)))->woken++;
}

static void port_subscribe(struct dispatch_port *port, const struct req_who *who, const uint8_t generation[16])
{
	struct req_conn *c = conn_of(port);

	memcpy(c->sub.pid, who->pid, sizeof c->sub.pid);
	memcpy(c->sub.generation, generation, sizeof c->sub.generation);
	c->sub.wake = woken;
	watch_add(c->kit->watch, &c->sub);
	c->watches = true;
}

static const struct dispatch_port_ops ops = {
    .send = port_send,
    .drop = port_drop,
    .begun = port_begun,
    .ended = port_ended,
    .greeted = port_greeted,
    .subscribe = port_subscribe,
};

unsigned req_conn_open_key(struct req_conn *c, struct req_kit *k, const uint8_t tls[32])
{
	struct msg_hello m = {.lowest = 1, .highest = 1, .program = {(const uint8_t *)"test", 4}};
	struct buf b;

	memset(c, 0, sizeof *c);
	c->kit = k;
	c->port = (struct dispatch_port){.dispatch = k->dispatch, .ops = &ops};
	memcpy(c->port.tls, tls, sizeof c->port.tls);
	buf_init(&b, 0);
	assert_int_equal(msg_put_hello(&b, ++c->id, &m), 0);
	return req_conn_ask(c, &b);
}

void req_conn_open(struct req_conn *c, struct req_kit *k, const struct person *who)
{
	assert_int_equal(req_conn_open_key(c, k, who->pub.tls), 0);
}

void req_conn_end(struct req_conn *c)
{
	if (c->kit == NULL)
		return;
	dispatch_detach(&c->port);
	if (c->watches)
		watch_remove(&c->sub);
	msg_reply_close(&c->reply);
	for (unsigned i = 0; i < c->n_frames; i++)
		buf_wipe(&c->frames[i]);
	memset(c, 0, sizeof *c);
}

void req_conn_send(struct req_conn *c, struct buf *body)
{
	uint8_t *copy = malloc(body->len);

	assert_non_null(copy);
	memcpy(copy, body->data, body->len);
	dispatch_frame(&c->port, copy, body->len);
	buf_wipe(body);
}

unsigned req_conn_read(struct req_conn *c)
{
	msg_reply_close(&c->reply);
	if (c->next == c->n_frames) { /* all were looked at */
		while (c->n_frames > 0)
			buf_wipe(&c->frames[--c->n_frames]);
		c->next = 0;
	}
	while (c->next == c->n_frames) {
		assert_int_equal(wait_for_writer(c->kit, 20000), 1);
		writer_drain(c->kit->writer);
		assert_false(c->dropped);
	}
	assert_int_equal(msg_reply_open(c->frames[c->next].data, c->frames[c->next].len, &c->reply), 0);
	c->next++;
	assert_false(c->reply.is_event);
	return c->reply.status;
}

unsigned req_conn_ask(struct req_conn *c, struct buf *body)
{
	assert_true(req_conn_is_silent(c));
	req_conn_send(c, body);
	unsigned status = req_conn_read(c);
	assert_int_equal(c->reply.id, c->id);
	return status;
}

bool req_conn_is_silent(const struct req_conn *c)
{
	return c->next == c->n_frames;
}
