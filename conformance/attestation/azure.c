/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_challenge.h"
#include "conformance/attestation/azure_claims.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/azure_key.h"
#include "conformance/attestation/azure_token.h"

/* Two logs of the largest size, twice in base64. */
#define BODY_MAX ((size_t)64 << 20)
/* A challenge need live no longer than a slow TPM takes. */
#define CHALLENGE_SECONDS 600
/* How long before it was made a report is valid: clocks differ. As the real service does. */
#define REPORT_SLACK 300

struct azure {
  const service_config *config;
  azure_signer signer;
  azure_challenges challenges;
};

/* What an HTTP client is told about a refusal. */
typedef struct refusal {
  omadm_err err;
  int status;
  const char *code;
} refusal;

static const refusal refusals[] = {
    {OMADM_E_SYNTAX, 400, "InvalidParameter"},   {OMADM_E_UNSUPPORTED, 400, "InvalidParameter"},
    {OMADM_E_ARGUMENT, 400, "InvalidParameter"}, {OMADM_E_REFUSED, 400, "InvalidOperation"},
    {OMADM_E_LIMIT, 400, "InvalidOperation"},
};

static const char *const api_versions[] = {"2020-10-01", "2022-08-01", "2025-06-01"};

omadm_err azure_new(const service_config *config, azure **self, omadm_error *error) {
  azure *made = calloc(1, sizeof *made);
  if (made == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "no memory for the service");
  made->config = config;
  omadm_err err = azure_challenges_init(&made->challenges);
  if (err != 0) omadm_error_set(error, err, "there is no randomness for the service's key");
  if (err == 0) err = azure_signer_init(&made->signer, config->now(config->ctx), error);
  if (err != 0) {
    azure_free(made);
    return err;
  }
  *self = made;
  return OMADM_OK;
}

void azure_free(azure *self) {
  if (self == NULL) return;
  azure_signer_dispose(&self->signer);
  OPENSSL_cleanse(&self->challenges, sizeof self->challenges);
  free(self);
}

static omadm_err answer_json(service_reply *reply, int status, json_t *object) {
  char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
  omadm_err err = text != NULL ? omadm_buf_add_text(&reply->body, text) : OMADM_E_NOMEM;
  reply->status = status;
  reply->content_type = "application/json";
  free(text);
  json_decref(object);
  return err;
}

static omadm_err answer_error(service_reply *reply, int status, const char *code,
                              const char *message) {
  return answer_json(reply, status,
                     json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", message));
}

static void say(const azure *self, const char *what, const char *more) {
  char line[700];
  if (self->config->said == NULL) return;
  snprintf(line, sizeof line, "attest/Tpm: %s%s", what, more);
  self->config->said(self->config->ctx, line);
}

static omadm_err answer_refusal(const azure *self, service_reply *reply, const omadm_error *error) {
  say(self, "refused: ", error->text);
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    if (refusals[i].err == error->code)
      return answer_error(reply, refusals[i].status, refusals[i].code, error->text);
  }
  return answer_error(reply, 500, "InternalError", "the service failed");
}

/* {"data": base64url of the message}, with the message in a payload. */
static omadm_err answer_data(service_reply *reply, json_t *payload) {
  json_t *wrapped = payload != NULL ? json_pack("{s:o}", "payload", payload) : NULL;
  json_t *object = json_object();
  char *text = wrapped != NULL ? json_dumps(wrapped, JSON_COMPACT) : NULL;
  omadm_err err = text != NULL && object != NULL
                      ? azure_json_set_octets(object, "data", omadm_str_of(text))
                      : OMADM_E_NOMEM;
  free(text);
  json_decref(wrapped);
  if (err == 0) return answer_json(reply, 200, object);
  json_decref(object);
  return err;
}

static omadm_err challenge(azure *self, service_reply *reply) {
  omadm_buf octets = {0}, context = {0};
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  omadm_buf_init(&context, &omadm_mem_default, 0);
  unsigned lifetime = self->config->lifetime;
  int64_t expires = self->config->now(self->config->ctx) +
                    (lifetime < CHALLENGE_SECONDS ? lifetime : CHALLENGE_SECONDS);
  json_t *payload = json_object();
  omadm_err err = azure_challenge_make(&self->challenges, expires, &octets, &context);
  if (err == 0) err = azure_json_set_octets(payload, "challenge", omadm_buf_str(&octets));
  if (err == 0) err = azure_json_set_octets(payload, "service_context", omadm_buf_str(&context));
  if (err == 0)
    err = answer_data(reply, payload);
  else
    json_decref(payload);
  omadm_buf_dispose(&octets);
  omadm_buf_dispose(&context);
  return err;
}

static omadm_err set_identity(const azure *self, json_t *claims) {
  char id[41];
  uint8_t octets[20];
  int64_t now = self->config->now(self->config->ctx);
  if (RAND_bytes(octets, sizeof octets) != 1) return OMADM_E_IO;
  for (size_t i = 0; i < sizeof octets; i++)
    snprintf(id + 2 * i, 3, "%02x", octets[i]);
  json_t *own =
      json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s}", "nbf", (json_int_t)(now - REPORT_SLACK),
                "exp", (json_int_t)(now + self->config->lifetime), "iat", (json_int_t)now, "iss",
                self->config->issuer, "jti", id, "ver", "1.0", "x-ms-ver", "1.0");
  return json_object_update_new(claims, own) == 0 ? OMADM_OK : OMADM_E_NOMEM;
}

