/* write_regiven: one old record, given back; see write.h and given.h. */
#include <string.h>

#include "proto/buf.h"
#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

#include "given.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

int write_regiven(const struct write_ctx *ctx, const struct write_given *given, const struct person *to)
{
	struct ledger_pending p = {.record_class = RECORD_SHARED, .op = RECORD_CONTENT};
	struct content_head head;
	struct content *c = NULL;
	struct ledger_record row;
	struct buf hold;
	if (!write_may_give(ctx, RECORD_SHARED, to))
		return ERR_NO_GRANT;
	buf_init(&hold, 0);
	int err = ledger_record_get(ctx->txn, given->rid, &hold, &row);
	if (!err)
		err = write_head(ctx, CONTENT_REGIVEN, &head);
	if (!err) {
		memcpy(head.item, given->rid, sizeof(head.item));
		head.has_subject = to->role == ROLE_CLIENT;
		memcpy(head.subject, to->pid, head.has_subject ? sizeof(head.subject) : 0);
		c = content_new(&head);
		err = c ? given_fill(given->id, given->epochs, &row, c) : ERR_NOMEM;
	}
	if (!err)
		err = write_add(&p, to);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	buf_wipe(&hold);
	return err;
}
