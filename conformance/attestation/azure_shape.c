/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_shape.h"

#include <stdio.h>

#include "base/str.h"

/* What is allowed besides: */
enum {
  MAY_LACK = 1, /* that it is absent */
  MAY_BE_NULL = 2,
  HAS_ONE = 4 /* an object of one member, and no less: which of them, is the reader's choice */
};

enum { WAY_MAX = 160 };

/* A member, and the members of the object that it is, or of the objects that are the elements of
 * the array that it is. A list ends where `key` is NULL. */
typedef struct shape {
  const char *key;
  json_type type;
  unsigned allowed;
  const struct shape *members;
} shape;

static const shape jwk[] = {
    {"kty", JSON_STRING, 0, NULL}, {"n", JSON_STRING, 0, NULL}, {"e", JSON_STRING, 0, NULL}, {0}};

static const shape custom_claim[] = {{"name", JSON_STRING, 0, NULL}, {0}};

#define COMMON                                                                                     \
  {"rp_id", JSON_STRING, MAY_LACK, NULL}, {"rp_data", JSON_STRING, MAY_LACK, NULL},                \
      {"challenge", JSON_STRING, 0, NULL}, {"service_context", JSON_STRING, 0, NULL}, {            \
    "custom_claims", JSON_ARRAY, MAY_LACK | MAY_BE_NULL, custom_claim                              \
  }

static const shape claims[] = {{"aik_pub", JSON_OBJECT, 0, jwk},
                               {"aik_cert", JSON_STRING, MAY_LACK, NULL},
                               {"current_claim", JSON_STRING, 0, NULL},
                               {"boot_claim", JSON_STRING, MAY_LACK, NULL},
                               {"srtm_boot_log", JSON_STRING, MAY_LACK, NULL},
                               {"srtm_resume_log", JSON_STRING, MAY_LACK, NULL},
                               {0}};

static const shape data_1[] = {
    COMMON, {"tpm_att_data", JSON_OBJECT, 0, claims}, {"attest_key", JSON_OBJECT, 0, jwk}, {0}};

static const shape one_log[] = {{"type", JSON_STRING, 0, NULL}, {"log", JSON_STRING, 0, NULL}, {0}};
static const shape pcr[] = {
    {"index", JSON_INTEGER, 0, NULL}, {"digest", JSON_STRING, 0, NULL}, {0}};
static const shape bank[] = {
    {"algorithm", JSON_INTEGER, 0, NULL}, {"values", JSON_ARRAY, 0, pcr}, {0}};

static const shape attestation[] = {{"aik_pub", JSON_OBJECT, 0, jwk},
                                    {"aik_cert", JSON_STRING, MAY_LACK, NULL},
                                    {"logs", JSON_ARRAY, MAY_LACK, one_log},
                                    {"pcrs", JSON_ARRAY, 0, bank},
                                    {"quote", JSON_STRING, 0, NULL},
                                    {"signature", JSON_STRING, 0, NULL},
                                    {0}};

static const shape attestations[] = {{"current_attestation", JSON_OBJECT, 0, attestation},
                                     {"boot_attestation", JSON_OBJECT, MAY_LACK, attestation},
                                     {0}};

static const shape tpm_quote[] = {{"hash_alg", JSON_STRING, 0, NULL}, {0}};
static const shape tpm_certify[] = {{"public", JSON_STRING, 0, NULL},
                                    {"certification", JSON_STRING, 0, NULL},
                                    {"signature", JSON_STRING, 0, NULL},
                                    {0}};

static const shape request_info[] = {{"tpm_quote", JSON_OBJECT, MAY_LACK, tpm_quote},
                                     {"tpm_certify", JSON_OBJECT, MAY_LACK, tpm_certify},
                                     {0}};
static const shape other_info[] = {{"tpm_certify", JSON_OBJECT, 0, tpm_certify}, {0}};

static const shape request_key[] = {
    {"jwk", JSON_OBJECT, 0, jwk}, {"info", JSON_OBJECT, HAS_ONE, request_info}, {0}};
static const shape other_key[] = {
    {"jwk", JSON_OBJECT, 0, jwk}, {"info", JSON_OBJECT, HAS_ONE, other_info}, {0}};

static const shape data_2[] = {COMMON,
                               {"tpm_att_data", JSON_OBJECT, 0, attestations},
                               {"request_key", JSON_OBJECT, 0, request_key},
                               {"other_keys", JSON_ARRAY, MAY_LACK, other_key},
                               {0}};

static const shape payloads[][3] = {
    {{"att_type", JSON_STRING, 0, NULL}, {"att_data", JSON_OBJECT, 0, data_1}, {0}},
    {{"att_type", JSON_STRING, 0, NULL}, {"att_data", JSON_OBJECT, 0, data_2}, {0}},
};

static const char *type_name(json_type type) {
  switch (type) {
  case JSON_OBJECT: return "object";
  case JSON_ARRAY: return "array";
  case JSON_STRING: return "string";
  case JSON_INTEGER: return "integer";
  default: return "such value";
  }
}

static omadm_err check_members(const json_t *object, const shape *members, const char *way,
                               omadm_error *error);

static omadm_err check_elements(const json_t *array, const shape *members, const char *way,
                                omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < json_array_size(array); i++) {
    char element[WAY_MAX];
    snprintf(element, sizeof element, "%.100s[%zu]", way, i);
    const json_t *value = json_array_get(array, i);
    err = json_is_object(value)
              ? check_members(value, members, element, error)
              : omadm_error_set(error, OMADM_E_SYNTAX, "%s is no object", element);
  }
  return err;
}

static omadm_err check_member(const json_t *value, const shape *s, const char *way,
                              omadm_error *error) {
  if (value == NULL && (s->allowed & MAY_LACK) != 0) return OMADM_OK;
  if (value == NULL) return omadm_error_set(error, OMADM_E_SYNTAX, "%s is not there", way);
  if (json_is_null(value) && (s->allowed & MAY_BE_NULL) != 0) return OMADM_OK;
  if (json_typeof(value) != s->type)
    return omadm_error_set(error, OMADM_E_SYNTAX, "%s is no %s", way, type_name(s->type));
  if ((s->allowed & HAS_ONE) != 0 && json_object_size(value) != 1)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "%s has not exactly one member, tpm_quote or tpm_certify", way);
  if (s->members == NULL) return OMADM_OK;
  return s->type == JSON_ARRAY ? check_elements(value, s->members, way, error)
                               : check_members(value, s->members, way, error);
}

static omadm_err check_members(const json_t *object, const shape *members, const char *way,
                               omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (const shape *s = members; err == 0 && s->key != NULL; s++) {
    char member[WAY_MAX];
    snprintf(member, sizeof member, "%s%s%s", way, way[0] != '\0' ? "." : "", s->key);
    err = check_member(json_object_get(object, s->key), s, member, error);
  }
  return err;
}

omadm_err azure_shape_check(const json_t *payload, int version, omadm_error *error) {
  return check_members(payload, payloads[version == 1 ? 0 : 1], "", error);
}
