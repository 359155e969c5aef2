/* req_status: what the server holds for the asker, and what became of the invitations they made. */
#include <stdlib.h>

#include "proto/err.h"
#include "proto/msg_reply.h"

#include "req.h"
#include "store.h"

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
		err = store_invites_of(env->store, pid, NULL, MSG_INVITES_MAX, invites, &n);
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
