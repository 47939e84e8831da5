/* SPDX-License-Identifier: MIT */
/* From response codes (TPM 2.0 Library, part 2, 6.6) to statuses. */
#include "tpm/tss2.h"

#include <stdarg.h>
#include <stdio.h>

#include <tss2/tss2_rc.h>

typedef struct meaning {
  TSS2_RC rc;
  omadm_tpm_status status;
} meaning;

/* Format one, without the number of the handle, session or parameter. */
static const meaning format_one[] = {
    {TPM2_RC_HANDLE, OMADM_TPM_NOT_FOUND},
    {TPM2_RC_AUTH_FAIL, OMADM_TPM_AUTH},
    {TPM2_RC_BAD_AUTH, OMADM_TPM_AUTH},
    {TPM2_RC_POLICY_FAIL, OMADM_TPM_AUTH},
    {TPM2_RC_PP, OMADM_TPM_AUTH},
    {TPM2_RC_INTEGRITY, OMADM_TPM_INTEGRITY},
    {TPM2_RC_BINDING, OMADM_TPM_INTEGRITY},
    {TPM2_RC_ASYMMETRIC, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_HASH, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_HIERARCHY, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_KEY_SIZE, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_KDF, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_SCHEME, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_SYMMETRIC, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_MODE, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_CURVE, OMADM_TPM_UNSUPPORTED},
};

/* INITIALIZE and the references to objects that are gone are IO: the TPM was started anew under
 * this connection, and another one helps. */
static const meaning format_zero[] = {
    {TPM2_RC_INITIALIZE, OMADM_TPM_IO},
    {TPM2_RC_DISABLED, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_COMMAND_CODE, OMADM_TPM_UNSUPPORTED},
    {TPM2_RC_AUTH_TYPE, OMADM_TPM_AUTH},
    {TPM2_RC_AUTH_MISSING, OMADM_TPM_AUTH},
    {TPM2_RC_AUTH_UNAVAILABLE, OMADM_TPM_AUTH},
    {TPM2_RC_NV_AUTHORIZATION, OMADM_TPM_AUTH},
    {TPM2_RC_NV_LOCKED, OMADM_TPM_AUTH},
    {TPM2_RC_NV_UNINITIALIZED, OMADM_TPM_NOT_FOUND},
    {TPM2_RC_SENSITIVE, OMADM_TPM_INTEGRITY},
    {TPM2_RC_LOCKOUT, OMADM_TPM_LOCKOUT},
    {TPM2_RC_RETRY, OMADM_TPM_BUSY},
    {TPM2_RC_YIELDED, OMADM_TPM_BUSY},
    {TPM2_RC_TESTING, OMADM_TPM_BUSY},
    {TPM2_RC_CANCELED, OMADM_TPM_BUSY},
    {TPM2_RC_NV_RATE, OMADM_TPM_BUSY},
    {TPM2_RC_NV_UNAVAILABLE, OMADM_TPM_BUSY},
    {TPM2_RC_OBJECT_MEMORY, OMADM_TPM_RESOURCE},
    {TPM2_RC_SESSION_MEMORY, OMADM_TPM_RESOURCE},
    {TPM2_RC_MEMORY, OMADM_TPM_RESOURCE},
    {TPM2_RC_SESSION_HANDLES, OMADM_TPM_RESOURCE},
    {TPM2_RC_OBJECT_HANDLES, OMADM_TPM_RESOURCE},
    {TPM2_RC_TOO_MANY_CONTEXTS, OMADM_TPM_RESOURCE},
    {TPM2_RC_CONTEXT_GAP, OMADM_TPM_RESOURCE},
};

static omadm_tpm_status look_up(const meaning *rows, size_t n, TSS2_RC rc,
                                omadm_tpm_status otherwise) {
  for (size_t i = 0; i < n; i++) {
    if (rows[i].rc == rc) return rows[i].status;
  }
  return otherwise;
}

/* Whether the TPM itself said it, or a resource manager in its words; not one of the libraries. */
static bool of_the_tpm(TSS2_RC rc) {
  TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;
  return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER ||
         layer == TSS2_RESMGR_RC_LAYER;
}

static bool is_format_one(TSS2_RC rc) {
  return of_the_tpm(rc) && (rc & TPM2_RC_FMT1) != 0;
}

bool tss2_rc_is(TSS2_RC rc, TSS2_RC code) {
  return is_format_one(rc) && (rc & 0xBF) == code;
}

static omadm_tpm_status status_of(TSS2_RC rc) {
  if (rc == TSS2_RC_SUCCESS) return OMADM_TPM_OK;
  if (!of_the_tpm(rc)) return OMADM_TPM_IO;
  if (is_format_one(rc)) {
    return look_up(format_one, sizeof format_one / sizeof *format_one, rc & 0xBF,
                   OMADM_TPM_ARGUMENT);
  }
  return look_up(format_zero, sizeof format_zero / sizeof *format_zero, rc & 0xFFFF, OMADM_TPM_IO);
}

void tss2_note(tss2_link *link, omadm_log_level level, const char *format, ...) {
  tss2_notes *notes = link->notes;
  va_list ap;
  if (notes == NULL || notes->n == TSS2_NOTES) return;
  notes->rows[notes->n].level = level;
  va_start(ap, format);
  vsnprintf(notes->rows[notes->n].text, TSS2_NOTE_SIZE, format, ap);
  va_end(ap);
  notes->n++;
}

static omadm_tpm_status note_status(tss2_link *link, const char *command, TSS2_RC rc,
                                    omadm_tpm_status status) {
  if (status == OMADM_TPM_OK) return status;
  /* What is not there is normal; busy is said once, when it is given up. */
  bool normal = status == OMADM_TPM_NOT_FOUND || status == OMADM_TPM_BUSY;
  tss2_note(link, normal ? OMADM_LOG_DEBUG : OMADM_LOG_WARN, "%s answered 0x%08x (%s): %s", command,
            rc, Tss2_RC_Decode(rc), omadm_tpm_status_text(status));
  return status;
}

omadm_tpm_status tss2_check(tss2_link *link, const char *command, TSS2_RC rc) {
  return note_status(link, command, rc, status_of(rc));
}

omadm_tpm_status tss2_check_input(tss2_link *link, const char *command, TSS2_RC rc) {
  bool complaint = is_format_one(rc) && (rc & TPM2_RC_P) != 0;
  return note_status(link, command, rc, complaint ? OMADM_TPM_INTEGRITY : status_of(rc));
}
