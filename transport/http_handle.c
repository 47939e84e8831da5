/* SPDX-License-Identifier: MIT */
/* A handle of libcurl, and what holds for everything that is done with one. */
#include <pthread.h>

#include "transport/http.h"

static void start_curl(void) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL *http_handle_new(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start_curl);
  return curl_easy_init();
}

static const struct {
  CURLoption option;
  long value;
} fixed_options[] = {
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    /* Each hop is judged before it is made: http_curl.c follows. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    /* Since 7.87 libcurl writes without SIGPIPE also below TLS. */
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
};

bool http_handle_secure(CURL *easy, const char *ca) {
  bool good = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
  for (size_t i = 0; good && i < sizeof fixed_options / sizeof *fixed_options; i++)
    good = curl_easy_setopt(easy, fixed_options[i].option, fixed_options[i].value) == CURLE_OK;
  if (!good || ca == NULL) return good;
  /* Certificates of that authority are the only ones that count: not the system's folder beside
   * them. */
  return curl_easy_setopt(easy, CURLOPT_CAINFO, ca) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

bool http_has_control(omadm_str s) {
  for (size_t i = 0; i < s.len; i++) {
    if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F) return true;
  }
  return false;
}
