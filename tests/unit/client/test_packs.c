/* Packs: what a clinic may add, what is refused and with which words, and where it is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/packs.h"
#include "client/care/measures.h"
#include "client/book/measures_pack.h"
#include "client/care/measures_score.h"
#include "client/ui/why.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/scratch_vault.h"

#define HEAD                                                                                                           \
	"{\"kap-pack\":1,\"version\":1,\"licence\":\"ours\",\"attribution\":\"Meadow Clinic\",\"permission\":\"ours\","    \
	"\"source\":\"2026\",\"about\":\"walking\",\"window\":\"the last 7 days\","
#define WALK HEAD "\"id\":\"walk\",\"name\":\"Walk\",\"scorer\":\"sum\",\"items\":[\"one\",\"two\"],"
#define ANSWERS "\"answers\":[\"never\",\"often\",\"always\"]"
#define GOOD WALK ANSWERS "}"
#define FIVE "\"items\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"answers\":[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\"]"

static int parse(const char *text, struct measures_pack **pack, struct why *why)
{
	return measures_pack_parse(text, strlen(text), pack, why);
}

static void test_good(void **state)
{
	struct measures_pack *pack = NULL;
	struct measures_score s;
	struct why why;
	(void)state;
	assert_int_equal(parse(GOOD, &pack, &why), 0);
	const struct measures_instrument *m = measures_pack_peek(pack);
	assert_string_equal(m->id, "walk");
	assert_string_equal(measures_word(m, 2, 2), "always");
	assert_int_equal(measures_score(m, (const int[]){2, 1}, 2, &s), 0);
	assert_int_equal(s.total, 3);
	assert_int_equal(measures_highest(m), 4);
	assert_string_equal(measures_pack_permission(pack), "ours");
	measures_pack_free(pack);
	/* answers that begin with 1, and bands */
	assert_int_equal(parse(WALK ANSWERS ",\"least\":1,\"bands\":[[2,\"low\"],[5,\"high\"]]}", &pack, &why), 0);
	m = measures_pack_peek(pack);
	assert_int_equal(measures_lowest(m), 2);
	assert_int_equal(measures_highest(m), 6);
	assert_string_equal(measures_band(m, 4), "low");
	assert_string_equal(measures_band(m, 5), "high");
	measures_pack_free(pack);
	/* a rule that is built in */
	assert_int_equal(parse(HEAD "\"id\":\"who5\",\"name\":\"WHO-5\",\"scorer\":\"who5\"," FIVE "}", &pack, &why), 0);
	m = measures_pack_peek(pack);
	assert_int_equal(measures_score(m, (const int[]){3, 3, 2, 2, 2}, 5, &s), 0);
	assert_int_equal(s.total, 48);
	measures_pack_free(pack);
	/* answers that are not added up */
	assert_int_equal(parse(HEAD "\"id\":\"cssrs\",\"name\":\"C-SSRS\",\"scorer\":\"none\",\"items\":[\"a\"],"
	                            "\"answers\":[\"no\",\"yes\"]}",
	                       &pack, &why),
	                 0);
	assert_int_equal(measures_score(measures_pack_peek(pack), (const int[]){1}, 1, &s), 0);
	assert_true(s.complete && !s.has_total);
	measures_pack_free(pack);
}

