/* SPDX-License-Identifier: MIT */
/* What the TPM says of itself: properties, clock, random numbers. */
#include "tpm/tss2.h"

#include <string.h>

#include <openssl/crypto.h>

/* One capability; *data by Esys_Free. */
static omadm_tpm_status capability(tss2_link *link, TPM2_CAP what, UINT32 first, UINT32 count,
                                   TPMS_CAPABILITY_DATA **data) {
  TPMI_YES_NO more = 0;
  *data = NULL;
  return tss2_check(link, "TPM2_GetCapability",
                    Esys_GetCapability(link->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, what,
                                       first, count, &more, data));
}

/* Four octets of a text in a property (part 2, 6.13). What cannot be printed is left out. */
static void add_text(char *text, size_t size, UINT32 value) {
  size_t len = strlen(text);
  for (int shift = 24; shift >= 0 && len + 1 < size; shift -= 8) {
    char c = (char)(value >> shift & 0xFF);
    if (c >= ' ' && c <= '~') text[len++] = c;
  }
  text[len] = '\0';
}

static void trim(char *text) {
  size_t len = strlen(text);
  while (len > 0 && text[len - 1] == ' ')
    text[--len] = '\0';
}

typedef struct permanent_flag {
  UINT32 bit;
  uint32_t flag;
} permanent_flag;

static const permanent_flag permanent_flags[] = {
    {TPMA_PERMANENT_INLOCKOUT, OMADM_TPM_IN_LOCKOUT},
    {TPMA_PERMANENT_OWNERAUTHSET, OMADM_TPM_OWNER_AUTH_SET},
    {TPMA_PERMANENT_ENDORSEMENTAUTHSET, OMADM_TPM_ENDORSEMENT_AUTH_SET},
    {TPMA_PERMANENT_LOCKOUTAUTHSET, OMADM_TPM_LOCKOUT_AUTH_SET},
};

static void take_property(omadm_tpm_info *info, const TPMS_TAGGED_PROPERTY *p) {
  switch (p->property) {
  case TPM2_PT_MANUFACTURER:
    add_text(info->manufacturer, sizeof info->manufacturer, p->value);
    break;
  case TPM2_PT_VENDOR_STRING_1:
  case TPM2_PT_VENDOR_STRING_2:
  case TPM2_PT_VENDOR_STRING_3:
  case TPM2_PT_VENDOR_STRING_4: add_text(info->vendor, sizeof info->vendor, p->value); break;
  case TPM2_PT_FIRMWARE_VERSION_1: info->firmware |= (uint64_t)p->value << 32; break;
  case TPM2_PT_FIRMWARE_VERSION_2: info->firmware |= p->value; break;
  case TPM2_PT_LOCKOUT_COUNTER: info->lockout_count = p->value; break;
  case TPM2_PT_MAX_AUTH_FAIL: info->lockout_max = p->value; break;
  case TPM2_PT_PERMANENT:
    for (size_t i = 0; i < sizeof permanent_flags / sizeof *permanent_flags; i++) {
      if ((p->value & permanent_flags[i].bit) != 0) info->flags |= permanent_flags[i].flag;
    }
    break;
  default: break;
  }
}

static omadm_tpm_status take_properties(tss2_link *link, UINT32 first, UINT32 count,
                                        omadm_tpm_info *info) {
  TPMS_CAPABILITY_DATA *data = NULL;
  omadm_tpm_status status = capability(link, TPM2_CAP_TPM_PROPERTIES, first, count, &data);
  if (status != OMADM_TPM_OK) return status;
  for (UINT32 i = 0; i < data->data.tpmProperties.count; i++)
    take_property(info, &data->data.tpmProperties.tpmProperty[i]);
  Esys_Free(data);
  return OMADM_TPM_OK;
}

/* A bank is allocated where it has PCRs. */
static omadm_tpm_status take_banks(tss2_link *link, omadm_tpm_info *info) {
  const uint32_t most = sizeof info->banks / sizeof *info->banks;
  TPMS_CAPABILITY_DATA *data = NULL;
  omadm_tpm_status status = capability(link, TPM2_CAP_PCRS, 0, 1, &data);
  if (status != OMADM_TPM_OK) return status;
  const TPML_PCR_SELECTION *banks = &data->data.assignedPCR;
  for (UINT32 i = 0; i < banks->count && info->n_banks < most; i++) {
    UINT16 bank = banks->pcrSelections[i].hash;
    if (tss2_pcr_mask(banks, bank) != 0) info->banks[info->n_banks++] = bank;
  }
  Esys_Free(data);
  return OMADM_TPM_OK;
}

omadm_tpm_status tss2_run_info(tss2_link *link, void *args) {
  omadm_tpm_info info = {.version = 2};
  omadm_tpm_status status = take_properties(link, TPM2_PT_MANUFACTURER, 8, &info);
  if (status == OMADM_TPM_OK) status = take_properties(link, TPM2_PT_PERMANENT, 16, &info);
  if (status == OMADM_TPM_OK) status = take_banks(link, &info);
  if (status != OMADM_TPM_OK) return status;
  trim(info.manufacturer);
  trim(info.vendor);
  *(omadm_tpm_info *)args = info;
  return status;
}

omadm_tpm_status tss2_run_clock(tss2_link *link, void *args) {
  TPMS_TIME_INFO *now = NULL;
  omadm_tpm_status status =
      tss2_check(link, "TPM2_ReadClock",
                 Esys_ReadClock(link->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &now));
  if (status != OMADM_TPM_OK) return status;
  *(omadm_tpm_clock *)args = (omadm_tpm_clock){
      .milliseconds = now->clockInfo.clock,
      .reset_count = now->clockInfo.resetCount,
      .restart_count = now->clockInfo.restartCount,
      .safe = now->clockInfo.safe != 0,
  };
  Esys_Free(now);
  return status;
}

/* A TPM gives at most a digest's length at once. */
omadm_tpm_status tss2_run_random(tss2_link *link, void *args) {
  tss2_random_args *a = args;
  for (size_t got = 0; got < a->n;) {
    TPM2B_DIGEST *octets = NULL;
    omadm_tpm_status status =
        tss2_check(link, "TPM2_GetRandom",
                   Esys_GetRandom(link->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                  (UINT16)(a->n - got), &octets));
    if (status != OMADM_TPM_OK) return status;
    size_t n = octets->size < a->n - got ? octets->size : a->n - got;
    memcpy(a->octets + got, octets->buffer, n);
    OPENSSL_cleanse(octets, sizeof *octets);
    Esys_Free(octets);
    if (n == 0) return OMADM_TPM_IO;
    got += n;
  }
  return OMADM_TPM_OK;
}
