/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/raw_server.h"
#include "support/web_server.h"
#include "transport/clock.h"

typedef struct attack {
  raw_serve serve;
  omadm_err code;
  const char *text;
  unsigned connections;
} attack;

static void drip(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  while (raw_say(c, "x"))
    raw_sleep(50);
}

static void drip_headers(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nX-Slow: ");
  while (raw_say(c, "x"))
    raw_sleep(50);
}

static void endless_headers(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\n");
  while (raw_say(c, "X-More: 0123456789012345678901234567890123456789\r\n"))
    continue;
}

static void endless_continues(raw_connection *c, unsigned number) {
  (void)number;
  while (raw_say(c, "HTTP/1.1 100 Continue\r\n\r\n"))
    continue;
}

static void endless_body(raw_connection *c, unsigned number) {
  static char octets[65536];
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  while (raw_send(c, octets, sizeof octets))
    continue;
}

static void endless_chunks(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  while (raw_say(c, "10\r\n0123456789abcdef\r\n"))
    continue;
}

static void announced_too_large(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n");
  raw_sleep(300);
}

static void endless_error_page(raw_connection *c, unsigned number) {
  static char octets[65536];
  (void)number;
  raw_say(c, "HTTP/1.1 503 No\r\n\r\n");
  while (raw_send(c, octets, sizeof octets))
    continue;
}

static void cut_body(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<SyncML>");
}

static void cut_chunk(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n0123");
}

static void reset_body(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<SyncML>");
  raw_sleep(50);
  raw_reset(c);
}

static void close_at_once(raw_connection *c, unsigned number) {
  (void)c;
  (void)number;
}

static void speak_smtp(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "220 mail.example.com ESMTP\r\n");
}

static void pack(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
}

static void two_lengths(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc");
}

static const attack attacks[] = {
    {drip, OMADM_E_TIMEOUT, "no answer in time", 1},
    {drip_headers, OMADM_E_TIMEOUT, "no answer in time", 1},
    {endless_headers, OMADM_E_LIMIT, "header fields", 1},
    {endless_continues, OMADM_E_LIMIT, "header fields", 1},
    {endless_body, OMADM_E_LIMIT, "receive =", 1},
    {endless_chunks, OMADM_E_LIMIT, "receive =", 1},
    {announced_too_large, OMADM_E_LIMIT, "receive =", 1},
    {endless_error_page, OMADM_E_LIMIT, "receive =", 1},
    {cut_body, OMADM_E_RECEIVE, "gave up after 2 attempts", 2},
    {cut_chunk, OMADM_E_RECEIVE, "gave up after 2 attempts", 2},
    {reset_body, OMADM_E_RECEIVE, "gave up after 2 attempts", 2},
    {close_at_once, OMADM_E_RECEIVE, "without an answer", 2},
    {speak_smtp, OMADM_E_RECEIVE, "does not speak HTTP", 1},
    {pack, OMADM_E_RECEIVE, "packed as \"gzip\"", 1},
    {two_lengths, OMADM_E_RECEIVE, "", 1},
};

static void each_attack_ends_with_its_sentence(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    raw_server *server = raw_start(attacks[i].serve, NULL, NULL);
    client c;
    client_init(&c, "http", raw_port(server));
    c.config.receive = 1000000;
    c.config.retries = attacks[i].code == OMADM_E_TIMEOUT ? 0 : 1;
    int64_t began = omadm_clock_ms();
    int done = client_send(&c, NULL);
    if (done != attacks[i].code) fail_msg("attack %zu: %d %s", i, done, c.error.text);
    client_expect_error(&c, attacks[i].code, attacks[i].text);
    assert_true(omadm_clock_ms() - began < 3000);
    client_close(&c);
    assert_int_equal(raw_count(server), attacks[i].connections);
    raw_stop(server);
  }
}

static void reset_first_then_answer(raw_connection *c, unsigned number) {
  if (number == 0) {
    reset_body(c, number);
  } else {
    raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<SyncML/>");
  }
}

static void nothing_of_a_broken_answer_gets_into_the_next(void **state) {
  raw_server *server = raw_start(reset_first_then_answer, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", raw_port(server));
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(c.response.body.len, 9);
  assert_memory_equal(c.response.body.ptr, "<SyncML/>", 9);
  assert_int_equal(raw_count(server), 2);
  client_close(&c);
  raw_stop(server);
}

static void a_body_of_the_very_size_of_the_cap_is_taken(void **state) {
  static char body[5001];
  memset(body, 'x', 5000);
  const web_reply replies[] = {{.body = body, .body_len = 5000},
                               {.body = body, .body_len = 5000, .chunk = 999},
                               {.body = body, .body_len = 5001},
                               {.body = body, .body_len = 5001, .chunk = 999}};
  web_server *server = web_start(replies, 4, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  c.config.receive = 5000;
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(c.response.body.len, 5000);
  assert_int_equal(client_send(&c, NULL), 1);
  assert_int_equal(c.response.body.len, 5000);
  assert_int_equal(client_send(&c, NULL), OMADM_E_LIMIT);
  assert_int_equal(client_send(&c, NULL), OMADM_E_LIMIT);
  client_close(&c);
  web_stop(server);
}

static void a_dropped_connection_between_messages_costs_nothing(void **state) {
  static const web_reply replies[] = {{.body = "<SyncML/>", .headers = {"Connection", "close"}}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "http", web_port(server));
  c.config.retries = 0;
  for (int i = 0; i < 3; i++)
    assert_int_equal(client_send(&c, NULL), 1);
  client_close(&c);
  web_stop(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_attack_ends_with_its_sentence),
      cmocka_unit_test(nothing_of_a_broken_answer_gets_into_the_next),
      cmocka_unit_test(a_body_of_the_very_size_of_the_cap_is_taken),
      cmocka_unit_test(a_dropped_connection_between_messages_costs_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
