/* req_watch: where one's feed ends, and to be told from now on when it grows. */
#include "proto/msg_reply.h"
#include "req.h"
#include "store.h"

void req_watch(struct req *r, const struct msg_watch *m)
{
	const struct req_env *env = req_env(r);
	uint8_t generation[STORE_ID], head[STORE_HASH];
	struct msg_watch_reply reply = {.head = head};
	int err = store_feed_head(env->store, req_who(r)->pid, &reply.seq, head);

	(void)m;
	if (err != 0) {
		req_fail(r, err);
		return;
	}
	store_generation(env->store, generation);
	req_subscribe(r, generation);
	req_reply(r, msg_put_watch_reply(req_out(r), req_id(r), &reply));
}
