/* tell: see tell.h. */
#include <stdio.h>

#include "proto/role.h"

#include "client/cmd/desk.h"

#include "tell.h"

size_t tell_team(const struct desk *d, const struct person *client, unsigned roles, const struct person **out)
{
	const struct person *team[TELL_MAX];
	size_t all = people_team(d->people, client->pid, team, TELL_MAX), n = 0;
	for (size_t i = 0; i < all && i < TELL_MAX; i++)
		if (roles & 1u << team[i]->role && !team[i]->is_self)
			out[n++] = team[i];
	return n;
}

const char *tell_names(const struct person *const *people, size_t n, const char *nobody, char out[TELL_NAMES])
{
	size_t at = 0;
	if (!n)
		snprintf(out, TELL_NAMES, "%s", nobody);
	for (size_t i = 0; i < n && at < TELL_NAMES; i++)
		at += (size_t)snprintf(out + at, TELL_NAMES - at, "%s%s",
		                       i == 0       ? ""
		                       : i + 1 == n ? " and "
		                                    : ", ",
		                       people[i]->name);
	return out;
}

int tell_write(struct write_ctx *ctx, const struct desk *d, const struct person *client, unsigned roles,
               struct write_message *m)
{
	const struct person *to[TELL_MAX];
	m->n_to = tell_team(d, client, roles, to);
	m->to = to;
	m->about = client;
	m->care = people_self(d->people)->role != ROLE_CLIENT;
	return m->n_to ? write_message(ctx, m, NULL) : 0;
}
