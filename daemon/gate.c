/* gate: see gate.h. A pass stands in one chain: under its address until the device is known to be a member's, then
 * under the device. */
#include "gate.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/err.h"

#define GATE_BUCKETS 1024

struct gate {
	struct gate_limits limits;
	struct gate_counts now;
	struct gate_pass *buckets[GATE_BUCKETS];
};

int gate_new(const struct gate_limits *limits, struct gate **out)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return ERR_NOMEM;
	(*out)->limits = *limits;
	return 0;
}

void gate_free(struct gate *g)
{
	free(g);
}

static struct gate_pass **bucket(struct gate *g, const uint8_t key[17])
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < 17; i++)
		h = (h ^ key[i]) * 16777619u;
	return &g->buckets[h % GATE_BUCKETS];
}

static uint32_t count_key(struct gate *g, const uint8_t key[17])
{
	uint32_t n = 0;

	for (struct gate_pass *p = *bucket(g, key); p != NULL; p = p->next)
		n += memcmp(p->key, key, sizeof p->key) == 0;
	return n;
}

static void link_key(struct gate *g, struct gate_pass *pass, const uint8_t key[17])
{
	struct gate_pass **head = bucket(g, key);

	memcpy(pass->key, key, sizeof pass->key);
	pass->next = *head;
	pass->back = head;
	if (pass->next != NULL)
		pass->next->back = &pass->next;
	*head = pass;
}

static void unlink_key(struct gate_pass *pass)
{
	*pass->back = pass->next;
	if (pass->next != NULL)
		pass->next->back = pass->back;
}

/* IPv4 in the last four bytes; of IPv6 the part that a network hands to one customer. */
static void address_key(const struct sockaddr *from, uint8_t key[17])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;

	memset(key, 0, 17);
	key[0] = 'a';
	if (from->sa_family == AF_INET)
		memcpy(key + 13, &four->sin_addr, 4);
	else if (from->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		memcpy(key + 13, (const uint8_t *)&six->sin6_addr + 12, 4);
	else if (from->sa_family == AF_INET6)
		memcpy(key + 1, &six->sin6_addr, 8);
}

int gate_enter(struct gate *g, struct gate_pass *pass, const struct sockaddr *from)
{
	uint8_t key[17];

	address_key(from, key);
	if (!gate_is_open(g) || count_key(g, key) >= g->limits.per_address)
		return ERR_BUSY;
	link_key(g, pass, key);
	pass->stage = GATE_UNKNOWN;
	g->now.connections++;
	g->now.handshakes++;
	return 0;
}

static void leave_stage(struct gate *g, const struct gate_pass *pass)
{
	if (pass->stage == GATE_UNKNOWN)
		g->now.handshakes--;
	else if (pass->stage == GATE_GUEST)
		g->now.guests--;
}

int gate_greet_guest(struct gate *g, struct gate_pass *pass)
{
	if (g->now.guests >= g->limits.guests)
		return ERR_BUSY;
	leave_stage(g, pass);
	pass->stage = GATE_GUEST;
	g->now.guests++;
	return 0;
}

int gate_greet_member(struct gate *g, struct gate_pass *pass, const uint8_t did[16])
{
	uint8_t key[17] = {'d'};

	memcpy(key + 1, did, 16);
	if (count_key(g, key) >= g->limits.per_device)
		return ERR_BUSY;
	leave_stage(g, pass);
	unlink_key(pass);
	link_key(g, pass, key);
	pass->stage = GATE_MEMBER;
	return 0;
}

void gate_leave(struct gate *g, struct gate_pass *pass)
{
	if (pass->stage == GATE_OUTSIDE)
		return;
	leave_stage(g, pass);
	unlink_key(pass);
	g->now.connections--;
	memset(pass, 0, sizeof *pass);
}

bool gate_is_open(const struct gate *g)
{
	return g->now.connections < g->limits.connections && g->now.handshakes < g->limits.handshakes;
}

struct gate_counts gate_count(const struct gate *g)
{
	return g->now;
}
