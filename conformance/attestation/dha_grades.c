/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_grades.h"

#include "base/codec.h"
#include "base/str.h"

/* A fact by name, and the element of the report that shows it; NULL: none does. */
typedef struct source {
  const char *name;
  const char *element;
  size_t offset;
} source;

#define FACT(member, element)                                                                      \
  { #member, element, offsetof(omadm_boot_facts, member) }
static const source sources[] = {
    FACT(dep_policy, "DEPPolicy"),
    FACT(bitlocker, "BitlockerStatus"),
    FACT(secure_boot, "SecureBootEnabled"),
    FACT(boot_debugging, "BootDebuggingEnabled"),
    FACT(kernel_debugging, "OSKernelDebuggingEnabled"),
    FACT(code_integrity, "CodeIntegrityEnabled"),
    FACT(test_signing, "TestSigningEnabled"),
    FACT(safe_mode, "SafeMode"),
    FACT(winpe, "WinPE"),
    FACT(elam_driver, "ELAMDriverLoaded"),
    FACT(vsm, "VSMEnabled"),
    FACT(boot_app_svn, "BootAppSVN"),
    FACT(boot_manager_svn, "BootManagerSVN"),
    FACT(secure_boot_policy, "SBCPHash"),
    FACT(boot_revocation_list, "BootRevListInfo"),
    FACT(os_revocation_list, "OSRevListInfo"),
    FACT(firmware_debugger, NULL),
    FACT(flight_signing, NULL),
    FACT(hvci, NULL),
    FACT(iommu, NULL),
    FACT(boot_count, NULL),
    FACT(transfer_control, NULL),
    FACT(hypervisor, NULL),
    FACT(vsm_launch_type, NULL),
    FACT(os_device, NULL),
    FACT(dbx, NULL),
    FACT(sbat, NULL),
    FACT(boot_authority, NULL),
    FACT(command_line, NULL),
};
#define COUNT_FACT_(name, kind, label) +1
_Static_assert(sizeof sources / sizeof sources[0] == 0 OMADM_BOOT_FACTS(COUNT_FACT_),
               "each fact has its place in a report");
#undef COUNT_FACT_

/* Elements that come from the quote and the proof of its key. */
static const char *const quoted[] = {"ResetCount", "RestartCount", "PCRHashAlgorithmID",
                                     "TpmVersion", "PCR0"};
/* Elements that nothing is measured for any more. */
static const char *const obsolete[] = {"BootManagerRevListVersion", "CodeIntegrityRevListVersion"};

static const char *grade_word(omadm_grade grade, bool endorsed) {
  static const char *const words[] = {
      [OMADM_GRADE_UNKNOWN] = "unknown",
      [OMADM_GRADE_ATTESTED] = "attested",
      [OMADM_GRADE_NOT_APPLICABLE] = "not-applicable",
  };
  if (grade == OMADM_GRADE_ATTESTED && !endorsed) return "self-reported";
  return (size_t)grade < sizeof words / sizeof words[0] ? words[grade] : "unknown";
}

static omadm_err add_field(omadm_buf *out, const char *name, const char *grade) {
  return omadm_buf_printf(out, "<Field name=\"%s\" grade=\"%s\"/>", name, grade);
}

static omadm_err add_fields(omadm_buf *out, const char *const *names, size_t n, const char *grade) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; i < n && err == OMADM_OK; i++)
    err = add_field(out, names[i], grade);
  return err;
}

static const omadm_fact *fact_of(const omadm_boot_facts *facts, const source *from) {
  return (const omadm_fact *)(const void *)((const char *)facts + from->offset);
}

static omadm_err add_fact(omadm_buf *out, const char *name, const omadm_fact *fact,
                          const char *grade) {
  omadm_err err = omadm_buf_printf(out, "<Fact name=\"%s\" grade=\"%s\" value=\"%llu\">", name,
                                   grade, (unsigned long long)fact->value);
  if (err == OMADM_OK) err = omadm_hex_encode(fact->octets, out);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Fact>") : err;
}

/* First those that an element of the report shows, then the others. */
static omadm_err add_facts(omadm_buf *out, const omadm_boot_facts *facts, bool endorsed,
                           bool shown) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; i < sizeof sources / sizeof sources[0] && err == OMADM_OK; i++) {
    const omadm_fact *fact = fact_of(facts, &sources[i]);
    const char *grade = grade_word(fact->grade, endorsed);
    if ((sources[i].element != NULL) != shown) continue;
    err = shown ? add_field(out, sources[i].element, grade)
                : add_fact(out, sources[i].name, fact, grade);
  }
  return err;
}

static omadm_err add_policies(omadm_buf *out, const omadm_boot_facts *facts) {
  omadm_err err = OMADM_OK;
  for (size_t i = 1; i < facts->n_policies && i < OMADM_BOOT_POLICIES && err == OMADM_OK; i++) {
    err = omadm_buf_add_text(out, "<Policy>");
    if (err == OMADM_OK) err = omadm_hex_encode(facts->policies[i], out);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "</Policy>");
  }
  return err;
}

static omadm_grade policy_grade(const omadm_boot_facts *facts) {
  if (facts->n_policies > 0) return OMADM_GRADE_ATTESTED;
  return facts->kind == OMADM_BOOT_LINUX ? OMADM_GRADE_NOT_APPLICABLE : OMADM_GRADE_UNKNOWN;
}

omadm_err dha_grades_write(const omadm_boot_facts *facts, bool endorsed, omadm_buf *out) {
  static const char *const kinds[] = {
      [OMADM_BOOT_UNKNOWN] = "unknown",
      [OMADM_BOOT_WINDOWS] = "windows",
      [OMADM_BOOT_LINUX] = "linux",
  };
  omadm_err err = omadm_buf_printf(out, "<Grades xmlns=\"" DHA_GRADES_SPACE "\" boot=\"%s\">",
                                   kinds[facts->kind]);
  /* The service itself found out whether the key is endorsed. */
  if (err == OMADM_OK) err = add_field(out, "AIKPresent", "attested");
  if (err == OMADM_OK)
    err = add_fields(out, quoted, sizeof quoted / sizeof quoted[0],
                     grade_word(OMADM_GRADE_ATTESTED, endorsed));
  if (err == OMADM_OK)
    err = add_fields(out, obsolete, sizeof obsolete / sizeof obsolete[0], "not-applicable");
  if (err == OMADM_OK) err = add_field(out, "CIPolicy", grade_word(policy_grade(facts), endorsed));
  if (err == OMADM_OK) err = add_facts(out, facts, endorsed, true);
  if (err == OMADM_OK) err = add_facts(out, facts, endorsed, false);
  if (err == OMADM_OK) err = add_policies(out, facts);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Grades>") : err;
}
