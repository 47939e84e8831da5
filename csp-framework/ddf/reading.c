/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/reading.h"

#include "base/str.h"

enum { SHOWN = 60 }; /* of a text in a message */

void ddf_reading_warn(ddf_reading *r, ddf_deviation deviation, const xmlNode *where,
                      const char *what) {
  ddf_warn(r->document->complaints, deviation, ddf_line(where), "%s", what);
}

omadm_str ddf_reading_keep(ddf_reading *r, omadm_str text) {
  if (text.len == 0) return (omadm_str){"", 0};
  omadm_str copy = omadm_arena_copy(&r->ddf->arena, text);
  if (copy.ptr == NULL) r->no_memory = true;
  return copy;
}

void *ddf_reading_new(ddf_reading *r, size_t n, size_t size) {
  void *p = omadm_arena_new(&r->ddf->arena, n, size);
  if (p == NULL) r->no_memory = true;
  return p;
}

omadm_str ddf_reading_text(ddf_reading *r, const xmlNode *element) {
  return ddf_reading_keep(r, omadm_str_trim(ddf_document_text(r->document, element)));
}

omadm_str ddf_reading_attribute(ddf_reading *r, const xmlNode *element, const char *name) {
  return ddf_reading_keep(r, omadm_str_trim(ddf_document_attribute(r->document, element, name)));
}

const ddf_meaning *ddf_reading_word(ddf_reading *r, const ddf_meaning *words, size_t n,
                                    omadm_str text, const xmlNode *where) {
  for (size_t i = 0; i < n; i++) {
    if (omadm_str_is(text, words[i].text)) return &words[i];
  }
  for (size_t i = 0; i < n; i++) {
    if (!omadm_str_equal_nocase(text, omadm_str_of(words[i].text))) continue;
    ddf_reading_warn(r, DDF_DEVIATION_SPELLING, where, words[i].text);
    return &words[i];
  }
  return NULL;
}

static void warn_unknown(ddf_reading *r, omadm_str text, const xmlNode *element) {
  ddf_warn(r->document->complaints, DDF_DEVIATION_UNKNOWN_WORD, ddf_line(element), "\"%.*s\" in %s",
           (int)(text.len < SHOWN ? text.len : SHOWN), text.ptr, element->name);
}

const ddf_meaning *ddf_reading_choice(ddf_reading *r, const xmlNode *element,
                                      const ddf_meaning *words, size_t n, const xmlNode **chosen) {
  omadm_str text = ddf_document_choice(r->document, element, chosen);
  const ddf_meaning *row = text.len > 0 ? ddf_reading_word(r, words, n, text, element) : NULL;
  if (row == NULL && text.len > 0) warn_unknown(r, text, element);
  return row;
}

uint32_t ddf_reading_enum(ddf_reading *r, const xmlNode *element, const char *const *words,
                          size_t n) {
  enum { MOST = 8 };
  ddf_meaning rows[MOST];
  if (element == NULL) return 0;
  for (uint32_t i = 0; i < n && i < MOST; i++)
    rows[i] = (ddf_meaning){words[i], i, 0};
  const xmlNode *inner = ddf_element_from(element->children);
  omadm_str text = inner != NULL ? ddf_element_name(inner)
                                 : omadm_str_trim(ddf_document_text(r->document, element));
  if (text.len == 0) {
    ddf_reading_warn(r, DDF_DEVIATION_EMPTY, element, (const char *)element->name);
    return 0;
  }
  if (inner != NULL)
    ddf_reading_warn(r, DDF_DEVIATION_ELEMENT_AS_WORD, inner, (const char *)inner->name);
  const ddf_meaning *row = ddf_reading_word(r, rows, n < MOST ? n : MOST, text, element);
  if (row == NULL) warn_unknown(r, text, element);
  return row != NULL ? row->value : 0;
}

void ddf_reading_too_many(ddf_reading *r, const xmlNode *where, const char *what, size_t most) {
  ddf_complain(r->document->complaints, OMADM_E_LIMIT, ddf_line(where),
               "%s has more %s than any DDF (at most %zu are read)", where->name, what, most);
}
