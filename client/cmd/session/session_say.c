/* session_say: how what happens in a session is said; see session.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/care/event.h"
#include "client/care/order.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "session.h"

void session_put(struct buf *out, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n > 0)
		buf_put(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void session_say(const struct session_desk *sd, struct buf *line)
{
	buf_put_u8(line, 0);
	if (!buf_err(line))
		out_say(sd->d.kap->out, "%s", (const char *)line->data);
	buf_wipe(line);
}

void session_put_told(const struct session_desk *sd, int sent, const char *how, struct buf *out)
{
	const struct person *who = session_prescriber(sd);
	struct when now = when_now();
	char clock[WHEN_TEXT];
	if (!who)
		session_put(out, " No prescriber is on the team: nobody was told. Telephone the clinic.");
	else if (sent)
		session_put(out, " %s does NOT know yet: it is sent when the server can be reached. Telephone.", who->name);
	else
		session_put(out, " %s %s %s.", who->name, how, when_clock(&now, clock));
}

const char *session_clock(uint64_t ms, char out[WHEN_TEXT])
{
	struct when w = when_local((int64_t)(ms / 1000));
	return when_clock(&w, out);
}

const char *session_mg(uint64_t tenths, char out[48])
{
	char number[TEXT_NUMBER];
	snprintf(out, 48, "%s mg", text_number((int64_t)tenths, 1, number));
	return out;
}

void session_put_vitals(const struct content *event, struct buf *out)
{
	static const struct {
		uint32_t key;
		const char *said, *unit;
		unsigned decimals;
	} rows[] = {
	    {EVENT_HR, "HR ", "", 0},
	    {EVENT_SPO2, "SpO2 ", "", 0},
	    {EVENT_RR, "breaths ", "", 0},
	    {EVENT_TEMP, "", " C", 1},
	};
	const char *between = "";
	if (content_has(event, EVENT_SYS)) {
		session_put(out, "BP %" PRIu64 "/%" PRIu64, content_u64(event, EVENT_SYS, 0), content_u64(event, EVENT_DIA, 0));
		between = ", ";
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char number[TEXT_NUMBER];
		if (!content_has(event, rows[i].key))
			continue;
		text_number(content_i64(event, rows[i].key, 0), rows[i].decimals, number);
		session_put(out, "%s%s%s%s", between, rows[i].said, number, rows[i].unit);
		between = ", ";
	}
}

void session_put_timers(const struct session *s, struct buf *out)
{
	uint64_t every = s->ordered ? content_u64(s->ordered, ORDER_CHECK_EVERY, 0) : 0;
	uint64_t vitals = session_vitals_due(s), until = session_observe_until(s);
	const char *between = " Timers: ";
	char clock[WHEN_TEXT];
	if (every) {
		session_put(out, "%scheck every %" PRIu64 " min", between, every);
		between = ", ";
	}
	if (vitals) {
		session_put(out, "%svitals %s", between, session_clock(vitals, clock));
		between = ", ";
	}
	if (until) {
		session_put(out, "%sobserve to %s", between, session_clock(until, clock));
		between = ", ";
	}
	if (*between == ',')
		buf_put_u8(out, '.');
}
