/* req_blob: what a push asks about attachments. Loop thread. */
#ifndef KAP_DAEMON_REQ_BLOB_H
#define KAP_DAEMON_REQ_BLOB_H

struct record_blob;
struct req;

/* May a record of the asker name this blob? ERR_NOT_FOUND unless it is whole as the record says and is the asker's own
 * or named by a record that the asker can read. */
int req_blob_may_name(struct req *r, const struct record_blob *blob);

#endif
