/* SPDX-License-Identifier: MIT */
#include "conformance/player/source.h"

#include <stdbool.h>
#include <string.h>

#define SOURCE_DEPTH 512

typedef struct scanner {
  omadm_str source;
  size_t at;
  source_span *spans;
  size_t count;
  size_t open[SOURCE_DEPTH]; /* indices into spans */
  size_t depth;
} scanner;

/* Markup that is skipped whole. */
static const struct {
  const char *begin;
  const char *end;
} skipped[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

static bool starts_with(omadm_str s, size_t at, const char *word) {
  size_t len = strlen(word);
  return s.len - at >= len && memcmp(s.ptr + at, word, len) == 0;
}

/* The place after the next `word`, or 0. */
static size_t after_word(omadm_str s, size_t at, const char *word) {
  for (; at < s.len; at++) {
    if (starts_with(s, at, word)) return at + strlen(word);
  }
  return 0;
}

/* The place of the '>' that ends the tag at s[at]; quoted attribute values may hold one. 0 without
 * end. */
static size_t tag_end(omadm_str s, size_t at) {
  char quote = 0;
  for (; at < s.len; at++) {
    char c = s.ptr[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return 0;
}

/* Steps over a comment, CDATA section or processing instruction; false where none begins here. */
static bool scan_skipped(scanner *self, bool *broken) {
  for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++) {
    if (!starts_with(self->source, self->at, skipped[i].begin)) continue;
    size_t end = after_word(self->source, self->at + strlen(skipped[i].begin), skipped[i].end);
    *broken = end == 0;
    self->at = end;
    return true;
  }
  return false;
}

static bool scan_tag(scanner *self) {
  size_t end = tag_end(self->source, self->at);
  if (end == 0 || starts_with(self->source, self->at, "<!")) return false;
  if (starts_with(self->source, self->at, "</")) {
    if (self->depth == 0) return false;
    self->spans[self->open[--self->depth]].to = self->at;
  } else {
    size_t index = self->count++;
    self->spans[index] = (source_span){0, 0};
    if (self->source.ptr[end - 1] != '/') {
      if (self->depth == SOURCE_DEPTH) return false;
      self->spans[index].from = end + 1;
      self->open[self->depth++] = index;
    }
  }
  self->at = end + 1;
  return true;
}

static size_t count_open(omadm_str source) {
  size_t count = 0;
  for (size_t i = 0; i < source.len; i++)
    count += source.ptr[i] == '<';
  return count;
}

omadm_err source_scan(omadm_str source, omadm_arena *arena, source_span **out, size_t *count) {
  scanner self = {.source = source};
  *out = NULL;
  *count = 0;
  self.spans = omadm_arena_alloc(arena, (count_open(source) + 1) * sizeof *self.spans);
  if (self.spans == NULL) return OMADM_E_NOMEM;
  while (self.at < source.len) {
    const char *next = memchr(source.ptr + self.at, '<', source.len - self.at);
    if (next == NULL) break;
    self.at = (size_t)(next - source.ptr);
    bool broken = false;
    if (scan_skipped(&self, &broken)) {
      if (broken) return OMADM_E_SYNTAX;
    } else if (!scan_tag(&self)) {
      return OMADM_E_SYNTAX;
    }
  }
  if (self.depth != 0) return OMADM_E_SYNTAX;
  *out = self.spans;
  *count = self.count;
  return OMADM_OK;
}

omadm_str source_unwrap(omadm_str slice, omadm_arena *arena) {
  const size_t begin_len = strlen("<![CDATA[");
  const size_t end_len = strlen("]]>");
  if (!starts_with(slice, 0, "<![CDATA[")) return slice;
  char *joined = omadm_arena_alloc(arena, slice.len);
  size_t len = 0;
  if (joined == NULL) return (omadm_str){NULL, 0};
  for (size_t at = 0; at < slice.len;) {
    if (!starts_with(slice, at, "<![CDATA[")) return slice;
    size_t end = after_word(slice, at + begin_len, "]]>");
    if (end == 0) return slice;
    size_t part = end - end_len - at - begin_len;
    memcpy(joined + len, slice.ptr + at + begin_len, part);
    len += part;
    at = end;
  }
  return (omadm_str){joined, len};
}
