/* net_device: the far end of a connection to net_house, as a test's thread plays it: well behaved, or byte by byte. */
#ifndef KAP_TESTS_NET_DEVICE_H
#define KAP_TESTS_NET_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/msg_request.h"

struct tls_wire;

struct device {
	struct tls_wire *wire; /* NULL: not connected */
	uint32_t id;           /* of the last request */
	struct buf in;
};

/* A plain TCP connection; rcvbuf 0: as the system likes. */
int device_tcp(uint16_t port, int rcvbuf);
/* TLS only. The key is 32 times `seed`. false: not let in. */
bool device_connect(struct device *d, uint16_t port, uint8_t seed);
bool device_connect_fd(struct device *d, int fd, uint8_t seed);
/* device_connect, hello; returns the status (0 fine), 0xffff when the connection ended. */
unsigned device_hello(struct device *d, uint16_t port, uint8_t seed);
void device_end(struct device *d); /* legal twice */

/* Frames of requests with the next id, appended to `out`. */
void device_put_hello(struct device *d, struct buf *out);
void device_put_status(struct device *d, struct buf *out);
void device_put_pull(struct device *d, struct buf *out, uint64_t bytes); /* net_house: an answer of so many bytes */
void device_put_fetch(struct device *d, struct buf *out, int err);       /* net_house: fails like that */
void device_put_push(struct device *d, struct buf *out, size_t payload); /* net_house: waits for house_release */
void device_put_simple(struct device *d, struct buf *out,
                       enum msg_op op); /* join, watch, chain_get, chain_put, chain_list */
/* Any op number with an empty list of arguments. */
void device_put_raw(struct buf *out, uint64_t id, uint64_t op);

/* Sends and empties `out`. false: the connection ended. */
bool device_send(struct device *d, struct buf *out);
/* One answer within `ms`: its status; events are counted in *events (NULL legal) and passed over. 0xffff: the
 * connection ended; 0xfffe: nothing came. id may be NULL. */
unsigned device_read(struct device *d, unsigned ms, uint32_t *id, unsigned *events);
#define DEVICE_ENDED 0xffffu
#define DEVICE_SILENT 0xfffeu
/* One event within `ms`: its topic, with the seq it names; or DEVICE_ENDED, DEVICE_SILENT. An answer fails the test. */
unsigned device_read_event(struct device *d, unsigned ms, uint64_t *seq);
/* device_put_status, sent and answered. */
bool device_is_served(struct device *d);

#endif
