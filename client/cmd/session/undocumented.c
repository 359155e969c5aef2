/* undocumented: medicine sessions that are over and have no report, and those that were never ended. */
#include <inttypes.h>
#include <stdio.h>

#include "client/care/session.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "session.h"
#include "client/cmd/subject.h"

#define HOUR_MS UINT64_C(3600000)

static void row(struct desk *d, const struct session *s, uint64_t since_ms, const char *what)
{
	struct out *out = d->kap->out;
	uint64_t now = (uint64_t)d->now.s * 1000, over = now > since_ms ? now - since_ms : 0;
	struct when since = desk_when(since_ms);
	char number[16], said[80];
	bool late = over >= SESSION_LATE_MS;
	snprintf(number, sizeof(number), "S%u", s->item->number);
	snprintf(said, sizeof(said), late ? "UNDOCUMENTED: %s (%" PRIu64 " h)" : "%s (%" PRIu64 " h)", what,
	         over / HOUR_MS);
	out_item(out);
	out_str(out, "number", "#", number);
	out_str(out, "client", "Client", s->chart.client ? s->chart.client->name : NULL);
	out_int(out, "session", "Session", content_i64(s->content, SESSION_NO, 0));
	out_when(out, "since", s->closed_ms ? "Closed" : "Since", &since);
	out_str(out, "state", "", said);
	out_bool(out, "undocumented", NULL, late);
	out_str(out, "by", NULL, s->item->author->name);
}

static int look(void *arg, const struct book_item *item)
{
	struct desk *d = arg;
	const struct content *c = chart_content(item);
	const struct chart everybody = subject_everybody(d);
	uint64_t state = content_u64(c, SESSION_STATE, SESSION_PLANNED);
	struct session *s = NULL;
	if (content_u64(c, SESSION_TYPE, SESSION_MEDICINE) != SESSION_MEDICINE)
		return 0;
	if (state != SESSION_OPEN && state != SESSION_CLOSED)
		return 0;
	int err = session_read(&everybody, item, &s);
	if (err)
		return err;
	if (state == SESSION_CLOSED && !session_reported(s))
		row(d, s, s->closed_ms, "report not sent");
	if (state == SESSION_OPEN && (uint64_t)d->now.s * 1000 >= s->opened_ms + SESSION_LATE_MS)
		row(d, s, s->opened_ms, "not ended");
	session_free(s);
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	const struct chart everybody = subject_everybody(&d);
	out_list(kap->out, "sessions", "Every session has its report.");
	int err = chart_each(&everybody, SESSION_KIND, look, &d);
	out_end(kap->out);
	desk_close(&d);
	return err ? kap_fail_err(kap, err, NULL) : KAP_OK;
}

const struct cmd cmd_undocumented = {
    .name = "undocumented",
    .args = "",
    .summary = "sessions without a report",
    .about = "A session should have its report on the same day. After 24 hours it is named UNDOCUMENTED.",
    .example = "kap undocumented",
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .run = run,
};
