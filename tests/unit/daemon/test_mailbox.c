/* test_mailbox: who may fill which slot, how many boxes there may be, when they are gone, and who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/mailbox.h"
#include "proto/err.h"
#include "proto/msg.h"

static uint64_t clock_ms, alarm_ms;
static struct mailbox *m;

static uint64_t now(void)
{
	return clock_ms;
}

static void alarm_in(void *arg, uint64_t in_ms)
{
	assert_ptr_equal(arg, &clock_ms);
	alarm_ms = clock_ms + in_ms;
}

static int setup(void **state)
{
	(void)state;
	clock_ms = 5000;
	alarm_ms = 0;
	return mailbox_new(&(struct mailbox_opts){now, alarm_in, &clock_ms}, &m);
}

static int teardown(void **state)
{
	(void)state;
	mailbox_free(m);
	return 0;
}

/* A letter from device number `by` of person number `of` (0: a guest). */
static int put(unsigned box, uint8_t slot, uint8_t by, uint8_t of, const char *text)
{
	uint8_t id[16] = {(uint8_t)(box >> 8), (uint8_t)box}, tls[32], pid[16];

	memset(tls, by, sizeof tls);
	memset(pid, of, sizeof pid);
	return mailbox_put(m, &(struct mailbox_letter){.box = id,
	                                               .slot = slot,
	                                               .tls = tls,
	                                               .pid = of ? pid : NULL,
	                                               .bytes = (const uint8_t *)text,
	                                               .len = strlen(text)});
}

static void holds(unsigned box, uint8_t slot, const char *text)
{
	uint8_t id[16] = {(uint8_t)(box >> 8), (uint8_t)box};
	size_t len;
	const uint8_t *bytes = mailbox_peek(m, id, slot, &len);

	if (text == NULL) {
		assert_null(bytes);
		assert_int_equal(len, 0);
		return;
	}
	assert_non_null(bytes);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(bytes, text, len);
}

static void who_may_fill_what(void **state)
{
	(void)state;
	assert_int_equal(put(1, 1, 7, 1, "early"), ERR_NOT_FOUND);
	assert_int_equal(put(1, 0, 7, 0, "guest"), ERR_GUEST);
	assert_int_equal(put(1, 0, 7, 1, "hello"), 0);
	holds(1, 0, "hello");
	holds(1, 1, NULL);
	holds(2, 0, NULL);
	assert_int_equal(put(1, 0, 9, 0, "guest"), ERR_GUEST);
	assert_int_equal(put(1, 0, 8, 2, "mine"), ERR_EXISTS);
	assert_int_equal(put(1, 0, 8, 1, "my other device"), ERR_EXISTS);
	assert_int_equal(put(1, 1, 9, 0, "answer"), 0);
	assert_int_equal(put(1, 1, 7, 1, "over it"), ERR_EXISTS);
	assert_int_equal(put(1, 1, 10, 0, "over it"), ERR_EXISTS);
	assert_int_equal(put(1, 1, 9, 0, "again"), 0);
	assert_int_equal(put(1, 7, 7, 1, "last"), 0);
	assert_int_equal(put(1, 8, 7, 1, "none"), ERR_RANGE);
	holds(1, 0, "hello");
	holds(1, 1, "again");
	holds(1, 7, "last");
	/* slot 0 again: everything else is gone, and free for others */
	assert_int_equal(put(1, 0, 7, 1, "anew"), 0);
	holds(1, 0, "anew");
	holds(1, 1, NULL);
	holds(1, 7, NULL);
	assert_int_equal(put(1, 1, 10, 0, "other"), 0);
}

