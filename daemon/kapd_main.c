/* kapd: options, configuration, keys, store, roster, listener; then the loop; then everything back in order. Knows what
 * is started and stopped when, and nothing of what any of it does. */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "certs/tls.h"
#include "config.h"
#include "dispatch_ops.h"
#include "keys.h"
#include "listen.h"
#include "log.h"
#include "note.h"
#include "notify.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "req.h"
#include "roster.h"
#include "server.h"
#include "store.h"
#include "underway.h"
#include "writer.h"

#define KAPD_CONFIG "/etc/kapd/kapd.conf"
#define KAPD_SPARE_FDS 64
#define KAPD_MMAP_BYTES (8 << 20)
#define KAPD_KEPT_BYTES (64 << 20)

enum exit_code { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_NETWORK = 69, EXIT_STORAGE = 74 };

static const char usage[] = "usage: kapd [-c FILE] [--set KEY=VALUE]... [--check-config | --help-config]\n"
                            "\n"
                            "The server of a clinic: keeps, orders and delivers sealed records.\n"
                            "  -c, --config FILE   read FILE instead of " KAPD_CONFIG "\n"
                            "  --set KEY=VALUE     set one key, over what the file says\n"
                            "  --check-config      say whether the configuration is right, and end\n"
                            "  --help-config       print every key with its bounds and default, and end\n"
                            "  --help              print this, and end\n"
                            "\n"
                            "Example: kapd --set port=7443 --set state_dir=/var/lib/kapd\n";

/* Everything that is open; the order of the fields is the order of opening. */
struct house {
	struct config config;
	struct keys *keys;
	struct store *store;
	struct roster *roster;
	struct writer *writer;
	struct underway *underway;
	struct ssl_ctx_st *tls;
	struct req_env env;
	struct server *server;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int identify(struct roster *roster, const uint8_t tls[32], struct req_who *who)
{
	struct roster_who found;
	int err = roster_who(roster, tls, &found);

	who->role = (uint8_t)found.role;
	who->paper = found.paper;
	memcpy(who->genesis, found.genesis, sizeof who->genesis);
	memcpy(who->pid, found.pid, sizeof who->pid);
	memcpy(who->did, found.did, sizeof who->did);
	return err;
}

static void on_writer(void *arg)
{
	struct house *h = arg;

	writer_drain(h->writer);
	if (writer_failed(h->writer))
		server_stop(h->server, ERR_STORE_FATAL);
}

static void on_stopping(void)
{
	notify_send("STOPPING=1");
}

static void note_own(struct house *h, enum audit_own_op op)
{
	struct audit_row row = {.time_ms = now_ms(), .op = (uint16_t)op};
	int err = note_row(h->writer, &row);

	if (err != 0)
		log_error("audit_lost", LOG_U64("op", op), LOG_ERR(err));
}

/* --- configuration --- */

enum { OPT_SET = 256, OPT_CHECK, OPT_HELP_CONFIG };

struct options {
	const char *path;
	bool chosen; /* a file that was asked for must be there */
	bool check, help_config, help;
	int first_set;
};

static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                             {"set", required_argument, NULL, OPT_SET},
                                             {"check-config", no_argument, NULL, OPT_CHECK},
                                             {"help-config", no_argument, NULL, OPT_HELP_CONFIG},
                                             {"help", no_argument, NULL, 'h'},
                                             {0}};

/* Reads the options. `config` NULL: finds the file's name; else applies every --set. */
static int walk_options(int argc, char **argv, struct options *o, struct config *config, struct buf *errors)
{
	int c, err = 0;

	optind = 1;
	while ((c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->path = optarg;
			o->chosen = true;
			break;
		case OPT_SET:
			if (config != NULL && config_set(config, optarg, errors) != 0)
				err = ERR_CONFIG;
			break;
		case OPT_CHECK:
			o->check = true;
			break;
		case OPT_HELP_CONFIG:
			o->help_config = true;
			break;
		case 'h':
			o->help = true;
			break;
		default:
			return ERR_ARG;
		}
	}
	return optind == argc ? err : ERR_ARG;
}

static int read_config(int argc, char **argv, struct options *o, struct config *config)
{
	struct buf errors;
	int err = 0, e;

	buf_init(&errors, 0);
	config_defaults(config);
	if (o->chosen || access(o->path, F_OK) == 0)
		err = config_load(config, o->path, &errors);
	opterr = 0; /* said already */
	e = walk_options(argc, argv, o, config, &errors);
	err = err != 0 ? err : e;
	if (err == 0)
		err = config_check(config, &errors);
	if (errors.len > 0)
		fwrite(errors.data, 1, errors.len, stderr);
	buf_wipe(&errors);
	return err;
}

