/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/samples.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* How many samples of a kind are taken; those a rule names come first. */
enum { MOST_INSIDE = 64, MOST_PLAIN = 10, MOST_OUTSIDE = 8, LONG = 1000, LARGE = 70000 };

#define S(literal) OMADM_STR(literal)
static const omadm_str chr_values[] = {S("a"),
                                       S(""),
                                       S("hello, world"),
                                       S("gr\303\274\303\237e \342\234\223"),
                                       S("<a&b/> \""),
                                       S("0"),
                                       S("1"),
                                       S("A1"),
                                       S("{}"),
                                       S("[\"a\"]"),
                                       S("<enabled/>"),
                                       S("O:BAG:BAD:(A;;GA;;;BA)"),
                                       S("http://example.com/x"),
                                       S("00000000-0000-0000-0000-000000000001"),
                                       S("1.2.3"),
                                       S("a;b")};
static const omadm_str int_values[] = {S("0"), S("1"), S("7"), S("2147483647"), S("-2147483648")};
static const omadm_str bool_values[] = {S("true"), S("false")};
static const omadm_str bin_values[] = {S("a"), S(""), S("\001\002\003\377"), S("a longer value")};
static const omadm_str b64_values[] = {S("aGVsbG8="), S("AQID/w=="), S("")};
static const omadm_str xml_values[] = {S("<a/>"), S("<a b=\"c\">d</a>"), S("<enabled/>"),
                                       S("<disabled/>")};
static const omadm_str null_values[] = {S("")};
static const omadm_str date_values[] = {S("2026-01-31"), S("1999-12-31")};
static const omadm_str time_values[] = {S("12:34:56"), S("00:00:00")};
static const omadm_str float_values[] = {S("1.5"), S("0"), S("-0.25")};

#define VALUES(array) array, sizeof array / sizeof *array
static const struct {
  omadm_format format;
  const omadm_str *values;
  size_t n;
  omadm_str malformed; /* ptr NULL: every value is well-formed */
} formats[] = {
    {OMADM_FORMAT_CHR, VALUES(chr_values), S("\377\376")},
    {OMADM_FORMAT_INT, VALUES(int_values), S("seven")},
    {OMADM_FORMAT_BOOL, VALUES(bool_values), S("maybe")},
    {OMADM_FORMAT_B64, VALUES(b64_values), S("a")},
    {OMADM_FORMAT_BIN, VALUES(bin_values), {NULL, 0}},
    {OMADM_FORMAT_XML, VALUES(xml_values), {NULL, 0}},
    {OMADM_FORMAT_NULL, VALUES(null_values), S("something")},
    {OMADM_FORMAT_DATE, VALUES(date_values), S("2026-02-30")},
    {OMADM_FORMAT_TIME, VALUES(time_values), S("25:00:00")},
    {OMADM_FORMAT_FLOAT, VALUES(float_values), S("1.5.5")},
};

/* A text that lives as long as the samples; empty where there is no room. */
static omadm_str keep(samples *self, const char *text, size_t n) {
  if (n > sizeof self->text - self->used) return (omadm_str){NULL, 0};
  char *at = self->text + self->used;
  memcpy(at, text, n);
  self->used += n;
  return (omadm_str){at, n};
}

static size_t count(const samples *self, sample_kind kind) {
  size_t n = 0;
  for (size_t i = 0; i < self->n; i++)
    n += self->sample[i].kind == kind;
  return n;
}

static bool has(const samples *self, omadm_str value) {
  for (size_t i = 0; i < self->n; i++)
    if (omadm_str_equal(self->sample[i].value, value)) return true;
  return false;
}

/* Is the text the canonical spelling of an integer? */
static bool is_int(omadm_str text, int64_t *number) {
  char digits[24];
  char again[24];
  char *end = NULL;
  if (text.len == 0 || text.len >= sizeof digits) return false;
  memcpy(digits, text.ptr, text.len);
  digits[text.len] = '\0';
  errno = 0;
  *number = strtoll(digits, &end, 10);
  snprintf(again, sizeof again, "%" PRId64, *number);
  return errno == 0 && *end == '\0' && strcmp(digits, again) == 0 && *number >= INT32_MIN &&
         *number <= UINT32_MAX;
}

