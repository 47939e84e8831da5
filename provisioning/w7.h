/* SPDX-License-Identifier: MIT */
/* From the application w7 of client provisioning to DMAcc (OMA-TS-DM_StdObj, appendix). Private to
 * provisioning. */
#ifndef OMADM_PROVISIONING_W7_H
#define OMADM_PROVISIONING_W7_H

#include "provisioning/cp.h"
#include "provisioning/record.h"

/* The next APPLICATION with APPID w7 from `at` on; NULL: there is none. */
const cp_characteristic *w7_find(const cp_characteristic *at);

/* Fills *record, which borrows from the document; what is decoded goes to its arena. SYNTAX with a
 * sentence. */
omadm_err w7_read(cp_document *document, const cp_characteristic *application,
                  account_record *record, omadm_error *error);

#endif
