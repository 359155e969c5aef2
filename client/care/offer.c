/* offer: see offer.h. Before a session it is the therapist who asks; boundaries, relationships and old wounds come up
 * only when somebody picks them. */
#include "offer.h"

#define HOUR_MS 3600000
#define DAY 24

static const struct offer_step steps[] = {
    {0, DAY, 2, 0, {"first-01", "first-02", "first-03", "first-04", "first-05"}},
    {DAY, 3 * DAY, 1, 1, {"days-01", "days-02"}},
    {3 * DAY, 7 * DAY, 1, 1, {"days-03", "days-05"}},
    {7 * DAY, 14 * DAY, 1, 1, {"weeks-01"}},
    {14 * DAY, 21 * DAY, 1, 1, {"weeks-02"}},
    {21 * DAY, 28 * DAY, 1, 1, {"weeks-03"}},
    {28 * DAY, 35 * DAY, 1, 1, {"weeks-04"}},
    {35 * DAY, 42 * DAY, 1, 1, {"weeks-05"}},
    {30 * DAY, 60 * DAY, 1, 1, {"mean-01"}},
    {60 * DAY, 90 * DAY, 1, 1, {"mean-02"}},
    {90 * DAY, 120 * DAY, 1, 1, {"mean-03"}},
};

static uint64_t hours_since(uint64_t dose_ms, uint64_t now_ms)
{
	return now_ms > dose_ms ? (now_ms - dose_ms) / HOUR_MS : 0;
}

void offer_steps(uint64_t dose_ms, uint64_t now_ms, const struct offer_step *out[OFFER_STEPS], size_t *n)
{
	uint64_t hours = hours_since(dose_ms, now_ms);
	*n = 0;
	for (size_t i = 0; dose_ms && i < sizeof(steps) / sizeof(steps[0]) && *n < OFFER_STEPS; i++)
		if (hours >= steps[i].from_h && hours < steps[i].to_h)
			out[(*n)++] = &steps[i];
}

size_t offer_pick(const struct offer_step *step, offer_answered *answered, void *arg, const char *out[OFFER_MAX])
{
	unsigned done = 0;
	size_t n = 0;
	for (size_t i = 0; i < OFFER_IDS && step->ids[i]; i++) {
		if (answered(arg, step->ids[i]))
			done++;
		else if (n < step->at_once && n < OFFER_MAX)
			out[n++] = step->ids[i];
	}
	return step->answers && done >= step->answers ? 0 : n;
}

int offer_phase(uint64_t dose_ms, uint64_t now_ms)
{
	uint64_t hours = hours_since(dose_ms, now_ms);
	if (!dose_ms)
		return 0;
	return hours < DAY ? 2 : hours < 7 * DAY ? 3 : 4;
}
