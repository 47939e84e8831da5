/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* DER has one way to write it; what is written otherwise, or has more behind it, would not be what
 * is read back. */
static bool is_written_so(X509 *certificate, const unsigned char *der, int n) {
  unsigned char *again = NULL;
  int len = i2d_X509(certificate, &again);
  bool same = len == n && memcmp(again, der, (size_t)n) == 0;
  OPENSSL_free(again);
  return same;
}

X509 *certificate_decode(omadm_str base64) {
  X509 *certificate = NULL;
  if (base64.len == 0 || base64.len % 4 != 0 || base64.len > 1 << 20) return NULL;
  unsigned char *der = malloc(base64.len / 4 * 3);
  int n =
      der != NULL ? EVP_DecodeBlock(der, (const unsigned char *)base64.ptr, (int)base64.len) : -1;
  /* EVP_DecodeBlock counts the octets that stand for the padding. */
  for (size_t i = base64.len; n > 0 && i > base64.len - 2 && base64.ptr[i - 1] == '='; i--)
    n--;
  const unsigned char *at = der;
  if (n > 0) certificate = d2i_X509(NULL, &at, n);
  if (certificate != NULL && !is_written_so(certificate, der, n)) {
    X509_free(certificate);
    certificate = NULL;
  }
  free(der);
  return certificate;
}

/* Nobody is asked for the password of a file that is encrypted. */
static int no_password(char *text, int size, int writes, void *ctx) {
  (void)text, (void)size, (void)writes, (void)ctx;
  return -1;
}

X509 *certificate_read(FILE *file) {
  return PEM_read_X509(file, NULL, no_password, NULL);
}

bool certificate_write(FILE *file, X509 *certificate) {
  return PEM_write_X509(file, certificate) == 1;
}

bool certificate_thumbprint(const X509 *certificate, char thumbprint[THUMBPRINT + 1]) {
  static const char hex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  if (X509_digest(certificate, EVP_sha1(), digest, &n) != 1 || n * 2 != THUMBPRINT) return false;
  for (unsigned i = 0; i < n; i++) {
    thumbprint[2 * i] = hex[digest[i] >> 4];
    thumbprint[2 * i + 1] = hex[digest[i] & 15];
  }
  thumbprint[THUMBPRINT] = '\0';
  return true;
}

static bool is_plain(const unsigned char *utf8, int n) {
  for (int i = 0; i < n; i++)
    if (utf8[i] < ' ' || utf8[i] == 0x7f) return false;
  return n >= 0 && n < CERTIFICATE_TEXT;
}

/* The common name as UTF-8; without one that can stand in a text, the whole name, escaped. */
static bool name_text(const X509_NAME *name, char text[CERTIFICATE_TEXT]) {
  int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at >= 0) {
    unsigned char *utf8 = NULL;
    const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    int n = ASN1_STRING_to_UTF8(&utf8, s);
    bool fits = is_plain(utf8, n);
    if (fits) memcpy(text, utf8, (size_t)n);
    if (fits) text[n] = '\0';
    OPENSSL_free(utf8);
    if (fits) return true;
  }
  BIO *out = BIO_new(BIO_s_mem());
  bool done = out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0;
  int n = done ? BIO_read(out, text, CERTIFICATE_TEXT - 1) : -1;
  if (done) text[n > 0 ? n : 0] = '\0';
  BIO_free(out);
  return done;
}

static bool time_text(const ASN1_TIME *time, char text[CERTIFICATE_TEXT]) {
  struct tm tm = {0};
  if (ASN1_TIME_to_tm(time, &tm) != 1) return false;
  return strftime(text, CERTIFICATE_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

/* The extension that a Windows authority writes (1.3.6.1.4.1.311.20.2): the template's name. */
static bool template_text(const X509 *certificate, char text[CERTIFICATE_TEXT]) {
  ASN1_OBJECT *id = OBJ_txt2obj("1.3.6.1.4.1.311.20.2", 1);
  int at = id != NULL ? X509_get_ext_by_OBJ(certificate, id, -1) : -1;
  ASN1_OBJECT_free(id);
  text[0] = '\0';
  if (at < 0) return true;
  const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  const unsigned char *der = ASN1_STRING_get0_data(value);
  ASN1_TYPE *type = d2i_ASN1_TYPE(NULL, &der, ASN1_STRING_length(value));
  if (type != NULL && type->type == V_ASN1_BMPSTRING) {
    unsigned char *utf8 = NULL;
    int n = ASN1_STRING_to_UTF8(&utf8, type->value.bmpstring);
    if (is_plain(utf8, n)) {
      memcpy(text, utf8, (size_t)n);
      text[n] = '\0';
    }
    OPENSSL_free(utf8);
  }
  ASN1_TYPE_free(type);
  return true;
}

static omadm_status answer_encoded(X509 *certificate, const omadm_csp_services *services,
                                   uint64_t host, omadm_token token) {
  unsigned char *der = NULL;
  int n = i2d_X509(certificate, &der);
  unsigned char *text = n > 0 ? malloc((size_t)n / 3 * 4 + 5) : NULL;
  omadm_status status = OMADM_ST_FAILED;
  if (text != NULL) {
    int len = EVP_EncodeBlock(text, der, n);
    omadm_err err = services->value(host, token, (omadm_str){(const char *)text, (size_t)len});
    status = err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_FAILED;
  }
  free(text);
  OPENSSL_free(der);
  return status;
}

omadm_status certificate_answer(X509 *certificate, certificate_part part,
                                const omadm_csp_services *services, uint64_t host,
                                omadm_token token) {
  char text[CERTIFICATE_TEXT];
  bool good = false;
  switch (part) {
  case CERTIFICATE_ENCODED: return answer_encoded(certificate, services, host, token);
  case CERTIFICATE_ISSUED_BY: good = name_text(X509_get_issuer_name(certificate), text); break;
  case CERTIFICATE_ISSUED_TO: good = name_text(X509_get_subject_name(certificate), text); break;
  case CERTIFICATE_VALID_FROM: good = time_text(X509_get0_notBefore(certificate), text); break;
  case CERTIFICATE_VALID_TO: good = time_text(X509_get0_notAfter(certificate), text); break;
  case CERTIFICATE_TEMPLATE: good = template_text(certificate, text); break;
  default: break;
  }
  if (!good) return OMADM_ST_FAILED;
  omadm_err err = services->value(host, token, (omadm_str){text, strlen(text)});
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_FAILED;
}