static const struct bad_row {
	const char *text;
	int err;
	const char *says;
} bad_rows[] = {
    {"", ERR_SHAPE, "not a JSON object"},
    {"[1]", ERR_SHAPE, "not a JSON object"},
    {"{\"kap-pack\":2}", ERR_RANGE, "\"kap-pack\" must be a whole number from 1 to 1."},
    {"{}", ERR_RANGE, "\"kap-pack\" must be"},
    {WALK ANSWERS ",\"formula\":\"x\"}", ERR_SHAPE, "There is no field \"formula\" in a pack."},
    {WALK ANSWERS ",\"id\":\"twice\"}", ERR_SHAPE, "not a JSON object"},
    {"{\"kap-pack\":1,\"version\":1,\"id\":\"walk\",\"name\":\"W\",\"attribution\":\"a\"}", ERR_SHAPE,
     "\"licence\" is missing, or is not a text."},
    {"{\"kap-pack\":1,\"version\":1,\"id\":\"walk\",\"name\":\"W\",\"licence\":\"l\"}", ERR_SHAPE,
     "\"attribution\" is missing, or is not a text."},
    {"{\"kap-pack\":1,\"version\":1,\"id\":\"walk\",\"name\":\"W\",\"licence\":\"l\",\"attribution\":\"a\","
     "\"source\":\"s\",\"about\":\"b\",\"window\":\"w\"}",
     ERR_SHAPE, "\"permission\" is missing, or is not a text."},
    {"{\"kap-pack\":1,\"id\":\"walk\",\"name\":\"W\\u001b[2J\"}", ERR_SHAPE, "\"name\" has control characters"},
    {"{\"kap-pack\":1,\"id\":\"walk\",\"name\":\"W\\nX\"}", ERR_SHAPE, "\"name\" has control characters"},
    {"{\"kap-pack\":1,\"id\":\"walk\",\"name\":\"W\\u0000X\"}", ERR_SHAPE, "not a JSON object"},
    {"{\"kap-pack\":1,\"id\":\"a123456789012345678901234567890123\"}", ERR_TOO_BIG,
     "\"id\" has 34 characters; at most 32 are allowed."},
    {HEAD "\"id\":\"Walk!\",\"name\":\"W\"}", ERR_SHAPE, "\"id\" is made of a-z, 0-9 and -"},
    {HEAD "\"id\":\"phq9\",\"name\":\"W\"}", ERR_EXISTS, "PHQ-9 is built in. A pack cannot take its place."},
    {HEAD "\"id\":\"phq-9\",\"name\":\"W\"}", ERR_EXISTS, "PHQ-9 is built in."},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"items\":[]}", ERR_SHAPE, "\"items\" must be a list of 1 to 64 texts."},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"items\":[7]}", ERR_SHAPE, "\"items, number 1\" is missing"},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"items\":[\"a\"],\"answers\":[\"x\"]}", ERR_SHAPE,
     "\"answers\" must be a list of 2 to 11 texts."},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"items\":[\"a\"],\"least\":2," ANSWERS "}", ERR_RANGE,
     "\"least\" must be a whole number from 0 to 1."},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"items\":[\"a\"]," ANSWERS "}", ERR_SHAPE,
     "\"scorer\" must be who5, isi, sum or none."},
    {HEAD "\"id\":\"w\",\"name\":\"W\",\"scorer\":\"who5\",\"items\":[\"a\"]," ANSWERS "}", ERR_SHAPE,
     "\"scorer\" who5 is for the id who5 alone."},
    {HEAD "\"id\":\"who5\",\"name\":\"W\",\"scorer\":\"sum\"," FIVE "}", ERR_SHAPE, "\"scorer\" must be who5."},
    {HEAD "\"id\":\"who5\",\"name\":\"W\",\"scorer\":\"who5\"," FIVE ",\"least\":1}", ERR_RANGE,
     "Answers of WHO-5 go from 0 to 5; those of the pack from 1 to 6."},
    {HEAD "\"id\":\"who5\",\"name\":\"W\",\"scorer\":\"who5\",\"items\":[\"a\"]," ANSWERS "}", ERR_RANGE,
     "WHO-5 has 5 questions; the pack has 1."},
    {HEAD "\"id\":\"cssrs\",\"name\":\"C\",\"scorer\":\"sum\",\"items\":[\"a\"]," ANSWERS "}", ERR_SHAPE,
     "are not added up"},
    {HEAD "\"id\":\"c\",\"name\":\"C-SSRS\",\"scorer\":\"sum\",\"items\":[\"a\"]," ANSWERS "}", ERR_SHAPE,
     "Answers of C-SSRS are not added up: \"scorer\" must be none."},
    {WALK ANSWERS ",\"bands\":[[5,\"a\"],[5,\"b\"]]}", ERR_RANGE, "\"bands\" must rise"},
    {WALK ANSWERS ",\"bands\":[7]}", ERR_SHAPE, "a pair [lowest total, words]"},
    {WALK ANSWERS ",\"bands\":[[1,\"a\"],[2,\"a\"],[3,\"a\"],[4,\"a\"],[5,\"a\"],[6,\"a\"]]}", ERR_SHAPE,
     "at most 5 pairs"},
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		struct measures_pack *pack = NULL;
		struct why why;
		int err = parse(bad_rows[i].text, &pack, &why);
		if (err != bad_rows[i].err || !strstr(why.text, bad_rows[i].says))
			fail_msg("%s\ngave %d: %s", bad_rows[i].text, err, why.text);
		assert_null(pack);
	}
}

static void test_bad_bytes(void **state)
{
	struct measures_pack *pack = NULL;
	struct why why;
	(void)state;
	assert_int_equal(measures_pack_parse("{\"\xff\":1}", 7, &pack, &why), ERR_UTF8);
	assert_string_equal(why.text, "The pack is not valid UTF-8 text.");
	char *big = calloc(1, MEASURES_PACK_MAX + 2);
	memset(big, ' ', MEASURES_PACK_MAX + 1);
	memcpy(big, GOOD, strlen(GOOD));
	assert_int_equal(measures_pack_parse(big, MEASURES_PACK_MAX + 1, &pack, &why), ERR_TOO_BIG);
	assert_string_equal(why.text, "A pack has at most 64 KiB.");
	assert_int_equal(measures_pack_parse(big, MEASURES_PACK_MAX, &pack, &why), 0);
	measures_pack_free(pack);
	free(big);
}

static void test_kept(void **state)
{
	struct scratch_vault at;
	struct packs *packs = NULL;
	struct why why;
	(void)state;
	scratch_vault_open(&at);
	assert_int_equal(packs_put(at.txn, GOOD, strlen(GOOD), &why), 0);
	const char *who5 = HEAD "\"id\":\"who5\",\"name\":\"WHO-5\",\"scorer\":\"who5\"," FIVE "}";
	assert_int_equal(packs_put(at.txn, who5, strlen(who5), &why), 0);
	scratch_vault_commit(&at);
	assert_int_equal(packs_put(at.txn, "{}", 2, &why), ERR_RANGE);
	scratch_vault_abort(&at);
	assert_int_equal(packs_load(at.vault, &packs), 0);
	assert_non_null(packs_find(packs, "walk"));
	assert_true(measures_has_text(packs_find(packs, "WHO-5")));
	assert_false(measures_has_text(packs_find(packs, "isi")));
	assert_null(packs_find(packs, "nowhere"));
	assert_string_equal(packs_permission(packs, packs_find(packs, "walk")), "ours");
	assert_null(packs_permission(packs, packs_find(packs, "phq9")));
	size_t n = 0, walks = 0;
	for (; packs_at(packs, n); n++)
		walks += strcmp(packs_at(packs, n)->id, "walk") == 0;
	assert_int_equal(walks, 1);
	assert_int_equal(n, 8);
	packs_free(packs);
	scratch_vault_close(&at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_bad_bytes),
	    cmocka_unit_test(test_kept),
	};
	assert_int_equal(crypto_init(), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
