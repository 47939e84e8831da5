/* SPDX-License-Identifier: MIT */
/*
 * Which values a node takes. The one place for the rules of Format and Type:
 *
 *   Format absent   Replace: the DDF's. Add: the DDF's in the windows dialect, else chr
 * (OMA-TS-DM_TND 6.2.4). Format given    must be the DDF's; b64 for a bin node, whose octets are
 * decoded on the wire. Else 415. Type absent     the DDF's. Type given      must be one of the
 * DDF's, but for letter case and parameters; it is kept. text/plain, the default
 *                   (OMA-TS-SyncML_MetaInfo 5.2), says nothing and fits any node. Else 415.
 *   Interior nodes  Format node (or absent, windows); no Data. The Type is the object's identifier,
 * as given. Data absent     the DDF's default, else empty. Exec            passed on as it came.
 */
#ifndef OMADM_FRAMEWORK_VALUE_H
#define OMADM_FRAMEWORK_VALUE_H

#include "csp-framework/op.h"

/* Checks a value for the description and puts it, canonical, into op. 200, 413 or 415 and the
 * answer's detail. */
omadm_status value_check(omadm_framework *fw, const omadm_origin *origin, const omadm_ddf_node *d,
                         bool add, const omadm_value *value, fw_op *op, omadm_answer *answer);

/* How many octets of a value a CSP takes at most, and up to how many it takes them whole: a CSP
 * without pieces takes what memory can bear, and nothing else. */
uint64_t value_most(const omadm_framework *fw, const fw_csp *csp);
uint64_t value_in_memory(const omadm_framework *fw, const fw_csp *csp);
/* So much of a value is held in memory, and looked at, where that has to be. */
uint64_t value_whole(const omadm_framework *fw);
/* A value that is too large to be handed over whole goes into the spool. 200, 413, 420, 510. */
omadm_status value_place(omadm_framework *fw, fw_op *op, omadm_answer *answer);
/* The value that a CSP gave for STEP_BEFORE, kept with the transaction: *before, or
 * op->large_before. LIMIT: the CSP could not be given it back. */
omadm_err value_keep_before(omadm_framework *fw, fw_op *op, omadm_str *before);

/* Makes the value that a CSP gave for a get canonical. 200, or 500 and the answer's detail where it
 * is none of the description's format, which is logged. */
omadm_status value_answer(omadm_framework *fw, fw_call *call, const omadm_ddf_node *d,
                          omadm_answer *answer);

#endif
