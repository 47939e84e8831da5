/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/boot_authority.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "conformance/attestation/pem_file.h"

enum { PCR_LOADER = 4, PCR_SECURE_BOOT = 7 };
enum { THUMBPRINT = 20, WINDOWS_PCRS = 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 19 | 1 << 20 };

/* SHA-1 of the certificates, as they are commonly named. */
static const uint8_t windows[][THUMBPRINT] = {
    /* Microsoft Windows Production PCA 2011 */
    {0x58, 0x0A, 0x6F, 0x4C, 0xC4, 0xE4, 0xB6, 0x69, 0xB9, 0xEB,
     0xDC, 0x1B, 0x2B, 0x3E, 0x08, 0x7B, 0x80, 0xD0, 0x67, 0x8D},
    /* Windows UEFI CA 2023 */
    {0x45, 0xA0, 0xFA, 0x32, 0x60, 0x47, 0x73, 0xC8, 0x24, 0x33,
     0xC3, 0xB7, 0xD5, 0x9E, 0x74, 0x66, 0xB3, 0xAC, 0x0C, 0x67},
    /* Microsoft Root Certificate Authority 2010, above the first; some firmware names the root */
    {0x3B, 0x1E, 0xFD, 0x3A, 0x66, 0xEA, 0x28, 0xB1, 0x66, 0x97,
     0x39, 0x47, 0x03, 0xA7, 0x2C, 0xA3, 0x40, 0xA0, 0x5B, 0xD5},
};

static bool is_windows(omadm_str certificate) {
  uint8_t thumbprint[THUMBPRINT];
  if (EVP_Q_digest(NULL, "SHA1", NULL, certificate.ptr, certificate.len, thumbprint, NULL) != 1)
    return false;
  for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
    if (memcmp(windows[i], thumbprint, THUMBPRINT) == 0) return true;
  }
  return false;
}

/* The certificate of a db entry that something was checked with (UEFI 32.6.1: name, then an owner's
 * GUID and the certificate). False: the event is about another variable. */
static bool read_authority(omadm_str data, omadm_str *certificate) {
  enum { NAME_AT = 32, OWNER = 16 };
  static const char name[] = {'d', 0, 'b', 0};
  uint64_t units = 0;
  *certificate = (omadm_str){NULL, 0};
  if (data.len < NAME_AT + sizeof name) return false;
  for (size_t i = 8; i-- > 0;)
    units = units << 8 | (uint8_t)data.ptr[OWNER + i];
  if (units != 2 || memcmp(data.ptr + NAME_AT, name, sizeof name) != 0) return false;
  if (data.len > NAME_AT + sizeof name + OWNER)
    *certificate = (omadm_str){data.ptr + NAME_AT + sizeof name + OWNER,
                               data.len - NAME_AT - sizeof name - OWNER};
  return true;
}

/* Each loader that firmware started was checked with one of these; the first alone could have come
 * back and made way for another. */
static bool are_windows(const service_config *config, const omadm_eventlog *log) {
  enum { EV_SEPARATOR = 4 };
  const uint32_t authority = 0x800000E0;
  bool closed = false, any = false;
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    const omadm_event *event = omadm_eventlog_at(log, i);
    omadm_str certificate;
    if (event->pcr != PCR_SECURE_BOOT) continue;
    closed = closed || event->type == EV_SEPARATOR;
    if (!closed || event->type != authority || !read_authority(event->data, &certificate)) continue;
    if (!is_windows(certificate) && !pem_file_has(config->boot_ca, certificate)) return false;
    any = true;
  }
  return any;
}

/* Firmware measures this when a boot option that it started comes back (TCG PC Client Platform
 * Firmware Profile 10.4.4). Told by its digest, since types are not measured. */
static bool came_back(const omadm_eventlog *log, uint16_t bank) {
  static const char text[] = "Returning from EFI Application from Boot Option";
  uint8_t digest[EVP_MAX_MD_SIZE];
  size_t size = 0;
  if (EVP_Q_digest(NULL, omadm_tpm_alg_name(bank), NULL, text, sizeof text - 1, digest, &size) != 1)
    return true;
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    omadm_str one = omadm_eventlog_digest(log, i, bank);
    if (omadm_eventlog_at(log, i)->pcr == PCR_LOADER && one.len == size &&
        memcmp(one.ptr, digest, size) == 0)
      return true;
  }
  return false;
}

static bool is_loader(const service_config *config, omadm_str digest) {
  char hex[2 * EVP_MAX_MD_SIZE + 1];
  if (digest.len > EVP_MAX_MD_SIZE) return false;
  for (size_t i = 0; i < digest.len; i++)
    snprintf(hex + 2 * i, 3, "%02x", (uint8_t)digest.ptr[i]);
  for (size_t i = 0; i < config->n_loaders; i++) {
    if (strcasecmp(hex, config->loaders[i]) == 0) return true;
  }
  return false;
}

static bool has_known_loader(const service_config *config, const omadm_eventlog *log,
                             uint16_t bank) {
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    if (omadm_eventlog_at(log, i)->pcr == PCR_LOADER &&
        is_loader(config, omadm_eventlog_digest(log, i, bank)))
      return true;
  }
  return false;
}

/* What is bad stays: nobody would make that up. */
static void doubt(omadm_boot_facts *facts) {
  const omadm_fact unknown = {.grade = OMADM_GRADE_UNKNOWN};
  if (facts->kernel_debugging.value == 0) facts->kernel_debugging = (omadm_fact){.value = 1};
  if (facts->safe_mode.value == 0) facts->safe_mode = unknown;
  if (facts->code_integrity.value != 0) facts->code_integrity = unknown;
  facts->command_line = unknown;
}

void boot_authority_judge(const service_config *config, const omadm_eventlog *log, uint16_t bank,
                          uint32_t agree, omadm_boot_facts *facts) {
  bool on = facts->secure_boot.grade == OMADM_GRADE_ATTESTED && facts->secure_boot.value != 0;
  if (facts->kind == OMADM_BOOT_WINDOWS &&
      (!on || came_back(log, bank) || !are_windows(config, log)))
    omadm_boot_facts_derive(log, bank, agree & ~(uint32_t)WINDOWS_PCRS, facts);
  if (facts->kind == OMADM_BOOT_LINUX && !has_known_loader(config, log, bank)) doubt(facts);
}
