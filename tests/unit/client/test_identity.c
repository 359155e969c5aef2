/* The identity in the vault: what goes in comes out, bounds, rows of another form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "client/book/identity.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "tests/unit/support/scratch_vault.h"

static struct scratch_vault s;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	scratch_vault_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_vault_close(&s);
	return 0;
}

static struct identity *made_up(void)
{
	struct identity *id = identity_new();
	assert_non_null(id);
	id->joined = true;
	assert_int_equal(crypto_random(id->genesis, sizeof(id->genesis)), 0);
	memcpy(id->pid, id->genesis, sizeof(id->pid));
	assert_int_equal(crypto_random(id->did, sizeof(id->did)), 0);
	assert_int_equal(crypto_random(id->clinic, sizeof(id->clinic)), 0);
	assert_int_equal(device_generate(&id->device), 0);
	id->role = 2;
	memcpy(id->name, "Ana Reyes", sizeof("Ana Reyes"));
	memcpy(id->clinic_name, "Nordstra\303\237e", 11);
	memcpy(id->host, "kap.example", sizeof("kap.example"));
	id->port = 7443;
	assert_int_equal(crypto_random(id->pins, sizeof(id->pins)), 0);
	assert_int_equal(crypto_random(id->log_public, sizeof(id->log_public)), 0);
	id->n_pins = IDENTITY_PINS;
	id->n_epochs = 2;
	id->epochs[0].epoch = 3;
	id->epochs[1].epoch = 7;
	assert_int_equal(crypto_random(id->epochs[0].seed, 32), 0);
	assert_int_equal(crypto_random(id->epochs[1].seed, 32), 0);
	return id;
}

static void assert_same_after_save(const struct identity *id)
{
	struct identity *got = NULL;
	assert_int_equal(identity_save(s.txn, id), 0);
	scratch_vault_commit(&s);
	assert_int_equal(identity_load(s.txn, &got), 0);
	assert_memory_equal(got, id, sizeof(*id));
	identity_free(got);
}

static void test_save_and_load(void **state)
{
	struct identity *id = made_up(), *got = (struct identity *)1;
	(void)state;
	assert_int_equal(identity_load(s.txn, &got), ERR_NOT_FOUND);
	assert_null(got);
	assert_same_after_save(id);
	id->joined = false;
	assert_same_after_save(id);
	identity_free(id);
	identity_free(NULL);
}

static void test_limits(void **state)
{
	struct identity *id = made_up();
	(void)state;
	memset(id->name, 'n', IDENTITY_NAME);
	memset(id->clinic_name, 'c', IDENTITY_NAME);
	memset(id->host, 'h', IDENTITY_HOST - 1);
	id->port = 65535;
	id->n_epochs = IDENTITY_EPOCHS;
	for (uint32_t i = 0; i < IDENTITY_EPOCHS; i++)
		id->epochs[i].epoch = i + 1;
	id->epochs[IDENTITY_EPOCHS - 1].epoch = UINT32_MAX;
	assert_same_after_save(id);
	id->n_epochs = IDENTITY_EPOCHS + 1;
	assert_int_equal(identity_save(s.txn, id), ERR_RANGE);
	id->n_epochs = 0;
	assert_int_equal(identity_save(s.txn, id), ERR_RANGE);
	id->n_epochs = 1;
	id->n_pins = IDENTITY_PINS + 1;
	assert_int_equal(identity_save(s.txn, id), ERR_RANGE);
	id->n_pins = 0;
	memcpy(id->name, "\xff", sizeof("\xff"));
	assert_int_equal(identity_save(s.txn, id), ERR_UTF8);
	identity_free(id);
}

/* A row that was saved but says something else than an identity can. */
static void test_spoiled(void **state)
{
	struct identity *id = made_up(), *got = NULL;
	(void)state;
	id->epochs[1].epoch = id->epochs[0].epoch; /* not ascending */
	assert_int_equal(identity_save(s.txn, id), 0);
	assert_int_equal(identity_load(s.txn, &got), ERR_CORRUPT);
	assert_null(got);
	id->epochs[1].epoch = id->epochs[0].epoch + 1;
	assert_int_equal(identity_save(s.txn, id), 0);
	assert_int_equal(identity_load(s.txn, &got), 0);
	identity_free(got);
	scratch_vault_spoil(&s, VAULT_IDENTITY, "self", 5);
	assert_int_equal(identity_load(s.txn, &got), ERR_CORRUPT);
	assert_null(got);
	identity_free(id);
}

static void test_epochs(void **state)
{
	struct identity *id = made_up();
	(void)state;
	assert_ptr_equal(identity_seed(id, 3), id->epochs[0].seed);
	assert_ptr_equal(identity_seed(id, 7), id->epochs[1].seed);
	assert_null(identity_seed(id, 4));
	assert_null(identity_seed(id, 0));
	assert_ptr_equal(identity_current(id), &id->epochs[1]);
	identity_free(id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_save_and_load),
	    TEST(test_limits),
	    TEST(test_spoiled),
	    TEST(test_epochs),
	};
	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
