/* SPDX-License-Identifier: MIT */
/*
 * The answers of [MS-DHA]: HealthCertificateResponse and HealthCertificateValidationResponse, the
 * latter with DHA-Report V3. Version 4 is answered with the elements of version 3. After the
 * report's own elements stands one of ours, Grades (schema/dha-report-grades.xsd), that says of
 * each whether it is attested, self-reported (by a key that nothing proves), unknown, or not
 * applicable to this kind of boot; in the last two cases the element has its safe value.
 */
#ifndef CONFORMANCE_ATTESTATION_DHA_REPORT_H
#define CONFORMANCE_ATTESTATION_DHA_REPORT_H

#include "conformance/attestation/certificate.h"
#include "conformance/attestation/dha_codes.h"
#include "conformance/attestation/dha_proof.h"
#include "conformance/attestation/mismatch.h"

/* Appends the answer to a request for a certificate: with DHA_OK `blob`, or, where `bound` is
 * given, the blob and challenge of it; else neither. */
omadm_err dha_certificate_response(unsigned version, dha_code code, const char *sentence,
                                   omadm_str blob, const dha_bound *bound, omadm_buf *out);

/* What a report says. */
typedef struct dha_report {
  const certificate *then; /* the boot */
  uint32_t reset_count, restart_count; /* now */
  int64_t issued; /* seconds since 1970 */
  mismatch changed;
} dha_report;

/* Appends the answer to a request for validation. `report` NULL: none, the certificate could not be
 * opened or nothing about its device is known. */
omadm_err dha_validation_response(unsigned version, dha_code code, const char *sentence,
                                  const dha_report *report, omadm_buf *out);

#endif
