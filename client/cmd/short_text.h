/* short_text: one line of words that a command needs: from its option, else asked for. Knows no vault and no kind. */
#ifndef KAP_CLIENT_CMD_SHORT_TEXT_H
#define KAP_CLIENT_CMD_SHORT_TEXT_H

struct buf;
struct kap;
struct text_limit;

struct short_text {
	const char *option;             /* the one that gives it, without the dashes */
	const char *question;           /* "What is it? > " */
	const char *missing;            /* said when the input ends: "Say what it is (--text)." */
	const char *lost;               /* said after everything that is not valid */
	const struct text_limit *limit; /* its max_bytes is set */
};

/* Appends it to `out`, normalised. KAP_OK or an exit code after saying why not. */
int short_text_get(struct kap *kap, const struct short_text *how, struct buf *out);

#endif
