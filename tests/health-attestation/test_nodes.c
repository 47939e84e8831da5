/* SPDX-License-Identifier: MIT */
/* Each node's own rules. */
#include "rig.h"

#include <string.h>

static void every_node_begins_with_its_default(void **state) {
  static const struct {
    const char *node, *value;
  } defaults[] = {{"Status", "0"},
                  {"ForceRetrieve", "false"},
                  {"Nonce", "\\0"},
                  {"HASEndpoint", "has.spserv.microsoft.com."},
                  {"CurrentProtocolVersion", "3"},
                  {"PreferredMaxProtocolVersion", "3"},
                  {"MaxSupportedProtocolVersion", "4"}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    rig_expect(r, defaults[i].node, defaults[i].value);
  assert_int_equal(rig_get(r, "Certificate"), 404);
  assert_int_equal(rig_get(r, "CorrelationID"), 404);
  rig_free(r);
}

static void the_device_prefix_is_the_same_place(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(
      rig_replace(r, "./Device/Vendor/MSFT/HealthAttestation/Nonce", "AAAAAAAAFFFFFFFF"), 200);
  rig_expect(r, "Nonce", "AAAAAAAAFFFFFFFF");
  rig_expect(r, "./Vendor/MSFT/healthattestation/nonce", "AAAAAAAAFFFFFFFF");
  rig_free(r);
}

static void what_a_node_does_not_allow_is_405(void **state) {
  static const char *const read_only[] = {"Status",
                                          "Certificate",
                                          "CorrelationID",
                                          "TpmReadyStatus",
                                          "CurrentProtocolVersion",
                                          "MaxSupportedProtocolVersion"};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
    assert_int_equal(rig_replace(r, read_only[i], "1"), 405);
  assert_int_equal(rig_get(r, "VerifyHealth"), 405);
  assert_int_equal(rig_exec(r, "Status"), 405);
  rig_free(r);
}

#define HEX64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"

static void a_nonce_is_8_to_64_digits(void **state) {
  static const struct {
    const char *given, *kept; /* kept NULL: refused */
  } nonces[] = {{"aaaaaaaa", "aaaaaaaa"},
                {"AAAAAAAAFFFFFFFF", "AAAAAAAAFFFFFFFF"},
                {" 0123456789abcdef\n", "0123456789abcdef"},
                {HEX64, HEX64},
                {HEX64 "00", NULL},
                {"aaaaaa", NULL},
                {"aaaaaaaaa", NULL},
                {"aaaaaaag", NULL},
                {"aaaa aaaa", NULL},
                {"0x12345678", NULL},
                {"", NULL},
                {"\\0", "\\0"}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof nonces / sizeof *nonces; i++) {
    assert_int_equal(rig_replace(r, "Nonce", "00000000"), 200);
    assert_int_equal(rig_replace(r, "Nonce", nonces[i].given), nonces[i].kept != NULL ? 200 : 415);
    rig_expect(r, "Nonce", nonces[i].kept != NULL ? nonces[i].kept : "00000000");
  }
  rig_free(r);
}

static void an_endpoint_is_a_host_and_perhaps_a_port(void **state) {
  static const struct {
    const char *given, *kept;
  } endpoints[] = {{" www.ContosoDHA-Service", "www.ContosoDHA-Service"},
                   {"localhost:8443", "localhost:8443"},
                   {"[::1]:8443", "[::1]:8443"},
                   {"[fe80::1]", "[fe80::1]"},
                   {"host.", "host."},
                   {"", "has.spserv.microsoft.com."},
                   {"  ", "has.spserv.microsoft.com."},
                   {"https://host", NULL},
                   {"host/path", NULL},
                   {"user@host", NULL},
                   {"host:", NULL},
                   {"host:port", NULL},
                   {"host:65535", "host:65535"},
                   {"host:0", NULL},
                   {"host:65536", NULL},
                   {"host:123456", NULL},
                   {"[::ffff:192.0.2.1]:443", "[::ffff:192.0.2.1]:443"},
                   {"[::1]:65536", NULL},
                   {"[1::2::3]", NULL},
                   {"[12345::]", NULL},
                   {"[192.0.2.1]", NULL},
                   {"[:]", NULL},
                   {":443", NULL},
                   {"[]:1", NULL},
                   {"[::1", NULL},
                   {"a b", NULL},
                   {"host\r\nX: y", NULL},
                   {".", NULL}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
    assert_int_equal(rig_replace(r, "HASEndpoint", "before"), 200);
    if (rig_replace(r, "HASEndpoint", endpoints[i].given) !=
        (endpoints[i].kept != NULL ? 200 : 415))
      fail_msg("%s", endpoints[i].given);
    rig_expect(r, "HASEndpoint", endpoints[i].kept != NULL ? endpoints[i].kept : "before");
  }
  rig_free(r);
}

static void the_settings_may_name_the_only_services(void **state) {
  static const struct {
    const char *endpoint;
    omadm_status status;
  } rows[] = {{"dha.example", 200},      {"DHA.Example.:443", 200},
              {"dha.example:8443", 415}, {"other.example", 415},
              {"az.example:8443", 200},  {"az.example", 415},
              {"dha.example.evil", 415}, {"[2001:db8::1]:444", 200},
              {"[2001:db8::1]", 415},    {"", 200}};
  rig *r = rig_make();
  (void)state;
  rig_set(r, "services", "dha.example  az.example.:8443 [2001:DB8::1]:444");
  rig_start(r);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rig_replace(r, "HASEndpoint", rows[i].endpoint) != rows[i].status)
      fail_msg("%s", rows[i].endpoint);
  assert_int_equal(rig_verify(r), 27); /* the default's is none of them */
  assert_int_equal(r->service.requests, 0);
  assert_int_equal(rig_trigger(r, "{\"endpoint\":\"https://other.example/attest\"}"), 400);
  assert_int_equal(rig_trigger(r, "{\"endpoint\":\"https://az.example/attest\"}"), 400);
  assert_int_equal(rig_trigger(r, "{\"endpoint\":\"https://az.example:8443/attest\"}"), 202);
  rig_finish(r);
  assert_int_equal(r->service.requests, 1);
  rig_free(r);
}

