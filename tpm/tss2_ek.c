/* SPDX-License-Identifier: MIT */
/* The endorsement key, its certificates, and the credentials that only it can open (TCG EK
 * Credential Profile 2.x; the indices and templates are those of its low range). */
#include "tpm/tss2.h"

#include <string.h>

#include <openssl/crypto.h>
#include <tss2/tss2_mu.h>

typedef struct ek_row {
  omadm_tpm_ek ek;
  TPM2_ALG_ID type;
  TPM2_HANDLE persistent; /* where makers leave it; 0: no convention */
  TPM2_HANDLE certificate, nonce, template;
} ek_row;

static const ek_row ek_rows[] = {
    {OMADM_TPM_EK_RSA2048, TPM2_ALG_RSA, 0x81010001, 0x01C00002, 0x01C00003, 0x01C00004},
    {OMADM_TPM_EK_P256, TPM2_ALG_ECC, 0, 0x01C0000A, 0x01C0000B, 0x01C0000C},
};

/* The maker's intermediate certificates, one after the other across these indices. */
enum { CHAIN_FIRST = 0x01C00100, CHAIN_LAST = 0x01C001FF, CHAIN_MAX = 16384 };

static const ek_row *row_of(omadm_tpm_ek ek) {
  for (size_t i = 0; i < sizeof ek_rows / sizeof *ek_rows; i++) {
    if (ek_rows[i].ek == ek) return &ek_rows[i];
  }
  return NULL;
}

bool tss2_ek_known(omadm_tpm_ek ek) {
  return row_of(ek) != NULL;
}

/* ---- the template ---- */

/* PolicySecret(TPM_RH_ENDORSEMENT): PolicyA of the profile. */
static const uint8_t policy_a[32] = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
    0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA};

static const TPMT_SYM_DEF_OBJECT aes_128_cfb = {
    .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};

/* Templates L-1 and L-2. The zeros of `unique` are part of them. */
static TPM2B_PUBLIC default_template(const ek_row *row) {
  TPM2B_PUBLIC template = {0};
  TPMT_PUBLIC *area = &template.publicArea;
  area->type = row->type;
  area->nameAlg = TPM2_ALG_SHA256;
  area->objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                           TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |
                           TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  area->authPolicy.size = sizeof policy_a;
  memcpy(area->authPolicy.buffer, policy_a, sizeof policy_a);
  if (row->type == TPM2_ALG_RSA) {
    area->parameters.rsaDetail.symmetric = aes_128_cfb;
    area->parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    area->parameters.rsaDetail.keyBits = 2048;
    area->unique.rsa.size = 256;
  } else {
    area->parameters.eccDetail.symmetric = aes_128_cfb;
    area->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    area->parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    area->unique.ecc.x.size = 32;
    area->unique.ecc.y.size = 32;
  }
  return template;
}

/* The maker's own template and the nonce for `unique`, where NV has them. */
static omadm_tpm_status template_get(tss2_link *link, const ek_row *row, TPM2B_PUBLIC *template) {
  uint8_t octets[1024];
  size_t len = 0, at = 0;
  *template = default_template(row);
  omadm_tpm_status status = tss2_nv_read(link, row->template, octets, sizeof octets, &len);
  if (status == OMADM_TPM_OK) {
    TPMT_PUBLIC area = {0};
    if (Tss2_MU_TPMT_PUBLIC_Unmarshal(octets, len, &at, &area) != 0 || area.type != row->type) {
      tss2_note(link, OMADM_LOG_WARN, "the template of the endorsement key in NV 0x%08x is damaged",
                row->template);
      return OMADM_TPM_INTEGRITY;
    }
    template->publicArea = area;
  } else if (status != OMADM_TPM_NOT_FOUND) {
    return status;
  }
  status = tss2_nv_read(link, row->nonce, octets, 256, &len);
  if (status != OMADM_TPM_OK) return status == OMADM_TPM_NOT_FOUND ? OMADM_TPM_OK : status;
  TPMU_PUBLIC_ID *unique = &template->publicArea.unique;
  if (row->type == TPM2_ALG_RSA) {
    unique->rsa = (TPM2B_PUBLIC_KEY_RSA){.size = 256};
    memcpy(unique->rsa.buffer, octets, len);
  } else {
    unique->ecc = (TPMS_ECC_POINT){.x.size = 32, .y.size = 32};
    memcpy(unique->ecc.x.buffer, octets, len < 32 ? len : 32);
  }
  return OMADM_TPM_OK;
}

