/* out_internal: what out.c and its three writers share: facts that have been put into words once, and the form that
 * shows them. For out*.c only. */
#ifndef KAP_CLIENT_UI_OUT_INTERNAL_H
#define KAP_CLIENT_UI_OUT_INTERNAL_H

#include "proto/buf.h"
#include "client/ui/out.h"

#define OUT_DEPTH 8

struct json_t;

enum out_type { OUT_NOTHING, OUT_STRING, OUT_NUMBER, OUT_BOOLEAN };

/* One fact. For strings `human` and `machine` may differ; both are valid UTF-8 of one line, safe to show. `raw` is the
 * value as it was given, for JSON. */
struct out_fact {
	const char *id, *label;
	enum out_type type;
	const char *human, *machine, *raw;
	size_t raw_len;
	int64_t number;
	unsigned decimals; /* of the number */
	bool boolean, strong, excerpt;
};

/* What a form does; out.c calls these and nothing else writes. */
struct out_form_ops {
	void (*fact)(struct out *out, const struct out_fact *fact);
	void (*text)(struct out *out, const struct out_fact *fact, const char *value, size_t len);
	void (*say)(struct out *out, const char *sentence, size_t len);
	void (*line)(struct out *out, const char *line, size_t len);
	void (*begin)(struct out *out, bool list, const char *id, const char *words);
	void (*item)(struct out *out);
	void (*end)(struct out *out);
	void (*finish)(struct out *out);
};

struct out_level {
	bool list;
	char id[32];
	size_t items;
};

struct out {
	enum out_form form;
	const struct out_form_ops *ops;
	FILE *to, *progress;
	bool bold, animate, ascii, progress_shown, said;
	int err;
	struct out_level levels[OUT_DEPTH];
	size_t depth;
	void *state; /* of the form */
};

extern const struct out_form_ops out_human_ops, out_plain_ops, out_json_ops;

/* The forms' own state. ERR_NOMEM. */
int out_human_start(struct out *out);
void out_human_free(struct out *out);
int out_json_start(struct out *out);
void out_json_free(struct out *out);

/* Writes to the reader; errors stick. In ASCII mode what ASCII cannot say is spelled with it. */
void out_emit(struct out *out, const void *text, size_t len);
void out_emit_str(struct out *out, const char *text);
void out_stick(struct out *out, int err);

#endif
