/* req_hello: the first request: which version is spoken, which clinic this is, who the server takes the peer for. What
 * follows from it for the connection is done by session.c once the answer is on its way. */
#include "config.h"
#include "proto/err.h"
#include "proto/frame.h"
#include "proto/msg_reply.h"
#include "req.h"
#include "store.h"

void req_hello(struct req *r, const struct msg_hello *m)
{
	const struct req_env *env = req_env(r);
	const struct req_who *who = req_who(r);
	uint8_t clinic[STORE_HASH], generation[STORE_ID];
	struct msg_hello_reply reply = {
	    .version = MSG_VERSION,
	    .generation = generation,
	    .pid = who->role != 0 ? who->pid : NULL,
	    .role = who->role,
	    .time_ms = env->now_ms(),
	    .frame_max = FRAME_MAX,
	    .in_flight = env->config->max_in_flight,
	    .push_max = MSG_PUSH_MAX,
	    .payload_max = STORE_PAYLOAD_MAX,
	};
	int err;

	if (m->lowest > MSG_VERSION || m->highest < MSG_VERSION) {
		req_fail(r, ERR_VERSION);
		return;
	}
	store_generation(env->store, generation);
	err = store_clinic(env->store, clinic);
	if (err != 0 && err != ERR_NOT_FOUND) {
		req_fail(r, err);
		return;
	}
	reply.clinic = err == 0 ? clinic : NULL;
	req_reply(r, msg_put_hello_reply(req_out(r), req_id(r), &reply));
}
