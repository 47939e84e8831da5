/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/web_server.h"

#define ANSWER "<SyncML>the answer</SyncML>"

static void assert_span(omadm_str s, const char *text) {
  if (s.len != strlen(text) || memcmp(s.ptr, text, s.len) != 0)
    fail_msg("\"%.*s\" is not \"%s\"", (int)s.len, s.ptr, text);
}

static void a_request_carries_the_fields_of_the_binding(void **state) {
  static const web_reply replies[] = {
      {.type = CLIENT_TYPE, .body = ANSWER, .headers = {"X-SyncML-HMAC", "mac=abc"}}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_send(&c, NULL), 1);
  const web_request *q = web_at(server, 0);
  assert_string_equal(q->method, "POST");
  assert_string_equal(q->url, "/dm");
  assert_int_equal(q->body_len, strlen(CLIENT_BODY));
  assert_memory_equal(q->body, CLIENT_BODY, q->body_len);
  assert_true(web_has(q, "Content-Type", CLIENT_TYPE "; charset=\"utf-8\""));
  assert_true(web_has(q, "Accept", CLIENT_TYPE ", application/vnd.syncml.dm+wbxml"));
  assert_true(web_has(q, "Accept-Charset", "UTF-8"));
  assert_true(web_has(q, "Cache-Control", "no-store"));
  assert_non_null(strstr(q->headers, "User-Agent: omadm/"));
  assert_false(web_has(q, "Expect", NULL));
  assert_false(web_has(q, "x-syncml-hmac", NULL));
  assert_false(web_has(q, "Accept-Encoding", NULL));
  assert_int_equal(c.response.http_status, 200);
  assert_span(c.response.content_type, CLIENT_TYPE);
  assert_span(c.response.hmac, "mac=abc");
  assert_span(c.response.body, ANSWER);
  assert_int_equal(c.response.location.len, 0);
  client_close(&c);
  web_stop(server);
}

static void a_message_beyond_a_megabyte_waits_for_no_continue(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  char *body = calloc(1, 2000000);
  omadm_out out = {.content_type = OMADM_STR(CLIENT_TYPE),
                   .hmac = OMADM_STR("mac=xyz"),
                   .body = {body, 2000000}};
  int done = 0;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_open(&c), 0);
  assert_int_equal(c.transport->ops->post(c.transport, &out, &c.error), 0);
  free(body); /* it was copied */
  while (done == 0)
    done = c.transport->ops->step(c.transport, 1000, &c.response, &c.error);
  assert_int_equal(done, 1);
  assert_false(web_has(web_at(server, 0), "Expect", NULL));
  assert_true(web_has(web_at(server, 0), "x-syncml-hmac", "mac=xyz"));
  client_close(&c);
  web_stop(server);
}

static void a_chunked_answer_is_put_together(void **state) {
  static const web_reply replies[] = {{.type = "text/xml", .body = ANSWER, .chunk = 1}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_send(&c, NULL), 1);
  assert_span(c.response.body, ANSWER);
  assert_span(c.response.content_type, "text/xml");
  client_close(&c);
  web_stop(server);
}

