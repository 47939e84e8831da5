/* SPDX-License-Identifier: MIT */
/*
 * RootCATrustedCertificates: certificates that the device trusts, kept as folders that OpenSSL
 * reads (folder.h). It stages, so that several certificates change together or not at all.
 *
 * Setting: folder. Without it there are no certificates, and an Add is answered 406.
 */
#include <omadm/csp.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "folder.h"
#include "root_certificates_ddf.h"
#include "root_certificates_nodes.h"

typedef struct root_certificates {
  const omadm_csp_services *services;
  uint64_t host;
  folder folder;
} root_certificates;

/* The stores are described alike, one behind the other. */
enum {
  EACH = CERTIFICATES_TRUSTEDPUBLISHER - CERTIFICATES_CA,
  FIRST = CERTIFICATES_CA - EACH,
  INSTANCE = 1, /* behind the store's own node */
  ENCODED
};
_Static_assert(CERTIFICATES_UNTRUSTEDCERTIFICATES == FIRST + (STORES - 1) * EACH &&
                   EACH == ENCODED + CERTIFICATE_PARTS,
               "the stores are described alike");

static unsigned store_of(const omadm_csp_request *r) {
  return (r->node - FIRST) / EACH;
}

static unsigned place_of(const omadm_csp_request *r) {
  return (r->node - FIRST) % EACH;
}

/* The thumbprint in lower case; it becomes the name of a file. */
static bool thumbprint_of(const omadm_csp_request *r, char thumbprint[THUMBPRINT + 1]) {
  if (r->n_names != 1 || r->names[0].len != THUMBPRINT) return false;
  for (size_t i = 0; i < THUMBPRINT; i++) {
    char c = r->names[0].ptr[i];
    if (c >= 'A' && c <= 'F') c = (char)(c - 'A' + 'a');
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    thumbprint[i] = c;
  }
  thumbprint[THUMBPRINT] = '\0';
  return true;
}

static root_certificates *self_of(uint64_t self) {
  return (root_certificates *)(uintptr_t)self;
}

static void say(const root_certificates *self, int level, const char *format, ...)
    OMADM_PRINTF(3, 4);
static void say(const root_certificates *self, int level, const char *format, ...) {
  char line[400];
  va_list ap;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  self->services->log(self->host, level, (omadm_str){line, strlen(line)});
}

