/* SPDX-License-Identifier: MIT */
/* The hashes of <omadm/tpm.h> as OpenSSL has them; their sizes: omadm_tpm_digest_size. */
#ifndef OMADM_TPM_DIGEST_H
#define OMADM_TPM_DIGEST_H

#include <omadm/tpm.h>

#include <openssl/evp.h>

/* NULL for what is none of the five; lives for ever. */
const EVP_MD *omadm_tpm_md(uint16_t alg);

#endif
