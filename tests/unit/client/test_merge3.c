/* test_merge3: what must come out of single cases, what holds of every merge, and thousands of random texts held
 * against `git merge-file` and `diff3 -m`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/book/merge3.h"
#include "proto/buf.h"
#include "tests/unit/support/scratch.h"

static const struct merge3_marks marks = {"<<<", "===", ">>>"};

static size_t merge(const char *base, const char *a, const char *b, struct buf *out)
{
	size_t conflicts;
	buf_init(out, 0);
	struct merge3_texts texts = {{base, strlen(base)}, {a, strlen(a)}, {b, strlen(b)}};
	assert_int_equal(merge3(&texts, &marks, out, &conflicts), 0);
	buf_put_u8(out, 0);
	assert_int_equal(buf_err(out), 0);
	return conflicts;
}

static void cases(void **state)
{
	static const struct {
		const char *base, *a, *b, *out;
		size_t conflicts;
	} rows[] = {
	    {"", "", "", "", 0},
	    {"a", "a", "a", "a", 0},
	    {"a\nb\nc", "X\nb\nc", "a\nb\nY", "X\nb\nY", 0},
	    {"a\nb\nc\n", "a\nb\nc\n", "a\nc\n", "a\nc\n", 0},
	    {"a\nb\nc\n", "a\nb\n1\nc\n", "0\na\nb\nc\n", "0\na\nb\n1\nc\n", 0},
	    {"a\nb\nc", "a\nX\nc", "a\nX\nc", "a\nX\nc", 0},
	    {"a\nb\nc", "a\nX\nc", "a\nY\nc", "a\n<<<\nX\n===\nY\n>>>\nc", 1},
	    {"a\nb\nc", "a\nX\nc", "a\nc", "a\n<<<\nX\n===\n>>>\nc", 1},
	    /* neighbours are one place */
	    {"a\nb\nc\nd", "a\nX\nc\nd", "a\nb\nY\nd", "a\n<<<\nX\nc\n===\nb\nY\n>>>\nd", 1},
	    /* what both sides of it share stands outside */
	    {"a\nz", "a\nb\nX\nc\nz", "a\nb\nY\nc\nz", "a\nb\n<<<\nX\n===\nY\n>>>\nc\nz", 1},
	    {"a\nb\nc\nd\ne", "X\nb\nc\nd\n1", "Y\nb\nc\nd\n2", "<<<\nX\n===\nY\n>>>\nb\nc\nd\n<<<\n1\n===\n2\n>>>", 2},
	    /* nothing in common */
	    {"", "one", "two", "<<<\none\n===\ntwo\n>>>", 1},
	    {"", "same\ntwo", "same\ntwo", "same\ntwo", 0},
	    {"x", "", "x", "", 0},
	    {"x", "", "y", "<<<\n\n===\ny\n>>>", 1},
	    /* the end of the text is a line like others */
	    {"a", "a\n", "a", "a\n", 0},
	    {"a\n", "a\nb", "a\n", "a\nb", 0},
	    {"a\n\nb", "a\n\nb\n\nc", "0\n\na\n\nb", "0\n\na\n\nb\n\nc", 0},
	};
	struct buf out;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = merge(rows[i].base, rows[i].a, rows[i].b, &out);
		if (n != rows[i].conflicts || strcmp((const char *)out.data, rows[i].out) != 0)
			fail_msg("row %zu: %zu conflicts, %s", i, n, (const char *)out.data);
		buf_wipe(&out);
	}
}

/* --- random texts --- */

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed % n);
}

#define LINES 400
#define TEXT (LINES * 12)

struct text {
	unsigned lines[LINES], n;
	char text[TEXT];
};

static unsigned fresh;

static void write_out(struct text *t)
{
	char *at = t->text;
	for (unsigned i = 0; i < t->n; i++)
		at += sprintf(at, "line %u\n", t->lines[i]);
	*at = '\0';
}

/* kinds 0: every new line is one that was nowhere before; else one of so many, so that lines repeat. */
static unsigned new_line(unsigned kinds)
{
	return kinds ? below(kinds) : 1000 + fresh++;
}

static void make(struct text *t, unsigned n, unsigned kinds)
{
	for (t->n = 0; t->n < n; t->n++)
		t->lines[t->n] = new_line(kinds);
	write_out(t);
}

static void edit(const struct text *from, struct text *to, unsigned edits, unsigned kinds)
{
	*to = *from;
	while (edits--) {
		unsigned what = below(3), at = below(to->n + 1);
		if (what == 0 && to->n < LINES) {
			memmove(&to->lines[at + 1], &to->lines[at], (to->n - at) * sizeof(to->lines[0]));
			to->lines[at] = new_line(kinds);
			to->n++;
		} else if (at < to->n && what == 1) {
			memmove(&to->lines[at], &to->lines[at + 1], (to->n - at - 1) * sizeof(to->lines[0]));
			to->n--;
		} else if (at < to->n) {
			to->lines[at] = new_line(kinds);
		}
	}
	write_out(to);
}

