/* msg_sent: see msg_sent.h. */
#include "msg_sent.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/ui/out.h"

#include "client/cmd/desk.h"

#define WORDS_MAX 600
#define MOMENT_NS 800000000

/* "Sent to Dr. Osei. Stored 10:11 am. Delivered 10:11 am. Not opened yet." */
static void say_sent(struct desk *d, const struct book_item *item, const struct book_reader *reader)
{
	char stored[WHEN_TEXT], delivered[WHEN_TEXT], opened[WHEN_TEXT], words[WORDS_MAX];
	const struct person *person = reader->person;
	if (!book_head(item)->stored_ms)
		return;
	size_t at = (size_t)snprintf(words, sizeof(words), "Sent to %.320s%s Stored %s.", person->name,
	                             person->name[strlen(person->name) - 1] == '.' ? "" : ".",
	                             desk_time(d, book_head(item)->stored_ms, stored));
	if (reader->delivered_ms)
		at += (size_t)snprintf(words + at, sizeof(words) - at, " Delivered %s.",
		                       desk_time(d, reader->delivered_ms, delivered));
	else
		at += (size_t)snprintf(words + at, sizeof(words) - at, " Not delivered yet.");
	if (reader->opened_ms)
		snprintf(words + at, sizeof(words) - at, " Opened %s.", desk_time(d, reader->opened_ms, opened));
	else if (reader->delivered_ms)
		snprintf(words + at, sizeof(words) - at, " Not opened yet.");
	out_say(d->kap->out, "%s", words);
}

/* The book anew: it knows what the server said since. */
void msg_sent_say(struct desk *d, const uint8_t ref[32], bool waits)
{
	static const struct timespec moment = {.tv_nsec = MOMENT_NS};
	struct desk now;
	if (waits && !nanosleep(&moment, NULL))
		(void)desk_send(d);
	if (desk_open(d->kap, &now))
		return;
	const struct book_item *item = book_by_ref(now.book, ref);
	if (item)
		out_int(d->kap->out, "number", NULL, item->number);
	for (size_t i = 0; item && i < item->n_readers; i++)
		say_sent(&now, item, &item->readers[i]);
	desk_close(&now);
}
