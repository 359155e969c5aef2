/* req_mailbox: mailbox_put and mailbox_get: what one device leaves for another. A get is held until the slot is filled,
 * its time is over, or its connection goes. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/msg_reply.h"

#include "mailbox.h"
#include "req.h"

void req_mailbox_put(struct req *r, const struct msg_mailbox_put *m)
{
	const struct req_who *who = req_who(r);
	static const struct msg_mailbox_put_reply reply;
	struct mailbox_letter letter = {.box = m->box,
	                                .slot = (uint8_t)m->slot,
	                                .tls = who->tls,
	                                .pid = who->role != 0 ? who->pid : NULL,
	                                .bytes = m->bytes.data,
	                                .len = m->bytes.len};
	int err = mailbox_put(req_env(r)->mailbox, &letter);

	if (err != 0)
		req_fail(r, err);
	else
		req_reply(r, msg_put_mailbox_put_reply(req_out(r), req_id(r), &reply));
}

struct held {
	struct mailbox_wait wait; /* first: the wait is the held request */
	struct req *r;
};

/* Looking where nothing is, is no refusal: it is how one waits. */
static void answer(struct req *r, const uint8_t *bytes, size_t len)
{
	struct msg_mailbox_get_reply reply = {{bytes, len}};

	if (bytes == NULL) {
		req_set_audited(r);
		req_fail(r, ERR_NOT_FOUND);
		return;
	}
	req_reply(r, msg_put_mailbox_get_reply(req_out(r), req_id(r), &reply));
}

static void end(struct mailbox_wait *w, const uint8_t *bytes, size_t len)
{
	struct held *h = (struct held *)(void *)w;
	struct req *r = h->r;

	free(h);
	answer(r, bytes, len);
}

static void release(struct req *r, void *arg, int err)
{
	struct held *h = arg;

	mailbox_forget(&h->wait);
	free(h);
	req_set_audited(r);
	req_fail(r, err);
}

void req_mailbox_get(struct req *r, const struct msg_mailbox_get *m)
{
	struct mailbox *mailbox = req_env(r)->mailbox;
	struct held *h;
	size_t len;
	const uint8_t *bytes = mailbox_peek(mailbox, m->box, (uint8_t)m->slot, &len);

	if (bytes != NULL || m->wait_ms == 0) {
		answer(r, bytes, len);
		return;
	}
	h = calloc(1, sizeof *h);
	if (h == NULL) {
		req_fail(r, ERR_NOMEM);
		return;
	}
	h->r = r;
	memcpy(h->wait.box, m->box, sizeof h->wait.box);
	h->wait.slot = (uint8_t)m->slot;
	h->wait.ms = m->wait_ms;
	h->wait.end = end;
	req_hold(r, release, h);
	mailbox_wait(mailbox, &h->wait);
}
