/* SPDX-License-Identifier: MIT */
/* Files of certificates that an operator names. */
#ifndef CONFORMANCE_ATTESTATION_PEM_FILE_H
#define CONFORMANCE_ATTESTATION_PEM_FILE_H

#include <omadm/error.h>

#include <stdbool.h>

/* Is it a file with at least one PEM certificate? NULL is. IO or SYNTAX with a sentence that names
 * `option`. */
omadm_err pem_file_check(const char *path, const char *option, omadm_error *error);

/* Does the file hold this certificate (DER)? A path of NULL does not. */
bool pem_file_has(const char *path, omadm_str certificate);

#endif
