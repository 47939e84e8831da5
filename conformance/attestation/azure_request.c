/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_request.h"

#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/azure_key.h"
#include "conformance/attestation/azure_shape.h"

/* What differs between the two versions. */
typedef struct form {
  const char *type; /* typ of the header */
  int version;
  size_t n_keys;
  const char *keys[3]; /* the way from att_data to the JWK that signs */
} form;

static const form forms[] = {
    {"attReq", 1, 1, {"attest_key"}},
    {"attReqV2", 2, 2, {"request_key", "jwk"}},
};

/* The three parts of a compact JWS (RFC 7515 7.1); `signed_text` is what the signature covers. */
typedef struct parts {
  omadm_str header, payload, signature, signed_text;
} parts;

static bool split(omadm_str jws, parts *out) {
  const char *first = jws.len > 0 ? memchr(jws.ptr, '.', jws.len) : NULL;
  if (first == NULL) return false;
  size_t at = (size_t)(first - jws.ptr) + 1;
  const char *second = memchr(jws.ptr + at, '.', jws.len - at);
  if (second == NULL) return false;
  size_t end = (size_t)(second - jws.ptr);
  out->header = (omadm_str){jws.ptr, at - 1};
  out->payload = (omadm_str){jws.ptr + at, end - at};
  out->signature = (omadm_str){second + 1, jws.len - end - 1};
  out->signed_text = (omadm_str){jws.ptr, end};
  return memchr(out->signature.ptr, '.', out->signature.len) == NULL;
}

/* The header is exactly {alg, typ}: a member more, "crit" above all, could change its meaning. */
static const form *form_of(omadm_str header) {
  const form *found = NULL;
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  json_t *object =
      omadm_base64url_decode(header, &text) == 0 ? azure_json_parse(omadm_buf_str(&text)) : NULL;
  if (json_object_size(object) == 2 && omadm_str_is(azure_json_text(object, "alg"), "PS256")) {
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
      if (omadm_str_is(azure_json_text(object, "typ"), forms[i].type)) found = &forms[i];
    }
  }
  json_decref(object);
  omadm_buf_dispose(&text);
  return found;
}

static omadm_err find_key(azure_request *self, const form *kind) {
  const char *way[5] = {"att_data"};
  self->key = self->data;
  for (size_t i = 0; i < kind->n_keys; i++) {
    way[i + 1] = kind->keys[i];
    self->key = json_object_get(self->key, kind->keys[i]);
  }
  self->key_text = azure_json_raw(omadm_buf_str(&self->text), way, kind->n_keys + 1);
  return self->key_text.len > 0 ? OMADM_OK : OMADM_E_SYNTAX;
}

/* custom_claims are for a policy, and must have the form that one could read. */
static bool custom_claims_are_usable(const json_t *data) {
  const json_t *claims = json_object_get(data, "custom_claims");
  for (size_t i = 0; i < json_array_size(claims); i++) {
    const json_t *claim = json_array_get(claims, i);
    if (azure_json_text(claim, "name").len == 0 || json_object_get(claim, "value") == NULL)
      return false;
  }
  return true;
}

static bool rp_data_is_usable(omadm_str text) {
  omadm_buf octets = {0};
  omadm_buf_init(&octets, &omadm_mem_default, 1024);
  bool usable = omadm_base64url_decode(text, &octets) == 0;
  omadm_buf_dispose(&octets);
  return usable;
}

static omadm_err read_payload(azure_request *self, const form *kind, omadm_error *error) {
  self->payload = azure_json_parse(omadm_buf_str(&self->text));
  if (self->payload == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the payload of the request is no JSON object, says a key twice or "
                           "nests too deep");
  omadm_err err = azure_shape_check(self->payload, kind->version, error);
  if (err != 0) return err;
  self->data = json_object_get(self->payload, "att_data");
  if (!omadm_str_is(azure_json_text(self->payload, "att_type"), "basic"))
    return omadm_error_set(error, OMADM_E_SYNTAX, "att_type is not \"basic\"");
  if (azure_json_octets(self->data, "challenge", &self->challenge) != 0 ||
      azure_json_octets(self->data, "service_context", &self->context) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "challenge and service_context are not both base64url");
  self->rp_data = azure_json_text(self->data, "rp_data");
  if (!rp_data_is_usable(self->rp_data))
    return omadm_error_set(error, OMADM_E_SYNTAX, "rp_data is no base64url of at most 1024 octets");
  if (!custom_claims_are_usable(self->data))
    return omadm_error_set(error, OMADM_E_SYNTAX, "custom_claims is no array of {name, value}");
  if (find_key(self, kind) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX, "att_data.%s has its name written with escapes",
                           kind->keys[0]);
  return OMADM_OK;
}

static omadm_err check_signature(const azure_request *self, const parts *jws, omadm_error *error) {
  EVP_PKEY *key = NULL;
  omadm_buf signature = {0};
  omadm_buf_init(&signature, &omadm_mem_default, 0);
  omadm_err err = azure_key_read(self->key, &key, error);
  if (err == 0 && omadm_base64url_decode(jws->signature, &signature) != 0)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the signature of the request is no base64url");
  if (err == 0 && !azure_key_verifies_ps256(key, jws->signed_text, omadm_buf_str(&signature)))
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "the request is not signed by the key that it names");
  EVP_PKEY_free(key);
  omadm_buf_dispose(&signature);
  return err;
}

omadm_err azure_request_read(omadm_str jws, azure_request *self, omadm_error *error) {
  parts split_jws = {0};
  memset(self, 0, sizeof *self);
  omadm_buf_init(&self->text, &omadm_mem_default, 0);
  omadm_buf_init(&self->challenge, &omadm_mem_default, 0);
  omadm_buf_init(&self->context, &omadm_mem_default, 4096);
  if (!split(jws, &split_jws))
    return omadm_error_set(error, OMADM_E_SYNTAX, "the request is no compact JWS");
  const form *kind = form_of(split_jws.header);
  if (kind == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the header of the request is not {\"alg\":\"PS256\"} with typ attReq "
                           "or attReqV2");
  self->version = kind->version;
  if (omadm_base64url_decode(split_jws.payload, &self->text) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the payload of the request is no base64url");
  omadm_err err = read_payload(self, kind, error);
  return err != 0 ? err : check_signature(self, &split_jws, error);
}

void azure_request_dispose(azure_request *self) {
  json_decref(self->payload);
  omadm_buf_dispose(&self->text);
  omadm_buf_dispose(&self->challenge);
  omadm_buf_dispose(&self->context);
  memset(self, 0, sizeof *self);
}
