/* SPDX-License-Identifier: MIT */
#include "csp-framework/format.h"

#include "base/codec.h"
#include "base/str.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>

_Static_assert(OMADM_QUIRK_COUNT <= 32, "a quirk has a bit in 32");

/* What a check is given: the text (trimmed where the table says so), and where its result goes. */
typedef struct check {
  omadm_str text;
  omadm_buf *scratch;
  omadm_str canonical;
  uint32_t quirks; /* met */
} check;

/* 0; SYNTAX: not a value of the format; NOMEM or LIMIT of scratch. */
typedef omadm_err (*check_function)(check *c);

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Puts octets into scratch as the canonical form. */
static omadm_err keep(check *c, const char *octets, size_t n) {
  size_t start = c->scratch->len;
  omadm_err err = omadm_buf_add(c->scratch, octets, n);
  if (err == 0) c->canonical = (omadm_str){c->scratch->ptr + start, n};
  return err;
}

static omadm_err check_octets(check *c) {
  c->canonical = c->text;
  return 0;
}

static omadm_err check_text(check *c) {
  c->canonical = c->text;
  return omadm_utf8_is_valid(c->text) ? 0 : OMADM_E_SYNTAX;
}

static omadm_err check_empty(check *c) {
  c->canonical = c->text;
  return c->text.len == 0 ? 0 : OMADM_E_SYNTAX;
}

static omadm_err check_int(check *c) {
  /* The DDF says 32 bit signed, the MetInf DTD 32 bit unsigned: whatever either can mean is a
   * value. */
  static const uint64_t least = 2147483648U;
  static const uint64_t most = 4294967295U;
  omadm_str t = c->text;
  bool negative = t.len > 0 && t.ptr[0] == '-';
  if (t.len > 0 && (negative || t.ptr[0] == '+')) {
    t.ptr++;
    t.len--;
  }
  uint64_t value = 0;
  if (!omadm_str_u64(t, &value) || value > (negative ? least : most)) return OMADM_E_SYNTAX;
  while (t.len > 1 && t.ptr[0] == '0') {
    t.ptr++;
    t.len--;
  }
  c->canonical = t;
  if (!negative || value == 0) return 0;
  if (t.ptr == c->text.ptr + 1) {
    c->canonical = c->text;
    return 0;
  }
  char digits[12] = "-";
  memcpy(digits + 1, t.ptr, t.len);
  return keep(c, digits, t.len + 1);
}

static omadm_err check_bool(check *c) {
  static const omadm_str values[] = {OMADM_STR("false"), OMADM_STR("true")};
  static const omadm_str numbers[] = {OMADM_STR("0"), OMADM_STR("1")};
  for (size_t i = 0; i < 2; i++) {
    bool exact = omadm_str_equal(c->text, values[i]) || omadm_str_equal(c->text, numbers[i]);
    if (!exact && !omadm_str_equal_nocase(c->text, values[i])) continue;
    if (!exact) c->quirks |= 1U << OMADM_QUIRK_BOOL_SPELLING;
    c->canonical = values[i];
    return 0;
  }
  return OMADM_E_SYNTAX;
}

static size_t skip_digits(omadm_str t, size_t i) {
  while (i < t.len && is_digit(t.ptr[i]))
    i++;
  return i;
}

static size_t skip_sign(omadm_str t, size_t i) {
  return i < t.len && (t.ptr[i] == '+' || t.ptr[i] == '-') ? i + 1 : i;
}

/* A decimal number as 0.DIGITS times ten to the POINT, without zeros at either end of its digits.
 */
enum { FLOAT_DIGITS = 64 }; /* more cannot matter to single precision */
typedef struct decimal {
  bool negative;
  char digits[FLOAT_DIGITS];
  size_t n;
  long point;
} decimal;

static void add_digit(decimal *d, char digit) {
  if (d->n == 0 && digit == '0') {
    d->point--;
  } else if (d->n < FLOAT_DIGITS) {
    d->digits[d->n++] = digit;
  }
}

static bool read_exponent(omadm_str t, size_t *i, long *exponent) {
  enum { MOST_DIGITS = 4 };
  size_t start = skip_sign(t, *i);
  size_t end = skip_digits(t, start);
  if (end == start || end - start > MOST_DIGITS) return false;
  for (size_t k = start; k < end; k++)
    *exponent = *exponent * 10 + (t.ptr[k] - '0');
  if (t.ptr[*i] == '-') *exponent = -*exponent;
  *i = end;
  return true;
}

