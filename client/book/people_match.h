/* people_match: does a typed name mean this person? Knows names as words, and nothing of people. */
#ifndef KAP_CLIENT_BOOK_PEOPLE_MATCH_H
#define KAP_CLIENT_BOOK_PEOPLE_MATCH_H

#include <stdint.h>

/* How well, worst first. */
enum people_match { PEOPLE_NO_MATCH, PEOPLE_BEGINNING, PEOPLE_WORDS, PEOPLE_WHOLE };

/* A name as words: case-folded, NFC, without punctuation, each word ended by one NUL, the last by two. NULL without
 * memory or when `text` is not UTF-8. free() it. */
uint8_t *people_match_words(const char *text);

/* Both from people_match_words. WHOLE: the same words; WORDS: all of `typed` stand in `name` one after the other;
 * BEGINNING: words of `name` one after the other begin with those of `typed`. No words match nothing. */
enum people_match people_match_of(const uint8_t *name, const uint8_t *typed);

#endif
