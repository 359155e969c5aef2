/* unanswered_say: see unanswered_say.h. */
#include "unanswered_say.h"

#include "client/book/unanswered.h"
#include "client/cmd.h"
#include "client/ui/out.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"
#include "client/cmd/target.h"

#define ROWS 64

void unanswered_say(struct desk *d)
{
	struct chart everybody = subject_everybody(d);
	struct unanswered rows[ROWS];
	char name[TARGET_NAME], when[WHEN_TEXT];
	size_t n = unanswered_list(&everybody, (uint64_t)d->now.s * 1000, rows, ROWS), due = 0, late = 0;
	for (size_t i = 0; i < n && i < ROWS; i++) {
		due += rows[i].due_ms != 0;
		late += rows[i].overdue;
	}
	out_int(d->kap->out, "unacknowledged", NULL, (int64_t)n);
	out_int(d->kap->out, "unacknowledged-late", NULL, (int64_t)late);
	if (!due)
		return;
	target_name(rows[0].item, name);
	desk_time(d, rows[0].due_ms, when);
	out_say(d->kap->out, "URGENT, not acknowledged: %zu. The first, %s, %s %s.", due, name,
	        rows[0].overdue ? "is OVERDUE since" : "is due", when);
}

void unanswered_say_now(struct kap *kap)
{
	struct desk d;
	if (!(1u << kap->role & CMD_CLINICAL) || desk_open(kap, &d))
		return;
	unanswered_say(&d);
	desk_close(&d);
}
