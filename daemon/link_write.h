/* link_write: how links become part of a chain: verified against the roster and applied to it, made durable with their
 * audit row and what belongs to them (an invitation put or used), then answered and announced. Serves chain_put,
 * invite_put and join; knows none of their rules. Loop thread.
 *
 * The roster is applied first, so that the next request is judged by the newest statements; if the commit then fails
 * the roster is read again from the store. What is told of the chain's head after a write is what is durable. */
#ifndef KAP_DAEMON_LINK_WRITE_H
#define KAP_DAEMON_LINK_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_write;
struct msg_bytes;
struct req;
struct store_invite;

#define LINK_WRITE_MAX 4

/* A write for this request. NULL without memory. */
struct link_write *link_write_new(struct req *r);
void link_write_free(struct link_write *w); /* only before link_write_submit; NULL is legal */

/* Verifies a new person's first link and puts them on the roster. ERR_NOT_AUTHOR when the person's device is not the
 * one on this connection; errors of roster_add. `genesis` is filled in. */
int link_write_person(struct link_write *w, const struct msg_bytes *bytes, uint8_t genesis[32]);
/* Verifies the clinic chain's next link and applies it. *known: it is in place on the roster already; then it is only
 * seen to that the store has it too. ERR_CHAIN_BEHIND; ERR_LINK also without its inner part; errors of link_parse and
 * roster_apply. */
int link_write_clinic(struct link_write *w, const struct msg_bytes *bytes, bool *known);

/* The same for the asker's own key chain, types 2 to 5: signed by the device that sends it, which may be the paper
 * device for type 2. ERR_CHAIN_BEHIND also when a link that revokes a device does not name the head of the clinic
 * chain: the answer then tells that head. ERR_LINK, ERR_SHAPE (no boxes), ERR_NOT_AUTHOR, ERR_ROLE; errors of
 * link_parse, keychain_body_parse and roster_apply_key. Devices that are out are sent away once it is durable. */
int link_write_own(struct link_write *w, const struct msg_bytes *bytes, bool *known);

/* A link that a store lost which was put back from an older copy: the clinic's next, that of a key chain, or, for an
 * admin, the first of a person who is not known here. Whoever signed it; verified in full. A key chain's link in place
 * without its boxes gets them. ERR_ROLE: of another's chain, and `admin` is false. ERR_CHAIN_BEHIND, ERR_NOT_FOUND;
 * errors of the two above and of roster_add. */
int link_write_heal(struct link_write *w, const struct msg_bytes *bytes, bool admin);

/* To be done in the same batch: keep an invitation (copied) with its packet (borrowed until the answer); use one up for
 * this pid at this time. The use may turn out to be a second one: then nothing but the refusal is kept and CODE_USED is
 * answered. */
void link_write_put_invite(struct link_write *w, const struct store_invite *invite, const struct msg_bytes *packet);
void link_write_use_invite(struct link_write *w, const uint8_t invite[16], const uint8_t pid[16], uint64_t now_ms);

/* Hands it to the writer and sees to the answer, in the end the head of the chain that was written. `w` is gone. */
void link_write_submit(struct link_write *w);
/* Takes everything back that link_write_person and _clinic applied, and refuses the request. `w` is gone. */
void link_write_fail(struct link_write *w, int err);

/* Answers CHAIN_BEHIND with the head of the clinic chain, once all that came before is durable; or a plain refusal
 * before the founding. */
void link_write_behind(struct req *r);

#endif
