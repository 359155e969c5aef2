/* offer: which of the integration prompts fit a moment after medicine: one or two, never a pile. A table and a clock;
 * knows no client and no answers. */
#ifndef KAP_CLIENT_CARE_OFFER_H
#define KAP_CLIENT_CARE_OFFER_H

#include <stddef.h>
#include <stdint.h>

#define OFFER_MAX 2   /* prompts offered at a time, of all steps together */
#define OFFER_IDS 5   /* in one step */
#define OFFER_STEPS 2 /* that hold at one moment */

/* A part of the time after a dose. */
struct offer_step {
	uint32_t from_h, to_h; /* hours after the dose: from..to, without to */
	unsigned at_once;      /* so many of its prompts are offered at a time */
	unsigned answers;      /* so many answers are enough, 0: there is no enough */
	const char *ids[OFFER_IDS];
};

/* The steps that hold now, at most OFFER_STEPS; *n their number. dose_ms 0: no dose is known, and nothing holds. */
void offer_steps(uint64_t dose_ms, uint64_t now_ms, const struct offer_step *out[OFFER_STEPS], size_t *n);
/* Of a step, what is to be offered when `answered` says of each prompt whether it was answered in the step; at most
 * at_once. Returns how many. */
typedef int offer_answered(void *arg, const char *id);
size_t offer_pick(const struct offer_step *step, offer_answered *answered, void *arg, const char *out[OFFER_MAX]);

/* The phase of something written now that belongs to no prompt, as an entry's field numbers it: 0 free, 2 first, 3
 * days, 4 weeks. */
int offer_phase(uint64_t dose_ms, uint64_t now_ms);

#endif
