/* contact_write: what an admin says to everybody about how the clinic can be reached: begins with what was said last,
 * and is written as a whole. Syncs bring it to the others. */
#ifndef KAP_CLIENT_CMD_CONTACT_WRITE_H
#define KAP_CLIENT_CMD_CONTACT_WRITE_H

struct content;
struct desk;

/* What counts now, to be changed, or an empty one; the caller's. NULL without memory. */
struct content *contact_write_begin(struct desk *d);
/* KAP_OK or an exit code after saying why not. */
int contact_write_end(struct desk *d, const struct content *c);
/* Shows what counts now: numbers, hours, who is on call. */
void contact_write_show(struct desk *d);
/* The list of turns, and who is on call now. */
void contact_write_show_turns(struct desk *d);

#endif
