/* replay: feeds files to a fuzz target, one after another, without libFuzzer: the corpus as an ordinary test, with any
 * compiler and sanitizer. Arguments are files and directories; without any, tests/fuzz/corpus/ and the program's own
 * name. Prints TAP, and the name of each input before it is fed, so that the last one named is the one that crashed. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Whole file in memory of exactly its size, so that a sanitizer sees a read beyond it. */
static bool feed_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	struct stat st;
	bool fed = false;
	size_t size;

	if (!f || fstat(fileno(f), &st))
		goto out;
	size = (size_t)st.st_size;
	data = malloc(size > 0 ? size : 1);
	if (!data || fread(data, 1, size, f) != size)
		goto out;
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	fed = true;
out:
	if (!fed)
		printf("# %s: %s\n", path, strerror(errno));
	free(data);
	if (f)
		fclose(f);
	return fed;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Adds the inputs of `path`, a file or a directory of files, to *count. False when one cannot be read. */
static bool feed(const char *path, unsigned *count)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, visible, alphasort);
	bool fed = true;

	if (n < 0 && errno == ENOTDIR) {
		fed = feed_file(path);
		*count += fed;
		return fed;
	}
	if (n < 0) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];
		int len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);

		if (len < (int)sizeof file && feed_file(file))
			(*count)++;
		else
			fed = false;
		free(entries[i]);
	}
	free(entries);
	return fed;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	unsigned count = 0;
	bool fed = true;
	char own[4096];

	printf("1..1\n");
	if (LLVMFuzzerInitialize && LLVMFuzzerInitialize(&argc, &argv))
		fed = false;
	for (int i = 1; i < argc; i++)
		fed = feed(argv[i], &count) && fed;
	if (argc < 2) {
		snprintf(own, sizeof own, "tests/fuzz/corpus/%s", name);
		fed = feed(own, &count) && fed;
	}
	fed = fed && count > 0;
	printf("%sok 1 - %s: %u inputs\n", fed ? "" : "not ", name, count);
	return fed ? 0 : 1;
}
