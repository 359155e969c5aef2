/* clearance: what was decided about a client's sessions, whether it still holds, and what was decided before. */
#include <string.h>

#include "client/book/gate.h"
#include "client/care/clearance.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "proto/content.h"

#include "client/cmd/desk.h"
#include "client/cmd/show_care.h"
#include "client/cmd/subject.h"

#define DAY_S 86400

static const char *const states[] = {
    [GATE_OPEN] = "valid",          [GATE_MISSING] = "missing", [GATE_EXPIRED] = "expired",
    [GATE_DECIDED] = "not-cleared", [GATE_USED_UP] = "used-up",
};

static void say_state(struct desk *d, const struct gate *g)
{
	struct out *out = d->kap->out;
	char day[WHEN_TEXT];
	struct when until = {(int64_t)g->day * DAY_S, 0};
	out_str(out, "state", NULL, states[g->state]);
	if (g->state == GATE_EXPIRED)
		out_say(out, "Clearance expired %s.", when_date(&until, &d->now, day));
	else if (g->state == GATE_USED_UP)
		out_say(out, "Clearance used up.");
	else if (g->state == GATE_DECIDED)
		out_say(out, "No medicine session can open on this decision.");
	else if (g->state == GATE_OPEN && g->day)
		out_say(out, "Clearance valid to %s.", when_date(&until, &d->now, day));
	/* a client's device knows no session */
	if (g->allowed && d->kap->role != ROLE_CLIENT) {
		out_int(out, "sessions-used", NULL, (int64_t)g->used);
		out_say(out, "%llu of %llu sessions used.", (unsigned long long)g->used, (unsigned long long)g->allowed);
	}
}

/* One row for each revision of each clearance about the client, also of those that do not hold. */
struct history {
	struct desk *desk;
	const struct chart *chart;
};

static int show_past(void *arg, const struct book_item *item)
{
	const struct history *h = arg;
	struct out *out = h->desk->kap->out;
	const struct content_rule *decision = look_by_key(&care_clearance.content, CLEARANCE_DECISION);
	if (chart_subject(h->chart, item) != h->chart->client)
		return 0;
	for (size_t i = 0; i < item->n_revisions; i++) {
		const struct content *c = item->revisions[i].content;
		struct when at = desk_when(c ? content_peek_head(c)->at_ms : item->at_ms);
		const char *word = c ? look_word(decision, content_u64(c, CLEARANCE_DECISION, CLEARANCE_DECISIONS)) : NULL;
		out_item(out);
		out_int(out, "revision", "r", (int64_t)i + 1);
		out_when(out, "at", "When", &at);
		out_str(out, "author", "By", item->author->name);
		out_str(out, "decision", "Decision", word);
		out_bool(out, "holds", NULL, chart_stands(item));
		if (!chart_stands(item))
			out_line(out, "   Does not hold: %s may not write this.", item->author->name);
	}
	return 0;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code) {
		struct gate g = gate_clearance(&chart, gate_today((uint64_t)d.now.s * 1000, d.now.offset_min));
		if (g.item)
			show_care_item(&d, g.item, NULL);
		else
			out_say(kap->out, "There is no clearance yet.");
		say_state(&d, &g);
		out_list(kap->out, "history", NULL);
		(void)book_each(d.book, CLEARANCE_KIND, NULL, show_past, &(struct history){&d, &chart});
		out_end(kap->out);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_clearance = {
    .name = "clearance",
    .args = "[CLIENT]",
    .summary = "what was decided about a client's sessions",
    .example = "kap clearance jo",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
