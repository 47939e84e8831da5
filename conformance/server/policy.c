/* SPDX-License-Identifier: MIT */
#include "conformance/server/policy.h"

#include <string.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/server/show.h"

#define VALUE_MAX 40

typedef struct rule {
  policy_source source;
  const char *field;
  const char *good; /* words with | between; NULL: none */
  const char *bad; /* the same; "*": any that is not good; NULL: none */
  bool needed; /* it is not shown where the field is missing */
  const char *why; /* what a bad value means */
} rule;

/* Fields that stand in no rule say nothing: numbers, digests and times, for a server that compares
 * them with what it knows of the device. */
static const rule rules[] = {
    {POLICY_REPORT, "AIKPresent", "true", "*", true, "the key is not proven to be in a TPM"},
    {POLICY_REPORT, "SecureBootEnabled", "true", "*", true, "Secure Boot was off"},
    {POLICY_REPORT, "BitlockerStatus", "1", "*", true, "the volume was not encrypted"},
    {POLICY_REPORT, "CodeIntegrityEnabled", "true", "*", true, "unsigned code may run"},
    {POLICY_REPORT, "TestSigningEnabled", "false", "*", true, "test signatures are accepted"},
    {POLICY_REPORT, "BootDebuggingEnabled", "false", "*", true, "the boot could be debugged"},
    {POLICY_REPORT, "OSKernelDebuggingEnabled", "false", "*", true, "the kernel can be debugged"},
    {POLICY_REPORT, "SafeMode", "false", "*", true, "booted without its protections"},
    {POLICY_REPORT, "WinPE", "false", "*", true, "booted from an installation medium"},
    {POLICY_REPORT, "ELAMDriverLoaded", "true", "*", true, "nothing watched the first drivers"},
    /* OptIn 0, OptOut 1, AlwaysOff 2, AlwaysOn 3. */
    {POLICY_REPORT, "DEPPolicy", "0|1|3", "*", true, "data may be executed"},
    /* Not every machine can. */
    {POLICY_REPORT, "VSMEnabled", "true", NULL, false, ""},
    {POLICY_REPORT, "TpmVersion", "2", "*", true, "not a TPM 2.0"},
    {POLICY_REPORT, "PCRHashAlgorithmID", "11|12|13", NULL, false, ""},

    {POLICY_MISMATCH, "ResumeCount", "false", "*", false, "resumed since the certificate"},
    {POLICY_MISMATCH, "RebootCount", "false", "*", false, "rebooted since the certificate"},
    {POLICY_MISMATCH, "PCR", "false", "*", false, "the PCRs are not those of the boot"},
    {POLICY_MISMATCH, "BootAppSVN", "false", "*", false, "the OS loader is another"},
    {POLICY_MISMATCH, "BootManagerSVNChain", "false", "*", false, "the boot manager's chain broke"},
    {POLICY_MISMATCH, "BootAppSVNChain", "false", "*", false, "the OS loader's chain broke"},

    {POLICY_TOKEN, "secureBootEnabled", "true", "*", true, "Secure Boot was off"},
    {POLICY_TOKEN, "bitlockerEnabled", "true", "*", true, "the volume was not encrypted"},
    {POLICY_TOKEN, "codeIntegrityEnabled", "true", "*", true, "unsigned code may run"},
    {POLICY_TOKEN, "testSigningDisabled", "true", "*", true, "test signatures are accepted"},
    {POLICY_TOKEN, "bootDebuggingDisabled", "true", "*", true, "the boot could be debugged"},
    {POLICY_TOKEN, "osKernelDebuggingDisabled", "true", "*", true, "the kernel can be debugged"},
    {POLICY_TOKEN, "notSafeMode", "true", "*", true, "booted without its protections"},
    {POLICY_TOKEN, "notWinPE", "true", "*", true, "booted from an installation medium"},
    {POLICY_TOKEN, "depPolicy", "0|1|3", "*", false, "data may be executed"},
    {POLICY_TOKEN, "aikValidated", "true", "*", true, "the key is not proven to be in a TPM"},
    {POLICY_TOKEN, "tpmVersion", "2", "*", false, "not a TPM 2.0"},
    {POLICY_TOKEN, "vbsEnabled", "true", NULL, false, ""},
    {POLICY_TOKEN, "hvciEnabled", "true", NULL, false, ""},
    {POLICY_TOKEN, "iommuEnabled", "true", NULL, false, ""},
};

