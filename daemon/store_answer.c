/* store_answer: which records are owed an answer, by their deadline: rows without a value, in order of time. */
#include <string.h>

#include "proto/err.h"
#include "store_inner.h"

int store_answer_clear(struct store_batch *b, uint64_t answer_by_s, const uint8_t rid[STORE_HASH])
{
	struct store_key key = store_key_answer(answer_by_s, rid);
	int err = store_txn_del(&b->txn, STORE_ANSWERS, &key);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int store_answers_overdue(struct store *s, uint64_t now_s, size_t max, size_t *n)
{
	struct store_txn t;
	struct store_cur c;
	*n = 0;
	int err = store_txn_read(&s->env, &t);
	if (err)
		return err;
	err = store_cur_open(&t, STORE_ANSWERS, NULL, &c);
	if (!err && *n < max)
		err = store_cur_first(&c);
	while (!err && *n < max && store_key_get_u64(c.key) < now_s) {
		(*n)++;
		err = store_cur_next(&c);
	}
	store_cur_close(&c);
	store_txn_end(&t);
	return err == ERR_NOT_FOUND ? 0 : err;
}
