/* SPDX-License-Identifier: MIT */
#include "health-attestation/endpoint.h"

#include <string.h>

static const char endpoint_key[] = "endpoint";
static const char fallback[] = "has.spserv.microsoft.com.";
enum { ENDPOINT_MAX = 261, PORT_DIGITS = 5 }; /* a name of 255 octets and a port */

bool endpoint_load(const attestation *self, octets *out) {
  omadm_err err = attestation_load(self, endpoint_key, out);
  if (err == OMADM_E_NOT_FOUND) octets_add_text(out, fallback);
  return (err == 0 || err == OMADM_E_NOT_FOUND) && !out->failed;
}

/* Splits at the colon of the port; one in an IPv6 address stands in brackets. */
static void split(omadm_str endpoint, omadm_str *host, omadm_str *port) {
  *host = endpoint;
  *port = (omadm_str){NULL, 0};
  for (size_t i = endpoint.len; i > 0 && endpoint.ptr[i - 1] != ']'; i--) {
    if (endpoint.ptr[i - 1] != ':') continue;
    *host = (omadm_str){endpoint.ptr, i - 1};
    *port = (omadm_str){endpoint.ptr + i, endpoint.len - i};
    return;
  }
}

static bool is_all_of(omadm_str text, const char *allowed) {
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] == '\0' || strchr(allowed, text.ptr[i]) == NULL) return false;
  return text.len > 0;
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* No scheme, no path, nobody's name: only what a URL can hold between its slashes. */
static bool is_endpoint(omadm_str text) {
  omadm_str host, port;
  split(text, &host, &port);
  if (text.len > ENDPOINT_MAX || host.len == 0) return false;
  bool colon = host.len < text.len;
  if (colon && (!is_all_of(port, DIGITS) || port.len > PORT_DIGITS)) return false;
  if (*host.ptr == '[')
    return host.len > 2 && host.ptr[host.len - 1] == ']' &&
           is_all_of((omadm_str){host.ptr + 1, host.len - 2}, DIGITS "abcdefABCDEF:.");
  return is_all_of(host, DIGITS LETTERS "-._") && *host.ptr != '.';
}

omadm_status endpoint_get(attestation *self, const omadm_csp_request *request) {
  octets text = {0};
  omadm_status status = OMADM_ST_STORE_FAILED;
  if (endpoint_load(self, &text)) status = attestation_answer(self, request, octets_str(&text));
  octets_dispose(&text);
  return status;
}

omadm_status endpoint_set(attestation *self, const omadm_csp_request *request) {
  omadm_str text = octets_trim(request->value);
  if (text.len > 0 && !is_endpoint(text)) return OMADM_ST_BAD_FORMAT;
  omadm_err err = attestation_save(self, endpoint_key, text);
  return err == 0 ? OMADM_ST_OK : OMADM_ST_STORE_FAILED;
}

/* The dot that ends an absolute name is not part of what TLS and HTTP compare (RFC 6066 3). */
void endpoint_url(omadm_str endpoint, unsigned version, octets *out) {
  omadm_str host, port;
  split(endpoint, &host, &port);
  if (host.len > 1 && host.ptr[host.len - 1] == '.') host.len--;
  octets_add_text(out, "https://");
  octets_add_str(out, host);
  if (port.len > 0) octets_add_text(out, ":");
  octets_add_str(out, port);
  octets_add_format(out, "/DeviceHealthAttestation/GetHealthCertificate/v%u", version);
}