static void a_zero_byte_ends_the_box(void **state)
{
	static const uint8_t id[16] = {0, 1}, zero[2], tls[32] = {7}, other[32] = {8}, pid[16] = {1};
	struct mailbox_letter l = {.box = id, .tls = tls, .pid = pid, .bytes = zero, .len = 2};

	(void)state;
	assert_int_equal(mailbox_put(m, &l), 0); /* two are a letter */
	assert_int_equal(put(1, 1, 9, 0, "answer"), 0);
	l.len = 1;
	l.tls = other;
	assert_int_equal(mailbox_put(m, &l), ERR_EXISTS);
	holds(1, 1, "answer");
	l.tls = tls;
	assert_int_equal(mailbox_put(m, &l), 0);
	holds(1, 0, NULL);
	holds(1, 1, NULL);
	assert_int_equal(put(1, 1, 9, 0, "answer"), ERR_NOT_FOUND);
	assert_int_equal(mailbox_put(m, &l), 0); /* there is none: nothing is opened */
	holds(1, 0, NULL);
	assert_int_equal(put(1, 0, 8, 2, "another's now"), 0);
}

static void lengths(void **state)
{
	static const uint8_t big[MSG_SLOT_MAX + 1];
	uint8_t id[16] = {1};
	struct mailbox_letter l = {.box = id, .tls = big, .pid = big, .bytes = big};
	size_t len;

	(void)state;
	assert_int_equal(mailbox_put(m, &l), ERR_RANGE);
	l.len = sizeof big;
	assert_int_equal(mailbox_put(m, &l), ERR_RANGE);
	assert_null(mailbox_peek(m, id, 0, &len));
	l.len = MSG_SLOT_MAX;
	assert_int_equal(mailbox_put(m, &l), 0);
	assert_non_null(mailbox_peek(m, id, 0, &len));
	assert_int_equal(len, MSG_SLOT_MAX);
	assert_null(mailbox_peek(m, id, MSG_SLOTS, &len));
}

static void boxes_of_one_person(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MAILBOX_OF_PERSON; i++)
		assert_int_equal(put(i, 0, (uint8_t)(1 + i), 1, "x"), 0);
	assert_int_equal(put(100, 0, 1, 1, "x"), ERR_BUSY);
	holds(100, 0, NULL);
	assert_int_equal(put(100, 0, 2, 2, "x"), 0); /* others have theirs */
	assert_int_equal(put(0, 0, 1, 1, "again"), 0);
	assert_int_equal(put(101, 0, 1, 1, "x"), ERR_BUSY);
	clock_ms += MAILBOX_LIFE_MS;
	assert_int_equal(put(101, 0, 1, 1, "x"), 0);
}

static void boxes_in_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MAILBOX_BOXES; i++)
		assert_int_equal(put(i, 0, 1, (uint8_t)(1 + i / MAILBOX_OF_PERSON), "x"), 0);
	assert_int_equal(put(MAILBOX_BOXES, 0, 1, 200, "x"), ERR_BUSY);
	holds(MAILBOX_BOXES, 0, NULL);
	holds(0, 0, "x");
	holds(MAILBOX_BOXES - 1, 0, "x");
	clock_ms += MAILBOX_LIFE_MS;
	assert_int_equal(put(MAILBOX_BOXES, 0, 1, 200, "x"), 0);
	holds(0, 0, NULL);
}

static void life(void **state)
{
	(void)state;
	assert_int_equal(put(1, 0, 7, 1, "x"), 0);
	assert_int_equal(alarm_ms, clock_ms + MAILBOX_LIFE_MS);
	clock_ms += MAILBOX_LIFE_MS - 1;
	assert_int_equal(put(1, 1, 8, 0, "y"), 0); /* another slot buys no time */
	holds(1, 0, "x");
	clock_ms += 1;
	holds(1, 0, NULL);
	holds(1, 1, NULL);
	assert_int_equal(put(1, 2, 8, 0, "y"), ERR_NOT_FOUND);
	assert_int_equal(put(1, 0, 8, 2, "another's now"), 0);
	clock_ms += MAILBOX_LIFE_MS - 1;
	assert_int_equal(put(1, 0, 8, 2, "anew"), 0);
	clock_ms += MAILBOX_LIFE_MS - 1;
	holds(1, 0, "anew");
	clock_ms += 1;
	mailbox_tend(m);
	holds(1, 0, NULL);
}

/* --- waiting --- */

struct waiter {
	struct mailbox_wait wait;
	unsigned told;
	char text[16];        /* "" when the time was over */
	struct waiter *takes; /* whose connection goes with this answer */
};

