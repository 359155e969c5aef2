/* consent_withdraw: takes a consent back, at any time: from then on it does not count. What was signed stays. */
#include "client/book/write_care.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"

static int withdraw(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *consent)
{
	int err = content_set_u64(f->content, CONSENT_WITHDRAWN_AT, (uint64_t)d->now.s * 1000);
	f->lost = "Nothing was changed.";
	/* it was signed when it was signed: a release that is taken back keeps its day */
	const struct content_head *head = content_peek_head(chart_content(consent));
	struct write_care more = {.revises = consent, .at_ms = head->at_ms, .at_offset = head->offset};
	int exit_code = err ? kap_fail_err(d->kap, err, f->lost) : subject_write(d, f, chart, &more);
	if (exit_code)
		return exit_code;
	if (content_u64(f->content, CONSENT_SCOPE, FORM_PART2) == FORM_TREATMENT)
		out_say(d->kap->out, "Taken back. No medicine session can open without a consent. Your care team is told.");
	else
		out_say(d->kap->out, "Taken back. What was done before it stays done. Your care team is told.");
	return desk_send(d);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *consent = NULL;
	struct form f = {0};
	struct chart chart;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, NULL, &chart);
	if (!exit_code)
		exit_code = subject_item(&d, argv[0], CONSENT_KIND, &consent);
	if (!exit_code && (!chart_stands(consent) || !consent->author->is_self))
		exit_code = kap_fail(kap, KAP_NOT_ALLOWED, "%s is not a consent of yours. Nothing was changed.", argv[0]);
	if (!exit_code && content_has(chart_content(consent), CONSENT_WITHDRAWN_AT))
		exit_code = kap_fail(kap, KAP_INVALID, "%s was taken back already. Nothing was changed.", argv[0]);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_consent, consent);
	if (!exit_code)
		exit_code = withdraw(&d, &f, &chart, consent);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_consent_withdraw = {
    .name = "consent withdraw",
    .args = "NUMBER",
    .summary = "take a consent back",
    .about = "At any time, also on a day of medicine. What was signed stays in the record, with the time it was taken "
             "back.",
    .example = "kap consent withdraw K2",
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
