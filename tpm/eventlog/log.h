/* SPDX-License-Identifier: MIT */
/* A parsed log as the files of this folder see it, and hashing in its banks. */
#ifndef OMADM_EVENTLOG_LOG_H
#define OMADM_EVENTLOG_LOG_H

#include <omadm/eventlog.h>

#include <stdbool.h>
#include <string.h>

#include "base/octets.h"

enum {
  LOG_ALGS = 16, /* banks of a log */
  LOG_ENTRIES = 100000, /* entries of a log */
  DIGEST_MAX = 64,
  NO_PCR = OMADM_TPM_PCRS /* first number that is no PCR */
};

/* TCG PC Client Platform Firmware Profile, 10.4.1. The type of an entry is not measured. */
/* clang-format off */
#define EVENT_TYPES(X) \
  X(PREBOOT_CERT, 0x00000000) \
  X(POST_CODE, 0x00000001) \
  X(UNUSED, 0x00000002) \
  X(NO_ACTION, 0x00000003) \
  X(SEPARATOR, 0x00000004) \
  X(ACTION, 0x00000005) \
  X(EVENT_TAG, 0x00000006) \
  X(S_CRTM_CONTENTS, 0x00000007) \
  X(S_CRTM_VERSION, 0x00000008) \
  X(CPU_MICROCODE, 0x00000009) \
  X(PLATFORM_CONFIG_FLAGS, 0x0000000A) \
  X(TABLE_OF_DEVICES, 0x0000000B) \
  X(COMPACT_HASH, 0x0000000C) \
  X(IPL, 0x0000000D) \
  X(IPL_PARTITION_DATA, 0x0000000E) \
  X(NONHOST_CODE, 0x0000000F) \
  X(NONHOST_CONFIG, 0x00000010) \
  X(NONHOST_INFO, 0x00000011) \
  X(OMIT_BOOT_DEVICE_EVENTS, 0x00000012) \
  X(POST_CODE2, 0x00000013) \
  X(EFI_VARIABLE_DRIVER_CONFIG, 0x80000001) \
  X(EFI_VARIABLE_BOOT, 0x80000002) \
  X(EFI_BOOT_SERVICES_APPLICATION, 0x80000003) \
  X(EFI_BOOT_SERVICES_DRIVER, 0x80000004) \
  X(EFI_RUNTIME_SERVICES_DRIVER, 0x80000005) \
  X(EFI_GPT_EVENT, 0x80000006) \
  X(EFI_ACTION, 0x80000007) \
  X(EFI_PLATFORM_FIRMWARE_BLOB, 0x80000008) \
  X(EFI_HANDOFF_TABLES, 0x80000009) \
  X(EFI_PLATFORM_FIRMWARE_BLOB2, 0x8000000A) \
  X(EFI_HANDOFF_TABLES2, 0x8000000B) \
  X(EFI_VARIABLE_BOOT2, 0x8000000C) \
  X(EFI_GPT_EVENT2, 0x8000000D) \
  X(EFI_HCRTM_EVENT, 0x80000010) \
  X(EFI_VARIABLE_AUTHORITY, 0x800000E0) \
  X(EFI_SPDM_FIRMWARE_BLOB, 0x800000E1) \
  X(EFI_SPDM_FIRMWARE_CONFIG, 0x800000E2) \
  X(EFI_SPDM_DEVICE_POLICY, 0x800000E3) \
  X(EFI_SPDM_DEVICE_AUTHORITY, 0x800000E4)
/* clang-format on */

#define EVENT_TYPE_(name, value) static const uint32_t EV_##name __attribute__((unused)) = (value);
EVENT_TYPES(EVENT_TYPE_)
#undef EVENT_TYPE_

typedef struct log_alg {
  uint16_t id;
  uint16_t size;
} log_alg;

/* An entry: what callers see, and where its digests stand. */
typedef struct log_entry {
  omadm_event event;
  omadm_str digests; /* agile: u16 algorithm and digest, one after another; legacy: the digest */
} log_entry;

struct omadm_eventlog {
  omadm_str octets;
  bool agile;
  size_t n_algs;
  log_alg algs[LOG_ALGS];
  size_t n, room;
  log_entry *entries;
};

/* Does this entry extend a PCR? */
static inline bool event_is_measured(const omadm_event *event) {
  return event->type != EV_NO_ACTION && event->pcr < NO_PCR;
}

/* The digest of a in that bank; 0: nobody here can compute it. */
size_t digest_make(uint16_t bank, omadm_str a, uint8_t digest[DIGEST_MAX]);
/* One TPM2_PCR_Extend: pcr = H(pcr ‖ digest). False where the bank cannot be computed. */
bool digest_extend(uint16_t bank, uint8_t pcr[DIGEST_MAX], omadm_str digest);
/* Is that the digest of a? */
bool digest_is_of(uint16_t bank, omadm_str digest, omadm_str a);
/* s without the zeros at its end. */
omadm_str text_without_zeros(omadm_str s);
/* Is that the digest of the text a, as it stands or without the zeros at its end? */
bool digest_is_of_text(uint16_t bank, omadm_str digest, omadm_str a);

#endif
