/* asking: see asking.h. */
#include <stdio.h>
#include <string.h>

#include "client/care/assignment.h"
#include "client/care/look.h"
#include "client/care/prompts.h"
#include "client/ui/out.h"
#include "client/ui/value.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/role.h"

#include "desk.h"
#include "subject.h"

#include "asking.h"

#define TEXT_EXCERPT 40
#define ID_MAX 33
#define DAY_S 86400

const struct prompts_row *asking_prompt(const struct content *c)
{
	char id[ID_MAX];
	size_t len = 0;
	const char *prompt = c ? content_str(c, ASSIGNMENT_PROMPT, &len) : NULL;
	if (!prompt || len >= sizeof(id))
		return NULL;
	snprintf(id, sizeof(id), "%.*s", (int)len, prompt);
	return prompts_find(id);
}

static void put_field(const struct content *c, uint32_t key, const char *before, struct buf *out)
{
	size_t len = 0;
	const char *text = content_str(c, key, &len);
	if (!text)
		return;
	buf_put(out, before, strlen(before));
	buf_put(out, text, len);
}

const char *asking_text(const struct content *c, struct buf *out)
{
	const struct prompts_row *row = asking_prompt(c);
	buf_reset(out);
	if (row)
		buf_put(out, row->text, strlen(row->text));
	else if (c)
		put_field(c, ASSIGNMENT_PROMPT, "prompt ", out);
	if (c)
		put_field(c, ASSIGNMENT_TEXT, "", out);
	if (c)
		put_field(c, ASSIGNMENT_MEASURE, "measure ", out);
	if (c && content_bool(c, ASSIGNMENT_CHECKIN, false))
		buf_put(out, "a check-in", strlen("a check-in"));
	buf_put_u8(out, 0);
	return buf_err(out) ? "" : (const char *)out->data;
}

int64_t asking_day(const struct desk *d)
{
	return (d->now.s + 60 * (int64_t)d->now.offset_min) / DAY_S;
}

enum asked_state asking_state(const struct desk *d, const struct book_item *item)
{
	return asked_state(item, asking_day(d), d->now.offset_min);
}

void asking_row(struct desk *d, const struct book_item *item)
{
	struct out *out = d->kap->out;
	const struct content *c = chart_content(item);
	struct chart everybody = subject_everybody(d);
	const struct person *about = chart_subject(&everybody, item);
	char number[16];
	struct buf text;
	buf_init(&text, 0);
	snprintf(number, sizeof(number), "%c%u", care_assignment.letter, item->number);
	out_item(out);
	out_str(out, "number", "#", number);
	out_str(out, "from", "From", item->author->is_self ? "you" : item->author->name);
	out_str(out, "to", d->kap->role == ROLE_CLIENT ? NULL : "To", about ? about->name : NULL);
	out_excerpt(out, "text", "What", asking_text(c, &text), TEXT_EXCERPT);
	if (c) {
		value_show(out, c, look_by_key(&care_assignment.content, ASSIGNMENT_DUE), &d->now);
		value_show(out, c, look_by_key(&care_assignment.content, ASSIGNMENT_REPEAT), &d->now);
	}
	out_str(out, "state", "State", asked_word(asking_state(d, item)));
	buf_wipe(&text);
}
