/* consents: what was offered to sign, what was signed, and whether it still counts. */
#include <stdio.h>
#include <string.h>

#include "client/book/gate.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"

#include "client/cmd/desk.h"
#include "client/cmd/subject.h"

#define DAY_S 86400

struct listing {
	struct desk *desk;
	const struct chart *chart;
	const struct book_item *form; /* is there a consent to it? */
	uint32_t today;
};

static const char *state_of(const struct content *c, uint32_t today)
{
	if (content_has(c, CONSENT_WITHDRAWN_AT))
		return "taken back";
	return today > content_u64(c, CONSENT_UNTIL, UINT64_MAX) ? "expired" : "signed";
}

static void show_text(struct out *out, const struct content *c, uint32_t key, const char *id, const char *label)
{
	size_t len;
	const char *text = content_str(c, key, &len);
	if (text)
		out_strn(out, id, label, text, len);
	else
		out_str(out, id, label, NULL);
}

static void show_head(struct desk *d, const struct book_item *item, char letter, const char *state)
{
	struct out *out = d->kap->out;
	const struct content *c = chart_content(item);
	struct when at = desk_when(content_peek_head(c)->at_ms);
	char number[16];
	snprintf(number, sizeof(number), "%c%u", letter, item->number);
	out_item(out);
	out_str(out, "number", "#", number);
	out_when(out, "at", "When", &at);
	out_str(out, "state", "State", state);
}

/* Was what is signed the text that is here? */
static bool text_matches(const struct chart *chart, const struct content *c)
{
	const struct book_item *form = chart_ref(chart, c, CONSENT_FORM);
	const struct content *offered = form ? chart_content(form) : NULL;
	uint8_t hash[CRYPTO_HASH];
	size_t len, n;
	const char *text = offered ? content_str(offered, FORM_TEXT, &len) : NULL;
	const uint8_t *said = content_bin(c, CONSENT_TEXT_HASH, &n);
	return text && said && n == sizeof(hash) && !crypto_sha256(&(struct crypto_bytes){text, len}, 1, hash) &&
	       memcmp(said, hash, n) == 0;
}

/* Below the row: "to Dr. Lund: dates of sessions". */
static void put_release(const char *to, size_t to_len, const char *what, size_t what_len, struct out *out)
{
	struct buf line;
	buf_init(&line, 0);
	buf_put(&line, "     to ", 8);
	text_put_excerpt(&line, to, to_len, 30);
	buf_put(&line, ": ", 2);
	text_put_excerpt(&line, what, what_len, 34);
	if (!buf_err(&line))
		out_line(out, "%.*s", (int)line.len, (const char *)line.data);
	buf_wipe(&line);
}

static void show_release(struct out *out, const struct content *c)
{
	struct when day = {(int64_t)content_u64(c, CONSENT_UNTIL, 0) * DAY_S, 0};
	char iso[WHEN_TEXT], said[WHEN_TEXT];
	size_t to_len, what_len;
	const char *to = content_str(c, CONSENT_TO, &to_len), *what = content_str(c, CONSENT_WHAT, &what_len);
	if (content_has(c, CONSENT_UNTIL)) {
		out_strn(out, "until", NULL, when_iso(&day, iso), 10);
		out_line(out, "     until %s", when_date(&day, NULL, said));
	}
	if (!to || !what)
		return;
	out_strn(out, "to", NULL, to, to_len);
	out_strn(out, "what", NULL, what, what_len);
	put_release(to, to_len, what, what_len, out);
}

static int show_consent(void *arg, const struct book_item *item)
{
	struct listing *l = arg;
	struct out *out = l->desk->kap->out;
	const struct content *c = chart_content(item);
	const struct book_ack *ack = chart_ack(item, NULL);
	bool matches = text_matches(l->chart, c);
	show_head(l->desk, item, 'K', state_of(c, l->today));
	out_str(out, "scope", "Scope", form_scopes[content_u64(c, CONSENT_SCOPE, FORM_PART2)]);
	show_text(out, c, CONSENT_TITLE, "title", "Title");
	show_text(out, c, CONSENT_NAME, "name", "Signed by");
	out_str(out, "countersigned", "Countersigned", ack ? ack->person->name : NULL);
	out_bool(out, "text-matches", NULL, matches);
	show_release(out, c);
	if (!matches)
		out_line(out, "     The text that was signed is not the text that is here.");
	return 0;
}

static int look_signed(void *arg, const struct book_item *consent)
{
	struct listing *l = arg;
	return chart_ref(l->chart, chart_content(consent), CONSENT_FORM) == l->form;
}

static int show_form(void *arg, const struct book_item *item)
{
	struct listing *l = arg;
	struct out *out = l->desk->kap->out;
	const struct content *c = chart_content(item);
	l->form = item;
	bool done = chart_each(l->chart, CONSENT_KIND, look_signed, l) != 0;
	show_head(l->desk, item, 'D', done ? "answered" : "offered");
	out_str(out, "scope", "Scope", form_scopes[content_u64(c, FORM_SCOPE, FORM_PART2)]);
	show_text(out, c, FORM_TITLE, "title", "Title");
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
		struct listing l = {&d, &chart, NULL, gate_today((uint64_t)d.now.s * 1000, d.now.offset_min)};
		out_list(kap->out, "forms", "Nothing was offered to sign.");
		(void)chart_each(&chart, FORM_KIND, show_form, &l);
		out_end(kap->out);
		out_line(kap->out, "%s", "");
		out_list(kap->out, "consents", "Nothing is signed.");
		(void)chart_each(&chart, CONSENT_KIND, show_consent, &l);
		out_end(kap->out);
	}
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_consents = {
    .name = "consents",
    .args = "[CLIENT]",
    .summary = "list what was offered to sign and what was signed",
    .about = "D numbers are forms, K numbers are signatures. A clinician countersigns with `kap ack K1`.",
    .example = "kap consents jo",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = run,
};
