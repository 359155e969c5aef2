/* device_list: one's own devices. */
#include "client/cmd.h"
#include "client/enrol/paper.h"
#include "client/ui/out.h"
#include "proto/err.h"

#include "client/cmd/desk.h"
#include "device.h"

static const struct cmd_option options[] = {
    {"all", 'a', NULL, "those that were put out, too"},
    {0},
};

static const char *state_of(const struct device_row *row)
{
	return row->self ? "this one" : row->leaving ? "leaving" : row->active ? "in use" : "put out";
}

static void show_row(struct desk *d, const struct device_row *row)
{
	struct out *out = d->kap->out;
	struct when added = desk_when(row->added_ms), gone = desk_when(row->revoked_ms);
	out_item(out);
	out_str(out, "name", "Name", row->name);
	out_str(out, "state", "", state_of(row));
	out_when(out, "added", "Since", row->added_ms ? &added : NULL);
	out_when(out, "put-out", NULL, row->revoked_ms ? &gone : NULL);
	out_hex(out, "id", out_form_of(out) == OUT_HUMAN ? "Id" : NULL, row->did,
	        out_form_of(out) == OUT_HUMAN ? 4 : sizeof(row->did));
}

static void show_paper(struct desk *d)
{
	uint64_t at_ms;
	if (paper_tested(d->kap->vault, &at_ms))
		return;
	struct when at = desk_when(at_ms);
	out_when(d->kap->out, "recovery-tested", NULL, at_ms ? &at : NULL);
	if (at_ms) {
		char text[WHEN_TEXT];
		out_line(d->kap->out, "Your recovery code was last tested here: %s", desk_time(d, at_ms, text));
	} else {
		out_line(d->kap->out, "Your recovery code was not tested here yet: `%s recovery test` does it.", d->kap->title);
	}
}

static int run(struct kap *kap, int argc, char **argv)
{
	struct device_rows rows = {0};
	struct desk d;
	(void)argc;
	(void)argv;
	int exit_code = desk_open_people(kap, &d);
	if (exit_code)
		return exit_code;
	exit_code = device_rows(&d, &rows);
	if (!exit_code) {
		out_list(kap->out, "devices", NULL);
		for (size_t i = 0; i < rows.n; i++)
			if (rows.rows[i].active || cmd_flag(kap, "all"))
				show_row(&d, &rows.rows[i]);
		out_end(kap->out);
		show_paper(&d);
	}
	device_rows_free(&rows);
	desk_close(&d);
	return exit_code;
}

const struct cmd cmd_device_list = {
    .name = "device list",
    .args = "",
    .summary = "your devices",
    .about = "As of the last sync. Times are by the clock of the device that let another in.",
    .example = "kap device list",
    .options = options,
    .roles = CMD_MEMBER,
    .needs = CMD_UNLOCKED,
    .run = run,
};
