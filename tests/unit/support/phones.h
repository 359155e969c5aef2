/* phones: a made-up person whose key chain goes on: more devices, devices that are put out, epochs, paper devices.
 * Every link is made with keychain_sign.h and kept. Everything that goes wrong fails the running test. Knows no rule of
 * its own; people.h makes the person. */
#ifndef KAP_TESTS_PHONES_H
#define KAP_TESTS_PHONES_H

#include "proto/keychain_sign.h"
#include "tests/unit/support/people.h"

#define PHONES_MAX 40
#define PHONES_LINKS_MAX 300

struct phone {
	struct device_secret secret;
	struct device_public pub;
	uint8_t did[DEVICE_ID];
};

struct phones {
	struct people *pp;
	struct person *p;             /* p->chain is the chain that goes on */
	struct phone all[PHONES_MAX]; /* 0 is the first device */
	struct phone paper;           /* the one in force */
	size_t n;
	uint8_t seeds[PHONES_LINKS_MAX + 1][EPOCH_SEED]; /* by number of the epoch, from 1 */
	uint32_t epoch;                                  /* the current one */
	struct buf links[PHONES_LINKS_MAX];              /* with boxes, by seq */
	size_t n_links;
};

/* Begins with a person whose chain is one link long. Some kilobytes: keep it off small stacks. */
struct phones *phones_new(struct people *pp, struct person *p);
void phones_free(struct phones *f);

/* A device of nobody. */
void phones_draw(struct people *pp, struct phone *out);

/* Each appends a link to out, made by this device onto the head, and returns what keychain_sign said. What it needs new
 * is left in f->all[f->n], f->seeds[f->epoch + 1]; nothing else changes. */
int phones_sign_add(struct phones *f, const struct phone *by, struct phone *device, struct buf *out);
int phones_sign_revoke(struct phones *f, const struct phone *by, const struct phone *const *out_of, size_t n,
                       struct buf *out);
int phones_sign_rotate(struct phones *f, const struct phone *by, struct buf *out);
int phones_sign_recovery(struct phones *f, const struct phone *by, struct phone *paper, struct buf *out);

/* Parses and applies to the person's chain; keeps the bytes if that succeeds. */
int phones_apply(struct phones *f, const struct buf *link);

/* The two in one; they must succeed. */
struct phone *phones_add(struct phones *f, const struct phone *by);
void phones_revoke(struct phones *f, const struct phone *by, const struct phone *whom);
void phones_rotate(struct phones *f, const struct phone *by);
void phones_recovery(struct phones *f, const struct phone *by);

/* What phones_sign_revoke names as the clinic chain's head. */
void phones_clinic_head(const struct phones *f, uint64_t *seq, uint8_t hash[CRYPTO_HASH]);

/* The link at this place, parsed; borrowed from f. */
void phones_link(const struct phones *f, uint64_t seq, struct link *out);
/* A chain of its own from the first `n` links. */
struct keychain *phones_chain(const struct phones *f, size_t n);

#endif
