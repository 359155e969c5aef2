/* clinic: the fold of a clinic chain: who is a member, with which role, on whose team; invitations, pins, policy; and
 * what follows: who is related and who may see what. Every link is verified in full before it takes effect. No disk, no
 * clock. It does not fetch key chains: a look-up given by the caller finds them. Read by several threads while none
 * applies. PROTOCOL 5.2, 5.3. Bodies are in clinic_body.h, the making of links in clinic_sign.h.
 *
 * Order of work for a reader: apply links in order of seq. A confined link that comes without its inner part moves the
 * head and has no other effect; nor has a link that continues a story of which an earlier part was withheld. When a
 * withheld inner part comes later, make a new clinic and fold all links again: that is the only way an earlier link can
 * take effect. */
#ifndef KAP_PROTO_CLINIC_H
#define KAP_PROTO_CLINIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clinic_body.h"
#include "crypto.h"
#include "keychain.h"
#include "role.h"

struct link;
struct clinic;

/* Finds the verified key chain of an identity; NULL if the caller does not hold it (note which one was asked for, fetch
 * it, and apply the link again). Called during apply only, several times a link: keep it quick. The result is not kept.
 */
struct clinic_lookup {
	const struct keychain *(*find)(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS]);
	void *arg;
};

/* An empty clinic, for a chain not yet begun. ERR_NOMEM. `lookup` is copied; its arg must outlive the clinic. */
int clinic_new(const struct clinic_lookup *lookup, struct clinic **out);
void clinic_free(struct clinic *c);

/* Verifies and applies the next link. c is unchanged on error:
 * ERR_LINK        breaks a rule of the chain: not next (clinic_is_next), unconfined without inner, about a person or
 * invitation it may not be about, twice the same person or key, wrong `about`, the last admin would go ERR_NOT_FOUND
 * the look-up does not know the key chain that is needed ERR_ROLE        the signer is nobody's active device here, or
 * lacks the right ERR_SIGNATURE, ERR_KEY ERR_CODE_USED, ERR_CODE_EXPIRED   a join whose signature is good but whose
 * invitation is used up, or was over errors of clinic_body_parse; ERR_NOMEM */
int clinic_apply(struct clinic *c, const struct link *link);
/* The same without the Ed25519 check: for links that were verified before and whose store proves them. */
int clinic_replay(struct clinic *c, const struct link *link);
/* Applies all that `next` yields: it returns 1 and a link, 0 at the end, or a negative err. Returns the first error. */
int clinic_fold(struct clinic *c, int (*next)(void *arg, struct link *link), void *arg);

/* True if `link` names this chain, the seq after the head and the head's hash (of a clinic not yet begun: a first
 * link). */
bool clinic_is_next(const struct clinic *c, const struct link *link);

/* The clinic's identity (CRYPTO_HASH bytes); NULL before the first link. */
const uint8_t *clinic_id(const struct clinic *c);

struct clinic_head {
	uint64_t seq;
	uint8_t hash[CRYPTO_HASH];
};
/* False before the first link. */
bool clinic_head(const struct clinic *c, struct clinic_head *head);
/* The hash of the link at `seq`; NULL beyond the head. */
const uint8_t *clinic_hash_at(const struct clinic *c, uint64_t seq);

/* --- members. Pointers live as long as the clinic; removed people stay, inactive. --- */
struct clinic_member {
	uint8_t genesis[KEYCHAIN_GENESIS]; /* begins with the pid */
	enum role role;                    /* the last they had */
	bool active;
	uint64_t joined_seq, removed_seq; /* removed_seq: 0 while active */
};
size_t clinic_members(const struct clinic *c);
const struct clinic_member *clinic_member_at(const struct clinic *c, size_t i); /* in the order they joined */
const struct clinic_member *clinic_member(const struct clinic *c, const uint8_t genesis[KEYCHAIN_GENESIS]);
const struct clinic_member *clinic_member_by_pid(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);
/* The role of an active member, ROLE_GUEST for anyone else. */
enum role clinic_role(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);

/* Who took the place of whom (succession); NULL when nobody did, and where the other one is not known here (a link
 * about them was withheld). A successor may have one of their own. */
const struct clinic_member *clinic_successor(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);
const struct clinic_member *clinic_predecessor(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);
/* The genesis of the one before (KEYCHAIN_GENESIS bytes), also where they are not known here: for the successor
 * themselves, to whom the earlier links about a client are not served. NULL when there is none. */
