/* SPDX-License-Identifier: MIT */
/* One HTTP exchange by itself: what is checked before anything is sent, what libcurl is told, and
 * what became of it. */
#include <errno.h>
#include <unistd.h>

#include <omadm/version.h>

#include "base/clock.h"
#include "base/str.h"
#include "transport/http.h"

enum { DEFAULT_MS = 30000, REQUEST_HEADER_OCTETS = 65536 };

typedef struct exchange {
  const omadm_csp_http_request *request;
  omadm_csp_http_reply *reply;
  omadm_error *error;
  CURL *easy;
  omadm_arena arena;
  http_address target;
  struct curl_slist *fields;
  const char *method;
  const char *ca;
  bool sends; /* there is a body, or may be */
  bool has_type; /* Content-Type is the caller's */
  size_t header_octets;
  bool headers_over; /* of the answer that comes in; what follows are trailers */
  bool headers_full;
  omadm_err broken; /* why a callback stopped libcurl */
  char curl_text[CURL_ERROR_SIZE];
} exchange;

#define FAIL(x, at, err, ...)                                                                      \
  ((x)->reply->stage = OMADM_CSP_HTTP_##at, omadm_error_set((x)->error, (err), __VA_ARGS__))

/* What is sent. */

static const struct {
  const char *name;
  bool sends;
} methods[] = {{"GET", false}, {"HEAD", false}, {"POST", true}, {"PUT", true}, {"DELETE", false}};

static omadm_err check_method(exchange *x) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    if (!omadm_str_is(x->request->method, methods[i].name)) continue;
    x->method = methods[i].name;
    x->sends = methods[i].sends;
  }
  if (x->method == NULL)
    return FAIL(x, URL, OMADM_E_ARGUMENT, "a method that is none of GET HEAD POST PUT DELETE");
  if (!x->sends && x->request->body.len > 0)
    return FAIL(x, URL, OMADM_E_ARGUMENT, "a %s takes no body", x->method);
  return OMADM_OK;
}

static omadm_err check_url(exchange *x) {
  omadm_err err = http_address_parse(&x->target, NULL, x->request->url, x->error);
  if (err != 0) {
    x->reply->stage = err == OMADM_E_NOMEM ? OMADM_CSP_HTTP_HANDLE : OMADM_CSP_HTTP_URL;
    return err == OMADM_E_NOMEM ? err : OMADM_E_ARGUMENT;
  }
  if (x->target.tls || http_address_is_loopback(&x->target)) return OMADM_OK;
  return FAIL(x, URL, OMADM_E_ARGUMENT,
              "%s: refused, everybody on the way could read it; use https://", x->target.shown);
}

/* Said now, by its name, rather than as a failed handshake later. */
static omadm_err check_ca(exchange *x) {
  omadm_str ca = x->request->ca;
  if (ca.len == 0) return OMADM_OK;
  if (http_has_control(ca))
    return FAIL(x, OPTIONS, OMADM_E_ARGUMENT, "ca: control characters in a file's name");
  x->ca = omadm_arena_copy(&x->arena, ca).ptr;
  if (x->ca == NULL) return FAIL(x, HANDLE, OMADM_E_NOMEM, "out of memory");
  if (access(x->ca, R_OK) == 0) return OMADM_OK;
  return FAIL(x, OPTIONS, OMADM_E_ARGUMENT, "ca = %s: %s", x->ca, strerror(errno));
}

/* Where the message goes and ends is the host's to say; two opinions would make two messages of
 * one (RFC 9112 6.1, 11.2). */
static const char *const own_fields[] = {
    "Connection",          "Content-Length",   "Cookie", "Expect",  "Host",    "Keep-Alive",
    "Proxy-Authorization", "Proxy-Connection", "TE",     "Trailer", "Upgrade", "Transfer-Encoding",
};

/* The characters of a token (RFC 9110 5.6.2). */
static bool is_token(omadm_str s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!word && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) return false;
  }
  return s.len > 0;
}

/* Takes "Name: value" for libcurl, to which "Name:" means that there is none. */
static omadm_err add_field(exchange *x, omadm_str line) {
  static const char form[] =
      "a header is not of the form \"Name: value\", or holds control characters";
  const char *colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
  if (colon == NULL) return FAIL(x, HEADERS, OMADM_E_ARGUMENT, "%s", form);
  omadm_str name = {line.ptr, (size_t)(colon - line.ptr)};
  omadm_str value = omadm_str_trim((omadm_str){colon + 1, line.len - name.len - 1});
  if (!is_token(name) || http_has_control(value))
    return FAIL(x, HEADERS, OMADM_E_ARGUMENT, "%s", form);
  for (size_t i = 0; i < sizeof own_fields / sizeof *own_fields; i++) {
    if (omadm_str_equal_nocase(name, omadm_str_of(own_fields[i])))
      return FAIL(x, HEADERS, OMADM_E_ARGUMENT, "the header %s is not the caller's to set",
                  own_fields[i]);
  }
  x->has_type = x->has_type || omadm_str_equal_nocase(name, omadm_str_of("Content-Type"));
  omadm_buf text;
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_err err = value.len > 0 ? omadm_buf_printf(&text, "%.*s: %.*s", (int)name.len, name.ptr,
                                                   (int)value.len, value.ptr)
                                : omadm_buf_printf(&text, "%.*s;", (int)name.len, name.ptr);
  struct curl_slist *longer = err == 0 ? curl_slist_append(x->fields, text.ptr) : NULL;
  omadm_buf_dispose(&text);
  if (longer == NULL) return FAIL(x, HANDLE, OMADM_E_NOMEM, "out of memory");
  x->fields = longer;
  return OMADM_OK;
}

