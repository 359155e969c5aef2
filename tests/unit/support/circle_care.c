/* circle_care: see circle_care.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/book.h"
#include "client/book/ledger.h"
#include "client/book/people.h"
#include "client/book/write.h"
#include "client/book/write_care.h"
#include "client/book/write_internal.h"
#include "client/care/closing.h"
#include "client/care/look.h"
#include "client/ui/value.h"
#include "client/ui/when.h"
#include "client/ui/why.h"
#include "proto/content.h"
#include "proto/record.h"

#include "circle_care.h"

#define NAME_MAX_LEN 32

static void set_one(const struct care_kind *kind, struct content *content, const char *typed)
{
	char name[NAME_MAX_LEN];
	const struct when now = {1800000000, 0};
	struct why why = {""};
	const char *equals = strchr(typed, '=');
	assert_non_null(equals);
	assert_true((size_t)(equals - typed) < sizeof(name));
	memcpy(name, typed, (size_t)(equals - typed));
	name[equals - typed] = '\0';
	const struct content_rule *rule = look_find(&kind->content, name);
	if (!rule)
		fail_msg("no field %s", name);
	if (equals[1] == '@')
		assert_int_equal(content_set_u64(content, rule->key, strtoull(equals + 2, NULL, 10)), 0);
	else if (value_parse(rule, equals + 1, &now, content, &why))
		fail_msg("%s: %s", typed, why.text);
}

void circle_care_set(const struct care_kind *kind, struct content *content, const char *const *typed)
{
	for (; *typed; typed++)
		set_one(kind, content, *typed);
}

struct content *circle_care_content(const struct care_kind *kind, const char *const *typed)
{
	struct content_head head = {.kind = kind->content.kind, .at_ms = UINT64_C(1800000000000)};
	head.made_ms = head.at_ms;
	struct content *content = content_new(&head);
	assert_non_null(content);
	circle_care_set(kind, content, typed);
	return content;
}

void circle_care_write(struct circle *c, enum circle_who who, enum circle_who about, const struct care_kind *kind,
                       const char *const *typed)
{
	struct content *content = circle_care_content(kind, typed);
	const struct write_ctx *ctx = circle_write(c, who);
	struct write_care w = {
	    .kind = kind, .fields = content, .about = people_by_pid(ctx->people, circle_genesis(c, about))};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, who);
}

static int take_own(void *arg, const struct book_item *item)
{
	if (item->author->is_self)
		*(const struct book_item **)arg = item;
	return 0;
}

void circle_care_revise(struct circle *c, enum circle_who who, const struct care_kind *kind, const char *const *typed)
{
	const struct book_item *mine = NULL;
	struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, NULL};
	(void)chart_each(&chart, kind->content.kind, take_own, &mine);
	assert_non_null(mine);
	struct content *content = content_copy(chart_content(mine), content_peek_head(chart_content(mine)));
	circle_care_set(kind, content, typed);
	struct write_care w = {.kind = kind, .fields = content, .about = chart_subject(&chart, mine), .revises = mine};
	assert_int_equal(write_care(ctx, &w, NULL), 0);
	content_free(content);
	circle_send(c, who);
}

void circle_care_forge(struct circle *c, enum circle_who who, enum circle_who about, const struct care_kind *kind,
                       struct content *content)
{
	struct ledger_pending p = {.op = RECORD_CONTENT};
	struct content_head head;
	const struct person *team[32];
	struct write_ctx *ctx = circle_write(c, who);
	bool staff = write_is_clinician(people_self(ctx->people));
	size_t n = people_team(ctx->people, circle_genesis(c, staff ? about : who), team, 32);
	assert_true(n > 0);
	p.record_class = staff ? kind->staff_class : RECORD_SHARED;
	assert_int_equal(write_head(ctx, kind->content.kind, &head), 0);
	head.has_subject = true;
	memcpy(head.subject, circle_genesis(c, about), sizeof(head.subject));
	struct content *copy = content_copy(content, &head);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(write_add(&p, team[i]), 0);
	assert_int_equal(write_put(ctx, copy, &p, NULL), 0);
	content_free(copy);
	assert_int_equal(circle_send(c, who), 1);
}

struct chart circle_chart(struct circle *c, enum circle_who device, enum circle_who client)
{
	const struct write_ctx *ctx = circle_write(c, device);
	return (struct chart){ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, client))};
}

void circle_care_message(struct circle *c, enum circle_who who, enum circle_who about, const char *type)
{
	struct write_ctx *ctx = circle_write(c, who);
	const struct person *team[32], *to[32];
	size_t n = people_team(ctx->people, circle_genesis(c, about), team, 32), n_to = 0;
	for (size_t i = 0; i < n; i++)
		if (!team[i]->is_self)
			to[n_to++] = team[i];
	struct write_message m = {.to = to,
	                          .n_to = n_to,
	                          .about = people_by_pid(ctx->people, circle_genesis(c, about)),
	                          .care = who != about,
	                          .type = type,
	                          .body = "x",
	                          .body_len = 1};
	assert_int_equal(write_message(ctx, &m, NULL), 0);
	circle_send(c, who);
}

void circle_care_ack(struct circle *c, enum circle_who who, enum circle_who client, uint32_t kind)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, client))};
	const struct book_item *item = chart_newest(&chart, kind);
	assert_non_null(item);
	assert_int_equal(write_ack(ctx, item, "", 0), 0);
	circle_send(c, who);
}

void circle_care_close(struct circle *c, enum circle_who who, enum circle_who client, uint32_t kind)
{
	struct write_ctx *ctx = circle_write(c, who);
	struct chart chart = {ctx->book, ctx->people, people_by_pid(ctx->people, circle_genesis(c, client))};
	struct content *content = circle_care_content(&care_closing, CIRCLE_CARE("how=over"));
	const struct book_item *item = chart_newest(&chart, kind);
	assert_non_null(item);
	assert_int_equal(chart_set_ref(content, CLOSING_ON, item), 0);
	assert_int_equal(
	    write_care(ctx, &(struct write_care){.kind = &care_closing, .fields = content, .about = chart.client}, NULL),
	    0);
	content_free(content);
	circle_send(c, who);
}
