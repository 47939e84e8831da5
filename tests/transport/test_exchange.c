/* SPDX-License-Identifier: MIT */
/* One exchange by itself: how far it came is told truly, over real sockets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <omadm/transport.h>

#include "base/clock.h"
#include "base/str.h"
#include "support/certs.h"
#include "support/raw_server.h"
#include "support/web_server.h"

#define SECRET "hunter2"

static certs files;

typedef struct asked {
  omadm_csp_http_request request; /* set what differs before ask */
  omadm_csp_http_reply reply;
  omadm_error error;
  char url[200], headers[4096], body[65536];
  char lines[4096]; /* what was logged */
} asked;

static void keep_log(void *ctx, omadm_log_level level, const char *module, const char *text) {
  asked *a = ctx;
  size_t used = strlen(a->lines);
  (void)level;
  snprintf(a->lines + used, sizeof a->lines - used, "%s: %s\n", module, text);
}

static asked *to(const char *scheme, const char *host, unsigned port) {
  static asked a;
  a = (asked){.request = {.struct_size = sizeof a.request,
                          .timeout_ms = 1000,
                          .method = OMADM_STR("POST"),
                          .headers = OMADM_STR("Content-Type: text/plain\r\n"
                                               "Authorization: Bearer " SECRET "\r\n"),
                          .body = OMADM_STR("body " SECRET)},
              .reply = {.struct_size = sizeof a.reply}};
  snprintf(a.url, sizeof a.url, "%s://%s:%u/path?key=" SECRET, scheme, host, port);
  a.request.url = omadm_str_of(a.url);
  a.reply.headers = a.headers;
  a.reply.headers_size = sizeof a.headers;
  a.reply.body = a.body;
  a.reply.body_size = sizeof a.body;
  return &a;
}

static omadm_err ask(asked *a) {
  const omadm_log log = {sizeof log, a, OMADM_LOG_DEBUG, keep_log};
  omadm_err err = omadm_http_exchange(&log, &a->request, &a->reply, &a->error);
  assert_int_equal(err == 0, a->reply.stage == OMADM_CSP_HTTP_DONE);
  assert_int_equal(err, a->error.code);
  assert_int_equal(strlen(a->error.text) > 0, err != 0);
  assert_null(strstr(a->lines, SECRET));
  assert_null(strstr(a->error.text, SECRET));
  if (err != 0) assert_int_equal(a->reply.body_len + a->reply.headers_len, 0);
  return err;
}

static void expect(asked *a, omadm_err err, omadm_csp_http_stage stage) {
  omadm_err got = ask(a);
  if (got != err || a->reply.stage != (uint32_t)stage)
    fail_msg("%d at stage %u, not %d at %d: %s", got, a->reply.stage, err, stage, a->error.text);
}

static int make(void **state) {
  (void)state;
  certs_make(&files);
  return 0;
}

static int clean(void **state) {
  (void)state;
  certs_remove(&files);
  return 0;
}

static void an_answer_comes_back_whatever_its_status(void **state) {
  static const web_reply replies[] = {
      {.type = "text/plain", .body = "fine", .headers = {"MS-CV", "id1"}},
      {.status = 404, .body = "no"},
      {.status = 503, .headers = {"Retry-After", "7"}},
      {.status = 302, .headers = {"Location", "/elsewhere"}},
  };
  (void)state;
  web_server *server = web_start(replies, 4, NULL, NULL);
  asked *a = to("http", "127.0.0.1", web_port(server));
  expect(a, 0, OMADM_CSP_HTTP_DONE);
  assert_int_equal(a->reply.status, 200);
  assert_true(omadm_str_is((omadm_str){a->reply.body, a->reply.body_len}, "fine"));
  a->headers[a->reply.headers_len] = '\0';
  assert_non_null(strstr(a->headers, "MS-CV: id1\r\n"));
  assert_null(strstr(a->headers, "HTTP/"));
  assert_string_equal(a->headers + a->reply.headers_len - 2, "\r\n");
  assert_non_null(strstr(a->lines, "POST http://127.0.0.1"));
  const unsigned statuses[] = {404, 503, 302};
  for (size_t i = 0; i < 3; i++) {
    a = to("http", "localhost", web_port(server));
    expect(a, 0, OMADM_CSP_HTTP_DONE);
    assert_int_equal(a->reply.status, statuses[i]);
  }
  assert_int_equal(web_count(server), 4);
  web_stop(server);
}