#define RULES (sizeof rules / sizeof rules[0])
_Static_assert(RULES <= sizeof((policy *)0)->judged, "policy.judged is too short");

static bool is_among(const char *words, const char *value) {
  size_t len = strlen(value);
  for (const char *at = words; at != NULL && *at != 0;) {
    size_t n = strcspn(at, "|");
    if (n == len && memcmp(at, value, n) == 0) return true;
    at += n + (at[n] == '|');
  }
  return false;
}

static policy_verdict judge(const rule *r, const char *value, const char *grade) {
  bool is_attested = grade == NULL || strcmp(grade, "attested") == 0;
  bool is_good = is_among(r->good, value);
  if (grade != NULL && strcmp(grade, "not-applicable") == 0) return POLICY_SAYS_NOTHING;
  if (r->bad == NULL) return is_good && is_attested ? POLICY_GOOD : POLICY_SAYS_NOTHING;
  if (!is_attested) return POLICY_UNSHOWN;
  if (is_good) return POLICY_GOOD;
  return strcmp(r->bad, "*") == 0 || is_among(r->bad, value) ? POLICY_BAD : POLICY_SAYS_NOTHING;
}

void policy_outcome_add(policy_outcome *self, policy_decision decision, const char *fields) {
  size_t len = strlen(self->fields);
  if (decision > self->decision || decision == POLICY_HEALTHY) return;
  if (decision < self->decision) len = 0;
  self->decision = decision;
  snprintf(self->fields + len, sizeof self->fields - len, "%s%s", len > 0 ? ", " : "", fields);
}

static void write_line(policy *self, const char *field, const char *value, const char *grade,
                       policy_verdict verdict, const char *why) {
  static const struct {
    const char *word;
    policy_decision decision;
  } verdicts[] = {
      [POLICY_SAYS_NOTHING] = {"says nothing", POLICY_HEALTHY},
      [POLICY_GOOD] = {"good", POLICY_HEALTHY},
      [POLICY_UNSHOWN] = {"not shown", POLICY_NOT_SHOWN},
      [POLICY_BAD] = {"BAD", POLICY_NOT_HEALTHY},
  };
  fputs("  ", self->out);
  show_cell(self->out, field, 32);
  fputs("  ", self->out);
  show_cell(self->out, value, VALUE_MAX);
  if (grade != NULL) {
    fputs("  ", self->out);
    show_cell(self->out, grade, 14);
  }
  fprintf(self->out, "  %s%s%s\n", verdicts[verdict].word, why[0] != '\0' ? ": " : "", why);
  policy_outcome_add(&self->outcome, verdicts[verdict].decision, field);
}

const char *policy_word(policy_decision decision) {
  static const char *const words[] = {[POLICY_NOT_HEALTHY] = "not healthy",
                                      [POLICY_NOT_SHOWN] = "not shown",
                                      [POLICY_HEALTHY] = "healthy"};
  return words[decision];
}

void policy_begin(policy *self, policy_source source, FILE *out) {
  *self = (policy){.source = source, .out = out, .outcome = {.decision = POLICY_HEALTHY}};
}

void policy_field(policy *self, const char *field, const char *value, const char *grade) {
  for (size_t i = 0; i < RULES; i++) {
    if (rules[i].source != self->source || strcmp(rules[i].field, field) != 0) continue;
    policy_verdict verdict = judge(&rules[i], value, grade);
    self->judged[i] = true;
    write_line(self, field, value, grade, verdict, verdict == POLICY_BAD ? rules[i].why : "");
    return;
  }
  write_line(self, field, value, grade, POLICY_SAYS_NOTHING, "");
}

void policy_end(policy *self, policy_outcome *outcome) {
  for (size_t i = 0; i < RULES; i++) {
    if (rules[i].source == self->source && rules[i].needed && !self->judged[i])
      write_line(self, rules[i].field, "(missing)", NULL, POLICY_UNSHOWN, "");
  }
  policy_outcome_add(outcome, self->outcome.decision, self->outcome.fields);
}
