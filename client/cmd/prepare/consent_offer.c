/* consent_offer: gives one client a text to sign, as it is. */
#include <string.h>

#include "client/care/form.h"
#include "client/cmd.h"
#include "client/ui/compose.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "client/cmd/form.h"
#include "client/cmd/subject.h"

#define TEXT_MAX 65536

static const struct cmd_option options[] = {
    {"title", 't', "TITLE", "what it is called"},
    {"scope", 'c', "WORD", "treatment, recording, messaging, release, psychotherapy-note-release or part2"},
    {"template", 'm', "WORD", "the clinic's name for this form"},
    {"form-version", 'n', "NUMBER", "which version of it"},
    COMPOSE_OPTIONS,
    {0},
};

static int fill(struct kap *kap, struct form *f)
{
	static const uint32_t keys[] = {FORM_TITLE, FORM_SCOPE, FORM_TEMPLATE, FORM_VERSION};
	static const char *const names[] = {"title", "scope", "template", "form-version"};
	int exit_code = KAP_OK;
	for (size_t i = 0; !exit_code && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (cmd_opt(kap, names[i]))
			exit_code = form_set(f, keys[i], cmd_opt(kap, names[i]));
	if (!exit_code && (!content_has(f->content, FORM_TITLE) || !content_has(f->content, FORM_SCOPE)))
		exit_code = kap_fail(kap, KAP_USAGE, "A form needs --title and --scope. Nothing was offered.");
	return exit_code;
}

static int get_text(struct kap *kap, struct form *f)
{
	static const struct text_limit limit = {.what = "The text", .max_bytes = TEXT_MAX, .min_chars = 1};
	struct compose_opts how = {.file = cmd_opt(kap, "file"),
	                           .editor = cmd_flag(kap, "editor"),
	                           .allow_disk_temp = cmd_flag(kap, "allow-disk-temp"),
	                           .intro = "The text to sign. A dot on a line of its own, or Ctrl-D, ends it.",
	                           .limit = &limit};
	struct why why = {""};
	struct buf text;
	buf_init(&text, 0);
	int err = compose_text(&how, &text, &why);
	if (!err)
		err = content_set_str(f->content, FORM_TEXT, (const char *)text.data, text.len);
	buf_wipe(&text);
	return err ? kap_fail_why(kap, err, &why, f->lost) : KAP_OK;
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct form f = {0};
	struct chart chart;
	struct desk d;
	int exit_code = desk_open(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = subject_client(&d, argc ? argv[0] : NULL, &chart);
	if (!exit_code)
		exit_code = form_init(&f, kap, &care_form, NULL);
	f.lost = "Nothing was offered.";
	if (!exit_code)
		exit_code = fill(kap, &f);
	if (!exit_code)
		exit_code = get_text(kap, &f);
	if (!exit_code)
		exit_code = subject_write(&d, &f, &chart, NULL);
	if (!exit_code) {
		out_say(kap->out, "Offered. %s can read and sign it. `%s consents NAME` shows its number.", chart.client->name,
		        kap->title);
		exit_code = desk_send(&d);
	}
	form_wipe(&f);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_consent_offer = {
    .name = "consent offer",
    .args = "CLIENT",
    .summary = "give a client a text to sign",
    .about = "The text goes to the client as it is. A release lets something go to somebody: the client says to whom, "
             "what, and until when.",
    .example = "kap consent offer jo --title \"Treatment\" --scope treatment --file treatment.txt",
    .options = options,
    .roles = CMD_CLINICAL,
    .needs = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
