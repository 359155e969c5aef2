/* target: see target.h. */
#include <stdio.h>
#include <string.h>

#include "client/care/flag.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "proto/content.h"

#include "desk.h"
#include "subject.h"

#include "target.h"

int target_item(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	return argc == 1 && subject_is_item(argv[0]) ? subject_item(d, argv[0], 0, out) : desk_message(d, argc, argv, out);
}

int target_message_or_flag(struct desk *d, int argc, char **argv, const struct book_item **out)
{
	int exit_code = target_item(d, argc, argv, out);
	if (!exit_code && (*out)->kind != CONTENT_MESSAGE && (*out)->kind != FLAG_KIND)
		exit_code = kap_fail(d->kap, KAP_INVALID, "%s is for messages and flags: %s %s. Nothing was changed.",
		                     d->kap->cmd->name, d->kap->title, d->kap->cmd->example + strlen("kap "));
	return exit_code;
}

const char *target_name(const struct book_item *item, char out[TARGET_NAME])
{
	const struct care_kind *kind = kinds_care(item->kind);
	if (kind)
		snprintf(out, TARGET_NAME, "%c%u", kind->letter, item->number);
	else
		snprintf(out, TARGET_NAME, "inbox %u", item->number);
	return out;
}

size_t target_clinicians(const struct book_item *item, const struct person **out, size_t max)
{
	size_t n = 0;
	if (desk_is_clinician(item->author, NULL) && n < max)
		out[n++] = item->author;
	for (size_t i = 0; i < item->n_readers && n < max; i++)
		if (!item->readers[i].withdrawn && desk_is_clinician(item->readers[i].person, NULL))
			out[n++] = item->readers[i].person;
	return n;
}

void target_names(const struct person *const *people, size_t n, char *out, size_t max)
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n && at < max; i++)
		at += (size_t)snprintf(out + at, max - at, "%s%s", !i ? "" : i + 1 == n ? " and " : ", ", people[i]->name);
}

const char *target_span(uint64_t ms, char out[TARGET_SPAN])
{
	unsigned long long minutes = ms / 60000;
	if (!minutes)
		snprintf(out, TARGET_SPAN, "less than a minute");
	else if (minutes < 60)
		snprintf(out, TARGET_SPAN, "%llu min", minutes);
	else if (minutes < 1440)
		snprintf(out, TARGET_SPAN, "%llu h %llu min", minutes / 60, minutes % 60);
	else
		snprintf(out, TARGET_SPAN, "%llu d %llu h", minutes / 1440, minutes / 60 % 24);
	return out;
}
