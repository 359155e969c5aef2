/* fuzz_clinic: a clinic's chain as a list of steps, each put in its right place, so that the rules themselves are
 * reached. A refused link leaves the clinic as it was; whatever is accepted, it stays a clinic: an admin, teams of
 * active staff with active clients, relations both ways, everything found where it says it is.
 *
 *     step = type, who signs (person's number; +128: inner part withheld), u16 length, inner part
 *     A person's number is the first byte of a genesis. The time is the number of the step in days. */
#include <string.h>

#include "proto/buf.h"
#include "proto/clinic.h"
#include "proto/crypto.h"
#include "proto/device.h"
#include "proto/epoch.h"
#include "proto/invite.h"
#include "proto/keychain.h"
#include "proto/link.h"
#include "tests/fuzz/fuzz.h"

#define PEOPLE 8
#define STEPS_MAX 200
#define DAY UINT64_C(86400000)

static struct keychain *people[PEOPLE];
static struct invite_keys codes[PEOPLE];

static const struct keychain *find(void *arg, const uint8_t genesis[KEYCHAIN_GENESIS])
{
	(void)arg;
	return genesis[0] < PEOPLE ? people[genesis[0]] : NULL;
}

/* Keys follow from the number alone, so that an input means the same in every run. */
static int make_person(uint8_t number)
{
	char name[] = {'p', (char)('0' + number)};
	struct device_secret device, recovery;
	struct keychain_opts o = {.device = &device, .recovery = &recovery, .seed = codes[number].key};
	struct buf b;
	int err;

	memset(&device, 1 + number, sizeof device);
	device.sign[0] ^= 0x40;
	device.seal[0] ^= 0x80;
	if (device_from_recovery(name, sizeof name, &recovery) || invite_derive(name, sizeof name, &codes[number]))
		return -1;
	o.invite_seed = codes[number].seed;
	buf_init(&b, 0);
	err = keychain_create(&o, &b);
	if (!err)
		err = keychain_new(b.data, b.len, &people[number]);
	buf_wipe(&b);
	return err;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (crypto_init())
		return -1;
	for (uint8_t i = 0; i < PEOPLE; i++)
		if (make_person(i))
			return -1;
	return 0;
}

static void check_pair(const struct clinic *c, const struct clinic_member *a, const struct clinic_member *b)
{
	bool team = clinic_on_team(c, a->genesis, b->genesis);

	FUZZ_CHECK(clinic_related(c, a->genesis, b->genesis) == clinic_related(c, b->genesis, a->genesis));
	if (!team)
		return;
	FUZZ_CHECK(a->active && b->active && role_is_staff(a->role) && b->role == ROLE_CLIENT);
	FUZZ_CHECK(clinic_related(c, a->genesis, b->genesis) && clinic_may_see_chain(c, a->genesis, b->genesis));
	FUZZ_CHECK(clinic_may_see_inner(c, b->joined_seq, a->genesis));
}

static void check_clinic(const struct clinic *c)
{
	const struct clinic_member *team[CLINIC_TEAM_MAX];
	struct clinic_head head;
	size_t admins = 0;
	uint64_t seq;

	FUZZ_CHECK(clinic_head(c, &head) && memcmp(clinic_hash_at(c, head.seq), head.hash, CRYPTO_HASH) == 0);
	for (size_t i = 0; i < clinic_members(c); i++) {
		const struct clinic_member *m = clinic_member_at(c, i);

		FUZZ_CHECK(clinic_member(c, m->genesis) == m && role_is_member(m->role) && m->joined_seq <= head.seq);
		admins += m->active && m->role == ROLE_ADMIN;
		for (size_t j = 0; j < clinic_members(c); j++)
			check_pair(c, m, clinic_member_at(c, j));
		FUZZ_CHECK(clinic_team(c, m->genesis, team) <= CLINIC_TEAM_MAX);
		FUZZ_CHECK((clinic_about(c, m->genesis, &seq) == 0) == (m->role == ROLE_CLIENT));
		(void)clinic_missing(c, m->genesis, 0, &seq);
	}
	FUZZ_CHECK(admins > 0);
	for (size_t i = 0; i < clinic_invites(c); i++) {
		const struct clinic_invite *v = clinic_invite_at(c, i);

		FUZZ_CHECK(clinic_invite(c, v->seq) == v && clinic_invite_by_key(c, v->key) == v);
		FUZZ_CHECK(v->used == (v->joined != NULL) && (v->n_staff > 0) == (v->role == ROLE_CLIENT));
	}
}

struct input {
	const uint8_t *at;
	size_t left;
};

/* Makes the next step a link in its right place. False at the end. */
static bool next_link(struct input *in, const struct clinic *c, struct link *l)
{
	uint8_t number;
	struct clinic_head head;
	size_t len;

	if (in->left < 4)
		return false;
	*l = (struct link){.type = in->at[0]};
	number = in->at[1] % PEOPLE;
	len = (size_t)(in->at[2] << 8 | in->at[3]);
	if (len > in->left - 4)
		return false;
	if ((in->at[1] & 128) == 0) {
		l->inner = in->at + 4;
		l->inner_len = len;
	}
	if (clinic_head(c, &head)) {
		memcpy(l->chain, clinic_id(c), CRYPTO_HASH);
		memcpy(l->prev, head.hash, CRYPTO_HASH);
		l->seq = head.seq + 1;
	}
	l->time_ms = l->seq * DAY;
	memcpy(l->signer, (l->type & 127) == CLINIC_JOIN ? codes[number].public : keychain_first_did(people[number]),
	       LINK_SIGNER);
	FUZZ_CHECK(crypto_sha256(&(struct crypto_bytes){in->at, len + 4}, 1, l->hash) == 0);
	l->hash[0] ^= (uint8_t)l->seq;
	in->at += 4 + len;
	in->left -= 4 + len;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct clinic *c;
	struct link l;

	FUZZ_CHECK(clinic_new(&(struct clinic_lookup){find, NULL}, &c) == 0);
	for (int i = 0; i < STEPS_MAX && next_link(&in, c, &l); i++) {
		size_t members = clinic_members(c), invites = clinic_invites(c);
		int err = clinic_replay(c, &l);

		FUZZ_CHECK((clinic_hash_at(c, l.seq) != NULL) == (err == 0));
		FUZZ_CHECK(!err || (clinic_members(c) == members && clinic_invites(c) == invites));
		if (clinic_id(c) != NULL)
			check_clinic(c);
	}
	clinic_free(c);
	return 0;
}
