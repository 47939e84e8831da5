/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/web_server.h"
#include "transport/clock.h"

#define ANSWER "<SyncML/>"

/* Runs one message against the replies. Returns what client_send did; *c stays open. */
static int run(client *c, web_server **server, const web_reply *replies, size_t n) {
  *server = web_start(replies, n, NULL, NULL);
  client_init(c, "http", web_port(*server));
  return client_send(c, NULL);
}

static void end(client *c, web_server *server) {
  client_close(c);
  web_stop(server);
}

static void a_busy_server_gets_the_same_octets_again(void **state) {
  static const unsigned statuses[] = {502, 503, 504, 429};
  (void)state;
  for (size_t i = 0; i < 4; i++) {
    const web_reply replies[] = {
        {.status = statuses[i]}, {.status = statuses[i]}, {.body = ANSWER}};
    web_server *server = NULL;
    client c;
    assert_int_equal(run(&c, &server, replies, 3), 1);
    assert_int_equal(web_count(server), 3);
    for (size_t q = 0; q < 3; q++) {
      assert_int_equal(web_at(server, q)->body_len, strlen(CLIENT_BODY));
      assert_memory_equal(web_at(server, q)->body, CLIENT_BODY, strlen(CLIENT_BODY));
      assert_true(web_has(web_at(server, q), "Content-Type", CLIENT_TYPE "; charset=\"utf-8\""));
    }
    end(&c, server);
  }
}

static void after_the_last_retry_the_failure_is_told(void **state) {
  static const web_reply replies[] = {{.status = 503}};
  web_server *server = NULL;
  client c;
  (void)state;
  assert_int_equal(run(&c, &server, replies, 1), OMADM_E_HTTP);
  assert_int_equal(web_count(server), 3);
  client_expect_error(&c, OMADM_E_HTTP, "HTTP status 503");
  client_expect_error(&c, OMADM_E_HTTP, "gave up after 3 attempts");
  assert_int_equal(c.response.http_status, 503);
  end(&c, server);
}

static void other_errors_are_final(void **state) {
  static const unsigned statuses[] = {300, 303, 304, 400, 401, 403, 404, 405,
                                      406, 408, 413, 415, 500, 501, 505};
  (void)state;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    const web_reply replies[] = {{.status = statuses[i], .headers = {"Location", "/x"}}};
    web_server *server = NULL;
    client c;
    char text[32];
    assert_int_equal(run(&c, &server, replies, 1), OMADM_E_HTTP);
    assert_int_equal(web_count(server), 1);
    snprintf(text, sizeof text, "HTTP status %u", statuses[i]);
    client_expect_error(&c, OMADM_E_HTTP, text);
    end(&c, server);
  }
}

