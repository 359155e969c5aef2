/* late: see late.h. */
#include <stdio.h>
#include <string.h>

#include "client/book/devices.h"
#include "client/book/identity.h"
#include "client/book/people.h"
#include "client/cmd.h"
#include "client/sync/gone.h"
#include "client/sync/overdue.h"
#include "client/ui/out.h"
#include "client/vault.h"

#include "late.h"

#define WHERE 512

/* One's own device has a name; of others' only the person is known. */
static void name_device(struct vault_txn *txn, const struct gone_device *d, char out[WHERE])
{
	char name[DEVICES_NAME];
	struct identity *id = NULL;
	struct people *people = NULL;
	struct devices *devices = NULL;
	const struct person *person = NULL;
	snprintf(out, WHERE, "a device");
	int err = identity_load(txn, &id);
	if (!err)
		err = people_load(txn, id->genesis, &people);
	if (!err)
		person = people_by_pid(people, d->pid);
	if (person && person->is_self && !devices_load(txn, id->pid, &devices))
		snprintf(out, WHERE, "%s", devices_name(devices, d->did, name));
	else if (person)
		snprintf(out, WHERE, "a device of %s", person->name);
	devices_free(devices);
	people_free(people);
	identity_free(id);
}

void late_say_gone(struct kap *kap, const struct gone *gone)
{
	struct vault_txn *txn = NULL;
	char where[WHERE];
	if (!gone->n || vault_begin(kap->vault, false, &txn))
		return;
	for (uint32_t i = 0; i < gone->n; i++) {
		const struct gone_device *d = &gone->devices[i];
		bool one = d->entries == 1;
		name_device(txn, d, where);
		out_say(kap->out, "%zu %s written on %s after it was put out %s not count and %s no longer shown.", d->entries,
		        one ? "entry" : "entries", where, one ? "does" : "do", one ? "is" : "are");
	}
	vault_abort(txn);
}

void late_say_overdue(struct kap *kap, size_t n)
{
	out_int(kap->out, "overdue", NULL, (int64_t)n);
	if (n)
		out_say(
		    kap->out,
		    "%zu of what you wrote wait%s for more than %d days, though the server was reached: it has not said that "
		    "it keeps %s. Everything is safe here. Tell the clinic.",
		    n, n == 1 ? "s" : "", OVERDUE_DAYS, n == 1 ? "it" : "them");
}
