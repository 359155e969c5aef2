/* target: what `ack`, `close` and `escalate` are about: a message of the inbox, or an item by its letter and number.
 * Knows which people it concerns; writes nothing. */
#ifndef KAP_CLIENT_CMD_TARGET_H
#define KAP_CLIENT_CMD_TARGET_H

#include <stddef.h>
#include <stdint.h>

struct book_item;
struct desk;
struct person;

#define TARGET_NAME 24

/* "inbox 3", "3" or "F7". KAP_OK or an exit code after saying why not. */
int target_item(struct desk *d, int argc, char **argv, const struct book_item **out);
/* The same, a message or a flag. */
int target_message_or_flag(struct desk *d, int argc, char **argv, const struct book_item **out);
/* What to type for it: "inbox 3", "F7". */
const char *target_name(const struct book_item *item, char out[TARGET_NAME]);
/* The other clinicians who have it, its author among them; at most `max`. */
size_t target_clinicians(const struct book_item *item, const struct person **out, size_t max);
/* "Dr. Osei", "Ana Reyes and Dr. Osei", "A, B and C". */
void target_names(const struct person *const *people, size_t n, char *out, size_t max);
/* "3 h 4 min"; "less than a minute". */
#define TARGET_SPAN 32
const char *target_span(uint64_t ms, char out[TARGET_SPAN]);

#endif
