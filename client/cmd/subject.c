/* subject: see subject.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/role.h"

#include "desk.h"
#include "form.h"

#include "subject.h"

struct chart subject_everybody(const struct desk *d)
{
	return (struct chart){.book = d->book, .people = d->people};
}

int subject_client(struct desk *d, const char *typed, struct chart *out)
{
	const struct person *self = people_self(d->people);
	*out = subject_everybody(d);
	if (self->role == ROLE_CLIENT && typed)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "This is about yourself: leave the name out. Nothing was changed.");
	if (self->role == ROLE_CLIENT) {
		out->client = self;
		return KAP_OK;
	}
	if (!typed)
		return kap_fail(d->kap, KAP_USAGE, "About whom? It is written: %s %s %s", d->kap->title, d->kap->cmd->name,
		                d->kap->cmd->args);
	int exit_code = desk_person(d, typed, desk_is_client, "a client of yours", &out->client);
	if (!exit_code && !people_cares(d->people, self->pid, out->client->pid))
		exit_code =
		    kap_fail(d->kap, KAP_NOT_ALLOWED, "%s is not in your care. Nothing was changed.", out->client->name);
	return exit_code;
}

bool subject_is_item(const char *typed)
{
	return isalpha((unsigned char)typed[0]) && isdigit((unsigned char)typed[1]) &&
	       strspn(typed + 1, "0123456789") == strlen(typed + 1) && kinds_by_letter(typed[0]);
}

int subject_item(struct desk *d, const char *typed, uint32_t kind, const struct book_item **out)
{
	const struct care_kind *row = subject_is_item(typed) ? kinds_by_letter(typed[0]) : NULL;
	const struct care_kind *wanted = kinds_care(kind);
	unsigned long number = row ? strtoul(typed + 1, NULL, 10) : 0;
	if (!row || (wanted && row != wanted))
		return wanted ? kap_fail(d->kap, KAP_INVALID, "\"%s\" is no such number: it is %c and a number, like %c3.",
		                         typed, wanted->letter, wanted->letter)
		              : kap_fail(d->kap, KAP_INVALID, "\"%s\" is no such number.", typed);
	*out = number && number <= UINT32_MAX ? book_by_number(d->book, NULL, row->content.kind, (uint32_t)number) : NULL;
	return *out ? KAP_OK : kap_fail(d->kap, KAP_INVALID, "There is no %s here.", typed);
}

int subject_list(struct kap *kap, int argc, char **argv, subject_part *one, subject_part *all)
{
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = argc && subject_is_item(argv[0]) ? one(&d, argv[0]) : all(&d, argc ? argv[0] : NULL);
	desk_close(&d);
	return exit_code;
}

/* --- writing --- */

static int write_it(struct write_ctx *ctx, void *arg)
{
	return write_care(ctx, arg, NULL);
}

int subject_write_content(struct desk *d, const struct write_care *w, const char *lost)
{
	const struct content_rule *fault = NULL;
	struct write_care copy = *w;
	int err = desk_write(d, write_it, &copy);
	if (err != ERR_SCHEMA)
		return err ? desk_refused(d, err, lost) : KAP_OK;
	fault = content_find_fault(w->fields, &care_kinds);
	if (fault && fault->look)
		return kap_fail(d->kap, KAP_INVALID, "%s is not as it must be. %s", fault->look->label, lost);
	return kap_fail(d->kap, KAP_INVALID, "Something is missing, or two of the values do not fit together. %s", lost);
}

int subject_write(struct desk *d, struct form *form, const struct chart *about, const struct write_care *more)
{
	struct write_care w = more ? *more : (struct write_care){0};
	w.kind = form->kind;
	w.fields = form->content;
	w.about = about->client;
	return subject_write_content(d, &w, form->lost);
}
