/* SPDX-License-Identifier: MIT */
/* What PCR values a log makes, and whether a TPM's are these. */
#include "tpm/eventlog/log.h"

enum { LOCALITY_HCRTM = 4, FIRST_DRTM = 17, LAST_DRTM = 22, PCR_BOOT_MANAGER = 5 };

/* StartupLocality, TCG PC Client PFP 10.4.5.3: PCR 0 begins with the locality of TPM2_Startup, or
 * with 4 where an H-CRTM was measured before it. */
static uint8_t startup_locality(const omadm_eventlog *log) {
  static const char signature[] = "StartupLocality";
  for (size_t i = 0; i < log->n; i++) {
    const omadm_event *e = &log->entries[i].event;
    if (e->pcr == 0 && e->type == EV_EFI_HCRTM_EVENT) return LOCALITY_HCRTM;
    if (e->pcr == 0 && e->type == EV_NO_ACTION && e->data.len == sizeof signature + 1 &&
        memcmp(e->data.ptr, signature, sizeof signature) == 0) {
      return (uint8_t)e->data.ptr[sizeof signature];
    }
  }
  return 0;
}

static size_t bank_size(const omadm_eventlog *log, uint16_t bank) {
  for (size_t i = 0; i < log->n_algs; i++) {
    if (log->algs[i].id == bank) return log->algs[i].size;
  }
  return 0;
}

/* PCRs 17 to 22 stand at FF until a dynamic launch sets them to zero. */
static void set_start(const omadm_eventlog *log, uint32_t pcr, bool launched,
                      uint8_t value[DIGEST_MAX], size_t size) {
  bool dynamic = pcr >= FIRST_DRTM && pcr <= LAST_DRTM;
  memset(value, 0, DIGEST_MAX);
  memset(value, dynamic && !launched ? 0xFF : 0, size);
  if (pcr == 0) value[size - 1] = startup_locality(log);
}

omadm_err omadm_eventlog_replay(const omadm_eventlog *log, uint16_t bank, omadm_tpm_pcrs *pcrs,
                                uint32_t *extended) {
  uint8_t probe[DIGEST_MAX];
  size_t size = bank_size(log, bank);
  *extended = 0;
  memset(pcrs, 0, sizeof *pcrs);
  if (size == 0 || digest_make(bank, (omadm_str){"", 0}, probe) != size) {
    return OMADM_E_UNSUPPORTED;
  }
  pcrs->bank = bank;
  pcrs->digest_len = (uint16_t)size;
  pcrs->mask = OMADM_TPM_ALL_PCRS;
  for (uint32_t pcr = 0; pcr < OMADM_TPM_PCRS; pcr++)
    set_start(log, pcr, false, pcrs->values[pcr], size);
  for (size_t i = 0; i < log->n; i++) {
    const omadm_event *e = &log->entries[i].event;
    omadm_str digest = omadm_eventlog_digest(log, i, bank);
    if (!event_is_measured(e) || digest.len == 0) continue;
    if ((*extended & 1U << e->pcr) == 0) set_start(log, e->pcr, true, pcrs->values[e->pcr], size);
    *extended |= 1U << e->pcr;
    digest_extend(bank, pcrs->values[e->pcr], digest);
  }
  return OMADM_OK;
}

/* A PCR without entries: as a start leaves it, or a dynamic launch that extended nothing into it.
 */
static bool is_untouched(uint32_t pcr, const uint8_t quoted[DIGEST_MAX], size_t size) {
  static const uint8_t zeros[DIGEST_MAX] = {0};
  return pcr >= FIRST_DRTM && pcr <= LAST_DRTM && memcmp(quoted, zeros, size) == 0;
}

/* Some firmware extends PCR 5 at the end of the boot services and no longer logs it; what it then
 * measured can only be one of these (TCG PC Client PFP 2.3.4.6). */
static bool boot_services_ended(uint16_t bank, const uint8_t logged[DIGEST_MAX],
                                const uint8_t quoted[DIGEST_MAX], size_t size) {
  static const omadm_str invocation = OMADM_STR("Exit Boot Services Invocation");
  static const omadm_str failure = OMADM_STR("Exit Boot Services Returned with Failure");
  static const omadm_str success = OMADM_STR("Exit Boot Services Returned with Success");
  const omadm_str *const runs[][4] = {{&invocation, &success, NULL},
                                      {&invocation, &failure, NULL},
                                      {&invocation, &failure, &success, NULL}};
  for (size_t run = 0; run < sizeof runs / sizeof runs[0]; run++) {
    uint8_t value[DIGEST_MAX], digest[DIGEST_MAX];
    memcpy(value, logged, DIGEST_MAX);
    for (const omadm_str *const *action = runs[run]; *action != NULL; action++) {
      omadm_str d = {(const char *)digest, digest_make(bank, **action, digest)};
      digest_extend(bank, value, d);
    }
    if (memcmp(value, quoted, size) == 0) return true;
  }
  return false;
}

omadm_err omadm_eventlog_compare(const omadm_eventlog *log, const omadm_tpm_pcrs *quoted,
                                 uint32_t *agree, uint32_t *differ) {
  omadm_tpm_pcrs own;
  uint32_t extended = 0;
  *agree = *differ = 0;
  omadm_err err = omadm_eventlog_replay(log, quoted->bank, &own, &extended);
  if (err != 0) return err;
  if (own.digest_len != quoted->digest_len) return OMADM_E_ARGUMENT;
  for (uint32_t pcr = 0; pcr < OMADM_TPM_PCRS; pcr++) {
    uint32_t bit = 1U << pcr;
    if ((quoted->mask & bit) == 0) continue;
    bool same = memcmp(own.values[pcr], quoted->values[pcr], own.digest_len) == 0;
    if ((extended & bit) == 0)
      same = same || is_untouched(pcr, quoted->values[pcr], own.digest_len);
    else if (!same && pcr == PCR_BOOT_MANAGER) {
      same = boot_services_ended(own.bank, own.values[pcr], quoted->values[pcr], own.digest_len);
    }
    if (same)
      *agree |= bit;
    else if ((extended & bit) != 0)
      *differ |= bit;
  }
  return OMADM_OK;
}
