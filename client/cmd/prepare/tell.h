/* tell: who of a client's team is told something, and in which words they are named; a message that a command writes by
 * itself about what it has just written. Knows no particular kind. */
#ifndef KAP_CLIENT_CMD_TELL_H
#define KAP_CLIENT_CMD_TELL_H

#include <stddef.h>
#include <stdint.h>

struct desk;
struct person;
struct write_ctx;
struct write_message;

#define TELL_MAX 32
#define TELL_NAMES 512

/* The client's team in these roles (KINDS_* bits), without oneself, at most TELL_MAX; returns how many. */
size_t tell_team(const struct desk *d, const struct person *client, unsigned roles, const struct person **out);
/* "Ana Reyes", "Ana Reyes and Dr. Osei", "Ana Reyes, X and Y"; `nobody` when there is none. */
const char *tell_names(const struct person *const *people, size_t n, const char *nobody, char out[TELL_NAMES]);

/* Writes `m` to those of the team; its to, n_to, about and care are filled in. Nothing when there is nobody to tell.
 * Errors of write_message. */
int tell_write(struct write_ctx *ctx, const struct desk *d, const struct person *client, unsigned roles,
               struct write_message *m);

#endif