/* ---- the key ---- */

typedef struct ek_object {
  ESYS_TR object;
  bool persistent; /* not ours to flush */
  TPM2B_PUBLIC public_area;
} ek_object;

static void ek_release(tss2_link *link, ek_object *ek) {
  if (ek->persistent) {
    if (ek->object != ESYS_TR_NONE) Esys_TR_Close(link->esys, &ek->object);
    ek->object = ESYS_TR_NONE;
  }
  tss2_flush(link, &ek->object);
}

/* What is at the handle may be any key: it counts where it is what the template makes.
 * NOT_FOUND: it is not, or there is none. */
static omadm_tpm_status ek_find(tss2_link *link, TPM2_HANDLE handle, const TPM2B_PUBLIC *template,
                                ek_object *ek) {
  TPM2B_PUBLIC *public_area = NULL;
  *ek = (ek_object){.object = ESYS_TR_NONE, .persistent = true};
  if (handle == 0) return OMADM_TPM_NOT_FOUND;
  omadm_tpm_status status =
      tss2_check(link, "TPM2_ReadPublic of the persistent endorsement key",
                 Esys_TR_FromTPMPublic(link->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       &ek->object));
  if (status != OMADM_TPM_OK) return status;
  status = tss2_check(link, "TPM2_ReadPublic",
                      Esys_ReadPublic(link->esys, ek->object, ESYS_TR_NONE, ESYS_TR_NONE,
                                      ESYS_TR_NONE, &public_area, NULL, NULL));
  if (status == OMADM_TPM_OK) {
    ek->public_area = *public_area;
    Esys_Free(public_area);
    if (!tss2_public_fits(&ek->public_area.publicArea, &template->publicArea)) {
      status = OMADM_TPM_NOT_FOUND;
    }
  }
  if (status != OMADM_TPM_OK) ek_release(link, ek);
  return status;
}

static omadm_tpm_status ek_make(tss2_link *link, const TPM2B_PUBLIC *template, ek_object *ek) {
  const TPM2B_SENSITIVE_CREATE sensitive = {0};
  const TPM2B_DATA outside = {0};
  const TPML_PCR_SELECTION no_pcrs = {0};
  TPM2B_PUBLIC *public_area = NULL;
  *ek = (ek_object){.object = ESYS_TR_NONE};
  omadm_tpm_status status =
      tss2_check(link, "TPM2_CreatePrimary of the endorsement key",
                 Esys_CreatePrimary(link->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
                                    ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, template, &outside,
                                    &no_pcrs, &ek->object, &public_area, NULL, NULL, NULL));
  if (status == OMADM_TPM_OK) ek->public_area = *public_area;
  Esys_Free(public_area);
  return status;
}

static omadm_tpm_status ek_load(tss2_link *link, omadm_tpm_ek which, ek_object *ek) {
  const ek_row *row = row_of(which);
  TPM2B_PUBLIC template;
  omadm_tpm_status status = template_get(link, row, &template);
  if (status != OMADM_TPM_OK) return status;
  status = ek_find(link, row->persistent, &template, ek);
  return status == OMADM_TPM_NOT_FOUND ? ek_make(link, &template, ek) : status;
}

omadm_tpm_status tss2_run_ek_public(tss2_link *link, void *args) {
  tss2_ek_args *a = args;
  ek_object ek;
  omadm_tpm_status status = ek_load(link, a->ek, &ek);
  if (status != OMADM_TPM_OK) return status;
  status = tss2_public_pack(&ek.public_area.publicArea, &a->data);
  ek_release(link, &ek);
  return status;
}

/* ---- certificates ---- */

/* Octets of the DER SEQUENCE that begins here; 0 where none does, or it is cut. */
static size_t der_length(const uint8_t *octets, size_t size) {
  size_t header = 2, len = 0;
  if (size < 2 || octets[0] != 0x30) return 0;
  if (octets[1] < 0x80) {
    len = octets[1];
  } else {
    size_t n = octets[1] & 0x7F;
    header += n;
    if (n == 0 || n > 3 || size < header) return 0;
    for (size_t i = 0; i < n; i++)
      len = len << 8 | octets[2 + i];
  }
  return len <= size - header ? header + len : 0;
}

