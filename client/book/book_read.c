/* book_read: rows of the ledger, stored and pending, to nodes and notes; see book_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "client/care/kinds.h"
#include "proto/err.h"
#include "proto/record.h"

#include "given.h"
#include "ledger.h"

#include "book_internal.h"

/* What both kinds of rows say. */
struct source {
	const struct person *author;
	uint8_t record_class, op;
	const uint8_t *audience[RECORD_AUDIENCE];
	uint32_t n_audience; /* without the author */
	const uint8_t *targets[RECORD_TARGETS];
	uint32_t n_targets;
	uint64_t answer_by;
	const uint8_t *content;
	size_t content_len;
};

static const struct person *person_of(struct book *b, const uint8_t *pid)
{
	const struct person *known = people_by_pid(b->people, pid);
	struct book_stranger *s = b->strangers;
	while (!known && s && memcmp(s->person.pid, pid, sizeof(s->person.pid)) != 0)
		s = s->next;
	if (known || s)
		return known ? known : &s->person;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	memcpy(s->person.pid, pid, sizeof(s->person.pid));
	memcpy(s->person.root, pid, sizeof(s->person.root));
	s->person.name = "someone unknown";
	s->person.pronouns = "";
	s->next = b->strangers;
	b->strangers = s;
	return &s->person;
}

/* --- notes --- */

static int copy_text(struct book_note *note)
{
	size_t len = 0;
	const char *text = content_str(note->content, CONTENT_BODY, &len);
	note->text = malloc(len + 1);
	if (!note->text)
		return ERR_NOMEM;
	memcpy(note->text, text ? text : "", len);
	note->text[len] = 0;
	return 0;
}

/* Takes `content`, on success and on error. */
static int add_note(struct book *b, const struct source *s, struct content *content)
{
	if (!book_grow(&b->notes, b->n_notes, &b->room_notes, sizeof(*b->notes))) {
		content_free(content);
		return ERR_NOMEM;
	}
	struct book_note *note = &b->notes[b->n_notes++];
	*note = (struct book_note){.op = s->op, .author = s->author, .content = content};
	note->audience = calloc(s->n_audience + 1, sizeof(*note->audience));
	note->targets = calloc(s->n_targets + 1, sizeof(*note->targets));
	if (!note->audience || !note->targets)
		return ERR_NOMEM;
	for (; note->n_audience < s->n_audience; note->n_audience++)
		if (!(note->audience[note->n_audience] = person_of(b, s->audience[note->n_audience])))
			return ERR_NOMEM;
	for (; note->n_targets < s->n_targets; note->n_targets++)
		memcpy(note->targets[note->n_targets], s->targets[note->n_targets], 32);
	return s->op == RECORD_ACKNOWLEDGE ? copy_text(note) : 0;
}

/* --- nodes --- */

static void place(struct book_node *node)
{
	const struct content_head *head = content_peek_head(node->content);
	size_t len;
	const uint8_t *thread = content_bin(node->content, CONTENT_THREAD, &len);
	node->placed = true;
	node->kind = head->kind;
	memcpy(node->id, head->item, sizeof(node->id));
	if (thread && len == sizeof(node->revision.thread))
		memcpy(node->revision.thread, thread, len);
}

/* Takes `content` (NULL: taken back), on success and on error. */
static int add_node(struct book *b, const struct source *s, struct content *content, struct book_node **out)
{
	if (!book_grow(&b->nodes, b->n, &b->room, sizeof(*b->nodes))) {
		content_free(content);
		return ERR_NOMEM;
	}
	struct book_node *node = *out = &b->nodes[b->n++];
	*node = (struct book_node){.author = s->author, .content = content, .item = BOOK_NONE};
	node->revision.record_class = s->record_class;
	node->revision.op = s->op;
	node->revision.answer_by_s = s->answer_by;
	node->revision.content = content;
	node->revision.withdrawn = !content;
	if (s->n_audience && !(node->access = calloc(s->n_audience, sizeof(*node->access))))
		return ERR_NOMEM;
	node->revision.access = node->access;
	for (uint32_t i = 0; i < s->n_audience; i++) {
		node->access[i].person = person_of(b, s->audience[i]);
		if (!node->access[i].person)
			return ERR_NOMEM;
		node->access[i].withdrawn = !content && node->access[i].person->is_self;
		node->revision.n_access++;
	}
	if (content)
		place(node);
	return 0;
}

/* Profiles are names, not things to read; see people.h. */
static bool is_note(const struct source *s)
{
	return s->op == RECORD_UNSHARE || s->op == RECORD_TOMBSTONE || s->op == RECORD_RECEIPT ||
	       s->op == RECORD_ACKNOWLEDGE;
}

