/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/pem_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

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
  /* The end of the file is an error too; any other means that a certificate is damaged. */
  bool damaged = one == NULL && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
  if (damaged) *n = 0;
  ERR_clear_error();
  return found;
}

bool pem_file_has(const char *path, omadm_str certificate) {
  size_t n = 0;
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  if (file == NULL) return false;
  bool found = read_pem(file, certificate, &n);
  fclose(file);
  return found;
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
               : omadm_error_set(error, OMADM_E_SYNTAX,
                                 "%s: %s holds no PEM certificate, or a damaged one", option, path);
}