/* The certificate that begins here: makers fill the index up behind it. */
static omadm_tpm_status certificate_cut(tss2_link *link, const uint8_t *octets, size_t size,
                                        omadm_tpm_data *der) {
  size_t len = der_length(octets, size);
  if (len == 0 || len > sizeof der->octets) {
    tss2_note(link, OMADM_LOG_WARN, "what NV has in the place of a certificate is none");
    return OMADM_TPM_INTEGRITY;
  }
  memcpy(der->octets, octets, len);
  der->len = (uint32_t)len;
  return OMADM_TPM_OK;
}

/* Number `number`, from 1, of the chain. */
static omadm_tpm_status chain_get(tss2_link *link, uint32_t number, omadm_tpm_data *der) {
  uint8_t octets[CHAIN_MAX];
  size_t size = 0, at = 0;
  for (TPM2_HANDLE index = CHAIN_FIRST; index <= CHAIN_LAST; index++) {
    size_t len = 0;
    omadm_tpm_status status = tss2_nv_read(link, index, octets + size, sizeof octets - size, &len);
    if (status == OMADM_TPM_NOT_FOUND) break;
    if (status != OMADM_TPM_OK) return status;
    size += len;
  }
  for (uint32_t i = 1; i < number; i++) {
    size_t len = der_length(octets + at, size - at);
    if (len == 0) return OMADM_TPM_NOT_FOUND;
    at += len;
  }
  /* Behind the last one there is nothing, or what fills the index up. */
  if (at == size || (at > 0 && octets[at] != 0x30)) return OMADM_TPM_NOT_FOUND;
  return certificate_cut(link, octets + at, size - at, der);
}

omadm_tpm_status tss2_run_ek_certificate(tss2_link *link, void *args) {
  tss2_ek_args *a = args;
  uint8_t octets[sizeof a->data.octets];
  size_t len = 0;
  if (a->number > 0) return chain_get(link, a->number, &a->data);
  omadm_tpm_status status =
      tss2_nv_read(link, row_of(a->ek)->certificate, octets, sizeof octets, &len);
  return status == OMADM_TPM_OK ? certificate_cut(link, octets, len, &a->data) : status;
}

/* ---- credentials ---- */

/* A session in which the endorsement key may be used. */
static omadm_tpm_status session_begin(tss2_link *link, ESYS_TR *session) {
  const TPMT_SYM_DEF none = {.algorithm = TPM2_ALG_NULL};
  *session = ESYS_TR_NONE;
  omadm_tpm_status status = tss2_check(
      link, "TPM2_StartAuthSession",
      Esys_StartAuthSession(link->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                            ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, session));
  if (status != OMADM_TPM_OK) return status;
  status =
      tss2_check(link, "TPM2_PolicySecret",
                 Esys_PolicySecret(link->esys, ESYS_TR_RH_ENDORSEMENT, *session, ESYS_TR_PASSWORD,
                                   ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL));
  if (status != OMADM_TPM_OK) tss2_flush(link, session);
  return status;
}

static omadm_tpm_status credential_open(tss2_link *link, ESYS_TR key, ESYS_TR ek,
                                        tss2_activate_args *a) {
  TPM2B_DIGEST *opened = NULL;
  ESYS_TR session = ESYS_TR_NONE;
  omadm_tpm_status status = session_begin(link, &session);
  if (status != OMADM_TPM_OK) return status;
  status =
      tss2_check_input(link, "TPM2_ActivateCredential",
                       Esys_ActivateCredential(link->esys, key, ek, ESYS_TR_PASSWORD, session,
                                               ESYS_TR_NONE, &a->id_object, &a->secret, &opened));
  /* A session outlives its use: ESAPI asks the TPM to continue it. */
  tss2_flush(link, &session);
  if (status != OMADM_TPM_OK) return status;
  a->opened.len = opened->size;
  memcpy(a->opened.octets, opened->buffer, opened->size);
  OPENSSL_cleanse(opened, sizeof *opened);
  Esys_Free(opened);
  return status;
}

omadm_tpm_status tss2_run_activate(tss2_link *link, void *args) {
  tss2_activate_args *a = args;
  const tss2_key *keys[] = {&a->key};
  ESYS_TR key = ESYS_TR_NONE;
  ek_object ek;
  omadm_tpm_status status = tss2_keys_load(link, keys, &key, 1);
  if (status != OMADM_TPM_OK) return status;
  status = ek_load(link, a->ek, &ek);
  if (status == OMADM_TPM_OK) {
    status = credential_open(link, key, ek.object, a);
    ek_release(link, &ek);
  }
  tss2_flush(link, &key);
  return status;
}