static bool read_decimal(omadm_str t, decimal *d) {
  size_t i = skip_sign(t, 0);
  size_t start = i;
  long exponent = 0;
  d->negative = t.len > 0 && t.ptr[0] == '-';
  for (; i < t.len && is_digit(t.ptr[i]); i++) {
    d->point++;
    add_digit(d, t.ptr[i]);
  }
  size_t digits = i - start;
  if (i < t.len && t.ptr[i] == '.') {
    for (i++; i < t.len && is_digit(t.ptr[i]); i++, digits++)
      add_digit(d, t.ptr[i]);
  }
  if (digits == 0) return false;
  if (i < t.len && (t.ptr[i] == 'e' || t.ptr[i] == 'E')) {
    i++;
    if (!read_exponent(t, &i, &exponent)) return false;
  }
  d->point += exponent;
  while (d->n > 0 && d->digits[d->n - 1] == '0')
    d->n--;
  return i == t.len;
}

/* "1.5", "0.001", "1500", and "1.5E30" where that would be long. */
static omadm_err write_decimal(check *c, const decimal *d) {
  enum { MOST_WHOLE = 15, MOST_ZEROS = 5 };
  char text[FLOAT_DIGITS + 32];
  int n = (int)d->n;
  int point = (int)d->point;
  const char *sign = d->negative ? "-" : "";
  static const char zeros[] = "000000000000000";
  if (n == 0) {
    snprintf(text, sizeof text, "0");
  } else if (point > MOST_WHOLE || point < -MOST_ZEROS) {
    snprintf(text, sizeof text, "%s%c%s%.*sE%d", sign, d->digits[0], n > 1 ? "." : "", n - 1,
             d->digits + 1, point - 1);
  } else if (point <= 0) {
    snprintf(text, sizeof text, "%s0.%.*s%.*s", sign, -point, zeros, n, d->digits);
  } else if (point >= n) {
    snprintf(text, sizeof text, "%s%.*s%.*s", sign, n, d->digits, point - n, zeros);
  } else {
    snprintf(text, sizeof text, "%s%.*s.%.*s", sign, point, d->digits, n - point,
             d->digits + point);
  }
  return keep(c, text, strlen(text));
}

static omadm_err check_float(check *c) {
  static const char *const names[] = {"INF", "-INF", "NaN"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    c->canonical = c->text;
    if (omadm_str_is(c->text, names[i])) return 0;
  }
  decimal d = {0};
  return read_decimal(c->text, &d) ? write_decimal(c, &d) : OMADM_E_SYNTAX;
}

/* Reads text by a pattern: 'd' is a digit, kept in *digits; anything else is itself. */
static bool matches(omadm_str text, const char *pattern, char *digits) {
  if (text.len != strlen(pattern)) return false;
  for (size_t i = 0; i < text.len; i++) {
    if (pattern[i] == 'd' ? !is_digit(text.ptr[i]) : text.ptr[i] != pattern[i]) return false;
    if (pattern[i] == 'd') *digits++ = text.ptr[i];
  }
  return true;
}

static unsigned number_of(const char *digits, size_t n) {
  unsigned value = 0;
  for (size_t i = 0; i < n; i++)
    value = value * 10 + (unsigned)(digits[i] - '0');
  return value;
}

static omadm_err check_date(check *c) {
  static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  char d[8] = "";
  bool is_long = matches(c->text, "dddd-dd-dd", d);
  if (!is_long && !matches(c->text, "dddddddd", d)) return OMADM_E_SYNTAX;
  unsigned year = number_of(d, 4);
  unsigned month = number_of(d + 4, 2);
  unsigned day = number_of(d + 6, 2);
  if (year == 0 || month < 1 || month > 12) return OMADM_E_SYNTAX;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > days[month - 1] + (unsigned)(leap && month == 2)) return OMADM_E_SYNTAX;
  c->canonical = c->text;
  if (is_long) return 0;
  const char text[10] = {d[0], d[1], d[2], d[3], '-', d[4], d[5], '-', d[6], d[7]};
  return keep(c, text, sizeof text);
}

