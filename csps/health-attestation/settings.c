/* SPDX-License-Identifier: MIT */
#include "health-attestation/settings.h"

#include <stdlib.h>

typedef struct choice {
  const char *word;
  uint32_t value;
} choice;

static const choice banks[] = {{"auto", 0},
                               {"sha256", OMADM_TPM_SHA256},
                               {"sha384", OMADM_TPM_SHA384},
                               {"sha1", OMADM_TPM_SHA1}};
static const choice signatures[] = {{"sha256", OMADM_TPM_AK_RSA_SHA256},
                                    {"sha1", OMADM_TPM_AK_RSA_SHA1}};
static const choice protocols[] = {{"v2", 2}, {"v1", 1}};
static const choice bindings[] = {{"quote", false}, {"certify", true}};

enum { TIMEOUT_S = 60, TIMEOUT_MOST_S = 3600 };

static uint32_t choose(const attestation *self, const char *key, const choice *choices, size_t n) {
  octets text = {0};
  uint32_t value = choices[0].value;
  if (attestation_setting(self, key, &text)) {
    size_t i = 0;
    while (i < n && !octets_is(octets_str(&text), choices[i].word))
      i++;
    if (i < n)
      value = choices[i].value;
    else
      attestation_log(self, OMADM_CSP_LOG_WARN, "%s = %.*s is not understood; %s is used", key,
                      (int)(text.len < 100 ? text.len : 100), text.ptr, choices[0].word);
  }
  octets_dispose(&text);
  return value;
}

static uint32_t read_timeout(const attestation *self) {
  octets text = {0};
  unsigned long seconds = TIMEOUT_S;
  if (attestation_setting(self, "timeout", &text)) {
    octets_add(&text, "", 1);
    char *end = text.ptr;
    unsigned long number = text.failed ? 0 : strtoul(text.ptr, &end, 10);
    if (number > 0 && number <= TIMEOUT_MOST_S && *end == '\0')
      seconds = number;
    else
      attestation_log(self, OMADM_CSP_LOG_WARN,
                      "timeout is not a number of seconds from 1 to %d; %d is used", TIMEOUT_MOST_S,
                      TIMEOUT_S);
  }
  octets_dispose(&text);
  return (uint32_t)seconds * 1000;
}

static void read_path(const attestation *self, const char *key, octets *out) {
  (void)attestation_setting(self, key, out);
  octets_add(out, "", 1);
  if (!out->failed) out->len--;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

bool settings_read(const attestation *self, settings *s) {
  *s = (settings){0};
  read_path(self, "ca", &s->ca);
  read_path(self, "ek-chain", &s->ek_chain);
  s->bank = (uint16_t)choose(self, "bank", banks, COUNT(banks));
  s->kind = (omadm_tpm_key_kind)choose(self, "signature", signatures, COUNT(signatures));
  s->certify = choose(self, "request-key", bindings, COUNT(bindings)) != 0;
  s->protocol = choose(self, "protocol", protocols, COUNT(protocols));
  s->timeout_ms = read_timeout(self);
  return !s->ca.failed && !s->ek_chain.failed;
}

void settings_dispose(settings *s) {
  octets_dispose(&s->ca);
  octets_dispose(&s->ek_chain);
}
