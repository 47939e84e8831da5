/* SPDX-License-Identifier: MIT */
/* Keys: their templates, their blobs, and how they are loaded. */
#include "tpm/tss2.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/str.h"

enum {
  ATTRIBUTES = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
               TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA
};

typedef struct key_row {
  omadm_tpm_key_kind kind;
  bool attests; /* restricted */
  TPM2_ALG_ID type, scheme, hash;
} key_row;

static const key_row key_rows[] = {
    {OMADM_TPM_AK_RSA_SHA256, true, TPM2_ALG_RSA, TPM2_ALG_RSASSA, TPM2_ALG_SHA256},
    {OMADM_TPM_AK_RSA_SHA1, true, TPM2_ALG_RSA, TPM2_ALG_RSASSA, TPM2_ALG_SHA1},
    {OMADM_TPM_AK_P256, true, TPM2_ALG_ECC, TPM2_ALG_ECDSA, TPM2_ALG_SHA256},
    {OMADM_TPM_SIGN_RSA, false, TPM2_ALG_RSA, TPM2_ALG_RSAPSS, TPM2_ALG_SHA256},
    {OMADM_TPM_SIGN_P256, false, TPM2_ALG_ECC, TPM2_ALG_ECDSA, TPM2_ALG_SHA256},
};

static const key_row *row_of(omadm_tpm_key_kind kind) {
  for (size_t i = 0; i < sizeof key_rows / sizeof *key_rows; i++) {
    if (key_rows[i].kind == kind) return &key_rows[i];
  }
  return NULL;
}

bool tss2_kind_known(omadm_tpm_key_kind kind) {
  return row_of(kind) != NULL;
}

bool tss2_kind_attests(omadm_tpm_key_kind kind) {
  const key_row *row = row_of(kind);
  return row != NULL && row->attests;
}

uint16_t tss2_kind_hash(omadm_tpm_key_kind kind) {
  return row_of(kind)->hash;
}

static TPM2B_PUBLIC template_of(const key_row *row) {
  TPM2B_PUBLIC template = {0};
  TPMT_PUBLIC *area = &template.publicArea;
  area->type = row->type;
  area->nameAlg = TPM2_ALG_SHA256;
  area->objectAttributes = (TPMA_OBJECT)ATTRIBUTES | TPMA_OBJECT_SIGN_ENCRYPT;
  if (row->attests) area->objectAttributes |= TPMA_OBJECT_RESTRICTED;
  if (row->type == TPM2_ALG_RSA) {
    TPMS_RSA_PARMS *rsa = &area->parameters.rsaDetail;
    rsa->symmetric.algorithm = TPM2_ALG_NULL;
    rsa->scheme.scheme = row->scheme;
    rsa->scheme.details.anySig.hashAlg = row->hash;
    rsa->keyBits = 2048;
  } else {
    TPMS_ECC_PARMS *ecc = &area->parameters.eccDetail;
    ecc->symmetric.algorithm = TPM2_ALG_NULL;
    ecc->scheme.scheme = row->scheme;
    ecc->scheme.details.anySig.hashAlg = row->hash;
    ecc->curveID = TPM2_ECC_NIST_P256;
    ecc->kdf.scheme = TPM2_ALG_NULL;
  }
  return template;
}

/* The storage primary, made anew from the endorsement seed at each use: the template is all that
 * makes it the same. It is the storage key template of the TCG (P-256, AES-128-CFB). */
static TPM2B_PUBLIC primary_template(void) {
  TPM2B_PUBLIC template = {0};
  TPMT_PUBLIC *area = &template.publicArea;
  TPMS_ECC_PARMS *ecc = &area->parameters.eccDetail;
  area->type = TPM2_ALG_ECC;
  area->nameAlg = TPM2_ALG_SHA256;
  area->objectAttributes = (TPMA_OBJECT)ATTRIBUTES | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  ecc->symmetric.algorithm = TPM2_ALG_AES;
  ecc->symmetric.keyBits.aes = 128;
  ecc->symmetric.mode.aes = TPM2_ALG_CFB;
  ecc->scheme.scheme = TPM2_ALG_NULL;
  ecc->curveID = TPM2_ECC_NIST_P256;
  ecc->kdf.scheme = TPM2_ALG_NULL;
  area->unique.ecc.x.size = 32;
  area->unique.ecc.y.size = 32;
  return template;
}