/* *out is NULL when it was no revision. */
static int add(struct book *b, const struct source *s, struct book_node **out)
{
	struct content *content = NULL;
	int err = 0;
	*out = NULL;
	if (!s->author)
		return ERR_NOMEM;
	if (!s->content_len && is_note(s))
		return 0;
	if (s->content_len)
		err = content_decode(s->content, s->content_len, &care_kinds, &content);
	if (err)
		return err == ERR_NOMEM ? err : ERR_CORRUPT;
	if (is_note(s))
		return add_note(b, s, content);
	if (s->record_class != RECORD_CONTROL || (content && kinds_care(content_peek_head(content)->kind)))
		return add_node(b, s, content, out);
	content_free(content);
	return 0;
}

static void fill_source(struct book *b, const struct record *r, struct source *s)
{
	*s = (struct source){.author = person_of(b, r->author),
	                     .record_class = r->class,
	                     .op = r->op,
	                     .n_targets = r->targets,
	                     .answer_by = r->answer_by};
	for (uint32_t i = 0; i < r->audience; i++)
		if (i != r->author_at)
			s->audience[s->n_audience++] = r->wraps[i].pid;
	for (uint32_t i = 0; i < r->targets; i++)
		s->targets[i] = r->target[i];
}

/* --- what was given back --- */

static bool is_known(const struct book *b, const uint8_t rid[32])
{
	for (size_t i = 0; i < b->n; i++)
		if (b->nodes[i].revision.given_by && memcmp(b->nodes[i].revision.ref, rid, 32) == 0)
			return true;
	return false;
}

/* Puts the old record in the place of the newest node, as if it had come itself; it was verified when it arrived. The
 * giver has it anyway, and two may have given the same. */
static int read_given(struct book *b, const struct person *giver, const struct ledger_record *row)
{
	struct book_node *node = &b->nodes[--b->n];
	struct content *c = node->content;
	struct given given;
	struct record r;
	struct source s;
	free(node->access);
	node = NULL;
	int err = given_open(c, &given) && !record_parse(given.record, given.record_len, &r) ? 0 : ERR_CORRUPT;
	if (!err && !giver->is_self && !is_known(b, r.rid)) {
		fill_source(b, &r, &s);
		s.content = given.content;
		s.content_len = given.content_len;
		err = add(b, &s, &node);
	}
	if (node) {
		memcpy(node->revision.ref, r.rid, sizeof(node->revision.ref));
		node->revision.given_by = giver;
		node->revision.arrived = row->arrived;
		node->seen_ms = row->seen_ms;
	}
	content_free(c);
	return err;
}

int book_read_record(void *arg, const struct ledger_record *r)
{
	struct book *b = arg;
	struct book_node *node;
	struct record record;
	if (record_parse(r->record, r->record_len, &record))
		return ERR_CORRUPT;
	struct source s;
	fill_source(b, &record, &s);
	s.content = r->content;
	s.content_len = r->content_len;
	b->newest = r->arrived > b->newest ? r->arrived : b->newest;
	int err = add(b, &s, &node);
	if (err || !node)
		return err;
	if (node->placed && node->kind == CONTENT_REGIVEN)
		return read_given(b, s.author, r);
	memcpy(node->revision.ref, r->rid, sizeof(node->revision.ref));
	memcpy(node->lid, r->lid, sizeof(node->lid));
	node->revision.waiting = r->state == LEDGER_WAITING;
	node->revision.arrived = r->arrived;
	node->seen_ms = r->seen_ms;
	return 0;
}

int book_read_pending(void *arg, const struct ledger_pending *p)
{
	struct book *b = arg;
	struct book_node *node;
	struct source s = {.author = people_self(b->people),
	                   .record_class = p->record_class,
	                   .op = p->op,
	                   .n_audience = p->n_audience,
	                   .n_targets = p->n_targets,
	                   .answer_by = p->answer_by_s,
	                   .content = p->content,
	                   .content_len = p->content_len};
	for (uint32_t i = 0; i < p->n_audience; i++)
		s.audience[i] = p->audience[i];
	for (uint32_t i = 0; i < p->n_targets; i++)
		s.targets[i] = p->targets[i];
	int err = add(b, &s, &node);
	if (err || !node)
		return err;
	memcpy(node->revision.ref, p->lid, sizeof(node->revision.ref));
	node->revision.pending = true;
	node->revision.arrived = b->newest + p->seq;
	return 0;
}
