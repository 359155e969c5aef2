/* worked_chain: the last part of the worked example: Jo's key chain goes on with a phone, without the first device, and
 * with a new recovery code. See worked_example.h. */
#ifndef KAP_TESTS_WORKED_CHAIN_H
#define KAP_TESTS_WORKED_CHAIN_H

struct worked_clinic;

/* Applies the links to x->jo.chain and writes the lines to x->text. */
void worked_chain_put(struct worked_clinic *x);

#endif
