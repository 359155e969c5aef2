/* oncall: what the clinic's admin has said about how it can be reached: the newest word of an active admin, when the
 * clinic is open, and who is on call after whom, in the zone the admin said it for. Knows no message and no clock. */
#ifndef KAP_CLIENT_BOOK_ONCALL_H
#define KAP_CLIENT_BOOK_ONCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/zone.h"

struct book;
struct book_item;
struct content;
struct people;
struct person;

#define ONCALL_NAME 321 /* bytes, with the NUL: 80 characters */

struct oncall_turn {
	uint8_t pid[16];
	const struct person *person; /* NULL: not known here */
	uint8_t days;                /* Monday bit 0 to Sunday bit 6 */
	uint16_t from, to;           /* minutes of the local day; `to` not after `from`: into the next day */
	char zone[ZONE_NAME], name[ONCALL_NAME];
};

/* The item that counts; NULL: no admin has said anything. */
const struct book_item *oncall_contact(const struct book *book, const struct people *people);

/* Turns of a contact content (NULL: none), in order, at most `max`; returns how many. A turn without a person has no
 * name either. */
size_t oncall_turns(const struct content *contact, const struct people *people, struct oncall_turn *out, size_t max);
/* Put them into a content. Errors of content_set_array. */
int oncall_set_turns(struct content *contact, const struct oncall_turn *turns, size_t n);
int oncall_set_spans(struct content *contact, const struct oncall_turn *spans, size_t n);

/* True while it runs at that moment. False too where the zone is not known to this machine. */
bool oncall_runs(const struct oncall_turn *turn, int64_t utc_s);
/* 1 open, 0 not, -1 not known. */
int oncall_is_open(const struct content *contact, int64_t utc_s);
/* The first turn of somebody who is still a member, or whom one does not know, that runs. False: nobody is on call. */
bool oncall_now(const struct content *contact, const struct people *people, int64_t utc_s, struct oncall_turn *out);

#endif
