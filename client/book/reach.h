/* reach: what everybody is to have at hand when they need the clinic: its numbers and hours, out of the last word of an
 * admin, as settings (client/setting.h), where the crisis card finds them without reading anything else. */
#ifndef KAP_CLIENT_BOOK_REACH_H
#define KAP_CLIENT_BOOK_REACH_H

struct content;
struct vault_txn;

/* Takes over a contact content by an active admin; one that is older than what was taken last changes nothing. */
int reach_take(struct vault_txn *txn, const struct content *contact);

#endif
