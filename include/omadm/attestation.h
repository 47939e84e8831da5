/* SPDX-License-Identifier: MIT */
/*
 * Verification of what a TPM said: names, quotes, credentials, endorsement certificates. Needs no
 * TPM, keeps no state, trusts nothing that it is given. Structures are marshalled as in
 * <omadm/tpm.h>; a span with anything left over after the structure is refused. Any thread.
 *
 * Refusals are OMADM_E_REFUSED (well formed, and not to be believed) or OMADM_E_SYNTAX (not what it
 * claims to be), each with a sentence in *error.
 */
#ifndef OMADM_ATTESTATION_H
#define OMADM_ATTESTATION_H

#include <omadm/error.h>
#include <omadm/tpm.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A TPMT_PUBLIC, read. Spans are borrowed from what was parsed. */
typedef struct omadm_tpm_public {
  uint16_t type; /* 0x0001 RSA, 0x0023 ECC */
  uint16_t name_alg;
  uint32_t attributes; /* TPMA_OBJECT */
  omadm_str policy;
  uint16_t scheme, scheme_hash; /* 0x0010: none */
  uint16_t bits; /* RSA */
  uint32_t exponent; /* RSA; 65537 where the structure has 0 */
  uint16_t curve; /* ECC: 0x0003 is P-256 */
  omadm_str modulus; /* RSA; big-endian */
  omadm_str x, y; /* ECC */
} omadm_tpm_public;
OMADM_EXPORT omadm_err omadm_tpm_public_parse(omadm_str tpmt_public, omadm_tpm_public *parsed,
                                              omadm_error *error);
/* The object's name: nameAlg and the digest of the public area (TPM 2.0 Library, part 1, 16). */
OMADM_EXPORT omadm_err omadm_tpm_name(omadm_str tpmt_public, omadm_tpm_digest *name,
                                      omadm_error *error);
/* OK where the public area is an attestation key's: restricted, sign, fixedTPM, fixedParent,
 * sensitiveDataOrigin; not decrypt; RSA-2048 or P-256; scheme with SHA-256, or SHA-1 if allowed. */
OMADM_EXPORT omadm_err omadm_ak_check(omadm_str tpmt_public, int allow_sha1, omadm_error *error);

/* A TPMS_ATTEST of type quote or certify, read. Spans are borrowed from it. */
typedef struct omadm_attest {
  uint16_t type; /* 0x8018 quote, 0x8017 certify */
  omadm_str signer; /* qualified name */
  omadm_str extra; /* extraData: the nonce */
  omadm_tpm_clock clock;
  uint64_t firmware;
  uint16_t bank; /* quote: of the one selection; 0 where the selection is empty */
  uint32_t mask;
  omadm_str pcr_digest;
  omadm_str name, qualified_name; /* certify: of the object */
} omadm_attest;
OMADM_EXPORT omadm_err omadm_attest_parse(omadm_str tpms_attest, omadm_attest *parsed,
                                          omadm_error *error);
/* The signature (TPMT_SIGNATURE) over exactly these octets by that key, in the key's own scheme. */
OMADM_EXPORT omadm_err omadm_attest_signed_by(omadm_str tpms_attest, omadm_str tpmt_signature,
                                              omadm_str ak_public, omadm_error *error);

/* What a quote has to be. */
typedef struct omadm_quote_expect {
  size_t struct_size;
  omadm_str nonce; /* compared in constant time, its length too */
  uint16_t bank; /* 0: any, but SHA-1 only where allowed */
  uint32_t mask; /* exactly these PCRs */
  int allow_sha1_bank;
  int allow_sha1_signature;
} omadm_quote_expect;
/* All of it: the key is an attestation key, the signature is its, it is a quote of this TPM's own
 * making (magic, type), nonce, bank and mask are the expected ones, and its digest is that of
 * *pcrs. *parsed (may be NULL) borrows from attest. */
OMADM_EXPORT omadm_err omadm_quote_verify(omadm_str attest, omadm_str signature,
                                          omadm_str ak_public, const omadm_tpm_pcrs *pcrs,
                                          const omadm_quote_expect *expect, omadm_attest *parsed,
                                          omadm_error *error);
/* TPM2_Certify: `subject` (TPMT_PUBLIC) is in the same TPM as the attestation key, was made there
 * and cannot leave it (fixedTPM, fixedParent, sensitiveDataOrigin); nonce exactly. An attestation
 * key that signs with SHA-1 is refused in any case: there is no leave for it, unlike for quotes. */
OMADM_EXPORT omadm_err omadm_certify_verify(omadm_str attest, omadm_str signature,
                                            omadm_str ak_public, omadm_str subject, omadm_str nonce,
                                            omadm_error *error);

/* A credential for the key of that name, which only the TPM of this EK can open
 * (TPM2_MakeCredential; TPM 2.0 Library, part 1, 24). `ek` is a DER SubjectPublicKeyInfo, RSA-2048
 * or P-256 with the default template's parameters; secret: at most 32 octets. The bodies of
 * TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET. */
OMADM_EXPORT omadm_err omadm_credential_make(omadm_str ek, const omadm_tpm_digest *name,
                                             omadm_str secret, omadm_tpm_data *id_object,
                                             omadm_tpm_data *encrypted_secret, omadm_error *error);

/* An endorsement certificate (DER): chain to one of the PEM certificates in the file `roots`
 * through the given intermediates, in time, extended key usage 2.23.133.8.1 (TCG EK Credential
 * Profile 3.2). *key becomes its DER SubjectPublicKeyInfo. */
OMADM_EXPORT omadm_err omadm_ek_certificate_verify(omadm_str der, const omadm_str *intermediates,
                                                   size_t n, const char *roots, omadm_tpm_data *key,
                                                   omadm_error *error);

#ifdef __cplusplus
}
#endif
#endif
