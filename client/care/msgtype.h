/* msgtype: the types of messages that people send each other about a client: who sends which to whom, how soon it
 * wants to be read, and what it has to say. The rows stand in msgtype.def. Knows no message and no person. */
#ifndef KAP_CLIENT_CARE_MSGTYPE_H
#define KAP_CLIENT_CARE_MSGTYPE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define MSGTYPE_FIELDS 16 /* as many as a message can have */

struct msgtype_field {
	const char *name, *label, *ask; /* "saw", "Saw", "What did you see?" */
	bool required;
};

struct msgtype {
	const char *name;
	unsigned from, to; /* roles, as bits (KINDS_*) */
	unsigned priority; /* unless another one is given; a client's is never more than routine */
	bool must_ack;
	const char *ack_when; /* "before the next session", NULL */
	const struct msgtype_field *fields;
	size_t n_fields;
};

size_t msgtype_count(void);
const struct msgtype *msgtype_at(size_t i);
const struct msgtype *msgtype_find(const char *name, size_t len); /* NULL: none */
/* The place of a field in the type, n_fields when it has none of that name. */
size_t msgtype_field_at(const struct msgtype *type, const char *name, size_t len);
/* Appends "clearance, order, ...": those that `role` may send (0: all). Errors stick to the buffer. */
void msgtype_put_names(unsigned role, struct buf *out);

#endif
