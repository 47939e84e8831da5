/* SPDX-License-Identifier: MIT */
/* The CSP and the project's own Device Health Attestation service, which verifies: from
 * VerifyHealth to the report, without a network. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "tests/attestation/device.h"

#define NONCE "0102030405060708090a0b0c0d0e0f10"

typedef struct whole {
  bench bench;
  device device;
  rig *rig;
  fake_tpm *spare; /* the rig's own */
} whole;

static uint32_t serve(void *ctx, omadm_str url, omadm_str request, omadm_buf *out) {
  whole *w = ctx;
  answer a;
  unsigned version = (unsigned)(url.ptr[url.len - 1] - '0');
  bench_send(&w->bench, "GetHealthCertificate", version, request, &a);
  omadm_err err = a.http == 200 ? omadm_buf_add_str(out, omadm_buf_str(&a.xml))
                                : omadm_buf_add_text(out, a.message);
  assert_int_equal(err, 0);
  uint32_t http = (uint32_t)a.http;
  answer_dispose(&a);
  return http;
}

/* A device that booted, and a service that knows its maker; or another's. */
static void begin(whole *w, bool stranger) {
  device_open(&w->device);
  w->rig = rig_make();
  w->spare = w->rig->tpm;
  bench_open(&w->bench, stranger ? w->spare : w->device.tpm);
  fake_tpm_knobs_of(w->device.tpm)->boot_log = omadm_buf_str(&w->device.log);
  w->rig->tpm = w->device.tpm;
  w->rig->port = fake_tpm_port(w->device.tpm);
  w->rig->service.serve = serve;
  w->rig->service.ctx = w;
  rig_start(w->rig);
}

static void end(whole *w) {
  w->rig->tpm = w->spare;
  rig_free(w->rig);
  device_close(&w->device);
  bench_close(&w->bench);
}

static void verify(whole *w, const char *version, int status) {
  assert_int_equal(rig_replace(w->rig, "PreferredMaxProtocolVersion", version), 200);
  int got = rig_verify(w->rig);
  if (got != status) fail_msg("Status is %d\n%s%s", got, w->rig->log, w->bench.line);
}

/* What the management server does: it adds the Nonce, and passes the document on. */
static void validate(whole *w, unsigned version, const char *nonce, answer *a) {
  omadm_buf xml, sent;
  omadm_buf_init(&xml, &omadm_mem_default, 0);
  omadm_buf_init(&sent, &omadm_mem_default, 0);
  assert_int_equal(rig_get(w->rig, "Certificate"), 200);
  assert_int_equal(omadm_base64_decode(omadm_str_of(w->rig->text), &xml), 0);
  const char *claims = memmem(xml.ptr, xml.len, "<Claims>", 8);
  assert_non_null(claims);
  assert_int_equal(omadm_buf_add(&sent, xml.ptr, (size_t)(claims - xml.ptr)), 0);
  assert_int_equal(omadm_buf_printf(&sent, "<Nonce>%s</Nonce>", nonce), 0);
  assert_int_equal(omadm_buf_add(&sent, claims, (size_t)(xml.ptr + xml.len - claims)), 0);
  bench_send(&w->bench, "ValidateHealthCertificate", version, omadm_buf_str(&sent), a);
  omadm_buf_dispose(&xml);
  omadm_buf_dispose(&sent);
}

static void each_version_ends_in_a_report(void **state) {
  static const struct {
    const char *text;
    unsigned version;
    const char *nonce; /* each is good for one report */
  } versions[] = {{"1", 1, "aaaaaaaaffffffff"}, {"3", 3, NONCE}, {"4", 4, "00112233"}};
  whole w;
  answer a;
  (void)state;
  begin(&w, false);
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
    assert_int_equal(rig_replace(w.rig, "Nonce", versions[i].nonce), 200);
    verify(&w, versions[i].text, 3);
    validate(&w, versions[i].version, versions[i].nonce, &a);
    if (a.http != 200 || a.code != 0) fail_msg("%d %s", a.code, a.message);
    assert_string_equal(answer_text(&a, "SecureBootEnabled"), "true");
    answer_dispose(&a);
  }
  end(&w);
}

static void a_server_with_another_nonce_is_refused(void **state) {
  whole w;
  answer a;
  (void)state;
  begin(&w, false);
  assert_int_equal(rig_replace(w.rig, "Nonce", NONCE), 200);
  verify(&w, "3", 3);
  validate(&w, 3, "ffffffffffffffffffffffffffffffff", &a);
  assert_true(a.http != 200 || a.code != 0);
  answer_dispose(&a);
  end(&w);
}

static void a_device_of_an_unknown_maker_gets_no_certificate(void **state) {
  whole w;
  (void)state;
  begin(&w, true);
  verify(&w, "3", 2);
  assert_int_equal(rig_get(w.rig, "Certificate"), 404);
  end(&w);
}

static void a_log_that_is_not_that_of_the_boot_gets_no_certificate(void **state) {
  whole w;
  (void)state;
  begin(&w, false);
  w.device.log.ptr[w.device.log.len - 1] ^= 1;
  fake_tpm_extend(w.device.tpm, OMADM_TPM_SHA256, 7,
                  (omadm_str)OMADM_STR("0123456789abcdef0123456789abcdef"));
  verify(&w, "3", 2);
  end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_version_ends_in_a_report),
      cmocka_unit_test(a_server_with_another_nonce_is_refused),
      cmocka_unit_test(a_device_of_an_unknown_maker_gets_no_certificate),
      cmocka_unit_test(a_log_that_is_not_that_of_the_boot_gets_no_certificate),
  };
  return rig_run("with the service", tests, sizeof tests / sizeof *tests);
}
