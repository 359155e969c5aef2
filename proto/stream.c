/* stream: see stream.h. */
#include "stream.h"

#include <string.h>

#include "err.h"

int stream_next(const struct stream *s, uint64_t *seq, uint8_t prev[STREAM_RID])
{
	*seq = 0;
	memset(prev, 0, STREAM_RID);
	if (s->seq == UINT64_MAX)
		return ERR_RANGE;
	*seq = s->seq + 1;
	memcpy(prev, s->rid, STREAM_RID);
	return 0;
}

int stream_check(const struct stream *s, uint64_t seq, const uint8_t prev[STREAM_RID])
{
	if (s->seq == UINT64_MAX || seq != s->seq + 1 || memcmp(prev, s->rid, STREAM_RID) != 0)
		return ERR_STREAM;
	return 0;
}

int stream_add(struct stream *s, const uint8_t rid[STREAM_RID])
{
	if (s->seq == UINT64_MAX)
		return ERR_RANGE;
	s->seq++;
	memcpy(s->rid, rid, STREAM_RID);
	return 0;
}
