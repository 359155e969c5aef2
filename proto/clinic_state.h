/* clinic_state: what the fold of a clinic chain remembers, and the room it needs; for clinic*.c alone. Knows no rule:
 * it keeps people, invitations, and for every link its hash and what became of it. */
#ifndef KAP_PROTO_CLINIC_STATE_H
#define KAP_PROTO_CLINIC_STATE_H

#include "clinic.h"
#include "device.h"

#define CLINIC_STATE_KEY 16 /* pids, dids, and the first bytes of invite keys */

struct clinic_ticket;

struct clinic_person {
	struct clinic_member member;  /* first, so that a member handed out is the person */
	struct clinic_ticket *ticket; /* the invitation they joined with; NULL for the founder */
	size_t n_team;
	struct clinic_person *team[CLINIC_TEAM_MAX]; /* of a client */
	bool has_old, has_new;                       /* in a succession, as the new one, as the old one */
	uint8_t old[KEYCHAIN_GENESIS];               /* whose place they took */
	struct clinic_person *successor;             /* NULL: none, or not known here */
	uint64_t succeeded_seq;                      /* of the link that gave their place to another; 0 */
};

/* A place in the chain that a key chain names: where one of its devices was revoked. */
struct clinic_cut {
	uint64_t seq;
	uint8_t hash[CRYPTO_HASH];
};

/* From one generation of the server's store to the next. */
struct clinic_notice {
	uint8_t generation[2][CLINIC_GENERATION]; /* old, new */
};

/* An invitation; for a client's also the story of the client: the confined links that concern them. */
struct clinic_ticket {
	struct clinic_invite invite; /* first, for the same reason */
	struct clinic_person *joined;
	uint64_t last; /* seq of the last confined link of the story */
};

/* A confined link that was read: who may see it. */
struct clinic_mention {
	struct clinic_ticket *ticket;
	struct clinic_person *signer; /* of a join: the client */
	uint64_t before;              /* the mention before it in the story; CLINIC_STATE_NONE */
	uint64_t also;                /* of a succession: the last mention of the old one's story; CLINIC_STATE_NONE */
	size_t n_team;
	struct clinic_person *team[CLINIC_TEAM_MAX]; /* right after the link */
};
#define CLINIC_STATE_NONE UINT64_MAX

enum clinic_place_kind {
	CLINIC_PLACE_OPEN,     /* not confined */
	CLINIC_PLACE_INVITE,   /* not confined, an invitation; index is its ticket's */
	CLINIC_PLACE_MENTION,  /* confined; index is the mention's */
	CLINIC_PLACE_WITHHELD, /* confined, came without its inner part */
	CLINIC_PLACE_LOOSE,    /* confined, continues a story of which a part was withheld */
};

struct clinic_place {
	uint8_t hash[CRYPTO_HASH];
	enum clinic_place_kind kind;
	bool wanted; /* withheld, but a link that was not refers to it */
	size_t index;
};

/* From 16 bytes to an index; open addressing. */
struct clinic_map {
	struct clinic_map_slot {
		uint8_t key[CLINIC_STATE_KEY];
		size_t value; /* index + 1; 0 is free */
	} * slots;
	size_t n, cap;
};

struct clinic {
	struct clinic_lookup lookup;
	uint8_t id[CRYPTO_HASH];
	uint8_t founding[CRYPTO_KEY];
	struct clinic_place *places; /* by seq; the last is the head */
	size_t n_places, cap_places;
	struct clinic_person **people;
	size_t n_people, cap_people;
	struct clinic_ticket **tickets;
	size_t n_tickets, cap_tickets;
	struct clinic_mention *mentions;
	size_t n_mentions, cap_mentions;
	uint64_t *signed_seqs; /* of the last link that a device signed, by by_signer */
	size_t n_signed_seqs, cap_signed_seqs;
	struct clinic_cut *cuts; /* of revoked devices that signed here; to be compared when their place comes */
	size_t n_cuts, cap_cuts;
	struct clinic_notice *notices;
	size_t n_notices, cap_notices;
	struct clinic_map by_pid, by_invite;
	struct clinic_map by_did; /* devices of first links; what is added later is found in the key chains */
	struct clinic_map by_signer;
	size_t admins; /* active ones */
	bool veiled;   /* a confined link came without its inner part, or continues a story of which one did */
	bool pinned;
	struct clinic_pins pins;
	uint64_t policy[CLINIC_POLICY_KEYS + 1];
	uint64_t retain_least; /* the fewest days that were ever in force */
};

/* Makes room for one more of everything and for `devices` dids of a newcomer, so that the functions after it cannot
 * fail. ERR_NOMEM.
 */
int clinic_state_reserve(struct clinic *c, size_t devices);

/* These use the room. */
void clinic_state_add_place(struct clinic *c, const uint8_t hash[CRYPTO_HASH], enum clinic_place_kind kind,
                            size_t index);
void clinic_state_add_person(struct clinic *c, struct clinic_person *p, const struct keychain *k);
void clinic_state_add_ticket(struct clinic *c, struct clinic_ticket *t);
/* The seq is the next place's. Returns the mention's index. */
size_t clinic_state_add_mention(struct clinic *c, struct clinic_ticket *t, struct clinic_person *signer);

/* NULL when there is none. */
struct clinic_person *clinic_state_person(const struct clinic *c, const uint8_t pid[KEYCHAIN_PID]);
struct clinic_person *clinic_state_person_of(const struct clinic *c, const uint8_t genesis[KEYCHAIN_GENESIS]);
/* By a device of a first link. */
struct clinic_person *clinic_state_owner(const struct clinic *c, const uint8_t did[DEVICE_ID]);
/* The place that the cut of a device fixes: remembered once. */
void clinic_state_add_cut(struct clinic *c, uint64_t seq, const uint8_t hash[CRYPTO_HASH]);
/* Does a link with this hash at the next place break a cut? */
bool clinic_state_breaks_cut(const struct clinic *c, const uint8_t hash[CRYPTO_HASH]);
/* The device signs the link of the next place. */
void clinic_state_note_signer(struct clinic *c, const uint8_t did[DEVICE_ID]);
/* The place of the last link it signed. False if it signed none. */
bool clinic_state_last_signed(const struct clinic *c, const uint8_t did[DEVICE_ID], uint64_t *seq);

struct clinic_ticket *clinic_state_ticket(const struct clinic *c, const uint8_t signer[CLINIC_STATE_KEY]);
struct clinic_place *clinic_state_place(const struct clinic *c, uint64_t seq);
bool clinic_state_on_team(const struct clinic_person *client, const struct clinic_person *staff);

void clinic_state_wipe(struct clinic *c);

#endif
