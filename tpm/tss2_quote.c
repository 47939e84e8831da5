/* SPDX-License-Identifier: MIT */
/* What keys sign: quotes, certificates of other keys, digests. */
#include "tpm/tss2.h"

#include <string.h>

#include <openssl/evp.h>
#include <tss2/tss2_mu.h>

/* A PCR may change between the quote and the reading. */
enum { TRIES = 8 };

/* The keys' own schemes. */
static const TPMT_SIG_SCHEME own_scheme = {.scheme = TPM2_ALG_NULL};

static omadm_tpm_status signature_pack(const TPMT_SIGNATURE *signature, omadm_tpm_data *out) {
  size_t len = 0;
  if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, out->octets, sizeof out->octets, &len) != 0) {
    return OMADM_TPM_IO;
  }
  out->len = (uint32_t)len;
  return OMADM_TPM_OK;
}

static omadm_tpm_status attest_pack(const TPM2B_ATTEST *attest, omadm_tpm_data *out) {
  if (attest->size > sizeof out->octets) return OMADM_TPM_IO;
  memcpy(out->octets, attest->attestationData, attest->size);
  out->len = attest->size;
  return OMADM_TPM_OK;
}

/* ---- quotes ---- */

/* A TPM quotes nothing of a bank that is not allocated, and says success: the selection that came
 * back must be the one that was asked for. */
static omadm_tpm_status quote_judge(tss2_link *link, const tss2_quote_args *a,
                                    TPM2B_DIGEST *pcr_digest) {
  TPMS_ATTEST attest = {0};
  size_t at = 0;
  if (Tss2_MU_TPMS_ATTEST_Unmarshal(a->quote.attest.octets, a->quote.attest.len, &at, &attest) !=
          0 ||
      attest.type != TPM2_ST_ATTEST_QUOTE) {
    tss2_note(link, OMADM_LOG_WARN, "the TPM's quote is not a quote");
    return OMADM_TPM_IO;
  }
  const TPML_PCR_SELECTION *selection = &attest.attested.quote.pcrSelect;
  if (selection->count != 1 || tss2_pcr_mask(selection, a->bank) != a->mask) {
    tss2_note(link, OMADM_LOG_WARN, "the TPM quotes PCRs 0x%06x of bank 0x%04x instead of 0x%06x",
              tss2_pcr_mask(selection, a->bank), a->bank, a->mask);
    return OMADM_TPM_UNSUPPORTED;
  }
  *pcr_digest = attest.attested.quote.pcrDigest;
  return OMADM_TPM_OK;
}

/* Whether the values are those of the quote: their digest is made with the hash of the signature
 * (part 3, TPM2_Quote). */
static bool values_agree(const omadm_tpm_pcrs *pcrs, uint16_t hash, const TPM2B_DIGEST *expected) {
  uint8_t all[sizeof pcrs->values], digest[EVP_MAX_MD_SIZE];
  size_t len = 0;
  unsigned n = 0;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((pcrs->mask >> i & 1) == 0) continue;
    memcpy(all + len, pcrs->values[i], pcrs->digest_len);
    len += pcrs->digest_len;
  }
  const EVP_MD *md = EVP_get_digestbyname(omadm_tpm_alg_name(hash));
  return md != NULL && EVP_Digest(all, len, digest, &n, md, NULL) == 1 && n == expected->size &&
         memcmp(digest, expected->buffer, n) == 0;
}

static omadm_tpm_status quote_once(tss2_link *link, ESYS_TR key, tss2_quote_args *a, bool *agree) {
  TPM2B_ATTEST *attest = NULL;
  TPMT_SIGNATURE *signature = NULL;
  TPM2B_DIGEST pcr_digest = {0};
  TPML_PCR_SELECTION selection = tss2_pcr_selection(a->bank, a->mask);
  omadm_tpm_status status =
      tss2_check(link, "TPM2_Quote",
                 Esys_Quote(link->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            &a->nonce, &own_scheme, &selection, &attest, &signature));
  if (status != OMADM_TPM_OK) return status;
  status = attest_pack(attest, &a->quote.attest);
  if (status == OMADM_TPM_OK) status = signature_pack(signature, &a->quote.signature);
  Esys_Free(attest);
  Esys_Free(signature);
  if (status == OMADM_TPM_OK) status = quote_judge(link, a, &pcr_digest);
  if (status != OMADM_TPM_OK) return status;
  a->quote.pcrs = (omadm_tpm_pcrs){.bank = a->bank, .mask = a->mask};
  status = tss2_pcrs_read(link, &a->quote.pcrs);
  *agree = values_agree(&a->quote.pcrs, tss2_kind_hash(a->key.kind), &pcr_digest);
  return status;
}

omadm_tpm_status tss2_run_quote(tss2_link *link, void *args) {
  tss2_quote_args *a = args;
  const tss2_key *keys[] = {&a->key};
  ESYS_TR key = ESYS_TR_NONE;
  bool agree = false;
  omadm_tpm_status status = tss2_keys_load(link, keys, &key, 1);
  if (status != OMADM_TPM_OK) return status;
  for (int i = 0; i < TRIES && status == OMADM_TPM_OK && !agree; i++)
    status = quote_once(link, key, a, &agree);
  tss2_flush(link, &key);
  if (status == OMADM_TPM_OK && !agree) {
    tss2_note(link, OMADM_LOG_WARN, "the PCRs change faster than they can be quoted and read");
    status = OMADM_TPM_BUSY;
  }
  return status;
}

/* ---- certificates and signatures ---- */

omadm_tpm_status tss2_run_certify(tss2_link *link, void *args) {
  tss2_certify_args *a = args;
  const tss2_key *keys[] = {&a->key, &a->subject};
  ESYS_TR objects[2];
  TPM2B_ATTEST *attest = NULL;
  TPMT_SIGNATURE *signature = NULL;
  omadm_tpm_status status = tss2_keys_load(link, keys, objects, 2);
  if (status != OMADM_TPM_OK) return status;
  status = tss2_check(link, "TPM2_Certify",
                      Esys_Certify(link->esys, objects[1], objects[0], ESYS_TR_PASSWORD,
                                   ESYS_TR_PASSWORD, ESYS_TR_NONE, &a->nonce, &own_scheme, &attest,
                                   &signature));
  tss2_flush(link, &objects[1]);
  tss2_flush(link, &objects[0]);
  if (status != OMADM_TPM_OK) return status;
  status = attest_pack(attest, &a->certified.attest);
  if (status == OMADM_TPM_OK) status = signature_pack(signature, &a->certified.signature);
  Esys_Free(attest);
  Esys_Free(signature);
  return status;
}

omadm_tpm_status tss2_run_sign(tss2_link *link, void *args) {
  tss2_sign_args *a = args;
  const tss2_key *keys[] = {&a->key};
  /* The key is not restricted: no proof is wanted that the TPM made the digest. */
  const TPMT_TK_HASHCHECK no_ticket = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL};
  ESYS_TR key = ESYS_TR_NONE;
  TPMT_SIGNATURE *signature = NULL;
  omadm_tpm_status status = tss2_keys_load(link, keys, &key, 1);
  if (status != OMADM_TPM_OK) return status;
  status = tss2_check(link, "TPM2_Sign",
                      Esys_Sign(link->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                &a->digest, &own_scheme, &no_ticket, &signature));
  tss2_flush(link, &key);
  if (status == OMADM_TPM_OK) status = signature_pack(signature, &a->signature);
  Esys_Free(signature);
  return status;
}
