/* SPDX-License-Identifier: MIT */
/* Requests whose members are of another JSON type than they should be: each is refused. */
#include "forge.h"

#include <stdio.h>

static pair *p;
static forge f;
static omadm_tpm_key other;

static int begin(void **state) {
  (void)state;
  p = pair_new();
  pair_measure(p, 1);
  forge_init(&f, p);
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0}, &other), 0);
  return 0;
}

static int end(void **state) {
  (void)state;
  forge_dispose(&f);
  pair_free(p);
  return 0;
}

static json_t *text(const char *format, ...) {
  char json[65536];
  va_list more;
  va_start(more, format);
  int n = vsnprintf(json, sizeof json, format, more);
  va_end(more);
  assert_in_range(n, 1, sizeof json - 1);
  json_t *made = json_loads(json, 0, NULL);
  if (made == NULL) fail_msg("%s", json);
  return made;
}

static json_t *attestation(void) {
  omadm_buf octets = {0};
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  (void)omadm_buf_add_text(&octets, "{");
  forge_attestation(&f, &octets);
  (void)omadm_buf_add_text(&octets, "}");
  json_t *made = json_loadb(octets.ptr, octets.len, 0, NULL);
  assert_non_null(made);
  omadm_buf_dispose(&octets);
  return made;
}

static json_t *other_key(void) {
  char jwk[1024], info[8192];
  omadm_str area = {(char *)other.public_area.octets, other.public_area.len};
  jwk_of_public(area, jwk, sizeof jwk);
  forge_certify(&f, other.handle, area, omadm_buf_str(&f.challenge), info, sizeof info);
  return text("{\"jwk\":%s,\"info\":%s}", jwk, info);
}

static json_t *data_of(json_t *tpm_att_data) {
  json_t *data = text("{\"rp_id\":\"me\",\"rp_data\":\"AQ\",\"challenge\":\"%s\","
                      "\"service_context\":\"%s\",\"custom_claims\":[{\"name\":\"a\","
                      "\"value\":\"b\",\"value_type\":\"string\"}]}",
                      f.challenge_text, f.context);
  json_object_set_new(data, "tpm_att_data", tpm_att_data);
  return json_pack("{s:s, s:o}", "att_type", "basic", "att_data", data);
}

/* Version 2 with all that there is, over a challenge of its own. */
static json_t *version_2(void) {
  forge_renew(&f);
  forge_quote_over(&f, OMADM_TPM_SHA256, (omadm_str){NULL, 0});
  json_t *before = attestation();
  forge_quote(&f);
  json_t *request = data_of(
      json_pack("{s:o, s:o}", "current_attestation", attestation(), "boot_attestation", before));
  json_t *data = json_object_get(request, "att_data");
  json_object_set_new(data, "request_key", text("{\"jwk\":%s,\"info\":%s}", f.jwk, f.info));
  json_object_set_new(data, "other_keys", json_pack("[o]", other_key()));
  return request;
}

static void add_word(omadm_buf *out, size_t value) {
  const uint8_t octets[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                            (uint8_t)(value >> 24)};
  (void)omadm_buf_add(out, octets, sizeof octets);
}

/* NCRYPT_TPM_PLATFORM_ATTESTATION_STATEMENT over that nonce. */
static void add_claim(json_t *to, const char *name, omadm_str nonce) {
  omadm_buf claim = {0}, encoded = {0};
  const omadm_tpm_quote *q = &f.quote;
  omadm_buf_init(&claim, &omadm_mem_default, 0);
  omadm_buf_init(&encoded, &omadm_mem_default, 0);
  forge_quote_over(&f, OMADM_TPM_SHA256, nonce);
  const size_t head[] = {0x414C5054, 0, OMADM_TPM_SHA256, q->signature.len, q->attest.len, 24 * 32};
  for (size_t i = 0; i < 6; i++)
    add_word(&claim, head[i]);
  (void)omadm_buf_add(&claim, q->signature.octets, q->signature.len);
  (void)omadm_buf_add(&claim, q->attest.octets, q->attest.len);
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    (void)omadm_buf_add(&claim, q->pcrs.values[i], 32);
  encode(omadm_buf_str(&claim), &encoded);
  json_object_set_new(to, name, json_stringn(encoded.ptr, encoded.len));
  omadm_buf_dispose(&claim);
  omadm_buf_dispose(&encoded);
}

