/* fuzz_evidence: whole evidence files, judged as `kap audit` does it. The running head is made right where it can be,
 * so that what is behind it is reached: the input is pieces, the file's end is put there. */
#include <stdio.h>
#include <string.h>

#include "client/leave/audit.h"
#include "client/leave/evidence.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/label.h"
#include "proto/mp.h"
#include "tests/fuzz/fuzz.h"

static const char magic[] = "kap evidence 1\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_init();
}

static void found(void *arg, enum audit_finding what, uint64_t number, int err)
{
	(void)number;
	FUZZ_CHECK(what >= AUDIT_LINK && what <= AUDIT_ASIDE && err < 0);
	++*(size_t *)arg;
}

static int judge(const struct buf *file)
{
	struct audit_report report;
	size_t findings = 0;
	FILE *f = fmemopen(file->data, file->len, "r");

	if (!f)
		return ERR_NOMEM;
	int err = audit_run(f, found, &findings, &report);
	FUZZ_CHECK(err || report.findings == findings);
	fclose(f);
	return err;
}

static void put_piece(struct buf *file, const uint8_t *bytes, size_t len, uint8_t head[CRYPTO_HASH])
{
	const struct crypto_bytes parts[] = {{head, CRYPTO_HASH}, {bytes, len}};

	buf_put_u32(file, (uint32_t)len);
	buf_put(file, bytes, len);
	FUZZ_CHECK(crypto_hash(LABEL_EVIDENCE, parts, 2, head) == 0);
}

/* As it is, and with each u16-length run of the input as a piece, and an end that fits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t head[CRYPTO_HASH] = {0};
	struct buf file, end;
	uint64_t count = 0;

	buf_init(&file, 0);
	buf_put(&file, data, size);
	if (size)
		judge(&file);
	buf_reset(&file);
	buf_put(&file, magic, sizeof(magic) - 1);
	for (size_t at = 0; at + 2 <= size; count++) {
		size_t n = (size_t)data[at] << 8 | data[at + 1];
		at += 2;
		n = n < size - at ? n : size - at;
		put_piece(&file, data + at, n, head);
		at += n;
	}
	buf_init(&end, 0);
	mp_put_array(&end, 3);
	mp_put_u64(&end, EVIDENCE_END);
	mp_put_u64(&end, count);
	mp_put_bin(&end, head, sizeof(head));
	put_piece(&file, end.data, end.len, head);
	judge(&file);
	buf_wipe(&end);
	buf_wipe(&file);
	return 0;
}
