/* SPDX-License-Identifier: MIT */
/* MSFT:AllowedValues, and the two other elements of its type. */
#include "base/codec.h"
#include "base/str.h"
#include "csp-framework/ddf/reading.h"

enum part { ENUM, VALUE, DESCRIPTION, ADMX, LIST, PART_COUNT };

static const ddf_word part_words[PART_COUNT] = {
    [ENUM] = {"Enum", true, true, 0},
    [VALUE] = {"Value", true, true, 0},
    [DESCRIPTION] = {"ValueDescription", true, false, 0},
    [ADMX] = {"AdmxBacked", true, false, 0},
    [LIST] = {"List", true, false, 1},
};

static const ddf_word choice_words[] = {{"Value", true, false, 0},
                                        {"ValueDescription", true, false, 1}};

static const ddf_meaning kinds[] = {
    {"None", OMADM_ALLOWED_NONE, 0},   {"ENUM", OMADM_ALLOWED_ENUM, 0},
    {"Flag", OMADM_ALLOWED_FLAG, 0},   {"Range", OMADM_ALLOWED_RANGE, 0},
    {"RegEx", OMADM_ALLOWED_REGEX, 0}, {"XSD", OMADM_ALLOWED_XSD, 0},
    {"JSON", OMADM_ALLOWED_JSON, 0},   {"SDDL", OMADM_ALLOWED_SDDL, 0},
    {"ADMX", OMADM_ALLOWED_ADMX, 0}};

/* ---- the kind ---- */

static void read_kind(ddf_reading *r, const xmlNode *element, omadm_ddf_allowed *a) {
  a->kind_text = ddf_reading_attribute(r, element, "ValueType");
  const ddf_meaning *row =
      ddf_reading_word(r, kinds, sizeof kinds / sizeof *kinds, a->kind_text, element);
  a->kind = row != NULL ? (omadm_allowed_kind)row->value : OMADM_ALLOWED_UNKNOWN;
  if (row != NULL) return;
  omadm_str text = a->kind_text;
  ddf_warn(r->document->complaints, DDF_DEVIATION_ALLOWED_KIND, ddf_line(element),
           "the ValueType \"%.*s\"", (int)(text.len < 60 ? text.len : 60), text.ptr);
}

static bool has_choices(const omadm_ddf_allowed *a) {
  return a->kind == OMADM_ALLOWED_ENUM || a->kind == OMADM_ALLOWED_FLAG;
}

/* ---- choices ---- */

/* Elements of that name from the first on; at most one more than are read. */
static size_t count_from(const xmlNode *first, const char *name) {
  size_t n = 0;
  for (const xmlNode *e = first; e != NULL && n <= DDF_MAX_CHOICES; e = ddf_element_from(e->next))
    n += ddf_element_is(e, name, true);
  return n;
}

/* Enum elements; or Value elements that stand without one. */
static void read_choices(ddf_reading *r, const xmlNode *element, const xmlNode **part,
                         omadm_ddf_allowed *a) {
  bool wrapped = part[ENUM] != NULL;
  const xmlNode *first = part[wrapped ? ENUM : VALUE];
  const char *name = wrapped ? "Enum" : "Value";
  size_t n = count_from(first, name);
  if (n > DDF_MAX_CHOICES) ddf_reading_too_many(r, element, "choices", DDF_MAX_CHOICES);
  if (n == 0 || n > DDF_MAX_CHOICES) return;
  omadm_ddf_choice *choices = ddf_reading_new(r, n, sizeof *choices);
  if (choices == NULL) return;
  if (!wrapped) ddf_reading_warn(r, DDF_DEVIATION_BARE_VALUE, first, "Value");
  a->choices = choices;
  for (const xmlNode *e = first; e != NULL; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, name, true)) continue;
    const xmlNode *found[] = {e, NULL};
    if (wrapped) ddf_document_split(r->document, e, choice_words, 2, found);
    if (found[0] == NULL) {
      ddf_reading_warn(r, DDF_DEVIATION_NO_VALUE, e, name);
      continue;
    }
    choices[a->n_choices++] =
        (omadm_ddf_choice){ddf_reading_text(r, found[0]), ddf_reading_text(r, found[1])};
  }
}

