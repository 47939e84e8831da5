/* SPDX-License-Identifier: MIT */
/*
 * A TPM 2.0 inside the process, for tests: libtpms behind the tss2 provider. As libtpms keeps its
 * state in globals, there is one TPM in a process at a time.
 *
 * "inproc" is a new TPM, "inproc:FILE" one with the state that swtpm left in FILE
 * (tpm2-00.permall): with the endorsement certificates of swtpm_setup. FILE itself stays as it is.
 */
#ifndef TPM_INPROC_H
#define TPM_INPROC_H

#include <omadm/error.h>
#include <omadm/tpm.h>

#include <tss2/tss2_tcti.h>

/* The row of the table of providers. STATE: there is one already. */
omadm_err inproc_open(const char *file, const omadm_tpm_config *config, omadm_tpm *tpm,
                      omadm_error *error);

/* What follows is called while the TPM of this process is open, from any thread. */

/* TPM2_Shutdown(CLEAR), off, on, TPM2_Startup(CLEAR). */
void inproc_reboot(void);
/* The same with STATE: suspend and resume. */
void inproc_resume(void);
/* Another way in, for a test that wants to look at the TPM or to change it. Owned by the caller,
 * free with Tss2_Tcti_Finalize and free. NULL: out of memory. */
TSS2_TCTI_CONTEXT *inproc_tcti_new(void);

#endif
