/* fuzz_packet: invitation packets that the right code has sealed, with any plain text inside. What opens can be sealed
 * again and opens as the same. */
#include <string.h>

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"
#include "proto/label.h"
#include "tests/fuzz/fuzz.h"

static struct invite_keys keys;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init() || invite_derive("0123456789ABCDEFGHJKMNPQRS", 26, &keys);
}

static void check_opened(const struct invite_packet *packet)
{
	static struct invite_packet again;
	struct buf b;

	FUZZ_CHECK(role_is_member(packet->role) && packet->n_team <= INVITE_TEAM_MAX);
	FUZZ_CHECK((packet->kind == INVITE_FOUNDING) == (packet->n_team == 0));
	for (size_t i = 0; i < packet->n_team; i++)
		FUZZ_CHECK(role_is_staff(packet->team[i].role) && packet->team[i].name[0] != '\0');
	buf_init(&b, 0);
	FUZZ_CHECK(invite_seal(&keys, packet, &b) == 0);
	FUZZ_CHECK(invite_open(&keys, b.data, b.len, &again) == 0);
	FUZZ_CHECK(memcmp(packet, &again, sizeof again) == 0);
	buf_wipe(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nonce[CRYPTO_NONCE];
	const struct crypto_bytes aad[] = {{LABEL_PREFIX LABEL_PACKET, sizeof LABEL_PREFIX LABEL_PACKET},
	                                   {keys.id, sizeof keys.id}};
	static struct invite_packet packet;
	uint8_t *room;
	struct buf b;

	FUZZ_CHECK(invite_open(&keys, data, size, &packet) != 0);
	buf_init(&b, 0);
	buf_put(&b, nonce, sizeof nonce);
	room = buf_reserve(&b, size + CRYPTO_TAG);
	if (room != NULL && crypto_seal(keys.key, nonce, aad, 2, data, size, room) == 0 &&
	    invite_open(&keys, b.data, b.len, &packet) == 0)
		check_opened(&packet);
	buf_wipe(&b);
	return 0;
}
