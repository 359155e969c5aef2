/* asked: see asked.h. */
#include "client/care/assignment.h"
#include "proto/content.h"
#include "proto/role.h"

#include "chart.h"
#include "people.h"

#include "asked.h"

#define DAY_MS 86400000
#define MONDAY 4 /* 5 January 1970 */

size_t asked_answers(const struct book_item *assignment)
{
	size_t n = 0;
	for (size_t i = 0; i < assignment->n_acks; i++)
		n += assignment->acks[i].person->role == ROLE_CLIENT;
	return n;
}

static int64_t last_answer_day(const struct book_item *assignment, int offset_min)
{
	uint64_t last = 0;
	for (size_t i = 0; i < assignment->n_acks; i++)
		if (assignment->acks[i].person->role == ROLE_CLIENT && assignment->acks[i].at_ms > last)
			last = assignment->acks[i].at_ms;
	return ((int64_t)last + (int64_t)offset_min * 60000) / DAY_MS;
}

static int64_t week_of(int64_t day)
{
	return (day - MONDAY) / 7;
}

enum asked_state asked_state(const struct book_item *assignment, int64_t day, int offset_min)
{
	const struct content *c = chart_content(assignment);
	uint64_t repeat = c ? content_u64(c, ASSIGNMENT_REPEAT, ASSIGNMENT_NONE) : ASSIGNMENT_NONE;
	size_t answers = asked_answers(assignment);
	if (!c || content_u64(c, ASSIGNMENT_STATE, ASSIGNMENT_OPEN) == ASSIGNMENT_WITHDRAWN)
		return ASKED_WITHDRAWN;
	if (!answers)
		return ASKED_OPEN;
	if (repeat == ASSIGNMENT_NONE || answers >= content_u64(c, ASSIGNMENT_TIMES, 1))
		return ASKED_DONE;
	int64_t last = last_answer_day(assignment, offset_min);
	bool same = repeat == ASSIGNMENT_DAILY ? last == day : week_of(last) == week_of(day);
	return same ? ASKED_AGAIN : ASKED_OPEN;
}

const char *asked_word(enum asked_state state)
{
	static const char *const words[] = {"open", "answered", "done", "withdrawn"};
	return words[state];
}