/* Of every merge, however lines repeat. */
static void what_always_holds(void **state)
{
	static struct text base, a, b;
	struct buf ab, ba, out;
	(void)state;
	seed = 42;
	for (unsigned i = 0; i < 4000; i++) {
		unsigned kinds = below(3) ? 1 + below(8) : 0;
		make(&base, below(30), kinds);
		edit(&base, &a, below(8), kinds);
		edit(&base, &b, below(8), kinds);
		assert_int_equal(merge(base.text, a.text, base.text, &out), 0);
		assert_string_equal((const char *)out.data, a.text);
		buf_wipe(&out);
		assert_int_equal(merge(base.text, base.text, b.text, &out), 0);
		assert_string_equal((const char *)out.data, b.text);
		buf_wipe(&out);
		assert_int_equal(merge(base.text, a.text, a.text, &out), 0);
		assert_string_equal((const char *)out.data, a.text);
		buf_wipe(&out);
		size_t one = merge(base.text, a.text, b.text, &ab), other = merge(base.text, b.text, a.text, &ba);
		assert_int_equal(one, other);
		if (!one)
			assert_string_equal((const char *)ab.data, (const char *)ba.data);
		buf_wipe(&ab);
		buf_wipe(&ba);
	}
}

/* --- the oracles --- */

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

/* What a program prints; its exit code. */
static int run(const char *dir, const char *const argv[], char *out, size_t max)
{
	int pipes[2], status;
	size_t n = 0;
	ssize_t got;
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(dir) || dup2(pipes[1], 1) < 0)
			_exit(126);
		close(pipes[0]);
		close(pipes[1]);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], out + n, max - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 126);
	return WEXITSTATUS(status);
}

/* The other programs are started for each. make attack asks for ten times as many. */
static unsigned rounds(void)
{
	return getenv("ATTACK") ? 1000 : 100;
}

static const char *const git[] = {"git", "merge-file", "-p", "-q", "a", "base", "b", NULL};
static const char *const diff3[] = {"diff3", "-m", "-E", "a", "base", "b", NULL};

/* Where every changed line is a new one there is one best way to see what was changed, so all three must agree: merged
 * without a question or not, and to what. */
static void as_others_do(void **state)
{
	static struct text base, a, b;
	static char said[3 * TEXT];
	unsigned clean = 0, asked = 0;
	char *dir = scratch_new();
	struct buf out;
	(void)state;
	seed = 7;
	for (unsigned i = 0; i < rounds(); i++) {
		make(&base, below(60), 0);
		edit(&base, &a, below(10), 0);
		edit(&base, &b, below(10), 0);
		put_file(dir, "base", base.text);
		put_file(dir, "a", a.text);
		put_file(dir, "b", b.text);
		size_t conflicts = merge(base.text, a.text, b.text, &out);
		*(conflicts ? &asked : &clean) += 1;
		int code = run(dir, git, said, sizeof(said));
		if ((code != 0) != (conflicts != 0) || (!code && strcmp(said, (const char *)out.data) != 0))
			fail_msg("case %u, git: %d, %zu\n%s\n--\n%s", i, code, conflicts, said, (const char *)out.data);
		if (i % 4 == 0) {
			code = run(dir, diff3, said, sizeof(said));
			if ((code != 0) != (conflicts != 0) || (!code && strcmp(said, (const char *)out.data) != 0))
				fail_msg("case %u, diff3: %d, %zu\n%s\n--\n%s", i, code, conflicts, said, (const char *)out.data);
		}
		buf_wipe(&out);
	}
	assert_true(clean > rounds() / 5 && asked > rounds() / 5);
	scratch_free(dir);
}

/* Where lines repeat there are several ways to see it; what nobody asks about must not differ from what both others
 * found without asking. */
static void as_others_do_where_lines_repeat(void **state)
{
	static struct text base, a, b;
	static char first[3 * TEXT], second[3 * TEXT];
	unsigned same = 0, other = 0;
	char *dir = scratch_new();
	struct buf out;
	(void)state;
	seed = 11;
	for (unsigned i = 0; i < rounds(); i++) {
		make(&base, 5 + below(40), 6);
		edit(&base, &a, 1 + below(4), 6);
		edit(&base, &b, 1 + below(4), 6);
		put_file(dir, "base", base.text);
		put_file(dir, "a", a.text);
		put_file(dir, "b", b.text);
		size_t conflicts = merge(base.text, a.text, b.text, &out);
		bool agreed = !conflicts && !run(dir, git, first, sizeof(first)) && !run(dir, diff3, second, sizeof(second)) &&
		              strcmp(first, second) == 0;
		if (agreed)
			*(strcmp(first, (const char *)out.data) == 0 ? &same : &other) += 1;
		buf_wipe(&out);
	}
	assert_true(same > rounds() / 4);
	assert_true(other * 50 < same);
	scratch_free(dir);
}

/* More changes than are looked at: nothing is lost, it is only asked about. */
static void very_different(void **state)
{
	static char base[60000], a[60000], b[60000];
	struct buf out;
	char *at = base, *at_a = a;
	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		at += sprintf(at, "old %u\n", i);
		at_a += sprintf(at_a, i % 2 ? "old %u\n" : "new %u\n", i);
	}
	strcpy(b, base);
	strcpy(b + strlen(b), "more\n");
	/* the very end is apart from what changed */
	assert_int_equal(merge(base, a, b, &out), 0);
	assert_int_equal(out.len, strlen(a) + 6);
	buf_wipe(&out);
	b[0] = 'O';
	assert_int_equal(merge(base, a, b, &out), 1);
	assert_non_null(strstr((const char *)out.data, "new 0\n"));
	assert_non_null(strstr((const char *)out.data, "Old 0\n"));
	assert_true(out.len >= strlen(a) + 5);
	buf_wipe(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cases),          cmocka_unit_test(what_always_holds),
	    cmocka_unit_test(as_others_do),   cmocka_unit_test(as_others_do_where_lines_repeat),
	    cmocka_unit_test(very_different),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
