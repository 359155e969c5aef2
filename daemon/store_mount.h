/* store_mount: how the file system under the store was mounted, as far as it decides whether a flush is one. Reads
 * /proc/self/mountinfo (proc(5)). Knows no store. */
#ifndef KAP_DAEMON_STORE_MOUNT_H
#define KAP_DAEMON_STORE_MOUNT_H

#include <stdbool.h>

/* True if `dir` lies on a mount that was told not to flush the disk's own cache (nobarrier, barrier=0): a power cut may
 * then take what was acknowledged. False also where nothing can be found out. */
bool store_mount_skips_flushes(const char *dir);

/* The same for one line of mountinfo and one device, "major:minor". For the above and for tests. */
bool store_mount_line_skips(const char *line, const char *device);

#endif
