/* net_house: a real server on a thread of the test, on loopback, with handlers of the test's own that need no store.
 * The test's thread plays the devices (net_device.h) and looks at the server only through house_call. */
#ifndef KAP_TESTS_NET_HOUSE_H
#define KAP_TESTS_NET_HOUSE_H

#include <stdint.h>

#include "daemon/config.h"
#include "daemon/req.h"
#include "daemon/server.h"

struct house;

/* Everything may be left zero. */
struct house_opts {
	void (*tune)(struct config *config); /* before the start */
};

/* Starts it. Devices get their role from house_set_role, and are guests at first. Fails the test on error. */
struct house *house_start(const struct house_opts *opts);
uint16_t house_port(const struct house *h);
/* Drains and ends it; returns what server_run returned. */
int house_stop(struct house *h);
/* Waits for the loop to end by itself (a signal), and frees. */
int house_join(struct house *h);

/* Runs fn(arg) on the loop's thread and waits for it. */
void house_call(struct house *h, void (*fn)(struct house *h, void *arg), void *arg);
struct server *house_server(struct house *h);
struct req_env *house_env(struct house *h);
void house_count(struct house *h, struct server_counts *out);
/* Waits, 3 s at most, until the counts please `good`; fails the test with `what` if they do not. */
void house_await(struct house *h, int (*good)(const struct server_counts *c), const char *what);
/* CPU time the loop has used, in milliseconds. */
uint64_t house_cpu_ms(struct house *h);

/* Role 0 guest, 255 revoked. `seed` as for net_device: did = pid = genesis[:16] = 16 times that number. */
void house_set_role(struct house *h, uint8_t seed, uint8_t role);

/* Handlers: hello, status and watch answer at once; `pull` answers with as many bytes as it is asked for; `fetch` fails
 * with the error whose number is the first byte of the first rid; `join` makes the guest a client; `push` waits until
 * house_release. chain_put expels the asking person; chain_get the person 0x21, chain_list the device 0x21. */
void house_release(struct house *h, unsigned n, int err); /* answers the n oldest pushes that wait */
unsigned house_held(struct house *h);

/* Audit rows that were asked for, and the last one's op and status. */
unsigned house_audited(struct house *h, uint16_t *op, uint16_t *status);

#endif
