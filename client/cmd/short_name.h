/* short_name: people in a sentence to their client: "Ana and Dr. Osei". Knows names alone. */
#ifndef KAP_CLIENT_CMD_SHORT_NAME_H
#define KAP_CLIENT_CMD_SHORT_NAME_H

#include <stddef.h>

struct person;

/* Writes "Ana", "Ana and Dr. Osei", "Ana, Dr. Osei and Kim" into `out` (cut if need be) and returns it. Of a name the
 * first word, unless that is a title with a dot. */
const char *short_name_list(const struct person *const *people, size_t n, char *out, size_t max);

#endif
