/* compare_view: which records went between this device's person and another, counted from what the vault holds; and how
 * two such views differ. For compare.c. Knows no network. */
#ifndef KAP_CLIENT_SYNC_COMPARE_VIEW_H
#define KAP_CLIENT_SYNC_COMPARE_VIEW_H

#include <stdint.h>

struct check_reveal;
struct compare_difference;
struct vault_txn;

/* Fills in `sent` and `held`. What waits to be sent, receipts and names do not count. ERR_RANGE: more devices than a
 * statement has room for. Errors of the vault. */
int compare_view_fill(struct vault_txn *txn, const uint8_t self[16], const uint8_t other[16],
                      struct check_reveal *reveal);

/* `mine` and `theirs` as said; Zeroes when there is no difference. */
void compare_view_differ(const struct check_reveal *mine, const struct check_reveal *theirs,
                         struct compare_difference *out);

#endif