static omadm_err make_fields(exchange *x) {
  omadm_str left = x->request->headers;
  if (left.len > REQUEST_HEADER_OCTETS)
    return FAIL(x, HEADERS, OMADM_E_ARGUMENT, "the headers have more than %d octets",
                REQUEST_HEADER_OCTETS);
  while (left.len > 0) {
    const char *end = memmem(left.ptr, left.len, "\r\n", 2);
    if (end == NULL)
      return FAIL(x, HEADERS, OMADM_E_ARGUMENT, "a header line that CR LF does not end");
    omadm_str line = {left.ptr, (size_t)(end - left.ptr)};
    omadm_err err = add_field(x, line);
    if (err != 0) return err;
    left = (omadm_str){end + 2, left.len - line.len - 2};
  }
  /* libcurl's own opinions go: of a form's Content-Type, and of "Expect: 100-continue", which
   * leaves many servers and clients waiting for each other. */
  const char *const without[] = {"Expect:", "Content-Type:"};
  for (size_t i = 0; i < (x->has_type ? 1U : 2U); i++) {
    struct curl_slist *longer = curl_slist_append(x->fields, without[i]);
    if (longer == NULL) return FAIL(x, HANDLE, OMADM_E_NOMEM, "out of memory");
    x->fields = longer;
  }
  return OMADM_OK;
}

/* What comes back. */

/* libcurl calls it with pieces of the body. Returning less than it got ends the transfer. */
static size_t on_body(char *octets, size_t size, size_t n, void *ctx) {
  exchange *x = ctx;
  omadm_csp_http_reply *r = x->reply;
  size_t len = size * n;
  if (len > r->body_size - r->body_len) {
    x->broken = OMADM_E_LIMIT;
    return 0;
  }
  if (len > 0) memcpy(r->body + r->body_len, octets, len);
  r->body_len += len;
  return len;
}

static void keep_field(exchange *x, omadm_str line) {
  omadm_csp_http_reply *r = x->reply;
  if (x->headers_full || line.len + 2 > r->headers_size - r->headers_len) {
    x->headers_full = true;
    return;
  }
  memcpy(r->headers + r->headers_len, line.ptr, line.len);
  memcpy(r->headers + r->headers_len + line.len, "\r\n", 2);
  r->headers_len += line.len + 2;
}

/* libcurl calls it with whole lines: of interim answers, of the answer, of trailers. */
static size_t on_header(char *octets, size_t size, size_t n, void *ctx) {
  exchange *x = ctx;
  omadm_str line = {octets, size * n};
  x->header_octets += line.len;
  if (x->header_octets > HTTP_HEADER_OCTETS) {
    x->broken = OMADM_E_LIMIT;
    return 0;
  }
  while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
    line.len--;
  if (omadm_str_starts(line, "HTTP/")) {
    x->reply->headers_len = 0;
    x->headers_over = x->headers_full = false;
  } else if (line.len == 0) {
    x->headers_over = true;
  } else if (!x->headers_over) {
    keep_field(x, line);
  }
  return size * n;
}

static bool set_method(exchange *x) {
  omadm_str body = x->request->body;
  CURL *e = x->easy;
  if (omadm_str_is(omadm_str_of(x->method), "HEAD"))
    return curl_easy_setopt(e, CURLOPT_NOBODY, 1L) == CURLE_OK;
  if (!x->sends) return curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, x->method) == CURLE_OK;
  return curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, x->method) == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.len > 0 ? body.ptr : "") == CURLE_OK &&
         curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) == CURLE_OK;
}

static omadm_err set_up(exchange *x) {
  CURL *e = x->easy = http_handle_new();
  if (e == NULL) return FAIL(x, HANDLE, OMADM_E_NOMEM, "out of memory for an HTTP client");
  uint32_t ms = x->request->timeout_ms != 0 ? x->request->timeout_ms : DEFAULT_MS;
  bool good = http_handle_secure(e, x->ca) && set_method(x) &&
              curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_USERAGENT, "omadm/" OMADM_VERSION) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_URL, x->target.url) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->fields) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)ms) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->curl_text) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_WRITEDATA, x) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HEADERDATA, x) == CURLE_OK;
  if (good && http_address_is_loopback(&x->target))
    good = curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
  if (good) return OMADM_OK;
  return FAIL(x, HANDLE, OMADM_E_UNSUPPORTED,
              "this libcurl (%s) cannot do what is needed; 7.87 with TLS is the least",
              curl_version());
}

/* What became of it. */