static omadm_tpm_status primary_make(tss2_link *link, ESYS_TR *primary) {
  const TPM2B_SENSITIVE_CREATE sensitive = {0};
  const TPM2B_DATA outside = {0};
  const TPML_PCR_SELECTION no_pcrs = {0};
  const TPM2B_PUBLIC template = primary_template();
  return tss2_check(link, "TPM2_CreatePrimary of the storage key",
                    Esys_CreatePrimary(link->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
                                       ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &outside,
                                       &no_pcrs, primary, NULL, NULL, NULL, NULL));
}

/* ---- blobs: magic, kind, TPM2B_PUBLIC, TPM2B_PRIVATE ---- */

static const uint8_t magic[] = {'O', 'T', 'K', 1};
enum { HEADER = sizeof magic + 1 };

omadm_tpm_status tss2_public_pack(const TPMT_PUBLIC *area, omadm_tpm_data *out) {
  size_t len = 0;
  if (Tss2_MU_TPMT_PUBLIC_Marshal(area, out->octets, sizeof out->octets, &len) != 0) {
    return OMADM_TPM_IO;
  }
  out->len = (uint32_t)len;
  return OMADM_TPM_OK;
}

static omadm_tpm_status key_pack(const tss2_key *key, omadm_tpm_data *blob) {
  size_t len = HEADER;
  memcpy(blob->octets, magic, sizeof magic);
  blob->octets[HEADER - 1] = (uint8_t)key->kind;
  if (Tss2_MU_TPM2B_PUBLIC_Marshal(&key->public_area, blob->octets, sizeof blob->octets, &len) !=
          0 ||
      Tss2_MU_TPM2B_PRIVATE_Marshal(&key->private_area, blob->octets, sizeof blob->octets, &len) !=
          0) {
    return OMADM_TPM_IO;
  }
  blob->len = (uint32_t)len;
  return OMADM_TPM_OK;
}

bool tss2_public_fits(const TPMT_PUBLIC *area, const TPMT_PUBLIC *template) {
  TPMT_PUBLIC made = *template;
  omadm_tpm_data is = {0}, must = {0};
  made.unique = area->unique;
  return area->type == template->type && tss2_public_pack(area, &is) == OMADM_TPM_OK &&
         tss2_public_pack(&made, &must) == OMADM_TPM_OK && is.len == must.len &&
         memcmp(is.octets, must.octets, is.len) == 0;
}

omadm_tpm_status tss2_key_unpack(omadm_str blob, omadm_tpm_key_kind kind, tss2_key *key) {
  const key_row *row = row_of(kind);
  const uint8_t *octets = (const uint8_t *)blob.ptr;
  size_t at = HEADER;
  if (row == NULL) return OMADM_TPM_ARGUMENT;
  if (blob.len < HEADER || memcmp(octets, magic, sizeof magic) != 0) return OMADM_TPM_INTEGRITY;
  if (row_of(octets[HEADER - 1]) == NULL) return OMADM_TPM_INTEGRITY;
  if (octets[HEADER - 1] != (uint8_t)kind) return OMADM_TPM_ARGUMENT;
  omadm_tpm_data again = {0};
  const TPM2B_PUBLIC template = template_of(row);
  *key = (tss2_key){.kind = kind};
  if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(octets, blob.len, &at, &key->public_area) != 0 ||
      Tss2_MU_TPM2B_PRIVATE_Unmarshal(octets, blob.len, &at, &key->private_area) != 0 ||
      !tss2_public_fits(&key->public_area.publicArea, &template.publicArea)) {
    return OMADM_TPM_INTEGRITY;
  }
  /* MU does not look at the outer size: only what would be written again is whole. */
  bool same = key_pack(key, &again) == OMADM_TPM_OK && again.len == blob.len &&
              memcmp(again.octets, octets, blob.len) == 0;
  return same ? OMADM_TPM_OK : OMADM_TPM_INTEGRITY;
}

