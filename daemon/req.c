/* req: see req.h. What a handler sees of a request; its life is dispatch.c's. */
#include "req.h"

#include <string.h>

#include "dispatch_internal.h"
#include "log.h"
#include "proto/err.h"

const struct req_env *req_env(const struct req *r)
{
	return r->dispatch->env;
}

const struct req_who *req_who(const struct req *r)
{
	return &r->who;
}

uint32_t req_id(const struct req *r)
{
	return r->msg.id;
}

uint16_t req_op(const struct req *r)
{
	return (uint16_t)r->msg.row->op;
}

struct buf *req_out(struct req *r)
{
	return &r->out;
}

/* An answer that could not be written is a fault of ours, whatever its number says. */
void req_reply(struct req *r, int err)
{
	if (err != 0)
		log_noisy(LOG_LEVEL_ERROR, "reply_not_written", LOG_U64("op", req_op(r)), LOG_ERR(err));
	dispatch_finish(r, err != 0 ? ERR_INTERNAL : 0, false);
}

void req_fail(struct req *r, int err)
{
	dispatch_finish(r, err, false);
}

void req_refuse(struct req *r, int err)
{
	dispatch_finish(r, err, true);
}

void req_set_object(struct req *r, uint8_t kind, const uint8_t *id, size_t len)
{
	r->object_kind = kind;
	memset(r->object, 0, sizeof r->object);
	memcpy(r->object, id, len < sizeof r->object ? len : sizeof r->object);
}

void req_set_audited(struct req *r)
{
	r->audited = true;
}

int req_count_refusal(struct req *r, int err)
{
	if (!dispatch_is_refusal(err))
		return err;
	return dispatch_count_refusal(r, err);
}

bool req_is_refusal(int err)
{
	return dispatch_is_refusal(err);
}

void req_hold(struct req *r, void (*release)(struct req *r, void *arg, int err), void *arg)
{
	r->release = release;
	r->release_arg = arg;
}

bool req_is_wanted(const struct req *r)
{
	return r->port != NULL;
}

void req_subscribe(struct req *r, const uint8_t generation[16])
{
	if (r->port != NULL)
		r->port->ops->subscribe(r->port, &r->who, generation);
}

static void expel(struct req *r, const uint8_t *did, const uint8_t *pid)
{
	if (r->dispatch->expel != NULL)
		r->dispatch->expel(r->dispatch->expel_arg, did, pid);
}

void req_expel_device(struct req *r, const uint8_t did[16])
{
	expel(r, did, NULL);
}

void req_expel_person(struct req *r, const uint8_t pid[16])
{
	expel(r, NULL, pid);
}