static int print_keys(void)
{
	struct buf out;
	int err;

	buf_init(&out, 0);
	err = config_help(&out);
	if (err == 0 && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
		err = ERR_IO;
	buf_wipe(&out);
	return err;
}

/* --- opening and closing --- */

/* Answers of up to a frame come and go all the time: their pages are kept, not given back and fetched again. */
static void keep_pages(void)
{
	mallopt(M_MMAP_THRESHOLD, KAPD_MMAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, KAPD_KEPT_BYTES);
}

static void raise_descriptors(const struct config *config)
{
	struct rlimit fds;
	rlim_t want = (rlim_t)config->max_connections + KAPD_SPARE_FDS;

	if (getrlimit(RLIMIT_NOFILE, &fds) == 0 && fds.rlim_cur < want) {
		fds.rlim_cur = want < fds.rlim_max ? want : fds.rlim_max;
		setrlimit(RLIMIT_NOFILE, &fds);
	}
}

static enum exit_code say(const char *what, int err, enum exit_code code)
{
	fprintf(stderr, "kapd: %s%s%s\n", what, err != 0 ? " " : "", err_text(err));
	return code;
}

static uint64_t map_size(const struct config *config)
{
	return (uint64_t)config->store_mib << 20;
}

static enum exit_code open_storage(struct house *h)
{
	struct store_opts opts = {
	    .dir = h->config.state_dir, .map_size = map_size(&h->config), .any_filesystem = h->config.any_filesystem != 0};
	struct writer_opts writing = {0};
	int err = keys_load(h->config.state_dir, &h->keys);

	if (err == ERR_NOT_FOUND)
		return say("There is no server here yet; `kapctl init` makes one.", 0, EXIT_USAGE);
	if (err != 0)
		return say("The server's keys cannot be used.", err, err == ERR_CONFIG ? EXIT_USAGE : EXIT_STORAGE);
	err = store_open(&opts, &h->store);
	if (err != 0)
		return say("The store cannot be opened.", err, EXIT_STORAGE);
	err = roster_new(h->store, &h->roster);
	if (err != 0)
		return say("The members cannot be read from the store.", err, EXIT_STORAGE);
	writing.store = h->store;
	err = writer_new(&writing, &h->writer);
	if (err == 0)
		err = underway_new(&h->underway);
	return err == 0 ? EXIT_FINE : say("The writer cannot be started.", err, EXIT_STORAGE);
}

static enum exit_code open_network(struct house *h)
{
	struct server_opts opts = {.env = &h->env, .rows = dispatch_ops_rows(), .stopping = on_stopping};
	int err = tls_server_new(keys_tls_seed(h->keys), &h->tls);

	if (err != 0)
		return say("TLS cannot be set up.", err, EXIT_NETWORK);
	h->env = (struct req_env){.config = &h->config,
	                          .store = h->store,
	                          .writer = h->writer,
	                          .roster = h->roster,
	                          .underway = h->underway,
	                          .log_key = keys_log_key(h->keys),
	                          .now_ms = now_ms,
	                          .identify = identify,
	                          .audit = note_row};
	opts.tls = h->tls;
	opts.listen_fd = listen_inherited();
	err = server_new(&opts, &h->server);
	if (err == ERR_UNREACHABLE) {
		fprintf(stderr, "kapd: Listening on %s port %u is not possible: %s.\n", h->config.listen, h->config.port,
		        strerror(errno));
		return EXIT_NETWORK;
	}
	if (err == ERR_CONFIG)
		return say("listen is not an address.", err, EXIT_USAGE);
	if (err == 0)
		err = server_watch_fd(h->server, writer_fd(h->writer), on_writer, h);
	return err == 0 ? EXIT_FINE : say("The network cannot be set up.", err, EXIT_NETWORK);
}

/* Jobs still waiting are made durable by writer_stop, whose callbacks may use the server, so that goes after it. */
static void close_house(struct house *h)
{
	if (h->writer != NULL)
		writer_stop(h->writer);
	server_free(h->server);
	tls_free(h->tls);
	writer_free(h->writer);
	underway_free(h->underway);
	roster_free(h->roster);
	store_close(h->store);
	keys_free(h->keys);
}

static enum exit_code run(struct house *h)
{
	enum exit_code code = open_storage(h);
	int err;

	if (code == EXIT_FINE)
		code = open_network(h);
	if (code == EXIT_FINE) {
		note_own(h, AUDIT_OP_START);
		printf("ready port=%u\n", server_port(h->server));
		fflush(stdout);
		notify_send("READY=1");
		log_info("ready", LOG_U64("port", server_port(h->server)));
		err = server_run(h->server);
		if (err == 0 || err == ERR_TIMEOUT)
			note_own(h, AUDIT_OP_STOP);
		else
			code = EXIT_STORAGE;
		log_info("stop", LOG_ERR(err));
	}
	if (h->writer != NULL) {
		writer_stop(h->writer);
		if (writer_failed(h->writer))
			code = EXIT_STORAGE;
	}
	close_house(h);
	return code;
}

int main(int argc, char **argv)
{
	struct options o = {.path = KAPD_CONFIG};
	struct house house = {0};
	enum exit_code code;

	umask(077);
	keep_pages();
	crypto_harden_process();
	if (walk_options(argc, argv, &o, NULL, NULL) != 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (o.help)
		return fputs(usage, stdout) < 0 ? EXIT_USAGE : EXIT_FINE;
	if (o.help_config)
		return print_keys() != 0 ? EXIT_USAGE : EXIT_FINE;
	if (read_config(argc, argv, &o, &house.config) != 0)
		return EXIT_USAGE;
	if (o.check)
		return puts("The configuration is right.") < 0 ? EXIT_USAGE : EXIT_FINE;
	log_set_level((enum log_level)house.config.log_level);
	log_set_output(STDERR_FILENO, getenv("JOURNAL_STREAM") != NULL);
	raise_descriptors(&house.config);
	if (crypto_init() != 0)
		return (int)say("The cryptographic library cannot be used.", ERR_CRYPTO, EXIT_USAGE);
	code = run(&house);
	crypto_fini();
	return (int)code;
}
