/* SPDX-License-Identifier: MIT */
/* Which of two numbers is larger, exactly, in every way in which a value may write them. */
#include "csp-framework/allowed/allowed.h"

#include <stdio.h>

#include "base/str.h"
#include "csp-framework/allowed/rules.h"

/* 0.d1d2d3… * 10^exponent: its digits stand in the text, with a point between two of them or not.
 */
typedef struct decimal {
  int sign; /* 0: it is zero */
  bool endless;
  int64_t exponent;
  omadm_str digits; /* from the first one that is not 0 */
  char room[24]; /* of an integer that is written otherwise */
} decimal;

static omadm_str behind(omadm_str text, size_t n) {
  return (omadm_str){text.ptr + n, text.len - n};
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* "e-12" to the text's end. */
static bool read_exponent(omadm_str text, int64_t *exponent) {
  uint64_t n = 0;
  const bool minus = text.len > 1 && text.ptr[1] == '-';
  text = behind(text, 1);
  if (text.len > 0 && (minus || text.ptr[0] == '+')) text = behind(text, 1);
  if (!omadm_str_u64(text, &n) || n > INT32_MAX) return false;
  *exponent += minus ? -(int64_t)n : (int64_t)n;
  return true;
}

/* "12.50e3", without a sign. */
static bool read_digits(omadm_str text, decimal *d) {
  size_t i = 0;
  size_t first = SIZE_MAX;
  size_t point = SIZE_MAX;
  size_t digits = 0;
  for (; i < text.len && (is_digit(text.ptr[i]) || (text.ptr[i] == '.' && point == SIZE_MAX));
       i++) {
    if (text.ptr[i] == '.') {
      point = i;
      continue;
    }
    digits++;
    if (text.ptr[i] != '0' && first == SIZE_MAX) first = i;
  }
  if (digits == 0) return false;
  if (point == SIZE_MAX) point = i;
  if (first == SIZE_MAX) d->sign = 0;
  if (first != SIZE_MAX) {
    d->digits = (omadm_str){text.ptr + first, i - first};
    d->exponent = (int64_t)point - (int64_t)first + (first > point ? 1 : 0);
  }
  if (i == text.len) return true;
  return omadm_ascii_lower(text.ptr[i]) == 'e' && read_exponent(behind(text, i), &d->exponent);
}

static bool read_decimal(omadm_str text, decimal *d) {
  int64_t number = 0;
  *d = (decimal){.sign = 1};
  if (omadm_str_is(text, "true") || omadm_str_is(text, "false")) {
    number = omadm_str_is(text, "true");
  } else if (!rule_read_number(text, &number)) {
    const bool minus = omadm_str_starts(text, "-");
    if (minus || omadm_str_starts(text, "+")) text = behind(text, 1);
    if (minus) d->sign = -1;
    d->endless = omadm_str_is(text, "INF");
    return d->endless || read_digits(text, d);
  }
  if (number < 0) d->sign = -1;
  /* Never the least one: rule_read_number reads none without its opposite. */
  snprintf(d->room, sizeof d->room, "%lld", (long long)(number < 0 ? -number : number));
  return read_digits(omadm_str_of(d->room), d);
}

/* The next digit, 0 behind the last one. */
static char next_digit(omadm_str *digits) {
  if (digits->len > 0 && digits->ptr[0] == '.') *digits = behind(*digits, 1);
  if (digits->len == 0) return '0';
  const char c = digits->ptr[0];
  *digits = behind(*digits, 1);
  return c;
}

static int compare_sizes(const decimal *a, const decimal *b) {
  if (a->endless != b->endless) return a->endless ? 1 : -1;
  if (a->endless) return 0;
  if (a->exponent != b->exponent) return a->exponent > b->exponent ? 1 : -1;
  omadm_str left = a->digits;
  omadm_str right = b->digits;
  while (left.len > 0 || right.len > 0) {
    const char l = next_digit(&left);
    const char r = next_digit(&right);
    if (l != r) return l > r ? 1 : -1;
  }
  return 0;
}

bool allowed_compare(omadm_str a, omadm_str b, int *order) {
  decimal left;
  decimal right;
  if (!read_decimal(a, &left) || !read_decimal(b, &right)) return false;
  if (left.sign != right.sign)
    *order = left.sign > right.sign ? 1 : -1;
  else
    *order = left.sign == 0 ? 0 : left.sign * compare_sizes(&left, &right);
  return true;
}
