/* SPDX-License-Identifier: MIT */
/* Well-formed JSON (RFC 8259), without recursion. What the DDF says beside the kind is an example
 * or a schema, and not enforced. */
#include "csp-framework/allowed/rules.h"

enum { MAX_DEPTH = 256 };

/* What may come next. */
typedef enum due { VALUE, VALUE_OR_END, NAME, NAME_OR_END, AFTER } due;

typedef struct json {
  const char *at, *end;
  char closers[MAX_DEPTH]; /* what ends each open array and object */
  size_t depth;
} json;

static void skip_space(json *s) {
  while (s->at < s->end && omadm_is_space(*s->at))
    s->at++;
}

static bool take(json *s, char c) {
  bool here = s->at < s->end && *s->at == c;
  s->at += here;
  return here;
}

static bool take_word(json *s, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
  s->at += n;
  return true;
}

static bool take_escape(json *s) {
  if (s->at == s->end) return false;
  char c = *s->at++;
  if (c != 'u') return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
  for (int i = 0; i < 4; i++, s->at++) {
    if (s->at == s->end || memchr("0123456789abcdefABCDEF", *s->at, 22) == NULL) return false;
  }
  return true;
}

static bool take_string(json *s) {
  if (!take(s, '"')) return false;
  while (s->at < s->end) {
    char c = *s->at++;
    if (c == '"') return true;
    if ((unsigned char)c < 0x20) return false;
    if (c == '\\' && !take_escape(s)) return false;
  }
  return false;
}

static bool take_digits(json *s) {
  const char *start = s->at;
  while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
    s->at++;
  return s->at > start;
}

static bool take_number(json *s) {
  take(s, '-');
  if (!take(s, '0') && !take_digits(s)) return false;
  if (take(s, '.') && !take_digits(s)) return false;
  if (!take(s, 'e') && !take(s, 'E')) return true;
  if (!take(s, '+')) take(s, '-');
  return take_digits(s);
}

static bool open(json *s, char closer) {
  if (s->depth == MAX_DEPTH) return false;
  s->closers[s->depth++] = closer;
  return true;
}

/* One value, or the beginning of an array or object. */
static bool take_value(json *s, due *next) {
  *next = AFTER;
  if (take(s, '{')) {
    *next = NAME_OR_END;
    return open(s, '}');
  }
  if (take(s, '[')) {
    *next = VALUE_OR_END;
    return open(s, ']');
  }
  if (s->at < s->end && *s->at == '"') return take_string(s);
  return take_word(s, "true") || take_word(s, "false") || take_word(s, "null") || take_number(s);
}

static bool take_name(json *s, due *next) {
  if (!take_string(s)) return false;
  skip_space(s);
  *next = VALUE;
  return take(s, ':');
}

static bool take_separator(json *s, due *next) {
  char closer = s->closers[s->depth - 1];
  if (take(s, ',')) {
    *next = closer == '}' ? NAME : VALUE;
    return true;
  }
  s->depth--;
  return take(s, closer);
}

static bool step(json *s, due *next) {
  due now = *next;
  skip_space(s);
  if (now == AFTER) return take_separator(s, next);
  bool may_end = now == NAME_OR_END || now == VALUE_OR_END;
  if (may_end && take(s, s->closers[s->depth - 1])) {
    s->depth--;
    *next = AFTER;
    return true;
  }
  return now == NAME || now == NAME_OR_END ? take_name(s, next) : take_value(s, next);
}

omadm_status rule_judge_json(judgement *j) {
  json s = {.at = j->text.ptr, .end = j->text.ptr + j->text.len};
  due next = VALUE;
  bool well = j->text.len > 0;
  while (well && (s.depth > 0 || next != AFTER))
    well = step(&s, &next);
  skip_space(&s);
  if (well && s.at == s.end) return OMADM_ST_OK;
  return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is no JSON (octet %zu)",
                     j->text.len > 0 ? (size_t)(s.at - j->text.ptr) : 0);
}
