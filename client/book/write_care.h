/* write_care: puts clinical kinds (client/care/kinds.h) into the ledger as pending, as write.h does with the rest: whom
 * they are for and in which class they travel follows from the kind, the author's role and the client's team. */
#ifndef KAP_CLIENT_BOOK_WRITE_CARE_H
#define KAP_CLIENT_BOOK_WRITE_CARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct care_kind;
struct content;
struct person;
struct write_ctx;

/* Errors besides those named: as in write.h. */

struct write_care {
	const struct care_kind *kind;
	const struct content *fields; /* its fields are what is written; of its head nothing is */
	const struct person *about;   /* the client; NULL: oneself if one is a client, else nobody */
	bool only_me;                 /* private, whatever the kind says */
	const struct person *const *to;
	size_t n_to;                     /* 0: the client and team as far as the kind is for them */
	const struct book_item *revises; /* one's own; NULL: a new item */
	uint64_t at_ms;                  /* 0: now */
	int16_t at_offset;
	uint64_t answer_by_s; /* 0: none; only clinicians may ask for one */
};
/* A clinical kind (client/care/kinds.h), new or a revision. ref (NULL legal) is its lid. ERR_ROLE: one's role may not
 * write it. ERR_NOT_AUTHOR: what it revises is somebody else's. ERR_NO_GRANT: the client is not in one's care, or one
 * of `to` may not be given it. ERR_CLASS: the kind cannot be private, or not be given. ERR_ARG: a
 * clinician names no client. ERR_SCHEMA: also what the kind
 * demands of its fields together. */
int write_care(const struct write_ctx *ctx, const struct write_care *w, uint8_t ref[32]);

struct write_flag {
	const struct person *about;
	unsigned cause, severity;       /* client/care/flag.h */
	const char *text;               /* one line, 1 to 500 characters */
	const struct book_item *source; /* what raised it; NULL: a person did */
	uint64_t answer_by_s;           /* 0: none; only clinicians may ask for one */
	const struct person *const *to; /* NULL: all clinicians of the client's team */
	size_t n_to;
};
/* A flag to the client's clinicians. ERR_EXISTS: there is one for this cause and source, and no second is wanted. */
int write_flag(const struct write_ctx *ctx, const struct write_flag *flag);

#endif
