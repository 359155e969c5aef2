/* psynote_guard: lines that do not belong in a psychotherapy note because the law gives them to the record (45 CFR
 * 164.501): doses, vitals, measures, start and stop times. Looks at how a line begins, at no meaning. */
#ifndef KAP_CLIENT_CARE_PSYNOTE_GUARD_H
#define KAP_CLIENT_CARE_PSYNOTE_GUARD_H

#include <stddef.h>

/* The sentence about the first such line: where that belongs. NULL: there is none. */
const char *psynote_guard_find(const char *text, size_t len);

#endif
