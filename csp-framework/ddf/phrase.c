/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/phrase.h"

#include "base/codec.h"
#include "base/str.h"

enum { LINE = 100, BRIEF_CHOICES = 4, BRIEF_DESCRIPTION = 24, BRIEF_DEPENDENCIES = 2 };

/* ---- texts ---- */

/* Octets of the first `most` characters. */
static size_t cut(omadm_str text, size_t most) {
  size_t i = 0;
  for (size_t shown = 0; i < text.len && (most == 0 || shown < most); shown++) {
    uint32_t code = 0;
    size_t n = omadm_utf8_decode(text, i, &code);
    i += n > 0 ? n : 1;
  }
  return i;
}

static omadm_err add_tamed(omadm_str text, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = omadm_buf_add_str(out, text);
  if (err == 0 && text.len > 0) omadm_octets_tame(out->ptr + start, text.len);
  return err;
}

omadm_err ddf_phrase_quoted(omadm_str text, size_t most, omadm_buf *out) {
  size_t n = cut(text, most);
  omadm_err err = omadm_buf_add_text(out, "\"");
  if (err == 0) err = add_tamed((omadm_str){text.ptr, n}, out);
  return err == 0 ? omadm_buf_add_text(out, n < text.len ? "…\"" : "\"") : err;
}

/* The next word of the text, which is taken off; empty at the end. */
static omadm_str next_word(omadm_str *text) {
  while (text->len > 0 && omadm_is_space(text->ptr[0]))
    *text = (omadm_str){text->ptr + 1, text->len - 1};
  omadm_str word = {text->ptr, 0};
  while (word.len < text->len && !omadm_is_space(text->ptr[word.len]))
    word.len++;
  *text = (omadm_str){text->ptr + word.len, text->len - word.len};
  return word;
}

omadm_err ddf_phrase_words(omadm_str text, size_t most, omadm_buf *out) {
  size_t used = 0;
  omadm_err err = 0;
  for (omadm_str word = next_word(&text); word.len > 0 && err == 0; word = next_word(&text)) {
    if (used > 0) err = omadm_buf_add_text(out, " ");
    used += used > 0;
    size_t room = most > used ? most - used : 1;
    size_t n = cut(word, most == 0 ? 0 : room);
    if (err == 0) err = add_tamed((omadm_str){word.ptr, n}, out);
    used += omadm_utf8_length((omadm_str){word.ptr, n});
    bool more = n < word.len || (most > 0 && used >= most && omadm_str_trim(text).len > 0);
    if (!more) continue;
    return err == 0 ? omadm_buf_add_text(out, "…") : err;
  }
  return err;
}

omadm_err ddf_phrase_lines(omadm_str text, size_t column, omadm_buf *out) {
  size_t at = column;
  omadm_err err = 0;
  for (omadm_str word = next_word(&text); word.len > 0 && err == 0; word = next_word(&text)) {
    size_t width = omadm_utf8_length(word);
    if (at > column && at + 1 + width > LINE) {
      err = omadm_buf_printf(out, "\n%*s", (int)column, "");
      at = column;
    } else if (at > column) {
      err = omadm_buf_add_text(out, " ");
      at++;
    }
    if (err == 0) err = add_tamed(word, out);
    at += width;
  }
  return err;
}

/* ---- rules ---- */

