/* authz: the rules as rows; see authz.h. */
#include <stddef.h>

#include "proto/err.h"
#include "proto/record.h"
#include "proto/role.h"

#include "authz.h"

#define R(number) (1u << (number))

enum {
	CLINICIANS = R(ROLE_THERAPIST) | R(ROLE_PRESCRIBER) | R(ROLE_MEDICAL),
	MEMBERS = CLINICIANS | R(ROLE_CLIENT) | R(ROLE_ADMIN) | R(ROLE_AUDITOR),
};

/* Per class: who may write it, and which relations its audience may hold. */
static const struct class_rule {
	unsigned authors, audience;
	bool deadline;
} class_rules[] = {
    [RECORD_PRIVATE] = {MEMBERS, 0, false},
    [RECORD_SHARED] = {R(ROLE_CLIENT) | CLINICIANS, AUTHZ_CARE | AUTHZ_TEAMMATE, true},
    [RECORD_CLINICAL] = {CLINICIANS, AUTHZ_CARE | AUTHZ_TEAMMATE | AUTHZ_CLINICIAN, true},
    [RECORD_CONTROL] = {MEMBERS, AUTHZ_CARE | AUTHZ_TEAMMATE | AUTHZ_CLINICIAN | AUTHZ_OFFICE, false},
};

/* Per op: in which classes it may appear, and which kinds of target it may and must have. */
static const struct op_rule {
	uint8_t op;
	unsigned classes, targets;
	bool needs_target, deadline;
	int wrong_target;
} op_rules[] = {
    {RECORD_CONTENT, R(RECORD_PRIVATE) | R(RECORD_SHARED) | R(RECORD_CLINICAL) | R(RECORD_CONTROL), 0, false, true,
     ERR_TARGET},
    {RECORD_SHARE, R(RECORD_SHARED), 0, false, true, ERR_TARGET},
    {RECORD_UNSHARE, R(RECORD_SHARED), AUTHZ_OWN, true, false, ERR_NOT_AUTHOR},
    {RECORD_TOMBSTONE, R(RECORD_PRIVATE) | R(RECORD_SHARED) | R(RECORD_CLINICAL), AUTHZ_OWN, true, false,
     ERR_NOT_AUTHOR},
    {RECORD_RECEIPT, R(RECORD_CONTROL), AUTHZ_READER, true, false, ERR_TARGET},
    {RECORD_ACKNOWLEDGE, R(RECORD_SHARED) | R(RECORD_CLINICAL), AUTHZ_READER, true, false, ERR_TARGET},
};

static const struct op_rule *find_op(uint8_t op)
{
	for (size_t i = 0; i < sizeof(op_rules) / sizeof(op_rules[0]); i++)
		if (op_rules[i].op == op)
			return &op_rules[i];
	return NULL;
}

int authz_record(uint8_t role, const struct authz_record *record)
{
	if (role == ROLE_GUEST || role > ROLE_AUDITOR)
		return ERR_GUEST;
	if (record->record_class >= sizeof(class_rules) / sizeof(class_rules[0]))
		return ERR_CLASS;
	const struct class_rule *class_rule = &class_rules[record->record_class];
	const struct op_rule *op_rule = find_op(record->op);
	if (!op_rule || !(op_rule->classes & R(record->record_class)))
		return ERR_CLASS;
	if (!(class_rule->authors & R(role)))
		return ERR_ROLE;
	if (record->audience & ~class_rule->audience)
		return ERR_NO_GRANT;
	if (record->deadline && (!class_rule->deadline || !op_rule->deadline))
		return ERR_CLASS;
	if (record->deadline && role == ROLE_CLIENT)
		return ERR_ROLE;
	if (record->targets & AUTHZ_UNKNOWN)
		return ERR_TARGET;
	if (record->targets & ~op_rule->targets)
		return op_rule->wrong_target;
	return op_rule->needs_target && !record->targets ? ERR_TARGET : 0;
}

int authz_chain_get(uint8_t role, enum authz_chain chain)
{
	if (role == ROLE_GUEST || role > ROLE_AUDITOR)
		return ERR_GUEST;
	return chain == AUTHZ_CHAIN_OTHER ? ERR_NOT_FOUND : 0;
}
