/* summary_sessions: a client's medicine sessions, a row each: dose, the highest and lowest vitals, adverse events. */
#ifndef KAP_CLIENT_CMD_SUMMARY_SESSIONS_H
#define KAP_CLIENT_CMD_SUMMARY_SESSIONS_H

struct chart;
struct desk;

/* The newest first, at most `most` of them for people. 0 or ERR_NOMEM. */
int summary_sessions(struct desk *d, const struct chart *chart, unsigned most);

#endif
