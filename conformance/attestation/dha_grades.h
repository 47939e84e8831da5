/* SPDX-License-Identifier: MIT */
/* The element Grades of a report: schema/dha-report-grades.xsd. */
#ifndef CONFORMANCE_ATTESTATION_DHA_GRADES_H
#define CONFORMANCE_ATTESTATION_DHA_GRADES_H

#include <omadm/eventlog.h>

#include <stdbool.h>

#define DHA_GRADES_SPACE "urn:omadm:dha-report:grades:1"

/* Appends it: a Field for each element of the report, a Fact for what the report has no element
 * for, and the code integrity policies after the first. `endorsed`: the key that quoted is proven
 * to be in a TPM; else what would be attested is only what the device says of itself. */
omadm_err dha_grades_write(const omadm_boot_facts *facts, bool endorsed, omadm_buf *out);

#endif