static void back_off_doubles(void **state) {
  static const web_reply replies[] = {{.status = 503}, {.status = 503}, {.body = ANSWER}};
  web_server *server = web_start(replies, 3, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  c.config.backoff_ms = 100;
  int64_t began = omadm_clock_ms();
  assert_int_equal(client_send(&c, NULL), 1);
  int64_t took = omadm_clock_ms() - began;
  assert_true(took >= 300 && took < 1000);
  assert_non_null(strstr(c.lines, "again in 100 ms"));
  assert_non_null(strstr(c.lines, "again in 200 ms"));
  end(&c, server);
}

static void a_step_never_waits_longer_than_it_may(void **state) {
  static const web_reply replies[] = {{.status = 503}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  omadm_out out = {.content_type = OMADM_STR(CLIENT_TYPE), .body = OMADM_STR("x")};
  client c;
  int done = 0;
  (void)state;
  client_init(&c, "http", web_port(server));
  c.config.backoff_ms = 300;
  c.config.retries = 1;
  assert_int_equal(client_open(&c), 0);
  assert_int_equal(c.transport->ops->post(c.transport, &out, NULL), 0);
  while (done == 0) {
    int64_t began = omadm_clock_ms();
    done = c.transport->ops->step(c.transport, 10, &c.response, &c.error);
    assert_true(omadm_clock_ms() - began < 100);
  }
  assert_int_equal(done, OMADM_E_HTTP);
  end(&c, server);
}

static void retry_after_in_seconds_is_kept(void **state) {
  static const web_reply replies[] = {{.status = 429, .headers = {"Retry-After", "1"}},
                                      {.body = ANSWER}};
  web_server *server = NULL;
  client c;
  (void)state;
  int64_t began = omadm_clock_ms();
  assert_int_equal(run(&c, &server, replies, 2), 1);
  int64_t took = omadm_clock_ms() - began;
  assert_true(took >= 1000 && took < 2500);
  assert_int_equal(web_count(server), 2);
  end(&c, server);
}

static void retry_after_as_a_date_is_kept(void **state) {
  char date[64];
  time_t then = time(NULL) + 2;
  struct tm tm;
  (void)state;
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
  const web_reply replies[] = {{.status = 503, .headers = {"Retry-After", date}}, {.body = ANSWER}};
  web_server *server = NULL;
  client c;
  assert_int_equal(run(&c, &server, replies, 2), 1);
  assert_true(time(NULL) >= then);
  end(&c, server);
}

static void a_server_that_asks_for_hours_is_left_alone(void **state) {
  static const char *const values[] = {"3600", "Fri, 31 Dec 2199 23:59:59 GMT", "999999999999"};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    const web_reply replies[] = {{.status = 429, .headers = {"Retry-After", values[i]}}};
    web_server *server = NULL;
    client c;
    assert_int_equal(run(&c, &server, replies, 1), OMADM_E_HTTP);
    assert_int_equal(web_count(server), 1);
    client_expect_error(&c, OMADM_E_HTTP, "left alone for");
    end(&c, server);
  }
}

static void a_retry_after_that_makes_no_sense_is_back_off(void **state) {
  static const char *const values[] = {"soon", "-5", "0", "Sun, 06 Nov 1994 08:49:37 GMT", ""};
  (void)state;
  for (size_t i = 0; i < 5; i++) {
    const web_reply replies[] = {{.status = 429, .headers = {"Retry-After", values[i]}},
                                 {.body = ANSWER}};
    web_server *server = NULL;
    client c;
    assert_int_equal(run(&c, &server, replies, 2), 1);
    assert_non_null(strstr(c.lines, "again in 20 ms"));
    end(&c, server);
  }
}

static void nobody_listening_is_a_connect_failure_after_retries(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  web_stop(server);
  assert_int_equal(client_send(&c, NULL), OMADM_E_CONNECT);
  client_expect_error(&c, OMADM_E_CONNECT, "gave up after 3 attempts");
  client_close(&c);
}

static void a_silent_server_is_a_timeout(void **state) {
  static const web_reply replies[] = {{.delay_ms = 1200, .body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  c.config.retries = 0;
  int64_t began = omadm_clock_ms();
  assert_int_equal(client_send(&c, NULL), OMADM_E_TIMEOUT);
  assert_true(omadm_clock_ms() - began < 1800);
  client_expect_error(&c, OMADM_E_TIMEOUT, "no answer in time");
  end(&c, server);
}

static void each_message_has_retries_of_its_own(void **state) {
  static const web_reply replies[] = {{.status = 503}, {.status = 503}, {.body = ANSWER},
                                      {.status = 503}, {.status = 503}, {.body = ANSWER}};
  web_server *server = NULL;
  client c;
  (void)state;
  assert_int_equal(run(&c, &server, replies, 6), 1);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(web_count(server), 6);
  end(&c, server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_busy_server_gets_the_same_octets_again),
      cmocka_unit_test(after_the_last_retry_the_failure_is_told),
      cmocka_unit_test(other_errors_are_final),
      cmocka_unit_test(back_off_doubles),
      cmocka_unit_test(a_step_never_waits_longer_than_it_may),
      cmocka_unit_test(retry_after_in_seconds_is_kept),
      cmocka_unit_test(retry_after_as_a_date_is_kept),
      cmocka_unit_test(a_server_that_asks_for_hours_is_left_alone),
      cmocka_unit_test(a_retry_after_that_makes_no_sense_is_back_off),
      cmocka_unit_test(nobody_listening_is_a_connect_failure_after_retries),
      cmocka_unit_test(a_silent_server_is_a_timeout),
      cmocka_unit_test(each_message_has_retries_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
