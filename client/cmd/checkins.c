/* checkins: check-ins, one's own or those that a client shares. */
#include <stdio.h>

#include "client/care/checkin.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/value.h"

#include "desk.h"
#include "show_care.h"
#include "subject.h"

static int row(void *arg, const struct book_item *item)
{
	static const uint32_t shown[] = {CHECKIN_MOOD, CHECKIN_ANXIETY, CHECKIN_ENERGY, CHECKIN_SLEEP, CHECKIN_SAFE};
	struct desk *d = arg;
	struct out *out = d->kap->out;
	struct when at = {(int64_t)(item->at_ms / 1000), item->offset};
	char number[16];
	snprintf(number, sizeof(number), "%c%u", care_checkin.letter, item->number);
	out_item(out);
	out_str(out, "number", "#", number);
	out_str(out, "author", item->author->is_self ? NULL : "Who", item->author->name);
	out_when(out, "at", "When", &at);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		value_show(out, chart_content(item), look_by_key(&care_checkin.content, shown[i]), &d->now);
	if (item->author->is_self)
		out_word(out, "visibility", "Access", book_is_shared(item) ? "shared" : "private");
	return 0;
}

static int all(struct desk *d, const char *typed)
{
	struct chart chart = subject_everybody(d);
	int exit_code = typed || d->kap->role == ROLE_CLIENT ? subject_client(d, typed, &chart) : KAP_OK;
	if (exit_code)
		return exit_code;
	out_list(d->kap->out, "checkins", "No check-ins yet.");
	(void)chart_each(&chart, CHECKIN_KIND, row, d);
	out_end(d->kap->out);
	return KAP_OK;
}

static int one(struct desk *d, const char *typed)
{
	const struct book_item *item;
	int exit_code = subject_item(d, typed, CHECKIN_KIND, &item);
	if (!exit_code)
		show_care_item(d, item, NULL);
	return exit_code;
}

static int run(struct kap *kap, int argc, char **argv)
{
	return subject_list(kap, argc, argv, one, all);
}

const struct cmd cmd_checkins = {
    .name = "checkins",
    .args = "[CLIENT | C3]",
    .summary = "list check-ins",
    .about =
        "For clients their own, for clinicians those that clients share with them. With a number, that one in full.",
    .example = "kap checkins jo",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