/* ---- texts ---- */

/* A schema that stands as elements where its text, escaped, is due. */
static omadm_str raw_schema(ddf_reading *r, const xmlNode *value) {
  const xmlNode *inner = ddf_element_from(value->children);
  ddf_reading_warn(r, DDF_DEVIATION_RAW_SCHEMA, value, (const char *)inner->name);
  omadm_str kept = {"", 0};
  /* The copy declares the namespaces that it has from elements above. */
  xmlNode *copy = xmlDocCopyNode((xmlNode *)(uintptr_t)inner, value->doc, 1);
  xmlBuffer *text = xmlBufferCreate();
  if (copy == NULL || text == NULL || xmlNodeDump(text, value->doc, copy, 0, 0) < 0)
    r->no_memory = true;
  else
    kept = ddf_reading_keep(
        r, (omadm_str){(const char *)xmlBufferContent(text), (size_t)xmlBufferLength(text)});
  if (text != NULL) xmlBufferFree(text);
  if (copy != NULL) xmlFreeNode(copy);
  return kept;
}

static omadm_str rule_text(ddf_reading *r, const xmlNode *value, const omadm_ddf_allowed *a) {
  if (value == NULL) return (omadm_str){"", 0};
  if (a->kind == OMADM_ALLOWED_XSD && ddf_element_from(value->children) != NULL)
    return raw_schema(r, value);
  omadm_str text = ddf_document_text(r->document, value);
  return ddf_reading_keep(r, a->kind == OMADM_ALLOWED_RANGE ? omadm_str_trim(text) : text);
}

/* "[1-5],[9]" of the ranges that stand in elements of their own. */
static void join_ranges(ddf_reading *r, const xmlNode *element, const xmlNode *first,
                        const char *name, omadm_ddf_allowed *a) {
  omadm_buf joined;
  omadm_buf_init(&joined, &omadm_mem_default, DDF_MAX_RULE);
  omadm_err err = 0;
  for (const xmlNode *e = first; e != NULL && err == 0; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, name, true)) continue;
    const xmlNode *value = strcmp(name, "Value") == 0 ? e : ddf_element_child(e, "Value", true);
    omadm_str text = omadm_str_trim(ddf_document_text(r->document, value));
    if (joined.len > 0 && text.len > 0) err = omadm_buf_add_text(&joined, ",");
    if (err == 0) err = omadm_buf_add_str(&joined, text);
  }
  if (err == OMADM_E_NOMEM) r->no_memory = true;
  if (err == OMADM_E_LIMIT) ddf_reading_too_many(r, element, "octets of ranges", DDF_MAX_RULE);
  a->text = ddf_reading_keep(r, omadm_buf_str(&joined));
  omadm_buf_dispose(&joined);
}

static void read_text(ddf_reading *r, const xmlNode *element, const xmlNode **part,
                      omadm_ddf_allowed *a) {
  const xmlNode *first = part[VALUE] != NULL ? part[VALUE] : part[ENUM];
  if (first == NULL) return;
  const char *name = part[VALUE] != NULL ? "Value" : "Enum";
  const xmlNode *value = first;
  const xmlNode *description = part[DESCRIPTION];
  if (part[VALUE] == NULL) {
    const xmlNode *found[2];
    ddf_document_split(r->document, first, choice_words, 2, found);
    ddf_reading_warn(r, DDF_DEVIATION_WRAPPED_VALUE, first, (const char *)element->name);
    value = found[0];
    if (description == NULL) description = found[1];
  }
  a->description = ddf_reading_text(r, description);
  bool more = count_from(first, name) > 1;
  if (more && a->kind == OMADM_ALLOWED_RANGE) {
    join_ranges(r, element, first, name, a);
  } else {
    if (more) ddf_reading_warn(r, DDF_DEVIATION_REPEATED, first, name);
    a->text = rule_text(r, value, a);
  }
  if (a->text.len > DDF_MAX_RULE) ddf_reading_too_many(r, element, "octets", DDF_MAX_RULE);
}

/* ---- lists ---- */

