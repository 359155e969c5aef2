/* mailbox: see mailbox.h. Few boxes and short lives: a plain array is looked through. */
#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/msg.h"

struct slot {
	uint8_t tls[32];
	uint8_t *bytes; /* NULL: empty */
	size_t len;
};

struct box {
	uint8_t id[16], owner[16];
	uint64_t until; /* 0: the place is free */
	struct slot slots[MSG_SLOTS];
};

struct mailbox {
	struct mailbox_opts opts;
	struct box boxes[MAILBOX_BOXES];
	struct mailbox_wait *waits;
};

int mailbox_new(const struct mailbox_opts *opts, struct mailbox **out)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return ERR_NOMEM;
	(*out)->opts = *opts;
	return 0;
}

static void empty(struct box *b)
{
	for (size_t i = 0; i < MSG_SLOTS; i++)
		free(b->slots[i].bytes);
	memset(b, 0, sizeof *b);
}

void mailbox_free(struct mailbox *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < MAILBOX_BOXES; i++)
		empty(&m->boxes[i]);
	free(m);
}

/* --- waiting --- */

static void add_wait(struct mailbox_wait **list, struct mailbox_wait *w)
{
	w->next = *list;
	w->back = list;
	if (w->next != NULL)
		w->next->back = &w->next;
	*list = w;
}

void mailbox_forget(struct mailbox_wait *w)
{
	if (w->back == NULL)
		return;
	*w->back = w->next;
	if (w->next != NULL)
		w->next->back = w->back;
	w->next = NULL;
	w->back = NULL;
}

/* Ends all of a list; whoever is told may make others of it be forgotten. */
static void end_all(struct mailbox_wait **list, const uint8_t *bytes, size_t len)
{
	struct mailbox_wait *w;

	while ((w = *list) != NULL) {
		mailbox_forget(w);
		w->end(w, bytes, len);
	}
}

/* --- time --- */

static void set_alarm(struct mailbox *m)
{
	uint64_t now = m->opts.now_ms(), first = UINT64_MAX;

	if (m->opts.alarm == NULL)
		return;
	for (const struct mailbox_wait *w = m->waits; w != NULL; w = w->next)
		first = w->until < first ? w->until : first;
	for (size_t i = 0; i < MAILBOX_BOXES; i++)
		if (m->boxes[i].until != 0 && m->boxes[i].until < first)
			first = m->boxes[i].until;
	if (first != UINT64_MAX)
		m->opts.alarm(m->opts.arg, first > now ? first - now : 0);
}

static void end_old_boxes(struct mailbox *m)
{
	uint64_t now = m->opts.now_ms();

	for (size_t i = 0; i < MAILBOX_BOXES; i++)
		if (m->boxes[i].until != 0 && m->boxes[i].until <= now)
			empty(&m->boxes[i]);
}

void mailbox_tend(struct mailbox *m)
{
	uint64_t now = m->opts.now_ms();
	struct mailbox_wait *next, *over = NULL;

	end_old_boxes(m);
	for (struct mailbox_wait *w = m->waits; w != NULL; w = next) {
		next = w->next;
		if (w->until > now)
			continue;
		mailbox_forget(w);
		add_wait(&over, w);
	}
	end_all(&over, NULL, 0);
	set_alarm(m);
}

/* --- boxes --- */

static struct box *find(struct mailbox *m, const uint8_t id[16])
{
	end_old_boxes(m);
	for (size_t i = 0; i < MAILBOX_BOXES; i++)
		if (m->boxes[i].until != 0 && memcmp(m->boxes[i].id, id, sizeof m->boxes[i].id) == 0)
			return &m->boxes[i];
	return NULL;
}

/* A free place for one more box of this person. NULL: too many. */
static struct box *find_room(struct mailbox *m, const uint8_t pid[16])
{
	struct box *room = NULL;
	size_t own = 0;

	for (size_t i = 0; i < MAILBOX_BOXES; i++) {
		struct box *b = &m->boxes[i];

		if (b->until == 0)
			room = b;
		else
			own += memcmp(b->owner, pid, sizeof b->owner) == 0;
	}
	return own < MAILBOX_OF_PERSON ? room : NULL;
}

/* Where the letter goes, and whether it may. */
static int check(struct mailbox *m, const struct mailbox_letter *l, struct box **box)
{
	const struct slot *s;

	if (l->slot >= MSG_SLOTS || l->len == 0 || l->len > MSG_SLOT_MAX)
		return ERR_RANGE;
	if (l->slot == 0 && l->pid == NULL)
		return ERR_GUEST;
	*box = find(m, l->box);
	if (*box != NULL) {
		s = &(*box)->slots[l->slot];
		return s->bytes != NULL && memcmp(s->tls, l->tls, sizeof s->tls) != 0 ? ERR_EXISTS : 0;
	}
	if (l->slot != 0)
		return ERR_NOT_FOUND;
	*box = find_room(m, l->pid);
	return *box != NULL ? 0 : ERR_BUSY;
}

static void tell(struct mailbox *m, const struct mailbox_letter *l)
{
	struct mailbox_wait *next, *told = NULL;

	for (struct mailbox_wait *w = m->waits; w != NULL; w = next) {
		next = w->next;
		if (w->slot != l->slot || memcmp(w->box, l->box, sizeof w->box) != 0)
			continue;
		mailbox_forget(w);
		add_wait(&told, w);
	}
	end_all(&told, l->bytes, l->len);
}

static bool closes(const struct mailbox_letter *l)
{
	return l->slot == 0 && l->len == 1 && l->bytes[0] == 0;
}

int mailbox_put(struct mailbox *m, const struct mailbox_letter *letter)
{
	struct box *b;
	struct slot *s;
	uint8_t *copy;
	int err = check(m, letter, &b);

	if (err != 0)
		return err;
	if (closes(letter)) {
		empty(b);
		set_alarm(m);
		return 0;
	}
	copy = malloc(letter->len);
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, letter->bytes, letter->len);
	if (letter->slot == 0) {
		empty(b);
		memcpy(b->id, letter->box, sizeof b->id);
		memcpy(b->owner, letter->pid, sizeof b->owner);
		b->until = m->opts.now_ms() + MAILBOX_LIFE_MS;
	}
	s = &b->slots[letter->slot];
	free(s->bytes);
	memcpy(s->tls, letter->tls, sizeof s->tls);
	s->bytes = copy;
	s->len = letter->len;
	tell(m, letter);
	set_alarm(m);
	return 0;
}

const uint8_t *mailbox_peek(struct mailbox *m, const uint8_t box[16], uint8_t slot, size_t *len)
{
	const struct box *b = find(m, box);

	*len = 0;
	if (b == NULL || slot >= MSG_SLOTS || b->slots[slot].bytes == NULL)
		return NULL;
	*len = b->slots[slot].len;
	return b->slots[slot].bytes;
}

void mailbox_wait(struct mailbox *m, struct mailbox_wait *w)
{
	w->until = m->opts.now_ms() + w->ms;
	add_wait(&m->waits, w);
	set_alarm(m);
}