static json_t *version_1(void) {
  omadm_buf log = {0};
  omadm_buf_init(&log, &omadm_mem_default, 0);
  forge_renew(&f);
  json_t *tpm = text("{\"aik_pub\":%s}", f.aik_pub);
  encode(omadm_buf_str(&f.tcg), &log);
  json_object_set_new(tpm, "srtm_boot_log", json_stringn(log.ptr, log.len));
  json_object_set_new(tpm, "srtm_resume_log", json_stringn(log.ptr, log.len));
  add_claim(tpm, "boot_claim", (omadm_str){NULL, 0});
  add_claim(tpm, "current_claim", omadm_buf_str(&f.challenge));
  json_t *request = data_of(tpm);
  json_object_set_new(json_object_get(request, "att_data"), "attest_key", text("%s", f.jwk));
  omadm_buf_dispose(&log);
  return request;
}

/* The object or array that holds the last part of a path such as "a/b/0/c", and that part. */
static json_t *holder(json_t *root, const char *path, const char **last) {
  for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(path, '/')) {
    char key[40];
    snprintf(key, sizeof key, "%.*s", (int)(slash - path), path);
    root =
        json_is_array(root) ? json_array_get(root, (size_t)atoi(key)) : json_object_get(root, key);
    if (root == NULL) fail_msg("there is no %s", key);
    path = slash + 1;
  }
  *last = path;
  return root;
}

static void put(json_t *root, const char *path, json_t *value) {
  const char *last = NULL;
  json_t *in = holder(root, path, &last);
  int done = json_is_array(in) ? json_array_set_new(in, (size_t)atoi(last), value)
                               : json_object_set_new(in, last, value);
  assert_int_equal(done, 0);
}

static int send_json(json_t *request, omadm_buf *answer) {
  char *payload = json_dumps(request, JSON_COMPACT);
  omadm_buf_init(answer, &omadm_mem_default, 0);
  int status = forge_send_payload(&f, omadm_str_of(payload), answer);
  (void)omadm_buf_add(answer, "", 1);
  free(payload);
  json_decref(request);
  return status;
}

typedef struct member {
  const char *path;
  const char *takes; /* the types that it may have, by their letters */
} member;

static const struct {
  char letter;
  const char *json;
} types[] = {{'z', "null"}, {'n', "7"},      {'n', "0"},  {'n', "1.5"},
             {'b', "true"}, {'b', "false"},  {'a', "[]"}, {'a', "[[]]"},
             {'s', "\"\""}, {'s', "\"AQ\""}, {'o', "{}"}};

/* Each member with each type that it may not have: refused for what it is. */
static void each_lie_is_refused(const member *members, size_t n, json_t *(*make)(void)) {
  omadm_buf answer;
  int status = send_json(make(), &answer);
  if (status != 200) fail_msg("the truth: %d %s", status, answer.ptr);
  omadm_buf_dispose(&answer);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
      if (strchr(members[i].takes, types[k].letter) != NULL) continue;
      json_t *request = make();
      put(request, members[i].path, json_loads(types[k].json, JSON_DECODE_ANY, NULL));
      status = send_json(request, &answer);
      if (status != 400 || strstr(answer.ptr, "InvalidParameter") == NULL)
        fail_msg("%s %s: %d %s", members[i].path, types[k].json, status, answer.ptr);
      omadm_buf_dispose(&answer);
    }
  }
}

#define CURRENT "att_data/tpm_att_data/current_attestation"
#define BEFORE "att_data/tpm_att_data/boot_attestation"
#define OTHER "att_data/other_keys/0"

