/* show_flag: see show_flag.h. */
#include "show_flag.h"

#include "client/book/chart.h"
#include "client/care/flag.h"
#include "client/care/look.h"
#include "client/ui/out.h"
#include "proto/content.h"

#include "client/cmd/desk.h"
#include "client/cmd/show.h"
#include "client/cmd/show_care.h"
#include "client/cmd/subject.h"

#define BRIEF_COLUMNS 24 /* beside two more cells */

void show_flag_row(struct desk *d, const struct book_item *item)
{
	struct chart everybody = subject_everybody(d);
	struct out *out = d->kap->out;
	const struct content *c = chart_content(item);
	const struct book_item *closing = chart_closing(&everybody, item);
	const struct book_ack *ack = chart_ack(item, NULL);
	char when[WHEN_TEXT];
	const struct content_rule *rule = look_by_key(&care_flag.content, FLAG_SEVERITY);
	show_care_cells(d, item, BRIEF_COLUMNS);
	if (!c)
		return;
	out_word(out, "severity", "", look_word(rule, content_u64(c, FLAG_SEVERITY, FLAG_INFO)));
	out_word(out, "state", "State", closing ? "closed" : ack ? "acknowledged" : "open");
	if (closing)
		out_line(out, "     closed by %s %s", closing->author->is_self ? "you" : closing->author->name,
		         desk_time(d, closing->at_ms, when));
	else if (ack)
		out_line(out, "     acknowledged by %s %s", ack->person->is_self ? "you" : ack->person->name,
		         desk_time(d, ack->at_ms, when));
	else
		show_due(d, item);
	if (ack)
		out_str(out, "acknowledged-by", NULL, ack->person->name);
}
