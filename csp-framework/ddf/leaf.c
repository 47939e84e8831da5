/* SPDX-License-Identifier: MIT */
/* What makes a leaf: its format, type and default. */
#include "base/str.h"
#include "csp-framework/ddf/reading.h"
#include "csp-framework/format.h"

/* ---- format and type ---- */

/* The first MIME or DDFName of DFType that is not empty; *element gets the first one of that name.
 */
static omadm_str type_text(ddf_reading *r, const char *name, const xmlNode **element) {
  omadm_str text = {"", 0};
  *element = ddf_element_child(r->found[DDF_TYPE], name, false);
  for (const xmlNode *e = *element; e != NULL && text.len == 0; e = ddf_element_from(e->next)) {
    if (ddf_element_is(e, name, false)) text = omadm_str_trim(ddf_document_text(r->document, e));
  }
  return text;
}

static bool has_text(ddf_reading *r, const xmlNode *element) {
  return omadm_str_trim(ddf_document_text(r->document, element)).len > 0;
}

/* What a node without DFFormat is; UNKNOWN where nothing tells. */
static omadm_format guess_format(ddf_reading *r) {
  const xmlNode *format = ddf_element_child(r->source->rt_properties, "Format", false);
  const xmlNode *unused = NULL;
  if (format != NULL) return omadm_format_parse(ddf_document_choice(r->document, format, &unused));
  if (r->source->has_children || type_text(r, "DDFName", &unused).len > 0) return OMADM_FORMAT_NODE;
  bool leaf = r->found[DDF_DEFAULT] != NULL || r->source->value != NULL ||
              type_text(r, "MIME", &unused).len > 0;
  return leaf ? OMADM_FORMAT_CHR : OMADM_FORMAT_UNKNOWN;
}

/* True where the format alone makes a leaf of the node: nothing gives it a value, and DFType could
 * be an interior node's. */
static bool may_be_interior(ddf_reading *r) {
  const xmlNode *mime = NULL;
  if (r->found[DDF_TYPE] == NULL || r->found[DDF_DEFAULT] != NULL || has_text(r, r->source->value))
    return false;
  return ddf_element_child(r->found[DDF_TYPE], "DDFName", false) != NULL ||
         type_text(r, "MIME", &mime).len == 0;
}

/* The format that DFFormat names; ABSENT where it names none, UNKNOWN after a complaint. */
static omadm_format named_format(ddf_reading *r) {
  const xmlNode *chosen = NULL;
  omadm_str text = ddf_document_choice(r->document, r->found[DDF_FORMAT], &chosen);
  omadm_format format = omadm_format_parse(text);
  if (format != OMADM_FORMAT_UNKNOWN) return format;
  for (int f = OMADM_FORMAT_CHR; f < OMADM_FORMAT_UNKNOWN; f++) {
    const char *spelling = omadm_format_text((omadm_format)f);
    if (!omadm_str_equal_nocase(text, omadm_str_of(spelling))) continue;
    ddf_reading_warn(r, DDF_DEVIATION_SPELLING, r->found[DDF_FORMAT], spelling);
    return (omadm_format)f;
  }
  ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(r->found[DDF_FORMAT]),
               "\"%.*s\" in DFFormat is not a format (b64, bin, bool, chr, int, node, null, xml, "
               "date, time, float)",
               (int)(text.len < 40 ? text.len : 40), text.ptr);
  return OMADM_FORMAT_UNKNOWN;
}

/* Settles a node that has a leaf's format, and children. */
static void judge_children(ddf_reading *r) {
  const char *format = omadm_format_text(r->node->format);
  const xmlNode *where = r->found[DDF_FORMAT] != NULL ? r->found[DDF_FORMAT] : r->source->node;
  if (may_be_interior(r)) {
    ddf_reading_warn(r, DDF_DEVIATION_INTERIOR_FORMAT, where, format);
    r->node->format = OMADM_FORMAT_NODE;
  } else {
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(where),
                 "a node of format %s has children: make its format node, or take them away",
                 format);
  }
}

void ddf_leaf_read_format(ddf_reading *r) {
  r->node->format = named_format(r);
  if (r->node->format == OMADM_FORMAT_ABSENT) {
    r->node->format = guess_format(r);
    if (r->node->format == OMADM_FORMAT_ABSENT) r->node->format = OMADM_FORMAT_UNKNOWN;
    if (r->node->format != OMADM_FORMAT_UNKNOWN) {
      ddf_reading_warn(r, DDF_DEVIATION_NO_FORMAT, r->source->node, "Node");
    } else {
      ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(r->source->node),
                   "a node without DFFormat, and nothing else tells what it is: add one");
    }
  }
  bool leaf = r->node->format != OMADM_FORMAT_NODE && r->node->format != OMADM_FORMAT_UNKNOWN;
  if (leaf && r->source->has_children) judge_children(r);
}

/* The MIMEs of a leaf behind its first one. */
static omadm_str more_types(ddf_reading *r, const xmlNode *first) {
  omadm_buf list;
  omadm_buf_init(&list, r->ddf->arena.mem, 0);
  omadm_err err = 0;
  for (const xmlNode *e = first; err == 0 && e != NULL; e = ddf_element_from(e->next)) {
    omadm_str text = omadm_str_trim(ddf_document_text(r->document, e));
    bool further =
        ddf_element_is(e, "MIME", false) && text.len > 0 && !omadm_str_equal(text, r->node->type);
    if (further) err = omadm_buf_add(&list, "\n", 1);
    size_t start = list.len;
    if (further && err == 0) err = omadm_buf_add_str(&list, text);
    /* A line break inside of one would make two of it. */
    for (size_t i = start; i < list.len; i++) {
      if (list.ptr[i] == '\n') list.ptr[i] = ' ';
    }
  }
  omadm_str kept = list.len > 0 ? ddf_reading_keep(r, omadm_buf_str(&list)) : (omadm_str){"", 0};
  if (err != 0) r->no_memory = true;
  omadm_buf_dispose(&list);
  return kept;
}