static const struct {
  omadm_err err;
  omadm_csp_http_stage stage;
} stages[] = {
    {OMADM_E_RESOLVE, OMADM_CSP_HTTP_RESOLVE}, {OMADM_E_CONNECT, OMADM_CSP_HTTP_CONNECT},
    {OMADM_E_TLS, OMADM_CSP_HTTP_TLS},         {OMADM_E_SEND, OMADM_CSP_HTTP_SEND},
    {OMADM_E_RECEIVE, OMADM_CSP_HTTP_RECEIVE}, {OMADM_E_TIMEOUT, OMADM_CSP_HTTP_TIMEOUT},
    {OMADM_E_LIMIT, OMADM_CSP_HTTP_RECEIVE},   {OMADM_E_NOMEM, OMADM_CSP_HTTP_HANDLE},
};

/* Did the connection break before the whole body had gone, and without a word from the server?
 * Then libcurl may see the reset first where it listens; it was sending all the same. */
static bool broke_while_sending(exchange *x) {
  curl_off_t sent = 0;
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  return status == 0 && (uint64_t)sent < x->request->body.len;
}

static omadm_err failed(exchange *x, CURLcode code) {
  const char *text = x->curl_text[0] != '\0' ? x->curl_text : curl_easy_strerror(code);
  if (x->broken == OMADM_E_LIMIT)
    return FAIL(x, RECEIVE, OMADM_E_LIMIT,
                "%s: the answer is larger than the %zu octets there is room for, or has too many "
                "header fields",
                x->target.shown, x->reply->body_size);
  if (code == CURLE_SSL_CACERT_BADFILE)
    return FAIL(x, OPTIONS, OMADM_E_ARGUMENT, "ca = %s holds no usable certificate",
                x->ca != NULL ? x->ca : "");
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
    return FAIL(x, STATUS, OMADM_E_RECEIVE, "%s: what answered does not speak HTTP (%.150s)",
                x->target.shown, text);
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return FAIL(x, TLS, OMADM_E_TLS, "%s: %s (%.150s); check ca = and the URL", x->target.shown,
                http_certificate_text(x->easy), text);
  omadm_err err = http_failure_stage(code, x->curl_text);
  /* A header line beyond libcurl's own limit of 100 KiB is told as a lack of memory. */
  if (err == OMADM_E_NOMEM && x->header_octets > 0)
    return FAIL(x, RECEIVE, OMADM_E_LIMIT, "%s: a header line that is too long", x->target.shown);
  if (err == OMADM_E_RECEIVE && broke_while_sending(x)) err = OMADM_E_SEND;
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    if (stages[i].err == err) x->reply->stage = (uint32_t)stages[i].stage;
  }
  return omadm_error_set(x->error, err, "%s: %s (%.200s)", x->target.shown, omadm_err_text(err),
                         text);
}

static omadm_err judge(exchange *x, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  x->reply->status = status > 0 ? (uint32_t)status : 0;
  if (code != CURLE_OK) return failed(x, code);
  if (status >= 200 && status <= 599) return OMADM_OK;
  return FAIL(x, STATUS, OMADM_E_RECEIVE, "%s: %ld is no HTTP status of an answer", x->target.shown,
              status);
}

static omadm_err run(exchange *x, const omadm_log *log) {
  int64_t began = omadm_clock_ms();
  omadm_err err = check_method(x);
  if (err == 0) err = check_url(x);
  if (err == 0) err = check_ca(x);
  if (err == 0) err = make_fields(x);
  if (err == 0) err = set_up(x);
  if (err == 0) err = judge(x, curl_easy_perform(x->easy));
  long long took = (long long)(omadm_clock_ms() - began);
  if (err == 0) {
    omadm_log_line(log, OMADM_LOG_DEBUG, http_log_module,
                   "%s %s, %zu octets, answered %u, %zu octets, in %lld ms", x->method,
                   x->target.shown, x->request->body.len, x->reply->status, x->reply->body_len,
                   took);
  } else {
    omadm_log_line(log, OMADM_LOG_WARN, http_log_module, "%s; after %lld ms", x->error->text, took);
  }
  return err;
}

omadm_err omadm_http_exchange(const omadm_log *log, const omadm_csp_http_request *given,
                              omadm_csp_http_reply *reply, omadm_error *error) {
  omadm_csp_http_request request = {0};
  omadm_error own = {0};
  memcpy(&request, given,
         given->struct_size < sizeof request ? given->struct_size : sizeof request);
  exchange x = {.request = &request, .reply = reply, .error = &own};
  omadm_arena_init(&x.arena, &omadm_mem_default, 0);
  reply->stage = OMADM_CSP_HTTP_DONE;
  reply->status = 0;
  reply->headers_len = reply->body_len = 0;
  omadm_err err = run(&x, log);
  if (err != 0) reply->headers_len = reply->body_len = 0;
  if (reply->struct_size >= sizeof *reply) reply->headers_cut = x.headers_full;
  if (err != 0) omadm_error_set(error, err, "%s", own.text);
  curl_easy_cleanup(x.easy);
  curl_slist_free_all(x.fields);
  http_address_dispose(&x.target);
  omadm_arena_dispose(&x.arena);
  return err;
}
