/* fail: the table below is the whole mapping from errors to exit codes. */
#include <stddef.h>

#include "proto/err.h"
#include "client/ui/fail.h"

static const struct {
	int err;
	enum fail_exit exit;
} exits[] = {
    {ERR_OK, KAP_OK},
    {ERR_LOCKED, KAP_LOCKED},
    {ERR_PASSPHRASE, KAP_LOCKED},
    {ERR_NO_KEYRING, KAP_LOCKED},
    {ERR_NO_TERMINAL, KAP_USAGE},
    {ERR_UTF8, KAP_INVALID},
    {ERR_SHAPE, KAP_INVALID},
    {ERR_SCHEMA, KAP_INVALID},
    {ERR_RANGE, KAP_INVALID},
    {ERR_TOO_BIG, KAP_INVALID},
    {ERR_NOT_FOUND, KAP_INVALID},
    {ERR_CODE_FORM, KAP_INVALID},
    {ERR_CODE_KIND, KAP_INVALID},
    {ERR_CODE_UNKNOWN, KAP_INVALID},
    {ERR_CODE_USED, KAP_NOT_ALLOWED},
    {ERR_CODE_EXPIRED, KAP_NOT_ALLOWED},
    {ERR_NO_GRANT, KAP_NOT_ALLOWED},
    {ERR_ROLE, KAP_NOT_ALLOWED},
    {ERR_NOT_AUTHOR, KAP_NOT_ALLOWED},
    {ERR_CLASS, KAP_NOT_ALLOWED},
    {ERR_AUDIENCE, KAP_NOT_ALLOWED},
    {ERR_RETAINED, KAP_NOT_ALLOWED},
    {ERR_TARGET, KAP_NOT_ALLOWED},
    {ERR_EXISTS, KAP_CHOICE},
    {ERR_IN_USE, KAP_CHOICE},
    {ERR_ANSWER, KAP_NOT_ALLOWED},
    {ERR_GUEST, KAP_NOT_ENROLLED},
    {ERR_REVOKED, KAP_NOT_ENROLLED},
    {ERR_UNREACHABLE, KAP_SAVED_LOCALLY},
    {ERR_TIMEOUT, KAP_SAVED_LOCALLY},
    {ERR_FULL, KAP_SAVED_LOCALLY},
    {ERR_READONLY, KAP_SAVED_LOCALLY},
    {ERR_DRAINING, KAP_SAVED_LOCALLY},
    {ERR_BUSY, KAP_SAVED_LOCALLY},
    {ERR_RATE, KAP_SAVED_LOCALLY},
};

enum fail_exit fail_exit_of(int err)
{
	for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
		if (exits[i].err == err)
			return exits[i].exit;
	return KAP_INTERNAL;
}
