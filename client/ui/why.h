/* why: a sentence about what went wrong, made where the facts are known and shown where the person is. Knows neither.
 */
#ifndef KAP_CLIENT_UI_WHY_H
#define KAP_CLIENT_UI_WHY_H

/* Empty text: nothing to add to the error's own sentence. */
struct why {
	char text[400];
};

/* Writes the sentence (cut at the end of a character if too long) and returns `err`, so that one can
 * `return why_set(...)`. */
__attribute__((format(printf, 3, 4))) int why_set(struct why *why, int err, const char *fmt, ...);

#endif