static void what_was_asked_arrives_and_nothing_else(void **state) {
  static const web_reply replies[] = {{.headers = {"Set-Cookie", "a=b"}}, {.body = "x"}};
  (void)state;
  web_server *server = web_start(replies, 2, NULL, NULL);
  asked *a = to("http", "127.0.0.1", web_port(server));
  a->request.headers = (omadm_str)OMADM_STR("X-Empty:\r\nX-One:   1 2 \r\n");
  expect(a, 0, OMADM_CSP_HTTP_DONE);
  const web_request *got = web_at(server, 0);
  assert_string_equal(got->method, "POST");
  assert_string_equal(got->url, "/path?key=" SECRET);
  assert_string_equal(got->body, "body " SECRET);
  assert_true(web_has(got, "X-Empty", ""));
  assert_true(web_has(got, "X-One", "1 2"));
  assert_false(web_has(got, "Content-Type", NULL));
  assert_false(web_has(got, "Expect", NULL));
  a = to("http", "127.0.0.1", web_port(server));
  a->request.method = (omadm_str)OMADM_STR("GET");
  a->request.body = a->request.headers = (omadm_str){NULL, 0};
  expect(a, 0, OMADM_CSP_HTTP_DONE);
  got = web_at(server, 1);
  assert_string_equal(got->method, "GET");
  assert_false(web_has(got, "Cookie", NULL));
  assert_int_equal(got->body_len, 0);
  web_stop(server);
}

static void every_method_is_the_one_asked_for(void **state) {
  static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};
  static const web_reply replies[] = {{.body = "x"}};
  (void)state;
  web_server *server = web_start(replies, 1, NULL, NULL);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    asked *a = to("http", "127.0.0.1", web_port(server));
    a->request.method = omadm_str_of(names[i]);
    a->request.body = (omadm_str){NULL, 0};
    expect(a, 0, OMADM_CSP_HTTP_DONE);
    assert_string_equal(web_at(server, i)->method, names[i]);
    assert_int_equal(a->reply.body_len, i == 1 ? 0 : 1);
  }
  web_stop(server);
}

