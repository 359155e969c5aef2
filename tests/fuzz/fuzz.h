/* fuzz: what every fuzz target shares. A target is one file tests/fuzz/fuzz_x.c (it may use proto), or
 * tests/fuzz/LAYER/fuzz_x.c (it may use that layer and those below), with its seeds in tests/fuzz/corpus/fuzz_x/. It
 * knows neither who feeds it, libFuzzer or replay.c, nor in what order. It asserts properties, not only that nothing
 * crashes. */
#ifndef KAP_TESTS_FUZZ_FUZZ_H
#define KAP_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Looks at one input. Returns 0; -1 keeps libFuzzer from adding it to the corpus. Ends the process when a property
 * fails. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target may define it; called once, before the first input. Returns 0. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FUZZ_CHECK(property)                                                                                           \
	do {                                                                                                               \
		if (!(property)) {                                                                                             \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);                              \
			abort();                                                                                                   \
		}                                                                                                              \
	} while (0)

#endif