static omadm_status certificates_open(const omadm_csp_services *services, uint64_t host,
                                      uint64_t *handle) {
  const omadm_str key = OMADM_STR("folder");
  omadm_str path;
  root_certificates *self = calloc(1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  *self = (root_certificates){.services = services, .host = host, .folder = {.fd = -1}};
  *handle = (uint64_t)(uintptr_t)self;
  if (services->setting(host, key, &path) != OMADM_OK || path.len == 0) return OMADM_ST_OK;
  char *copy = strndup(path.ptr, path.len);
  if (copy == NULL || !folder_open(&self->folder, copy))
    say(self, OMADM_CSP_LOG_ERROR,
        "the folder %s cannot be used (%s): there are no certificates until it can",
        copy != NULL ? copy : "",
        errno == EPERM ? "it has to be this user's or root's, and nobody else's to write"
                       : strerror(errno));
  free(copy);
  return OMADM_ST_OK;
}

static void certificates_close(uint64_t handle) {
  root_certificates *self = self_of(handle);
  folder_close(&self->folder);
  free(self);
}

static omadm_status certificates_find(uint64_t handle, const omadm_csp_request *r) {
  const root_certificates *self = self_of(handle);
  char thumbprint[THUMBPRINT + 1];
  if (!thumbprint_of(r, thumbprint)) return OMADM_ST_NOT_FOUND;
  if (place_of(r) == INSTANCE)
    return folder_has(&self->folder, store_of(r), thumbprint) ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
  X509 *certificate = folder_read(&self->folder, store_of(r), thumbprint);
  X509_free(certificate);
  return certificate != NULL ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

typedef struct answer {
  const root_certificates *self;
  omadm_token token;
} answer;

static void give_child(void *ctx, omadm_str name) {
  const answer *a = ctx;
  a->self->services->child(a->self->host, a->token, name);
}

static omadm_status certificates_list(uint64_t handle, const omadm_csp_request *r) {
  answer a = {self_of(handle), r->token};
  if (r->node > 0 && place_of(r) == 0) folder_list(&a.self->folder, store_of(r), give_child, &a);
  return OMADM_ST_OK;
}

static omadm_status certificates_get(uint64_t handle, const omadm_csp_request *r) {
  const root_certificates *self = self_of(handle);
  char thumbprint[THUMBPRINT + 1];
  if (!thumbprint_of(r, thumbprint)) return OMADM_ST_NOT_FOUND;
  X509 *certificate = folder_read(&self->folder, store_of(r), thumbprint);
  if (certificate == NULL) return OMADM_ST_NOT_FOUND;
  omadm_status status = certificate_answer(certificate, (certificate_part)(place_of(r) - ENCODED),
                                           self->services, self->host, r->token);
  X509_free(certificate);
  return status;
}

static omadm_status failed(const root_certificates *self, const char *what) {
  int code = errno;
  say(self, OMADM_CSP_LOG_ERROR, "%s failed: %s", what, strerror(code));
  return code == ENOSPC || code == EDQUOT ? OMADM_ST_DEVICE_FULL : OMADM_ST_STORE_FAILED;
}

/* An instance, or the certificate of one: also in the place of another, which only the same octets
 * could be. */
static omadm_status certificates_put(uint64_t handle, const omadm_csp_request *r) {
  root_certificates *self = self_of(handle);
  char thumbprint[THUMBPRINT + 1], given[THUMBPRINT + 1];
  if (self->folder.fd < 0) return OMADM_ST_NOT_SUPPORTED;
  if (!thumbprint_of(r, thumbprint)) return OMADM_ST_NOT_ALLOWED;
  X509 *certificate = NULL;
  if (place_of(r) != INSTANCE) {
    certificate = certificate_decode(r->value);
    if (certificate == NULL) return OMADM_ST_BAD_FORMAT;
    if (!certificate_thumbprint(certificate, given) || strcmp(given, thumbprint) != 0) {
      say(self, OMADM_CSP_LOG_WARN, "a certificate for %s has another SHA-1; refused", thumbprint);
      X509_free(certificate);
      return OMADM_ST_BAD_FORMAT;
    }
  }
  bool done = folder_put(&self->folder, r->transaction, store_of(r), thumbprint, certificate);
  X509_free(certificate);
  return done ? OMADM_ST_OK : failed(self, "writing a certificate");
}

static omadm_status certificates_remove(uint64_t handle, const omadm_csp_request *r) {
  root_certificates *self = self_of(handle);
  char thumbprint[THUMBPRINT + 1];
  if (!thumbprint_of(r, thumbprint)) return OMADM_ST_NOT_FOUND;
  return folder_remove(&self->folder, r->transaction, store_of(r), thumbprint)
             ? OMADM_ST_OK
             : failed(self, "removing a certificate");
}

/* What is left over takes room, no more. */
static void discard(root_certificates *self) {
  if (!folder_discard(&self->folder))
    say(self, OMADM_CSP_LOG_WARN, "something is left over in the folder: %s", strerror(errno));
}

/* What an earlier transaction left prepared was not decided. */
static omadm_status certificates_begin(uint64_t handle, uint64_t transaction) {
  root_certificates *self = self_of(handle);
  (void)transaction;
  if (!folder_lock(&self->folder)) {
    say(self, OMADM_CSP_LOG_WARN, "another process changes the folder");
    return OMADM_ST_UNAVAILABLE;
  }
  discard(self);
  return OMADM_ST_OK;
}

static omadm_status certificates_prepare(uint64_t handle, uint64_t transaction) {
  root_certificates *self = self_of(handle);
  (void)transaction;
  return folder_prepare(&self->folder) ? OMADM_ST_OK : failed(self, "bringing them to the disk");
}

static omadm_status certificates_commit(uint64_t handle, uint64_t transaction) {
  root_certificates *self = self_of(handle);
  if (!folder_lock(&self->folder)) return failed(self, "locking the folder");
  bool gone = false;
  bool done = folder_commit(&self->folder, transaction, &gone);
  int code = errno;
  if (gone)
    say(self, OMADM_CSP_LOG_ERROR,
        "somebody has removed certificates that were about to be set; they have to be set again");
  folder_unlock(&self->folder);
  errno = code;
  return done ? OMADM_ST_OK : failed(self, "the exchange");
}

static omadm_status certificates_rollback(uint64_t handle, uint64_t transaction) {
  root_certificates *self = self_of(handle);
  (void)transaction;
  discard(self);
  folder_unlock(&self->folder);
  return OMADM_ST_OK;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = certificates_open,
    .close = certificates_close,
    .find = certificates_find,
    .list = certificates_list,
    .get = certificates_get,
    .add = certificates_put,
    .replace = certificates_put,
    .remove = certificates_remove,
    .begin = certificates_begin,
    .prepare = certificates_prepare,
    .commit = certificates_commit,
    .rollback = certificates_rollback,
};

static const omadm_csp_descriptor descriptor = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof descriptor,
    .name = "RootCATrustedCertificates",
    .version = CSP_VERSION,
    .ddf = (const char *)root_certificates_ddf,
    .ddf_len = sizeof root_certificates_ddf - 1,
    .slots = &slots,
};

OMADM_CSP_PLUGIN(descriptor)
