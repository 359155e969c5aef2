/* msg_fields: see msg_fields.h. */
#include "msg_fields.h"

#include <stdio.h>
#include <string.h>

#include "client/book/people.h"
#include "client/care/kinds.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/prompt.h"
#include "client/ui/text.h"
#include "client/ui/why.h"
#include "proto/err.h"
#include "proto/role.h"

#define VALUE_MAX ((size_t)16 << 10)
#define VALUE_CHARS 4096
#define QUESTION_MAX 128
#define ROLES_MAX 96

void msg_fields_init(struct msg_fields *f, struct kap *kap)
{
	*f = (struct msg_fields){.kap = kap};
	for (size_t i = 0; i < MSGTYPE_FIELDS; i++)
		buf_init(&f->texts[i], 0);
}

void msg_fields_wipe(struct msg_fields *f)
{
	for (size_t i = 0; i < MSGTYPE_FIELDS; i++)
		buf_wipe(&f->texts[i]);
}

/* --- which type, from whom, to whom --- */

static const char *roles_of(unsigned roles, char out[ROLES_MAX])
{
	static const struct {
		unsigned bit;
		const char *words;
	} names[] = {
	    {KINDS_C, "a client"}, {KINDS_T, "a therapist"}, {KINDS_P, "a prescriber"}, {KINDS_M, "medical staff"}};
	size_t left = 0, at = 0, n = 0;
	for (size_t i = 0; i < 4; i++)
		left += (roles & names[i].bit) != 0;
	for (size_t i = 0; i < 4 && at < ROLES_MAX; i++)
		if (roles & names[i].bit) {
			at += (size_t)snprintf(out + at, ROLES_MAX - at, "%s%s",
			                       !n              ? ""
			                       : n + 1 == left ? " or "
			                                       : ", ",
			                       names[i].words);
			n++;
		}
	return out;
}

int msg_fields_type(struct msg_fields *f, const char *typed, unsigned role)
{
	char roles[ROLES_MAX];
	struct buf names;
	f->type = msgtype_find(typed, strlen(typed));
	if (f->type && f->type->from & 1u << role)
		return KAP_OK;
	if (f->type)
		return kap_fail(f->kap, KAP_NOT_ALLOWED, "A message of the type %s comes from %s. Nothing was sent.", typed,
		                roles_of(f->type->from, roles));
	buf_init(&names, 0);
	msgtype_put_names(role, &names);
	buf_put_u8(&names, 0);
	int exit_code = kap_fail(f->kap, KAP_INVALID, "There is no message type \"%s\". There are %s. Nothing was sent.",
	                         typed, buf_err(&names) ? "" : (const char *)names.data);
	buf_wipe(&names);
	return exit_code;
}

int msg_fields_to(const struct msg_fields *f, const struct person *const *to, size_t n)
{
	char roles[ROLES_MAX];
	for (size_t i = 0; i < n; i++)
		if (!(f->type->to & 1u << to[i]->role))
			return kap_fail(f->kap, KAP_NOT_ALLOWED,
			                "A message of the type %s goes to %s. %s has another role (%s). Nothing was sent.",
			                f->type->name, roles_of(f->type->to, roles), to[i]->name,
			                role_name((enum role)to[i]->role));
	return KAP_OK;
}

/* --- what it says --- */

static int put(struct msg_fields *f, size_t at, const char *typed, size_t len)
{
	const struct text_limit limit = {
	    .what = f->type->fields[at].label, .max_bytes = VALUE_MAX, .max_chars = VALUE_CHARS};
	struct why why = {""};
	buf_reset(&f->texts[at]);
	int err = text_normalise(typed, len, &limit, &f->texts[at], &why);
	return err ? kap_fail_why(f->kap, err, &why, "Nothing was sent.") : KAP_OK;
}

static int say_names(const struct msg_fields *f, const char *given, int len)
{
	char names[512];
	size_t at = 0;
	for (size_t i = 0; i < f->type->n_fields && at < sizeof(names); i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", i ? ", " : "", f->type->fields[i].name);
	return kap_fail(f->kap, KAP_INVALID, "There is no field \"%.*s\" in a %s message. There are %s. Nothing was sent.",
	                len, given, f->type->name, names);
}

static int take_options(struct msg_fields *f)
{
	const char *given;
	int exit_code = KAP_OK;
	for (size_t n = 0; !exit_code && (given = cmd_opt_nth(f->kap, "field", n)); n++) {
		const char *equals = strchr(given, '=');
		if (!equals)
			return kap_fail(f->kap, KAP_USAGE, "It is --field NAME=TEXT, not \"%s\". Nothing was sent.", given);
		size_t at = msgtype_field_at(f->type, given, (size_t)(equals - given));
		exit_code = at < f->type->n_fields ? put(f, at, equals + 1, strlen(equals + 1))
		                                   : say_names(f, given, (int)(equals - given));
	}
	return exit_code;
}

bool msg_fields_asks(const struct msg_fields *f)
{
	return !cmd_opt(f->kap, "field") && !cmd_opt(f->kap, "file") && !cmd_flag(f->kap, "editor") &&
	       out_form_of(f->kap->out) != OUT_JSON;
}

/* At a terminal what is required is asked again. The end of input ends the questions. */
static int ask(struct msg_fields *f, size_t at, bool *ended)
{
	const struct msgtype_field *field = &f->type->fields[at];
	char question[QUESTION_MAX];
	struct buf line;
	int exit_code = KAP_OK;
	bool again;
	snprintf(question, sizeof(question), "%s%s > ", field->ask, field->required ? "" : " (Enter: leave it out)");
	buf_init(&line, 0);
	do {
		int err = prompt_line(f->kap->prompt, question, VALUE_MAX, &line);
		*ended = err == ERR_CLOSED;
		if (err && !*ended)
			exit_code = kap_fail_err(f->kap, err, "Nothing was sent.");
		else if (!err)
			exit_code = put(f, at, (const char *)line.data, line.len);
		again = !err && (exit_code == KAP_INVALID || (field->required && !f->texts[at].len));
	} while (again && prompt_interactive(f->kap->prompt));
	buf_wipe(&line);
	return exit_code;
}

int msg_fields_get(struct msg_fields *f)
{
	int exit_code = take_options(f);
	bool ended = false;
	out_show(f->kap->out);
	for (size_t i = 0; !exit_code && !ended && msg_fields_asks(f) && i < f->type->n_fields; i++)
		exit_code = ask(f, i, &ended);
	for (size_t i = 0; !exit_code && i < f->type->n_fields; i++)
		if (f->type->fields[i].required && !f->texts[i].len)
			exit_code = kap_fail(f->kap, KAP_INVALID, "%s is missing (--field %s=...). Nothing was sent.",
			                     f->type->fields[i].label, f->type->fields[i].name);
	return exit_code;
}

void msg_fields_body(struct msg_fields *f, struct buf *out)
{
	f->n_pairs = 0;
	for (size_t i = 0; f->type && i < f->type->n_fields; i++) {
		const struct msgtype_field *field = &f->type->fields[i];
		if (!f->texts[i].len)
			continue;
		if (f->n_pairs)
			buf_put_u8(out, '\n');
		buf_put(out, field->label, strlen(field->label));
		buf_put(out, ": ", 2);
		buf_put(out, f->texts[i].data, f->texts[i].len);
		buf_put_u8(&f->texts[i], 0);
		buf_truncate(&f->texts[i], f->texts[i].len - 1);
		f->pairs[f->n_pairs++] = (struct write_field){field->name, (const char *)f->texts[i].data};
	}
}
