/* SPDX-License-Identifier: MIT */
/* First octet: flags. Then a URI: what parses is written and parses again, to the same names. */
#include <omadm/uri.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "tests/fuzz/fuzz.h"

static void check_names(const omadm_uri *uri) {
  require(uri->n <= OMADM_URI_SEGMENTS);
  for (size_t i = 0; i < uri->n; i++) {
    omadm_str name = uri->segment[i];
    require(name.len > 0 && omadm_utf8_is_valid(name));
    require(!omadm_str_is(name, ".") && !omadm_str_is(name, "..") && !omadm_str_is(name, "*"));
  }
}

/* Without "%2F" names survive unchanged in either dialect; decoding it is right for what was
 * written. */
static void check_written(const omadm_uri *uri, const omadm_limits *limits) {
  omadm_buf text;
  omadm_uri again;
  uint32_t quirks = 0;
  omadm_buf_init(&text, NULL, 0);
  require(omadm_uri_write(uri->segment, uri->n, &text) == 0);
  char *scratch = malloc(text.len);
  require(scratch != NULL);
  omadm_status status = omadm_uri_parse(omadm_buf_str(&text), 0, limits, scratch, &quirks, &again);
  require(status == OMADM_ST_OK && quirks == 0 && again.n == uri->n);
  for (size_t i = 0; i < uri->n; i++)
    require(omadm_str_equal(uri->segment[i], again.segment[i]));
  free(scratch);
  omadm_buf_dispose(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  if (n == 0) return 0;
  omadm_limits limits;
  omadm_uri uri;
  uint32_t quirks = 0;
  omadm_limits_init(&limits);
  char *scratch = malloc(n);
  require(scratch != NULL);
  omadm_str text = {(const char *)octets + 1, n - 1};
  omadm_status status = omadm_uri_parse(text, octets[0] & 3U, &limits, scratch, &quirks, &uri);
  require(status == OMADM_ST_OK || status == OMADM_ST_BAD_REQUEST ||
          status == OMADM_ST_URI_TOO_LONG || status == OMADM_ST_NOT_SUPPORTED);
  if (status == OMADM_ST_OK) {
    check_names(&uri);
    check_written(&uri, &limits);
  }
  free(scratch);
  return 0;
}
