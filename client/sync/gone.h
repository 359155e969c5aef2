/* gone: what left view in one exchange because it was written on a device after that was put out, counted by device.
 * Knows no record and no names. */
#ifndef KAP_CLIENT_SYNC_GONE_H
#define KAP_CLIENT_SYNC_GONE_H

#include <stddef.h>
#include <stdint.h>

#define GONE_DEVICES 16

/* Zeroed: nothing. */
struct gone {
	uint32_t n;
	struct gone_device {
		uint8_t pid[16], did[16]; /* whose device, and which */
		size_t entries;
	} devices[GONE_DEVICES]; /* what further devices wrote counts to the last */
};

void gone_add(struct gone *g, const uint8_t pid[16], const uint8_t did[16], size_t entries);
void gone_add_all(struct gone *g, const struct gone *more);

#endif
