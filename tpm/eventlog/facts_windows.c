/* SPDX-License-Identifier: MIT */
/*
 * Windows boots, by the rules of the sample policy that Microsoft publishes with the
 * HealthAttestation CSP: most facts are decided over the values in the trust boundaries of a set of
 * PCRs, where a single value to the contrary, or none at all, gives the answer that is safe.
 */
#include "tpm/eventlog/facts.h"

#include "base/str.h"

#define PCR(n) (1U << (n))
#define SET_S (PCR(12) | PCR(19))
#define SET_B (PCR(12) | PCR(13) | PCR(19) | PCR(20))
/* Of a dynamic launch. The running system can make one, at any time. */
#define LAUNCH (PCR(19) | PCR(20))

enum {
  TRUSTBOUNDARY = 0x40010001,
  LOADEDMODULE = 0x40010003,
  TRANSFER_CONTROL = 0x00020003,
  APPLICATION_SVN = 0x00020009,
  SI_POLICY = 0x0005000F,
  SBCP_INFO = 0x00050029,
  FILEPATH = 0x00070001,
  IMAGEVALIDATED = 0x0007000A
};

typedef enum rule_kind {
  ALL_TRUE, /* 1 where each value is true */
  ALL_ONE, /* 1 where each value is 1 */
  ALL_FALSE, /* 0 where each value is false, else 1 */
  FIRST,
  FIRST_NONZERO,
  LAST,
  FIRST_OCTETS
} rule_kind;

/* clang-format off */
static const struct rule {
  size_t fact; /* its place in omadm_boot_facts */
  uint32_t pcrs;
  rule_kind kind;
  uint32_t ids[2]; /* the second is 0 where there is one only */
} rules[] = {
#define RULE(fact, pcrs, kind, ...) {offsetof(omadm_boot_facts, fact), (pcrs), (kind), {__VA_ARGS__}}
    RULE(bitlocker, PCR(12), FIRST_NONZERO, 0x00020005),
    RULE(boot_debugging, SET_B, ALL_FALSE, 0x00040001),
    RULE(kernel_debugging, SET_B, ALL_FALSE, 0x00050001),
    RULE(code_integrity, SET_B, ALL_TRUE, 0x00050002),
    RULE(test_signing, SET_B, ALL_FALSE, 0x00050003),
    RULE(flight_signing, SET_B, ALL_FALSE, 0x00050021),
    RULE(safe_mode, SET_B, ALL_FALSE, 0x00050005),
    RULE(winpe, SET_B, ALL_FALSE, 0x00050006),
    RULE(dep_policy, SET_B, LAST, 0x00050004),
    RULE(vsm, SET_S, ALL_TRUE, 0x000A0001, 0x000A0006),
    RULE(hvci, SET_S, ALL_ONE, 0x000A0007),
    RULE(iommu, SET_B, ALL_TRUE, 0x000A0003),
    RULE(boot_count, SET_B, FIRST, 0x00020002),
    RULE(transfer_control, PCR(12), FIRST_NONZERO, TRANSFER_CONTROL),
    RULE(hypervisor, SET_B, FIRST, 0x0005000A),
    RULE(vsm_launch_type, SET_B, FIRST, 0x00050012),
    RULE(os_device, SET_B, FIRST, 0x00050008),
    RULE(boot_revocation_list, PCR(13), FIRST_OCTETS, 0x00040002),
    RULE(os_revocation_list, PCR(13), FIRST_OCTETS, 0x00050013),
#undef RULE
};
/* clang-format on */

static bool each_value_is(rule_kind kind, uint64_t value) {
  if (kind == ALL_FALSE) return value == 0;
  return kind == ALL_ONE ? value == 1 : value != 0;
}

static bool is_about(const struct rule *rule, uint32_t id) {
  return id != 0 && (id == rule->ids[0] || id == rule->ids[1]);
}

/* A value that can only take away from a fact. */
static void worsen(const struct rule *rule, const omadm_sipa *element, omadm_fact *fact) {
  uint64_t value = 0;
  if (rule->kind != ALL_TRUE && rule->kind != ALL_ONE && rule->kind != ALL_FALSE) return;
  bool number = omadm_sipa_uint(element->value, &value) != 0;
  if (!number || !each_value_is(rule->kind, value)) *fact = fact_attested(rule->kind == ALL_FALSE);
}

/* One more value for a fact. `first` also where those before it were no numbers. */
static void apply(const struct rule *rule, const omadm_sipa *element, omadm_fact *fact) {
  bool first = fact->grade != OMADM_GRADE_ATTESTED;
  uint64_t value = 0;
  bool number = omadm_sipa_uint(element->value, &value) != 0;
  switch (rule->kind) {
  case ALL_TRUE:
  case ALL_ONE:
  case ALL_FALSE: {
    bool good = number && each_value_is(rule->kind, value);
    uint64_t answer = rule->kind == ALL_FALSE ? 0 : 1;
    if (!good)
      *fact = fact_attested(!answer);
    else if (first)
      *fact = fact_attested(answer);
    break;
  }
  case FIRST:
    if (first && number) *fact = fact_attested(value);
    break;
  case FIRST_NONZERO:
    if (number && (first || fact->value == 0)) *fact = fact_attested(value);
    break;
  case LAST:
    if (number) *fact = fact_attested(value);
    break;
  case FIRST_OCTETS:
    if (first) *fact = fact_octets(element->value);
    break;
  }
}

/* The digest inside SBCP_INFO: version, its offset, algorithm, length, options, signers. */
static void read_sbcp(omadm_str info, omadm_boot_facts *facts) {
  if (info.len < 20 || facts->secure_boot_policy.grade == OMADM_GRADE_ATTESTED) return;
  uint32_t offset = omadm_le32(info.ptr + 4), size = omadm_le16(info.ptr + 10);
  if (offset > info.len || size > info.len - offset || size == 0) return;
  facts->secure_boot_policy = fact_octets((omadm_str){info.ptr + offset, size});
}

