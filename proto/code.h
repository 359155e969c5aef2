/* code: what people type: 26 symbols of Crockford base32, which are the secret, and 4 symbols of checksum.
 *     XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX, with an address XXXXX-...-XXXXX@host or @host:port
 * The kind of a code is not shown in it but part of its checksum, so that a code of one kind is never taken for
 * another. Knows nothing of what is derived from a secret. The caller wipes every text with a code in it. Any thread.
 * Source: docs/PROTOCOL.md section 3. */
#ifndef KAP_PROTO_CODE_H
#define KAP_PROTO_CODE_H

#include <stddef.h>
#include <stdint.h>

#define CODE_FOUNDING 'F'
#define CODE_INVITATION 'I'
#define CODE_RECOVERY 'R'
#define CODE_PAIRING 'P'

#define CODE_SYMBOLS 26                          /* the secret: 130 random bits */
#define CODE_CHECK 4                             /* 20 bits of checksum */
#define CODE_TEXT 36                             /* six groups of five, with hyphens and NUL */
#define CODE_HOST 256                            /* a host name or numeric address, with NUL */
#define CODE_PORT 7443                           /* where none is written */
#define CODE_AT_TEXT (CODE_TEXT + CODE_HOST + 8) /* a code with an address, with NUL */

/* A secret. Lives on a stack or inside a secret; code_wipe when done. */
struct code {
	char kind;
	char symbols[CODE_SYMBOLS + 1]; /* upper case, NUL-terminated */
};

/* Draws a fresh code of `kind`. ERR_CRYPTO; ERR_ARG for a kind that does not exist. On error *code is wiped. */
int code_new(char kind, struct code *code);

/* Reads a code of one of `kinds` ("F", "FI"); code->kind says which. Case, spaces and hyphens do not matter; O is 0, I
 * and L are 1. ERR_CODE_FORM: not a code, or mistyped. ERR_CODE_KIND: a right code, but of another kind. ERR_CRYPTO. On
 * error *code is wiped. `text` need not be NUL-terminated. */
int code_parse(const char *kinds, const char *text, size_t len, struct code *code);

/* The code with its checksum, in groups. ERR_CRYPTO; `out` is empty then. */
int code_format(const struct code *code, char out[CODE_TEXT]);

/* Reads "CODE@host" or "CODE@host:port" (NUL-terminated; spaces around it do not matter). `host` comes without the
 * brackets of a numeric IPv6 address. Errors of code_parse; ERR_ADDRESS: there is none, or it is not one. On error the
 * outputs are wiped, empty and 0. */
int code_parse_at(const char *kinds, const char *text, struct code *code, char host[CODE_HOST], uint16_t *port);

/* The reverse: the port is left out when it is CODE_PORT. ERR_ADDRESS when code_parse_at would not read it; ERR_CRYPTO;
 * `out` is empty then. */
int code_format_at(const struct code *code, const char *host, uint16_t port, char out[CODE_AT_TEXT]);

/* Reads "host" or "host:port", as behind the @. ERR_ADDRESS. */
int code_parse_address(const char *text, char host[CODE_HOST], uint16_t *port);

void code_wipe(struct code *code);

#endif
