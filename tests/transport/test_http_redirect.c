/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/certs.h"
#include "support/client.h"
#include "support/raw_server.h"
#include "support/web_server.h"

#define ANSWER "<SyncML/>"

/* Never called where a test proves that nobody comes. */
static void say_hello(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
}

static void a_redirect_posts_the_same_message_again(void **state) {
  static const unsigned statuses[] = {301, 302, 307, 308};
  (void)state;
  for (size_t i = 0; i < 4; i++) {
    const web_reply replies[] = {
        {.status = statuses[i], .headers = {"Location", "/other?key=geheim"}}, {.body = ANSWER}};
    web_server *server = web_start(replies, 2, NULL, NULL);
    client c;
    client_init(&c, "http", web_port(server));
    assert_int_equal(client_send(&c, NULL), 1);
    assert_int_equal(web_count(server), 2);
    const web_request *q = web_at(server, 1);
    assert_string_equal(q->method, "POST");
    assert_string_equal(q->url, "/other?key=geheim");
    assert_int_equal(q->body_len, strlen(CLIENT_BODY));
    assert_memory_equal(q->body, CLIENT_BODY, q->body_len);
    assert_true(web_has(q, "Content-Type", CLIENT_TYPE "; charset=\"utf-8\""));
    assert_true(c.response.location.len > 0);
    assert_null(strstr(c.lines, "geheim"));
    client_close(&c);
    web_stop(server);
  }
}

static void a_redirect_is_not_remembered(void **state) {
  static const web_reply replies[] = {{.status = 301, .headers = {"Location", "/other"}},
                                      {.body = ANSWER}};
  web_server *server = web_start(replies, 2, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(client_send(&c, c.address), 1);
  assert_string_equal(web_at(server, 2)->url, "/dm");
  assert_int_equal(c.response.location.len, 0);
  client_close(&c);
  web_stop(server);
}

static void five_redirects_are_followed_and_no_more(void **state) {
  const web_reply hop = {.status = 307, .headers = {"Location", "/dm"}};
  const web_reply good[] = {hop, hop, hop, hop, hop, {.body = ANSWER}};
  (void)state;
  for (int more = 0; more < 2; more++) {
    web_server *server = web_start(more ? &hop : good, more ? 1 : 6, NULL, NULL);
    client c;
    client_init(&c, "http", web_port(server));
    assert_int_equal(client_send(&c, NULL), more ? OMADM_E_HTTP : 1);
    assert_int_equal(web_count(server), 6);
    if (more) client_expect_error(&c, OMADM_E_HTTP, "more than 5 redirects");
    client_close(&c);
    web_stop(server);
  }
}

static void a_redirect_without_location_is_an_error(void **state) {
  static const web_reply replies[] = {{.status = 302}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_send(&c, NULL), OMADM_E_HTTP);
  client_expect_error(&c, OMADM_E_HTTP, "302 without Location");
  client_close(&c);
  web_stop(server);
}

/* The other place is a listening socket that must see no connection. `scheme` is that of the
 * account. */
static void refuse(const char *scheme, const char *target_scheme, const char *host,
                   bool by_redirect, const char *why) {
  raw_server *other = raw_start(say_hello, NULL, NULL);
  char target[128];
  certs files = {""};
  char *cert = NULL;
  char *key = NULL;
  client c;
  snprintf(target, sizeof target, "%s://%s:%u/x?sid=1", target_scheme, host, raw_port(other));
  if (strcmp(scheme, "https") == 0) {
    certs_make(&files);
    cert = certs_text(&files, "good.pem");
    key = certs_text(&files, "good.key");
  }
  const web_reply replies[] = {{.status = 307, .headers = {"Location", target}}};
  web_server *server = web_start(replies, 1, cert, key);
  client_init(&c, scheme, web_port(server));
  if (cert != NULL) c.config.ca = certs_path(&files, "ca.pem");
  assert_int_equal(client_send(&c, by_redirect ? NULL : target), OMADM_E_REFUSED);
  client_expect_error(&c, OMADM_E_REFUSED, why);
  assert_int_equal(web_count(server), by_redirect ? 1 : 0);
  raw_sleep(50);
  assert_int_equal(raw_count(other), 0);
  client_close(&c);
  web_stop(server);
  raw_stop(other);
  if (cert != NULL) certs_remove(&files);
  free(cert);
  free(key);
}

static void https_to_http_is_refused_before_a_byte_is_sent(void **state) {
  (void)state;
  refuse("https", "http", "localhost", true, "stays there");
  refuse("https", "http", "localhost", false, "stays there");
}

static void another_host_or_port_is_refused_before_a_byte_is_sent(void **state) {
  (void)state;
  refuse("http", "http", "127.0.0.1", true, "hosts =");
  refuse("http", "http", "127.0.0.1", false, "hosts =");
  refuse("http", "http", "localhost", true, "hosts =");
  refuse("http", "http", "localhost", false, "hosts =");
  refuse("http", "http", "user:pw@localhost", false, "user name");
  refuse("http", "gopher", "localhost", true, "https:// or http://");
}

static void a_listed_host_is_followed(void **state) {
  raw_server *other = raw_start(say_hello, NULL, NULL);
  char target[128];
  char hosts[64];
  (void)state;
  snprintf(target, sizeof target, "http://127.0.0.1:%u/x", raw_port(other));
  snprintf(hosts, sizeof hosts, "else.example,127.0.0.1:%u", raw_port(other));
  const web_reply replies[] = {{.status = 308, .headers = {"Location", target}}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  client_init(&c, "http", web_port(server));
  c.config.hosts = hosts;
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(c.response.body.len, 2);
  assert_int_equal(raw_count(other), 1);
  assert_int_equal(client_send(&c, target), 1);
  assert_int_equal(raw_count(other), 2);
  client_close(&c);
  web_stop(server);
  raw_stop(other);
}

static void a_session_that_went_to_https_does_not_come_back(void **state) {
  certs files;
  char target[128];
  (void)state;
  certs_make(&files);
  char *cert = certs_text(&files, "good.pem");
  char *key = certs_text(&files, "good.key");
  static const web_reply plain[] = {{.body = ANSWER}};
  web_server *first = web_start(plain, 1, NULL, NULL);
  web_server *second = web_start(plain, 1, cert, key);
  snprintf(target, sizeof target, "https://localhost:%u/x", web_port(second));
  client c;
  client_init(&c, "http", web_port(first));
  c.config.hosts = "localhost";
  c.config.ca = certs_path(&files, "ca.pem");
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(client_send(&c, target), 1);
  assert_int_equal(client_send(&c, c.address), OMADM_E_REFUSED);
  client_expect_error(&c, OMADM_E_REFUSED, "went over https");
  assert_int_equal(web_count(first), 1);
  client_close(&c);
  web_stop(first);
  web_stop(second);
  certs_remove(&files);
  free(cert);
  free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_redirect_posts_the_same_message_again),
      cmocka_unit_test(a_redirect_is_not_remembered),
      cmocka_unit_test(five_redirects_are_followed_and_no_more),
      cmocka_unit_test(a_redirect_without_location_is_an_error),
      cmocka_unit_test(https_to_http_is_refused_before_a_byte_is_sent),
      cmocka_unit_test(another_host_or_port_is_refused_before_a_byte_is_sent),
      cmocka_unit_test(a_listed_host_is_followed),
      cmocka_unit_test(a_session_that_went_to_https_does_not_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