/* Values that a rule names may be none of the format, which is the DDF's mistake. */
static bool is_of_format(omadm_format format, omadm_str value) {
  int64_t number = 0;
  if (format == OMADM_FORMAT_INT) return is_int(value, &number);
  if (format == OMADM_FORMAT_BOOL)
    return omadm_str_is(value, "true") || omadm_str_is(value, "false");
  if (format == OMADM_FORMAT_NULL) return value.len == 0;
  return true;
}

/* The rule says which kind it is. */
static void add(samples *self, omadm_str value, size_t most_inside) {
  const omadm_ddf_node *d = self->node;
  sample s = {SAMPLE_INSIDE, value, value, OMADM_ST_OK};
  if (value.ptr == NULL || self->n == SAMPLES_MOST || has(self, value)) return;
  if (!is_of_format(d->format, value)) return;
  if (d->allowed != OMADM_DDF_NONE)
    s.expected = omadm_ddf_allows(self->ddf, d->allowed, d->format, value, NULL);
  if (s.expected == OMADM_ST_FAILED) return;
  if (s.expected != OMADM_ST_OK) s.kind = SAMPLE_OUTSIDE;
  size_t most = s.kind == SAMPLE_INSIDE ? most_inside : MOST_OUTSIDE;
  if (count(self, s.kind) < most) self->sample[self->n++] = s;
}

static void add_int(samples *self, int64_t number) {
  char text[24];
  int n = snprintf(text, sizeof text, "%" PRId64, number);
  add(self, keep(self, text, (size_t)n), MOST_INSIDE);
}

/* Each choice alone, what lies just beyond it, and all flags together. */
static void add_choices(samples *self, const omadm_ddf_allowed *rule) {
  int64_t all = 0, number = 0;
  for (size_t i = 0; i < rule->n_choices; i++)
    add(self, rule->choices[i].value, MOST_INSIDE);
  for (size_t i = 0; i < rule->n_choices; i++) {
    omadm_str value = rule->choices[i].value;
    if (is_int(value, &number)) {
      all |= number;
      add_int(self, number + 1);
      add_int(self, number - 1);
    } else if (value.len < LONG) {
      char longer[LONG + 1];
      memcpy(longer, value.ptr, value.len);
      longer[value.len] = 'x';
      add(self, keep(self, longer, value.len + 1), MOST_INSIDE);
    }
  }
  if (rule->kind == OMADM_ALLOWED_FLAG) add_int(self, all);
}

/* The bounds of "[1-5],[-3--1]", and what lies just outside; any number in the text is taken for
 * one, since the rule judges it. */
static void add_bounds(samples *self, omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    bool negative = text.ptr[i] == '-' && (i == 0 || strchr("[-, ", text.ptr[i - 1]) != NULL);
    size_t start = i + negative;
    size_t end = start;
    int64_t number = 0;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9' && end - start < 12)
      end++;
    for (size_t k = start; k < end; k++)
      number = number * 10 + (text.ptr[k] - '0');
    if (end == start) continue;
    if (negative) number = -number;
    add_int(self, number);
    add_int(self, number - 1);
    add_int(self, number + 1);
    i = end - 1;
  }
}

/* Octets without meaning, others for each seed. */
static void add_long(samples *self, size_t n, uint64_t seed) {
  char *text = self->text + self->used;
  if (n > sizeof self->text - self->used) return;
  for (size_t i = 0; i < n; i++) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    text[i] = (char)('a' + (seed >> 33) % 26);
  }
  self->used += n;
  add(self, (omadm_str){text, n}, MOST_INSIDE);
}

static void add_spelling(samples *self, const char *before, omadm_str canonical) {
  char text[64];
  int n = snprintf(text, sizeof text, "%s%.*s", before, (int)canonical.len, canonical.ptr);
  if (n < 0 || (size_t)n >= sizeof text || self->n == SAMPLES_MOST) return;
  omadm_str value = keep(self, text, (size_t)n);
  if (value.ptr != NULL)
    self->sample[self->n++] = (sample){SAMPLE_SPELLING, value, canonical, OMADM_ST_OK};
}