static void ended(struct mailbox_wait *w, const uint8_t *bytes, size_t len)
{
	struct waiter *me = (struct waiter *)(void *)w;

	me->told++;
	assert_true(len < sizeof me->text);
	if (len > 0)
		memcpy(me->text, bytes, len);
	if (me->takes != NULL)
		mailbox_forget(&me->takes->wait);
}

static void wait_for(struct waiter *w, unsigned box, uint8_t slot, uint64_t ms)
{
	struct waiter *takes = w->takes;

	memset(w, 0, sizeof *w);
	w->takes = takes;
	w->wait.box[0] = (uint8_t)(box >> 8);
	w->wait.box[1] = (uint8_t)box;
	w->wait.slot = slot;
	w->wait.ms = ms;
	w->wait.end = ended;
	mailbox_wait(m, &w->wait);
}

static void told_when_it_is_there(void **state)
{
	struct waiter a = {0}, b = {0}, other_slot = {0}, other_box = {0};

	(void)state;
	wait_for(&a, 1, 1, 25000);
	wait_for(&b, 1, 1, 10);
	wait_for(&other_slot, 1, 2, 25000);
	wait_for(&other_box, 2, 1, 25000);
	assert_int_equal(alarm_ms, clock_ms + 10);
	assert_int_equal(put(1, 0, 7, 1, "x"), 0);
	assert_int_equal(a.told + b.told, 0);
	assert_int_equal(put(1, 1, 8, 0, "there"), 0);
	assert_int_equal(a.told, 1);
	assert_int_equal(b.told, 1);
	assert_string_equal(a.text, "there");
	assert_string_equal(b.text, "there");
	assert_int_equal(put(1, 1, 8, 0, "more"), 0);
	assert_int_equal(a.told, 1);
	assert_int_equal(other_slot.told + other_box.told, 0);
	mailbox_forget(&other_slot.wait);
	mailbox_forget(&other_slot.wait);
	mailbox_forget(&other_box.wait);
	mailbox_forget(&a.wait);
}

static void told_when_it_is_over(void **state)
{
	struct waiter a = {0}, b = {0};

	(void)state;
	wait_for(&a, 1, 0, 1000);
	wait_for(&b, 1, 0, 2000);
	assert_int_equal(alarm_ms, clock_ms + 1000);
	clock_ms += 999;
	mailbox_tend(m);
	assert_int_equal(a.told + b.told, 0);
	assert_int_equal(alarm_ms, clock_ms + 1);
	clock_ms += 1;
	mailbox_tend(m);
	assert_int_equal(a.told, 1);
	assert_string_equal(a.text, "");
	assert_int_equal(b.told, 0);
	assert_int_equal(alarm_ms, clock_ms + 1000);
	clock_ms += 5000;
	mailbox_tend(m);
	assert_int_equal(b.told, 1);
}

/* An answer may end a connection, and with it other waits, those about to be told among them. */
static void one_answer_ends_another_wait(void **state)
{
	struct waiter a = {0}, b = {0};

	(void)state;
	a.takes = &b;
	b.takes = &a;
	wait_for(&a, 1, 0, 1000);
	wait_for(&b, 1, 0, 1000);
	assert_int_equal(put(1, 0, 7, 1, "x"), 0);
	assert_int_equal(a.told + b.told, 1);
	wait_for(&a, 1, 1, 1000);
	wait_for(&b, 1, 1, 1000);
	clock_ms += 1000;
	mailbox_tend(m);
	assert_int_equal(a.told + b.told, 1);
	mailbox_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(who_may_fill_what, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_zero_byte_ends_the_box, setup, teardown),
	    cmocka_unit_test_setup_teardown(lengths, setup, teardown),
	    cmocka_unit_test_setup_teardown(boxes_of_one_person, setup, teardown),
	    cmocka_unit_test_setup_teardown(boxes_in_all, setup, teardown),
	    cmocka_unit_test_setup_teardown(life, setup, teardown),
	    cmocka_unit_test_setup_teardown(told_when_it_is_there, setup, teardown),
	    cmocka_unit_test_setup_teardown(told_when_it_is_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_answer_ends_another_wait, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
