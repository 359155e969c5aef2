/* notify: tells the service manager how the daemon is, by one datagram to NOTIFY_SOCKET. Without a service manager
 * every call does nothing. Knows nothing of what the words mean. */
#ifndef KAP_DAEMON_NOTIFY_H
#define KAP_DAEMON_NOTIFY_H

/* "READY=1", "STOPPING=1". Never waits. */
void notify_send(const char *state);

#endif