void ddf_leaf_read_type(ddf_reading *r) {
  const xmlNode *mime = NULL;
  const xmlNode *ddf_name = NULL;
  bool interior = r->node->format == OMADM_FORMAT_NODE;
  r->node->type = interior ? (omadm_str){"", 0} : (omadm_str)OMADM_STR("text/plain");
  if (r->found[DDF_TYPE] == NULL) {
    if (r->source->df_properties != NULL)
      ddf_reading_warn(r, DDF_DEVIATION_NO_TYPE, r->source->node,
                       interior ? "interior node" : "leaf");
    return;
  }
  omadm_str text = type_text(r, interior ? "DDFName" : "MIME", interior ? &ddf_name : &mime);
  if (text.len > 0) r->node->type = ddf_reading_keep(r, text);
  if (!interior && text.len > 0) r->node->more_types = more_types(r, mime);
  if ((interior ? ddf_name : mime) != NULL) {
    if (!interior && text.len == 0)
      ddf_reading_warn(r, DDF_DEVIATION_EMPTY_MIME, r->found[DDF_TYPE], "DFType");
    return;
  }
  text = type_text(r, interior ? "MIME" : "DDFName", interior ? &mime : &ddf_name);
  ddf_reading_warn(r,
                   mime != NULL || ddf_name != NULL ? DDF_DEVIATION_TYPE_KIND : DDF_DEVIATION_EMPTY,
                   r->found[DDF_TYPE], "DFType");
  /* A MIME that holds an object identifier is one in the wrong element; text/plain is only the
   * habit of a tool. */
  if (interior && text.len > 0 && !omadm_str_equal_nocase(text, (omadm_str)OMADM_STR("text/plain")))
    r->node->type = ddf_reading_keep(r, text);
}

/* ---- the default ---- */

/* "0x10" as decimal digits; false for anything else. */
static bool hex_number(omadm_str text, char digits[16]) {
  uint32_t value = 0;
  if (!omadm_str_starts(text, "0x") || text.len < 3 || text.len > 10) return false;
  for (size_t i = 2; i < text.len; i++) {
    static const char hex[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = memchr(hex, text.ptr[i], sizeof hex - 1);
    if (at == NULL) return false;
    value = value << 4 | (uint32_t)((at - hex) & 15);
  }
  snprintf(digits, 16, "%u", value);
  return true;
}

/* Keeps a default in the spelling that values of its format have. */
static void keep_default(ddf_reading *r, omadm_str text, const xmlNode *where) {
  omadm_buf scratch;
  omadm_buf_init(&scratch, &omadm_mem_default, 0);
  omadm_str value = {"", 0};
  uint32_t quirks = 0;
  const char *why = "";
  char digits[16];
  omadm_str trimmed = omadm_str_trim(text);
  bool odd = r->node->format == OMADM_FORMAT_INT && hex_number(trimmed, digits);
  if (odd) text = omadm_str_of(digits);
  /* "\0" is the end of a string to those who wrote it: an empty one. */
  bool ended = r->node->format == OMADM_FORMAT_CHR && omadm_str_is(trimmed, "\\0");
  if (ended) text = (omadm_str){"", 0};
  odd = odd || ended;
  omadm_status status =
      omadm_format_canonical(r->node->format, text, NULL, &scratch, &value, &quirks, &why);
  if (status == OMADM_ST_OK) {
    r->node->default_value = ddf_reading_keep(r, value);
    r->node->has_default = 1;
    if (odd || quirks != 0)
      ddf_reading_warn(r, DDF_DEVIATION_DEFAULT_SPELLING, where,
                       omadm_format_text(r->node->format));
  } else if (status == OMADM_ST_DEVICE_FULL) {
    r->no_memory = true;
  } else if (trimmed.len == 0) {
    ddf_reading_warn(r, DDF_DEVIATION_DEFAULT_SKIPPED, where, "an empty DefaultValue");
  } else {
    r->node->default_value = ddf_reading_keep(r, text);
    r->node->has_default = 1;
    ddf_warn(r->document->complaints, DDF_DEVIATION_DEFAULT_VALUE, ddf_line(where), "\"%.*s\" %s",
             (int)(trimmed.len < 60 ? trimmed.len : 60), trimmed.ptr, why);
  }
  omadm_buf_dispose(&scratch);
}

void ddf_leaf_read_default(ddf_reading *r) {
  const xmlNode *where = r->found[DDF_DEFAULT] != NULL ? r->found[DDF_DEFAULT] : r->source->value;
  if (where == NULL || r->node->format == OMADM_FORMAT_UNKNOWN) return;
  omadm_str text = ddf_document_text(r->document, where);
  bool valued = r->node->format != OMADM_FORMAT_NODE && r->node->format != OMADM_FORMAT_NULL;
  if (valued) {
    keep_default(r, text, where);
  } else if (omadm_str_trim(text).len > 0) {
    ddf_reading_warn(r, DDF_DEVIATION_DEFAULT_SKIPPED, where, omadm_format_text(r->node->format));
  }
}
