/* SPDX-License-Identifier: MIT */
/* What the files of the fake share. Calls under the lock of the TPM, which its table takes. */
#ifndef OMADM_TPM_FAKE_PARTS_H
#define OMADM_TPM_FAKE_PARTS_H

#include "tpm/fake.h"

#include <openssl/x509.h>
#include <pthread.h>

enum { FAKE_KEYS = 16 };

/* A key for signing. It stays for the TPM's life, as the blob may come again. */
typedef struct fake_key {
  omadm_tpm_key_kind kind;
  EVP_PKEY *pair;
  EVP_PKEY *stranger; /* what signs in its place; made when asked for */
  omadm_tpm_data public_area;
  omadm_tpm_digest name, qualified_name;
  unsigned open; /* how often */
} fake_key;

typedef struct fake_ek {
  EVP_PKEY *pair; /* made when asked for */
  omadm_tpm_data public_area;
  omadm_tpm_data certificate;
} fake_ek;

struct fake_tpm {
  pthread_mutex_t lock;
  fake_tpm_knobs knobs;
  struct {
    omadm_tpm_status status;
    unsigned after;
  } faults[FAKE_CALLS];
  uint64_t seed; /* names the endorsement seed in blobs */
  fake_key keys[FAKE_KEYS]; /* a handle is a place, from 1 */
  size_t n_keys;
  fake_ek eks[2]; /* by omadm_tpm_ek, from 1 */
  EVP_PKEY *root_key, *issuer_key;
  X509 *root, *issuer;
};

/* Aborts the test. */
void fake_must(bool holds);

EVP_PKEY *fake_pair_new(bool rsa);
/* The key of an open handle, or NULL. */
fake_key *fake_key_find(fake_tpm *tpm, uint64_t handle);
bool fake_key_is_attesting(const fake_key *key);
omadm_tpm_status fake_key_open(fake_tpm *tpm, omadm_tpm_key_kind kind, omadm_str blob,
                               omadm_tpm_key *opened);
void fake_keys_forget(fake_tpm *tpm);
/* TPMT_SIGNATURE over octets, or over a digest already made. */
void fake_key_sign(fake_tpm *tpm, fake_key *key, omadm_str octets, omadm_tpm_data *signature);
omadm_tpm_status fake_key_sign_digest(fake_key *key, uint16_t hash, omadm_str digest,
                                      omadm_tpm_data *signature);
uint16_t fake_key_hash(const fake_key *key);

omadm_tpm_pcrs *fake_bank_find(fake_tpm *tpm, uint16_t bank);
omadm_tpm_status fake_pcrs_read(fake_tpm *tpm, uint16_t bank, uint32_t mask, omadm_tpm_pcrs *pcrs);
omadm_tpm_status fake_attest_quote(fake_tpm *tpm, fake_key *key, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote);
omadm_tpm_status fake_attest_certify(fake_tpm *tpm, fake_key *key, const fake_key *subject,
                                     omadm_str nonce, omadm_tpm_signed *certified);

/* ARGUMENT where ek is none of the two. */
omadm_tpm_status fake_ek_find(fake_tpm *tpm, omadm_tpm_ek which, fake_ek **ek);
omadm_tpm_status fake_ek_certificate(fake_tpm *tpm, omadm_tpm_ek which, uint32_t number,
                                     omadm_tpm_data *der);
omadm_tpm_status fake_ek_activate(fake_tpm *tpm, const fake_key *key, omadm_tpm_ek which,
                                  omadm_str id_object, omadm_str secret, omadm_tpm_digest *opened);
void fake_eks_forget(fake_tpm *tpm);
void fake_maker_make(fake_tpm *tpm);
void fake_maker_dispose(fake_tpm *tpm);

#endif
