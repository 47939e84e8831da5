/* SPDX-License-Identifier: MIT */
/*
 * MSFT:AllowedValues and MSFT:DynamicNodeNaming, compiled once when a DDF is read and not changed
 * afterwards, so that any thread may ask omadm_ddf_allows and omadm_ddf_allows_name.
 */
#ifndef OMADM_FRAMEWORK_ALLOWED_H
#define OMADM_FRAMEWORK_ALLOWED_H

#include "csp-framework/ddf/complaint.h"
#include "csp-framework/ddf/model.h"

/*
 * Compiles the rules of ddf->allowed and the naming patterns of its nodes into ddf->rules. A rule
 * that cannot be compiled is a warning and becomes OMADM_ALLOWED_UNKNOWN. Fails only for NOMEM; the
 * caller frees in each case.
 */
omadm_err allowed_compile(omadm_ddf *ddf, ddf_complaints *complaints);
/* What the rules hold outside of the DDF's arena. NULL rules are fine. */
void allowed_free(omadm_ddf *ddf);

/*
 * Compares two values as numbers: integers as rules read them, decimals of any length, true and
 * false as 1 and 0. *order is negative, 0 or positive. False where one of them is no number.
 */
bool allowed_compare(omadm_str a, omadm_str b, int *order);

#endif