/* A bound, "5", "-5" or "(-5)", taken off the text. False where none stands there. */
static bool take_bound(omadm_str *text, omadm_str *bound) {
  size_t i = 0;
  bool closed = i < text->len && text->ptr[i] == '(';
  i += closed;
  size_t first = i;
  if (i < text->len && text->ptr[i] == '-') i++;
  size_t digits = i;
  while (i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9')
    i++;
  *bound = (omadm_str){text->ptr + first, i - first};
  if (i == digits || (closed && (i == text->len || text->ptr[i] != ')'))) return false;
  i += closed;
  *text = (omadm_str){text->ptr + i, text->len - i};
  return true;
}

static void skip_marks(omadm_str *text) {
  while (text->len > 0 && strchr("[],; \t\r\n", text->ptr[0]) != NULL && text->ptr[0] != '\0')
    *text = (omadm_str){text->ptr + 1, text->len - 1};
}

omadm_err ddf_phrase_ranges(omadm_str text, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = 0;
  omadm_str rest = text;
  for (skip_marks(&rest); rest.len > 0 && err == 0; skip_marks(&rest)) {
    omadm_str low;
    omadm_str high = {"", 0};
    bool good = take_bound(&rest, &low);
    bool ranged = good && rest.len > 0 && rest.ptr[0] == '-';
    if (ranged) rest = (omadm_str){rest.ptr + 1, rest.len - 1};
    if (ranged) good = take_bound(&rest, &high);
    if (!good) {
      out->len = start;
      return ddf_phrase_quoted(text, DDF_PHRASE_SHORT, out);
    }
    if (out->len > start) err = omadm_buf_add_text(out, " or ");
    if (err == 0) err = omadm_buf_add_str(out, low);
    if (err == 0 && ranged) err = omadm_buf_printf(out, " to %.*s", (int)high.len, high.ptr);
  }
  return err;
}

omadm_err ddf_phrase_delimiter(omadm_str delimiter, omadm_buf *out) {
  uint32_t code = 0;
  size_t n = omadm_utf8_decode(delimiter, 0, &code);
  if (delimiter.len == 0) return omadm_buf_add_text(out, "nothing that the DDF names");
  if (n == delimiter.len && (code < 0x20 || code > 0x7E))
    return omadm_buf_printf(out, "U+%04X", code);
  return ddf_phrase_quoted(delimiter, 0, out);
}

static omadm_err add_choices(const omadm_ddf_allowed *a, bool brief, omadm_buf *out) {
  omadm_err err = a->kind == OMADM_ALLOWED_FLAG ? omadm_buf_add_text(out, "flags ") : 0;
  bool cuts = brief && a->n_choices > BRIEF_CHOICES + 1;
  for (size_t i = 0; i < (cuts ? BRIEF_CHOICES : a->n_choices) && err == 0; i++) {
    const omadm_ddf_choice *choice = &a->choices[i];
    if (i > 0) err = omadm_buf_add_text(out, ", ");
    if (err == 0 && choice->value.len == 0) err = omadm_buf_add_text(out, "\"\"");
    if (err == 0) err = ddf_phrase_words(choice->value, brief ? DDF_PHRASE_SHORT : 0, out);
    if (err == 0 && choice->description.len > 0) err = omadm_buf_add_text(out, " (");
    if (err == 0) err = ddf_phrase_words(choice->description, brief ? BRIEF_DESCRIPTION : 0, out);
    if (err == 0 && choice->description.len > 0) err = omadm_buf_add_text(out, ")");
  }
  if (err == 0 && cuts) err = omadm_buf_printf(out, ", … (%zu in all)", a->n_choices);
  return err;
}

static omadm_err add_policy(const omadm_ddf_allowed *a, omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(out, "the fragment of a policy");
  if (err == 0 && a->admx_name.len > 0) err = omadm_buf_add_text(out, ", ");
  if (err == 0) err = ddf_phrase_words(a->admx_name, 0, out);
  if (err == 0 && a->admx_file.len > 0) err = omadm_buf_add_text(out, " of ");
  return err == 0 ? ddf_phrase_words(a->admx_file, 0, out) : err;
}

static omadm_err add_pattern(const omadm_ddf_allowed *a, bool brief, omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(out, "matches ");
  return err == 0 ? ddf_phrase_quoted(a->text, brief ? DDF_PHRASE_SHORT : 0, out) : err;
}

bool ddf_phrase_has_rule(const omadm_ddf_allowed *a) {
  return a != NULL && (a->kind != OMADM_ALLOWED_NONE || a->is_list);
}

omadm_err ddf_phrase_allowed(const omadm_ddf_allowed *a, bool brief, omadm_buf *out) {
  static const char *const fixed[] = {
      [OMADM_ALLOWED_NONE] = "anything",
      [OMADM_ALLOWED_XSD] = "XML that its schema accepts",
      [OMADM_ALLOWED_JSON] = "JSON",
      [OMADM_ALLOWED_SDDL] = "a security descriptor (SDDL)",
      [OMADM_ALLOWED_UNKNOWN] = "anything, by a rule that is not known: ",
  };
  omadm_err err = 0;
  if (a->is_list) {
    err = omadm_buf_add_text(out, "a list joined by ");
    if (err == 0) err = ddf_phrase_delimiter(a->delimiter, out);
    if (err == 0) err = omadm_buf_add_text(out, " of ");
  }
  if (err != 0) return err;
  switch (a->kind) {
  case OMADM_ALLOWED_ENUM:
  case OMADM_ALLOWED_FLAG: return add_choices(a, brief, out);
  case OMADM_ALLOWED_RANGE: return ddf_phrase_ranges(a->text, out);
  case OMADM_ALLOWED_REGEX: return add_pattern(a, brief, out);
  case OMADM_ALLOWED_ADMX: return add_policy(a, out);
  case OMADM_ALLOWED_UNKNOWN:
    err = omadm_buf_add_text(out, fixed[a->kind]);
    return err == 0 ? ddf_phrase_quoted(a->kind_text, DDF_PHRASE_SHORT, out) : err;
  default: return omadm_buf_add_text(out, fixed[a->kind]);
  }
}

static omadm_err add_dependency(const omadm_ddf *ddf, const omadm_ddf_dependency *d, bool brief,
                                omadm_buf *out) {
  const omadm_ddf_allowed *a = omadm_ddf_allowed_at(ddf, d->allowed);
  omadm_err err = ddf_phrase_words(d->uri, 0, out);
  if (err == 0 && !ddf_phrase_has_rule(a))
    return omadm_buf_add_text(out, d->negated ? " has no value" : " has a value");
  bool has_verb = a->kind == OMADM_ALLOWED_REGEX && !a->is_list;
  const char *joint = d->negated ? " is not one of: " : has_verb ? " " : " is ";
  if (err == 0) err = omadm_buf_add_text(out, joint);
  return err == 0 ? ddf_phrase_allowed(a, brief, out) : err;
}

omadm_err ddf_phrase_group(const omadm_ddf *ddf, const omadm_ddf_group *group, bool brief,
                           omadm_buf *out) {
  omadm_err err = 0;
  bool cuts = brief && group->n_dependencies > BRIEF_DEPENDENCIES;
  size_t n = cuts ? BRIEF_DEPENDENCIES : group->n_dependencies;
  for (size_t i = 0; i < n && err == 0; i++) {
    if (i > 0) err = omadm_buf_add_text(out, " and ");
    if (err == 0) err = add_dependency(ddf, &group->dependencies[i], brief, out);
  }
  return err == 0 && cuts ? omadm_buf_add_text(out, " and …") : err;
}
