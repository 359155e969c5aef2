/* tls_wire: see tls_wire.h. The socket is made non-blocking; poll does the waiting, against one absolute end. */
#include "tls_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "proto/err.h"

struct tls_wire {
	SSL *ssl;
	int fd;
	uint8_t key[TLS_KEY];
	bool broken;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* After an SSL call that did not succeed: 0 to try again, or why not. */
static int wait_for(struct tls_wire *w, int ret, int64_t end)
{
	struct pollfd p = {.fd = w->fd};
	int64_t left;
	int n;

	switch (SSL_get_error(w->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		p.events = POLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		p.events = POLLOUT;
		break;
	default:
		w->broken = true;
		ERR_clear_error();
		return ERR_CLOSED;
	}
	do {
		left = end - now_ms();
		if (left <= 0)
			return ERR_TIMEOUT;
		n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_CLOSED;
	return n == 0 ? ERR_TIMEOUT : 0;
}

static int handshake(struct tls_wire *w, unsigned ms)
{
	int64_t end = now_ms() + ms;
	int err = 0, ret;

	for (;;) {
		ERR_clear_error();
		ret = SSL_connect(w->ssl);
		if (ret == 1)
			return 0;
		err = wait_for(w, ret, end);
		if (err != 0)
			return err;
	}
}

int tls_wire_open(struct ssl_ctx_st *ctx, int fd, const uint8_t (*pins)[TLS_KEY], size_t n, unsigned ms,
                  struct tls_wire **out)
{
	struct tls_wire *w = calloc(1, sizeof *w);
	int flags = fcntl(fd, F_GETFL);
	int err = ERR_NOMEM;

	*out = NULL;
	if (w == NULL) {
		close(fd);
		return err;
	}
	w->fd = fd;
	w->ssl = tls_conn_new(ctx);
	if (w->ssl == NULL || SSL_set_fd(w->ssl, fd) != 1)
		goto out;
	err = ERR_CLOSED;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		goto out;
	err = handshake(w, ms);
	if (err == 0)
		err = n > 0 ? tls_check_pin(w->ssl, pins, n, w->key) : tls_peer_key(w->ssl, w->key);
	if (err != 0)
		goto out;
	*out = w;
	w = NULL;
out:
	tls_wire_close(w);
	return err;
}

int tls_wire_read(struct tls_wire *w, void *bytes, size_t len, unsigned ms, size_t *got)
{
	int64_t end = now_ms() + ms;
	int err, ret;

	*got = 0;
	while (!w->broken) {
		ERR_clear_error();
		ret = SSL_read(w->ssl, bytes, len > INT_MAX ? INT_MAX : (int)len);
		if (ret > 0) {
			*got = (size_t)ret;
			return 0;
		}
		err = wait_for(w, ret, end);
		if (err != 0)
			return err;
	}
	return ERR_CLOSED;
}

int tls_wire_write(struct tls_wire *w, const void *bytes, size_t len, unsigned ms)
{
	int64_t end = now_ms() + ms;
	int err, ret;

	if (len > INT_MAX)
		return ERR_RANGE;
	while (!w->broken && len > 0) {
		ERR_clear_error();
		ret = SSL_write(w->ssl, bytes, (int)len);
		if (ret > 0)
			return 0;
		err = wait_for(w, ret, end);
		if (err != 0) {
			w->broken = true;
			return err;
		}
	}
	return w->broken ? ERR_CLOSED : 0;
}

void tls_wire_key(const struct tls_wire *w, uint8_t key[TLS_KEY])
{
	for (size_t i = 0; i < TLS_KEY; i++)
		key[i] = w->key[i];
}

int tls_wire_fd(const struct tls_wire *w)
{
	return w->fd;
}

bool tls_wire_pending(const struct tls_wire *w)
{
	return tls_has_pending(w->ssl);
}

void tls_wire_close(struct tls_wire *w)
{
	if (w == NULL)
		return;
	if (w->ssl != NULL && !w->broken)
		tls_bye(w->ssl);
	tls_conn_free(w->ssl);
	close(w->fd);
	free(w);
}
