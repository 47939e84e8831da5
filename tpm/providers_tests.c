/* SPDX-License-Identifier: MIT */
/* The table of providers that test programs link in the place of providers.c. */
#include "tpm/providers.h"

#include <stddef.h>

#include "tpm/fake.h"
#include "tpm/inproc.h"

static void fake_close(uint64_t self) {
  fake_tpm_free((fake_tpm *)(uintptr_t)self);
}

/* "fake": one whose knobs nobody turns. */
static omadm_err fake_open(const char *rest, const omadm_tpm_config *config, omadm_tpm *tpm,
                           omadm_error *error) {
  (void)rest, (void)config, (void)error;
  *tpm = fake_tpm_port(fake_tpm_new());
  tpm->close = fake_close;
  return OMADM_OK;
}

const tpm_provider omadm_tpm_providers[] = {{"tss2", tss2_open}, {"recorded", recorded_open},
                                            {"none", none_open}, {"inproc", inproc_open},
                                            {"fake", fake_open}, {NULL, NULL}};
