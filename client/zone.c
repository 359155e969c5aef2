/* zone: see zone.h. */
#include "zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/err.h"

#define DATABASE "/usr/share/zoneinfo"
#define PATH_LEN 512

/* The library takes what it does not know for UTC. */
static bool is_known(const char *zone)
{
	char path[PATH_LEN];
	const char *dir = getenv("TZDIR");
	if (!*zone || *zone == '/' || strstr(zone, "..") || strlen(zone) >= ZONE_NAME)
		return false;
	if (strcmp(zone, "UTC") == 0)
		return true;
	int len = snprintf(path, sizeof(path), "%s/%s", dir ? dir : DATABASE, zone);
	return len > 0 && (size_t)len < sizeof(path) && access(path, R_OK) == 0;
}

static int set_zone(const char *zone)
{
	int err = zone ? setenv("TZ", zone, 1) : unsetenv("TZ");
	tzset();
	return err ? ERR_NOMEM : 0;
}

int zone_local(const char *zone, int64_t utc_s, struct zone_time *out)
{
	const char *tz = getenv("TZ");
	char *was = tz ? strdup(tz) : NULL;
	time_t at = (time_t)utc_s;
	struct tm tm = {0};
	if (tz && !was)
		return ERR_NOMEM;
	int err = is_known(zone) ? set_zone(zone) : ERR_NOT_FOUND;
	if (!err && !localtime_r(&at, &tm))
		err = ERR_RANGE;
	if (err != ERR_NOT_FOUND)
		(void)set_zone(was);
	free(was);
	if (err)
		return err;
	out->day = (unsigned)(tm.tm_wday + 6) % 7;
	out->minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
	return 0;
}

const char *zone_here(char out[ZONE_NAME])
{
	char path[PATH_LEN];
	const char *tz = getenv("TZ"), *name = NULL;
	ssize_t len = readlink("/etc/localtime", path, sizeof(path) - 1);
	if (len > 0) {
		path[len] = '\0';
		name = strstr(path, "/zoneinfo/");
		name = name ? name + strlen("/zoneinfo/") : NULL;
	}
	if (tz && *tz)
		name = *tz == ':' ? tz + 1 : tz;
	snprintf(out, ZONE_NAME, "%s", name && is_known(name) ? name : "UTC");
	return out;
}
