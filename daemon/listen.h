/* listen: a listening TCP socket for an address of the configuration. Knows no event loop. */
#ifndef KAP_DAEMON_LISTEN_H
#define KAP_DAEMON_LISTEN_H

#include <stdint.h>

/* `address`: an IPv4 or IPv6 address, or "*" for all of both (of IPv4 alone where there is no IPv6). port 0: a free
 * one. Non-blocking, closed on exec. ERR_CONFIG: not an address; ERR_UNREACHABLE: errno says why. *fd is -1 on error.
 */
int listen_open(const char *address, uint16_t port, int *fd);
/* The port that a listening socket has; 0 when it has none. */
uint16_t listen_port(int fd);

/* The one listening TCP socket that the service manager handed over (LISTEN_PID, LISTEN_FDS), -1 when it did not. Takes
 * the variables out of the environment. */
int listen_inherited(void);

#endif
