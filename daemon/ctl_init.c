/* ctl_init: makes a clinic's server: its two keys, an empty store, and the founding code with which the first admin
 * joins. The code is printed once and kept nowhere; the store holds only a packet that it opens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/buf.h"
#include "proto/code.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "proto/invite.h"

#include "config.h"
#include "keys.h"
#include "store.h"

#include "ctl.h"

#define FOUNDING_DAYS 30
#define DAY_MS ((uint64_t)86400000)

static int make_dir(const char *dir)
{
	struct stat st;
	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return ERR_IO;
}

static int seal_packet(const struct ctl *ctl, const struct keys *keys, const struct code *code,
                       struct store_birth *birth, struct buf *packet)
{
	struct invite_keys invite;
	struct invite_packet plain = {.kind = INVITE_FOUNDING, .role = ROLE_ADMIN, .expires_ms = birth->expires_ms};
	if (strlen(ctl->name) >= sizeof(plain.clinic_name))
		return ERR_ARG;
	snprintf(plain.clinic_name, sizeof(plain.clinic_name), "%s", ctl->name);
	snprintf(plain.invitee_name, sizeof(plain.invitee_name), "%s", "Admin");
	int err = invite_derive(code->symbols, CODE_SYMBOLS, &invite);
	if (!err)
		err = keys_public(keys, plain.server_tls, plain.log);
	if (!err)
		err = invite_seal(&invite, &plain, packet);
	memcpy(birth->founding_id, invite.id, sizeof(birth->founding_id));
	crypto_wipe(&invite, sizeof(invite));
	return err;
}

static int make_store(const struct ctl *ctl, const struct keys *keys, const struct code *code)
{
	struct store_opts opts = ctl_store_opts(ctl);
	struct store_birth birth = {.created_ms = (uint64_t)time(NULL) * 1000};
	birth.expires_ms = birth.created_ms + FOUNDING_DAYS * DAY_MS;
	struct buf packet;
	buf_init(&packet, INVITE_PACKET_MAX);
	int err = crypto_random(birth.generation, sizeof(birth.generation));
	if (!err)
		err = seal_packet(ctl, keys, code, &birth, &packet);
	birth.packet = packet.data;
	birth.packet_len = packet.len;
	if (!err)
		err = store_create(&opts, &birth);
	buf_wipe(&packet);
	return err;
}

static int print_code(const struct ctl *ctl, const struct code *code, const char *host, uint16_t port)
{
	char text[CODE_AT_TEXT];
	int err = code_format_at(code, host, port, text);
	if (err)
		return ctl_fail("the founding code", err);
	printf("The server of \"%s\" is ready in %s.\n\n", ctl->name, ctl->config->state_dir);
	printf("Founding code, for the clinic's first admin:\n\n  %s\n\n", text);
	printf("It works once, within %d days. It is shown only now and kept nowhere.\n", FOUNDING_DAYS);
	printf("Next: start kapd, then on the admin's own device: kap join CODE\n");
	crypto_wipe(text, sizeof(text));
	if (fflush(stdout) == 0)
		return CTL_OK;
	fprintf(stderr, "kapctl: the founding code could not be shown. Remove %s and start again.\n",
	        ctl->config->state_dir);
	return CTL_FAILED;
}

/* Why nothing came of it; nothing is left behind either. */
static int say_why(const struct ctl *ctl, int err)
{
	const char *dir = ctl->config->state_dir;
	if (err == ERR_EXISTS)
		fprintf(stderr, "kapctl: %s holds a server's keys or store already. Nothing was changed.\n", dir);
	else if (err == ERR_ARG)
		fprintf(stderr, "kapctl: --name: a clinic's name has 1 to 80 characters. Nothing was made.\n");
	else if (err == ERR_CONFIG)
		fprintf(stderr,
		        "kapctl: %s is on a file system that is not known to keep what it is given.\n"
		        "Nothing was made. --any-filesystem takes it all the same.\n",
		        dir);
	else
		ctl_fail(dir, err);
	return CTL_FAILED;
}

int ctl_init(const struct ctl *ctl)
{
	char host[CODE_HOST];
	uint16_t port;
	struct code code;
	struct keys *keys = NULL;
	if (!ctl->name || !ctl->address) {
		fprintf(stderr,
		        "kapctl: init needs --name \"CLINIC\" and --address HOST[:PORT]: what devices will connect to.\n");
		return CTL_USAGE;
	}
	int err = code_parse_address(ctl->address, host, &port);
	if (err)
		return ctl_fail("--address", err);
	err = make_dir(ctl->config->state_dir);
	if (err)
		return ctl_fail(ctl->config->state_dir, err);
	err = code_new(CODE_FOUNDING, &code);
	if (!err)
		err = keys_create(ctl->config->state_dir, &keys);
	if (!err) {
		err = make_store(ctl, keys, &code);
		if (err)
			keys_remove(ctl->config->state_dir);
	}
	int exit_code = err ? say_why(ctl, err) : print_code(ctl, &code, host, port);
	code_wipe(&code);
	keys_free(keys);
	return exit_code;
}
