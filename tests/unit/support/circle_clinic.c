/* circle_clinic: see circle_clinic.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/identity.h"
#include "tests/unit/support/people.h"
#include "tests/unit/support/phones.h"

#include "circle_clinic.h"

#define MORE (CIRCLE_DEVICES - CIRCLE_PEOPLE)

struct circle_clinic {
	struct people pp;
	struct person *who[CIRCLE_PEOPLE];
	struct phones *jo; /* with further devices; NULL */
	struct phone more[MORE];
};

static const struct person *person_of(const struct circle_clinic *cc, enum circle_who who)
{
	return cc->who[who < CIRCLE_PEOPLE ? who : CIRCLE_JO];
}

static struct person *client_of(struct circle_clinic *cc, struct person *const *team, size_t n)
{
	return people_join(&cc->pp, &(struct people_invite){.by = team[0], .role = ROLE_CLIENT, .team = team, .n_team = n});
}

struct circle_clinic *circle_clinic_new(void)
{
	struct circle_clinic *cc = calloc(1, sizeof(*cc));
	assert_non_null(cc);
	people_begin(&cc->pp, 7);
	struct person *admin = cc->who[CIRCLE_ADMIN] = people_found(&cc->pp);
	cc->who[CIRCLE_ANA] = people_staff(&cc->pp, admin, ROLE_THERAPIST);
	cc->who[CIRCLE_OSEI] = people_staff(&cc->pp, admin, ROLE_PRESCRIBER);
	cc->who[CIRCLE_LUND] = people_staff(&cc->pp, admin, ROLE_THERAPIST);
	cc->who[CIRCLE_MED] = people_staff(&cc->pp, admin, ROLE_MEDICAL);
	cc->who[CIRCLE_JO] = client_of(cc, &cc->who[CIRCLE_ANA], 2);
	cc->who[CIRCLE_KIM] = client_of(cc, &cc->who[CIRCLE_ANA], 3);
	return cc;
}

void circle_clinic_add_devices(struct circle_clinic *cc)
{
	cc->jo = phones_new(&cc->pp, cc->who[CIRCLE_JO]);
	for (int i = 0; i < MORE; i++) {
		struct buf link;
		buf_init(&link, 0);
		phones_draw(&cc->pp, &cc->more[i]);
		assert_int_equal(phones_sign_add(cc->jo, &cc->jo->all[0], &cc->more[i], &link), 0);
		assert_int_equal(phones_apply(cc->jo, &link), 0);
		buf_wipe(&link);
	}
}

void circle_clinic_free(struct circle_clinic *cc)
{
	if (cc->jo)
		phones_free(cc->jo);
	people_end(&cc->pp);
	free(cc);
}

const uint8_t *circle_clinic_genesis(const struct circle_clinic *cc, enum circle_who who)
{
	return person_of(cc, who)->genesis;
}

void circle_clinic_leave_team(struct circle_clinic *cc, enum circle_who client, enum circle_who staff)
{
	const struct clinic_member *team[CLINIC_TEAM_MAX];
	struct person *left[CLINIC_TEAM_MAX];
	size_t n = clinic_team(cc->pp.clinic, cc->who[client]->genesis, team), n_left = 0;
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < CIRCLE_PEOPLE; k++)
			if (k != (int)staff && memcmp(cc->who[k]->genesis, team[i]->genesis, 32) == 0)
				left[n_left++] = cc->who[k];
	assert_int_equal(n_left, n - 1);
	people_set_team(&cc->pp, cc->who[CIRCLE_ADMIN], cc->who[client], left, n_left);
}

void circle_clinic_remove(struct circle_clinic *cc, enum circle_who who)
{
	people_remove(&cc->pp, cc->who[CIRCLE_ADMIN], cc->who[who]);
}

void circle_clinic_identity(const struct circle_clinic *cc, enum circle_who who, struct identity *id)
{
	const struct person *p = person_of(cc, who);
	id->joined = true;
	memcpy(id->genesis, p->genesis, sizeof(id->genesis));
	memcpy(id->pid, p->genesis, sizeof(id->pid));
	memcpy(id->did, p->did, sizeof(id->did));
	memcpy(id->clinic, clinic_id(cc->pp.clinic), sizeof(id->clinic));
	id->device = p->device;
	if (who >= CIRCLE_PEOPLE) {
		memcpy(id->did, cc->more[who - CIRCLE_PEOPLE].did, sizeof(id->did));
		id->device = cc->more[who - CIRCLE_PEOPLE].secret;
	}
	id->role = (uint8_t)clinic_role(cc->pp.clinic, p->genesis);
	memcpy(id->host, "localhost", sizeof("localhost"));
	id->n_epochs = 1;
	id->epochs[0].epoch = 1;
	memcpy(id->epochs[0].seed, p->seed, sizeof(id->epochs[0].seed));
}

void circle_clinic_links(struct circle_clinic *cc, enum circle_who who, circle_clinic_take *take, void *arg)
{
	const uint8_t *reader = person_of(cc, who)->genesis;
	struct link link;
	struct buf bytes;
	buf_init(&bytes, 0);
	for (int i = 0; i < CIRCLE_PEOPLE; i++) {
		const struct person *p = cc->who[i];
		if (!clinic_may_see_chain(cc->pp.clinic, reader, p->genesis))
			continue;
		buf_reset(&bytes);
		assert_int_equal(link_parse(p->link.data, p->link.len, &link), 0);
		assert_int_equal(link_put(&link, p == person_of(cc, who) ? 0 : LINK_WITHOUT_BOXES, &bytes), 0);
		take(arg, p->genesis, 0, bytes.data, bytes.len);
		for (size_t seq = 1; i == CIRCLE_JO && cc->jo && seq < cc->jo->n_links; seq++)
			take(arg, p->genesis, seq, cc->jo->links[seq].data, cc->jo->links[seq].len);
	}
	for (uint64_t seq = 0; seq < cc->pp.n_links; seq++) {
		bool whole = clinic_may_see_inner(cc->pp.clinic, seq, reader);
		buf_reset(&bytes);
		people_link(&cc->pp, seq, &link);
		assert_int_equal(link_put(&link, whole ? 0 : LINK_WITHOUT_INNER, &bytes), 0);
		take(arg, clinic_id(cc->pp.clinic), seq, bytes.data, bytes.len);
	}
	buf_wipe(&bytes);
}
