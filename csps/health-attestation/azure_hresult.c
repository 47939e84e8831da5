/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_hresult.h"

#include <omadm/error.h>

typedef struct pair {
  uint32_t from;
  uint32_t hresult;
} pair;

/* The low halves are WinINet's numbers, 12001 and on. */
static const pair stages[] = {
    {OMADM_CSP_HTTP_HANDLE, HRESULT_FAIL}, {OMADM_CSP_HTTP_URL, 0x80072EE5u},
    {OMADM_CSP_HTTP_OPTIONS, 0x80072EE9u}, {OMADM_CSP_HTTP_HEADERS, 0x80072F79u},
    {OMADM_CSP_HTTP_RESOLVE, 0x80072EE7u}, {OMADM_CSP_HTTP_CONNECT, 0x80072EFDu},
    {OMADM_CSP_HTTP_TLS, 0x80072F8Fu},     {OMADM_CSP_HTTP_SEND, 0x80072EFEu},
    {OMADM_CSP_HTTP_RECEIVE, 0x80072EFEu}, {OMADM_CSP_HTTP_STATUS, HRESULT_NONSENSE},
    {OMADM_CSP_HTTP_TIMEOUT, 0x80072EE2u},
};

static const pair statuses[] = {
    {OMADM_TPM_ABSENT, 0x8028400Fu},    {OMADM_TPM_UNSUPPORTED, 0x80290405u},
    {OMADM_TPM_AUTH, 0x80290408u},      {OMADM_TPM_LOCKOUT, 0x80280921u},
    {OMADM_TPM_BUSY, 0x80280922u},      {OMADM_TPM_RESOURCE, 0x80280902u},
    {OMADM_TPM_INTEGRITY, 0x8028009Fu}, {OMADM_TPM_IO, 0x80284006u},
    {OMADM_TPM_TIMEOUT, 0x800705B4u},
};

static uint32_t look_up(const pair *pairs, size_t n, uint32_t from, uint32_t other) {
  for (size_t i = 0; i < n; i++) {
    if (pairs[i].from == from) return pairs[i].hresult;
  }
  return other;
}

uint32_t hresult_of_http(const omadm_csp_http_reply *reply, omadm_err err) {
  if (err == OMADM_E_NOMEM) return HRESULT_MEMORY;
  if (err == OMADM_E_LIMIT) return HRESULT_NONSENSE;
  if (err == 0) return reply->status < 1000 ? 0x80190000u | reply->status : HRESULT_NONSENSE;
  return look_up(stages, sizeof stages / sizeof *stages, reply->stage, HRESULT_FAIL);
}

uint32_t hresult_of_tpm(omadm_tpm_status status) {
  return look_up(statuses, sizeof statuses / sizeof *statuses, (uint32_t)status, 0x80290407u);
}
