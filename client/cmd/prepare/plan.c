/* plan: a client's safety plan, in their own words, written alone or with a therapist. Reading it needs no network. */
#include <string.h>

#include "client/book/write_care.h"
#include "client/care/look.h"
#include "client/care/plan.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/mp.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "plan_view.h"
#include "client/cmd/subject.h"

#define LINE_MAX 2048

static const struct cmd_option options[] = {
    {"edit", 'e', NULL, "write it, or change parts of it"},
    {"only-me", 'o', NULL, "keep it to yourself (clients)"},
    FORM_OPTIONS,
    {0},
};

/* --- writing a part: one thing a line --- */

/* Reads lines until an empty one. 0 lines: the part stays as it is; "-" alone empties it. */
struct part {
	struct form *form;
	const struct content_rule *rule;
	struct buf lines; /* elements of the list */
	uint32_t n;
	bool empties;
};

static int add_line(struct part *p, const struct buf *line)
{
	const struct text_limit limit = {.what = "A line", .max_chars = (size_t)p->rule->max, .min_chars = 1};
	struct why why = {""};
	struct buf text;
	buf_init(&text, 0);
	int err = p->n == p->rule->list_max
	              ? why_set(&why, ERR_RANGE, "A part has at most %u lines.", (unsigned)p->rule->list_max)
	              : text_normalise(line->data, line->len, &limit, &text, &why);
	if (!err) {
		mp_put_str(&p->lines, (const char *)text.data, text.len);
		p->n++;
	}
	buf_wipe(&text);
	return err ? kap_fail_why(p->form->kap, err, &why, p->form->lost) : KAP_OK;
}

static int read_part(struct part *p)
{
	struct prompt *prompt = p->form->kap->prompt;
	struct buf line;
	int exit_code = KAP_OK;
	bool more = true;
	buf_init(&line, 0);
	while (more && (!exit_code || prompt_interactive(prompt))) {
		int err = prompt_line(prompt, "> ", LINE_MAX, &line);
		more = !err && line.len > 0;
		exit_code = err ? form_no_line(p->form, err) : KAP_OK;
		p->empties = more && !p->n && strcmp((const char *)line.data, "-") == 0;
		if (p->empties)
			break;
		if (more)
			exit_code = add_line(p, &line);
	}
	buf_wipe(&line);
	return exit_code;
}

static int keep_part(struct part *p)
{
	struct buf list;
	if (p->empties || !p->n) {
		if (p->empties)
			content_drop(p->form->content, p->rule->key);
		return KAP_OK;
	}
	buf_init(&list, 0);
	mp_put_array(&list, p->n);
	buf_put(&list, p->lines.data, p->lines.len);
	int err = buf_err(&p->lines) ? ERR_NOMEM : content_set_array(p->form->content, p->rule->key, list.data, list.len);
	buf_wipe(&list);
	return err ? kap_fail_err(p->form->kap, err, p->form->lost) : KAP_OK;
}

static int ask_part(struct form *f, const struct content_rule *rule)
{
	struct part p = {.form = f, .rule = rule};
	struct when now = when_now();
	buf_init(&p.lines, 0);
	if (content_has(f->content, rule->key))
		value_show(f->kap->out, f->content, rule, &now);
	else
		out_line(f->kap->out, "%s", rule->look->label);
	out_show(f->kap->out);
	int exit_code = read_part(&p);
	if (!exit_code)
		exit_code = keep_part(&p);
	buf_wipe(&p.lines);
	return exit_code;
}

static int ask_all(struct form *f)
{
	int exit_code = KAP_OK;
	if (!form_asks(f))
		return KAP_OK;
	out_line(f->kap->out, "In your own words, one thing a line. Enter goes on to the next part and");
	out_line(f->kap->out, "keeps what is there; \"-\" alone empties a part. Every part may be left out.");
	for (uint16_t i = 0; !exit_code && i < care_plan.content.n_fields; i++)
		exit_code = ask_part(f, &care_plan.content.fields[i]);
	return exit_code;
}

/* --- the command --- */

static int keep_mine(void *arg, const struct book_item *item)
{
	const struct book_item **mine = arg;
	if (item->author->is_self)
		*mine = item;
	return 0;
}

static bool is_empty(const struct content *c)
{
	for (uint16_t i = 0; i < care_plan.content.n_fields; i++)
		if (content_has(c, care_plan.content.fields[i].key))
			return false;
	return true;
}

static int save(struct desk *d, struct form *f, const struct chart *chart)
{
	const struct book_item *mine = NULL;
	bool only_me = cmd_flag(d->kap, "only-me");
	(void)chart_each(chart, PLAN_KIND, keep_mine, &mine);
	if (is_empty(f->content))
		return kap_fail(d->kap, KAP_INVALID, "The plan has no words yet. %s", f->lost);
	int exit_code = subject_write(d, f, chart, &(struct write_care){.revises = mine, .only_me = only_me});
	if (exit_code)
		return exit_code;
	if (only_me)
		out_say(d->kap->out, "Saved. Only you can read it. `%s plan` opens it, without a network too.", d->kap->title);
	else if (d->kap->role == ROLE_CLIENT)
		out_say(d->kap->out, "Saved. Your care team can read it. `%s plan` opens it, without a network too.",
		        d->kap->title);
	else
		out_say(d->kap->out, "Saved. %s and the care team can read it.", chart->client->name);
	return desk_send(d);
}

static int edit(struct desk *d, const struct chart *chart)
{
	struct form f;
	if (d->kap->role != ROLE_CLIENT && d->kap->role != ROLE_THERAPIST)
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "The client writes the plan, or the therapist with them. Not saved.");
	if (d->kap->role != ROLE_CLIENT && cmd_flag(d->kap, "only-me"))
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "Only a client keeps a plan to themselves. Not saved.");
	int exit_code = form_init(&f, d->kap, &care_plan, chart_newest(chart, PLAN_KIND));
	if (!exit_code)
		exit_code = form_options(&f);
	if (!exit_code)
		exit_code = ask_all(&f);
	if (!exit_code)
		exit_code = save(d, &f, chart);
	form_wipe(&f);
	return exit_code;
}

static int show(struct desk *d, const struct chart *chart)
{
	struct out *out = d->kap->out;
	const struct book_item *plan = chart_newest(chart, PLAN_KIND);
	if (!plan) {
		out_say(out, "There is no safety plan yet. `%s plan %s--edit` writes one.", d->kap->title,
		        d->kap->role == ROLE_CLIENT ? "" : "CLIENT ");
		return KAP_OK;
	}
	struct when at = desk_when(content_peek_head(chart_content(plan))->at_ms);
	plan_view_show(out, chart_content(plan));
	out_str(out, "author", "Written by", plan->author->is_self ? "you" : plan->author->name);
	out_when(out, "at", "When", &at);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = cmd_flag(kap, "edit") || cmd_flag(kap, "set") ? edit(&d, &chart) : show(&d, &chart);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_plan = {
    .name = "plan",
    .args = "[CLIENT]",
    .summary = "the safety plan, in the client's own words",
    .about = "The client writes it, or the therapist with them. The newest counts. It opens without a network, and "
             "`kap help-now` shows it once this device is unlocked.",
    .example = "kap plan --edit",
    .options = options,
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .max_args = 1,
    .run = run,
};