static void each_type_lie_in_a_request_of_version_2_is_refused(void **state) {
  static const member members[] = {
      {"att_type", "s"},
      {"att_data", "o"},
      {"att_data/rp_id", "s"},
      {"att_data/rp_data", "s"},
      {"att_data/challenge", "s"},
      {"att_data/service_context", "s"},
      {"att_data/custom_claims", "az"},
      {"att_data/custom_claims/0", "o"},
      {"att_data/custom_claims/0/name", "s"},
      {"att_data/tpm_att_data", "o"},
      {CURRENT, "o"},
      {CURRENT "/logs", "a"},
      {CURRENT "/logs/0", "o"},
      {CURRENT "/logs/1/type", "s"},
      {CURRENT "/logs/1/log", "s"},
      {CURRENT "/aik_pub", "o"},
      {CURRENT "/aik_pub/kty", "s"},
      {CURRENT "/aik_pub/n", "s"},
      {CURRENT "/aik_pub/e", "s"},
      {CURRENT "/aik_cert", "s"},
      {CURRENT "/pcrs", "a"},
      {CURRENT "/pcrs/0", "o"},
      {CURRENT "/pcrs/0/algorithm", "n"},
      {CURRENT "/pcrs/0/values", "a"},
      {CURRENT "/pcrs/0/values/0", "o"},
      {CURRENT "/pcrs/0/values/0/index", "n"},
      {CURRENT "/pcrs/0/values/23/digest", "s"},
      {CURRENT "/quote", "s"},
      {CURRENT "/signature", "s"},
      {BEFORE, "o"},
      {BEFORE "/logs", "a"},
      {BEFORE "/logs/0/log", "s"},
      {BEFORE "/aik_pub", "o"},
      {BEFORE "/aik_cert", "s"},
      {BEFORE "/pcrs", "a"},
      {BEFORE "/quote", "s"},
      {BEFORE "/signature", "s"},
      {"att_data/request_key", "o"},
      {"att_data/request_key/jwk", "o"},
      {"att_data/request_key/jwk/kty", "s"},
      {"att_data/request_key/jwk/n", "s"},
      {"att_data/request_key/jwk/e", "s"},
      {"att_data/request_key/info", ""},
      {"att_data/request_key/info/tpm_quote", ""},
      {"att_data/request_key/info/tpm_quote/hash_alg", ""},
      {"att_data/request_key/info/tpm_certify", ""},
      {"att_data/other_keys", "a"},
      {OTHER, "o"},
      {OTHER "/jwk", "o"},
      {OTHER "/jwk/n", "s"},
      {OTHER "/info", ""},
      {OTHER "/info/tpm_quote", ""},
      {OTHER "/info/tpm_certify", ""},
      {OTHER "/info/tpm_certify/public", "s"},
      {OTHER "/info/tpm_certify/certification", "s"},
      {OTHER "/info/tpm_certify/signature", "s"},
  };
  (void)state;
  each_lie_is_refused(members, sizeof members / sizeof *members, version_2);
}

#define TPM "att_data/tpm_att_data"

static void each_type_lie_in_a_request_of_version_1_is_refused(void **state) {
  static const member members[] = {
      {"att_type", "s"},
      {"att_data", "o"},
      {"att_data/rp_id", "s"},
      {"att_data/rp_data", "s"},
      {"att_data/challenge", "s"},
      {"att_data/service_context", "s"},
      {"att_data/custom_claims", "az"},
      {"att_data/tpm_att_data", "o"},
      {TPM "/srtm_boot_log", "s"},
      {TPM "/srtm_resume_log", "s"},
      {TPM "/aik_cert", "s"},
      {TPM "/aik_pub", "o"},
      {TPM "/aik_pub/n", "s"},
      {TPM "/current_claim", "s"},
      {TPM "/boot_claim", "s"},
      {"att_data/attest_key", "o"},
      {"att_data/attest_key/kty", "s"},
      {"att_data/attest_key/n", "s"},
      {"att_data/attest_key/e", "s"},
  };
  (void)state;
  snprintf(f.header, sizeof f.header, "{\"alg\":\"PS256\",\"typ\":\"attReq\"}");
  each_lie_is_refused(members, sizeof members / sizeof *members, version_1);
}

/* A quote over the bare challenge is right for a certified key, and binds no other. */
static void a_binding_that_is_named_and_not_there_binds_nothing(void **state) {
  static const char *const infos[] = {
      "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"},\"tpm_certify\":%s}",
      "{\"tpm_certify\":%s,\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}",
      "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"},\"further\":%s}",
      "{\"tpm_quote\":%s}",
      "{\"tpm_certify\":%s}",
      "{\"further\":%s}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
      const char *percent = strstr(infos[i], "%s");
      snprintf(f.info, sizeof f.info, "%.*s%s%s", (int)(percent - infos[i]), infos[i],
               types[k].json, percent + 2);
      forge_renew(&f);
      forge_quote_over(&f, OMADM_TPM_SHA256, omadm_buf_str(&f.challenge));
      forge_refused(&f, "InvalidParameter", "");
    }
  }
}

int main(void) {
#define LIE(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      LIE(a_binding_that_is_named_and_not_there_binds_nothing),
      LIE(each_type_lie_in_a_request_of_version_2_is_refused),
      LIE(each_type_lie_in_a_request_of_version_1_is_refused),
  };
  return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
