/* SPDX-License-Identifier: MIT */
/* What a finished transfer means: an answer, another place, another attempt, or the end with a
 * sentence. */
#include "transport/http.h"

#include "base/str.h"

/* What libcurl could not do: the stage, and whether another attempt may fare better. */
typedef struct failure {
  CURLcode code;
  omadm_err stage;
  bool again;
  const char *text;
} failure;

static const failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, OMADM_E_RESOLVE, true,
     "the host name has no address; check url = and the network"},
    {CURLE_COULDNT_RESOLVE_PROXY, OMADM_E_RESOLVE, true,
     "the proxy's name has no address; check https_proxy"},
    {CURLE_COULDNT_CONNECT, OMADM_E_CONNECT, true, "no connection"},
    {CURLE_PROXY, OMADM_E_CONNECT, true, "the proxy made no connection"},
    {CURLE_OPERATION_TIMEDOUT, OMADM_E_TIMEOUT, true, "no answer in time"},
    {CURLE_SEND_ERROR, OMADM_E_SEND, true, "the connection broke while sending"},
    {CURLE_SEND_FAIL_REWIND, OMADM_E_SEND, true, "the message could not be sent again"},
    {CURLE_RECV_ERROR, OMADM_E_RECEIVE, true, "the connection broke while receiving"},
    {CURLE_GOT_NOTHING, OMADM_E_RECEIVE, true,
     "the server closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, OMADM_E_RECEIVE, true, "the connection ended in the middle of the answer"},
    {CURLE_FILESIZE_EXCEEDED, OMADM_E_LIMIT, false,
     "the answer is larger than receive = in [limits] allows"},
    {CURLE_SSL_CONNECT_ERROR, OMADM_E_TLS, false, "the TLS handshake failed; TLS 1.2 is the least"},
    {CURLE_SSL_CACERT_BADFILE, OMADM_E_TLS, false, "the file of ca = holds no usable certificate"},
    {CURLE_SSL_CERTPROBLEM, OMADM_E_TLS, false,
     "client-cert = and client-key = do not work together"},
    {CURLE_SSL_CLIENTCERT, OMADM_E_TLS, false,
     "the server wants a client certificate; set client-cert = and client-key ="},
    {CURLE_SSL_CIPHER, OMADM_E_TLS, false, "no cipher in common"},
    {CURLE_SSL_ISSUER_ERROR, OMADM_E_TLS, false, "the certificate's issuer is not the right one"},
    {CURLE_SSL_INVALIDCERTSTATUS, OMADM_E_TLS, false, "the certificate's status is not good"},
    {CURLE_UNSUPPORTED_PROTOCOL, OMADM_E_RECEIVE, false, "what answered does not speak HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, OMADM_E_RECEIVE, false, "what answered does not speak HTTP"},
    {CURLE_HTTP2, OMADM_E_RECEIVE, false, "the answer is not HTTP/1.1"},
    /* libcurl says so too of a header line beyond its own limit of 100 KiB */
    {CURLE_OUT_OF_MEMORY, OMADM_E_NOMEM, false, "out of memory, or a header line that is too long"},
};

/* OpenSSL's X509_V_ERR_*, which libcurl passes on as CURLINFO_SSL_VERIFYRESULT. It checks the name
 * itself and leaves 0 or 1. */
static const struct {
  long code;
  const char *text;
  const char *advice;
} certificates[] = {
    {0, "the certificate is not for this host", "check url ="},
    {1, "the certificate is not for this host", "check url ="},
    {2, "the certificate is not signed by a known authority", "set ca = in the [server] section"},
    {9, "the certificate is not valid yet", "check this device's clock"},
    {10, "the certificate has expired",
     "the server needs a new one, or this device's clock is wrong"},
    {18, "the certificate is signed by itself",
     "if it is the right one, set ca = in the [server] section"},
    {19, "the certificate is not signed by a known authority", "set ca = in the [server] section"},
    {20, "the certificate is not signed by a known authority", "set ca = in the [server] section"},
    {21, "the certificate is not signed by a known authority", "set ca = in the [server] section"},
    {23, "the certificate was revoked", "ask who runs the server"},
};

/* HTTP statuses that end a message, and what a person can do. */
static const struct {
  long code;
  bool again;
  const char *advice;
} statuses[] = {
    {400, false, "the server cannot read the message"},
    {401, false, "the server wants a login; check client-cert ="},
    {403, false, "the server does not let this device in; check client-cert ="},
    {404, false, "nothing is there; check url ="},
    {405, false, "that address takes no messages; check url ="},
    {406, false, "the server cannot answer in this encoding; check encoding ="},
    {407, false, "the proxy wants a login"},
    {413, false, "the message is too large for the server; lower max-msg-size ="},
    {415, false, "the server cannot read this encoding; check encoding ="},
    {429, true, "the server has too much to do"},
    {496, false, "the server wants a client certificate; set client-cert = and client-key ="},
    {502, true, "the server behind the gateway does not work"},
    {503, true, "the server is not available now"},
    {504, true, "the server behind the gateway does not answer"},
};

const char *http_certificate_text(CURL *easy) {
  long result = 0;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
  for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++) {
    if (certificates[i].code == result) return certificates[i].text;
  }
  return "the certificate is not accepted";
}

static omadm_err certificate_failure(const http_transport *h, omadm_error *error) {
  const char *text = http_certificate_text(h->easy);
  for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++) {
    if (strcmp(certificates[i].text, text) != 0) continue;
    return omadm_error_set(error, OMADM_E_TLS, "%s: %s (%.120s); %s", h->target.shown, text,
                           h->curl_text, certificates[i].advice);
  }
  return omadm_error_set(error, OMADM_E_TLS, "%s: %s (%.200s)", h->target.shown, text,
                         h->curl_text);
}

