/* idle: lets a command that goes on for long notice that the profile was locked meanwhile: by `kap lock` in another
 * window, or because the time without use is over. Knows the kept key's presence (unlock.h) and one empty file in the
 * profile's directory; knows no vault. */
#ifndef KAP_CLIENT_IDLE_H
#define KAP_CLIENT_IDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct idle {
	const char *dir;
	bool kept;           /* a key was kept when it began: its end is the lock */
	struct timespec end; /* without a kept key: when the time is over (CLOCK_BOOTTIME); 0: never */
	int64_t mark_s, mark_ns;
};

/* From now on. `dir` is borrowed. `seconds` is the time without use that is allowed where no key is kept: it counts
 * from here; 0 for no limit. */
void idle_begin(struct idle *idle, const char *dir, unsigned seconds);

/* True once it was locked. Quick: may be asked every half second. */
bool idle_locked(const struct idle *idle);

/* Tells every command that goes on with this profile that it is locked. ERR_NOT_FOUND when there is no such directory,
 * ERR_IO. */
int idle_tell(const char *dir);

#endif
