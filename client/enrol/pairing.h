/* pairing: the device one has lets a new one in: a code, the offer in the mailbox, the answer of the new device,
 * the reveal, and, once a person has compared the words, the link that adds it. Knows no terminal.
 *
 *     pairing_begin -> pairing_code (show it) -> pairing_wait until 0 -> pairing_name, pairing_words (show, ask) ->
 *     pairing_confirm
 *
 * Interrupted before pairing_confirm, nothing has happened: the code is worthless after ten minutes. Interrupted in it,
 * the new device is in the chain or not; either device finds out at its next contact. PROTOCOL 12. */
#ifndef KAP_CLIENT_ENROL_PAIRING_H
#define KAP_CLIENT_ENROL_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/pair.h"

struct code;
struct pairing;
struct vault;

/* Connects, refreshes, makes a code and leaves the offer. ERR_RANGE: there are as many devices as may be; errors of
 * contact_open, chains_refresh and mailbox_put. */
int pairing_begin(struct vault *vault, struct pairing **out);
void pairing_free(struct pairing *p); /* wipes; NULL is legal */
const struct code *pairing_code(const struct pairing *p);
/* Where the clinic's server is, for the code. */
const char *pairing_host(const struct pairing *p, uint16_t *port);

/* Waits up to `ms` for the new device's answer, and reveals to it what the words depend on. ERR_NOT_FOUND: none yet.
 * ERR_CODE_EXPIRED: the ten minutes are over. ERR_OPEN, ERR_AUTHOR, ERR_SIGNATURE and the like: what answered is no
 * device that knows the code. ERR_ARG: an answer was revealed to already; there is one for a code. */
int pairing_wait(struct pairing *p, unsigned ms);
const char *pairing_name(const struct pairing *p);
/* ERR_ARG before pairing_wait was 0, here and below. */
int pairing_words(const struct pairing *p, uint8_t words[PAIR_WORDS]);

/* Signs the new device in, notes its name, and welcomes it. ERR_LINK, ERR_KEY: its keys may not stand in this chain;
 * errors of keylink_put. *welcomed (may be NULL): it was told; if not, it finds out by itself. */
int pairing_confirm(struct pairing *p, bool *welcomed);

#endif
