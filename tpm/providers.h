/* SPDX-License-Identifier: MIT */
/* The providers that omadm_tpm_open knows, and the table that it looks them up in. */
#ifndef TPM_PROVIDERS_H
#define TPM_PROVIDERS_H

#include <omadm/error.h>
#include <omadm/tpm.h>

typedef struct tpm_provider {
  const char *name; /* what stands before the first colon */
  /* `rest` is what follows the colon, "" where there is none. *config is whole, whatever version
   * the caller was built with; *tpm is filled on success only. */
  omadm_err (*open)(const char *rest, const omadm_tpm_config *config, omadm_tpm *tpm,
                    omadm_error *error);
} tpm_provider;

/* Ends with a row without a name. Test programs link another table, with the test providers too. */
extern const tpm_provider omadm_tpm_providers[];

omadm_err none_open(const char *rest, const omadm_tpm_config *config, omadm_tpm *tpm,
                    omadm_error *error);
omadm_err tss2_open(const char *tcti, const omadm_tpm_config *config, omadm_tpm *tpm,
                    omadm_error *error);
omadm_err recorded_open(const char *folder, const omadm_tpm_config *config, omadm_tpm *tpm,
                        omadm_error *error);

#endif
