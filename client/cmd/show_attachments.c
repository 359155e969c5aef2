/* show_attachments: what is attached, as a list; see show.h. */
#include <string.h>

#include "client/attach/name.h"
#include "client/attach/type.h"
#include "client/ui/out.h"
#include "proto/attachment.h"
#include "proto/buf.h"
#include "proto/content.h"
#include "proto/crypto.h"

#include "desk.h"

#include "show.h"

static const char *word_of(const struct attachment *a)
{
	const struct type *type = type_by_media(a->media);
	return type ? type->word : "file";
}

void show_attachments(struct desk *d, const struct book_revision *revision)
{
	struct out *out = d->kap->out;
	uint32_t n = revision->content ? attachment_count(revision->content) : 0;
	struct attachment a;
	if (n == 0 && out_form_of(out) == OUT_HUMAN)
		return;
	out_line(out, "%s", "");
	out_list(out, "attachments", NULL);
	for (uint32_t i = 0; i < n && attachment_get(revision->content, i, &a) == 0; i++) {
		char size[NAME_SIZE_MAX];
		name_for_size(a.size, size);
		out_item(out);
		out_int(out, "number", "#", (int64_t)i + 1);
		out_excerpt(out, "name", "Attached", a.name, 44);
		out_str(out, "kind", "Kind", word_of(&a));
		out_str(out, "media", NULL, a.media);
		out_str(out, "size", "Size", size);
		out_int(out, "bytes", NULL, (int64_t)a.size);
		crypto_wipe(&a, sizeof(a));
	}
	out_end(out);
}

bool show_attached_name(const struct content *c, struct buf *out)
{
	struct attachment a;
	if (attachment_get(c, 0, &a))
		return false;
	buf_reset(out);
	buf_put(out, word_of(&a), strlen(word_of(&a)));
	buf_put_u8(out, ' ');
	buf_put(out, a.name, strlen(a.name));
	buf_put_u8(out, 0);
	crypto_wipe(&a, sizeof(a));
	return !buf_err(out);
}