static void an_empty_answer_ends_the_exchange_without_an_error(void **state) {
  static const web_reply replies[] = {
      {.status = 204}, {.status = 200}, {.status = 200, .body = "", .chunk = 4}};
  web_server *server = web_start(replies, 3, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  for (int i = 0; i < 3; i++) {
    assert_int_equal(client_send(&c, NULL), 1);
    assert_int_equal(c.response.http_status, i == 0 ? 204 : 200);
    assert_int_equal(c.response.body.len, 0);
    assert_int_equal(c.response.content_type.len, 0);
  }
  client_close(&c);
  web_stop(server);
}

static void cookies_live_as_long_as_the_transport(void **state) {
  static const web_reply replies[] = {
      {.body = ANSWER, .headers = {"Set-Cookie", "lb=node7; Path=/; HttpOnly"}}, {.body = ANSWER}};
  web_server *server = web_start(replies, 2, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_false(web_has(web_at(server, 0), "Cookie", NULL));
  assert_true(web_has(web_at(server, 1), "Cookie", "lb=node7"));
  client_close(&c);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_false(web_has(web_at(server, 2), "Cookie", NULL));
  client_close(&c);
  web_stop(server);
}

static void a_resp_uri_may_be_relative_or_whole(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  char whole[128];
  (void)state;
  client_init(&c, "http", web_port(server));
  snprintf(whole, sizeof whole, "http://LOCALHOST:%u/path/one?sid=1", web_port(server));
  assert_int_equal(client_send(&c, whole), 1);
  assert_int_equal(client_send(&c, "two?sid=2"), 1);
  assert_int_equal(client_send(&c, ""), 1);
  assert_string_equal(web_at(server, 0)->url, "/path/one?sid=1");
  assert_string_equal(web_at(server, 1)->url, "/path/two?sid=2");
  assert_string_equal(web_at(server, 2)->url, "/dm");
  assert_null(strstr(c.lines, "sid="));
  client_close(&c);
  web_stop(server);
}

static void header_fields_cannot_be_smuggled_in(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  omadm_out bad_type = {.content_type = OMADM_STR("text/xml\r\nX-Evil: 1"), .body = OMADM_STR("x")};
  omadm_out bad_hmac = {
      .content_type = OMADM_STR("text/xml"), .hmac = OMADM_STR("a\nb: c"), .body = OMADM_STR("x")};
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_open(&c), 0);
  assert_int_equal(c.transport->ops->post(c.transport, &bad_type, NULL), OMADM_E_ARGUMENT);
  assert_int_equal(c.transport->ops->post(c.transport, &bad_hmac, NULL), OMADM_E_ARGUMENT);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(web_count(server), 1);
  client_close(&c);
  web_stop(server);
}

static void calls_out_of_turn_are_refused(void **state) {
  static const web_reply replies[] = {{.body = ANSWER, .delay_ms = 100}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  omadm_out out = {.content_type = OMADM_STR(CLIENT_TYPE), .body = OMADM_STR("x")};
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  assert_int_equal(client_open(&c), 0);
  assert_int_equal(c.transport->ops->step(c.transport, 0, &c.response, NULL), OMADM_E_STATE);
  assert_int_equal(c.transport->ops->post(c.transport, &out, NULL), 0);
  assert_int_equal(c.transport->ops->post(c.transport, &out, NULL), OMADM_E_STATE);
  c.transport->ops->cancel(c.transport);
  assert_int_equal(c.transport->ops->step(c.transport, 0, &c.response, NULL), OMADM_E_STATE);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(c.transport->ops->post(c.transport, &out, NULL), 0);
  client_close(&c); /* in the middle */
  web_stop(server);
}

static void an_unusable_configuration_is_said_by_key(void **state) {
  client c;
  (void)state;
  client_init(&c, "http", 1);
  c.config.address = NULL;
  assert_int_equal(client_open(&c), OMADM_E_ARGUMENT);
  client_init(&c, "http", 1);
  c.config.ca = "/nowhere/ca.pem";
  assert_int_equal(client_open(&c), OMADM_E_IO);
  client_expect_error(&c, OMADM_E_IO, "ca = /nowhere/ca.pem: No such file");
  client_init(&c, "http", 1);
  c.config.client_key = "/dev/null";
  assert_int_equal(client_open(&c), OMADM_E_ARGUMENT);
  client_expect_error(&c, OMADM_E_ARGUMENT, "client-cert");
  client_init(&c, "http", 1);
  c.config.receive = 0;
  assert_int_equal(client_open(&c), OMADM_E_ARGUMENT);
  client_init(&c, "ftp", 1);
  assert_int_equal(client_open(&c), OMADM_E_REFUSED);
}

static void a_proxy_of_the_environment_is_used(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  char proxy[64];
  client c;
  (void)state;
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", web_port(server));
  client_init(&c, "http", 1);
  unsetenv("no_proxy");
  setenv("http_proxy", proxy, 1);
  c.config.address = "http://mdm.invalid/dm";
  assert_int_equal(client_send(&c, NULL), 1);
  unsetenv("http_proxy");
  assert_string_equal(web_at(server, 0)->url, "http://mdm.invalid/dm");
  client_close(&c);
  web_stop(server);
}

static void plain_http_beyond_this_machine_is_warned_of_once(void **state) {
  client c;
  (void)state;
  client_init(&c, "http", 1);
  c.config.address = "http://mdm.invalid/dm";
  c.config.retries = 0;
  assert_true(client_send(&c, NULL) < 0);
  client_expect_error(&c, OMADM_E_RESOLVE, "http://mdm.invalid/dm: the host name has no address");
  assert_true(client_send(&c, NULL) < 0);
  const char *first = strstr(c.lines, "plain http");
  assert_non_null(first);
  assert_null(strstr(first + 1, "plain http"));
  client_close(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_carries_the_fields_of_the_binding),
      cmocka_unit_test(a_message_beyond_a_megabyte_waits_for_no_continue),
      cmocka_unit_test(a_chunked_answer_is_put_together),
      cmocka_unit_test(an_empty_answer_ends_the_exchange_without_an_error),
      cmocka_unit_test(cookies_live_as_long_as_the_transport),
      cmocka_unit_test(a_resp_uri_may_be_relative_or_whole),
      cmocka_unit_test(header_fields_cannot_be_smuggled_in),
      cmocka_unit_test(calls_out_of_turn_are_refused),
      cmocka_unit_test(an_unusable_configuration_is_said_by_key),
      cmocka_unit_test(a_proxy_of_the_environment_is_used),
      cmocka_unit_test(plain_http_beyond_this_machine_is_warned_of_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
