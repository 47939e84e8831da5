/* SPDX-License-Identifier: MIT */
#include "conformance/server/fetch.h"

#include <curl/curl.h>

#include "base/str.h"

#define SECONDS 30L

static size_t take(char *octets, size_t size, size_t n, void *ctx) {
  return omadm_buf_add(ctx, octets, size * n) == OMADM_OK ? n : 0;
}

static bool add_header(struct curl_slist **list, const char *line) {
  struct curl_slist *longer = curl_slist_append(*list, line);
  if (longer != NULL) *list = longer;
  return longer != NULL;
}

static void prepare(CURL *curl, const fetch_request *request, struct curl_slist *headers,
                    omadm_buf *body, char *why) {
  curl_easy_setopt(curl, CURLOPT_URL, request->url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "127.0.0.1,localhost");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  if (request->ca != NULL) {
    /* Only these: libcurl would go on looking in the system's folder. */
    curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  }
  if (request->body.ptr == NULL) return;
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
}

omadm_err fetch(const fetch_request *request, unsigned *status, omadm_buf *body,
                omadm_error *error) {
  char why[CURL_ERROR_SIZE] = "";
  struct curl_slist *headers = NULL;
  long code = 0;
  CURL *curl = curl_easy_init();
  omadm_err err = OMADM_OK;
  bool made = curl != NULL;
  if (made && request->header != NULL) made = add_header(&headers, request->header);
  if (made && request->body.ptr != NULL) {
    char line[100];
    snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
    made = add_header(&headers, line);
  }
  if (made) {
    prepare(curl, request, headers, body, why);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (result != CURLE_OK)
      err = omadm_error_set(error, OMADM_E_CONNECT, "%s: %s", request->url,
                            why[0] != 0 ? why : curl_easy_strerror(result));
  } else {
    err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  *status = (unsigned)code;
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return err;
}
