/* SPDX-License-Identifier: MIT */
/* PCR selections and values. */
#include "tpm/tss2.h"

#include <string.h>

/* A TPM reads eight at a time; a value that changes between two of them begins it anew. */
enum { TRIES = 8 };

TPML_PCR_SELECTION tss2_pcr_selection(uint16_t bank, uint32_t mask) {
  TPML_PCR_SELECTION selection = {.count = 1};
  selection.pcrSelections[0].hash = bank;
  selection.pcrSelections[0].sizeofSelect = 3;
  for (unsigned i = 0; i < 3; i++)
    selection.pcrSelections[0].pcrSelect[i] = (BYTE)(mask >> (8 * i));
  return selection;
}

uint32_t tss2_pcr_mask(const TPML_PCR_SELECTION *selection, uint16_t bank) {
  uint32_t mask = 0;
  for (UINT32 i = 0; i < selection->count && i < TPM2_NUM_PCR_BANKS; i++) {
    const TPMS_PCR_SELECTION *s = &selection->pcrSelections[i];
    if (s->hash != bank) continue;
    for (unsigned b = 0; b < s->sizeofSelect && b < sizeof s->pcrSelect; b++)
      mask |= (uint32_t)s->pcrSelect[b] << (8 * b);
  }
  return mask;
}

/* Adds the values that came with this selection, in the order of their numbers. */
static omadm_tpm_status add_values(omadm_tpm_pcrs *pcrs, uint32_t came, const TPML_DIGEST *values) {
  UINT32 next = 0;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((came >> i & 1) == 0) continue;
    if (next == values->count || values->digests[next].size != pcrs->digest_len) {
      return OMADM_TPM_IO;
    }
    memcpy(pcrs->values[i], values->digests[next++].buffer, pcrs->digest_len);
  }
  pcrs->mask |= came;
  return OMADM_TPM_OK;
}

/* One pass over the PCRs of `mask`. *first and *last are the TPM's counter of PCR changes. */
static omadm_tpm_status read_once(tss2_link *link, uint32_t mask, omadm_tpm_pcrs *pcrs,
                                  UINT32 *first, UINT32 *last) {
  pcrs->mask = 0;
  memset(pcrs->values, 0, sizeof pcrs->values);
  for (uint32_t left = mask; left != 0; left = mask & ~pcrs->mask) {
    TPML_PCR_SELECTION *selection = NULL;
    TPML_DIGEST *values = NULL;
    TPML_PCR_SELECTION wanted = tss2_pcr_selection(pcrs->bank, left);
    TSS2_RC rc = Esys_PCR_Read(link->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, last,
                               &selection, &values);
    /* An algorithm that the TPM does not know is a bank that is not allocated. */
    if (tss2_rc_is(rc, TPM2_RC_HASH)) return OMADM_TPM_OK;
    omadm_tpm_status status = tss2_check(link, "TPM2_PCR_Read", rc);
    if (status != OMADM_TPM_OK) return status;
    uint32_t came = tss2_pcr_mask(selection, pcrs->bank) & left;
    if (left == mask) *first = *last;
    if (came != 0) status = add_values(pcrs, came, values);
    Esys_Free(selection);
    Esys_Free(values);
    if (status != OMADM_TPM_OK || came == 0) return status;
  }
  return OMADM_TPM_OK;
}

omadm_tpm_status tss2_pcrs_read(tss2_link *link, omadm_tpm_pcrs *pcrs) {
  uint32_t mask = pcrs->mask;
  pcrs->digest_len = (uint16_t)omadm_tpm_digest_size(pcrs->bank);
  for (int i = 0; i < TRIES; i++) {
    UINT32 first = 0, last = 0;
    omadm_tpm_status status = read_once(link, mask, pcrs, &first, &last);
    if (status != OMADM_TPM_OK || first == last) return status;
  }
  tss2_note(link, OMADM_LOG_WARN, "the PCRs change faster than they can be read");
  return OMADM_TPM_BUSY;
}

omadm_tpm_status tss2_run_pcr_read(tss2_link *link, void *args) {
  omadm_tpm_pcrs pcrs = *(const omadm_tpm_pcrs *)args;
  omadm_tpm_status status = tss2_pcrs_read(link, &pcrs);
  if (status == OMADM_TPM_OK && pcrs.mask == 0) status = OMADM_TPM_UNSUPPORTED;
  if (status == OMADM_TPM_OK) *(omadm_tpm_pcrs *)args = pcrs;
  return status;
}
