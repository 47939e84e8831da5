/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/claims.h"

#include <omadm/eventlog.h>

#include "base/octets.h"

/* A part: which word has its size, where it goes, and its limit. */
typedef struct part {
  const char *name;
  size_t word;
  size_t offset;
  size_t max;
} part;

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const part parts[] = {
    {"quote", 2, offsetof(claims, quote), 4096},
    {"signature", 3, offsetof(claims, signature), 4096},
    {"PCR values", 4, offsetof(claims, pcrs), (size_t)OMADM_TPM_PCRS * 64},
    {"log", 5, offsetof(claims, log), OMADM_EVENTLOG_MAX},
};

omadm_err claims_parse(omadm_str octets, bool boot, claims *out, omadm_error *error) {
  size_t n = boot ? COUNT(parts) : COUNT(parts) - 1;
  size_t at = 4 * (n + 2);
  *out = (claims){.hash = 0};
  if (octets.len < at)
    return omadm_error_set(error, OMADM_E_SYNTAX, "Claims are cut: %zu octets, the head has %zu",
                           octets.len, at);
  if (omadm_le32_at(octets, 0) != 1)
    return omadm_error_set(error, OMADM_E_SYNTAX, "Claims of version %u, only 1 is known",
                           omadm_le32_at(octets, 0));
  out->hash = omadm_le32_at(octets, 1);
  for (size_t i = 0; i < n; i++) {
    uint32_t size = omadm_le32_at(octets, parts[i].word);
    if (size > parts[i].max || size > octets.len - at)
      return omadm_error_set(error, OMADM_E_SYNTAX, "Claims: a %s of %u octets does not fit",
                             parts[i].name, size);
    *(omadm_str *)(void *)((char *)out + parts[i].offset) = (omadm_str){octets.ptr + at, size};
    at += size;
  }
  if (at != octets.len)
    return omadm_error_set(error, OMADM_E_SYNTAX, "Claims: %zu octets are left over",
                           octets.len - at);
  return OMADM_OK;
}
