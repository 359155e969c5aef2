/* msg_fields: what the type of a message asks for: given on the command line (--field NAME=TEXT) or asked, one question
 * a field; and the text of the message that is made of it, so that whoever does not know the type reads the same. Knows
 * the types and the terminal; sends nothing. */
#ifndef KAP_CLIENT_CMD_MSG_FIELDS_H
#define KAP_CLIENT_CMD_MSG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/book/write.h"
#include "client/care/msgtype.h"
#include "proto/buf.h"

struct kap;
struct person;

struct msg_fields {
	struct kap *kap;
	const struct msgtype *type;
	struct buf texts[MSGTYPE_FIELDS]; /* NUL-terminated beyond len; empty: not said */
	struct write_field pairs[MSGTYPE_FIELDS];
	size_t n_pairs; /* once msg_fields_body was called */
};

void msg_fields_init(struct msg_fields *f, struct kap *kap);
void msg_fields_wipe(struct msg_fields *f);

/* The type that was typed, one that `role` may send. KAP_OK or an exit code after saying which there are. */
int msg_fields_type(struct msg_fields *f, const char *typed, unsigned role);
/* KAP_OK if it may go to all of them. */
int msg_fields_to(const struct msg_fields *f, const struct person *const *to, size_t n);
/* True if questions are asked: nothing was given by --field or --file, and the answer is for people. */
bool msg_fields_asks(const struct msg_fields *f);
/* What was given, else asked. What is required and missing is named; what was typed is in `texts` still. */
int msg_fields_get(struct msg_fields *f);
/* Appends the text ("Saw: ..."), and fills in the pairs, which borrow `texts`. */
void msg_fields_body(struct msg_fields *f, struct buf *out);

#endif
