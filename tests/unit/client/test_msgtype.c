/* The table of message types: what every row must be for the rest to hold, and the rules a few of them carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/care/kinds.h"
#include "client/care/msgtype.h"
#include "proto/buf.h"
#include "proto/role.h"

static const struct msgtype *find(const char *name)
{
	return msgtype_find(name, strlen(name));
}

static void test_rows(void **state)
{
	(void)state;
	assert_true(msgtype_count() >= 10);
	for (size_t i = 0; i < msgtype_count(); i++) {
		const struct msgtype *type = msgtype_at(i);
		size_t required = 0;
		assert_ptr_equal(find(type->name), type);
		assert_true(strlen(type->name) <= 32);
		assert_true(type->from && type->to && type->priority <= 2);
		assert_true(!type->ack_when == !type->must_ack);
		/* one more goes into the list of a message than a type has */
		assert_true(type->n_fields >= 1 && type->n_fields < MSGTYPE_FIELDS);
		for (size_t k = 0; k < type->n_fields; k++) {
			const struct msgtype_field *field = &type->fields[k];
			assert_int_equal(msgtype_field_at(type, field->name, strlen(field->name)), k);
			assert_true(strlen(field->name) <= 32 && *field->label && *field->ask);
			assert_string_not_equal(field->name, "item"); /* that is what escalations are found by */
			required += field->required;
		}
		assert_true(required >= 1);
	}
	assert_null(msgtype_at(msgtype_count()));
}

static void test_rules(void **state)
{
	(void)state;
	assert_int_equal(find("safety")->priority, 2);
	assert_true(find("safety")->must_ack);
	assert_int_equal(find("response-concern")->priority, 1);
	assert_int_equal(find("clearance")->from, KINDS_P);
	assert_int_equal(find("order")->from, KINDS_P);
	assert_true(find("med-change")->must_ack);
	assert_true(find("refill")->from & KINDS_C && find("med-change")->from & KINDS_C);
	for (size_t i = 0; i < msgtype_count(); i++) {
		/* nobody is paged for a client, so nothing urgent comes from one */
		assert_false(msgtype_at(i)->priority == 2 && msgtype_at(i)->from & KINDS_C);
		/* messages about a client are not for the office */
		assert_false((msgtype_at(i)->from | msgtype_at(i)->to) & KINDS_A);
	}
}

static void test_look_up(void **state)
{
	(void)state;
	assert_null(find("gossip"));
	assert_null(find(""));
	assert_null(find("safet"));
	assert_null(find("safety "));
	assert_non_null(msgtype_find("safety and more", 6));
	assert_int_equal(msgtype_field_at(find("safety"), "nothing", 7), find("safety")->n_fields);
	assert_int_equal(msgtype_field_at(find("safety"), "saw", 2), find("safety")->n_fields);
}

static void names_are(unsigned role, const char *want)
{
	struct buf names;
	buf_init(&names, 0);
	msgtype_put_names(role, &names);
	buf_put_u8(&names, 0);
	assert_string_equal((const char *)names.data, want);
	buf_wipe(&names);
}

static void test_names(void **state)
{
	(void)state;
	names_are(ROLE_CLIENT, "med-change, refill");
	names_are(ROLE_ADMIN, "");
	names_are(ROLE_PRESCRIBER, "clearance, order, safety, hold, supply-mismatch, limits-exceeded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_look_up),
	    cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
