/* gate: how many connections there are and of which kind, and whether one more is let in: in all, not yet greeted, of
 * one address while unknown, of guests, of one device. Pure counting: knows no socket and no clock. Loop thread only.
 */
#ifndef KAP_DAEMON_GATE_H
#define KAP_DAEMON_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct gate;
struct sockaddr;

enum gate_stage { GATE_OUTSIDE, GATE_UNKNOWN, GATE_GUEST, GATE_MEMBER };

/* One connection's place; embedded in its owner, zeroed at first, touched only by this module. */
struct gate_pass {
	enum gate_stage stage;
	uint8_t key[17]; /* 'a' address, or 'd' device id */
	struct gate_pass *next, **back;
};

struct gate_limits {
	uint32_t connections, handshakes, guests, per_device, per_address;
};

/* ERR_NOMEM. */
int gate_new(const struct gate_limits *limits, struct gate **out);
void gate_free(struct gate *g); /* all have left; NULL is legal */

/* A connection from this address (IPv6: its /64 counts as one) was accepted. ERR_BUSY. */
int gate_enter(struct gate *g, struct gate_pass *pass, const struct sockaddr *from);
/* It said hello and is a guest; it keeps its address's slot. ERR_BUSY: nothing changed. */
int gate_greet_guest(struct gate *g, struct gate_pass *pass);
/* It is this device of a member. ERR_BUSY: nothing changed. Legal for a guest who joined. */
int gate_greet_member(struct gate *g, struct gate_pass *pass, const uint8_t did[16]);
void gate_leave(struct gate *g, struct gate_pass *pass); /* legal when it never entered */

/* False while another accepted connection would be one too many, whoever it is: accepting waits. */
bool gate_is_open(const struct gate *g);

struct gate_counts {
	uint32_t connections, handshakes, guests;
};
struct gate_counts gate_count(const struct gate *g);

#endif
