/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_claims.h"

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"

typedef enum shape {
  IS, /* attested, and not zero */
  IS_NOT, /* attested, and zero */
  NUMBER, /* zero where it is not attested */
  NUMBER_IF_SET, /* as IS */
  NUMBER_IF_KNOWN,
  OCTETS_IF_KNOWN
} shape;

typedef struct claim {
  const char *name;
  shape shape;
  size_t fact; /* offset in omadm_boot_facts */
} claim;

#define FACT(name) offsetof(omadm_boot_facts, name)

static const claim claims[] = {
    {"WindowsDefenderElamDriverLoaded", IS, FACT(elam_driver)},
    {"bitlockerEnabled", IS, FACT(bitlocker)},
    {"bitlockerEnabledValue", NUMBER_IF_SET, FACT(bitlocker)},
    {"bootAppSvn", NUMBER_IF_KNOWN, FACT(boot_app_svn)},
    {"bootDebuggingDisabled", IS_NOT, FACT(boot_debugging)},
    {"bootMgrSvn", NUMBER_IF_KNOWN, FACT(boot_manager_svn)},
    {"bootRevListInfo", OCTETS_IF_KNOWN, FACT(boot_revocation_list)},
    {"codeIntegrityEnabled", IS, FACT(code_integrity)},
    {"depPolicy", NUMBER, FACT(dep_policy)},
    {"flightSigningNotEnabled", IS_NOT, FACT(flight_signing)},
    {"hvciEnabled", IS, FACT(hvci)},
    {"iommuEnabled", IS, FACT(iommu)},
    {"notSafeMode", IS_NOT, FACT(safe_mode)},
    {"notWinPE", IS_NOT, FACT(winpe)},
    {"osKernelDebuggingDisabled", IS_NOT, FACT(kernel_debugging)},
    {"osRevListInfo", OCTETS_IF_KNOWN, FACT(os_revocation_list)},
    {"secureBootEnabled", IS, FACT(secure_boot)},
    {"testSigningDisabled", IS_NOT, FACT(test_signing)},
    {"vbsEnabled", IS, FACT(vsm)},
};

/* Made by the service about the key and the list of policies, beside those of the table. */
static const char *const further[] = {"codeIntegrityPolicy", "aikValidated", "aikPubHash",
                                      "tpmVersion"};

/* NULL where the claim is not issued. The safe values are those of the sample policy, which knows
 * Windows boots only: of another one they would be claims about what was never measured. */
static json_t *value_of(const claim *c, const omadm_fact *fact, omadm_boot_kind kind) {
  bool known = fact->grade == OMADM_GRADE_ATTESTED;
  bool set = known && fact->value != 0;
  json_int_t number = (json_int_t)fact->value;
  if (!known && kind != OMADM_BOOT_WINDOWS) return NULL;
  switch (c->shape) {
  case IS: return json_boolean(set);
  case IS_NOT: return json_boolean(known && fact->value == 0);
  case NUMBER: return json_integer(known ? number : 0);
  case NUMBER_IF_SET: return set ? json_integer(number) : NULL;
  case NUMBER_IF_KNOWN: return known ? json_integer(number) : NULL;
  case OCTETS_IF_KNOWN: break;
  }
  json_t *holder = json_object();
  json_t *text = NULL;
  if (known && azure_json_set_octets(holder, "v", fact->octets) == 0)
    text = json_incref(json_object_get(holder, "v"));
  json_decref(holder);
  return text;
}

static json_t *policies_of(const omadm_boot_facts *facts) {
  json_t *list = json_array();
  for (size_t i = 0; i < facts->n_policies && i < OMADM_BOOT_POLICIES; i++) {
    omadm_buf text = {0};
    omadm_buf_init(&text, &omadm_mem_default, 0);
    if (omadm_base64url_encode(facts->policies[i], &text) == 0)
      json_array_append_new(list, json_stringn(text.len > 0 ? text.ptr : "", text.len));
    omadm_buf_dispose(&text);
  }
  return list;
}

/* Ordinary base64, as the documentation of the claim has it. */
static json_t *hash_of(const azure_aik *aik) {
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  json_t *value = NULL;
  if (omadm_base64_encode((omadm_str){(const char *)aik->hash, sizeof aik->hash}, &text) == 0)
    value = json_stringn(text.ptr, text.len);
  omadm_buf_dispose(&text);
  return value;
}

json_t *azure_claims_issue(const azure_evidence *evidence) {
  const omadm_boot_facts *facts = &evidence->current.facts;
  json_t *issued = json_object();
  bool done = issued != NULL;
  for (size_t i = 0; done && i < sizeof claims / sizeof *claims; i++) {
    const omadm_fact *fact = (const omadm_fact *)((const char *)facts + claims[i].fact);
    json_t *value = value_of(&claims[i], fact, facts->kind);
    if (value != NULL) done = json_object_set_new(issued, claims[i].name, value) == 0;
  }
  if (done && facts->n_policies > 0)
    done = json_object_set_new(issued, further[0], policies_of(facts)) == 0;
  done = done &&
         json_object_set_new(issued, further[1], json_boolean(evidence->aik.validated)) == 0 &&
         json_object_set_new(issued, further[2], hash_of(&evidence->aik)) == 0 &&
         json_object_set_new(issued, further[3], json_integer(2)) == 0;
  if (done) return issued;
  json_decref(issued);
  return NULL;
}

static omadm_err add_rule(omadm_buf *out, const char *name) {
  return omadm_buf_printf(
      out, "  c:[type==\"%s\", issuer==\"AttestationService\"] => issue(claim=c);\n", name);
}

/* The built-in policy: it issues each of these claims as the service made it. */
static omadm_err policy_text(omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(
      out, "version=1.0;\nauthorizationrules {\n  => permit();\n};\nissuancerules {\n");
  for (size_t i = 0; err == 0 && i < sizeof claims / sizeof *claims; i++)
    err = add_rule(out, claims[i].name);
  for (size_t i = 0; err == 0 && i < sizeof further / sizeof *further; i++)
    err = add_rule(out, further[i]);
  return err != 0 ? err : omadm_buf_add_text(out, "};\n");
}

/* BASE64URL(SHA256(UTF8(BASE64URL(UTF8(policy))))). */
omadm_err azure_policy_hash(omadm_buf *out) {
  uint8_t hash[32];
  omadm_buf text = {0}, encoded = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_buf_init(&encoded, &omadm_mem_default, 0);
  omadm_err err = policy_text(&text);
  if (err == 0) err = omadm_base64url_encode(omadm_buf_str(&text), &encoded);
  if (err == 0 && EVP_Q_digest(NULL, "SHA256", NULL, encoded.ptr, encoded.len, hash, NULL) != 1)
    err = OMADM_E_NOMEM;
  if (err == 0) err = omadm_base64url_encode((omadm_str){(const char *)hash, sizeof hash}, out);
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&encoded);
  return err;
}
