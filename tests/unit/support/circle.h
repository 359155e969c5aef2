/* circle: a made-up clinic and the devices of its people, for tests of the client: each device has a vault that holds
 * its identity, the clinic chain as the server would serve it, key chains and names. What one device wrote is sealed
 * and read by the others with the program's own code, without a server. Hides people.h of this folder, whose names are
 * those of client/book/people.h. Everything that goes wrong fails the running test. Call crypto_init before. */
#ifndef KAP_TESTS_CIRCLE_H
#define KAP_TESTS_CIRCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scratch_vault.h"

struct book;
struct book_item;
struct people;
struct record;
struct person;
struct write_ctx;

/* Jo's team is Ana and Osei; Kim's is Ana, Osei and Lund. */
enum circle_who {
	CIRCLE_ADMIN, /* "Mo Ortiz" */
	CIRCLE_ANA,   /* "Ana Reyes", therapist */
	CIRCLE_OSEI,  /* "Dr. Osei", prescriber */
	CIRCLE_LUND,  /* "Ms. Lund", therapist */
	CIRCLE_MED,   /* no name; medical, on no team */
	CIRCLE_JO,    /* "Jo M.", client */
	CIRCLE_KIM,   /* "Joan Kim", client */
	CIRCLE_PEOPLE,
	/* further devices of Jo's, once circle_add_devices was called */
	CIRCLE_JO_PHONE = CIRCLE_PEOPLE,
	CIRCLE_JO_TABLET,
	CIRCLE_DEVICES
};

struct circle;

struct circle *circle_new(void);
void circle_free(struct circle *c);                                         /* closes all vaults */
const uint8_t *circle_genesis(const struct circle *c, enum circle_who who); /* begins with the pid */
/* Jo's key chain lets in the phone and the tablet; before any device is opened. */
void circle_add_devices(struct circle *c);
/* Changes the clinic; devices learn of it by circle_refresh. */
void circle_leave_team(struct circle *c, enum circle_who client, enum circle_who staff);
void circle_remove(struct circle *c, enum circle_who who);

/* One person's device, opened at the first call. Its vault is always inside a write transaction. */
struct scratch_vault *circle_vault(struct circle *c, enum circle_who who);
/* The clinic chain anew, into a device's vault. */
void circle_refresh(struct circle *c, enum circle_who who);

/* The device's people and book as they are now; borrowed until the next call for the same device. Numbers are given. */
const struct people *circle_people(struct circle *c, enum circle_who who);
const struct book *circle_book(struct circle *c, enum circle_who who);
const struct person *circle_person(struct circle *c, enum circle_who device, enum circle_who who);
/* A fresh context, with people and book, a second after the last. */
struct write_ctx *circle_write(struct circle *c, enum circle_who who);

/* Seals all that waits on this device; it stays in the outbox. Returns how many were sealed. */
size_t circle_seal(struct circle *c, enum circle_who who);
/* Seals, and gives the outbox to the server: receipts come back, every open device in an audience reads what is new to
 * it (after the unshares of this lot took away wraps). Returns how many records went out. */
size_t circle_send(struct circle *c, enum circle_who who);
/* What a device that was opened later has missed. */
void circle_catch_up(struct circle *c, enum circle_who who);
/* One exchange of one device: it reads what is new, sends what waits, and reads that. Returns how many it sent. */
size_t circle_exchange(struct circle *c, enum circle_who who);
/* Every record that the server was given, in order, as its author is served it now. */
typedef void circle_visit(void *arg, const struct record *r);
void circle_each(const struct circle *c, circle_visit *visit, void *arg);
/* How many records a device refused so far. */
size_t circle_refused(const struct circle *c, enum circle_who who);

#endif