static void add_spellings(samples *self) {
  const sample *first = NULL;
  int64_t number = 0;
  for (size_t i = 0; (first = samples_at(self, SAMPLE_INSIDE, i)) != NULL; i++)
    if (self->node->format != OMADM_FORMAT_INT || (is_int(first->value, &number) && number >= 0))
      break;
  if (first == NULL) return;
  if (self->node->format == OMADM_FORMAT_INT) {
    add_spelling(self, "+", first->value);
    add_spelling(self, "00", first->value);
    add_spelling(self, " ", first->value);
  } else if (self->node->format == OMADM_FORMAT_BOOL && self->n < SAMPLES_MOST) {
    bool is_true = omadm_str_is(first->value, "true");
    const omadm_str digits[] = {S("0"), S("1")};
    self->sample[self->n++] = (sample){SAMPLE_SPELLING, digits[is_true], first->value, OMADM_ST_OK};
  }
}

void samples_make(samples *self, const omadm_ddf *ddf, const omadm_ddf_node *node, uint64_t seed) {
  const omadm_ddf_allowed *rule = omadm_ddf_allowed_at(ddf, node->allowed);
  self->ddf = ddf;
  self->node = node;
  self->n = self->used = 0;
  if (rule != NULL && rule->n_choices > 0) add_choices(self, rule);
  if (rule != NULL && rule->kind == OMADM_ALLOWED_RANGE) add_bounds(self, rule->text);
  if (node->has_default) add(self, node->default_value, MOST_INSIDE);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    if (formats[i].format != node->format) continue;
    for (size_t k = 0; k < formats[i].n; k++)
      add(self, formats[i].values[k], MOST_PLAIN);
    if (node->format == OMADM_FORMAT_CHR || node->format == OMADM_FORMAT_BIN) {
      add_long(self, LARGE, seed); /* more than inline-value */
      add_long(self, LONG, seed);
    }
    add_spellings(self);
    if (formats[i].malformed.ptr != NULL && self->n < SAMPLES_MOST)
      self->sample[self->n++] = (sample){SAMPLE_MALFORMED, formats[i].malformed,
                                         formats[i].malformed, OMADM_ST_BAD_FORMAT};
  }
}

void samples_also(samples *self, omadm_str value) {
  add(self, value, MOST_INSIDE);
}

const sample *samples_at(const samples *self, sample_kind kind, size_t i) {
  for (size_t k = 0; k < self->n; k++)
    if (self->sample[k].kind == kind && i-- == 0) return &self->sample[k];
  return NULL;
}

static const omadm_str names[] = {S("Probe1"),
                                  S("Probe-2"),
                                  S("gr\303\274n & 50%"),
                                  S("a/b"),
                                  S("1"),
                                  S("2"),
                                  S("a"),
                                  S("b"),
                                  S("{00000000-0000-0000-0000-000000000001}"),
                                  S("{00000000-0000-0000-0000-000000000002}"),
                                  S("00000000-0000-0000-0000-000000000001"),
                                  S("0123456789abcdef0123456789abcdef01234567"),
                                  S("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                                  S("example.com"),
                                  S("example.org"),
                                  S("01-02-03-04-05-06"),
                                  S("probe.service"),
                                  S("probe-2.timer"),
                                  S("-")};

bool samples_name(const omadm_ddf *ddf, uint32_t node, size_t i, omadm_str *name) {
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    if (omadm_ddf_allows_name(ddf, node, names[k], NULL) != OMADM_ST_OK || i-- > 0) continue;
    *name = names[k];
    return true;
  }
  return false;
}

bool samples_bad_name(const omadm_ddf *ddf, uint32_t node, omadm_str *name) {
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    if (omadm_ddf_allows_name(ddf, node, names[k], NULL) == OMADM_ST_OK) continue;
    *name = names[k];
    return true;
  }
  return false;
}