/* The claims of the service come last: what a policy issues cannot take their place. */
static json_t *claims_of(const azure *self, const azure_request *request,
                         const azure_evidence *evidence) {
  omadm_buf hash = {0};
  omadm_buf_init(&hash, &omadm_mem_default, 0);
  json_t *claims = azure_claims_issue(evidence);
  omadm_err err = claims != NULL ? azure_policy_hash(&hash) : OMADM_E_NOMEM;
  if (err == 0) err = set_identity(self, claims);
  if (err == 0 && request->rp_data.len > 0) {
    err = azure_json_set_text(claims, "rp_data", request->rp_data);
    if (err == 0) err = azure_json_set_text(claims, "nonce", request->rp_data);
  }
  if (err == 0) err = azure_json_set_text(claims, "x-ms-policy-hash", omadm_buf_str(&hash));
  /* A key that nothing binds to the TPM (version 1) is not confirmed. */
  if (err == 0 && evidence->request_key != NULL &&
      json_object_set_new(claims, "cnf", json_pack("{s:o}", "jwk", azure_key_plain(request->key))))
    err = OMADM_E_NOMEM;
  if (err == 0 && evidence->request_key != NULL &&
      json_object_set(claims, "x-ms-tpm-request-key", evidence->request_key) != 0)
    err = OMADM_E_NOMEM;
  if (err == 0 && evidence->other_keys != NULL &&
      json_object_set(claims, "x-ms-tpm-other-keys", evidence->other_keys) != 0)
    err = OMADM_E_NOMEM;
  omadm_buf_dispose(&hash);
  if (err == 0) return claims;
  json_decref(claims);
  return NULL;
}

static omadm_err report(const azure *self, const azure_request *request,
                        const azure_evidence *evidence, service_reply *reply) {
  omadm_buf token = {0};
  omadm_buf_init(&token, &omadm_mem_default, 0);
  json_t *claims = claims_of(self, request, evidence);
  json_t *payload = json_object();
  omadm_err err = claims != NULL ? azure_token_write(&self->signer, claims, &token) : OMADM_E_NOMEM;
  if (err == 0) err = azure_json_set_text(payload, "report", omadm_buf_str(&token));
  if (err == 0)
    err = answer_data(reply, payload);
  else
    json_decref(payload);
  json_decref(claims);
  omadm_buf_dispose(&token);
  return err;
}

/* The challenge is used up only when the evidence holds, so that what is no evidence cannot fill
 * the list of those that were used. */
static omadm_err attest(azure *self, omadm_str jws, service_reply *reply, omadm_error *error) {
  azure_request request;
  azure_evidence evidence = {0};
  azure_used used;
  omadm_err err = azure_request_read(jws, &request, error);
  if (err == 0)
    err = azure_challenge_check(&self->challenges, self->config->now(self->config->ctx),
                                omadm_buf_str(&request.challenge), omadm_buf_str(&request.context),
                                &used, error);
  if (err == 0) {
    err = azure_evidence_verify(&request, self->config, &evidence, error);
    if (err == 0)
      err = azure_challenge_use(&self->challenges, &used, evidence.aik.validated, error);
    if (err == 0) {
      char line[120];
      snprintf(line, sizeof line, "version %d, bank %s, log %zu octets, IMA %zu entries, key %s",
               evidence.version, omadm_tpm_alg_name(evidence.current.pcrs.bank),
               evidence.current.tcg.len, evidence.current.ima_entries,
               evidence.aik.validated ? "vouched for" : "not vouched for");
      say(self, "report: ", line);
      err = report(self, &request, &evidence, reply);
    }
    azure_evidence_dispose(&evidence);
  }
  azure_request_dispose(&request);
  return err;
}

/* One message of the protocol, bare or in a payload. */
static omadm_err message(azure *self, omadm_str text, service_reply *reply, omadm_error *error) {
  json_t *object = azure_json_parse(text);
  const json_t *payload = json_object_get(object, "payload");
  const json_t *from = payload != NULL ? payload : object;
  omadm_err err = OMADM_OK;
  if (json_object_get(from, "request") != NULL)
    err = attest(self, azure_json_text(from, "request"), reply, error);
  else if (omadm_str_is(azure_json_text(from, "type"), "aikcert"))
    err = challenge(self, reply);
  else
    err = omadm_error_set(error, OMADM_E_SYNTAX,
                          "data is no JSON object with type aikcert or a request");
  json_decref(object);
  return err;
}

