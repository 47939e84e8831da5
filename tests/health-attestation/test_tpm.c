/* SPDX-License-Identifier: MIT */
/* The CSP on a TPM that is none of ours: libtpms, through the same provider as a chip. */
#include "rig.h"

#include <string.h>

#include "tpm/inproc.h"

/* A device with a new TPM, which has no certificates and no log. */
static rig *device(void) {
  omadm_tpm_config config;
  omadm_error error = {0};
  rig *r = rig_make();
  omadm_tpm_config_init(&config);
  config.log = &r->logger;
  omadm_tpm_close(&r->port);
  omadm_err err = omadm_tpm_open("inproc", &config, &r->port, &error);
  if (err != 0) fail_msg("%s", error.text);
  rig_start(r);
  return r;
}

static void end(rig *r) {
  omadm_tpm port = r->port;
  rig_free(r);
  omadm_tpm_close(&port);
}

static void a_boot_has_one_certificate_and_a_quote_for_each_nonce(void **state) {
  rig *r = device();
  (void)state;
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  rig_restart(r);
  assert_int_equal(rig_verify(r), 3);
  assert_int_equal(rig_get(r, "Certificate"), 200);
  assert_int_equal(r->service.requests, 1);
  end(r);
}

static void another_boot_needs_another_certificate(void **state) {
  void (*const restarts[])(void) = {inproc_reboot, inproc_resume};
  rig *r = device();
  (void)state;
  assert_int_equal(rig_replace(r, "Nonce", "aabbccdd"), 200);
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(rig_verify(r), 3);
    assert_int_equal(rig_get(r, "Certificate"), 200);
    restarts[i]();
    assert_int_equal(rig_get(r, "Certificate"), 404);
    rig_expect(r, "Status", "0");
    assert_int_equal(rig_verify(r), 3);
    assert_int_equal(r->service.requests, i + 2);
  }
  end(r);
}

static void what_it_lacks_is_told(void **state) {
  rig *r = device();
  (void)state;
  rig_expect(r, "TpmReadyStatus", "786432"); /* 0x40000: no EK certificate; 0x80000: no log */
  end(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_boot_has_one_certificate_and_a_quote_for_each_nonce),
      cmocka_unit_test(another_boot_needs_another_certificate),
      cmocka_unit_test(what_it_lacks_is_told),
  };
  return rig_run("with libtpms", tests, sizeof tests / sizeof *tests);
}
