/* req_status: what the server holds for the asker, and what became of the invitations they made. */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/msg_reply.h"

#include "req.h"
#include "store.h"

#define INVITES_A_READ 64

static void swap(struct store_invite *a, struct store_invite *b)
{
	struct store_invite was = *a;
	*a = *b;
	*b = was;
}

/* Keeps the newest in kept[0..*n), of which the first is the oldest; the rest is in no order. */
static void keep_newest(struct store_invite *kept, size_t *n, const struct store_invite *invite)
{
	if (*n < MSG_INVITES_MAX)
		kept[(*n)++] = *invite;
	else if (kept[0].link_seq < invite->link_seq)
		kept[0] = *invite;
	else
		return;
	for (size_t i = 1; i < *n; i++)
		if (kept[i].link_seq < kept[0].link_seq)
			swap(&kept[0], &kept[i]);
}

/* The store has them by id, which is by chance. */
static int newest_invites(struct store *store, const uint8_t *pid, struct store_invite *kept, size_t *n)
{
	struct store_invite page[INVITES_A_READ];
	uint8_t last[STORE_ID];
	const uint8_t *after = NULL;
	size_t got = 0;
	int err;
	do {
		err = store_invites_of(store, pid, after, INVITES_A_READ, page, &got);
		for (size_t i = 0; !err && i < got; i++)
			keep_newest(kept, n, &page[i]);
		if (!err && got)
			memcpy(last, page[got - 1].id, sizeof(last));
		after = last;
	} while (!err && got == INVITES_A_READ);
	return err;
}

static int fill(struct req *r, struct msg_status_reply *reply, struct store_invite *invites)
{
	const struct req_env *env = req_env(r);
	const uint8_t *pid = req_who(r)->pid;
	uint8_t head[STORE_HASH];
	size_t n = 0;
	int err = store_feed_head(env->store, pid, &reply->feed_seq, head);
	if (!err)
		err = store_person_usage(env->store, pid, &reply->records, &reply->bytes);
	if (!err)
		err = newest_invites(env->store, pid, invites, &n);
	if (err)
		return err;
	uint64_t now = env->now_ms();
	for (reply->n = 0; reply->n < n; reply->n++) {
		const struct store_invite *invite = &invites[reply->n];
		reply->invites[reply->n] = (struct msg_invite_state){.invite = invite->id,
		                                                     .state = store_invite_state(invite, now),
		                                                     .used_ms = invite->used_ms,
		                                                     .refusals = invite->refusals};
	}
	return 0;
}

void req_status(struct req *r, const struct msg_status *m)
{
	struct msg_status_reply *reply = calloc(1, sizeof(*reply));
	struct store_invite *invites = calloc(MSG_INVITES_MAX, sizeof(*invites));
	(void)m;
	int err = reply && invites ? fill(r, reply, invites) : ERR_NOMEM;
	if (err)
		req_fail(r, err);
	else
		req_reply(r, msg_put_status_reply(req_out(r), req_id(r), reply));
	free(reply);
	free(invites);
}
