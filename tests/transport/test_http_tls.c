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

static certs files;

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

/* One message to a server with that certificate, trusting `ca`. The server saw `requests` of them.
 */
static int talk(client *c, const char *name, const char *ca, const char *host, size_t requests) {
  static const web_reply replies[] = {{.type = CLIENT_TYPE, .body = ANSWER}};
  char pem[32], key[32];
  snprintf(pem, sizeof pem, "%s.pem", name);
  snprintf(key, sizeof key, "%s.key", name);
  char *cert_text = certs_text(&files, pem);
  char *key_text = certs_text(&files, key);
  web_server *server = web_start(replies, 1, cert_text, key_text);
  client_init(c, "https", web_port(server));
  if (host != NULL)
    snprintf(c->address, sizeof c->address, "https://%s:%u/dm", host, web_port(server));
  if (ca != NULL) c->config.ca = certs_path(&files, ca);
  int done = client_send(c, NULL);
  client_close(c);
  assert_int_equal(web_count(server), requests);
  web_stop(server);
  free(cert_text);
  free(key_text);
  return done;
}

static void a_certificate_of_the_configured_authority_is_accepted(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "good", "ca.pem", NULL, 1), 1);
  assert_int_equal(talk(&c, "good", "ca.pem", "127.0.0.1", 1), 1);
  assert_null(strstr(c.lines, "plain http"));
}

static void an_unknown_authority_is_refused(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "good", NULL, NULL, 0), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "not signed by a known authority");
  client_expect_error(&c, OMADM_E_TLS, "set ca = in the [server] section");
  assert_int_equal(talk(&c, "good", "other-ca.pem", NULL, 0), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "not signed by a known authority");
}

static void an_expired_certificate_is_refused(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "expired", "ca.pem", NULL, 0), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "has expired");
}

static void a_certificate_for_another_host_is_refused(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "elsewhere", "ca.pem", NULL, 0), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "not for this host");
  assert_int_equal(talk(&c, "elsewhere", "ca.pem", "127.0.0.1", 0), OMADM_E_TLS);
}

static void a_tls_failure_is_not_tried_again(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "expired", "ca.pem", NULL, 0), OMADM_E_TLS);
  assert_null(strstr(c.lines, "again in"));
}

static void a_server_without_tls_is_a_tls_failure(void **state) {
  static const web_reply replies[] = {{.body = ANSWER}};
  web_server *server = web_start(replies, 1, NULL, NULL);
  client c;
  (void)state;
  client_init(&c, "https", web_port(server));
  assert_int_equal(client_send(&c, NULL), OMADM_E_TLS);
  assert_int_equal(web_count(server), 0);
  client_close(&c);
  web_stop(server);
}

static void say_hello(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
}

/* A server that requires a certificate by `ca`. */
static int talk_as(client *c, const char *cert, const char *key) {
  raw_server *server =
      raw_start(say_hello, certs_path(&files, "good.pem"), certs_path(&files, "ca.pem"));
  char cert_path[128], key_path[128];
  client_init(c, "https", raw_port(server));
  c->config.ca = certs_path(&files, "ca.pem");
  c->config.retries = 0;
  if (cert != NULL) {
    snprintf(cert_path, sizeof cert_path, "%s", certs_path(&files, cert));
    c->config.client_cert = cert_path;
  }
  if (key != NULL) {
    snprintf(key_path, sizeof key_path, "%s", certs_path(&files, key));
    c->config.client_key = key_path;
  }
  int done = client_send(c, NULL);
  client_close(c);
  raw_stop(server);
  return done;
}

static void a_client_certificate_opens_the_door(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk_as(&c, "client.pem", "client.key"), 1);
  assert_int_equal(talk_as(&c, "client.pem", NULL), 1);
}

static void without_the_right_client_certificate_it_stays_shut(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk_as(&c, NULL, NULL), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "client-cert =");
  assert_int_equal(talk_as(&c, "stranger.pem", "stranger.key"), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "client-cert =");
}

static void a_key_of_another_certificate_is_said(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk_as(&c, "client.pem", "stranger.key"), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "client-cert =");
}

static void a_ca_file_without_certificates_is_said(void **state) {
  client c;
  (void)state;
  assert_int_equal(talk(&c, "good", "good.key", NULL, 0), OMADM_E_TLS);
  client_expect_error(&c, OMADM_E_TLS, "ca =");
}

static void hang_up(raw_connection *c, unsigned number) {
  (void)number;
  raw_hang_up(c);
}

static void a_connection_reset_while_sending_raises_no_signal(void **state) {
  raw_server *server = raw_start(hang_up, certs_path(&files, "good.pem"), NULL);
  enum { SIZE = 4000000 };
  char *body = calloc(1, SIZE);
  omadm_out out = {.content_type = OMADM_STR(CLIENT_TYPE), .body = {body, SIZE}};
  client c;
  int done = 0;
  (void)state;
  client_init(&c, "https", raw_port(server));
  c.config.ca = certs_path(&files, "ca.pem");
  assert_int_equal(client_open(&c), 0);
  assert_int_equal(c.transport->ops->post(c.transport, &out, &c.error), 0);
  while (done == 0) {
    raw_sleep(20); /* so that the reset is there before the next octets go */
    done = c.transport->ops->step(c.transport, 0, &c.response, &c.error);
  }
  assert_true(done == OMADM_E_SEND || done == OMADM_E_RECEIVE);
  client_close(&c);
  raw_stop(server);
  free(body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_certificate_of_the_configured_authority_is_accepted),
      cmocka_unit_test(an_unknown_authority_is_refused),
      cmocka_unit_test(an_expired_certificate_is_refused),
      cmocka_unit_test(a_certificate_for_another_host_is_refused),
      cmocka_unit_test(a_tls_failure_is_not_tried_again),
      cmocka_unit_test(a_server_without_tls_is_a_tls_failure),
      cmocka_unit_test(a_client_certificate_opens_the_door),
      cmocka_unit_test(without_the_right_client_certificate_it_stays_shut),
      cmocka_unit_test(a_key_of_another_certificate_is_said),
      cmocka_unit_test(a_ca_file_without_certificates_is_said),
      cmocka_unit_test(a_connection_reset_while_sending_raises_no_signal),
  };
  return cmocka_run_group_tests(tests, make, clean);
}
