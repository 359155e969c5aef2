/* plan_view: see plan_view.h. */
#include <string.h>

#include "client/book/book.h"
#include "client/book/chart.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/care/look.h"
#include "client/care/plan.h"
#include "client/cmd.h"
#include "client/ui/out.h"
#include "client/vault.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/mp.h"

#include "plan_view.h"

static void show_part(struct out *out, const struct content *plan, const struct content_rule *rule)
{
	struct mp_doc *doc = NULL;
	struct mp_cur list;
	struct buf text;
	size_t len;
	if (content_open(plan, rule->key, &doc, &list))
		return;
	buf_init(&text, 0);
	while (mp_left(&list)) {
		const char *line = mp_str(&list, 0, SIZE_MAX, &len);
		if (text.len)
			buf_put_u8(&text, '\n');
		buf_put(&text, line, line ? len : 0);
	}
	if (text.len && !buf_err(&text))
		out_text(out, rule->name, rule->look->label, (const char *)text.data, text.len);
	buf_wipe(&text);
	mp_close(doc);
}

void plan_view_show(struct out *out, const struct content *plan)
{
	for (uint16_t i = 0; i < care_plan.content.n_fields; i++)
		show_part(out, plan, &care_plan.content.fields[i]);
}

/* Nothing is numbered: so no other kap has to wait, and none is waited for. */
static int load(struct kap *kap, struct identity **id, struct people **people, struct book **book)
{
	struct vault_txn *txn = NULL;
	int err = vault_begin(kap->vault, false, &txn);
	if (!err)
		err = identity_load(txn, id);
	if (!err)
		err = people_load(txn, (*id)->genesis, people);
	if (!err)
		err = book_load(txn, *people, false, book);
	vault_abort(txn);
	return err;
}

bool plan_view_try(struct kap *kap)
{
	struct identity *id = NULL;
	struct people *people = NULL;
	struct book *book = NULL;
	const struct book_item *plan = NULL;
	if (!kap_try_vault(kap) || kap->role != ROLE_CLIENT)
		return false;
	if (!load(kap, &id, &people, &book)) {
		struct chart chart = {book, people, people_self(people)};
		plan = chart_newest(&chart, PLAN_KIND);
	}
	if (plan) {
		out_line(kap->out, "%s", "");
		out_object(kap->out, "plan", "Your safety plan");
		plan_view_show(kap->out, chart_content(plan));
		out_end(kap->out);
	}
	book_free(book);
	people_free(people);
	identity_free(id);
	return plan != NULL;
}
