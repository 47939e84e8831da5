/* SPDX-License-Identifier: MIT */
#include "conformance/boot/play.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "conformance/boot/parts.h"

enum { BANKS_MAX = 16, FIRST_DRTM = 17, LAST_DRTM = 22 };

/* A TPM, and the banks that it and the log have in common. */
typedef struct player {
  TSS2_TCTI_CONTEXT *tcti;
  ESYS_CONTEXT *esys;
  const omadm_eventlog *log;
  uint16_t banks[BANKS_MAX];
  size_t n_banks;
  omadm_error *error;
} player;

static omadm_err tpm_failed(const player *p, const char *what, TSS2_RC rc) {
  return omadm_error_set(p->error, OMADM_E_IO, "%s: %s (0x%08" PRIx32 ")", what, Tss2_RC_Decode(rc),
                         rc);
}

static omadm_err connect(player *p, const char *tcti) {
  TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti, &p->tcti);
  if (rc == 0) rc = Esys_Initialize(&p->esys, p->tcti, NULL);
  return rc == 0 ? OMADM_OK : tpm_failed(p, tcti, rc);
}

static bool log_has(const omadm_eventlog *log, uint16_t bank) {
  uint16_t banks[BANKS_MAX];
  size_t n = omadm_eventlog_banks(log, banks, BANKS_MAX);
  for (size_t i = 0; i < n && i < BANKS_MAX; i++) {
    if (banks[i] == bank) return true;
  }
  return false;
}

/* A bank is allocated where its selection holds any PCR. */
static bool is_allocated(const TPMS_PCR_SELECTION *s) {
  for (size_t i = 0; i < s->sizeofSelect && i < sizeof s->pcrSelect; i++) {
    if (s->pcrSelect[i] != 0) return true;
  }
  return false;
}

static omadm_err find_banks(player *p) {
  TPMS_CAPABILITY_DATA *data = NULL;
  TPMI_YES_NO more = 0;
  TSS2_RC rc = Esys_GetCapability(p->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_PCRS,
                                  0, 1, &more, &data);
  if (rc != 0) return tpm_failed(p, "the TPM does not say which PCR banks it has", rc);
  const TPML_PCR_SELECTION *all = &data->data.assignedPCR;
  for (size_t i = 0; i < all->count && p->n_banks < BANKS_MAX; i++) {
    uint16_t bank = all->pcrSelections[i].hash;
    if (is_allocated(&all->pcrSelections[i]) && log_has(p->log, bank)) {
      p->banks[p->n_banks++] = bank;
    }
  }
  Esys_Free(data);
  if (p->n_banks > 0) return OMADM_OK;
  return omadm_error_set(p->error, OMADM_E_REFUSED,
                         "the TPM has allocated no PCR bank that the log carries");
}

static omadm_err read_pcr(player *p, uint16_t bank, uint32_t pcr, TPM2B_DIGEST *value) {
  TPML_PCR_SELECTION want = {1, {{bank, 3, {0}}}};
  TPML_DIGEST *values = NULL;
  want.pcrSelections[0].pcrSelect[pcr / 8] = (BYTE)(1U << pcr % 8);
  TSS2_RC rc =
      Esys_PCR_Read(p->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &want, NULL, NULL, &values);
  if (rc != 0) return tpm_failed(p, "the TPM's PCRs cannot be read", rc);
  if (values->count == 1)
    *value = values->digests[0];
  else
    value->size = 0;
  Esys_Free(values);
  return OMADM_OK;
}

/* The locality that the log says the TPM was started at; 4 stands for an H-CRTM. */
static uint8_t find_locality(const omadm_eventlog *log) {
  static const char signature[] = "StartupLocality";
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    const omadm_event *e = omadm_eventlog_at(log, i);
    if (e->pcr == 0 && e->type == EV_EFI_HCRTM_EVENT) return 4;
    if (e->pcr == 0 && e->type == EV_NO_ACTION && e->data.len == sizeof signature + 1 &&
        memcmp(e->data.ptr, signature, sizeof signature) == 0) {
      return (uint8_t)e->data.ptr[sizeof signature];
    }
  }
  return 0;
}

