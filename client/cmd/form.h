/* form: fills in the fields of a clinical kind from the command line (--set NAME=VALUE) and by asking, one question a
 * field. Knows the rows of the kind and the terminal; knows no client and writes nothing. */
#ifndef KAP_CLIENT_CMD_FORM_H
#define KAP_CLIENT_CMD_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book_item;
struct care_kind;
struct content;
struct kap;

#define FORM_OPTIONS                                                                                                   \
	{                                                                                                                  \
		"set", 's', "NAME=VALUE", "a field, instead of being asked; may be repeated; \"NAME=\" leaves it out"          \
	}

struct form {
	struct kap *kap;
	const struct care_kind *kind;
	struct content *content; /* what was filled in so far */
	const char *lost;        /* what happened to the input, said after everything that is not valid: "Not saved." */
};

/* An empty one, or with the fields that `from` has now (NULL: empty). KAP_OK or an exit code after saying why. */
int form_init(struct form *f, struct kap *kap, const struct care_kind *kind, const struct book_item *from);
void form_wipe(struct form *f);

/* What --set gave, all of it. Says what is not valid and which fields there are. */
int form_options(struct form *f);
/* True unless fields were given by --set: then, and for programs, nothing is asked. */
bool form_asks(const struct form *f);

/* Asks for these fields (0 at the end) that are not filled in yet, if anything is asked at all. Enter leaves a field
 * out; at a terminal what is not valid is asked again. KAP_OK, or an exit code after saying why: invalid input, or the
 * end of input. */
int form_ask(struct form *f, const uint32_t *keys);
int form_ask_one(struct form *f, uint32_t key);
/* The same with other words for the question. */
int form_ask_as(struct form *f, uint32_t key, const char *question);
/* Asks for these fields although they are filled in: Enter keeps what is there, "-" leaves the field out. */
int form_change(struct form *f, const uint32_t *keys);
/* Says why no line could be read (prompt_line), and what that means for the input. Returns the exit code. */
int form_no_line(struct form *f, int err);
/* Sets a field from typed text, with the same words when it is not valid. */
int form_set(struct form *f, uint32_t key, const char *typed);
/* KAP_OK if these fields (0 at the end) are filled in; else says which is missing. */
int form_need(struct form *f, const uint32_t *keys);

#endif