static void the_version_is_the_highest_that_both_know(void **state) {
  static const struct {
    const char *preferred, *current;
  } versions[] = {{"1", "1"}, {"2", "1"}, {"3", "3"}, {"4", "4"}, {"5", "4"}, {"2147483647", "4"}};
  rig *r = rig_new();
  (void)state;
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
    assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", versions[i].preferred), 200);
    rig_expect(r, "PreferredMaxProtocolVersion", versions[i].preferred);
    rig_expect(r, "CurrentProtocolVersion", versions[i].current);
  }
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", "0"), 415);
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", "-1"), 415);
  rig_expect(r, "CurrentProtocolVersion", "4");
  rig_free(r);
}

static void force_retrieve_is_a_boolean(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_replace(r, "ForceRetrieve", "true"), 200);
  rig_expect(r, "ForceRetrieve", "true");
  assert_int_equal(rig_replace(r, "ForceRetrieve", "False"), 200);
  rig_expect(r, "ForceRetrieve", "false");
  assert_int_not_equal(rig_replace(r, "ForceRetrieve", "perhaps"), 200);
  rig_free(r);
}

static void settings_survive_a_restart(void **state) {
  rig *r = rig_new();
  (void)state;
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  assert_int_equal(rig_replace(r, "HASEndpoint", "dha.example"), 200);
  assert_int_equal(rig_replace(r, "ForceRetrieve", "true"), 200);
  assert_int_equal(rig_replace(r, "PreferredMaxProtocolVersion", "4"), 200);
  rig_restart(r);
  rig_expect(r, "Nonce", "aabbccdd");
  rig_expect(r, "HASEndpoint", "dha.example");
  rig_expect(r, "ForceRetrieve", "true");
  rig_expect(r, "CurrentProtocolVersion", "4");
  rig_free(r);
}

/* A change in an Atomic that is undone puts back what was there, the default too. */
static void a_change_can_be_undone(void **state) {
  static const char *const nodes[][2] = {
      {"Nonce", "aabbccdd"}, {"HASEndpoint", "h"}, {"ForceRetrieve", "true"}};
  rig *r = rig_new();
  const omadm_tree *tree = omadm_framework_tree(r->framework);
  omadm_status undo[3];
  (void)state;
  assert_int_equal(tree->begin(tree->ctx, &r->origin), 200);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(rig_replace(r, nodes[i][0], nodes[i][1]), 200);
  tree->rollback(tree->ctx, undo, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(undo[i], 216);
  rig_expect(r, "Nonce", "\\0");
  rig_expect(r, "HASEndpoint", "has.spserv.microsoft.com.");
  rig_expect(r, "ForceRetrieve", "false");
  rig_free(r);
}

static void a_tpm_that_can_attest_is_ready(void **state) {
  rig *r = rig_new();
  (void)state;
  fake_tpm_knobs_of(r->tpm)->boot_log = (omadm_str)OMADM_STR("a log");
  rig_expect(r, "TpmReadyStatus", "0");
  rig_free(r);
}

static void what_the_tpm_lacks_are_bits(void **state) {
  static const struct {
    fake_call call;
    omadm_tpm_status status;
    const char *bits;
  } rows[] = {{FAKE_INFO, OMADM_TPM_ABSENT, "2097152"},
              {FAKE_EK_PUBLIC, OMADM_TPM_NOT_FOUND, "128"},
              {FAKE_EK_PUBLIC, OMADM_TPM_AUTH, "2097280"},
              {FAKE_EK_CERTIFICATE, OMADM_TPM_NOT_FOUND, "262144"},
              {FAKE_EVENT_LOG, OMADM_TPM_NOT_FOUND, "524288"},
              {FAKE_EVENT_LOG, OMADM_TPM_IO, "2621440"}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rig *r = rig_new();
    fake_tpm_knobs_of(r->tpm)->boot_log = (omadm_str)OMADM_STR("a log");
    fake_tpm_fail(r->tpm, rows[i].call, rows[i].status, 0);
    rig_expect(r, "TpmReadyStatus", rows[i].bits);
    rig_free(r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_node_begins_with_its_default),
      cmocka_unit_test(the_device_prefix_is_the_same_place),
      cmocka_unit_test(what_a_node_does_not_allow_is_405),
      cmocka_unit_test(a_nonce_is_8_to_64_digits),
      cmocka_unit_test(an_endpoint_is_a_host_and_perhaps_a_port),
      cmocka_unit_test(the_settings_may_name_the_only_services),
      cmocka_unit_test(the_version_is_the_highest_that_both_know),
      cmocka_unit_test(force_retrieve_is_a_boolean),
      cmocka_unit_test(settings_survive_a_restart),
      cmocka_unit_test(a_change_can_be_undone),
      cmocka_unit_test(a_tpm_that_can_attest_is_ready),
      cmocka_unit_test(what_the_tpm_lacks_are_bits),
  };
  return rig_run("nodes", tests, sizeof tests / sizeof *tests);
}
