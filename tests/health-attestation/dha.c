/* SPDX-License-Identifier: MIT */
#include "dha.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/codec.h"
#include "base/mem.h"

void dha_init(rig_service *s) {
  s->status = 200;
  s->certificate = "the certificate of this boot";
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->spoken, NULL);
  omadm_buf_init(&s->request, &omadm_mem_default, 0);
}

void dha_dispose(rig_service *s) {
  omadm_buf_dispose(&s->request);
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->spoken);
}

void dha_take(omadm_str text, const char *from, const char *to, omadm_buf *out) {
  const char *begin = memmem(text.ptr, text.len, from, strlen(from));
  if (begin == NULL) fail_msg("there is no %s in %.*s", from, (int)text.len, text.ptr);
  begin += strlen(from);
  const char *end = memmem(begin, (size_t)(text.ptr + text.len - begin), to, strlen(to));
  assert_non_null(end);
  assert_int_equal(omadm_base64_decode((omadm_str){begin, (size_t)(end - begin)}, out), 0);
}

static size_t encrypt(const uint8_t *key, const uint8_t *iv, const char *text, uint8_t *out) {
  int n = 0, last = 0;
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv), 1);
  assert_int_equal(EVP_EncryptUpdate(c, out, &n, (const uint8_t *)text, (int)strlen(text)), 1);
  assert_int_equal(EVP_EncryptFinal_ex(c, out + n, &last), 1);
  EVP_CIPHER_CTX_free(c);
  return (size_t)(n + last);
}

static void add_2b(omadm_buf *out, const omadm_tpm_data *data) {
  const uint8_t size[] = {(uint8_t)(data->len >> 8), (uint8_t)data->len};
  assert_int_equal(omadm_buf_add(out, size, 2), 0);
  assert_int_equal(omadm_buf_add(out, data->octets, data->len), 0);
}

/* The name of the key that the claim names, and the endorsement key of the certificate. */
static void read_identity(const rig_service *s, omadm_tpm_digest *name, omadm_buf *ek) {
  enum { KAST_HEADER = 28, SIZE = 2 };
  omadm_buf claim, der;
  unsigned char *spki = NULL;
  omadm_buf_init(&claim, &omadm_mem_default, 0);
  omadm_buf_init(&der, &omadm_mem_default, 0);
  dha_take(omadm_buf_str(&s->request), "KAClaim=\"", "\"", &claim);
  dha_take(omadm_buf_str(&s->request), "<EKCertificate>", "<", &der);
  omadm_str key = {claim.ptr + KAST_HEADER + SIZE, claim.len - KAST_HEADER - SIZE};
  assert_int_equal(omadm_tpm_name(key, name, NULL), 0);
  const unsigned char *at = (const unsigned char *)der.ptr;
  X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
  assert_non_null(certificate);
  int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
  assert_true(n > 0);
  assert_int_equal(omadm_buf_add(ek, spki, (size_t)n), 0);
  OPENSSL_free(spki);
  X509_free(certificate);
  omadm_buf_dispose(&claim);
  omadm_buf_dispose(&der);
}

static void add_sealed(rig_service *s, omadm_buf *out) {
  static const char key[] = "0123456789abcdef0123456789ABCDEF", iv[] = "sixteen octets..";
  omadm_tpm_digest name;
  omadm_tpm_data id_object, secret;
  omadm_buf ek, challenge;
  uint8_t cipher[1024];
  omadm_buf_init(&ek, &omadm_mem_default, 0);
  omadm_buf_init(&challenge, &omadm_mem_default, 0);
  read_identity(s, &name, &ek);
  assert_int_equal(omadm_credential_make(omadm_buf_str(&ek), &name, (omadm_str){key, 32},
                                         &id_object, &secret, NULL),
                   0);
  size_t n = encrypt((const uint8_t *)key, (const uint8_t *)iv, s->certificate, cipher);
  if (s->spoil != NULL) s->spoil(&id_object, &secret, (char *)cipher);
  add_2b(&challenge, &id_object);
  add_2b(&challenge, &secret);
  omadm_buf_add_text(out, "<HealthCertificateBlob IV=\"");
  omadm_base64_encode((omadm_str){iv, 16}, out);
  omadm_buf_add_text(out, "\" EKChallenge=\"");
  omadm_base64_encode(omadm_buf_str(&challenge), out);
  omadm_buf_add_text(out, "\">");
  omadm_base64_encode((omadm_str){(const char *)cipher, n}, out);
  omadm_buf_dispose(&ek);
  omadm_buf_dispose(&challenge);
}

static void add_response(rig_service *s, omadm_buf *out) {
  omadm_buf_add_text(out, "<HealthCertificateResponse ErrorCode=\"0\" ProtocolVersion=\"3\" "
                          "xmlns=\"http://schemas.microsoft.com/windows/security/"
                          "healthcertificate/response/v3\">");
  if (s->sealed) {
    add_sealed(s, out);
  } else {
    omadm_buf_add_text(out, "<HealthCertificateBlob>");
    omadm_base64_encode(omadm_str_of(s->certificate), out);
  }
  omadm_buf_add_text(out, "</HealthCertificateBlob></HealthCertificateResponse>");
}

static void note(rig_service *s, const omadm_csp_http_request *request) {
  pthread_mutex_lock(&s->lock);
  snprintf(s->url, sizeof s->url, "%.*s", (int)request->url.len, request->url.ptr);
  snprintf(s->headers, sizeof s->headers, "%.*s", (int)request->headers.len, request->headers.ptr);
  snprintf(s->ca, sizeof s->ca, "%.*s", (int)request->ca.len, request->ca.ptr);
  assert_true(omadm_str_is(request->method, "POST"));
  s->request.len = 0;
  assert_int_equal(omadm_buf_add_str(&s->request, request->body), 0);
  s->requests++;
  while (s->silent)
    pthread_cond_wait(&s->spoken, &s->lock);
  pthread_mutex_unlock(&s->lock);
}

omadm_err dha_http(void *ctx, const omadm_csp_http_request *request, omadm_csp_http_reply *reply) {
  rig_service *s = &((rig *)ctx)->service;
  omadm_buf body;
  note(s, request);
  reply->stage = (uint32_t)s->stage;
  if (s->stage != OMADM_CSP_HTTP_DONE) return OMADM_E_CONNECT;
  omadm_buf_init(&body, &omadm_mem_default, 0);
  reply->status = s->status;
  if (s->serve != NULL)
    reply->status = s->serve(s->ctx, request->url, request->body, &body);
  else if (s->body != NULL)
    omadm_buf_add_text(&body, s->body);
  else
    add_response(s, &body);
  if (body.len > reply->body_size) {
    reply->stage = OMADM_CSP_HTTP_RECEIVE;
  } else {
    memcpy(reply->body, body.ptr != NULL ? body.ptr : "", body.len);
    reply->body_len = body.len;
  }
  omadm_buf_dispose(&body);
  return reply->stage == OMADM_CSP_HTTP_DONE ? OMADM_OK : OMADM_E_LIMIT;
}
