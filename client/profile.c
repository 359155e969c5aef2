/* profile: directory, modes, and the open settings file. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/err.h"
#include "client/profile.h"
#include "client/ui/why.h"

#define VALUE_MAX 32
#define FILE_MAX 4096

static bool is_region(const char *v)
{
	return strlen(v) >= 2 && strlen(v) <= 8 && strspn(v, "abcdefghijklmnopqrstuvwxyz-") == strlen(v);
}

static bool is_flag(const char *v)
{
	return !strcmp(v, "0") || !strcmp(v, "1");
}

static bool is_minutes(const char *v)
{
	size_t len = strlen(v);

	if (len < 1 || len > 2 || strspn(v, "0123456789") != len || v[0] == '0')
		return false;
	return strtol(v, NULL, 10) <= 60;
}

/* What may stand in the file. Nothing here may say who the person is. */
static const struct {
	const char *key;
	bool (*allowed)(const char *value);
} rows[] = {
    {"region", is_region},
    {"discreet", is_flag},
    {"lock-after", is_minutes},
};
#define ROWS (sizeof rows / sizeof *rows)

struct profile {
	char *dir, *vault_dir, *file;
	char values[ROWS][VALUE_MAX + 1]; /* "" when absent */
};

static size_t row_of(const char *key)
{
	size_t i = 0;

	while (i < ROWS && strcmp(rows[i].key, key))
		i++;
	return i;
}

static char *join(const char *a, const char *b)
{
	char *path = NULL;

	return asprintf(&path, "%s%s", a, b) < 0 ? NULL : path;
}

/* The directory as the environment names it. */
static char *named_dir(void)
{
	const char *home = getenv("KAP_HOME"), *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");

	if (home && *home)
		return strdup(home);
	if (data && *data == '/')
		return join(data, "/kap");
	return user && *user == '/' ? join(user, "/.local/share/kap") : NULL;
}

/* Absolute, and the same for every way of writing it where it exists. */
static char *canonical(char *dir)
{
	char *real = realpath(dir, NULL), *cwd, *path;

	if (!real && *dir != '/' && (cwd = getcwd(NULL, 0))) {
		path = join(cwd, "/");
		real = path ? join(path, dir) : NULL;
		free(path);
		free(cwd);
	}
	if (!real)
		return dir;
	free(dir);
	return real;
}

