/* watch: see watch.h. A fixed table of chains keyed by the first bytes of a pid, which is a hash and so spreads itself.
 */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

#define WATCH_BUCKETS 1024

struct watch {
	struct watch_sub *buckets[WATCH_BUCKETS];
};

static size_t bucket_of(const uint8_t pid[16])
{
	return ((size_t)pid[0] << 8 | pid[1]) % WATCH_BUCKETS;
}

int watch_new(struct watch **out)
{
	*out = calloc(1, sizeof **out);
	return *out != NULL ? 0 : ERR_NOMEM;
}

void watch_free(struct watch *w)
{
	free(w);
}

void watch_add(struct watch *w, struct watch_sub *sub)
{
	struct watch_sub **head = &w->buckets[bucket_of(sub->pid)];

	if (sub->back != NULL)
		return;
	sub->next = *head;
	sub->back = head;
	if (sub->next != NULL)
		sub->next->back = &sub->next;
	*head = sub;
}

void watch_remove(struct watch_sub *sub)
{
	if (sub->back == NULL)
		return;
	*sub->back = sub->next;
	if (sub->next != NULL)
		sub->next->back = sub->back;
	sub->next = NULL;
	sub->back = NULL;
}

bool watch_has(const struct watch *w, const uint8_t pid[16])
{
	const struct watch_sub *sub = w->buckets[bucket_of(pid)];

	while (sub != NULL && memcmp(sub->pid, pid, sizeof sub->pid) != 0)
		sub = sub->next;
	return sub != NULL;
}

/* `next` is read first: waking may end the subscription. Waking may not end another one. */
static void tell(struct watch_sub *sub, struct watch_place *place, uint64_t seq, const uint8_t head[32])
{
	if (place->seq > seq)
		return;
	place->seq = seq;
	memcpy(place->head, head, sizeof place->head);
	place->news = true;
	sub->wake(sub);
}

void watch_notify(struct watch *w, const uint8_t pid[16], uint64_t seq, const uint8_t head[32])
{
	struct watch_sub *next;

	for (struct watch_sub *sub = w->buckets[bucket_of(pid)]; sub != NULL; sub = next) {
		next = sub->next;
		if (memcmp(sub->pid, pid, sizeof sub->pid) == 0)
			tell(sub, &sub->feed, seq, head);
	}
}

void watch_notify_chain(struct watch *w, uint64_t seq, const uint8_t hash[32])
{
	struct watch_sub *next;

	for (size_t i = 0; i < WATCH_BUCKETS; i++) {
		for (struct watch_sub *sub = w->buckets[i]; sub != NULL; sub = next) {
			next = sub->next;
			tell(sub, &sub->chain, seq, hash);
		}
	}
}
