/* signing: whether a client may sign something now. Medicine days are not signing days. */
#ifndef KAP_CLIENT_CMD_SIGNING_H
#define KAP_CLIENT_CMD_SIGNING_H

struct chart;
struct when;
struct why;

/* 0, or ERR_ROLE with the sentence in `why`: a session is open, or the morning after the last dose has not come. */
int signing_check(const struct chart *chart, const struct when *now, struct why *why);

#endif
