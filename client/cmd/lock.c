/* lock: forgets the key at once, and takes what was on the screen away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/err.h"
#include "client/cmd.h"
#include "client/idle.h"
#include "client/profile.h"
#include "client/ui/out.h"
#include "client/unlock.h"

/* Screen, then what can be scrolled back to, where the terminal knows how. */
static bool clear_screen(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || !term || !*term || !strcmp(term, "dumb"))
		return false;
	fputs("\033[H\033[2J\033[3J", stdout);
	/* inside tmux the terminal's own memory is tmux's */
	if (!strncmp(term, "screen", 6) || !strncmp(term, "tmux", 4))
		fputs("\033c", stdout);
	return !fflush(stdout);
}

static int run(struct kap *kap, int argc, char **argv)
{
	const char *dir = profile_peek_dir(kap->profile);
	int rc = unlock_drop(dir);
	int told = idle_tell(dir);

	(void)argc;
	(void)argv;
	if (out_form_of(kap->out) == OUT_HUMAN && !cmd_flag(kap, "keep-screen"))
		clear_screen();
	if (rc && rc != ERR_NO_KEYRING)
		return kap_fail_err(kap, rc, "It may still be unlocked.");
	if (told && told != ERR_NOT_FOUND)
		return kap_fail_err(kap, told, "A `watch` in another window may still go on.");
	out_say(kap->out, rc ? "It was locked already: this system keeps no key." : "Locked.");
	return KAP_OK;
}

static const struct cmd_option options[] = {
    {"keep-screen", 'k', NULL, "do not clear the screen"},
    {0},
};

const struct cmd cmd_lock = {
    .name = "lock",
    .args = "",
    .summary = "lock at once and clear the screen",
    .about = "Ends a `watch` in another window, too. Clears the screen and, where the terminal allows it, what can be "
             "scrolled back to.",
    .example = "kap lock",
    .options = options,
    .roles = CMD_ANYONE,
    .needs = CMD_PROFILE,
    .run = run,
};
