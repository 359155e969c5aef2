/* cmd_internal: what cmd.c and cmd_help.c share. */
#ifndef KAP_CLIENT_CMD_INTERNAL_H
#define KAP_CLIENT_CMD_INTERNAL_H

#include "client/cmd.h"

extern const struct cmd_option cmd_globals[];

#endif
