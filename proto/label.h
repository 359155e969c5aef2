/* label: every domain-separation string of the protocol, in one place. Nothing else in the tree contains "kap1.".
 * H(label, x) = SHA-256("kap1." label 0x00 x); signatures are over "kap1." label 0x00 bytes; KDF infos likewise. */
#ifndef KAP_PROTO_LABEL_H
#define KAP_PROTO_LABEL_H

#define LABEL_PREFIX "kap1."

/* hashes */
#define LABEL_DEVICE "device"         /* device id: first 16 bytes of H(tls || sign || seal) */
#define LABEL_INNER "inner"           /* link: inner part */
#define LABEL_LINK "link"             /* link: outer part; also the signature over it */
#define LABEL_BOX "box"               /* one epoch-seed box; also its HPKE info */
#define LABEL_BOXES "boxes"           /* all boxes of one epoch */
#define LABEL_CORE "core"             /* record: core */
#define LABEL_WRAP "wrap"             /* one wrap: its hash, its HPKE info, its own-device associated data */
#define LABEL_WRAPS "wraps"           /* all wraps of a record */
#define LABEL_RID "rid"               /* record id */
#define LABEL_FEED_START "feed-start" /* head of an empty feed */
#define LABEL_FEED "feed"             /* running head of a feed */
#define LABEL_AUDIT "audit"           /* running head of the audit log */
#define LABEL_CODE "code"             /* checksum of a typed code */
#define LABEL_EVIDENCE "evidence"     /* running head of an evidence file */
#define LABEL_STORED "stored"         /* check of a value in the server's store */

/* signatures (LABEL_LINK too) */
#define LABEL_RECORD "record"
#define LABEL_RECEIPT "receipt"
#define LABEL_FEED_HEAD "feed-head"
#define LABEL_POP_TLS "pop-tls"
#define LABEL_POP_SIGN "pop-sign"
#define LABEL_POP_RECOVERY_SIGN "pop-recovery-sign"
#define LABEL_POP_RECOVERY_TLS "pop-recovery-tls"
#define LABEL_INVITE_GENESIS "invite-genesis"

/* key derivation (HKDF info) and associated data */
#define LABEL_EPOCH_SEAL "epoch-seal"
#define LABEL_EPOCH_SELF "epoch-self"
#define LABEL_EPOCH_PREV "epoch-prev" /* also the associated data of the seed before */
#define LABEL_INVITE_ID "invite-id"
#define LABEL_INVITE_KEY "invite-key"
#define LABEL_INVITE_SIGN "invite-sign"
#define LABEL_RECOVERY_TLS "recovery-tls"
#define LABEL_RECOVERY_SIGN "recovery-sign"
#define LABEL_RECOVERY_SEAL "recovery-seal"
#define LABEL_PACKET "packet"   /* invitation packet: associated data */
#define LABEL_PAYLOAD "payload" /* Cobblestone context of a record's content */
#define LABEL_BLOB "blob"       /* Cobblestone context of an attachment; hash over the hashes of its parts */
#define LABEL_VAULT "vault"     /* local store: key wrap and values */

/* pairing: mailbox, key, associated data of a slot (also the hash that names the slots before), commitment, words */
#define LABEL_PAIR_ID "pair-id"
#define LABEL_PAIR_KEY "pair-key"
#define LABEL_PAIR "pair"
#define LABEL_PAIR_COMMIT "pair-commit"
#define LABEL_PAIR_WORDS "pair-words"

/* kap check between two people: mailbox, commitment (also its signature), records between them, words */
#define LABEL_CHECK_BOX "check-box"
#define LABEL_CHECK_COMMIT "check-commit"
#define LABEL_CHECK_STREAM "check-stream"
#define LABEL_CHECK_WORDS "check-words"
#define LABEL_CHECK "check"

#endif
