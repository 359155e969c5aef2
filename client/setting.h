/* setting: small named values inside the vault (readable only when unlocked). Knows the names; each is written by the
 * command or sync step that learns it. Text is UTF-8 without NUL. */
#ifndef KAP_CLIENT_SETTING_H
#define KAP_CLIENT_SETTING_H

#include <stddef.h>

struct vault_txn;
struct buf;

#define SETTING_ROLE "role" /* one of the names in setting_role's table: "client", "therapist"... */
#define SETTING_NAME "name" /* one's own display name */
#define SETTING_CLINIC "clinic.name"
#define SETTING_CLINIC_PHONE "clinic.phone"
#define SETTING_CLINIC_HOURS "clinic.hours"       /* "Mon-Fri 9-5" */
#define SETTING_CLINIC_AFTER "clinic.after-hours" /* the number to call at other times */
#define SETTING_CLINIC_LOOKS "clinic.looks"       /* when the team reads: "on weekdays" */

#define SETTING_MAX 1024

/* Replaces the content of `text` and appends a NUL that buf.len does not count. ERR_NOT_FOUND. */
int setting_get(struct vault_txn *txn, const char *name, struct buf *text);
/* NULL removes (0 also when it was absent). ERR_TOO_BIG. */
int setting_put(struct vault_txn *txn, const char *name, const char *text);

#endif
