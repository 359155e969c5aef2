/* note: one audit row on its own, made durable through the writer: a refusal before any handler wrote anything, the
 * daemon's start and stop. Nobody waits for it. Knows no request. Loop thread only. */
#ifndef KAP_DAEMON_NOTE_H
#define KAP_DAEMON_NOTE_H

struct audit_row;
struct writer;

/* Copies the row and hands it to the writer. ERR_NOMEM, errors of writer_submit. */
int note_row(struct writer *w, const struct audit_row *row);

#endif
