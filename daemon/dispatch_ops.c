/* dispatch_ops: see dispatch_ops.h. The functions between are there because a pointer to a function is called only as
 * what it is. */
#include "dispatch_ops.h"

#include "dispatch.h"

#define OP(NAME, name, number, body, effect, who)                                                                      \
	static int get_##name(struct mp_cur *args, void *m)                                                                \
	{                                                                                                                  \
		return msg_get_##name(args, m);                                                                                \
	}                                                                                                                  \
	static void handle_##name(struct req *r, const void *m)                                                            \
	{                                                                                                                  \
		req_##name(r, m);                                                                                              \
	}
#include "proto/ops.def"
#undef OP

const struct dispatch_row *dispatch_ops_rows(void)
{
	static const struct dispatch_row rows[] = {
#define OP(NAME, name, number, body, effect, who) {number, sizeof(struct msg_##name), get_##name, handle_##name},
#include "proto/ops.def"
#undef OP
	    {0}};

	return rows;
}
