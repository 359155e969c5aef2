/* agenda_internal: what the files of agenda.h share: the list as it grows, and the functions that collect. Nobody else
 * includes this. */
#ifndef KAP_CLIENT_BOOK_AGENDA_INTERNAL_H
#define KAP_CLIENT_BOOK_AGENDA_INTERNAL_H

#include <stddef.h>

#include "agenda.h"

struct agenda {
	struct chart everybody;
	struct agenda_at at;
	const struct person *self;
	struct agenda_row *rows;
	size_t n, room;
};

/* A copy of the row at the end. ERR_NOMEM. */
int agenda_add(struct agenda *a, const struct agenda_row *row);
/* Calls `fn` with the chart of each client in one's care until it returns an error. */
typedef int agenda_client(struct agenda *a, const struct chart *chart);
int agenda_each_client(struct agenda *a, agenda_client *fn);

typedef int agenda_section(struct agenda *a);
/* agenda_care.c */
agenda_section agenda_flags, agenda_take_on, agenda_timers, agenda_orders, agenda_meds, agenda_supplies, agenda_shared,
    agenda_reports, agenda_follow_ups;
/* agenda_own.c */
agenda_section agenda_messages, agenda_assignments, agenda_forms, agenda_plan, agenda_members, agenda_teams,
    agenda_unsent;

#endif
