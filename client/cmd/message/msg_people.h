/* msg_people: to whom a message can go: nobody is written to by the hundred, and who has no account any more is named
 * with who can be asked now. Sends nothing. */
#ifndef KAP_CLIENT_CMD_MSG_PEOPLE_H
#define KAP_CLIENT_CMD_MSG_PEOPLE_H

#include <stddef.h>

struct buf;
struct desk;
struct person;

/* KAP_OK unless one of the names typed, with commas between them, means everybody. */
int msg_people_check(struct desk *d, const char *typed);
/* KAP_OK unless one of them is an admin or auditor, who have no part in what is written about clients. */
int msg_people_check_office(struct desk *d, const struct person *const *to, size_t n);
/* The first of them whose account has ended, and whom nobody active fits as well; NULL. */
const struct person *msg_people_paused(struct desk *d, const char *typed);
/* Keeps the words as a draft and says why they were not sent, and who is on call. Returns the exit code. */
int msg_people_keep(struct desk *d, const struct person *paused, const struct buf *text);
/* Says who is on call now; nothing where nobody is, or it is not known. */
void msg_people_on_call(struct desk *d);

#endif
