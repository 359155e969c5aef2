/* summary: what a client has of a session: when, how much, that it ended. From the first dose on it also tells the
 * client's device until when sharing and signing wait. */
#ifndef KAP_CLIENT_CARE_SUMMARY_H
#define KAP_CLIENT_CARE_SUMMARY_H

#include "kinds.h"

#define SUMMARY_KIND 75

enum {
	SUMMARY_SESSION = 100,
	SUMMARY_NO = 101,
	SUMMARY_ROUTE = 102,
	SUMMARY_MG = 103,
	SUMMARY_FIRST_DOSE = 104,
	SUMMARY_LAST_DOSE = 105,
	SUMMARY_CLOSED_AT = 106,
	SUMMARY_DISCHARGED = 107,
};

extern const struct care_kind care_summary;

#endif
