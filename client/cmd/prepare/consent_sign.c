/* consent_sign: a client reads the whole text, types their name, and it is signed: with the hash of what was shown. Not
 * on a day of medicine. */
#include <string.h>

#include "client/book/gate.h"
#include "client/care/consent.h"
#include "client/care/form.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "signing.h"
#include "client/cmd/subject.h"

#define NAME_BYTES 400
#define DAY_S 86400

static const struct cmd_option options[] = {
    FORM_OPTIONS,
    {0},
};

/* What is copied from the form, so that the consent says by itself what was signed. */
static int copy_form(struct content *to, const struct book_item *form)
{
	static const uint32_t texts[][2] = {{FORM_TITLE, CONSENT_TITLE}, {FORM_TEMPLATE, CONSENT_TEMPLATE}};
	const struct content *c = chart_content(form);
	uint8_t hash[CRYPTO_HASH];
	size_t len;
	const char *text = content_str(c, FORM_TEXT, &len);
	int err = text ? crypto_sha256(&(struct crypto_bytes){text, len}, 1, hash) : ERR_SCHEMA;
	if (!err)
		err = content_set_bin(to, CONSENT_TEXT_HASH, hash, sizeof(hash));
	for (size_t i = 0; !err && i < 2; i++)
		if ((text = content_str(c, texts[i][0], &len)))
			err = content_set_str(to, texts[i][1], text, len);
	if (!err && content_has(c, FORM_VERSION))
		err = content_set_u64(to, CONSENT_VERSION, content_u64(c, FORM_VERSION, 1));
	if (!err)
		err = content_set_u64(to, CONSENT_SCOPE, content_u64(c, FORM_SCOPE, FORM_PART2));
	return err ? err : chart_set_ref(to, CONSENT_FORM, form);
}

static void show_text(struct desk *d, const struct book_item *form)
{
	const struct content *c = chart_content(form);
	size_t len;
	const char *text = content_str(c, FORM_TITLE, &len);
	out_strn(d->kap->out, "title", "Title", text, len);
	out_str(d->kap->out, "from", "From", form->author->name);
	text = content_str(c, FORM_TEXT, &len);
	out_text(d->kap->out, "text", "", text, len);
	out_show(d->kap->out);
}

/* A release names who, what and until when; a year is the most. */
static int ask_release(struct desk *d, struct form *f)
{
	static const uint32_t keys[] = {CONSENT_TO, CONSENT_WHAT, CONSENT_UNTIL, 0};
	uint32_t today = gate_today((uint64_t)d->now.s * 1000, d->now.offset_min);
	char day[WHEN_TEXT];
	int exit_code = KAP_OK;
	bool release = consent_is_release(content_u64(f->content, CONSENT_SCOPE, FORM_PART2));
	if (release)
		exit_code = form_ask(f, keys);
	if (!exit_code && release)
		exit_code = form_need(f, keys);
	uint64_t until = content_u64(f->content, CONSENT_UNTIL, today);
	if (!exit_code && until < today)
		exit_code = kap_fail(d->kap, KAP_INVALID, "Until %s lies in the past. %s",
		                     when_date(&(struct when){(int64_t)until * DAY_S, 0}, NULL, day), f->lost);
	if (!exit_code && release && until > today + CONSENT_DAYS_MAX)
		exit_code =
		    kap_fail(d->kap, KAP_INVALID, "A release lasts a year at most: until %s. %s",
		             when_date(&(struct when){(int64_t)(today + CONSENT_DAYS_MAX) * DAY_S, 0}, NULL, day), f->lost);
	return exit_code;
}

/* The name is typed each time: --set does not sign. */
static int ask_name(struct desk *d, struct form *f)
{
	struct buf name;
	buf_init(&name, 0);
	out_line(d->kap->out, "If you agree, type your name. Enter alone signs nothing.");
	out_show(d->kap->out);
	int err = prompt_line(d->kap->prompt, "Your name > ", NAME_BYTES, &name);
	int exit_code = err ? form_no_line(f, err) : KAP_OK;
	if (!err && !name.len)
		exit_code = kap_fail(d->kap, KAP_INVALID, "No name was typed. %s", f->lost);
	if (!exit_code)
		exit_code = form_set(f, CONSENT_NAME, (const char *)name.data);
	buf_wipe(&name);
	return exit_code;
}

static int sign(struct desk *d, struct form *f, const struct chart *chart, const struct book_item *form)
{
	f->lost = "Nothing was signed.";
	int exit_code = form_options(f);
	int err = exit_code ? 0 : copy_form(f->content, form);
	if (err)
		exit_code = kap_fail_err(d->kap, err, f->lost);
	if (!exit_code) {
		show_text(d, form);
		exit_code = ask_release(d, f);
	}
	if (!exit_code)
		exit_code = ask_name(d, f);
	if (!exit_code)
		exit_code = subject_write(d, f, chart, NULL);
	if (exit_code)
		return exit_code;
	out_say(d->kap->out, "Signed. Your care team can read it. You can take it back: `%s consents` shows its number.",
	        d->kap->title);
	return desk_send(d);
}

static int may_sign(struct desk *d, const struct chart *chart, const struct book_item *form, const char *number)
{
	struct why why = {""};
	if (!chart_stands(form) || chart_subject(chart, form) != chart->client)
		return kap_fail(d->kap, KAP_INVALID, "%s is no form for you to sign. Nothing was signed.", number);
	if (signing_check(chart, &d->now, &why))
		return kap_fail(d->kap, KAP_NOT_ALLOWED, "%s", why.text);
	return KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct book_item *form = NULL;
	struct form f = {0};
	struct chart chart;
	struct desk d;
	(void)argc;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, NULL, &chart);
	if (!exit_code)
		exit_code = subject_item(&d, argv[0], FORM_KIND, &form);
	if (!exit_code)
		exit_code = may_sign(&d, &chart, form, argv[0]);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_consent, NULL);
	if (!exit_code)
		exit_code = sign(&d, &f, &chart, form);
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_consent_sign = {
    .name = "consent sign",
    .args = "NUMBER",
    .summary = "read a form and sign it with your name",
    .about = "Nothing can be signed while a session is open, nor before 6:00 am on the day after medicine.",
    .example = "kap consent sign D1",
    .options = options,
    .roles = CMD_CLIENT,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