/* Where a start leaves a PCR: zeros, or FF for those of a dynamic launch; the last octet of PCR 0
 * is the locality. */
static omadm_err check_start(player *p, uint16_t bank, uint32_t pcr) {
  TPM2B_DIGEST value = {0};
  uint8_t start[sizeof value.buffer];
  omadm_err err = read_pcr(p, bank, pcr, &value);
  if (err != 0) return err;
  memset(start, pcr >= FIRST_DRTM && pcr <= LAST_DRTM ? 0xFF : 0, sizeof start);
  uint8_t locality = find_locality(p->log);
  bool last = pcr == 0 && value.size > 0;
  uint8_t stands = last ? value.buffer[value.size - 1] : 0;
  if (last) start[value.size - 1] = stands <= 4 ? stands : 0;
  if (value.size == 0 || memcmp(value.buffer, start, value.size) != 0) {
    return omadm_error_set(p->error, OMADM_E_REFUSED,
                           "PCR %" PRIu32 " of the TPM is not where a start leaves it: restart the "
                           "TPM, then play the log",
                           pcr);
  }
  if (last && stands != locality) {
    return omadm_error_set(p->error, OMADM_E_REFUSED,
                           "the log is that of a TPM started at locality %u; this one was started "
                           "at locality %u, so that its PCR 0 can never agree",
                           (unsigned)locality, (unsigned)stands);
  }
  return OMADM_OK;
}

static bool is_measured(const omadm_event *e) {
  return e->type != EV_NO_ACTION && e->pcr < OMADM_TPM_PCRS;
}

static omadm_err check_starts(player *p) {
  uint32_t used = 0;
  for (size_t i = 0; i < omadm_eventlog_count(p->log); i++) {
    const omadm_event *e = omadm_eventlog_at(p->log, i);
    if (is_measured(e)) used |= 1U << e->pcr;
  }
  for (size_t b = 0; b < p->n_banks; b++) {
    for (uint32_t pcr = 0; pcr < OMADM_TPM_PCRS; pcr++) {
      omadm_err err = (used & 1U << pcr) != 0 ? check_start(p, p->banks[b], pcr) : OMADM_OK;
      if (err != 0) return err;
    }
  }
  return OMADM_OK;
}

static omadm_err extend(player *p, size_t i) {
  const omadm_event *e = omadm_eventlog_at(p->log, i);
  TPML_DIGEST_VALUES values = {0};
  for (size_t b = 0; b < p->n_banks; b++) {
    omadm_str digest = omadm_eventlog_digest(p->log, i, p->banks[b]);
    TPMT_HA *to = &values.digests[values.count];
    if (digest.len == 0 || digest.len > sizeof to->digest) continue;
    to->hashAlg = p->banks[b];
    memcpy(&to->digest, digest.ptr, digest.len);
    values.count++;
  }
  /* The handle of a PCR is its number. */
  TSS2_RC rc = Esys_PCR_Extend(p->esys, ESYS_TR_PCR0 + e->pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                               ESYS_TR_NONE, &values);
  if (rc == 0) return OMADM_OK;
  return omadm_error_set(p->error, OMADM_E_IO,
                         "PCR %" PRIu32 " cannot be extended: %s (0x%08" PRIx32 ")", e->pcr,
                         Tss2_RC_Decode(rc), rc);
}

omadm_err play_log(const omadm_eventlog *log, const char *tcti, size_t *n, omadm_error *error) {
  player p = {.log = log, .error = error};
  omadm_err err = connect(&p, tcti);
  *n = 0;
  if (err == 0) err = find_banks(&p);
  if (err == 0) err = check_starts(&p);
  for (size_t i = 0; err == 0 && i < omadm_eventlog_count(log); i++) {
    if (!is_measured(omadm_eventlog_at(log, i))) continue;
    err = extend(&p, i);
    if (err == 0) ++*n;
  }
  Esys_Finalize(&p.esys);
  Tss2_TctiLdr_Finalize(&p.tcti);
  return err;
}