static bool is_defender(omadm_str path) {
  static const char *const files[] = {"\\windows\\system32\\drivers\\wdboot.sys",
                                      "\\windows\\system32\\drivers\\wd\\wdboot.sys"};
  char text[256];
  if (path.len >= 2 && omadm_le16(path.ptr + path.len - 2) == 0) path.len -= 2;
  if (!utf16_text(path, text, sizeof text)) return false;
  return omadm_str_equal_nocase(omadm_str_of(text), omadm_str_of(files[0])) ||
         omadm_str_equal_nocase(omadm_str_of(text), omadm_str_of(files[1]));
}

static void read_module(omadm_str run, bool counts, omadm_boot_facts *facts) {
  omadm_sipa element;
  bool validated = false, defender = false;
  while (omadm_sipa_next(&run, &element) > 0) {
    uint64_t value = 0;
    if (element.id == IMAGEVALIDATED)
      validated = omadm_sipa_uint(element.value, &value) != 0 && value == 1;
    if (element.id == FILEPATH) defender = is_defender(element.value);
  }
  facts->n_modules++;
  if (counts && validated && defender) facts->elam_driver.value = 1;
}

static void read_boundary(omadm_str run, uint32_t pcr, omadm_boot_facts *facts) {
  omadm_sipa element;
  bool launch = (LAUNCH & PCR(pcr)) != 0;
  while (omadm_sipa_next(&run, &element) > 0) {
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
      const struct rule *rule = &rules[r];
      if (!is_about(rule, element.id) || (rule->pcrs & PCR(pcr)) == 0) continue;
      (launch ? worsen : apply)(rule, &element, (omadm_fact *)(void *)((char *)facts + rule->fact));
    }
    if (element.id == LOADEDMODULE)
      read_module(element.value, !launch && (SET_B & PCR(pcr)) != 0, facts);
    if (element.id == SBCP_INFO && !launch) read_sbcp(element.value, facts);
    if (element.id != SI_POLICY || pcr != 13) continue;
    if (facts->n_policies < OMADM_BOOT_POLICIES) facts->policies[facts->n_policies] = element.value;
    facts->n_policies++;
  }
}

/* The number of the first element of that id in the run. */
static bool find_number(omadm_str run, uint32_t id, uint64_t *value) {
  omadm_sipa element;
  while (omadm_sipa_next(&run, &element) > 0) {
    if (element.id == id && omadm_sipa_uint(element.value, value) != 0) return true;
  }
  return false;
}

/* The boot manager's security version stands before it passes control on, the loader's after that:
 * told by the order within PCR 12, which the PCR proves. Of several applications the lowest
 * version counts. */
typedef enum svn_state { AT_MANAGER, AT_TRANSFER, AT_LOADER } svn_state;

static svn_state search_svn(svn_state state, omadm_str boundary, omadm_boot_facts *facts) {
  uint64_t value = 0;
  bool found = find_number(boundary, APPLICATION_SVN, &value);
  if (state == AT_LOADER) {
    omadm_fact *fact = &facts->boot_app_svn;
    if (found && (fact->grade != OMADM_GRADE_ATTESTED || value < fact->value))
      *fact = fact_attested(value);
    return state;
  }
  if (state == AT_MANAGER && found) {
    facts->boot_manager_svn = fact_attested(value);
    state = AT_TRANSFER;
  }
  bool transfer = state == AT_TRANSFER && find_number(boundary, TRANSFER_CONTROL, &value);
  return transfer && (value == 1 || value == 2) ? AT_LOADER : state;
}

/* The trust boundaries of one PCR; false where it holds none. */
static bool read_pcr(const evidence *e, uint32_t pcr, omadm_boot_facts *facts) {
  svn_state svn = AT_MANAGER;
  bool found = false;
  for (size_t i = 0; i < e->log->n; i++) {
    /* After its separator anybody can extend a PCR and write an entry. */
    if (evidence_in(e, i, PCR(pcr), EV_SEPARATOR)) break;
    if (!evidence_in(e, i, PCR(pcr), EV_EVENT_TAG) || !evidence_is_whole(e, i)) continue;
    omadm_str run = e->log->entries[i].event.data;
    omadm_sipa element;
    while (omadm_sipa_next(&run, &element) > 0) {
      if (element.id != TRUSTBOUNDARY) continue;
      found = true;
      read_boundary(element.value, pcr, facts);
      if (pcr == 12) svn = search_svn(svn, element.value, facts);
    }
  }
  return found;
}

/* One PCR after another: no PCR proves the order of entries in two of them, so that nothing may
 * follow from it. */
bool facts_windows(const evidence *e, omadm_boot_facts *facts) {
  static const uint32_t pcrs[] = {12, 13, 14};
  bool found = false;
  /* What PCR 7 says of a policy may be of the running system; PCRs 12 and 13 are closed. */
  const omadm_fact late = facts->secure_boot_policy;
  facts->secure_boot_policy = (omadm_fact){0};
  for (size_t i = 0; i < sizeof pcrs / sizeof pcrs[0]; i++)
    found = read_pcr(e, pcrs[i], facts) || found;
  if (facts->secure_boot_policy.grade != OMADM_GRADE_ATTESTED) facts->secure_boot_policy = late;
  if (!found) return false;
  facts->elam_driver.grade = OMADM_GRADE_ATTESTED;
  (void)read_pcr(e, 19, facts);
  (void)read_pcr(e, 20, facts);
  return true;
}
