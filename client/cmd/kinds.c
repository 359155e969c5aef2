/* kinds: the tables of the clinical kinds as people read them: fields, ranges, units, who writes, who reads. For
 * programs the same; with --markdown the text of docs/KINDS.md. */
#include "client/care/kinds.h"

#include <stdio.h>
#include <string.h>

#include "client/care/look.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/ui/text.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/record.h"
#include "proto/role.h"

static const struct cmd_option options[] = {
    {"markdown", 'm', NULL, "all of them as Markdown, the text of docs/KINDS.md"},
    {0},
};

#define WORD 640

static void put(char out[WORD], const char *more)
{
	size_t at = strlen(out);
	snprintf(out + at, WORD - at, "%s%s", at ? ", " : "", more);
}

static const char *roles_of(unsigned bits, char out[WORD])
{
	out[0] = '\0';
	for (unsigned role = ROLE_CLIENT; role <= ROLE_AUDITOR; role++)
		if (bits & 1u << role)
			put(out, role_name((enum role)role));
	return out[0] ? out : "nobody else";
}

static const char *classes_of(uint32_t bits, char out[WORD])
{
	static const char *const words[] = {"0 private", "1 shared", "2 clinical", "3 control"};
	out[0] = '\0';
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bits & 1u << i)
			put(out, words[i]);
	return out;
}

/* --- one field --- */

static const char *scalar_of(const struct content_rule *rule, char out[WORD])
{
	const struct content_look *look = rule->look;
	char lo[TEXT_NUMBER], hi[TEXT_NUMBER];
	unsigned decimals = look ? look->decimals : 0;
	out[0] = '\0';
	switch (rule->type) {
	case CONTENT_BOOL:
		return "yes or no";
	case CONTENT_TEXT:
		snprintf(out, WORD, "text, %lld to %lld %s", (long long)rule->min, (long long)rule->max,
		         rule->unit == CONTENT_IN_CHARACTERS ? "characters" : "bytes");
		return out;
	case CONTENT_BYTES:
		snprintf(out, WORD, "%lld bytes", (long long)rule->max);
		return out;
	case CONTENT_TUPLE:
		return "";
	default:
		break;
	}
	if (look && look->as == LOOK_MOMENT)
		return "a time, in milliseconds since 1970";
	if (look && look->as == LOOK_DAY)
		return "a day, counted from 1970";
	if (rule->min == 0 && rule->max == LOOK_RATHER_NOT)
		return "0 to 10, 11 for rather not say";
	snprintf(out, WORD, "%s to %s", text_number(rule->min, decimals, lo), text_number(rule->max, decimals, hi));
	return out;
}

static void put_choice(const struct content_look *look, char out[WORD])
{
	char one[80];
	for (size_t i = 0; look->words[i]; i++) {
		snprintf(one, sizeof(one), "%zu %s", i, look->words[i]);
		put(out, one);
	}
}

static const char *value_of(const struct content_rule *rule, char out[WORD])
{
	const struct content_look *look = rule->look;
	char part[WORD], line[WORD];
	out[0] = '\0';
	if (look && look->as == LOOK_CHOICE && look->words)
		put_choice(look, out);
	else if (look && look->as == LOOK_REF)
		put(out, "an item: its author and its id");
	else if (rule->type == CONTENT_TUPLE) {
		for (uint16_t i = 0; i < rule->n_parts; i++) {
			snprintf(line, sizeof(line), "%s (%.400s)", rule->parts[i].name, value_of(&rule->parts[i], part));
			put(out, line);
		}
	} else
		put(out, scalar_of(rule, part));
	if (rule->list_max) {
		snprintf(line, sizeof(line), "at most %u of: %.500s", rule->list_max, out);
		snprintf(out, WORD, "%s", line);
	}
	return out;
}

static const char *unit_of(const struct content_rule *rule, char out[64])
{
	const struct content_look *look = rule->look;
	static const char *const kept[] = {"", "tenths", "hundredths"};
	out[0] = '\0';
	if (look && look->unit)
		snprintf(out, 64, "%s", look->unit);
	if (look && look->decimals && look->decimals < 3)
		snprintf(out + strlen(out), 64 - strlen(out), "%skept in %s", look->unit ? ", " : "", kept[look->decimals]);
	return out;
}

/* --- Markdown --- */