static omadm_err check_time(check *c) {
  omadm_str t = c->text;
  char d[6] = "";
  bool utc = t.len > 0 && t.ptr[t.len - 1] == 'Z';
  if (utc) t.len--;
  bool is_long = matches(t, "dd:dd:dd", d);
  if (!is_long && !matches(t, "dddddd", d)) return OMADM_E_SYNTAX;
  if (number_of(d, 2) > 23 || number_of(d + 2, 2) > 59 || number_of(d + 4, 2) > 59)
    return OMADM_E_SYNTAX;
  c->canonical = c->text;
  if (is_long) return 0;
  const char text[9] = {d[0], d[1], ':', d[2], d[3], ':', d[4], d[5], 'Z'};
  return keep(c, text, utc ? 9 : 8);
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static omadm_err check_base64(check *c) {
  size_t start = c->scratch->len;
  omadm_err err = omadm_base64_decode(c->text, c->scratch);
  c->scratch->len = start; /* the octets only prove that it can be read */
  c->canonical = omadm_str_trim(c->text);
  bool clean = true;
  for (size_t i = 0; i < c->canonical.len; i++)
    clean = clean && !is_space(c->canonical.ptr[i]);
  if (err == 0 && !clean) err = omadm_buf_reserve(c->scratch, c->text.len);
  if (err != 0 || clean) return err;
  for (size_t i = 0; i < c->text.len; i++) {
    if (!is_space(c->text.ptr[i])) c->scratch->ptr[c->scratch->len++] = c->text.ptr[i];
  }
  c->canonical = (omadm_str){c->scratch->ptr + start, c->scratch->len - start};
  return 0;
}

static const struct {
  check_function run; /* NULL: no value has this format */
  bool trimmed; /* blanks around the value are a quirk */
  const char *why; /* for 415 */
} rules[OMADM_FORMAT_UNKNOWN + 1] = {
    [OMADM_FORMAT_ABSENT] = {NULL, false, "has no format"},
    [OMADM_FORMAT_CHR] = {check_text, false, "is not UTF-8"},
    [OMADM_FORMAT_XML] = {check_text, false, "is not UTF-8"},
    [OMADM_FORMAT_INT] = {check_int, true,
                          "is not a decimal number from -2147483648 to 4294967295"},
    [OMADM_FORMAT_BOOL] = {check_bool, true, "is not true, false, 1 or 0"},
    [OMADM_FORMAT_B64] = {check_base64, false, "is not base64"},
    [OMADM_FORMAT_BIN] = {check_octets, false, ""},
    [OMADM_FORMAT_NULL] = {check_empty, true, "is not empty, as a value of format null must be"},
    [OMADM_FORMAT_NODE] = {check_empty, true, "is not empty, but an interior node has no value"},
    [OMADM_FORMAT_DATE] = {check_date, true, "is not a day written YYYY-MM-DD or YYYYMMDD"},
    [OMADM_FORMAT_TIME] = {check_time, true,
                           "is not a time written hh:mm:ss or hhmmss, with or without Z"},
    [OMADM_FORMAT_FLOAT] = {check_float, true, "is not a number such as 1.5, -2e10, INF or NaN"},
    [OMADM_FORMAT_UNKNOWN] = {NULL, false, "has an unknown format"},
};

static const char *refused_quirk(const omadm_quirks *quirks, uint32_t met) {
  static const struct {
    omadm_quirk quirk;
    const char *why;
  } rows[] = {
      {OMADM_QUIRK_VALUE_SPACE, "has blanks around it, which the quirk value-space refuses"},
      {OMADM_QUIRK_BOOL_SPELLING,
       "is not written true or false, which the quirk bool-spelling refuses"}};
  for (size_t i = 0; quirks != NULL && i < sizeof rows / sizeof *rows; i++) {
    if ((met & 1U << rows[i].quirk) != 0 && quirks->rule[rows[i].quirk] == OMADM_REFUSE)
      return rows[i].why;
  }
  return NULL;
}

omadm_status omadm_format_canonical(omadm_format format, omadm_str text, const omadm_quirks *quirks,
                                    omadm_buf *scratch, omadm_str *canonical, uint32_t *quirks_used,
                                    const char **why) {
  assert(format >= OMADM_FORMAT_ABSENT && format <= OMADM_FORMAT_UNKNOWN);
  *why = rules[format].why;
  if (rules[format].run == NULL) return OMADM_ST_BAD_FORMAT;
  check c = {.text = text, .scratch = scratch};
  if (rules[format].trimmed) {
    c.text = omadm_str_trim(text);
    if (c.text.len != text.len) c.quirks |= 1U << OMADM_QUIRK_VALUE_SPACE;
  }
  omadm_err err = rules[format].run(&c);
  if (err != 0) return omadm_status_from_err(err);
  *quirks_used |= c.quirks;
  const char *refusal = refused_quirk(quirks, c.quirks);
  if (refusal != NULL) {
    *why = refusal;
    return OMADM_ST_BAD_FORMAT;
  }
  *canonical = c.canonical;
  return OMADM_ST_OK;
}
