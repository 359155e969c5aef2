/* fail: exit codes, and which error ends the program with which. Knows no sentence.
 * The codes are a promise to scripts. */
#ifndef KAP_CLIENT_UI_FAIL_H
#define KAP_CLIENT_UI_FAIL_H

enum fail_exit {
	KAP_OK = 0,
	KAP_INTERNAL = 1,      /* the program or the machine failed */
	KAP_USAGE = 2,         /* the command line is not one this program knows */
	KAP_INVALID = 3,       /* what was given is not valid; nothing was saved unless said */
	KAP_NOT_ALLOWED = 4,   /* this role or person may not */
	KAP_LOCKED = 5,        /* wrong or missing passphrase */
	KAP_CHOICE = 6,        /* ambiguous or in conflict: a person must choose */
	KAP_NOT_ENROLLED = 7,  /* no vault here, or this device no longer belongs to the clinic */
	KAP_SAVED_LOCALLY = 10 /* safe on this device; the server could not be reached */
};

/* The exit code for a negative err; KAP_OK for 0; KAP_INTERNAL for what is not in the table. */
enum fail_exit fail_exit_of(int err);

#endif
