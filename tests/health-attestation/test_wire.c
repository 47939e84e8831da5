/* SPDX-License-Identifier: MIT */
/* Each value of Status that a service or the way to it can really bring about, over real sockets
 * and TLS, to the alert. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/certs.h"
#include "support/raw_server.h"

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

/* A device that trusts this authority and asks this service, and waits for so many seconds. */
static rig *patient_device(const char *authority, const char *host, unsigned port,
                           const char *timeout) {
  char endpoint[64];
  rig *r = rig_make();
  r->wire = true;
  rig_set(r, "ca", certs_path(&files, authority));
  rig_set(r, "timeout", timeout);
  rig_start(r);
  snprintf(endpoint, sizeof endpoint, "%s:%u", host, port);
  assert_int_equal(rig_replace(r, "HASEndpoint", endpoint), 200);
  return r;
}

static rig *device(const char *authority, const char *host, unsigned port) {
  return patient_device(authority, host, port, "20");
}

static void expect(rig *r, int status) {
  int got = rig_verify(r);
  if (got != status) fail_msg("Status is %d and not %d\n%s", got, status, r->log);
  assert_int_equal(rig_alert_data(r, "srv"), status);
  rig_free(r);
}

#define RESPONSE(content)                                                                          \
  "<HealthCertificateResponse ErrorCode=\"0\">" content "</HealthCertificateResponse>"

/* One answer each, by the number of the connection. */
static const struct {
  const char *text;
  int status;
} answers[] = {
#define HEAD(line) "HTTP/1.1 " line "\r\nConnection: close\r\n\r\n"
    {HEAD("200 OK") RESPONSE("<HealthCertificateBlob>QUJD</HealthCertificateBlob>"), 3},
    {HEAD("200 OK") "<HealthCertificateResponse ErrorCode=\"1\" ErrorMessage=\"no\"/>", 2},
    {HEAD("500 Oh") "no", 2},
    {HEAD("200 OK") "{}", 16},
    {HEAD("200 OK") "<HealthCertificateResponse><HealthCert", 17},
    {HEAD("200 OK") RESPONSE("<HealthCertificateBlob/>"), 18},
    {HEAD("200 OK") RESPONSE("<HealthCertificateBlob IV=\"\" EKChallenge=\"AAAA\">QUJD"
                             "</HealthCertificateBlob>"),
     19},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Health", 31},
    {HEAD("200 OK"), 33},
    {HEAD("500 Oh"), 34},
    {HEAD("400 No"), 400},
    {HEAD("404 No"), 404},
    {HEAD("302 There\r\nLocation: https://localhost/"), 34},
    {HEAD("999 What"), 32},
    {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", 32},
    {"what?\r\n", 32},
};

static void answer(raw_connection *c, unsigned number) {
  if (number < sizeof answers / sizeof *answers) raw_say(c, answers[number].text);
}

static void each_answer_has_its_status(void **state) {
  raw_server *server = raw_start(answer, certs_path(&files, "good.pem"), NULL);
  (void)state;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    expect(device("ca.pem", "localhost", raw_port(server)), answers[i].status);
  raw_stop(server);
}

static void nothing_there_is_26(void **state) {
  raw_server *server = raw_start(answer, NULL, NULL);
  unsigned port = raw_port(server);
  (void)state;
  raw_stop(server);
  expect(device("ca.pem", "localhost", port), 26);
}

static void the_tls_of_a_stranger_is_26(void **state) {
  static const char *const bad[][2] = {
      {"other-ca.pem", "good.pem"}, {"ca.pem", "expired.pem"}, {"ca.pem", "elsewhere.pem"}};
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    raw_server *server = raw_start(answer, certs_path(&files, bad[i][1]), NULL);
    expect(device(bad[i][0], "localhost", raw_port(server)), 26);
    raw_stop(server);
  }
}

static void a_name_without_an_address_is_404(void **state) {
  (void)state;
  expect(device("ca.pem", "nowhere.invalid", 443), 404);
}

static void a_file_of_authorities_that_is_not_there_is_28(void **state) {
  (void)state;
  expect(device("nothing.pem", "localhost", 1), 28);
}

static void keep_silent(raw_connection *c, unsigned number) {
  (void)c, (void)number;
  raw_sleep(2500);
}

static void silence_is_31(void **state) {
  raw_server *server = raw_start(keep_silent, certs_path(&files, "good.pem"), NULL);
  (void)state;
  expect(patient_device("ca.pem", "localhost", raw_port(server), "2"), 31);
  raw_stop(server);
}

static void talk_for_ever(raw_connection *c, unsigned number) {
  (void)number;
  raw_say(c, HEAD("200 OK"));
  for (int i = 0; i < 100000 && raw_say(c, "<HealthCertificateResponse ErrorCode='0'>"); i++)
    continue;
}

static void an_answer_that_does_not_end_is_31(void **state) {
  raw_server *server = raw_start(talk_for_ever, certs_path(&files, "good.pem"), NULL);
  (void)state;
  expect(device("ca.pem", "localhost", raw_port(server)), 31);
  raw_stop(server);
}

static void hang_up(raw_connection *c, unsigned number) {
  (void)number;
  raw_hang_up(c);
}

/* So large a log that the service is gone before all of it was sent. */
static void a_service_that_goes_while_it_is_told_is_30(void **state) {
  enum { SIZE = 12000000 };
  raw_server *server = raw_start(hang_up, certs_path(&files, "good.pem"), NULL);
  rig *r = device("ca.pem", "localhost", raw_port(server));
  char *log = calloc(1, SIZE);
  (void)state;
  fake_tpm_knobs_of(r->tpm)->boot_log = (omadm_str){log, SIZE};
  expect(r, 30);
  raw_stop(server);
  free(log);
}

/* The refusal comes while the request goes out, or before: the handshake has long been over. */
static void a_service_that_demands_a_certificate_is_26_or_30(void **state) {
  raw_server *server =
      raw_start(answer, certs_path(&files, "good.pem"), certs_path(&files, "ca.pem"));
  rig *r = device("ca.pem", "localhost", raw_port(server));
  (void)state;
  int got = rig_verify(r);
  assert_true(got == 26 || got == 30);
  rig_free(r);
  raw_stop(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_answer_has_its_status),
      cmocka_unit_test(nothing_there_is_26),
      cmocka_unit_test(the_tls_of_a_stranger_is_26),
      cmocka_unit_test(a_name_without_an_address_is_404),
      cmocka_unit_test(a_file_of_authorities_that_is_not_there_is_28),
      cmocka_unit_test(silence_is_31),
      cmocka_unit_test(an_answer_that_does_not_end_is_31),
      cmocka_unit_test(a_service_that_goes_while_it_is_told_is_30),
      cmocka_unit_test(a_service_that_demands_a_certificate_is_26_or_30),
  };
  return cmocka_run_group_tests(tests, make, clean);
}
