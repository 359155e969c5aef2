/* kinds: the kinds of content this program knows, as one array that writing, reading, showing and exporting all use. A
 * clinical kind is one file in this folder and one row in kinds.c. Knows who writes a kind and whom it is for, and
 * nothing of who these people are. */
#ifndef KAP_CLIENT_CARE_KINDS_H
#define KAP_CLIENT_CARE_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/content.h"

extern const struct content_kinds care_kinds;

#define KINDS_BRIEF 8

/* A clinical kind: a row of the array above, and what people need besides. */
struct care_kind {
	struct content_kind content;
	char letter;                 /* of the number that people type: F7; 0: it has none */
	const char *title;           /* "Order" */
	unsigned authors;            /* roles that may write it (KINDS_*) */
	unsigned readers;            /* whom it is for unless somebody is named: of the client and the client's team */
	uint8_t staff_class;         /* the record class when a clinician writes it (enum record_class) */
	uint32_t brief[KINDS_BRIEF]; /* the fields that make one line of it, 0 at the end */
};

#define KINDS_C (1u << 1) /* client: bits by enum role */
#define KINDS_T (1u << 2)
#define KINDS_P (1u << 3)
#define KINDS_M (1u << 4)
#define KINDS_A (1u << 5)
#define KINDS_CLINICIANS (KINDS_T | KINDS_P | KINDS_M)

/* NULL: not one of these. */
const struct care_kind *kinds_care(uint32_t kind);
const struct care_kind *kinds_by_letter(char letter); /* either case */
const struct care_kind *kinds_by_name(const char *name);
/* All of them, in order of their numbers. */
const struct care_kind *const *kinds_all_care(size_t *n);
/* True for what people write and read, clinical kinds included; false for what devices tell each other. */
bool kinds_is_written(uint32_t kind);
/* True if somebody in `role` may write this kind; every kind that is not in the list may be written by everybody. */
bool kinds_may_write(uint32_t kind, unsigned role);

#endif
