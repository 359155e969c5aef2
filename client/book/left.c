/* left: see left.h. */
#include "left.h"

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/err.h"
#include "proto/link.h"

#include "links.h"
#include "people.h"

int left_at(struct vault_txn *txn, const struct people *people, const struct person *person, uint64_t *at_ms)
{
	const struct clinic *clinic = people_clinic(people);
	const struct clinic_member *member = clinic_member_by_pid(clinic, person->pid);
	struct link link;
	struct buf bytes;
	if (!member || member->active)
		return ERR_NOT_FOUND;
	buf_init(&bytes, 0);
	int err = links_get(txn, clinic_id(clinic), member->removed_seq, &bytes);
	if (!err)
		err = link_parse(bytes.data, bytes.len, &link);
	if (!err)
		*at_ms = link.time_ms;
	buf_wipe(&bytes);
	return err;
}