static void what_cannot_be_sent_is_told_before(void **state) {
  static const struct {
    const char *method, *url, *headers, *ca;
    omadm_csp_http_stage stage;
  } bad[] = {
      {"PROPFIND", "http://127.0.0.1:9/", "", "", OMADM_CSP_HTTP_URL},
      {"", "http://127.0.0.1:9/", "", "", OMADM_CSP_HTTP_URL},
      {"GET", "http://127.0.0.1:9/", "", "", OMADM_CSP_HTTP_URL}, /* a body */
      {"POST", "", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "ftp://127.0.0.1/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "file:///etc/passwd", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "http://server.example/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "http://127.0.0.1.example/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "https://user:" SECRET "@server.example/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "https://server.example:99999/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "https://a b/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "https://a\r\nb/", "", "", OMADM_CSP_HTTP_URL},
      {"POST", "http://127.0.0.1:9/", "X: 1", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X: 1\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X: 1\nY: 2\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X: 1\rY: 2\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", ": 1\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X Y: 1\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "X: 1\r\n\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "content-length: 0\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "Transfer-Encoding: chunked\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "http://127.0.0.1:9/", "Host: other\r\n", "", OMADM_CSP_HTTP_HEADERS},
      {"POST", "https://127.0.0.1:9/", "", "/no/such/file", OMADM_CSP_HTTP_OPTIONS},
      {"POST", "https://127.0.0.1:9/", "", "/etc\n", OMADM_CSP_HTTP_OPTIONS},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    asked *a = to("http", "127.0.0.1", 9);
    a->request.method = omadm_str_of(bad[i].method);
    a->request.url = omadm_str_of(bad[i].url);
    a->request.headers = omadm_str_of(bad[i].headers);
    a->request.ca = omadm_str_of(bad[i].ca);
    expect(a, OMADM_E_ARGUMENT, bad[i].stage);
  }
}

static void zero_octets_are_refused_where_text_is(void **state) {
  (void)state;
  asked *a = to("http", "127.0.0.1", 9);
  a->request.url = (omadm_str)OMADM_STR("http://127.0.0.1:9/\0x");
  expect(a, OMADM_E_ARGUMENT, OMADM_CSP_HTTP_URL);
  a = to("http", "127.0.0.1", 9);
  a->request.headers = (omadm_str)OMADM_STR("X: \0\r\n");
  expect(a, OMADM_E_ARGUMENT, OMADM_CSP_HTTP_HEADERS);
  a = to("http", "127.0.0.1", 9);
  a->request.ca = (omadm_str)OMADM_STR("/etc\0x");
  expect(a, OMADM_E_ARGUMENT, OMADM_CSP_HTTP_OPTIONS);
}

/* A socket on loopback; it listens where `backlog` is not negative. */
static int open_socket(int backlog, unsigned *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
  if (backlog >= 0) assert_int_equal(listen(fd, backlog), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static void a_host_without_an_address_is_not_resolved(void **state) {
  (void)state;
  asked *a = to("https", "no-such-host.invalid", 443);
  a->request.timeout_ms = 5000;
  expect(a, OMADM_E_RESOLVE, OMADM_CSP_HTTP_RESOLVE);
}

static void a_port_that_nobody_listens_on_is_not_connected(void **state) {
  unsigned port = 0;
  int fd = open_socket(-1, &port);
  (void)state;
  expect(to("http", "127.0.0.1", port), OMADM_E_CONNECT, OMADM_CSP_HTTP_CONNECT);
  expect(to("https", "127.0.0.1", port), OMADM_E_CONNECT, OMADM_CSP_HTTP_CONNECT);
  close(fd);
}

static void silence_is_a_timeout_at_every_step(void **state) {
  static const char *const schemes[] = {"http", "https"}; /* https: within the handshake */
  unsigned port = 0;
  int fd = open_socket(8, &port);
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    asked *a = to(schemes[i], "127.0.0.1", port);
    int64_t began = omadm_clock_ms();
    a->request.timeout_ms = 300;
    expect(a, OMADM_E_TIMEOUT, OMADM_CSP_HTTP_TIMEOUT);
    int64_t took = omadm_clock_ms() - began;
    assert_true(took >= 250 && took < 5000);
  }
  close(fd);
}

static void *close_after_hello(void *ctx) {
  char hello[1];
  int fd = accept(*(int *)ctx, NULL, NULL);
  if (recv(fd, hello, sizeof hello, 0) > 0) shutdown(fd, SHUT_WR);
  close(fd);
  return NULL;
}

static void a_connection_that_ends_within_the_handshake_is_a_tls_failure(void **state) {
  unsigned port = 0;
  int fd = open_socket(8, &port);
  pthread_t thread;
  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, close_after_hello, &fd), 0);
  expect(to("https", "127.0.0.1", port), OMADM_E_TLS, OMADM_CSP_HTTP_TLS);
  pthread_join(thread, NULL);
  close(fd);
}

/* What a server does with a connection, and how that is told. */
typedef struct end {
  raw_serve serve;
  omadm_err err;
  omadm_csp_http_stage stage;
  unsigned status;
} end;

static void say_nothing(raw_connection *c, unsigned number) {
  (void)c, (void)number;
}

static void say_garbage(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "220 mail.example ESMTP\r\n\r\n");
}

static void say_half_a_status(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 abc Fine\r\n\r\n");
}

static void say_status_zero(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n");
}

static void say_status_999(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n");
}

static void cut_headers(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-");
  raw_reset(c);
}

