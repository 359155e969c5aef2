/* people: made-up people and a made-up clinic for tests: key chains, a founded clinic, invitations, joins, teams.
 * Everything that goes wrong fails the running test. Keys come from a number, so that they are the same in every run,
 * or from chance; salts and sealed boxes are always random. Call crypto_init before. Knows nothing of what is tested
 * with it.
 *
 *     struct people pp;
 *     struct people_cast who;
 *     people_begin(&pp, 1);
 *     people_cast(&pp, &who);       admin, therapist, prescriber, and a client with both on the team
 *     ... clinic_on_team(pp.clinic, who.therapist->genesis, who.client->genesis) ...
 *     people_end(&pp);
 */
#ifndef KAP_TESTS_PEOPLE_H
#define KAP_TESTS_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/clinic_sign.h"
#include "proto/device.h"
#include "proto/epoch.h"
#include "proto/invite.h"
#include "proto/keychain.h"
#include "proto/link.h"

#define PEOPLE_TIME UINT64_C(1700000000000) /* where pp.now_ms begins */
#define PEOPLE_WEEK UINT64_C(604800000)     /* how long people_invite lets an invitation live */

struct person {
	struct device_secret device, recovery;
	struct device_public pub, recovery_pub;
	uint8_t did[DEVICE_ID], recovery_did[DEVICE_ID];
	uint8_t seed[EPOCH_SEED];
	struct epoch_keys epoch;
	struct invite_keys invite;         /* the code they joined with */
	uint8_t genesis[KEYCHAIN_GENESIS]; /* its first 16 bytes are the pid */
	struct buf link;                   /* their key chain's first link, with boxes */
	struct keychain *chain;
};

struct people {
	uint64_t number, drawn; /* where keys come from */
	uint64_t now_ms;        /* the time of the next link; grows by a second each */
	struct person **all;
	size_t n, cap;
	uint8_t server_tls[CRYPTO_KEY], log[CRYPTO_KEY];         /* Ed25519 seeds */
	uint8_t server_tls_pub[CRYPTO_KEY], log_pub[CRYPTO_KEY]; /* as pinned */
	struct clinic *clinic;
	struct buf *links; /* the clinic chain, by seq */
	size_t n_links, cap_links;
};

/* `number` 0: random keys. */
void people_begin(struct people *pp, uint64_t number);
void people_end(struct people *pp);

/* Fills 32 bytes from the number, different each time. */
void people_draw(struct people *pp, uint8_t out[32]);
/* Keys of a code nobody has used yet. */
void people_code(struct people *pp, struct invite_keys *keys);

/* A person with a key chain made with this code; no member of anything. Owned by pp. */
struct person *people_new(struct people *pp, const struct invite_keys *code);
/* Makes their key chain and what follows from it again, after a test has changed their secrets. */
void people_remake(struct people *pp, struct person *p);
/* For clinic_lookup: everybody made by people_new is known; arg is the struct people. */
const struct keychain *people_lookup(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS]);

/* Founds the clinic: the first admin, and the links genesis, server_pin and policy. */
struct person *people_found(struct people *pp);

/* Signs `body` onto the head as `signer`; the link's bytes are appended to out. Does not apply it. */
void people_sign(struct people *pp, const struct person *signer, const struct clinic_body *body, struct buf *out);
/* The same with confined, about and the order of lists as they stand in `body`. */
void people_sign_exactly(struct people *pp, const struct person *signer, const struct clinic_body *body,
                         struct buf *out);
/* Parses and applies a link; keeps a copy if it was accepted. Returns what clinic_apply says. */
int people_apply(struct people *pp, const void *bytes, size_t len);
/* Both, and it must be accepted. Returns its seq. */
uint64_t people_say(struct people *pp, const struct person *signer, const struct clinic_body *body);

/* Puts an invitation on the chain; *code is its secret. `team` only for a client. Returns its seq. */
struct people_invite {
	const struct person *by;
	enum role role;
	struct person *const *team;
	size_t n_team;
};
uint64_t people_invite(struct people *pp, const struct people_invite *o, struct invite_keys *code);
/* Signs the join of `who` with their code. Does not apply it. */
void people_sign_join(struct people *pp, const struct person *who, enum role role, uint64_t invite_seq,
                      struct buf *out);
/* Invites a new person and lets them join. */
struct person *people_join(struct people *pp, const struct people_invite *o);
struct person *people_staff(struct people *pp, const struct person *by, enum role role);

void people_set_team(struct people *pp, const struct person *by, const struct person *client,
                     struct person *const *team, size_t n_team);
void people_remove(struct people *pp, const struct person *by, const struct person *who);
void people_role(struct people *pp, const struct person *by, const struct person *who, enum role role);

/* The stored link at `seq`, parsed; borrowed from pp. */
void people_link(const struct people *pp, uint64_t seq, struct link *out);
/* Folds the stored links into a new clinic as the server would serve them to `reader`: without the inner parts they may
 * not see. The caller frees it. */
struct clinic *people_view(struct people *pp, const struct person *reader);

struct people_cast {
	struct person *admin, *therapist, *prescriber, *client;
};
void people_cast(struct people *pp, struct people_cast *who);

#endif
