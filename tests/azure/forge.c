/* SPDX-License-Identifier: MIT */
#include "forge.h"

#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

static void add_member(omadm_buf *out, const char *before, omadm_str octets) {
  (void)omadm_buf_add_text(out, before);
  encode(octets, out);
  (void)omadm_buf_add_text(out, "\"");
}

static void jwk_write(omadm_str modulus, omadm_str exponent, char *text, size_t size) {
  omadm_buf out = {0};
  omadm_buf_init(&out, &omadm_mem_default, 0);
  add_member(&out, "{\"kty\":\"RSA\",\"n\":\"", modulus);
  add_member(&out, ",\"e\":\"", exponent);
  (void)omadm_buf_add_text(&out, "}");
  snprintf(text, size, "%.*s", (int)out.len, out.ptr);
  omadm_buf_dispose(&out);
}

void jwk_of_key(const EVP_PKEY *key, char *text, size_t size) {
  uint8_t octets[256];
  BIGNUM *n = NULL;
  assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
  assert_int_equal(BN_bn2bin(n, octets), 256);
  BN_free(n);
  jwk_write((omadm_str){(char *)octets, 256}, (omadm_str){"\x01\x00\x01", 3}, text, size);
}

void jwk_of_public(omadm_str tpmt_public, char *text, size_t size) {
  omadm_tpm_public area;
  assert_int_equal(omadm_tpm_public_parse(tpmt_public, &area, NULL), 0);
  assert_int_equal(area.exponent, 65537);
  jwk_write(area.modulus, (omadm_str){"\x01\x00\x01", 3}, text, size);
}

static omadm_str span(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

/* The message out of {"data": …}. */
static json_t *message_of(const omadm_buf *answer) {
  omadm_buf text;
  json_t *outer = json_loadb(answer->ptr, answer->len, 0, NULL);
  const char *data = json_string_value(json_object_get(outer, "data"));
  if (data == NULL) fail_msg("%.*s", (int)answer->len, answer->ptr);
  decode(omadm_str_of(data), &text);
  json_t *inner = json_loadb(text.ptr, text.len, 0, NULL);
  json_t *payload = json_incref(json_object_get(inner, "payload"));
  assert_true(json_is_object(payload));
  json_decref(inner);
  json_decref(outer);
  omadm_buf_dispose(&text);
  return payload;
}

static int send_message(pair *p, omadm_str message, omadm_buf *answer) {
  omadm_buf body = {0};
  omadm_buf_init(&body, &omadm_mem_default, 0);
  add_member(&body, "{\"data\":\"", message);
  (void)omadm_buf_add_text(&body, "}");
  int status = pair_ask(p, "POST", "/attest/Tpm", omadm_buf_str(&body), answer);
  omadm_buf_dispose(&body);
  return status;
}

void forge_renew(forge *f) {
  omadm_buf_dispose(&f->challenge);
  omadm_buf answer = {0};
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  assert_int_equal(send_message(f->p, omadm_str_of("{\"type\":\"aikcert\"}"), &answer), 200);
  json_t *payload = message_of(&answer);
  snprintf(f->challenge_text, sizeof f->challenge_text, "%s",
           json_string_value(json_object_get(payload, "challenge")));
  snprintf(f->context, sizeof f->context, "%s",
           json_string_value(json_object_get(payload, "service_context")));
  decode(omadm_str_of(f->challenge_text), &f->challenge);
  json_decref(payload);
  omadm_buf_dispose(&answer);
}

void forge_init(forge *f, pair *p) {
  memset(f, 0, sizeof *f);
  f->p = p;
  omadm_buf_init(&f->tcg, &omadm_mem_default, 0);
  omadm_buf_init(&f->ima, &omadm_mem_default, 0);
  (void)omadm_buf_add_str(&f->tcg, omadm_buf_str(&p->log.octets));
  (void)omadm_buf_add_str(&f->ima, omadm_buf_str(&p->ima));
  f->key = EVP_RSA_gen(2048);
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_AK_RSA_SHA256, (omadm_str){NULL, 0}, &f->ak),
      0);
  jwk_of_key(f->key, f->jwk, sizeof f->jwk);
  jwk_of_key(f->key, f->quoted_jwk, sizeof f->quoted_jwk);
  jwk_of_public(span(&f->ak.public_area), f->aik_pub, sizeof f->aik_pub);
  snprintf(f->info, sizeof f->info, "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}");
  snprintf(f->header, sizeof f->header, "{\"alg\":\"PS256\",\"typ\":\"attReqV2\"}");
  snprintf(f->att_type, sizeof f->att_type, "basic");
  f->pcrs = OMADM_TPM_ALL_PCRS;
  forge_renew(f);
}

