/* SPDX-License-Identifier: MIT */
/* First octet: 1 for IMA's list, else a boot log. What parses replays to PCRs that it agrees with,
 * is described in any room, and gives facts that lie inside it. */
#include <omadm/eventlog.h>

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void check_span(omadm_str all, omadm_str part) {
  if (part.len == 0) return;
  require(part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

static void check_facts(const omadm_eventlog *log, uint16_t bank, omadm_str all) {
  omadm_boot_facts facts;
  omadm_boot_facts_derive(log, bank, OMADM_TPM_ALL_PCRS, &facts);
#define CHECK_(name, kind, label) check_span(all, facts.name.octets);
  OMADM_BOOT_FACTS(CHECK_)
#undef CHECK_
  for (size_t i = 0; i < facts.n_policies && i < OMADM_BOOT_POLICIES; i++)
    check_span(all, facts.policies[i]);
}

static void check_bank(const omadm_eventlog *log, uint16_t bank, omadm_str all) {
  omadm_tpm_pcrs pcrs;
  omadm_error error = {0};
  uint32_t extended = 0, agree = 0, differ = 0;
  omadm_err err = omadm_eventlog_replay(log, bank, &pcrs, &extended);
  omadm_err checked = omadm_eventlog_check(log, bank, &error);
  require(checked == error.code);
  if (err == OMADM_OK) {
    require(checked == OMADM_OK || checked == OMADM_E_REFUSED);
    require(omadm_eventlog_compare(log, &pcrs, &agree, &differ) == OMADM_OK);
    require(agree == OMADM_TPM_ALL_PCRS && differ == 0);
  } else {
    require(err == OMADM_E_UNSUPPORTED && checked == OMADM_E_UNSUPPORTED);
  }
  check_facts(log, bank, all);
}

static void check_entries(const omadm_eventlog *log, omadm_str all) {
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    char line[100];
    const omadm_event *e = omadm_eventlog_at(log, i);
    check_span(all, e->data);
    require(e->offset < all.len);
    memset(line, 'x', sizeof line);
    omadm_event_describe(e, line, sizeof line - i % 64);
    require(memchr(line, '\0', sizeof line - i % 64) != NULL);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  if (n == 0) return 0;
  omadm_str all = {(const char *)octets + 1, n - 1};
  omadm_eventlog *log = NULL;
  omadm_tpm_digest pcr10;
  if (octets[0] == 1) {
    omadm_imalog_replay(all, OMADM_TPM_SHA1, &pcr10, NULL, NULL);
    omadm_imalog_replay(all, OMADM_TPM_SHA384, &pcr10, NULL, NULL);
    return 0;
  }
  if (omadm_eventlog_parse(all, &log, NULL) != OMADM_OK) return 0;
  uint16_t banks[16];
  size_t many = omadm_eventlog_banks(log, banks, 16);
  for (size_t i = 0; i < many; i++)
    check_bank(log, banks[i], all);
  check_entries(log, all);
  omadm_eventlog_free(log);
  return 0;
}
