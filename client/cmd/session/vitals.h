/* vitals: blood pressure, heart rate, oxygen, breaths and temperature as people type them in one line or as options.
 * What cannot be is refused; whether it is within an order's limits is not known here. */
#ifndef KAP_CLIENT_CMD_VITALS_H
#define KAP_CLIENT_CMD_VITALS_H

#include <stdbool.h>

struct content;
struct form;

#define VITALS_OPTIONS                                                                                                 \
	{"bp", 'b', "TOP/BOTTOM", "blood pressure, such as 122/79"}, {"hr", 'r', "BPM", "heart rate"},                     \
	    {"spo2", 'o', "PERCENT", "oxygen"}, {"rr", 0, "PER-MINUTE", "breaths"},                                        \
	{                                                                                                                  \
		"temp", 't', "NUMBER-F|C", "temperature with its unit, such as 98.6F or 37.0C"                                 \
	}

/* Up to three operands: TOP/BOTTOM HEART-RATE OXYGEN, then the options, into a form of the kind event. KAP_OK or an
 * exit code after saying what is wrong. */
int vitals_read(struct form *f, int argc, char *const *argv);
/* Asks for such a line; Enter gives none. Nothing when vitals are there, or nothing is asked. */
int vitals_ask(struct form *f, const char *question);
/* True if any is there. */
bool vitals_any(const struct content *c);
/* KAP_OK if top and bottom fit, however they came in; else an exit code after saying so. */
int vitals_check(struct form *f);

#endif
