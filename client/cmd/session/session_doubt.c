/* session_doubt: see session_doubt.h. */
#include "session_doubt.h"

#include <inttypes.h>
#include <string.h>

#include "client/care/dose.h"
#include "client/care/event.h"
#include "client/care/flag.h"
#include "client/care/order.h"
#include "client/cmd.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"

#include "client/cmd/form.h"

/* One dose beside the session it belongs to. */
struct weighing {
	const struct session *s;
	const struct content *dose;
	uint64_t mg, before, at_ms; /* before: of the other doses together */
	struct buf *said;
	bool over;
};

static const char *number(uint64_t tenths, char out[TEXT_NUMBER])
{
	return text_number((int64_t)tenths, 1, out);
}

static void weigh_total(struct weighing *w)
{
	uint64_t most = w->s->ordered ? content_u64(w->s->ordered, ORDER_MAX_MG, 0) : 0;
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	if (!most || w->before + w->mg <= most)
		return;
	w->over = true;
	session_put(w->said, "Over the order (%s mg max, r%zu).", number(most, a), w->s->order_rev);
	if (w->before)
		session_put(w->said, " With what was given before, %s mg, it is %s mg.", number(w->before, a),
		            number(w->before + w->mg, b));
}

static void weigh_route(struct weighing *w)
{
	uint64_t route = content_u64(w->dose, EVENT_ROUTE, ORDER_SL);
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	if (w->s->ordered && content_u64(w->s->ordered, ORDER_ROUTE, route) != route)
		session_put(w->said, "%sThe order says %s, not %s.", w->said->len ? " " : "",
		            order_routes[content_u64(w->s->ordered, ORDER_ROUTE, route)], order_routes[route]);
	if (w->mg > dose_plausible((unsigned)route))
		session_put(w->said, "%s%s mg is above %s mg, more than is plausible for %s.", w->said->len ? " " : "",
		            number(w->mg, a), number(dose_plausible((unsigned)route), b), order_routes[route]);
	if (content_u64(w->dose, EVENT_DRUG, ORDER_KETAMINE) == ORDER_ESKETAMINE && !dose_is_sprays(w->mg))
		session_put(w->said, "%sEsketamine comes as 28, 56 or 84 mg.", w->said->len ? " " : "");
}

static void weigh_booster(struct weighing *w)
{
	const struct content *o = w->s->ordered;
	int64_t minute = session_minute(w->s, w->at_ms);
	if (content_u64(w->dose, EVENT_WHAT, EVENT_DOSE) != EVENT_BOOSTER || !o)
		return;
	if (!content_has(o, ORDER_BOOSTER_UNITS)) {
		session_put(w->said, "%sThe order (r%zu) has no booster.", w->said->len ? " " : "", w->s->order_rev);
		return;
	}
	int64_t from = content_i64(o, ORDER_BOOSTER_FROM, 0), to = content_i64(o, ORDER_BOOSTER_TO, INT64_MAX);
	if (minute < from)
		session_put(w->said, "%sThe order has a booster from minute %" PRId64 "; this is minute %" PRId64 ".",
		            w->said->len ? " " : "", from, minute);
	if (minute > to)
		session_put(w->said, "%sThe order has a booster until minute %" PRId64 "; this is minute %" PRId64 ".",
		            w->said->len ? " " : "", to, minute);
}

static int refuse(struct session_desk *sd, struct weighing *w)
{
	const struct person *who = session_prescriber(sd);
	session_put(w->said, " If this is what was taken, repeat with --confirm \"why\". It will be recorded");
	if (w->over && who)
		session_put(w->said, " and %s told.", who->name);
	else
		session_put(w->said, ". Not saved.");
	buf_put_u8(w->said, 0);
	return kap_fail(sd->d.kap, KAP_INVALID, "%s", buf_err(w->said) ? "" : (const char *)w->said->data);
}

int session_doubt(struct session_desk *sd, struct form *form, const struct session_event *corrects, uint64_t at_ms,
                  struct session_write *out)
{
	struct buf said;
	struct weighing w = {.s = sd->s, .dose = form->content, .before = sd->s->mg, .at_ms = at_ms, .said = &said};
	const char *reason = cmd_opt(sd->d.kap, "confirm");
	char mg[48];
	w.mg = content_u64(form->content, EVENT_MG, 0);
	if (corrects && !corrects->struck)
		w.before -= content_u64(corrects->content, EVENT_MG, 0);
	buf_init(&said, 0);
	weigh_total(&w);
	weigh_route(&w);
	weigh_booster(&w);
	int exit_code = reason ? form_set(form, EVENT_REASON, reason) : KAP_OK;
	if (!exit_code && said.len && !reason)
		exit_code = refuse(sd, &w);
	if (!exit_code && w.over)
		session_flag(out, FLAG_OVER_ORDER, FLAG_URGENT, "%s in the session, over the order's %" PRIu64 " mg (r%zu)",
		             session_mg(w.before + w.mg, mg), content_u64(sd->s->ordered, ORDER_MAX_MG, 0) / 10,
		             sd->s->order_rev);
	buf_wipe(&said);
	return exit_code;
}
