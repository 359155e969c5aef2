/* circle_care: clinical items that people of a circle write, from fields as they would be typed. Knows nothing of what
 * is tested with it. */
#ifndef KAP_TESTS_CIRCLE_CARE_H
#define KAP_TESTS_CIRCLE_CARE_H

#include "client/book/chart.h"
#include "circle.h"

struct care_kind;
struct content;

/* Sets fields of `content` from "name=value" texts, NULL at the end; days and moments may be numbers with an @ before
 * ("valid-until=@20000"). Each must be valid. */
void circle_care_set(const struct care_kind *kind, struct content *content, const char *const *typed);
/* An empty content of the kind with these fields; the caller frees it. */
struct content *circle_care_content(const struct care_kind *kind, const char *const *typed);

/* Writes one about `about`, or a revision of `revises` (NULL legal), and sends it to everybody. */
void circle_care_write(struct circle *c, enum circle_who who, enum circle_who about, const struct care_kind *kind,
                       const char *const *typed);
void circle_care_revise(struct circle *c, enum circle_who who, const struct care_kind *kind, const char *const *typed);
/* The same past write_care: what a changed program could send, about anybody: to that client's team, from a client to
 * their own. */
void circle_care_forge(struct circle *c, enum circle_who who, enum circle_who about, const struct care_kind *kind,
                       struct content *content);
#define CIRCLE_CARE(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The chart of a client as a device has it now; borrowed until the next call for the device. */
struct chart circle_chart(struct circle *c, enum circle_who device, enum circle_who client);
/* A message about a client in the team, by its author to the others. */
void circle_care_message(struct circle *c, enum circle_who who, enum circle_who about, const char *type);
/* Acknowledges the newest of a kind about the client, and sends that. */
void circle_care_ack(struct circle *c, enum circle_who who, enum circle_who client, uint32_t kind);
/* Closes the newest of a kind, whoever may. */
void circle_care_close(struct circle *c, enum circle_who who, enum circle_who client, uint32_t kind);

#endif