static bool version_is_known(omadm_str query) {
  static const char name[] = "api-version=";
  while (query.len > 0) {
    const char *end = memchr(query.ptr, '&', query.len);
    omadm_str one = {query.ptr, end != NULL ? (size_t)(end - query.ptr) : query.len};
    query.ptr += one.len + (end != NULL);
    query.len -= one.len + (end != NULL);
    if (one.len < sizeof name - 1 ||
        !omadm_str_equal_nocase((omadm_str){one.ptr, sizeof name - 1}, omadm_str_of(name)))
      continue;
    omadm_str value = {one.ptr + sizeof name - 1, one.len - (sizeof name - 1)};
    for (size_t i = 0; i < sizeof api_versions / sizeof *api_versions; i++) {
      if (omadm_str_is(value, api_versions[i])) return true;
    }
  }
  return false;
}

/* "Bearer" in any letter case, then the token, exactly. */
static bool is_allowed(const azure *self, omadm_str authorization) {
  static const char scheme[] = "Bearer ";
  omadm_str wanted = omadm_str_of(self->config->token);
  if (self->config->token == NULL) return true;
  if (authorization.len != sizeof scheme - 1 + wanted.len ||
      !omadm_str_equal_nocase((omadm_str){authorization.ptr, sizeof scheme - 1},
                              omadm_str_of(scheme)))
    return false;
  return CRYPTO_memcmp(authorization.ptr + sizeof scheme - 1, wanted.ptr, wanted.len) == 0;
}

/* base64url; the published examples also have it as ordinary base64. */
static omadm_err read_data(const json_t *body, omadm_buf *out) {
  if (azure_json_octets(body, "data", out) == 0) return OMADM_OK;
  return json_is_string(json_object_get(body, "data"))
             ? omadm_base64_decode(azure_json_text(body, "data"), out)
             : OMADM_E_SYNTAX;
}

static omadm_err answer_attest(azure *self, const service_request *request, service_reply *reply) {
  omadm_error error = {0};
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, BODY_MAX);
  json_t *body = NULL;
  omadm_err err = OMADM_OK;
  if (!is_allowed(self, request->authorization)) {
    say(self, "refused: ", "the bearer token is missing or not valid");
    return answer_error(reply, 401, "Unauthorized", "the bearer token is missing or not valid");
  }
  if (!version_is_known(request->query))
    err = omadm_error_set(&error, OMADM_E_SYNTAX,
                          "api-version is none of 2020-10-01, 2022-08-01 and 2025-06-01");
  else if (request->body.len > BODY_MAX)
    err = omadm_error_set(&error, OMADM_E_SYNTAX, "the body is larger than %zu octets", BODY_MAX);
  else if ((body = azure_json_parse(request->body)) == NULL || read_data(body, &text) != 0)
    err = omadm_error_set(&error, OMADM_E_SYNTAX,
                          "the body is no JSON object with data in base64url");
  else
    err = message(self, omadm_buf_str(&text), reply, &error);
  json_decref(body);
  omadm_buf_dispose(&text);
  if (err == 0) return OMADM_OK;
  if (error.code == 0) omadm_error_set(&error, err, "%s", omadm_err_text(err));
  reply->body.len = 0;
  return answer_refusal(self, reply, &error);
}

static omadm_err answer_certs(azure *self, const service_request *request, service_reply *reply) {
  (void)request;
  return answer_json(reply, 200, azure_signer_keys(&self->signer));
}

static omadm_err answer_openid(azure *self, const service_request *request, service_reply *reply) {
  char keys[300];
  (void)request;
  snprintf(keys, sizeof keys, "%s/certs", self->config->issuer);
  return answer_json(reply, 200,
                     json_pack("{s:s, s:s, s:[s], s:[s]}", "issuer", self->config->issuer,
                               "jwks_uri", keys, "response_types_supported", "token",
                               "id_token_signing_alg_values_supported", "RS256"));
}

typedef struct route {
  const char *path;
  const char *method;
  omadm_err (*answer)(azure *self, const service_request *request, service_reply *reply);
} route;

static const route routes[] = {
    {"/attest/Tpm", "POST", answer_attest},
    {"/certs", "GET", answer_certs},
    {"/.well-known/openid-configuration", "GET", answer_openid},
};

static const route *route_of(omadm_str path) {
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
    if (omadm_str_equal_nocase(path, omadm_str_of(routes[i].path))) return &routes[i];
  }
  return NULL;
}

/* A correlation vector's base: 16 characters of base64. */
static omadm_err set_correlation(service_reply *reply) {
  uint8_t octets[12];
  if (RAND_bytes(octets, sizeof octets) != 1) return OMADM_E_IO;
  EVP_EncodeBlock((uint8_t *)reply->correlation, octets, sizeof octets);
  return OMADM_OK;
}

omadm_err azure_answer(azure *self, const service_request *request, service_reply *reply) {
  const route *to = route_of(request->path);
  omadm_err err = set_correlation(reply);
  if (err != 0) return err;
  if (to == NULL) {
    say(self, "refused: ", "no such resource (404)");
    return answer_error(reply, 404, "NotFound", "there is no such resource");
  }
  if (!omadm_str_is(request->method, to->method)) {
    say(self, "refused: ", "no such method (405)");
    return answer_error(reply, 405, "MethodNotAllowed", "the resource has no such method");
  }
  return to->answer(self, request, reply);
}
