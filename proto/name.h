/* name: what people and clinics are called in packets and in pairing: 1 to 80 characters, none of them a control
 * character. Knows nothing of who bears it. Any thread. PROTOCOL 6. */
#ifndef KAP_PROTO_NAME_H
#define KAP_PROTO_NAME_H

#include <stddef.h>

struct mp_cur;

#define NAME_CHARS 80
#define NAME_ROOM (NAME_CHARS * 4 + 1) /* UTF-8, NUL-terminated */

/* 0 or ERR_SHAPE. `name` ends with a NUL within NAME_ROOM bytes (else ERR_SHAPE) and is UTF-8 (mp_scan's to check). */
int name_check(const char name[NAME_ROOM]);
/* The same for a text that may be empty and has at most `chars` characters. */
int name_check_optional(const char name[NAME_ROOM], size_t chars);

/* Reads a str into `name`, the rest of which is zeroed. The cursor's error is ERR_SHAPE for one that is too long, or
 * holds a NUL. name_check is the caller's. */
void name_read(struct mp_cur *c, char name[NAME_ROOM]);

#endif
