/* SPDX-License-Identifier: MIT */
/* ENUM, Flag and Range: the kinds that compare numbers. */
#include "csp-framework/allowed/rules.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- reading ---- */

static bool read_digits(omadm_str text, unsigned base, uint64_t *number) {
  static const char digits[] = "0123456789abcdef";
  uint64_t sum = 0;
  if (text.len == 0) return false;
  for (size_t i = 0; i < text.len; i++) {
    const char *at = memchr(digits, omadm_ascii_lower(text.ptr[i]), base);
    if (at == NULL) return false;
    if (__builtin_mul_overflow(sum, base, &sum)) return false;
    if (__builtin_add_overflow(sum, (uint64_t)(at - digits), &sum)) return false;
  }
  *number = sum;
  return true;
}

bool rule_read_number(omadm_str text, int64_t *number) {
  text = omadm_str_trim(text);
  bool negative = text.len > 0 && text.ptr[0] == '-';
  if (text.len > 0 && (negative || text.ptr[0] == '+')) {
    text.ptr++;
    text.len--;
  }
  bool hex = text.len > 2 && text.ptr[0] == '0' && omadm_ascii_lower(text.ptr[1]) == 'x';
  if (hex) text = (omadm_str){text.ptr + 2, text.len - 2};
  uint64_t size = 0;
  if (!read_digits(text, hex ? 16 : 10, &size) || size > INT64_MAX) return false;
  *number = negative ? -(int64_t)size : (int64_t)size;
  return true;
}

/* "-5", "0", "12": as everybody reads it, a plugin too. */
static bool is_canonical(omadm_str text) {
  uint64_t size = 0;
  if (omadm_str_starts(text, "-")) {
    text = (omadm_str){text.ptr + 1, text.len - 1};
    if (omadm_str_is(text, "0")) return false;
  }
  return (text.len == 1 || !omadm_str_starts(text, "0")) && read_digits(text, 10, &size);
}

/* A number that a value holds. An int is canonical by now, however it was sent; any other text goes
 * to the plugin as it is. */
static bool read_value(const judgement *j, int64_t *number) {
  return (j->format == OMADM_FORMAT_INT || is_canonical(j->text)) &&
         rule_read_number(j->text, number);
}

/* A bit mask may be hexadecimal, too. */
static bool read_mask(const judgement *j, int64_t *mask) {
  const bool hex = omadm_str_starts(j->text, "0x") || omadm_str_starts(j->text, "0X");
  const omadm_str digits = {hex ? j->text.ptr + 2 : NULL, hex ? j->text.len - 2 : 0};
  uint64_t size = 0;
  if (!hex) return read_value(j, mask) && *mask >= 0;
  if (!read_digits(digits, 16, &size) || size > INT64_MAX) return false;
  *mask = (int64_t)size;
  return true;
}

/* What is left of a Range's text. */
typedef struct scan {
  const char *at, *end;
} scan;

/* Skips what is one of these characters. */
static void skip_any(scan *s, const char *set) {
  while (s->at < s->end && *s->at != '\0' && strchr(set, *s->at) != NULL)
    s->at++;
}

/* A bound: digits, with a sign or hexadecimal, in parentheses or not. */
static bool take_bound(scan *s, int64_t *bound) {
  bool closed = s->at < s->end && *s->at == '(';
  if (closed) s->at++;
  const char *start = s->at;
  skip_any(s, "+-");
  while (s->at < s->end &&
         (omadm_ascii_lower(*s->at) == 'x' || memchr("0123456789abcdefABCDEF", *s->at, 22) != NULL))
    s->at++;
  omadm_str text = {start, (size_t)(s->at - start)};
  if (closed) {
    if (s->at == s->end || *s->at != ')') return false;
    s->at++;
  }
  return rule_read_number(text, bound);
}

/* The sign between two bounds: '-', "..", or a dash of typesetting (U+2013, U+2014). */
static bool take_dash(scan *s) {
  static const char *const dashes[] = {"-", "..", "\xE2\x80\x93", "\xE2\x80\x94"};
  scan ahead = *s;
  skip_any(&ahead, " \t\r\n");
  for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++) {
    size_t n = strlen(dashes[i]);
    if ((size_t)(ahead.end - ahead.at) < n || memcmp(ahead.at, dashes[i], n) != 0) continue;
    ahead.at += n;
    skip_any(&ahead, " \t\r\n");
    *s = ahead;
    return true;
  }
  return false;
}

