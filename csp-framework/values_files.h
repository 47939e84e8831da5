/* SPDX-License-Identifier: MIT */
/* The folder of the spool. A file is named by 32 hexadecimal digits; "tmp-" stands before them
 * until all of it is written. Where a function fails errno says why. */
#ifndef OMADM_FRAMEWORK_VALUES_FILES_H
#define OMADM_FRAMEWORK_VALUES_FILES_H

#include "csp-framework/core.h"

/* A new file with a temporary name, for writing and reading; -1. */
int values_file_make(omadm_framework *fw, const char *name);
/* From the temporary name to the lasting one, durable when it returns. */
bool values_file_rename(omadm_framework *fw, const char *name);
/* For reading; -1. */
int values_file_open(omadm_framework *fw, const char *name);
void values_file_remove(omadm_framework *fw, const char *name, bool temporary);

#endif
