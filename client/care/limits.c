/* limits: see limits.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/content.h"

#include "event.h"
#include "order.h"

#include "limits.h"

/* One limit of an order. */
struct row {
	uint32_t vital, limit;
	unsigned beyond;         /* what a reading is that does not keep it */
	bool at;                 /* the limit itself is beyond, too */
	const char *said, *unit; /* NULL: blood pressure */
};

static const struct row during[] = {
    {EVENT_SYS, ORDER_ACT_SYS, EVENT_ABOVE, true, NULL, NULL},
    {EVENT_DIA, ORDER_ACT_DIA, EVENT_ABOVE, true, NULL, NULL},
    {EVENT_HR, ORDER_ACT_HR, EVENT_ABOVE, true, "HR", ""},
    {EVENT_SPO2, ORDER_ACT_SPO2, EVENT_BELOW, false, "SpO2", "%"},
};
static const struct row start[] = {
    {EVENT_SYS, ORDER_PRE_SYS, EVENT_ABOVE, true, NULL, NULL},
    {EVENT_DIA, ORDER_PRE_DIA, EVENT_ABOVE, true, NULL, NULL},
    {EVENT_HR, ORDER_PRE_HR, EVENT_ABOVE, true, "HR", ""},
    {EVENT_SYS, ORDER_PRE_SYS_MIN, EVENT_BELOW, true, NULL, NULL},
    {EVENT_DIA, ORDER_PRE_DIA_MIN, EVENT_BELOW, true, NULL, NULL},
    {EVENT_HR, ORDER_PRE_HR_MIN, EVENT_BELOW, true, "HR", ""},
};

static bool is_beyond(const struct row *row, uint64_t value, uint64_t limit)
{
	if (value == limit)
		return row->at;
	return row->beyond == EVENT_ABOVE ? value > limit : value < limit;
}

static uint32_t limit_key(const struct row *rows, size_t n, uint32_t vital, unsigned beyond)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].vital == vital && rows[i].beyond == beyond)
			return rows[i].limit;
	return 0;
}

static void add(struct limits *l, const char *text)
{
	size_t at = strlen(l->text);
	if (strstr(l->text, text))
		return;
	snprintf(l->text + at, sizeof(l->text) - at, "%s%s", at ? ", " : "", text);
}

/* Both numbers of blood pressure are said together, as the order has them. */
static void add_pressure(struct limits *l, const struct content *order, uint32_t top, uint32_t bottom)
{
	uint64_t sys = content_u64(order, top, 0), dia = content_u64(order, bottom, 0);
	char text[LIMITS_TEXT];
	if (sys && dia)
		snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, sys, dia);
	else
		snprintf(text, sizeof(text), "%s number %" PRIu64, sys ? "top" : "bottom", sys ? sys : dia);
	add(l, text);
}

static struct limits compare(const struct row *rows, size_t n, const struct content *vitals,
                             const struct content *order)
{
	struct limits l = {.state = EVENT_WITHIN};
	bool above = false;
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		char text[LIMITS_TEXT];
		if (!content_has(vitals, row->vital) || !content_has(order, row->limit))
			continue;
		uint64_t limit = content_u64(order, row->limit, 0);
		l.any = true;
		if (!is_beyond(row, content_u64(vitals, row->vital, 0), limit))
			continue;
		above = above || row->beyond == EVENT_ABOVE;
		l.state = above ? EVENT_ABOVE : EVENT_BELOW;
		if (row->said) {
			snprintf(text, sizeof(text), "%s %" PRIu64 "%s", row->said, limit, row->unit);
			add(&l, text);
		} else {
			add_pressure(&l, order, limit_key(rows, n, EVENT_SYS, row->beyond),
			             limit_key(rows, n, EVENT_DIA, row->beyond));
		}
	}
	return l;
}

struct limits limits_during(const struct content *vitals, const struct content *order)
{
	return compare(during, sizeof(during) / sizeof(during[0]), vitals, order);
}

struct limits limits_start(const struct content *vitals, const struct content *order)
{
	return compare(start, sizeof(start) / sizeof(start[0]), vitals, order);
}