void forge_dispose(forge *f) {
  (void)f->p->port.calls->key_close(f->p->port.self, f->ak.handle);
  EVP_PKEY_free(f->key);
  omadm_buf_dispose(&f->challenge);
  omadm_buf_dispose(&f->tcg);
  omadm_buf_dispose(&f->ima);
}

void forge_quote_over(forge *f, uint16_t bank, omadm_str nonce) {
  assert_int_equal(f->p->port.calls->quote(f->p->port.self, f->ak.handle, bank, OMADM_TPM_ALL_PCRS,
                                           nonce, &f->quote),
                   0);
}

void forge_quote(forge *f) {
  forge_quote_in(f, OMADM_TPM_SHA256);
}

void forge_quote_in(forge *f, uint16_t bank) {
  uint8_t bound[32];
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  (void)omadm_buf_add_text(&text, f->quoted_jwk);
  (void)omadm_buf_add(&text, "", 1);
  (void)omadm_buf_add_str(&text, omadm_buf_str(&f->challenge));
  EVP_Q_digest(NULL, "SHA256", NULL, text.ptr, text.len, bound, NULL);
  omadm_buf_dispose(&text);
  forge_quote_over(f, bank, (omadm_str){(char *)bound, sizeof bound});
}

void forge_certify(forge *f, uint64_t subject, omadm_str public_area, omadm_str nonce, char *info,
                   size_t size) {
  omadm_tpm_signed made;
  omadm_buf out = {0};
  omadm_buf_init(&out, &omadm_mem_default, 0);
  assert_int_equal(f->p->port.calls->certify(f->p->port.self, f->ak.handle, subject, nonce, &made),
                   0);
  add_member(&out, "{\"tpm_certify\":{\"public\":\"", public_area);
  add_member(&out, ",\"certification\":\"", span(&made.attest));
  add_member(&out, ",\"signature\":\"", span(&made.signature));
  (void)omadm_buf_add_text(&out, "}}");
  assert_true(out.len < size);
  snprintf(info, size, "%.*s", (int)out.len, out.ptr);
  omadm_buf_dispose(&out);
}

static void add_pcrs(const forge *f, omadm_buf *out) {
  const char *before = "";
  (void)omadm_buf_printf(out, ",\"pcrs\":[{\"algorithm\":%u,\"values\":[", f->quote.pcrs.bank);
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((f->pcrs >> i & 1) == 0) continue;
    (void)omadm_buf_printf(out, "%s{\"index\":%u", before, i);
    add_member(out, ",\"digest\":\"",
               (omadm_str){(const char *)f->quote.pcrs.values[i], f->quote.pcrs.digest_len});
    (void)omadm_buf_add_text(out, "}");
    before = ",";
  }
  (void)omadm_buf_add_text(out, "]}]");
}

void forge_attestation(forge *f, omadm_buf *out) {
  (void)omadm_buf_add_text(out, "\"logs\":[");
  if (f->tcg.len > 0) {
    add_member(out, "{\"type\":\"TCG\",\"log\":\"", omadm_buf_str(&f->tcg));
    (void)omadm_buf_add_text(out, f->ima.len > 0 ? "}," : "}");
  }
  if (f->ima.len > 0) {
    add_member(out, "{\"type\":\"IMA\",\"log\":\"", omadm_buf_str(&f->ima));
    (void)omadm_buf_add_text(out, "}");
  }
  (void)omadm_buf_printf(out, "],\"aik_pub\":%s", f->aik_pub);
  add_pcrs(f, out);
  add_member(out, ",\"quote\":\"", span(&f->quote.attest));
  add_member(out, ",\"signature\":\"", span(&f->quote.signature));
}