const uint8_t *clinic_predecessor_genesis(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);

/* --- teams; only active people --- */
/* Fills `team` and returns how many there are; 0 if it is no active client or the team is empty. */
size_t clinic_team(const struct clinic *c, const uint8_t client_pid[KEYCHAIN_PID],
                   const struct clinic_member *team[CLINIC_TEAM_MAX]);
bool clinic_on_team(const struct clinic *c, const uint8_t staff_pid[KEYCHAIN_PID],
                    const uint8_t client_pid[KEYCHAIN_PID]);
/* The next client of this member of staff; *cursor starts at 0. NULL at the end. */
const struct clinic_member *clinic_client_of(const struct clinic *c, const uint8_t staff_pid[KEYCHAIN_PID],
                                             size_t *cursor);
/* The seq of the last confined link about this client. ERR_NOT_FOUND. */
int clinic_about(const struct clinic *c, const uint8_t client_genesis[KEYCHAIN_GENESIS], uint64_t *seq);

/* --- who may --- */
/* PROTOCOL 5.3; both must be active. */
bool clinic_related(const struct clinic *c, const uint8_t a[KEYCHAIN_PID], const uint8_t b[KEYCHAIN_PID]);
/* May `pid` be served the inner part of the clinic link at `seq`? False for who is not an active member. */
bool clinic_may_see_inner(const struct clinic *c, uint64_t seq, const uint8_t pid[KEYCHAIN_PID]);
/* May `pid` be served the key chain of `owner` (without boxes, unless it is their own)? Related people; staff, present
 * and past, to all members, because the fold needs their chains; a client's also to who may see the join that names it.
 */
bool clinic_may_see_chain(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID], const uint8_t owner[KEYCHAIN_PID]);
/* The next seq from `from` on whose inner part `pid` may see but which came here without it: all of them for an admin,
 * else those to which a visible link refers. ERR_NOT_FOUND when there is none. What a reader asks the server for. */
int clinic_missing(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID], uint64_t from, uint64_t *seq);

/* --- invitations --- */
struct clinic_invite {
	uint64_t seq;
	uint8_t key[CRYPTO_KEY]; /* invite public */
	enum role role;
	uint64_t expires_ms;
	bool used;
	const struct clinic_member *inviter;
	const struct clinic_member *joined; /* NULL while not used */
	size_t n_staff;
	const struct clinic_member *staff[CLINIC_TEAM_MAX]; /* as the invitation named them */
};
size_t clinic_invites(const struct clinic *c); /* used ones too */
const struct clinic_invite *clinic_invite_at(const struct clinic *c, size_t i);
const struct clinic_invite *clinic_invite(const struct clinic *c, uint64_t seq);
const struct clinic_invite *clinic_invite_by_key(const struct clinic *c, const uint8_t key[CRYPTO_KEY]);

/* --- restored servers --- */
/* Does a path of restore notices lead from the one generation of the server's store to the other? False if they are the
 * same. */
bool clinic_restored(const struct clinic *c, const uint8_t old_generation[CLINIC_GENERATION],
                     const uint8_t new_generation[CLINIC_GENERATION]);

/* Is there a notice by which the server's store became this generation? */
bool clinic_restored_to(const struct clinic *c, const uint8_t generation[CLINIC_GENERATION]);

/* --- key chains that go on --- */
/* Does the key chain of a member fit what this clinic chain holds? ERR_ROLLBACK: a link that revokes a device names
 * another link at a place that is here, too, or this chain holds a link by that device beyond the cut: somebody was
 * shown another chain. Ask before news of a key chain are kept: a clinic that is folded again with them would be
 * refused. */
int clinic_check_cuts(const struct clinic *c, const struct keychain *k);

/* --- pins and policy --- */
struct clinic_pins {
	uint64_t seq; /* of the link that set them */
	size_t n_tls;
	uint8_t tls[CLINIC_PINS_MAX][CRYPTO_KEY];
	uint8_t log[CRYPTO_KEY];
};
/* NULL before the first server_pin link. */
const struct clinic_pins *clinic_pins(const struct clinic *c);
/* The value in force, or the default. 0 for a key that is none. */
uint64_t clinic_policy(const struct clinic *c, enum clinic_policy_key key);
/* The fewest days for which a clinical record ever had to be kept. */
uint64_t clinic_retain_least(const struct clinic *c);

#endif
