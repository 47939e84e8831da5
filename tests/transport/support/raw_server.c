/* SPDX-License-Identifier: MIT */
#include "support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct raw_server {
  int fd;
  unsigned port;
  SSL_CTX *tls;
  raw_serve serve;
  atomic_uint count;
  atomic_int stop;
  pthread_t thread;
};

struct raw_connection {
  int fd;
  SSL *tls;
};

void raw_sleep(unsigned ms) {
  struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
  nanosleep(&t, NULL);
}

bool raw_send(raw_connection *c, const void *octets, size_t n) {
  if (c->tls != NULL) return SSL_write(c->tls, octets, (int)n) == (int)n;
  return send(c->fd, octets, n, MSG_NOSIGNAL) == (ssize_t)n;
}

bool raw_say(raw_connection *c, const char *text) {
  return raw_send(c, text, strlen(text));
}

void raw_reset(raw_connection *c) {
  struct linger now = {1, 0};
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void raw_hang_up(raw_connection *c) {
  shutdown(c->fd, SHUT_WR);
  raw_sleep(5);
  raw_reset(c);
}

static ssize_t hear(raw_connection *c, char *room, size_t size) {
  return c->tls != NULL ? SSL_read(c->tls, room, (int)size) : recv(c->fd, room, size, 0);
}

/* Reads a request with its Content-Length body. */
static bool read_request(raw_connection *c) {
  static const char length[] = "Content-Length: ";
  char text[16384] = "";
  size_t have = 0;
  for (;;) {
    ssize_t n = hear(c, text + have, sizeof text - 1 - have);
    if (n <= 0) return false;
    have += (size_t)n;
    if (have == sizeof text - 1) return true; /* more than any test looks at */
    text[have] = '\0';
    char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) continue;
    char *field = strcasestr(text, length);
    size_t body = field != NULL ? strtoul(field + sizeof length - 1, NULL, 10) : 0;
    if (have >= (size_t)(end + 4 - text) + body) return true;
  }
}

static void serve_one(raw_server *self, int fd, unsigned number) {
  raw_connection c = {.fd = fd};
  struct timeval patience = {5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  bool good = true;
  if (self->tls != NULL) {
    c.tls = SSL_new(self->tls);
    SSL_set_fd(c.tls, fd);
    good = SSL_accept(c.tls) == 1;
  }
  if (good && read_request(&c)) self->serve(&c, number);
  if (c.tls != NULL) {
    if (good) SSL_shutdown(c.tls);
    SSL_free(c.tls);
  }
  /* What the client still says is read, or closing would become a reset that takes our alert away.
   */
  struct linger linger = {0};
  socklen_t size = sizeof linger;
  getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size);
  if (!linger.l_onoff) {
    char rest[512];
    struct timeval briefly = {0, 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &briefly, sizeof briefly);
    shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof rest, 0) > 0)
      continue;
  }
  close(fd);
}

static void *thread_main(void *ctx) {
  raw_server *self = ctx;
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, NULL); /* of this thread; the client's has to see to its own */
  while (atomic_load(&self->stop) == 0) {
    struct pollfd wait = {.fd = self->fd, .events = POLLIN};
    if (poll(&wait, 1, 20) <= 0) continue;
    int fd = accept(self->fd, NULL, NULL);
    if (fd >= 0) serve_one(self, fd, atomic_fetch_add(&self->count, 1));
  }
  return NULL;
}

static SSL_CTX *make_tls(const char *cert, const char *client_ca) {
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  assert_non_null(tls);
  assert_int_equal(SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey_file(tls, cert, SSL_FILETYPE_PEM), 1);
  if (client_ca != NULL) {
    assert_int_equal(SSL_CTX_load_verify_locations(tls, client_ca, NULL), 1);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  }
  return tls;
}

raw_server *raw_start(raw_serve serve, const char *cert, const char *client_ca) {
  raw_server *self = calloc(1, sizeof *self);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  assert_non_null(self);
  self->serve = serve;
  if (cert != NULL) self->tls = make_tls(cert, client_ca);
  self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(self->fd >= 0);
  assert_int_equal(bind(self->fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(self->fd, 8), 0);
  assert_int_equal(getsockname(self->fd, (struct sockaddr *)&address, &size), 0);
  self->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&self->thread, NULL, thread_main, self), 0);
  return self;
}

void raw_stop(raw_server *self) {
  atomic_store(&self->stop, 1);
  pthread_join(self->thread, NULL);
  close(self->fd);
  SSL_CTX_free(self->tls);
  free(self);
}

unsigned raw_port(const raw_server *self) {
  return self->port;
}

unsigned raw_count(const raw_server *self) {
  return atomic_load(&self->count);
}
