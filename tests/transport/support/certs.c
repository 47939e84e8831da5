/* SPDX-License-Identifier: MIT */
#include "support/certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct kind {
  const char *name;
  const char *issuer;
  const char *names; /* subjectAltName */
  long from, to; /* seconds from now */
} kind;

enum { DAY = 86400 };

static const kind kinds[] = {
    {"ca", "ca", NULL, -DAY, DAY},
    {"other-ca", "other-ca", NULL, -DAY, DAY},
    {"good", "ca", "DNS:localhost,IP:127.0.0.1", -DAY, DAY},
    {"expired", "ca", "DNS:localhost,IP:127.0.0.1", -3L * DAY, -DAY},
    {"elsewhere", "ca", "DNS:elsewhere.example", -DAY, DAY},
    {"client", "ca", "DNS:device", -DAY, DAY},
    {"stranger", "other-ca", "DNS:device", -DAY, DAY},
};

enum { COUNT = sizeof kinds / sizeof *kinds };

static void extend(X509 *cert, X509 *issuer, int nid, const char *value) {
  X509V3_CTX ctx;
  X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
  assert_non_null(extension);
  assert_int_equal(X509_add_ext(cert, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

static X509 *make(const kind *k, long serial, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key) {
  X509 *cert = X509_new();
  assert_non_null(cert);
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), k->from);
  X509_gmtime_adj(X509_getm_notAfter(cert), k->to);
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             (const unsigned char *)k->name, -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(issuer != NULL ? issuer : cert));
  if (k->names == NULL) {
    extend(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
    extend(cert, cert, NID_key_usage, "critical,keyCertSign");
  } else {
    extend(cert, issuer, NID_subject_alt_name, k->names);
  }
  assert_true(X509_sign(cert, issuer_key != NULL ? issuer_key : key, EVP_sha256()) > 0);
  return cert;
}

static FILE *open_file(const certs *self, const char *name, const char *suffix) {
  char file[40];
  snprintf(file, sizeof file, "%s%s", name, suffix);
  FILE *f = fopen(certs_path(self, file), "w");
  assert_non_null(f);
  return f;
}

static void save(const certs *self, const kind *k, X509 *cert, EVP_PKEY *key) {
  FILE *f = open_file(self, k->name, ".pem");
  assert_int_equal(PEM_write_X509(f, cert), 1);
  assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
  fclose(f);
  f = open_file(self, k->name, ".key");
  assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
  fclose(f);
}

void certs_make(certs *self) {
  X509 *made[COUNT] = {NULL};
  EVP_PKEY *keys[COUNT] = {NULL};
  strcpy(self->folder, "/tmp/omadm-certs-XXXXXX");
  assert_non_null(mkdtemp(self->folder));
  for (int i = 0; i < COUNT; i++) {
    int issuer = 0;
    while (strcmp(kinds[issuer].name, kinds[i].issuer) != 0)
      issuer++;
    keys[i] = EVP_EC_gen("P-256");
    assert_non_null(keys[i]);
    made[i] = make(&kinds[i], i + 1, keys[i], issuer < i ? made[issuer] : NULL,
                   issuer < i ? keys[issuer] : NULL);
    save(self, &kinds[i], made[i], keys[i]);
  }
  for (int i = 0; i < COUNT; i++) {
    X509_free(made[i]);
    EVP_PKEY_free(keys[i]);
  }
}

const char *certs_path(const certs *self, const char *file) {
  static char rooms[4][128];
  static unsigned next;
  char *room = rooms[next++ % 4];
  snprintf(room, sizeof rooms[0], "%s/%s", self->folder, file);
  return room;
}

char *certs_text(const certs *self, const char *file) {
  enum { SIZE = 16384 };
  char *text = calloc(1, SIZE);
  FILE *f = fopen(certs_path(self, file), "r");
  assert_non_null(text);
  assert_non_null(f);
  assert_true(fread(text, 1, SIZE - 1, f) > 0);
  fclose(f);
  return text;
}

void certs_remove(certs *self) {
  static const char *const suffixes[] = {".pem", ".key"};
  for (int i = 0; i < COUNT; i++) {
    for (int j = 0; j < 2; j++) {
      char file[40];
      snprintf(file, sizeof file, "%s%s", kinds[i].name, suffixes[j]);
      unlink(certs_path(self, file));
    }
  }
  rmdir(self->folder);
}
