/* news: what this device owes others after an exchange: word that their records have arrived, and its person's name to
 * those who have not had it. Queues records through client/book/write.h; sends nothing itself. */
#ifndef KAP_CLIENT_SYNC_NEWS_H
#define KAP_CLIENT_SYNC_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity;
struct news;
struct vault;

int news_new(struct news **out);
void news_free(struct news *n); /* NULL is legal */

/* A record of this author has arrived. Errors stick and come back from news_write_delivered. */
void news_add(struct news *n, const uint8_t author[16], const uint8_t rid[32]);

/* Queues one receipt for each author (more for many records): delivered. Receipts and profiles are not receipted. */
int news_write_delivered(struct news *n, struct vault *vault, const struct identity *id);

/* Queues a profile for everyone related who was not sent one yet. Nothing when there is no one. */
int news_write_profile(struct vault *vault, const struct identity *id);

/* Of an admin whose word about how the clinic can be reached is the newest: queues it for everyone related who has not
 * got it, as names are. */
int news_write_contact(struct vault *vault, const struct identity *id);

/* True if something was written by another process and waits to be sent; `held` is how much stayed pending last time.
 */
bool news_waiting(struct vault *vault, size_t held);

#endif
