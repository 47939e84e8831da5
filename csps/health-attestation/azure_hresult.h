/* SPDX-License-Identifier: MIT */
/* clang-format off */
/*
 * What AttestStatus says: HRESULTs, as Windows has them for failures of this kind. Only that it is
 * an HRESULT, and one for a failed connection, is documented; the choice is ours:
 *
 *   HTTP   0x80072ee7 name          0x80072efd connection   0x80072f8f TLS
 *          0x80072ee2 timeout       0x80072efe broken off   0x80072f78 nonsense
 *          0x80072ee5 URL           0x80072ee9 settings     0x80072f79 header
 *          0x80190000 and the HTTP status, where that is not 200
 *   TPM    0x8028400f none          0x80290401 not ready    0x80290405 cannot
 *          0x80290408 authorization 0x80280921 locked out   0x80280922 busy
 *          0x80280902 no room       0x8028009f damaged      0x80284006 not reached
 *          0x800705b4 timeout       0x80290407 anything else
 *   ours   0x80004004 ended by a restart
 *          0x8007000e memory        0x80004005 anything else
 */
/* clang-format on */
#ifndef HEALTH_ATTESTATION_AZURE_HRESULT_H
#define HEALTH_ATTESTATION_AZURE_HRESULT_H

#include <omadm/csp.h>
#include <omadm/tpm.h>

#define HRESULT_ABORT 0x80004004u
#define HRESULT_FAIL 0x80004005u
#define HRESULT_MEMORY 0x8007000Eu
#define HRESULT_NONSENSE 0x80072F78u
#define HRESULT_TPM_NOT_READY 0x80290401u

/* Of an exchange that did not come to an HTTP status of 200. */
uint32_t hresult_of_http(const omadm_csp_http_reply *reply, omadm_err err);
/* Of a call that is not OK. */
uint32_t hresult_of_tpm(omadm_tpm_status status);

#endif
