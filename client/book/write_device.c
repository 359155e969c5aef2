/* write_device: what a person's devices say about devices: what one is called, and where the stream of one that was put
 * out ends; see write.h. */
#include <string.h>

#include "proto/content.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/stream.h"

#include "devices.h"
#include "ledger.h"
#include "people.h"
#include "write_internal.h"

#include "write.h"

int write_device(const struct write_ctx *ctx, const uint8_t did[16], const char *name, const struct devices *names)
{
	struct ledger_pending p = {.record_class = RECORD_PRIVATE, .op = RECORD_CONTENT};
	struct content_head head;
	int err = write_head(ctx, CONTENT_DEVICE, &head);
	memcpy(head.item, did, sizeof(head.item));
	head.n_parents = devices_heads(names, did, head.parents);
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_bin(c, CONTENT_DEVICE_ID, did, 16);
	if (c && !err)
		err = content_set_str(c, CONTENT_DEVICE_NAME, name, strlen(name));
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}

int write_stream_end(const struct write_ctx *ctx, const uint8_t did[16], const struct person *to,
                     const struct stream *end)
{
	struct ledger_pending p = {.record_class = RECORD_CONTROL, .op = RECORD_CONTENT};
	struct content_head head;
	int err = write_head(ctx, CONTENT_STREAM_END, &head);
	if (!err && to && !to->is_self)
		err = write_may_give(ctx, RECORD_CONTROL, to) ? write_add(&p, to) : ERR_NO_GRANT;
	struct content *c = err ? NULL : content_new(&head);
	if (c)
		err = content_set_bin(c, CONTENT_ENDED_DEVICE, did, 16);
	if (c && !err)
		err = content_set_u64(c, CONTENT_LAST_SEQ, end->seq);
	if (c && !err)
		err = content_set_bin(c, CONTENT_LAST_RID, end->rid, 32);
	if (!err)
		err = write_put(ctx, c, &p, NULL);
	content_free(c);
	return err;
}
