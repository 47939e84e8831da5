/* SPDX-License-Identifier: MIT */
#include "transport/http_address.h"

#include <stdio.h>

#include <curl/curl.h>
#include <omadm/transport.h>

#include "base/mem.h"
#include "base/str.h"

enum { LONGEST = 8192 };

/* One part of a parsed address, or "" where it is absent. Owned by the caller, free with curl_free.
 */
static char *part(CURLU *url, CURLUPart what, unsigned flags) {
  char *text = NULL;
  return curl_url_get(url, what, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool has_part(CURLU *url, CURLUPart what) {
  char *text = part(url, what, 0);
  bool has = text != NULL;
  curl_free(text);
  return has;
}

static void show(http_address *self, CURLU *url) {
  char *path = part(url, CURLUPART_PATH, 0);
  char port[16] = "";
  if (self->port != (self->tls ? 443U : 80U)) snprintf(port, sizeof port, ":%u", self->port);
  snprintf(self->shown, sizeof self->shown, "%s://%s%s%s", self->tls ? "https" : "http", self->host,
           port, path != NULL ? path : "");
  curl_free(path);
}

/* As much of an unusable address as may be shown: no query, no user and password, one line. */
static int showable(const char *text) {
  if (strchr(text, '@') != NULL) return 0;
  int n = 0;
  while (n < 150 && (unsigned char)text[n] > ' ' && text[n] != '?')
    n++;
  return n;
}

/* What stands in the parsed address. The fragment is for browsers and goes. */
static omadm_err take_apart(http_address *self, CURLU *url, const char *text, omadm_error *error) {
  char *scheme = part(url, CURLUPART_SCHEME, 0);
  bool http = scheme != NULL && omadm_str_is(omadm_str_of(scheme), "http");
  self->tls = scheme != NULL && omadm_str_is(omadm_str_of(scheme), "https");
  curl_free(scheme);
  if (!http && !self->tls) {
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "\"%.*s\": refused, an address begins with https:// or http://",
                           showable(text), text);
  }
  if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
    return omadm_error_set(
        error, OMADM_E_REFUSED,
        "an address with a user name or password in it is refused; set user = and secret =");
  }
  curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
  char *port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  uint64_t number = 0;
  if (port != NULL) omadm_str_u64(omadm_str_of(port), &number);
  curl_free(port);
  self->port = (unsigned)number;
  self->host = part(url, CURLUPART_HOST, 0);
  self->url = part(url, CURLUPART_URL, 0);
  if (self->host == NULL || self->url == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  show(self, url);
  return 0;
}

omadm_err http_address_parse(http_address *self, const http_address *base, omadm_str text,
                             omadm_error *error) {
  *self = (http_address){0};
  if (text.len > LONGEST || (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)) {
    return omadm_error_set(error, OMADM_E_ARGUMENT, "an address is too long or holds a zero octet");
  }
  CURLU *url = curl_url();
  char *copy = omadm_str_dup(&omadm_mem_default, text);
  omadm_err err =
      url != NULL && copy != NULL ? 0 : omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  if (err == 0 && base != NULL) curl_url_set(url, CURLUPART_URL, base->url, 0);
  /* CURLU_NON_SUPPORT_SCHEME: that a scheme is unknown to libcurl is said in our words. */
  CURLUcode code =
      err == 0 ? curl_url_set(url, CURLUPART_URL, copy, CURLU_NON_SUPPORT_SCHEME) : CURLUE_OK;
  if (code != CURLUE_OK) {
    err = omadm_error_set(error, OMADM_E_ARGUMENT, "\"%.*s\" is not an address: %s", showable(copy),
                          copy, curl_url_strerror(code));
  }
  if (err == 0) err = take_apart(self, url, copy, error);
  if (err != 0) http_address_dispose(self);
  omadm_mem_free(&omadm_mem_default, copy);
  curl_url_cleanup(url);
  return err;
}

void http_address_dispose(http_address *self) {
  curl_free(self->url);
  curl_free(self->host);
  *self = (http_address){0};
}

bool http_address_is_loopback(const http_address *self) {
  omadm_str host = omadm_str_of(self->host);
  bool number = strspn(self->host, "0123456789.") == host.len;
  return (number && omadm_str_starts(host, "127.")) || omadm_str_is(host, "[::1]") ||
         omadm_str_equal_nocase(host, omadm_str_of("localhost"));
}

static bool is_separator(char c) {
  return c == ' ' || c == '\t' || c == ',';
}

/* An entry without a port allows every port of its host. */
static bool is_listed(const char *hosts, const http_address *target) {
  char with_port[300];
  int n = snprintf(with_port, sizeof with_port, "%s:%u", target->host, target->port);
  if (hosts == NULL || n < 0 || (size_t)n >= sizeof with_port) return false;
  for (const char *at = hosts; *at != '\0';) {
    omadm_str entry = {at, 0};
    while (at[entry.len] != '\0' && !is_separator(at[entry.len]))
      entry.len++;
    if (entry.len > 0 && (omadm_str_equal_nocase(entry, omadm_str_of(target->host)) ||
                          omadm_str_equal_nocase(entry, omadm_str_of(with_port)))) {
      return true;
    }
    at += entry.len;
    while (is_separator(*at))
      at++;
  }
  return false;
}

omadm_err http_address_judge(const http_address *account, const char *hosts,
                             const http_address *target, omadm_error *error) {
  if (account->tls && !target->tls) {
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "%s: refused, a session that began with https stays there",
                           target->shown);
  }
  bool same = account->port == target->port &&
              omadm_str_equal_nocase(omadm_str_of(account->host), omadm_str_of(target->host));
  if (same || is_listed(hosts, target)) return 0;
  return omadm_error_set(
      error, OMADM_E_REFUSED,
      "%s: refused, the account's server is %.120s:%u; where the other may be trusted, add its "
      "host to hosts = in the [server] section",
      target->shown, account->host, account->port);
}

int omadm_http_may_go(const char *address, const char *hosts, const char *target,
                      omadm_error *error) {
  http_address account = {0};
  http_address other = {0};
  omadm_err err = http_address_parse(&account, NULL, omadm_str_of(address), error);
  if (err == 0) err = http_address_parse(&other, &account, omadm_str_of(target), error);
  if (err == 0) err = http_address_judge(&account, hosts, &other, error);
  http_address_dispose(&other);
  http_address_dispose(&account);
  return err == 0;
}
