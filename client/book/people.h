/* people: everybody this device knows of: the clinic chain folded and verified from the links in the vault, key chains,
 * and the names that people gave themselves (profiles) or an invitation gave them. The one place where a typed name
 * becomes a person. Knows no network: client/sync/chains.h brings the links. */
#ifndef KAP_CLIENT_BOOK_PEOPLE_H
#define KAP_CLIENT_BOOK_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clinic;
struct keychain;
struct people;
struct vault_txn;

struct person {
	uint8_t genesis[32], pid[16];
	uint8_t root[16]; /* the first pid they had: another than `pid` if they took the place of an identity they lost */
	uint8_t role;     /* enum role */
	bool active, is_self;
	bool named;           /* false: name is a placeholder such as "therapist 3F9A" */
	uint8_t checked;      /* enum checked_state: whether words were compared, and what was replaced since */
	uint64_t checked_ms;  /* when; 0 never */
	const char *name;     /* what to show, one line; never empty */
	const char *pronouns; /* "" when not given */
};

/* Folds what the vault holds. A fresh fold each time: a thousand links take a few milliseconds of hashing; signatures
 * were checked when the links came. One's own name is the one in the identity. ERR_LINK... when the stored chain does
 * not fold, ERR_CORRUPT; ERR_NOT_FOUND before joining. *out is the caller's and independent of the transaction. */
int people_load(struct vault_txn *txn, const uint8_t self_genesis[32], struct people **out);
void people_free(struct people *p); /* NULL is legal */

/* Somebody who lost every device and joined anew is one person, the new one: the old identity is not counted, and its
 * pid finds the new one. */
size_t people_count(const struct people *p);
const struct person *people_at(const struct people *p, size_t i); /* active first, by role, then name */
const struct person *people_by_pid(const struct people *p, const uint8_t pid[16]); /* NULL: not known */
const struct person *people_self(const struct people *p);

/* The person a typed name means among those `allow` (NULL: everybody active) accepts. Case and punctuation do not
 * matter. The whole name goes before words of it that stand together, those before beginnings of words: "jo" finds "Jo
 * M." although there is a Joan, "dr osei" and "os" find "Dr. Osei". ERR_NOT_FOUND, ERR_AMBIGUOUS (*out is the first of
 * them; people_matches gives all). */
typedef bool people_allow(const struct person *person, void *arg);
int people_find(const struct people *p, const char *typed, people_allow *allow, void *arg, const struct person **out);
/* All that match as well as the best, in the order of people_at, at most `max`; returns how many there are. */
size_t people_matches(const struct people *p, const char *typed, people_allow *allow, void *arg,
                      const struct person **out, size_t max);

/* A client's care team in the order of people_at, at most `max` into `out`; returns how many there are. */
size_t people_team(const struct people *p, const uint8_t client_pid[16], const struct person **out, size_t max);
/* True if one is a client and the other on that client's team. */
bool people_cares(const struct people *p, const uint8_t a[16], const uint8_t b[16]);

/* Borrowed: the fold itself, and a person's verified key chain (NULL: not fetched). */
const struct clinic *people_clinic(const struct people *p);
const struct keychain *people_keychain(const struct people *p, const uint8_t pid[16]);

/* Remembers a name. `from_profile` names win over those an invitation gave: then this does nothing. ERR_SCHEMA: not 1
 * to 80 characters (pronouns: 0 to 40), or not text that content_check_text takes. */
int people_name_put(struct vault_txn *txn, const uint8_t pid[16], const char *name, const char *pronouns,
                    bool from_profile);

#endif
