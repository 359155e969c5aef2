/* put: a file becomes encrypted parts in the vault, in one pass, without a copy of it anywhere and in about 3 MiB of
 * memory. Knows the file only as a descriptor; names nothing and writes no entry. */
#ifndef KAP_CLIENT_ATTACH_PUT_H
#define KAP_CLIENT_ATTACH_PUT_H

#include <stdint.h>

struct attachment;
struct vault;
struct why;

/* Reads `fd` to its end. Fills in everything of *a but the name. The parts are there when it returns, but parts_sweep
 * takes them away after an hour unless parts_keep is called for them, in the transaction that writes what names them.
 * With the sentence in `why`: ERR_SHAPE (no type that can be attached, or empty), ERR_TOO_BIG, ERR_IO (reading). After
 * an error nothing of it is kept, and `a` holds no key. now_ms: Unix time. */
int put_file(struct vault *vault, int fd, uint64_t now_ms, struct attachment *a, struct why *why);

/* Takes away what was made, when nothing came to name it. Best effort: parts_sweep finds what stays. */
void put_drop(struct vault *vault, const struct attachment *a);

#endif
