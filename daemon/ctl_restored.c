/* ctl_restored: the store was put back from an older copy, and the operator says so: a new generation begins. */
#include <stdio.h>
#include <time.h>

#include "proto/crypto.h"
#include "proto/err.h"

#include "config.h"
#include "store.h"
#include "store_heal.h"

#include "ctl.h"

int ctl_restored(const struct ctl *ctl)
{
	uint8_t generation[STORE_ID];
	struct timespec now;
	int exit_code = CTL_OK;
	struct store *store = ctl_open_store(ctl, &exit_code);
	if (!store)
		return exit_code;
	clock_gettime(CLOCK_REALTIME, &now);
	int err = crypto_random(generation, sizeof(generation));
	if (!err)
		err = store_restored(store, generation, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	store_close(store);
	if (err) {
		ctl_fail(ctl->config->state_dir, err);
		fprintf(stderr, "Nothing was changed.\n");
		return err == ERR_CORRUPT ? CTL_STORAGE : CTL_FAILED;
	}
	printf("The store in %s has begun a new generation.\n\n", ctl->config->state_dir);
	printf("Next: start kapd. Then an admin of the clinic, on their own device, runs:\n\n  kap clinic restored\n\n"
	       "Until then devices keep everything and send nothing. After that every\n"
	       "device gives back what the server has lost, when it is next used.\n");
	return CTL_OK;
}