static int check_dir(const char *dir, struct why *why)
{
	struct stat st;

	if (stat(dir, &st)) {
		if (errno == ENOENT)
			return 0;
		return why_set(why, ERR_CONFIG, "The profile %.200s cannot be used: %s.", dir, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return why_set(why, ERR_CONFIG, "The profile %.200s is not a directory.", dir);
	if (st.st_uid != geteuid())
		return why_set(why, ERR_CONFIG, "The profile %.200s belongs to another user of this computer.", dir);
	if (st.st_mode & 077)
		return why_set(why, ERR_CONFIG,
		               "The profile %.200s is open to other users of this computer. Close it: chmod 700 %.120s", dir,
		               dir);
	return 0;
}

static int take_line(struct profile *p, char *line, struct why *why)
{
	char *eq = strchr(line, '='), *key = line, *value;
	size_t i;

	if (!*line || *line == '#')
		return 0;
	if (!eq)
		return why_set(why, ERR_CONFIG, "A line of %.200s is not \"key = value\".", p->file);
	*eq = 0;
	value = eq + 1 + strspn(eq + 1, " \t");
	for (char *end = eq; end > key && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = 0;
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
		value[n - 1] = 0;
	if ((i = row_of(key)) == ROWS)
		return 0; /* of a newer version */
	if (strlen(value) > VALUE_MAX || !rows[i].allowed(value))
		return why_set(why, ERR_CONFIG, "In %.200s, %s has a value it cannot have.", p->file, rows[i].key);
	memcpy(p->values[i], value, strlen(value) + 1);
	return 0;
}

static int read_settings(struct profile *p, struct why *why)
{
	int fd = open(p->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc = 0;
	char text[FILE_MAX + 1], *line, *rest = text;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : why_set(why, ERR_CONFIG, "%.200s cannot be read.", p->file);
	n = read(fd, text, FILE_MAX);
	close(fd);
	if (n < 0)
		return why_set(why, ERR_CONFIG, "%.200s cannot be read.", p->file);
	text[n] = 0;
	while (!rc && (line = strsep(&rest, "\n")))
		rc = take_line(p, line, why);
	return rc;
}

int profile_open(struct profile **profile, struct why *why)
{
	struct profile *p = calloc(1, sizeof *p);
	int rc = ERR_NOMEM;

	*profile = NULL;
	why->text[0] = 0;
	if (!p)
		return ERR_NOMEM;
	p->dir = named_dir();
	if (!p->dir) {
		rc = why_set(why, ERR_CONFIG, "Neither KAP_HOME nor HOME says where this profile is.");
		goto out;
	}
	p->dir = canonical(p->dir);
	p->vault_dir = join(p->dir, "/vault");
	p->file = join(p->dir, "/settings");
	if (!p->vault_dir || !p->file)
		goto out;
	if ((rc = check_dir(p->dir, why)) || (rc = read_settings(p, why)))
		goto out;
	*profile = p;
	p = NULL;
out:
	profile_free(p);
	return rc;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	free(profile->dir);
	free(profile->vault_dir);
	free(profile->file);
	free(profile);
}

int profile_create(struct profile *profile, struct why *why)
{
	char *path = strdup(profile->dir), *slash = path;
	int rc = 0;

	why->text[0] = 0;
	if (!path)
		return ERR_NOMEM;
	do {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			rc = why_set(why, ERR_IO, "%.200s could not be made: %s.", path, strerror(errno));
		if (slash)
			*slash = '/';
	} while (slash && !rc);
	free(path);
	return rc ? rc : check_dir(profile->dir, why);
}

const char *profile_peek_dir(const struct profile *profile)
{
	return profile->dir;
}

const char *profile_peek_vault_dir(const struct profile *profile)
{
	return profile->vault_dir;
}

const char *profile_peek(const struct profile *profile, const char *key)
{
	size_t i = row_of(key);

	return i < ROWS && profile->values[i][0] ? profile->values[i] : NULL;
}

static int write_settings(const struct profile *p)
{
	char *temp = join(p->file, ".new");
	int fd = -1, rc = ERR_NOMEM;
	FILE *f = NULL;

	if (!temp)
		return ERR_NOMEM;
	rc = ERR_IO;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !(f = fdopen(fd, "w")))
		goto out;
	fd = -1;
	for (size_t i = 0; i < ROWS; i++)
		if (p->values[i][0])
			fprintf(f, "%s = %s\n", rows[i].key, p->values[i]);
	if (!fflush(f) && !fsync(fileno(f)) && !rename(temp, p->file))
		rc = 0;
out:
	if (f)
		fclose(f);
	if (fd >= 0)
		close(fd);
	if (rc)
		unlink(temp);
	free(temp);
	return rc;
}

int profile_put(struct profile *profile, const char *key, const char *value)
{
	char before[VALUE_MAX + 1];
	size_t i = row_of(key);
	struct why why;
	int rc;

	if (i == ROWS)
		return ERR_ARG;
	if (value && (strlen(value) > VALUE_MAX || !rows[i].allowed(value)))
		return ERR_RANGE;
	if ((rc = profile_create(profile, &why)))
		return rc;
	memcpy(before, profile->values[i], sizeof before);
	snprintf(profile->values[i], sizeof profile->values[i], "%s", value ? value : "");
	if ((rc = write_settings(profile)))
		memcpy(profile->values[i], before, sizeof before);
	return rc;
}
