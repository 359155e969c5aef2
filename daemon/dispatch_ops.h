/* dispatch_ops: the rows of proto/ops.def, each with the daemon's decoder and handler. Knows nothing else; apart from
 * dispatch so that the dispatcher can be tried with other rows. */
#ifndef KAP_DAEMON_DISPATCH_OPS_H
#define KAP_DAEMON_DISPATCH_OPS_H

struct dispatch_row;

/* For dispatch_new. Static. */
const struct dispatch_row *dispatch_ops_rows(void);

#endif