/* ---- loading ---- */

omadm_tpm_status tss2_keys_load(tss2_link *link, const tss2_key *const *keys, ESYS_TR *objects,
                                size_t n) {
  ESYS_TR primary = ESYS_TR_NONE;
  for (size_t i = 0; i < n; i++)
    objects[i] = ESYS_TR_NONE;
  omadm_tpm_status status = primary_make(link, &primary);
  for (size_t i = 0; i < n && status == OMADM_TPM_OK; i++) {
    status = tss2_check_input(link, "TPM2_Load",
                              Esys_Load(link->esys, primary, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                        ESYS_TR_NONE, &keys[i]->private_area, &keys[i]->public_area,
                                        &objects[i]));
  }
  tss2_flush(link, &primary);
  for (size_t i = 0; i < n && status != OMADM_TPM_OK; i++)
    tss2_flush(link, &objects[i]);
  return status;
}

static omadm_tpm_status key_make(tss2_link *link, tss2_key *key) {
  const TPM2B_SENSITIVE_CREATE sensitive = {0};
  const TPM2B_DATA outside = {0};
  const TPML_PCR_SELECTION no_pcrs = {0};
  const TPM2B_PUBLIC template = template_of(row_of(key->kind));
  TPM2B_PRIVATE *private_area = NULL;
  TPM2B_PUBLIC *public_area = NULL;
  ESYS_TR primary = ESYS_TR_NONE;
  omadm_tpm_status status = primary_make(link, &primary);
  if (status != OMADM_TPM_OK) return status;
  status = tss2_check(link, "TPM2_Create",
                      Esys_Create(link->esys, primary, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                  &sensitive, &template, &outside, &no_pcrs, &private_area,
                                  &public_area, NULL, NULL, NULL));
  tss2_flush(link, &primary);
  if (status == OMADM_TPM_OK) {
    key->private_area = *private_area;
    key->public_area = *public_area;
  }
  Esys_Free(private_area);
  Esys_Free(public_area);
  return status;
}

static bool take_name(const TPM2B_NAME *name, omadm_tpm_digest *out) {
  if (name->size > sizeof out->octets) return false;
  out->len = name->size;
  memcpy(out->octets, name->name, name->size);
  return true;
}

/* The names are the TPM's own words, the qualified one too. */
static omadm_tpm_status describe(tss2_link *link, ESYS_TR object, const tss2_key *key,
                                 omadm_tpm_key *opened) {
  TPM2B_NAME *name = NULL, *qualified = NULL;
  omadm_tpm_status status =
      tss2_check(link, "TPM2_ReadPublic",
                 Esys_ReadPublic(link->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
                                 &name, &qualified));
  if (status != OMADM_TPM_OK) return status;
  if (!take_name(name, &opened->name) || !take_name(qualified, &opened->qualified_name)) {
    status = OMADM_TPM_IO;
  }
  Esys_Free(name);
  Esys_Free(qualified);
  if (status == OMADM_TPM_OK) {
    status = tss2_public_pack(&key->public_area.publicArea, &opened->public_area);
  }
  return status == OMADM_TPM_OK ? key_pack(key, &opened->blob) : status;
}

omadm_tpm_status tss2_run_key_open(tss2_link *link, void *args) {
  tss2_key_open_args *a = args;
  const tss2_key *keys[] = {&a->key};
  ESYS_TR object = ESYS_TR_NONE;
  omadm_tpm_status status = OMADM_TPM_OK;
  if (a->key.public_area.size == 0) status = key_make(link, &a->key);
  if (status == OMADM_TPM_OK) status = tss2_keys_load(link, keys, &object, 1);
  if (status != OMADM_TPM_OK) return status;
  status = describe(link, object, &a->key, &a->opened);
  tss2_flush(link, &object);
  return status;
}
