/* desk: what most commands need laid out before they begin: who I am, who the others are, everything written; and the
 * ways they end: written in one transaction, sent if the server can be reached. Knows no particular command. */
#ifndef KAP_CLIENT_CMD_DESK_H
#define KAP_CLIENT_CMD_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/book.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/cmd.h"
#include "client/kap.h"
#include "client/ui/when.h"

struct sync_result;

struct desk {
	struct kap *kap;
	struct identity *id;
	struct people *people;
	struct book *book;
	struct when now;
};

/* Reads the vault (open already). KAP_OK, or an exit code after the reason was said: not joined yet, damaged. */
int desk_open(struct kap *kap, struct desk *d);
/* The same without the book: for commands about people only. */
int desk_open_people(struct kap *kap, struct desk *d);
void desk_close(struct desk *d);

/* Calls fn in one writable transaction and commits if it returns 0. Returns the error. */
typedef int desk_fn(struct write_ctx *ctx, void *arg);
int desk_write(struct desk *d, desk_fn *fn, void *arg);
/* Says why a write was refused; `then` says what happened to what was typed. Returns the exit code. */
int desk_refused(struct desk *d, int err, const char *then);
/* The same for a statement (statement.h), which fails where a sync would: what the server shows to be false is said as
 * `kap sync` says it. */
int desk_refused_statement(struct desk *d, int err, const char *then);

/* The person that was typed, among those `allow` accepts; else says who could be meant. `what` names the kind of person
 * in the sentence ("the care team"). */
int desk_person(struct desk *d, const char *typed, people_allow *allow, const char *what, const struct person **out);
/* A comma-separated list of them; at most `max`. */
int desk_people(struct desk *d, const char *typed, people_allow *allow, const char *what, const struct person **out,
                size_t max, size_t *n);
bool desk_is_staff(const struct person *person, void *arg);
bool desk_is_client(const struct person *person, void *arg);
bool desk_is_clinician(const struct person *person, void *arg);

/* The entry that "[WHO] NUMBER" means: one's own with one operand, WHO's with two. KAP_OK or an exit code after saying
 * why not. */
int desk_entry(struct desk *d, int argc, char **argv, const struct book_item **out);
/* The same, also one of one's own that is in the bin or deleted. */
int desk_any_entry(struct desk *d, int argc, char **argv, const struct book_item **out);
/* KAP_OK if there is one version of it; else says that they must be joined first: a change of one would hide the other.
 */
int desk_one_version(struct desk *d, const struct book_item *item);
/* The message with this number in the inbox ("3" or "inbox 3"). */
int desk_message(struct desk *d, int argc, char **argv, const struct book_item **out);

/* KAP_OK, or an exit code after saying that the item (`head`: as it is now) was given back, and so can be neither taken
 * back nor deleted. */
int desk_is_ones_own(struct desk *d, const struct book_item *item, bool head);

/* Sends what waits, in silence. KAP_OK, or KAP_SAVED_LOCALLY after saying that the server could not be reached and that
 * everything is safe here; what the server shows to be false is said as `kap sync` says it. KAP_NOT_ALLOWED after
 * saying that something could not be given to anyone any more. */
int desk_send(struct desk *d);
/* Says what an exchange brought and what went wrong. Returns the exit code. Shared with sync and watch. */
int desk_say_sync(struct kap *kap, int err, const struct sync_result *result, bool quiet);

/* "7:10 pm" today, else "Tue 3 Mar, 7:10 pm". */
const char *desk_time(const struct desk *d, uint64_t ms, char out[WHEN_TEXT]);
struct when desk_when(uint64_t ms);

#endif