/* Ours, not libcurl's: a callback refused to take more. */
static http_verdict judge_broken(const http_transport *h, omadm_error *error) {
  if (h->broken == OMADM_E_LIMIT) {
    omadm_error_set(error, OMADM_E_LIMIT,
                    "%s: the answer has more than %llu octets, or too many header fields; receive "
                    "= in [limits] "
                    "allows no more",
                    h->target.shown, (unsigned long long)h->config.receive);
  } else {
    omadm_error_set(error, h->broken, "%s: %s", h->target.shown, omadm_err_text(h->broken));
  }
  return HTTP_FAILED;
}

/* TLS 1.3 tells a refused client certificate by an alert after the handshake: to libcurl, a broken
 * connection. */
static bool is_late_alert(CURLcode code, const char *curl_text) {
  bool broke = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
  return broke && strstr(curl_text, " alert ") != NULL;
}

omadm_err http_failure_stage(CURLcode code, const char *curl_text) {
  if (code == CURLE_PEER_FAILED_VERIFICATION || is_late_alert(code, curl_text)) return OMADM_E_TLS;
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    if (failures[i].code == code) return failures[i].stage;
  }
  return OMADM_E_RECEIVE;
}

static http_verdict judge_failure(const http_transport *h, CURLcode code, omadm_error *error) {
  if (h->broken != 0) return judge_broken(h, error);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    certificate_failure(h, error);
    return HTTP_FAILED;
  }
  if (is_late_alert(code, h->curl_text)) {
    omadm_error_set(error, OMADM_E_TLS,
                    "%s: the server ended the TLS session (%.150s); check client-cert =",
                    h->target.shown, h->curl_text);
    return HTTP_FAILED;
  }
  const char *detail = h->curl_text[0] != '\0' ? h->curl_text : curl_easy_strerror(code);
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    if (failures[i].code != code) continue;
    omadm_error_set(error, failures[i].stage, "%s: %s (%.150s)", h->target.shown, failures[i].text,
                    detail);
    return failures[i].again ? HTTP_AGAIN : HTTP_FAILED;
  }
  omadm_error_set(error, OMADM_E_RECEIVE, "%s: %.200s", h->target.shown, detail);
  return HTTP_FAILED;
}

/* A header field of the answer, in the message's arena; empty where it is absent. */
static omadm_str field(http_transport *h, const char *name) {
  struct curl_header *found = NULL;
  if (curl_easy_header(h->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
    return (omadm_str){NULL, 0};
  return omadm_str_trim(omadm_arena_copy(&h->message, omadm_str_of(found->value)));
}

/* Retry-After in milliseconds, given in seconds or as a date; -1 where there is none. */
static int64_t retry_after(const http_transport *h) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &seconds);
  if (seconds <= 0) return -1;
  return seconds < INT32_MAX ? (int64_t)seconds * 1000 : (int64_t)INT32_MAX * 1000;
}

static http_verdict judge_status(http_transport *h, long status, int64_t *wait_ms,
                                 omadm_error *error) {
  const char *advice = "a status that a management server should not send";
  bool again = false;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    if (statuses[i].code != status) continue;
    advice = statuses[i].advice;
    again = statuses[i].again;
  }
  *wait_ms = again ? retry_after(h) : -1;
  if (*wait_ms > (int64_t)h->config.retry_after_max * 1000) {
    omadm_error_set(error, OMADM_E_HTTP,
                    "%s: HTTP status %ld: %s and wants to be left alone for %lld seconds",
                    h->target.shown, status, advice, (long long)(*wait_ms / 1000));
    return HTTP_FAILED;
  }
  omadm_error_set(error, OMADM_E_HTTP, "%s: HTTP status %ld: %s", h->target.shown, status, advice);
  return again ? HTTP_AGAIN : HTTP_FAILED;
}

/* 303 is not among them: it asks for a GET. */
static bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

static http_verdict judge_answer(http_transport *h, long status, omadm_error *error) {
  omadm_str coding = field(h, "Content-Encoding");
  if (coding.len > 0 && !omadm_str_equal_nocase(coding, omadm_str_of("identity"))) {
    omadm_error_set(error, OMADM_E_RECEIVE,
                    "%s: the answer is packed as \"%.40s\", which was not asked for",
                    h->target.shown, coding.ptr);
    return HTTP_FAILED;
  }
  h->response = (omadm_response){
      .http_status = (int)status,
      .content_type = field(h, "Content-Type"),
      .hmac = field(h, "x-syncml-hmac"),
      .body = omadm_buf_str(&h->body),
      .location = omadm_str_of(h->redirects > 0 ? h->target.shown : NULL),
  };
  return HTTP_ANSWERED;
}

http_verdict http_judge(http_transport *h, CURLcode code, omadm_str *location, int64_t *wait_ms,
                        omadm_error *error) {
  long status = 0;
  *wait_ms = -1;
  if (code != CURLE_OK) return judge_failure(h, code, error);
  curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
  h->response.http_status = (int)status;
  if (status >= 200 && status < 300) return judge_answer(h, status, error);
  if (!is_redirect(status)) return judge_status(h, status, wait_ms, error);
  *location = field(h, "Location");
  if (location->len > 0) return HTTP_MOVED;
  omadm_error_set(error, OMADM_E_HTTP, "%s: HTTP status %ld without Location", h->target.shown,
                  status);
  return HTTP_FAILED;
}
