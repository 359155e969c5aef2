/* med_list: the same as meds, under the family's name. */
#include "client/cmd.h"

#include "meds.h"

const struct cmd cmd_med_list = {
    .name = "med list",
    .args = "[CLIENT]",
    .summary = "list the medicines a client takes (also: meds)",
    .example = "kap med list jo",
    .roles = CMD_CLIENT | CMD_CLINICAL,
    .needs = CMD_UNLOCKED,
    .max_args = 1,
    .run = meds_run,
};
