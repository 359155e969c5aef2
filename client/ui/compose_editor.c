/* compose_editor: an editor of the person's choice on a private file in memory. Knows which editors leave copies of a
 * text elsewhere and how each is told not to. The file and its directory are gone afterwards, whatever happened. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "client/ui/compose_internal.h"
#include "client/ui/why.h"

#define ARGS 24

static const char quiet_emacs[] = "(setq make-backup-files nil auto-save-default nil create-lockfiles nil "
                                  "auto-save-list-file-prefix nil)";

/* The beginning of a program's real name, and what keeps it from leaving swap, backup, undo and history files. */
static const struct {
	const char *name;
	const char *args[8];
} editors[] = {
    {"vim", {"-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile viminfo="}},
    {"nvim", {"-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile shada="}},
    {"nano", {"--ignorercfiles"}},
    {"pico", {NULL}},
    {"emacs", {"-nw", "--eval", quiet_emacs}},
    {"micro", {"-backup", "false", "-savehistory", "false", "-saveundo", "false"}},
    {"joe", {"-nobackups", "-nodeadjoe"}},
    {"hx", {NULL}},
    {"helix", {NULL}},
    {"kak", {NULL}},
    {"ed", {NULL}},
    {"busybox", {NULL}},
};

/* A directory on a file system in memory that is this user's alone to write in. */
static bool in_memory(const char *dir)
{
	struct statfs fs;

	return dir && *dir == '/' && !statfs(dir, &fs) && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) &&
	       !access(dir, W_OK | X_OK);
}

static int make_dir(bool allow_disk, char **dir, struct why *why)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *temp = getenv("TMPDIR"), *base = NULL;

	if (in_memory(runtime))
		base = runtime;
	else if (in_memory("/dev/shm"))
		base = "/dev/shm";
	else if (allow_disk)
		base = temp && *temp ? temp : "/tmp";
	if (!base)
		return why_set(why, ERR_CONFIG,
		               "There is no directory in memory for the editor's file. Write without --editor, or say "
		               "--allow-disk-temp if it may lie on the disk.");
	if (asprintf(dir, "%s/kap-XXXXXX", base) < 0) {
		*dir = NULL;
		return ERR_NOMEM;
	}
	if (!mkdtemp(*dir)) {
		free(*dir);
		*dir = NULL;
		return ERR_IO;
	}
	return 0;
}

static void wipe_file(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	static const char zeros[4096];
	struct stat st;

	if (fd >= 0) {
		if (!fstat(fd, &st) && S_ISREG(st.st_mode))
			for (off_t left = st.st_size; left > 0;) {
				ssize_t n = write(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros);

				if (n <= 0)
					break;
				left -= n;
			}
		close(fd);
	}
	unlinkat(at, name, 0);
}

/* Also what an editor may have put beside the file. */
static void remove_dir(char *dir)
{
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;

	if (d) {
		while ((e = readdir(d)))
			if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
				wipe_file(dirfd(d), e->d_name);
		closedir(d);
		rmdir(dir);
	}
	free(dir);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = 0;
	size_t len = text ? strlen(text) : 0;

	if (fd < 0)
		return ERR_IO;
	if (len && (write(fd, text, len) != (ssize_t)len || (text[len - 1] != '\n' && write(fd, "\n", 1) != 1)))
		rc = ERR_IO;
	close(fd);
	return rc;
}

static int read_file(const char *path, const struct compose_opts *opts, struct buf *raw)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc;

	if (fd < 0)
		return ERR_IO;
	rc = compose_read(fd, compose_raw_max(opts), raw);
	close(fd);
	return rc;
}

/* The program's file name once links are followed ("vi" may be vim), in `name`. */
static void real_name(const char *program, char name[64])
{
	char *path = NULL, *found, *dirs = NULL, *save = NULL;
	const char *env = getenv("PATH");

	if (strchr(program, '/')) {
		path = realpath(program, NULL);
	} else if (env && (dirs = strdup(env))) {
		for (char *dir = strtok_r(dirs, ":", &save); dir && !path; dir = strtok_r(NULL, ":", &save)) {
			if (asprintf(&found, "%s/%s", dir, program) < 0)
				break;
			if (!access(found, X_OK))
				path = realpath(found, NULL);
			free(found);
		}
	}
	snprintf(name, 64, "%s", path ? strrchr(path, '/') + 1 : program);
	free(path);
	free(dirs);
}