/* The number behind one of the prefixes; false for another text. */
static bool code_point(omadm_str text, uint32_t *code) {
  static const struct {
    const char *prefix;
    unsigned base;
  } forms[] = {{"0x", 16}, {"0X", 16}, {"\\x", 16}, {"\\u", 16}, {"\\U", 16},
               {"U+", 16}, {"u+", 16}, {"%u", 16},  {"&#x", 16}, {"&#", 10}};
  size_t i = 0;
  while (i < sizeof forms / sizeof *forms && !omadm_str_starts(text, forms[i].prefix))
    i++;
  if (i == sizeof forms / sizeof *forms) return false;
  size_t skip = strlen(forms[i].prefix);
  omadm_str digits = {text.ptr + skip, text.len - skip};
  bool reference = forms[i].prefix[0] == '&';
  if (reference && digits.len > 0 && digits.ptr[digits.len - 1] == ';') digits.len--;
  if (digits.len == 0 || digits.len > 8) return false;
  uint64_t value = 0;
  for (size_t k = 0; k < digits.len; k++) {
    static const char hex[] = "0123456789abcdef";
    const char *at = memchr(hex, omadm_ascii_lower(digits.ptr[k]), forms[i].base);
    if (at == NULL) return false;
    value = value * forms[i].base + (uint64_t)(at - hex);
  }
  *code = (uint32_t)value;
  return value > 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

static omadm_str delimiter_of(ddf_reading *r, omadm_str written) {
  omadm_str text = omadm_str_trim(written);
  uint32_t code = 0;
  char utf8[4];
  if (text.len == 0) return ddf_reading_keep(r, written);
  if (!code_point(text, &code)) return ddf_reading_keep(r, text);
  return ddf_reading_keep(r, (omadm_str){utf8, omadm_utf8_encode(code, utf8)});
}

static void read_list(ddf_reading *r, const xmlNode *list, omadm_ddf_allowed *a) {
  if (list == NULL) return;
  a->is_list = 1;
  a->delimiter = delimiter_of(r, ddf_document_attribute(r->document, list, "Delimiter"));
  if (a->delimiter.len > DDF_MAX_DELIMITER)
    ddf_reading_too_many(r, list, "octets of Delimiter", DDF_MAX_DELIMITER);
  if (a->delimiter.len == 0) ddf_reading_warn(r, DDF_DEVIATION_NO_DELIMITER, list, "List");
}

/* ---- the whole ---- */

static void read_admx(ddf_reading *r, const xmlNode *backed, omadm_ddf_allowed *a) {
  a->admx_area = ddf_reading_attribute(r, backed, "Area");
  a->admx_name = ddf_reading_attribute(r, backed, "Name");
  a->admx_file = ddf_reading_attribute(r, backed, "File");
}

/* A rule without what it needs forbids nothing. */
static void judge(ddf_reading *r, const xmlNode *element, omadm_ddf_allowed *a) {
  bool needs_text = a->kind == OMADM_ALLOWED_RANGE || a->kind == OMADM_ALLOWED_REGEX ||
                    a->kind == OMADM_ALLOWED_XSD;
  bool empty = (needs_text && a->text.len == 0) || (has_choices(a) && a->n_choices == 0);
  if (!empty) return;
  ddf_reading_warn(r, DDF_DEVIATION_NO_RULE, element, a->kind_text.ptr);
  a->kind = OMADM_ALLOWED_UNKNOWN;
}

uint32_t ddf_allowed_read(ddf_reading *r, const xmlNode *element) {
  omadm_ddf *ddf = r->ddf;
  if (element == NULL || r->no_memory || ddf->allowed_count == ddf->allowed_max)
    return OMADM_DDF_NONE;
  uint32_t number = ddf->allowed_count++;
  omadm_ddf_allowed *a = &ddf->allowed[number];
  *a = (omadm_ddf_allowed){.line = ddf_line(element)};
  const xmlNode *part[PART_COUNT];
  ddf_document_split(r->document, element, part_words, PART_COUNT, part);
  read_kind(r, element, a);
  if (has_choices(a))
    read_choices(r, element, part, a);
  else
    read_text(r, element, part, a);
  read_admx(r, part[ADMX], a);
  read_list(r, part[LIST], a);
  judge(r, element, a);
  return number;
}
