/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_report.h"

#include <time.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/attestation/dha_grades.h"
#include "conformance/attestation/dha_response.h"

typedef struct element element;
typedef omadm_err write_element(const dha_report *report, const element *e, omadm_buf *out);

struct element {
  const char *name;
  write_element *write;
  size_t fact; /* in omadm_boot_facts, where it comes from one */
  unsigned since; /* version */
};

static const omadm_fact *fact_of(const dha_report *report, const element *e) {
  return (const omadm_fact *)(const void *)((const char *)&report->then->facts + e->fact);
}

static omadm_err add_text(omadm_buf *out, const char *name, const char *value) {
  return omadm_buf_printf(out, "<%s>%s</%s>", name, value, name);
}

static omadm_err add_bool(omadm_buf *out, const char *name, bool value) {
  return add_text(out, name, value ? "true" : "false");
}

static omadm_err add_number(omadm_buf *out, const char *name, uint64_t value) {
  /* The schema has 32 bits. */
  uint32_t cut = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
  return omadm_buf_printf(out, "<%s>%u</%s>", name, cut, name);
}

static omadm_err add_hex(omadm_buf *out, const char *name, omadm_str octets) {
  omadm_err err = omadm_buf_printf(out, "<%s>", name);
  if (err == OMADM_OK) err = omadm_hex_encode(octets, out);
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", name) : err;
}

static omadm_err write_issued(const dha_report *report, const element *e, omadm_buf *out) {
  char text[32];
  struct tm utc;
  time_t seconds = (time_t)report->issued;
  if (gmtime_r(&seconds, &utc) == NULL) return OMADM_E_ARGUMENT;
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return add_text(out, e->name, text);
}

static omadm_err write_aik(const dha_report *report, const element *e, omadm_buf *out) {
  return add_bool(out, e->name, report->then->endorsed);
}

static omadm_err write_resets(const dha_report *report, const element *e, omadm_buf *out) {
  return add_number(out, e->name, report->reset_count);
}

static omadm_err write_restarts(const dha_report *report, const element *e, omadm_buf *out) {
  return add_number(out, e->name, report->restart_count);
}

static omadm_err write_bank(const dha_report *report, const element *e, omadm_buf *out) {
  return add_number(out, e->name, report->then->pcrs.bank);
}

static omadm_err write_version(const dha_report *report, const element *e, omadm_buf *out) {
  (void)report;
  return add_number(out, e->name, 2);
}

static omadm_err write_zero(const dha_report *report, const element *e, omadm_buf *out) {
  (void)report;
  return add_number(out, e->name, 0);
}

static omadm_err write_pcr0(const dha_report *report, const element *e, omadm_buf *out) {
  const omadm_tpm_pcrs *pcrs = &report->then->pcrs;
  return add_hex(out, e->name, (omadm_str){(const char *)pcrs->values[0], pcrs->digest_len});
}

static omadm_err write_bool(const dha_report *report, const element *e, omadm_buf *out) {
  return add_bool(out, e->name, fact_of(report, e)->value != 0);
}

static omadm_err write_number(const dha_report *report, const element *e, omadm_buf *out) {
  return add_number(out, e->name, fact_of(report, e)->value);
}

/* The flags of BitLocker become on or off. */
static omadm_err write_status(const dha_report *report, const element *e, omadm_buf *out) {
  return add_number(out, e->name, fact_of(report, e)->value != 0);
}

/* Optional elements stand only where they are attested. */
static omadm_err write_octets(const dha_report *report, const element *e, omadm_buf *out) {
  const omadm_fact *fact = fact_of(report, e);
  bool shown = fact->grade == OMADM_GRADE_ATTESTED && fact->octets.len > 0;
  return shown ? add_hex(out, e->name, fact->octets) : OMADM_OK;
}

/* The element stands once: the first policy; the others follow in Grades. */
static omadm_err write_policy(const dha_report *report, const element *e, omadm_buf *out) {
  const omadm_boot_facts *facts = &report->then->facts;
  return facts->n_policies > 0 ? add_hex(out, e->name, facts->policies[0]) : OMADM_OK;
}

#define FACT(member) offsetof(omadm_boot_facts, member)
/* In the order of the published report. The two list versions are older than BootRevListInfo and
 * OSRevListInfo, and 0 in all published reports. */
static const element elements[] = {
    {"Issued", write_issued, 0, 1},
    {"AIKPresent", write_aik, 0, 1},
    {"ResetCount", write_resets, 0, 1},
    {"RestartCount", write_restarts, 0, 1},
    {"DEPPolicy", write_number, FACT(dep_policy), 1},
    {"BitlockerStatus", write_status, FACT(bitlocker), 1},
    {"BootManagerRevListVersion", write_zero, 0, 1},
    {"CodeIntegrityRevListVersion", write_zero, 0, 1},
    {"SecureBootEnabled", write_bool, FACT(secure_boot), 1},
    {"BootDebuggingEnabled", write_bool, FACT(boot_debugging), 1},
    {"OSKernelDebuggingEnabled", write_bool, FACT(kernel_debugging), 1},
    {"CodeIntegrityEnabled", write_bool, FACT(code_integrity), 1},
    {"TestSigningEnabled", write_bool, FACT(test_signing), 1},
    {"SafeMode", write_bool, FACT(safe_mode), 1},
    {"WinPE", write_bool, FACT(winpe), 1},
    {"ELAMDriverLoaded", write_bool, FACT(elam_driver), 1},
    {"VSMEnabled", write_bool, FACT(vsm), 1},
    {"PCRHashAlgorithmID", write_bank, 0, 1},
    {"BootAppSVN", write_number, FACT(boot_app_svn), 1},
    {"BootManagerSVN", write_number, FACT(boot_manager_svn), 1},
    {"TpmVersion", write_version, 0, 3},
    {"PCR0", write_pcr0, 0, 1},
    {"CIPolicy", write_policy, 0, 1},
    {"SBCPHash", write_octets, FACT(secure_boot_policy), 1},
    {"BootRevListInfo", write_octets, FACT(boot_revocation_list), 1},
    {"OSRevListInfo", write_octets, FACT(os_revocation_list), 1},
};

static omadm_err add_properties(const dha_report *report, unsigned version, omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(out, "<HealthCertificateProperties>");
  for (size_t i = 0; i < sizeof elements / sizeof elements[0] && err == OMADM_OK; i++) {
    if (elements[i].since <= version) err = elements[i].write(report, &elements[i], out);
  }
  if (err == OMADM_OK) err = dha_grades_write(&report->then->facts, report->then->endorsed, out);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</HealthCertificateProperties>") : err;
}

static omadm_err add_flags(const mismatch *changed, omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(out, "<HealthStatusMismatchFlags>");
#define ADD_FLAG_(name, member)                                                                    \
  if (err == OMADM_OK) err = add_bool(out, #name, changed->member);
  MISMATCH_FLAGS(ADD_FLAG_)
#undef ADD_FLAG_
  return err == OMADM_OK ? omadm_buf_add_text(out, "</HealthStatusMismatchFlags>") : err;
}

omadm_err dha_validation_response(unsigned version, dha_code code, const char *sentence,
                                  const dha_report *report, omadm_buf *out) {
  static const char root[] = "HealthCertificateValidationResponse";
  omadm_err err = dha_response_begin(root, "validation/response/", version, code, sentence, out);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, ">");
  if (err == OMADM_OK && report != NULL)
    err = add_properties(report, dha_response_version(version), out);
  if (err == OMADM_OK && report != NULL && mismatch_any(&report->changed))
    err = add_flags(&report->changed, out);
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", root) : err;
}
