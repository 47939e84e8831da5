/* SPDX-License-Identifier: MIT */
#include "csp-framework/applies.h"

#include <stdlib.h>

#include "csp-framework/sized.h"

enum { NUMBERS = FW_BUILD_NUMBERS, SAME_BUILD = 3 /* numbers; the last one counts its updates */ };

/* "10.0.22621" or "10.0.22621.1234": what is missing is 0. */
static bool read_build(omadm_str text, uint32_t build[NUMBERS]) {
  size_t n = 0;
  text = omadm_str_trim(text);
  memset(build, 0, NUMBERS * sizeof *build);
  while (n < NUMBERS) {
    const char *dot = text.len > 0 ? memchr(text.ptr, '.', text.len) : NULL;
    omadm_str number = {text.ptr, dot != NULL ? (size_t)(dot - text.ptr) : text.len};
    uint64_t value = 0;
    if (!omadm_str_u64(number, &value) || value > UINT32_MAX) return false;
    build[n++] = (uint32_t)value;
    if (dot == NULL) return n >= SAME_BUILD;
    text = (omadm_str){dot + 1, text.len - number.len - 1};
  }
  return false;
}

static int compare(const uint32_t *a, const uint32_t *b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

omadm_err applies_read(const omadm_profile *given, fw_profile *profile, omadm_error *error) {
  *profile = (fw_profile){.has_build = false};
  omadm_profile p = {0};
  if (given != NULL) sized_copy(&p, sizeof p, given, given->struct_size);
  profile->edition = p.edition;
  profile->join = p.join;
  if (p.os_build == NULL) return OMADM_OK;
  profile->has_build = read_build(omadm_str_of(p.os_build), profile->build);
  if (profile->has_build) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_ARGUMENT,
                         "the profile's build \"%.60s\" is none; write it as 10.0.22621.1234",
                         p.os_build);
}

/* The next of several texts; false at the end. */
static bool next_of(omadm_str *rest, const char *separators, omadm_str *one) {
  size_t n = 0;
  if (rest->len == 0) return false;
  while (n < rest->len && strchr(separators, rest->ptr[n]) == NULL)
    n++;
  *one = omadm_str_trim((omadm_str){rest->ptr, n});
  if (n < rest->len) n++;
  *rest = (omadm_str){rest->ptr + n, rest->len - n};
  return true;
}

/* The highest build of the list began the main line, wherever it stands in the list; the others say
 * with which update an older one got the node. */
static bool build_applies(omadm_str list, const fw_profile *profile) {
  uint32_t newest[NUMBERS] = {0}, build[NUMBERS];
  omadm_str one;
  bool any = false;
  while (next_of(&list, ",;", &one)) {
    if (!read_build(one, build)) continue;
    if (compare(build, profile->build, SAME_BUILD) == 0)
      return compare(profile->build, build, NUMBERS) >= 0;
    if (!any || compare(build, newest, NUMBERS) > 0) memcpy(newest, build, sizeof newest);
    any = true;
  }
  return !any || compare(profile->build, newest, NUMBERS) >= 0;
}

/* "0x4;0x1B;": hexadecimal; what follows the digits ("0x88*") is not looked at. */
static bool edition_applies(omadm_str list, uint32_t edition) {
  omadm_str one;
  bool any = false;
  while (next_of(&list, ",;", &one)) {
    char digits[16] = "";
    char *end = digits;
    memcpy(digits, one.ptr, one.len < sizeof digits ? one.len : sizeof digits - 1);
    unsigned long number = strtoul(digits, &end, 16);
    if (end == digits) continue;
    if (number == edition) return true;
    any = true;
  }
  return !any;
}

bool applies_to(const omadm_ddf_applicability *applies, const fw_profile *profile) {
  if (applies == NULL) return true;
  if (applies->requires_entra && profile->join == OMADM_JOIN_NONE) return false;
  if (profile->has_build && !build_applies(applies->os_build, profile)) return false;
  return profile->edition == 0 || edition_applies(applies->editions, profile->edition);
}

bool applies_before(omadm_str build, const fw_profile *profile) {
  uint32_t of[NUMBERS];
  return profile->has_build && read_build(build, of) && compare(profile->build, of, NUMBERS) < 0;
}
