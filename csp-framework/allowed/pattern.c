/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

enum {
  MAX_TEXT = 8192, /* octets of a pattern */
  MAX_COMPILED = 256 * 1024, /* what nested counts may make of it */
  MAX_GROUPS = 40, /* whose text is kept: each step copies them */
  MAX_DEPTH = 100000,
  MAX_HEAP = 8192, /* KiB of one match */
  /* A match may take so many steps: some at once, which the texts of a value share, and some for
   * each octet; a step may look at every octet, of which no more are looked at than that. */
  FIRST_STEPS = 4000,
  LEAST_STEPS = 40,
  STEPS_AN_OCTET = 100,
  OCTETS = 32 * 1024 * 1024
};

struct pattern {
  pcre2_code *code;
  size_t size;
  uint64_t most; /* characters, where it is a mere length; else 0 */
};

/* "^.{1,30}$" with or without its anchors: the 30. */
static uint64_t read_length(omadm_str t) {
  if (omadm_str_starts(t, "^")) t = (omadm_str){t.ptr + 1, t.len - 1};
  if (t.len > 0 && t.ptr[t.len - 1] == '$') t.len--;
  if (t.len < 4 || !omadm_str_starts(t, ".{") || t.ptr[t.len - 1] != '}') return 0;
  t = (omadm_str){t.ptr + 2, t.len - 3};
  const char *comma = memchr(t.ptr, ',', t.len);
  uint64_t least = 0;
  uint64_t most = 0;
  if (comma != NULL) {
    if (!omadm_str_u64((omadm_str){t.ptr, (size_t)(comma - t.ptr)}, &least)) return 0;
    t = (omadm_str){comma + 1, (size_t)(t.ptr + t.len - comma - 1)};
  }
  return omadm_str_u64(t, &most) ? most : 0;
}

/* A literal of JavaScript, "/^…$/": as it is written it could match nothing. */
static omadm_str without_slashes(omadm_str t) {
  bool literal = t.len > 4 && omadm_str_starts(t, "/^") && memcmp(t.ptr + t.len - 2, "$/", 2) == 0;
  return literal ? (omadm_str){t.ptr + 1, t.len - 2} : t;
}

static pcre2_compile_context *new_context(void) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  if (context == NULL) return NULL;
  pcre2_set_max_pattern_length(context, MAX_TEXT);
  pcre2_set_parens_nest_limit(context, 100);
  /* \u0041 and \x41 as in the languages whose patterns people copy into DDFs. */
  pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
  return context;
}

omadm_err pattern_new(omadm_str text, pattern **made, char *why, size_t size) {
  const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
  *made = NULL;
  pcre2_compile_context *context = new_context();
  pattern *p = omadm_mem_new(&omadm_mem_default, 1, sizeof *p);
  omadm_err err = context != NULL && p != NULL ? OMADM_OK : OMADM_E_NOMEM;
  if (err != 0) goto out;
  text = without_slashes(text);
  int code = 0;
  PCRE2_SIZE at = 0;
  p->most = read_length(text);
  p->code = pcre2_compile((PCRE2_SPTR)(text.len > 0 ? text.ptr : ""), text.len, options, &code, &at,
                          context);
  if (p->code == NULL) {
    err = code == PCRE2_ERROR_NOMEMORY ? OMADM_E_NOMEM : OMADM_E_SYNTAX;
    PCRE2_UCHAR message[120] = "";
    pcre2_get_error_message(code, message, sizeof message);
    snprintf(why, size, "%s (at octet %zu)", (const char *)message, (size_t)at);
    goto out;
  }
  uint32_t groups = 0;
  pcre2_pattern_info(p->code, PCRE2_INFO_SIZE, &p->size);
  pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  if (groups > MAX_GROUPS) {
    err = OMADM_E_LIMIT;
    snprintf(why, size, "it has more than %d groups; write (?:) where no \\1 needs one",
             MAX_GROUPS);
  }
  if (p->size > MAX_COMPILED) {
    err = OMADM_E_LIMIT;
    snprintf(why, size, "it needs more than %d octets of memory", MAX_COMPILED);
  }
out:
  if (context != NULL) pcre2_compile_context_free(context);
  if (err != 0) {
    pattern_free(p);
    p = NULL;
  }
  *made = p;
  return err;
}

void pattern_free(pattern *p) {
  if (p == NULL) return;
  if (p->code != NULL) pcre2_code_free(p->code);
  omadm_mem_free(&omadm_mem_default, p);
}

size_t pattern_size(const pattern *p) {
  return p->size;
}

/* A dot does not match a line break, so with one in it the length is not all that is wrong. */
static bool is_too_long(const pattern *p, omadm_str text) {
  uint64_t characters = 0;
  if (p->most == 0) return false;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\n') return false;
    characters += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
  }
  return characters > p->most;
}

static uint32_t steps_for(size_t octets, size_t texts) {
  size_t steps = texts > 1 ? FIRST_STEPS / texts : FIRST_STEPS;
  if (steps < LEAST_STEPS) steps = LEAST_STEPS;
  steps += octets * STEPS_AN_OCTET;
  return (uint32_t)(steps < OCTETS / (octets + 1) ? steps : OCTETS / (octets + 1));
}

omadm_status pattern_match(const pattern *p, omadm_str text, size_t texts, const char **why) {
  if (text.len > PATTERN_MAX_VALUE) {
    *why = "is longer than what is matched with a pattern";
    return OMADM_ST_TOO_LARGE;
  }
  int result = PCRE2_ERROR_NOMEMORY;
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  if (context != NULL && data != NULL) {
    pcre2_set_match_limit(context, steps_for(text.len, texts));
    pcre2_set_depth_limit(context, MAX_DEPTH);
    pcre2_set_heap_limit(context, MAX_HEAP);
    result = pcre2_match(p->code, (PCRE2_SPTR)(text.len > 0 ? text.ptr : ""), text.len, 0, 0, data,
                         context);
  }
  if (data != NULL) pcre2_match_data_free(data);
  if (context != NULL) pcre2_match_context_free(context);
  if (result >= 0) return OMADM_ST_OK;
  if (result == PCRE2_ERROR_NOMATCH && is_too_long(p, text)) {
    *why = "is longer than the pattern allows";
    return OMADM_ST_TOO_LARGE;
  }
  *why = result == PCRE2_ERROR_NOMATCH    ? "does not match the pattern"
         : result == PCRE2_ERROR_NOMEMORY ? "cannot be matched: there is not enough memory"
         : result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21
             ? "is not UTF-8"
             : "would take the pattern longer than it may";
  return result == PCRE2_ERROR_NOMEMORY ? OMADM_ST_FAILED : OMADM_ST_BAD_FORMAT;
}

bool pattern_is_prose(omadm_str text) {
  unsigned words = 0;
  size_t i = 0;
  while (i < text.len) {
    size_t start = i;
    while (i < text.len && omadm_ascii_lower(text.ptr[i]) >= 'a' &&
           omadm_ascii_lower(text.ptr[i]) <= 'z')
      i++;
    words = i > start ? words + 1 : 0;
    if (words == 3) return true;
    if (i < text.len && text.ptr[i] == ',') i++;
    bool gap = i < text.len && text.ptr[i] == ' ' && i > start;
    if (!gap) words = 0;
    if (i < text.len) i++;
  }
  return false;
}
