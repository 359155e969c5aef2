/* device: one's own devices as the commands about them see them: from the key chain, with their names. Knows no network
 * and changes nothing. */
#ifndef KAP_CLIENT_CMD_DEVICE_H
#define KAP_CLIENT_CMD_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/book/devices.h"

struct desk;
struct kap;

struct device_row {
	uint8_t did[16];
	char name[DEVICES_NAME];
	uint64_t added_ms, revoked_ms; /* by the clock of who signed it; 0: still a device */
	bool active, self, leaving;    /* leaving: to be put out with the next exchange */
};

struct device_rows {
	struct device_row *rows;
	size_t n; /* in the order they were added */
};

/* KAP_OK, or an exit code after the reason was said. Free with device_rows_free, which is legal after an error. */
int device_rows(struct desk *d, struct device_rows *out);
void device_rows_free(struct device_rows *r);

/* The active device that was typed: by its name, the beginning of it, or its id. */
int device_find(struct desk *d, const struct device_rows *r, const char *typed, const struct device_row **out);

/* Shows four words to compare; `bits` has 6 bytes. */
void device_show_words(struct kap *kap, const uint8_t bits[6]);

#endif
