/* content_table: a content held against the table of kinds. See content.h. */
#include "content_object.h"

#include "content_check.h"
#include "err.h"
#include "mp.h"

const struct content_kind *content_find_kind(const struct content_kinds *kinds, uint32_t kind)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (kinds->rows[i]->kind == kind)
			return kinds->rows[i];
	return NULL;
}

static const struct content_rule *find_rule(const struct content_kind *row, uint32_t key)
{
	for (uint16_t i = 0; i < row->n_fields; i++)
		if (row->fields[i].key == key)
			return &row->fields[i];
	return NULL;
}

static int check_field(const struct content *c, const struct content_rule *rule)
{
	const struct content_field *f = content_find_field(c, rule->key);
	struct mp_doc *doc;
	struct mp_cur root;
	int err;

	if (!f)
		return rule->required ? ERR_SCHEMA : 0;
	err = mp_open(f->bytes, f->len, &doc, &root);
	if (!err)
		err = content_check_value(rule, &root);
	mp_close(doc);
	return err && err != ERR_NOMEM ? ERR_SCHEMA : err;
}

static int check_fields(const struct content *c, const struct content_kind *row, const struct content_rule **fault)
{
	int err = 0;

	*fault = NULL;
	for (uint16_t i = 0; i < row->n_fields && !err; i++) {
		err = check_field(c, &row->fields[i]);
		if (err)
			*fault = &row->fields[i];
	}
	if (!err && row->check)
		err = row->check(c);
	return err;
}

int content_check(const struct content *c, const struct content_kinds *kinds)
{
	const struct content_kind *row = content_find_kind(kinds, c->head.kind);
	const struct content_head *h = &c->head;
	const struct content_rule *fault;

	if (h->kind == 0 || h->n_parents > CONTENT_PARENTS || h->offset < CONTENT_OFFSET_MIN ||
	    h->offset > CONTENT_OFFSET_MAX || h->at_ms > MP_NUMBER_MAX || h->made_ms > MP_NUMBER_MAX)
		return ERR_SCHEMA;
	if (!row)
		return h->kind >= CONTENT_KIND_NEWER ? 0 : ERR_SCHEMA;
	return check_fields(c, row, &fault);
}

const struct content_rule *content_find_fault(const struct content *c, const struct content_kinds *kinds)
{
	const struct content_kind *row = content_find_kind(kinds, c->head.kind);
	const struct content_rule *fault = NULL;

	if (row)
		check_fields(c, row, &fault);
	return fault;
}

static bool has_bit(uint32_t bits, unsigned n)
{
	return n < 32 && bits >> n & 1;
}

int content_check_place(const struct content *c, const struct content_kinds *kinds, unsigned record_class, unsigned op)
{
	const struct content_kind *row = content_find_kind(kinds, c->head.kind);

	return !row || (has_bit(row->classes, record_class) && has_bit(row->ops, op)) ? 0 : ERR_SCHEMA;
}

bool content_is_newer(const struct content *c, const struct content_kinds *kinds)
{
	const struct content_kind *row = content_find_kind(kinds, c->head.kind);
	bool newer = !row;

	for (size_t i = 0; i < c->n && !newer; i++)
		newer = !find_rule(row, c->fields[i].key);
	return newer;
}