static void markdown_kind(const struct care_kind *kind, FILE *to)
{
	char words[WORD], more[WORD], unit[64];
	fprintf(to, "\n## %u %s: %s\n\n", (unsigned)kind->content.kind, kind->content.name, kind->title);
	fprintf(to, "Written by: %s. ", roles_of(kind->authors, words));
	fprintf(to, "For: %s%s. ", roles_of(kind->readers, words),
	        kind->readers ? ", of the client and the client's team" : " unless somebody is named");
	fprintf(to, "Class: %s.", classes_of(kind->content.classes, words));
	if (kind->letter)
		fprintf(to, " People type %c and a number.", kind->letter);
	fprintf(to, "\n\n| key | field | what it says | values | unit |\n|---|---|---|---|---|\n");
	for (uint16_t i = 0; i < kind->content.n_fields; i++) {
		const struct content_rule *rule = &kind->content.fields[i];
		fprintf(to, "| %u | `%s` | %s | %s | %s |\n", (unsigned)rule->key, rule->name,
		        rule->look && rule->look->label ? rule->look->label : "", value_of(rule, more), unit_of(rule, unit));
	}
}

static const char before[] = "# The clinical kinds\n"
                             "\n"
                             "Made by `kap kinds --markdown`; a test holds it against the program. The numbers are "
                             "those of PROTOCOL.md section\n"
                             "7: kinds and keys never change their meaning and are never used again. All fields but "
                             "those that a kind's own rules\n"
                             "ask for may be left out. `unknown` fields come from newer versions and are kept. Who "
                             "writes a kind in another role\n"
                             "than those named here is shown, marked, and counts nowhere.\n";

static int markdown(struct kap *kap)
{
	size_t n;
	const struct care_kind *const *all = kinds_all_care(&n);
	fputs(before, stdout);
	for (size_t i = 0; i < n; i++)
		markdown_kind(all[i], stdout);
	return fflush(stdout) ? kap_fail(kap, KAP_INTERNAL, "It could not be written.") : KAP_OK;
}

/* --- for people and programs --- */

static void show_field(struct out *out, const struct content_rule *rule)
{
	char words[WORD], unit[64];
	out_item(out);
	out_int(out, "key", "Key", (int64_t)rule->key);
	out_str(out, "name", "Field", rule->name);
	out_str(out, "label", NULL, rule->look ? rule->look->label : NULL);
	out_excerpt(out, "values", "Values", value_of(rule, words), 36);
	out_str(out, "unit", "Unit", unit_of(rule, unit));
}

static void show_kind(struct out *out, const struct care_kind *kind)
{
	char words[WORD];
	out_int(out, "number", "Number", (int64_t)kind->content.kind);
	out_str(out, "name", "Name", kind->content.name);
	out_str(out, "title", "What", kind->title);
	out_str(out, "authors", "Written by", roles_of(kind->authors, words));
	out_str(out, "readers", "For", roles_of(kind->readers, words));
	out_str(out, "classes", "Class", classes_of(kind->content.classes, words));
	out_list(out, "fields", NULL);
	for (uint16_t i = 0; i < kind->content.n_fields; i++)
		show_field(out, &kind->content.fields[i]);
	out_end(out);
}

static void show_rows(struct out *out)
{
	size_t n;
	const struct care_kind *const *all = kinds_all_care(&n);
	char words[WORD];
	out_list(out, "kinds", NULL);
	for (size_t i = 0; i < n; i++) {
		out_item(out);
		out_int(out, "number", "No", (int64_t)all[i]->content.kind);
		out_str(out, "name", "Name", all[i]->content.name);
		out_excerpt(out, "authors", "Written by", roles_of(all[i]->authors, words), 26);
		out_excerpt(out, "readers", "For", roles_of(all[i]->readers, words), 26);
	}
	out_end(out);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const struct care_kind *kind = argc ? kinds_by_name(argv[0]) : NULL;
	if (cmd_flag(kap, "markdown"))
		return argc ? kap_fail(kap, KAP_USAGE, "--markdown is of all kinds: leave the name out.") : markdown(kap);
	if (argc && !kind)
		return kap_fail(kap, KAP_INVALID, "There is no kind \"%.40s\". `%s kinds` lists them.", argv[0], kap->title);
	if (kind)
		show_kind(kap->out, kind);
	else
		show_rows(kap->out);
	return KAP_OK;
}

const struct cmd cmd_kinds = {
    .name = "kinds",
    .args = "[KIND]",
    .summary = "what a record can say: fields, who writes, who reads",
    .about = "The names of fields are those that --set takes. The tables are those by which this program writes, reads "
             "and exports.",
    .example = "kap kinds clearance",
    .options = options,
    .roles = CMD_ANYONE,
    .max_args = 1,
    .run = run,
};
