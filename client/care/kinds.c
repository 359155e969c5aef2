/* kinds: the one list; see kinds.h. */
#include "kinds.h"

static const struct content_kind *const rows[] = {CONTENT_BASE_KINDS};

const struct content_kinds care_kinds = {rows, sizeof(rows) / sizeof(rows[0])};
