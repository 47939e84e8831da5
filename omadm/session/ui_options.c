/* SPDX-License-Identifier: MIT */
#include "omadm/session/ui_options.h"

#include "base/codec.h"
#include "base/str.h"

/* One option: its decoded value goes into the question. */
typedef omadm_err (*read_option)(omadm_str value, omadm_arena *arena, omadm_ui_question *q);

enum {
  FOR_CONFIRM = 1 << (OMADM_UI_CONFIRM - OMADM_UI_DISPLAY),
  FOR_TEXT = 1 << (OMADM_UI_TEXT - OMADM_UI_DISPLAY),
  FOR_CHOICE = 1 << (OMADM_UI_CHOICE - OMADM_UI_DISPLAY),
  FOR_CHOICES = 1 << (OMADM_UI_CHOICES - OMADM_UI_DISPLAY),
  FOR_ALL = (1 << (OMADM_UI_CHOICES - OMADM_UI_DISPLAY + 1)) - 1
};

/* A positive number; what is none leaves *out. */
static void read_number(omadm_str value, uint32_t *out) {
  uint64_t number = 0;
  if (omadm_str_u64(value, &number) && number > 0 && number <= UINT32_MAX) *out = (uint32_t)number;
}

static omadm_err read_least(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  read_number(value, &q->min_seconds);
  return OMADM_OK;
}

static omadm_err read_most(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  read_number(value, &q->max_seconds);
  return OMADM_OK;
}

static omadm_err read_accept(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  if (omadm_str_is(value, "0") || omadm_str_is(value, "1")) q->accept = value.ptr[0] == '1';
  return OMADM_OK;
}

static omadm_err read_preset(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  q->preset = value; /* it was decoded into the arena */
  return OMADM_OK;
}

/* "2-3": one number of CHOICE, several of CHOICES. One that names no choice makes all of it void.
 */
static omadm_err read_chosen(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  unsigned char *chosen = omadm_arena_new(arena, q->n_choices, 1);
  if (chosen == NULL) return OMADM_E_NOMEM;
  for (size_t at = 0; at <= value.len;) {
    const char *end = at < value.len ? memchr(value.ptr + at, '-', value.len - at) : NULL;
    size_t n = end != NULL ? (size_t)(end - value.ptr) - at : value.len - at;
    uint64_t number = 0;
    if (!omadm_str_u64((omadm_str){value.ptr + at, n}, &number) || number == 0 ||
        number > q->n_choices || (end != NULL && q->kind == OMADM_UI_CHOICE))
      return OMADM_OK;
    chosen[number - 1] = 1;
    at += n + 1;
  }
  q->chosen = chosen;
  return OMADM_OK;
}

static omadm_err read_length(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  read_number(value, &q->max_length);
  return OMADM_OK;
}

static omadm_err read_input(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  static const char letters[] = "ANDTPI"; /* in the order of omadm_ui_input */
  (void)arena;
  const char *at = value.len == 1 ? memchr(letters, value.ptr[0], sizeof letters - 1) : NULL;
  if (at != NULL) q->input = (omadm_ui_input)(at - letters);
  return OMADM_OK;
}

static omadm_err read_echo(omadm_str value, omadm_arena *arena, omadm_ui_question *q) {
  (void)arena;
  if (omadm_str_is(value, "T") || omadm_str_is(value, "P")) q->masked = value.ptr[0] == 'P';
  return OMADM_OK;
}

static const struct {
  const char *key;
  unsigned kinds;
  read_option read;
} rows[] = {
    {"MINDT", FOR_ALL, read_least},
    {"MAXDT", FOR_ALL, read_most},
    {"DR", FOR_CONFIRM, read_accept},
    {"DR", FOR_TEXT, read_preset},
    {"DR", FOR_CHOICE | FOR_CHOICES, read_chosen},
    {"MAXLEN", FOR_TEXT, read_length},
    {"IT", FOR_TEXT, read_input},
    {"ET", FOR_TEXT, read_echo},
};

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* URL-encoded: '+' is a blank, %XX an octet. ptr NULL: no memory. *valid: it was well-formed, and
 * is UTF-8. */
static omadm_str decode(omadm_str text, omadm_arena *arena, bool *valid) {
  char *out = omadm_arena_new(arena, text.len + 1, 1);
  size_t n = 0;
  *valid = true;
  for (size_t i = 0; out != NULL && i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '%') {
      int high = i + 2 < text.len ? digit(text.ptr[i + 1]) : -1;
      int low = i + 2 < text.len ? digit(text.ptr[i + 2]) : -1;
      if (high < 0 || low < 0) {
        *valid = false;
        break;
      }
      c = (char)(high << 4 | low);
      i += 2;
    }
    out[n++] = text.ptr[i] == '+' ? ' ' : c;
  }
  omadm_str decoded = {out, n};
  *valid = *valid && out != NULL && memchr(out, 0, n) == NULL && omadm_utf8_is_valid(decoded);
  return decoded;
}

static omadm_err read_pair(omadm_str pair, omadm_arena *arena, omadm_ui_question *q) {
  const char *equals = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;
  if (equals == NULL) return OMADM_OK;
  omadm_str key = {pair.ptr, (size_t)(equals - pair.ptr)};
  omadm_str text = {equals + 1, pair.len - key.len - 1};
  unsigned kind = 1U << (q->kind - OMADM_UI_DISPLAY);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!omadm_str_is(key, rows[i].key) || (rows[i].kinds & kind) == 0) continue;
    bool valid = false;
    omadm_str value = decode(text, arena, &valid);
    if (value.ptr == NULL) return OMADM_E_NOMEM;
    return valid ? rows[i].read(value, arena, q) : OMADM_OK;
  }
  return OMADM_OK;
}

omadm_err ui_options_read(omadm_str options, omadm_arena *arena, omadm_ui_question *q) {
  omadm_err err = OMADM_OK;
  q->accept = -1;
  for (size_t at = 0; at < options.len && err == OMADM_OK;) {
    const char *end = memchr(options.ptr + at, '&', options.len - at);
    size_t n = end != NULL ? (size_t)(end - options.ptr) - at : options.len - at;
    err = read_pair((omadm_str){options.ptr + at, n}, arena, q);
    at += n + 1;
  }
  return err;
}