/* Fills argv from $EDITOR's words, the editor's quiet options, and the file. */
static int make_argv(char *words, const char *file, const char *argv[ARGS], bool *known)
{
	char name[64], *save = NULL;
	size_t n = 0;

	*known = false;
	for (char *word = strtok_r(words, " \t", &save); word && n < 8; word = strtok_r(NULL, " \t", &save))
		argv[n++] = word;
	if (!n)
		return ERR_CONFIG;
	real_name(argv[0], name);
	for (size_t i = 0; i < sizeof editors / sizeof *editors && !*known; i++) {
		if (strncmp(name, editors[i].name, strlen(editors[i].name)))
			continue;
		*known = true;
		for (size_t k = 0; k < 8 && editors[i].args[k]; k++)
			argv[n++] = editors[i].args[k];
	}
	argv[n++] = file;
	argv[n] = NULL;
	return 0;
}

static int spawn(const char *const argv[], int tty, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_adddup2(&files, tty, fd);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, argv[0], &files, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* Waits for the editor. SIGTERM and SIGHUP are handed on to it and noted; Ctrl-C is the editor's own affair. */
static int wait_for(pid_t pid, const sigset_t *held, int *caught)
{
	int status = 0, sig;
	siginfo_t info;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sig = sigwaitinfo(held, &info);
		if (sig == SIGTERM || sig == SIGHUP) {
			*caught = sig;
			kill(pid, SIGHUP);
		}
	}
}

static int run(const char *const argv[], int tty, bool *stopped, struct why *why)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
	sigset_t held, mask;
	int status = 0, caught = 0, rc;
	pid_t pid;

	sigemptyset(&held);
	sigaddset(&held, SIGCHLD);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, &mask);
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	rc = spawn(argv, tty, &pid);
	if (!rc)
		status = wait_for(pid, &held, &caught);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (rc)
		return why_set(why, ERR_CONFIG, "The editor %.80s could not be started: %s.", argv[0], strerror(rc));
	*stopped = caught || !WIFEXITED(status) || WEXITSTATUS(status);
	if (*stopped)
		why_set(why, ERR_CLOSED, "The editor ended with an error.");
	return 0;
}

static void warn_unknown(int tty, const char *program)
{
	dprintf(tty,
	        "It is not known whether %.60s leaves copies of a text elsewhere\n"
	        "(backup, swap, history). The built-in editor does not.\n",
	        program);
}

int compose_editor(const struct compose_opts *opts, struct buf *raw, bool *stopped, struct why *why)
{
	const char *chosen = getenv("VISUAL"), *argv[ARGS];
	char *words = NULL, *dir = NULL, *path = NULL;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC), rc = ERR_NOMEM;
	bool known;

	if (tty < 0)
		return why_set(why, ERR_NO_TERMINAL, "There is no terminal for an editor. Give the text with --file.");
	if (!chosen || !*chosen)
		chosen = getenv("EDITOR");
	if (!chosen || !*chosen) {
		rc = why_set(why, ERR_CONFIG, "No editor is named. Set EDITOR, for example: export EDITOR=nano");
		goto out;
	}
	if (!(words = strdup(chosen)) || (rc = make_dir(opts->allow_disk_temp, &dir, why)))
		goto out;
	if (asprintf(&path, "%s/entry.txt", dir) < 0) {
		path = NULL;
		rc = ERR_NOMEM;
		goto out;
	}
	if ((rc = write_file(path, opts->initial)) || (rc = make_argv(words, path, argv, &known)))
		goto out;
	if (!known)
		warn_unknown(tty, argv[0]);
	if (!(rc = run(argv, tty, stopped, why)))
		rc = read_file(path, opts, raw);
out:
	remove_dir(dir);
	free(path);
	free(words);
	close(tty);
	return rc;
}