static void sign(const forge *f, omadm_str text, omadm_buf *out) {
  uint8_t signature[256];
  size_t len = sizeof signature;
  EVP_PKEY_CTX *ctx = NULL;
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestSignInit(digest, &ctx, EVP_sha256(), NULL, f->key), 1);
  assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
  assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
  assert_int_equal(EVP_DigestSign(digest, signature, &len, (const uint8_t *)text.ptr, text.len), 1);
  EVP_MD_CTX_free(digest);
  (void)omadm_buf_add_text(out, ".");
  encode((omadm_str){(char *)signature, len}, out);
}

int forge_send_payload(forge *f, omadm_str payload, omadm_buf *answer) {
  omadm_buf jws = {0}, message = {0};
  omadm_buf_init(&jws, &omadm_mem_default, 0);
  omadm_buf_init(&message, &omadm_mem_default, 0);
  encode(omadm_str_of(f->header), &jws);
  (void)omadm_buf_add_text(&jws, ".");
  encode(payload, &jws);
  sign(f, omadm_buf_str(&jws), &jws);
  (void)omadm_buf_add_text(&message, "{\"request\":\"");
  (void)omadm_buf_add_str(&message, omadm_buf_str(&jws));
  (void)omadm_buf_add_text(&message, "\"}");
  int status = send_message(f->p, omadm_buf_str(&message), answer);
  omadm_buf_dispose(&jws);
  omadm_buf_dispose(&message);
  return status;
}

int forge_send(forge *f, omadm_buf *answer) {
  omadm_buf payload = {0};
  omadm_buf_init(&payload, &omadm_mem_default, 0);
  (void)omadm_buf_printf(&payload,
                         "{\"att_type\":\"%s\",\"att_data\":{%s\"rp_id\":\"me\","
                         "\"rp_data\":\"AQ\",\"challenge\":\"%s\",\"service_context\":\"%s\","
                         "\"tpm_att_data\":{\"current_attestation\":{%s",
                         f->att_type, f->members, f->challenge_text, f->context, f->in_attestation);
  forge_attestation(f, &payload);
  (void)omadm_buf_printf(&payload, "}},\"request_key\":{\"jwk\":%s,\"info\":%s}}}", f->jwk,
                         f->info);
  int status = forge_send_payload(f, omadm_buf_str(&payload), answer);
  omadm_buf_dispose(&payload);
  return status;
}

void forge_refused(forge *f, const char *code, const char *message) {
  omadm_buf answer = {0};
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  int status = forge_send(f, &answer);
  if (status != 400) fail_msg("%d, not 400 with: %s", status, message);
  json_t *object = json_loadb(answer.ptr, answer.len, 0, NULL);
  const json_t *error = json_object_get(object, "error");
  const char *said = json_string_value(json_object_get(error, "message"));
  assert_non_null(said);
  if (strstr(said, message) == NULL) fail_msg("\"%s\" has no \"%s\"", said, message);
  assert_string_equal(json_string_value(json_object_get(error, "code")), code);
  json_decref(object);
  omadm_buf_dispose(&answer);
}

json_t *forge_report(const omadm_buf *answer) {
  static const char *const own[] = {"iat", "nbf", "exp", "jti"};
  json_t *payload = message_of(answer);
  json_t *claims = token_part(json_string_value(json_object_get(payload, "report")), 1);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    json_object_del(claims, own[i]);
  json_decref(payload);
  return claims;
}

json_t *forge_accepted(forge *f) {
  omadm_buf answer = {0};
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  int status = forge_send(f, &answer);
  if (status != 200) fail_msg("%d %.*s", status, (int)answer.len, answer.ptr);
  json_t *claims = forge_report(&answer);
  omadm_buf_dispose(&answer);
  return claims;
}
