/* SPDX-License-Identifier: MIT */
/* The connection to the TPM: opened by the first job that needs it, dropped when it breaks. */
#include "tpm/tss2.h"

#include "base/clock.h"

enum { TAG_TPM_1_2 = 0x00C4, HEADER = 10, ANSWER_MAX = 4096 };

/* The first question, TPM2_GetCapability of TPM_PT_FAMILY_INDICATOR, is asked without ESAPI, which
 * keeps the tag of the answer to itself: a TPM 1.2 has one of its own (TPM 2.0 Library, part
 * 2, 6.9, TPM_ST_RSP_COMMAND). *rc is what the TPM said. */
static omadm_tpm_status greet(tss2_link *link, TSS2_RC *rc) {
  static const uint8_t question[] = {0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7A, 0,
                                     0,    0,    6, 0, 0, 1,  0, 0, 0,    0,    1};
  uint8_t answer[ANSWER_MAX];
  size_t len = sizeof answer;
  TSS2_RC failed = Tss2_Tcti_Transmit(link->tcti, sizeof question, question);
  if (failed == 0) failed = Tss2_Tcti_Receive(link->tcti, &len, answer, TSS2_TCTI_TIMEOUT_BLOCK);
  if (failed != 0) return tss2_check(link, "the connection to the TPM", failed);
  if (len < HEADER) {
    tss2_note(link, OMADM_LOG_WARN, "the TPM's first answer has %zu octets", len);
    return OMADM_TPM_IO;
  }
  link->old_family = (answer[0] << 8 | answer[1]) == TAG_TPM_1_2;
  if (link->old_family) {
    tss2_note(link, OMADM_LOG_WARN, "it is a TPM 1.2, which cannot be used");
    return OMADM_TPM_UNSUPPORTED;
  }
  *rc = (TSS2_RC)answer[6] << 24 | (TSS2_RC)answer[7] << 16 | (TSS2_RC)answer[8] << 8 | answer[9];
  return OMADM_TPM_OK;
}

/* TPM2_Startup, where it is ours to send and wanted. */
static omadm_tpm_status start(tss2_link *link, TSS2_RC rc) {
  if (rc != TPM2_RC_INITIALIZE || !link->port.startup) {
    return tss2_check(link, "TPM2_GetCapability", rc);
  }
  return tss2_check(link, "TPM2_Startup", Esys_Startup(link->esys, TPM2_SU_CLEAR));
}

omadm_tpm_status tss2_link_open(tss2_link *link) {
  if (link->esys != NULL) return OMADM_TPM_OK;
  link->old_family = false;
  omadm_tpm_status status = link->port.open(link->port.ctx, link, &link->tcti);
  if (status != OMADM_TPM_OK) return status;
  TSS2_RC rc = 0;
  status = greet(link, &rc);
  if (status == OMADM_TPM_OK) {
    status = tss2_check(link, "Esys_Initialize", Esys_Initialize(&link->esys, link->tcti, NULL));
  }
  if (status == OMADM_TPM_OK) status = start(link, rc);
  if (status != OMADM_TPM_OK) tss2_link_close(link);
  return status;
}

void tss2_link_close(tss2_link *link) {
  if (link->esys != NULL) Esys_Finalize(&link->esys);
  link->esys = NULL;
  if (link->tcti != NULL) link->port.close(link->port.ctx, &link->tcti);
  link->tcti = NULL;
}

void tss2_flush(tss2_link *link, ESYS_TR *object) {
  if (*object == ESYS_TR_NONE) return;
  /* Nobody else would release it: it is tried also after the deadline, and again where the TPM is
   * busy. */
  for (int ms = 1;; ms *= 2) {
    omadm_tpm_status status =
        tss2_check(link, "TPM2_FlushContext", Esys_FlushContext(link->esys, *object));
    if (status != OMADM_TPM_BUSY || omadm_clock_ms() >= link->until) break;
    omadm_clock_sleep(ms);
  }
  *object = ESYS_TR_NONE;
}
