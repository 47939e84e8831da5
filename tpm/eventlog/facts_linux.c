/* SPDX-License-Identifier: MIT */
/* Linux boots: what a measured command line says. Nothing that only Windows has is ever claimed. */
#include "tpm/eventlog/facts.h"

#include "base/str.h"
#include "tpm/eventlog/ipl.h"

#define PCR(n) (1U << (n))

enum { PCR_SECURE_BOOT = 7, PCR_GRUB = 8, PCR_STUB = 12, WORD_MAX = 64 };

typedef enum word_kind { WORD_NONE = 0, WORD_DEBUG, WORD_SAFE, WORD_ENFORCE } word_kind;

/* Words of the kernel's command line; one that ends in "=" or "." stands for all that begin so. */
static const struct {
  const char *word;
  word_kind kind;
} words[] = {
    {"kgdboc=", WORD_DEBUG},
    {"kgdbwait", WORD_DEBUG},
    {"ekgdboc=", WORD_DEBUG},
    {"kgdbcon", WORD_DEBUG},
    {"single", WORD_SAFE},
    {"s", WORD_SAFE},
    {"S", WORD_SAFE},
    {"1", WORD_SAFE},
    {"emergency", WORD_SAFE},
    {"rescue", WORD_SAFE},
    {"-b", WORD_SAFE},
    {"systemd.unit=rescue.target", WORD_SAFE},
    {"systemd.unit=emergency.target", WORD_SAFE},
    {"rd.break", WORD_SAFE},
    {"rd.break=", WORD_SAFE},
    {"init=/bin/sh", WORD_SAFE},
    {"init=/bin/bash", WORD_SAFE},
    {"rdinit=/bin/sh", WORD_SAFE},
    {"rdinit=/bin/bash", WORD_SAFE},
    {"ima_appraise=enforce", WORD_ENFORCE},
    {"module.sig_enforce", WORD_ENFORCE},
    {"module.sig_enforce=1", WORD_ENFORCE},
    {"lockdown=integrity", WORD_ENFORCE},
    {"lockdown=confidentiality", WORD_ENFORCE},
    {"roothash=", WORD_ENFORCE},
    {"usrhash=", WORD_ENFORCE},
};

static word_kind classify(omadm_str word) {
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    bool open = words[i].word[strlen(words[i].word) - 1] == '=';
    if (open ? omadm_str_starts(word, words[i].word) : omadm_str_is(word, words[i].word)) {
      return words[i].kind;
    }
  }
  return WORD_NONE;
}

/* What the words of one line come to, as a mask of 1 << word_kind. A character outside ASCII is
 * none of the words looked for. */
static unsigned read_line(const ipl *line) {
  char word[WORD_MAX];
  size_t n = 0, step = line->utf16 ? 2 : 1;
  unsigned found = 0;
  for (size_t i = 0; i <= line->text.len; i += step) {
    bool end = i == line->text.len;
    char c = end ? ' ' : line->text.ptr[i];
    if (!end && line->utf16 && line->text.ptr[i + 1] != '\0') c = '?';
    if (c == '"') continue; /* the kernel takes them off (lib/cmdline.c) */
    if (!omadm_is_space(c)) {
      if (n < sizeof word) word[n++] = c;
      continue;
    }
    found |= 1U << classify((omadm_str){word, n});
    n = 0;
  }
  return found;
}

/* Does this entry show that shim ran? */
static bool is_shim(const evidence *e, size_t i) {
  variable v;
  omadm_str data = e->log->entries[i].event.data;
  return evidence_in(e, i, PCR(PCR_SECURE_BOOT), EV_EFI_VARIABLE_AUTHORITY) &&
         variable_parse(data, &v) && v.vendor == VENDOR_SHIM &&
         authority_is_whole(e->bank, omadm_eventlog_digest(e->log, i, e->bank), data);
}

static void set_not_applicable(omadm_boot_facts *facts) {
  omadm_fact *const none[] = {&facts->bitlocker,
                              &facts->test_signing,
                              &facts->flight_signing,
                              &facts->winpe,
                              &facts->dep_policy,
                              &facts->vsm,
                              &facts->hvci,
                              &facts->iommu,
                              &facts->elam_driver,
                              &facts->boot_manager_svn,
                              &facts->boot_app_svn,
                              &facts->boot_count,
                              &facts->transfer_control,
                              &facts->hypervisor,
                              &facts->vsm_launch_type,
                              &facts->os_device,
                              &facts->boot_revocation_list,
                              &facts->os_revocation_list,
                              &facts->secure_boot_policy};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    none[i]->grade = OMADM_GRADE_NOT_APPLICABLE;
    none[i]->octets = (omadm_str){NULL, 0};
  }
}

/* The running system can extend these PCRs too and add to the log, but not take the boot loader's
 * line away: what is good must stand in each line, what is bad in one. */
bool facts_linux(const evidence *e, omadm_boot_facts *facts) {
  bool linux_booted = false;
  unsigned any = 0, all = ~0U;
  for (size_t i = 0; i < e->log->n; i++) {
    linux_booted = linux_booted || is_shim(e, i);
    if (!evidence_in(e, i, PCR(PCR_GRUB) | PCR(PCR_STUB), EV_IPL)) continue;
    ipl line = ipl_read(e->log, i, e->bank);
    if (line.kind == IPL_COMMAND || line.kind == IPL_COMMAND_LINE) linux_booted = true;
    if (line.kind != IPL_COMMAND_LINE) continue;
    facts->command_line = fact_octets(line.text);
    facts->command_line.value = line.utf16;
    unsigned found = read_line(&line);
    any |= found;
    all &= found;
  }
  if (!linux_booted) return false;
  set_not_applicable(facts);
  facts->boot_debugging = facts->firmware_debugger;
  if (facts->command_line.grade == OMADM_GRADE_ATTESTED) {
    facts->kernel_debugging = fact_attested((any & 1U << WORD_DEBUG) != 0);
    facts->safe_mode = fact_attested((any & 1U << WORD_SAFE) != 0);
    facts->code_integrity = fact_attested((all & 1U << WORD_ENFORCE) != 0);
  }
  return true;
}