static void cut_body(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

static void stall_in_body(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  raw_sleep(1200);
}

static void endless_body(raw_connection *c, unsigned number) {
  static char octets[65536];
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  while (raw_send(c, octets, sizeof octets))
    continue;
}

static void endless_headers(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\n");
  while (raw_say(c, "X-More: 0123456789012345678901234567890123456789\r\n"))
    continue;
}

static void endless_header(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nX-More: ");
  while (raw_say(c, "0123456789012345678901234567890123456789"))
    continue;
}

static void endless_continues(raw_connection *c, unsigned number) {
  (void)number;
  while (raw_say(c, "HTTP/1.1 100 Continue\r\n\r\n"))
    continue;
}

static void say_bad_chunks(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
}

static void bad_answers_are_told_by_what_is_wrong_with_them(void **state) {
  static const end ends[] = {
      {say_nothing, OMADM_E_RECEIVE, OMADM_CSP_HTTP_RECEIVE, 0},
      {say_garbage, OMADM_E_RECEIVE, OMADM_CSP_HTTP_STATUS, 0},
      {say_half_a_status, OMADM_E_RECEIVE, OMADM_CSP_HTTP_STATUS, 0},
      {say_status_zero, OMADM_E_RECEIVE, OMADM_CSP_HTTP_STATUS, 0},
      {say_status_999, OMADM_E_RECEIVE, OMADM_CSP_HTTP_STATUS, 999},
      {cut_headers, OMADM_E_RECEIVE, OMADM_CSP_HTTP_RECEIVE, 200},
      {cut_body, OMADM_E_RECEIVE, OMADM_CSP_HTTP_RECEIVE, 200},
      {stall_in_body, OMADM_E_TIMEOUT, OMADM_CSP_HTTP_TIMEOUT, 200},
      {endless_body, OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE, 200},
      {endless_headers, OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE, 200},
      {endless_header, OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE, 200},
      {endless_continues, OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE, 100},
      {say_bad_chunks, OMADM_E_RECEIVE, OMADM_CSP_HTTP_RECEIVE, 200},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    raw_server *server = raw_start(ends[i].serve, NULL, NULL);
    asked *a = to("http", "127.0.0.1", raw_port(server));
    expect(a, ends[i].err, ends[i].stage);
    if (a->reply.status != ends[i].status) fail_msg("%zu: status %u", i, a->reply.status);
    raw_stop(server);
  }
}

static void hang_up(raw_connection *c, unsigned number) {
  (void)number;
  raw_hang_up(c);
}

static void a_connection_that_breaks_under_a_large_body_broke_in_sending(void **state) {
  enum { SIZE = 16000000 };
  char *body = calloc(1, SIZE);
  (void)state;
  for (int tls = 0; tls < 2; tls++) {
    raw_server *server = raw_start(hang_up, tls ? certs_path(&files, "good.pem") : NULL, NULL);
    asked *a = to(tls ? "https" : "http", "127.0.0.1", raw_port(server));
    a->request.ca = omadm_str_of(certs_path(&files, "ca.pem"));
    a->request.body = (omadm_str){body, SIZE};
    a->request.timeout_ms = 10000;
    expect(a, OMADM_E_SEND, OMADM_CSP_HTTP_SEND);
    raw_stop(server);
  }
  free(body);
}

static void say_fine(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\nX-Real: 1\r\n\r\n"
             "2\r\nhi\r\n0\r\nX-Late: 1\r\n\r\n");
}

static void only_the_headers_of_the_answer_itself_are_told(void **state) {
  (void)state;
  raw_server *server = raw_start(say_fine, NULL, NULL);
  asked *a = to("http", "127.0.0.1", raw_port(server));
  expect(a, 0, OMADM_CSP_HTTP_DONE);
  assert_int_equal(a->reply.headers_cut, 0);
  a->headers[a->reply.headers_len] = '\0';
  assert_non_null(strstr(a->headers, "X-Real: 1\r\n"));
  assert_null(strstr(a->headers, "X-Early"));
  assert_null(strstr(a->headers, "X-Late:"));
  raw_stop(server);
}

static void the_room_of_the_caller_is_never_exceeded(void **state) {
  (void)state;
  raw_server *server = raw_start(say_fine, NULL, NULL);
  for (size_t size = 0; size <= 3; size++) {
    asked *a = to("http", "127.0.0.1", raw_port(server));
    char *exact = malloc(size + 1); /* the sanitizer sees the end */
    a->reply.body = size > 0 ? realloc(exact, size) : NULL;
    if (size == 0) free(exact);
    a->reply.body_size = size;
    a->reply.headers_size = 30 * size;
    if (size >= 2) expect(a, 0, OMADM_CSP_HTTP_DONE);
    if (size < 2) expect(a, OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE);
    assert_true(a->reply.headers_len <= a->reply.headers_size);
    if (size == 0) assert_int_equal(a->reply.headers_cut, 1);
    if (a->reply.headers_len > 0) assert_int_equal(a->headers[a->reply.headers_len - 1], '\n');
    free(a->reply.body);
  }
  raw_stop(server);
}

static void certificates_are_checked(void **state) {
  static const struct {
    const char *cert, *ca, *host;
    omadm_csp_http_stage stage;
  } cases[] = {
      {"good.pem", "ca.pem", "localhost", OMADM_CSP_HTTP_DONE},
      {"good.pem", "ca.pem", "127.0.0.1", OMADM_CSP_HTTP_DONE},
      {"good.pem", "other-ca.pem", "localhost", OMADM_CSP_HTTP_TLS},
      {"good.pem", NULL, "localhost", OMADM_CSP_HTTP_TLS},
      {"expired.pem", "ca.pem", "localhost", OMADM_CSP_HTTP_TLS},
      {"elsewhere.pem", "ca.pem", "localhost", OMADM_CSP_HTTP_TLS},
      {"good.pem", "good.key", "localhost", OMADM_CSP_HTTP_OPTIONS}, /* no certificate in it */
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    raw_server *server = raw_start(say_fine, certs_path(&files, cases[i].cert), NULL);
    asked *a = to("https", cases[i].host, raw_port(server));
    if (cases[i].ca != NULL) a->request.ca = omadm_str_of(certs_path(&files, cases[i].ca));
    omadm_err err = cases[i].stage == OMADM_CSP_HTTP_DONE  ? 0
                    : cases[i].stage == OMADM_CSP_HTTP_TLS ? OMADM_E_TLS
                                                           : OMADM_E_ARGUMENT;
    expect(a, err, cases[i].stage);
    raw_stop(server);
  }
}

