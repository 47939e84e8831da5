/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/boot_authority.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

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

static bool is_same(X509 *one, omadm_str certificate) {
  uint8_t *der = NULL;
  int len = i2d_X509(one, &der);
  bool same = len > 0 && (size_t)len == certificate.len &&
              memcmp(der, certificate.ptr, certificate.len) == 0;
  OPENSSL_free(der);
  return same;
}

/* Reads the certificates of a PEM file until one is `wanted`; *n is how many were read. */
static bool read_pem(FILE *file, omadm_str wanted, size_t *n) {
  bool found = false;
  X509 *one = NULL;
  for (*n = 0; !found && (one = PEM_read_X509(file, NULL, NULL, NULL)) != NULL; ++*n) {
    found = is_same(one, wanted);
    X509_free(one);
  }
  ERR_clear_error(); /* the end of the file is one */
  return found;
}

static bool is_named(const char *path, omadm_str certificate) {
  size_t n = 0;
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  if (file == NULL) return false;
  bool found = read_pem(file, certificate, &n);
  fclose(file);
  return found;
}

void boot_authority_judge(const service_config *config, const omadm_eventlog *log, uint16_t bank,
                          uint32_t agree, omadm_boot_facts *facts) {
  omadm_str certificate = facts->boot_authority.octets;
  bool on = facts->secure_boot.grade == OMADM_GRADE_ATTESTED && facts->secure_boot.value != 0;
  if (facts->kind != OMADM_BOOT_WINDOWS || !on) return;
  bool known = facts->boot_authority.grade == OMADM_GRADE_ATTESTED &&
               (is_windows(certificate) || is_named(config->boot_ca, certificate));
  if (!known) omadm_boot_facts_derive(log, bank, agree & ~(uint32_t)WINDOWS_PCRS, facts);
}

omadm_err pem_file_check(const char *path, const char *option, omadm_error *error) {
  size_t n = 0;
  if (path == NULL) return OMADM_OK;
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return omadm_error_set(error, OMADM_E_IO, "%s: %s: %s", option, path, strerror(errno));
  read_pem(file, (omadm_str){NULL, 0}, &n);
  fclose(file);
  return n > 0 ? OMADM_OK
               : omadm_error_set(error, OMADM_E_SYNTAX, "%s: %s holds no PEM certificate", option,
                                 path);
}
