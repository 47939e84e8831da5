/* SPDX-License-Identifier: MIT */
/* A bootstrap document of any kind, trusted: what is read has accounts that may become nodes. */
#include <omadm/bootstrap.h>

#include "base/codec.h"
#include "base/str.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_bootstrap_source source;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_account account;
  omadm_bootstrap_source_init(&source);
  source.octets = (omadm_str){(const char *)octets, n};
  source.trusted = 1;
  omadm_err err = omadm_bootstrap_read(&source, &bootstrap, NULL);
  require((err == 0) == (bootstrap != NULL));
  if (err != 0) return 0;
  for (size_t i = 0; omadm_bootstrap_at(bootstrap, i, &account) == 0; i++) {
    require(account.server_id.len > 0 && account.server_id.len <= 255);
    require(omadm_str_starts(account.url, "http"));
  }
  omadm_bootstrap_free(bootstrap);
  return 0;
}