static void a_server_without_tls_or_with_a_wish_for_our_certificate_is_a_tls_failure(void **state) {
  (void)state;
  static const web_reply replies[] = {{.body = "x"}};
  web_server *plain = web_start(replies, 1, NULL, NULL);
  expect(to("https", "127.0.0.1", web_port(plain)), OMADM_E_TLS, OMADM_CSP_HTTP_TLS);
  assert_int_equal(web_count(plain), 0);
  web_stop(plain);
  raw_server *server =
      raw_start(say_fine, certs_path(&files, "good.pem"), certs_path(&files, "ca.pem"));
  asked *a = to("https", "127.0.0.1", raw_port(server));
  a->request.ca = omadm_str_of(certs_path(&files, "ca.pem"));
  expect(a, OMADM_E_TLS, OMADM_CSP_HTTP_TLS);
  raw_stop(server);
}

static void a_proxy_does_not_see_what_stays_on_this_machine(void **state) {
  (void)state;
  raw_server *server = raw_start(say_fine, NULL, NULL);
  setenv("http_proxy", "http://no-such-proxy.invalid:1", 1);
  expect(to("http", "127.0.0.1", raw_port(server)), 0, OMADM_CSP_HTTP_DONE);
  unsetenv("http_proxy");
  setenv("https_proxy", "http://no-such-proxy.invalid:1", 1);
  asked *a = to("https", "server.example", 443);
  a->request.timeout_ms = 5000;
  expect(a, OMADM_E_RESOLVE, OMADM_CSP_HTTP_RESOLVE);
  unsetenv("https_proxy");
  raw_stop(server);
}

static void *ask_alone(void *ctx) {
  const unsigned *port = ctx;
  char body[100], url[100];
  size_t good = 0;
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", *port);
  for (size_t i = 0; i < 20; i++) {
    const omadm_csp_http_request request = {
        .struct_size = sizeof request, .method = OMADM_STR("GET"), .url = omadm_str_of(url)};
    omadm_csp_http_reply reply = {
        .struct_size = sizeof reply, .body = body, .body_size = sizeof body};
    good += omadm_http_exchange(NULL, &request, &reply, NULL) == 0 && reply.body_len == 4;
  }
  return good == 20 ? ctx : NULL;
}

static void many_threads_may_ask_at_once(void **state) {
  static const web_reply replies[] = {{.body = "fine"}};
  (void)state;
  web_server *server = web_start(replies, 1, NULL, NULL);
  unsigned port = web_port(server);
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, ask_alone, &port), 0);
  for (size_t i = 0; i < 4; i++) {
    void *good = NULL;
    pthread_join(threads[i], &good);
    assert_non_null(good);
  }
  web_stop(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_comes_back_whatever_its_status),
      cmocka_unit_test(what_was_asked_arrives_and_nothing_else),
      cmocka_unit_test(every_method_is_the_one_asked_for),
      cmocka_unit_test(what_cannot_be_sent_is_told_before),
      cmocka_unit_test(zero_octets_are_refused_where_text_is),
      cmocka_unit_test(a_host_without_an_address_is_not_resolved),
      cmocka_unit_test(a_port_that_nobody_listens_on_is_not_connected),
      cmocka_unit_test(silence_is_a_timeout_at_every_step),
      cmocka_unit_test(a_connection_that_ends_within_the_handshake_is_a_tls_failure),
      cmocka_unit_test(bad_answers_are_told_by_what_is_wrong_with_them),
      cmocka_unit_test(a_connection_that_breaks_under_a_large_body_broke_in_sending),
      cmocka_unit_test(only_the_headers_of_the_answer_itself_are_told),
      cmocka_unit_test(the_room_of_the_caller_is_never_exceeded),
      cmocka_unit_test(certificates_are_checked),
      cmocka_unit_test(a_server_without_tls_or_with_a_wish_for_our_certificate_is_a_tls_failure),
      cmocka_unit_test(a_proxy_does_not_see_what_stays_on_this_machine),
      cmocka_unit_test(many_threads_may_ask_at_once),
  };
  return cmocka_run_group_tests(tests, make, clean);
}
