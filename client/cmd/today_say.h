/* today_say: one row of an agenda in words: what it is, and how things stand with it. Knows no list and no rule of what
 * belongs on it. */
#ifndef KAP_CLIENT_CMD_TODAY_SAY_H
#define KAP_CLIENT_CMD_TODAY_SAY_H

struct agenda_row;
struct buf;
struct desk;

/* What it is, in a few words. Not NUL-terminated. */
void today_say_text(struct desk *d, const struct agenda_row *row, struct buf *out);
/* How it stands: its number, since when, by when, what may be done about it. Nothing for some. */
void today_say_state(struct desk *d, const struct agenda_row *row, struct buf *out);

#endif
