/* SPDX-License-Identifier: MIT */
#include "health-attestation/endpoint.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static const char endpoint_key[] = "endpoint";
static const char fallback[] = "has.spserv.microsoft.com.";
enum {
  ENDPOINT_MAX = 261,
  PORT_DIGITS = 5,
  HTTPS_PORT = 443
}; /* a name of 255 octets and a port */

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

/* 1 to 65535; 0 where it is none. */
static unsigned port_of(omadm_str digits) {
  unsigned port = 0;
  if (digits.len > PORT_DIGITS || !is_all_of(digits, DIGITS)) return 0;
  for (size_t i = 0; i < digits.len; i++)
    port = port * 10 + (unsigned)(digits.ptr[i] - '0');
  return port <= UINT16_MAX ? port : 0;
}

static bool is_ipv6(omadm_str text) {
  char terminated[INET6_ADDRSTRLEN];
  struct in6_addr address;
  if (text.len >= sizeof terminated || !is_all_of(text, DIGITS "abcdefABCDEF:.")) return false;
  memcpy(terminated, text.ptr, text.len);
  terminated[text.len] = '\0';
  return inet_pton(AF_INET6, terminated, &address) == 1;
}

/* No scheme, no path, nobody's name: only what a URL can hold between its slashes. */
bool endpoint_is_valid(omadm_str text) {
  omadm_str host, port;
  split(text, &host, &port);
  if (text.len > ENDPOINT_MAX || host.len == 0) return false;
  if (host.len < text.len && port_of(port) == 0) return false;
  if (*host.ptr == '[')
    return host.ptr[host.len - 1] == ']' && is_ipv6((omadm_str){host.ptr + 1, host.len - 2});
  return is_all_of(host, DIGITS LETTERS "-._") && *host.ptr != '.';
}

static bool is_same_host(omadm_str a, omadm_str b) {
  if (a.len > 1 && a.ptr[a.len - 1] == '.') a.len--;
  if (b.len > 1 && b.ptr[b.len - 1] == '.') b.len--;
  return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static bool is_same(omadm_str a, omadm_str b) {
  omadm_str host[2], port[2];
  split(a, &host[0], &port[0]);
  split(b, &host[1], &port[1]);
  return is_same_host(host[0], host[1]) && (port[0].len > 0 ? port_of(port[0]) : HTTPS_PORT) ==
                                               (port[1].len > 0 ? port_of(port[1]) : HTTPS_PORT);
}

bool endpoint_is_allowed(const attestation *self, omadm_str endpoint) {
  octets services = {0};
  bool allowed = !attestation_setting(self, "services", &services);
  omadm_str rest = octets_str(&services);
  while (!allowed && rest.len > 0) {
    size_t n = 0;
    while (n < rest.len && strchr(" \t\r\n", rest.ptr[n]) == NULL)
      n++;
    allowed = n > 0 && is_same((omadm_str){rest.ptr, n}, endpoint);
    n += n < rest.len;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  octets_dispose(&services);
  return allowed;
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
  if (text.len > 0 && !endpoint_is_valid(text)) return OMADM_ST_BAD_FORMAT;
  if (text.len > 0 && !endpoint_is_allowed(self, text)) {
    attestation_log(self, OMADM_CSP_LOG_WARN,
                    "HASEndpoint is refused: the setting services does not name it");
    return OMADM_ST_BAD_FORMAT;
  }
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
