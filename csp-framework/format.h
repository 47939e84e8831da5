/* SPDX-License-Identifier: MIT */
/* Is a text a value of a format, and how is that value kept (OMA-TS-SyncML_MetaInfo 5.2;
 * OMA-TS-DM_TND 7.7.2, 9.4.2). */
#ifndef OMADM_FRAMEWORK_FORMAT_H
#define OMADM_FRAMEWORK_FORMAT_H

#include <omadm/quirk.h>
#include <omadm/status.h>
#include <omadm/types.h>

/*
 * Checks text against a format and gives the form in which it is kept:
 *
 *   chr, xml    the same octets; they must be UTF-8. An xml value is not parsed.
 *   bin         the same octets
 *   int         decimal, -2147483648 to 4294967295; without '+' and leading zeros
 *   bool        "true" or "false"; 1 and 0 are read too
 *   float       xs:float: "1.5", "0.001", "1.5E30"; "+1.50", "15e-1" and the like are read too.
 * "INF",
 *               "-INF", "NaN" in exactly these letters
 *   date        "2026-01-31", a day of the calendar; "20260131" is read too
 *   time        "23:59:59" or "23:59:59Z"; "235959" and "235959Z" are read too
 *   b64         base64 without white space
 *   null, node  empty
 *
 * Blanks around an int, bool, float, date, time, null or node are OMADM_QUIRK_VALUE_SPACE, another
 * letter case of a bool is OMADM_QUIRK_BOOL_SPELLING: each met sets its bit 1 << OMADM_QUIRK_* in
 * *quirks_used (the caller starts it at 0), and is refused where *quirks says so (NULL: tolerate
 * all).
 *
 * Answers 200; 415 and in *why the rest of a sentence that begins with the value ("is not a decimal
 * number"), which lives for ever; 420 without memory, 413 beyond scratch->max. *canonical is
 * borrowed from text, or from scratch, to which it is appended where it is neither text nor a part
 * of it. Any thread.
 */
omadm_status omadm_format_canonical(omadm_format format, omadm_str text, const omadm_quirks *quirks,
                                    omadm_buf *scratch, omadm_str *canonical, uint32_t *quirks_used,
                                    const char **why);

#endif
