/* deadline: by when somebody has to take on what is urgent: at once while a session is open, sooner while the clinic is
 * open than while it is not. Knows the chart of one client and what the admin has said about hours; tells nobody. */
#ifndef KAP_CLIENT_BOOK_DEADLINE_H
#define KAP_CLIENT_BOOK_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct chart;

#define DEADLINE_IN_SESSION_MS (UINT64_C(5) * 60000)
#define DEADLINE_OPEN_MS (UINT64_C(30) * 60000) /* also where the hours are not known */
#define DEADLINE_CLOSED_MS (UINT64_C(60) * 60000)

/* True while a medicine session of the chart's client (NULL: nobody's) is open, as far as one can read. */
bool deadline_in_session(const struct chart *about, uint64_t now_ms);
/* When what was made at `made_ms` about the chart's client is due. */
uint64_t deadline_urgent_ms(const struct chart *about, uint64_t made_ms);

#endif
