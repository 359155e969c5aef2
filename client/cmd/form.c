/* form: see form.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/book.h"
#include "client/care/kinds.h"
#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"

#include "form.h"

#define TYPED_MAX ((size_t)16 << 10)
#define QUESTION_MAX 256
#define NAME_MAX_LEN 32

int form_init(struct form *f, struct kap *kap, const struct care_kind *kind, const struct book_item *from)
{
	struct content_head head = {.kind = kind->content.kind};
	*f = (struct form){.kap = kap, .kind = kind, .lost = "Not saved."};
	const struct content *old = from ? book_head(from)->content : NULL;
	f->content = old ? content_copy(old, &head) : content_new(&head);
	return f->content ? KAP_OK : kap_fail_err(kap, ERR_NOMEM, f->lost);
}

void form_wipe(struct form *f)
{
	content_free(f->content);
	f->content = NULL;
}

static int set_rule(struct form *f, const struct content_rule *rule, const char *typed)
{
	struct when now = when_now();
	struct why why = {""};
	int err = value_parse(rule, typed, &now, f->content, &why);
	return err ? kap_fail_why(f->kap, err, &why, f->lost) : KAP_OK;
}

int form_set(struct form *f, uint32_t key, const char *typed)
{
	return set_rule(f, look_by_key(&f->kind->content, key), typed);
}

static bool can_type(const struct content_rule *rule)
{
	return rule->type != CONTENT_BYTES && rule->look->as != LOOK_REF && rule->look->as != LOOK_HIDDEN;
}

static int say_names(struct form *f, const char *name)
{
	char names[1024];
	size_t at = 0;
	for (uint16_t i = 0; i < f->kind->content.n_fields && at < sizeof(names); i++)
		if (can_type(&f->kind->content.fields[i]))
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at ? ", " : "",
			                       f->kind->content.fields[i].name);
	return kap_fail(f->kap, KAP_INVALID, "There is no field \"%s\" here. There are %s. %s", name, names, f->lost);
}

static int set_option(struct form *f, const char *given)
{
	char name[NAME_MAX_LEN + 1];
	const char *equals = strchr(given, '=');
	size_t len = equals ? (size_t)(equals - given) : 0;
	if (!len || len > NAME_MAX_LEN)
		return kap_fail(f->kap, KAP_USAGE, "It is --set NAME=VALUE, not \"%s\". %s", given, f->lost);
	memcpy(name, given, len);
	name[len] = '\0';
	const struct content_rule *rule = look_find(&f->kind->content, name);
	return rule && can_type(rule) ? set_rule(f, rule, equals + 1) : say_names(f, name);
}

int form_options(struct form *f)
{
	const char *given;
	int exit_code = KAP_OK;
	for (size_t n = 0; !exit_code && (given = cmd_opt_nth(f->kap, "set", n)); n++)
		exit_code = set_option(f, given);
	return exit_code;
}

bool form_asks(const struct form *f)
{
	return !cmd_flag(f->kap, "set") && out_form_of(f->kap->out) != OUT_JSON;
}

static void put_question(const struct content_rule *rule, char out[QUESTION_MAX])
{
	const struct content_look *look = rule->look;
	size_t at = (size_t)snprintf(out, QUESTION_MAX, "%s", look->ask ? look->ask : look->label);
	if (!look->ask && rule->type == CONTENT_BOOL)
		snprintf(out + at, QUESTION_MAX - at, "? y/n > ");
	else if (!look->ask && look->words)
		snprintf(out + at, QUESTION_MAX - at, " (%s ...) > ", look->words[0]);
	else if (look->unit && !look->ask)
		snprintf(out + at, QUESTION_MAX - at, " (%s) > ", look->unit);
	else
		snprintf(out + at, QUESTION_MAX - at, " > ");
}

int form_no_line(struct form *f, int err)
{
	if (err == ERR_CLOSED)
		return kap_fail(f->kap, KAP_INVALID, "The input ended before the last answer. %s", f->lost);
	return kap_fail_err(f->kap, err, f->lost);
}

/* Enter leaves things as they are; "-" drops the field where it may. */
static int ask_rule(struct form *f, const struct content_rule *rule, const char *question, bool may_drop)
{
	struct buf line;
	int exit_code;
	buf_init(&line, 0);
	do {
		int err = prompt_line(f->kap->prompt, question, TYPED_MAX, &line);
		exit_code = err ? form_no_line(f, err) : KAP_OK;
		if (err)
			break;
		const char *typed = (const char *)line.data;
		if (line.len)
			exit_code = set_rule(f, rule, may_drop && strcmp(typed, "-") == 0 ? "" : typed);
	} while (exit_code == KAP_INVALID && prompt_interactive(f->kap->prompt));
	buf_wipe(&line);
	return exit_code;
}

int form_ask_as(struct form *f, uint32_t key, const char *question)
{
	if (!form_asks(f) || content_has(f->content, key))
		return KAP_OK;
	out_show(f->kap->out);
	return ask_rule(f, look_by_key(&f->kind->content, key), question, false);
}

int form_ask_one(struct form *f, uint32_t key)
{
	char question[QUESTION_MAX];
	put_question(look_by_key(&f->kind->content, key), question);
	return form_ask_as(f, key, question);
}

int form_ask(struct form *f, const uint32_t *keys)
{
	int exit_code = KAP_OK;
	for (; !exit_code && *keys; keys++)
		exit_code = form_ask_one(f, *keys);
	return exit_code;
}

/* "Units in a session (now 2) > " */
static void put_change(struct form *f, const struct content_rule *rule, char out[QUESTION_MAX])
{
	struct when now = when_now();
	struct buf value;
	buf_init(&value, 0);
	(void)value_put(f->content, rule, &now, &value);
	if (value.len && !buf_err(&value))
		snprintf(out, QUESTION_MAX, "%s (now %.*s) > ", rule->look->label, (int)value.len, (const char *)value.data);
	else
		put_question(rule, out);
	buf_wipe(&value);
}

int form_change(struct form *f, const uint32_t *keys)
{
	int exit_code = KAP_OK;
	if (!form_asks(f))
		return KAP_OK;
	out_show(f->kap->out);
	for (; !exit_code && *keys; keys++) {
		const struct content_rule *rule = look_by_key(&f->kind->content, *keys);
		char question[QUESTION_MAX];
		put_change(f, rule, question);
		exit_code = ask_rule(f, rule, question, true);
	}
	return exit_code;
}

int form_need(struct form *f, const uint32_t *keys)
{
	for (; *keys; keys++) {
		const struct content_rule *rule = look_by_key(&f->kind->content, *keys);
		if (!content_has(f->content, *keys))
			return kap_fail(f->kap, KAP_INVALID, "%s is missing (--set %s=...). %s", rule->look->label, rule->name,
			                f->lost);
	}
	return KAP_OK;
}