size_t rule_read_ranges(omadm_str text, rule_range *ranges, size_t n) {
  scan s = {text.ptr, text.ptr + text.len};
  size_t count = 0;
  if (text.len == 0) return 0;
  for (;;) {
    skip_any(&s, "[],;| \t\r\n");
    if (s.at == s.end) return count;
    rule_range r = {0, 0};
    if (!take_bound(&s, &r.low)) return 0;
    r.high = r.low;
    if (take_dash(&s) && !take_bound(&s, &r.high)) return 0;
    if (r.low > r.high) return 0;
    if (count < n) ranges[count] = r;
    count++;
  }
}

/* ---- judging ---- */

/* The choices behind `what`, as far as a sentence has room. */
static omadm_status refuse_choice(judgement *j, const char *what) {
  const omadm_ddf_allowed *said = j->rule->said;
  enum { SHOWN = 12 };
  char list[160];
  size_t n = 0;
  size_t i = 0;
  for (; i < said->n_choices && i < SHOWN && n < sizeof list - 1; i++) {
    omadm_str v = said->choices[i].value;
    int put = snprintf(list + n, sizeof list - n, "%s%.*s", i > 0 ? ", " : "",
                       (int)(v.len < 30 ? v.len : 30), v.len > 0 ? v.ptr : "");
    if (put > 0) n += (size_t)put < sizeof list - n ? (size_t)put : sizeof list - n - 1;
  }
  list[n] = '\0';
  return rule_refuse(j, OMADM_ST_BAD_FORMAT, "%s %s%s", what, list,
                     i < said->n_choices ? " …" : "");
}

/* false, 0 and False are one value, as are true, 1 and True. */
static bool read_bool(omadm_str text, int64_t *number) {
  const omadm_str words[] = {OMADM_STR("false"), OMADM_STR("true")};
  for (int64_t i = 0; i < 2; i++) {
    if (!omadm_str_equal_nocase(text, words[i])) continue;
    *number = i;
    return true;
  }
  return rule_read_number(text, number);
}

static bool read_by_format(omadm_format format, omadm_str text, int64_t *number) {
  return format == OMADM_FORMAT_BOOL  ? read_bool(text, number)
         : format == OMADM_FORMAT_INT ? rule_read_number(text, number)
                                      : false;
}

omadm_status rule_judge_enum(judgement *j) {
  const omadm_ddf_allowed *said = j->rule->said;
  int64_t given = 0;
  bool numeric = read_by_format(j->format, j->text, &given);
  for (size_t i = 0; i < said->n_choices; i++) {
    int64_t choice = 0;
    if (omadm_str_equal(said->choices[i].value, j->text)) return OMADM_ST_OK;
    if (numeric && read_by_format(j->format, said->choices[i].value, &choice) && choice == given)
      return OMADM_ST_OK;
  }
  return refuse_choice(j, "is none of");
}

omadm_status rule_judge_flag(judgement *j) {
  const omadm_ddf_allowed *said = j->rule->said;
  int64_t given = 0;
  int64_t covered = 0;
  bool zero = false;
  if (!read_mask(j, &given)) return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is no bit mask");
  for (size_t i = 0; i < said->n_choices; i++) {
    int64_t choice = 0;
    if (!rule_read_number(said->choices[i].value, &choice) || choice < 0) continue;
    if (choice == 0) zero = true;
    if ((choice & ~given) == 0) covered |= choice;
  }
  bool holds = given == 0 ? zero : covered == given;
  return holds ? OMADM_ST_OK : refuse_choice(j, "is not made of the flags");
}

omadm_status rule_judge_range(judgement *j) {
  omadm_str text = j->rule->said->text;
  int64_t given = 0;
  if (!read_value(j, &given))
    return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is no integer, written as 12 or -5");
  for (size_t i = 0; i < j->rule->n_ranges; i++) {
    if (given >= j->rule->ranges[i].low && given <= j->rule->ranges[i].high) return OMADM_ST_OK;
  }
  return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is outside of %.*s",
                     (int)(text.len < 100 ? text.len : 100), text.ptr);
}
