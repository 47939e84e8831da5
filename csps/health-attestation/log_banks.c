/* SPDX-License-Identifier: MIT */
#include "health-attestation/log_banks.h"

#include <omadm/tpm.h>

#include "health-attestation/octets.h"

enum { EV_NO_ACTION = 3, SHA1_LEN = 20, SIGNATURE_LEN = 16, VERSION_LEN = 8 };

/* The first event of a crypto-agile log says which algorithms follow (PC Client Platform Firmware
 * Profile, TCG_EfiSpecIDEventStruct); any other log is a legacy one, of SHA-1. */
size_t log_banks_read(omadm_str log, uint16_t banks[LOG_BANKS_MAX]) {
  omadm_str event, skipped, signature;
  uint32_t pcr = 0, type = 0, len = 0, n = 0, algorithm = 0;
  if (!octets_take_u32le(&log, &pcr) || !octets_take_u32le(&log, &type) ||
      !octets_take(&log, SHA1_LEN, &skipped) || !octets_take_u32le(&log, &len) ||
      !octets_take(&log, len, &event))
    return 0;
  bool agile = type == EV_NO_ACTION && octets_take(&event, SIGNATURE_LEN, &signature) &&
               octets_same(signature, (omadm_str)OMADM_STR("Spec ID Event03\0"));
  if (!agile) {
    banks[0] = OMADM_TPM_SHA1;
    return 1;
  }
  if (!octets_take(&event, VERSION_LEN, &skipped) || !octets_take_u32le(&event, &n)) return 0;
  size_t found = 0;
  while (n-- > 0 && found < LOG_BANKS_MAX && octets_take_u32le(&event, &algorithm))
    banks[found++] = (uint16_t)algorithm; /* the digest's size stands in the upper half */
  return found;
}
