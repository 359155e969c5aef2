/* fault_shim: preloaded into a program, makes one of its calls to the disk fail, by count. What it does is said in the
 * environment:
 *     FAULT_NTH=n      the n-th call fails (from 1); 0: none, they are only counted
 *     FAULT_ERRNO=e    with this errno (5)
 *     FAULT_HOW=once   that one call; sticky: it and all after it; short: half of it is written;
 *               kill   the process ends there; lie: it and all after it report success and do nothing
 *     FAULT_COUNT=file the number of calls is written there when the process exits
 *     FAULT_CALLS=changes  only calls that change something on the disk are counted: not open, not mmap
 * Standard input, output and error are left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

enum fate { PASS, FAIL, HALF, LIE };

static int all_calls(void)
{
	const char *which = getenv("FAULT_CALLS");
	return !which || strcmp(which, "changes") != 0;
}

static long number(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text ? strtol(text, NULL, 10) : otherwise;
}

static enum fate fate(void)
{
	const char *how = getenv("FAULT_HOW");
	long nth = number("FAULT_NTH", 0), n = atomic_fetch_add(&calls, 1) + 1;
	if (!how)
		how = "once";
	if (nth == 0 || n < nth)
		return PASS;
	if (strcmp(how, "lie") == 0)
		return LIE;
	if (n > nth && strcmp(how, "sticky") != 0)
		return PASS;
	if (strcmp(how, "kill") == 0)
		_exit(137);
	if (strcmp(how, "short") == 0)
		return HALF;
	errno = (int)number("FAULT_ERRNO", EIO);
	return FAIL;
}

__attribute__((destructor)) static void say_count(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%ld\n", atomic_load(&calls));
	fclose(f);
}

#define REAL(name)                                                                                                     \
	static __typeof__(&name) real;                                                                                     \
	if (!real)                                                                                                         \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

static size_t total(const struct iovec *v, int n)
{
	size_t len = 0;
	for (int i = 0; i < n; i++)
		len += v[i].iov_len;
	return len;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	REAL(pwrite64);
	switch (fate()) {
	case FAIL:
		return -1;
	case LIE:
		return (ssize_t)len;
	case HALF:
		return real(fd, bytes, len / 2, at);
	default:
		return real(fd, bytes, len, at);
	}
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return pwrite64(fd, bytes, len, at);
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
	REAL(pwritev64);
	switch (fate()) {
	case FAIL:
		return -1;
	case LIE:
		return (ssize_t)total(v, n);
	case HALF:
		return real(fd, v, n > 1 ? n / 2 : 0, at);
	default:
		return real(fd, v, n, at);
	}
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return pwritev64(fd, v, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	REAL(writev);
	switch (fd > 2 ? fate() : PASS) {
	case FAIL:
		return -1;
	case LIE:
		return (ssize_t)total(v, n);
	case HALF:
		return real(fd, v, n > 1 ? n / 2 : 0);
	default:
		return real(fd, v, n);
	}
}

/* Calls that have no half: they fail instead. */
static int fails(void)
{
	enum fate f = fate();
	if (f == HALF)
		errno = EINTR;
	return f == FAIL || f == HALF;
}

#define SYNC_CALL(name, args, pass)                                                                                    \
	int name args                                                                                                      \
	{                                                                                                                  \
		REAL(name);                                                                                                    \
		return fails() ? -1 : real pass;                                                                               \
	}

SYNC_CALL(fdatasync, (int fd), (fd))
SYNC_CALL(fsync, (int fd), (fd))
SYNC_CALL(msync, (void *at, size_t len, int flags), (at, len, flags))
SYNC_CALL(rename, (const char *from, const char *to), (from, to))
SYNC_CALL(mkdir, (const char *path, mode_t mode), (path, mode))
SYNC_CALL(unlink, (const char *path), (path))
SYNC_CALL(ftruncate64, (int fd, off64_t len), (fd, len))

int ftruncate(int fd, off_t len)
{
	return ftruncate64(fd, len);
}

void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset)
{
	REAL(mmap64);
	if (fd > 2 && all_calls() && fails()) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return real(at, len, prot, flags, fd, offset);
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	return mmap64(at, len, prot, flags, fd, offset);
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	REAL(open64);
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return all_calls() && fails() ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open64(path, flags, mode);
}
