/* SPDX-License-Identifier: MIT */
/* NV indices that the maker of the TPM wrote. */
#include "tpm/tss2.h"

#include <string.h>

/* TPM2_PT_NV_BUFFER_MAX is never less. */
enum { NV_PIECE = 512 };

/* Who may read it. The index itself comes first: that works too where the owner has a password. */
static ESYS_TR reader_of(ESYS_TR index, TPMA_NV attributes) {
  if ((attributes & TPMA_NV_AUTHREAD) != 0) return index;
  if ((attributes & TPMA_NV_OWNERREAD) != 0) return ESYS_TR_RH_OWNER;
  return ESYS_TR_NONE;
}

static omadm_tpm_status read_pieces(tss2_link *link, ESYS_TR reader, ESYS_TR index, uint8_t *buffer,
                                    size_t size) {
  for (size_t got = 0; got < size;) {
    TPM2B_MAX_NV_BUFFER *piece = NULL;
    size_t left = size - got;
    UINT16 want = (UINT16)(left < NV_PIECE ? left : NV_PIECE);
    omadm_tpm_status status =
        tss2_check(link, "TPM2_NV_Read",
                   Esys_NV_Read(link->esys, reader, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE, want, (UINT16)got, &piece));
    if (status != OMADM_TPM_OK) return status;
    bool whole = piece->size == want;
    if (whole) memcpy(buffer + got, piece->buffer, want);
    Esys_Free(piece);
    if (!whole) return OMADM_TPM_IO;
    got += want;
  }
  return OMADM_TPM_OK;
}

static omadm_tpm_status read_index(tss2_link *link, TPM2_HANDLE handle, ESYS_TR index,
                                   uint8_t *buffer, size_t size, size_t *len) {
  TPM2B_NV_PUBLIC *about = NULL;
  omadm_tpm_status status =
      tss2_check(link, "TPM2_NV_ReadPublic",
                 Esys_NV_ReadPublic(link->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                    &about, NULL));
  if (status != OMADM_TPM_OK) return status;
  TPMA_NV attributes = about->nvPublic.attributes;
  size_t n = about->nvPublic.dataSize;
  Esys_Free(about);
  ESYS_TR reader = reader_of(index, attributes);
  if ((attributes & TPMA_NV_WRITTEN) == 0) return OMADM_TPM_NOT_FOUND;
  if (reader == ESYS_TR_NONE) {
    tss2_note(link, OMADM_LOG_WARN, "NV index 0x%08x can be read by a policy only", handle);
    return OMADM_TPM_AUTH;
  }
  if (n > size) {
    tss2_note(link, OMADM_LOG_WARN, "NV index 0x%08x has %zu octets, more than the %zu expected",
              handle, n, size);
    return OMADM_TPM_UNSUPPORTED;
  }
  *len = n;
  return read_pieces(link, reader, index, buffer, n);
}

omadm_tpm_status tss2_nv_read(tss2_link *link, TPM2_HANDLE handle, uint8_t *buffer, size_t size,
                              size_t *len) {
  ESYS_TR index = ESYS_TR_NONE;
  omadm_tpm_status status = tss2_check(
      link, "TPM2_NV_ReadPublic",
      Esys_TR_FromTPMPublic(link->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index));
  if (status != OMADM_TPM_OK) return status;
  status = read_index(link, handle, index, buffer, size, len);
  Esys_TR_Close(link->esys, &index);
  return status;
}
