/* kinds: the one list; see kinds.h. */
#include "kinds.h"

#include <ctype.h>
#include <string.h>

#include "assignment.h"
#include "checkin.h"
#include "clearance.h"
#include "closing.h"
#include "consent.h"
#include "contact.h"
#include "event.h"
#include "flag.h"
#include "form.h"
#include "given.h"
#include "hold.h"
#include "measure.h"
#include "med.h"
#include "order.h"
#include "plan.h"
#include "psynote.h"
#include "session.h"
#include "summary.h"
#include "supply.h"

static const struct care_kind *const care[] = {
    &care_checkin, &care_assignment, &care_measure, &care_clearance, &care_order,   &care_hold, &care_closing,
    &care_med,     &care_supply,     &care_session, &care_event,     &care_summary, &care_form, &care_consent,
    &care_plan,    &care_psynote,    &care_flag,    &care_contact,   &care_given,
};
#define CARE (sizeof(care) / sizeof(care[0]))

static const struct content_kind *const rows[] = {
    CONTENT_BASE_KINDS,      &care_checkin.content, &care_assignment.content, &care_measure.content,
    &care_clearance.content, &care_order.content,   &care_hold.content,       &care_closing.content,
    &care_med.content,       &care_supply.content,  &care_session.content,    &care_event.content,
    &care_summary.content,   &care_form.content,    &care_consent.content,    &care_plan.content,
    &care_psynote.content,   &care_flag.content,    &care_contact.content,    &care_given.content,
};

const struct content_kinds care_kinds = {rows, sizeof(rows) / sizeof(rows[0])};

const struct care_kind *kinds_care(uint32_t kind)
{
	for (size_t i = 0; i < CARE; i++)
		if (care[i]->content.kind == kind)
			return care[i];
	return NULL;
}

const struct care_kind *kinds_by_letter(char letter)
{
	for (size_t i = 0; i < CARE && letter; i++)
		if (care[i]->letter == toupper((unsigned char)letter))
			return care[i];
	return NULL;
}

const struct care_kind *kinds_by_name(const char *name)
{
	for (size_t i = 0; i < CARE; i++)
		if (strcmp(care[i]->content.name, name) == 0)
			return care[i];
	return NULL;
}

const struct care_kind *const *kinds_all_care(size_t *n)
{
	*n = CARE;
	return care;
}

bool kinds_may_write(uint32_t kind, unsigned role)
{
	const struct care_kind *row = kinds_care(kind);
	return !row || (row->authors & 1u << role);
}

bool kinds_is_written(uint32_t kind)
{
	return kind == CONTENT_JOURNAL || kind == CONTENT_COMMENT || kind == CONTENT_MESSAGE || kinds_care(kind);
}
