/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/properties.h"

#include <omadm/acl.h>

#include "base/str.h"
#include "csp-framework/format.h"

enum property {
  ACCESS,
  DEFAULT,
  DESCRIPTION,
  FORMAT,
  OCCURRENCE,
  SCOPE,
  TITLE,
  TYPE,
  CASE,
  APPLICABILITY,
  NAMING,
  ALLOWED,
  REPLACE_BEHAVIOR,
  REBOOT_BEHAVIOR,
  GP_MAPPING,
  COMMON_ERRORS,
  DEPRECATED,
  DEPENDENCY,
  CONFLICT,
  ATOMIC,
  PROPERTY_COUNT
};

/* OMA-TS-DM_TND 9.4.1.10 and the schema of Microsoft's extension, in the order of both. */
static const ddf_word property_words[PROPERTY_COUNT] = {
    [ACCESS] = {"AccessType", false, false, 0},
    [DEFAULT] = {"DefaultValue", false, false, 1},
    [DESCRIPTION] = {"Description", false, false, 2},
    [FORMAT] = {"DFFormat", false, false, 3},
    [OCCURRENCE] = {"Occurrence", false, false, 4},
    [SCOPE] = {"Scope", false, false, 5},
    [TITLE] = {"DFTitle", false, false, 6},
    [TYPE] = {"DFType", false, false, 7},
    [CASE] = {"CaseSense", false, false, 8},
    [APPLICABILITY] = {"Applicability", true, false, 9},
    [NAMING] = {"DynamicNodeNaming", true, false, 10},
    [ALLOWED] = {"AllowedValues", true, false, 11},
    [REPLACE_BEHAVIOR] = {"ReplaceBehavior", true, false, 12},
    [REBOOT_BEHAVIOR] = {"RebootBehavior", true, false, 13},
    [GP_MAPPING] = {"GpMapping", true, false, 14},
    [COMMON_ERRORS] = {"CommonErrorResults", true, false, 15},
    [DEPRECATED] = {"Deprecated", true, false, 16},
    [DEPENDENCY] = {"DependencyBehavior", true, false, 17},
    [CONFLICT] = {"ConflictResolution", true, false, 18},
    [ATOMIC] = {"AtomicRequired", true, false, 19},
};

/* One reading; `found` are the elements of DFProperties. */
typedef struct reading {
  ddf_document *document;
  omadm_arena *arena;
  const ddf_source *source;
  const omadm_ddf_node *parent;
  omadm_ddf_node *node;
  const xmlNode *found[PROPERTY_COUNT];
  bool no_memory;
} reading;

static void warn(reading *r, ddf_deviation deviation, const xmlNode *where, const char *what) {
  ddf_warn(r->document->complaints, deviation, ddf_line(where), "%s", what);
}

/* A copy in the arena. */
static omadm_str keep(reading *r, omadm_str text) {
  omadm_str copy = omadm_arena_copy(r->arena, text);
  if (copy.ptr == NULL) r->no_memory = true;
  return copy;
}

static omadm_str keep_text(reading *r, const xmlNode *element) {
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, element));
  return text.len > 0 ? keep(r, text) : (omadm_str){"", 0};
}

/* ---- words ---- */

typedef struct word {
  const char *text;
  uint32_t value;
  uint32_t more;
} word;

/* The row of a word, in any letter case; NULL for none. */
static const word *word_find(reading *r, const word *words, size_t n, omadm_str text,
                             const xmlNode *where) {
  for (size_t i = 0; i < n; i++) {
    if (omadm_str_is(text, words[i].text)) return &words[i];
  }
  for (size_t i = 0; i < n; i++) {
    if (!omadm_str_equal_nocase(text, omadm_str_of(words[i].text))) continue;
    warn(r, DDF_DEVIATION_SPELLING, where, words[i].text);
    return &words[i];
  }
  return NULL;
}

/* The row of the word that an element holds. NULL where it holds none of them, after a warning
 * where it holds another. */
static const word *choice_find(reading *r, const xmlNode *element, const word *words, size_t n,
                               const xmlNode **chosen) {
  omadm_str text = ddf_document_choice(r->document, element, chosen);
  const word *row = text.len > 0 ? word_find(r, words, n, text, element) : NULL;
  if (row == NULL && text.len > 0) {
    ddf_warn(r->document->complaints, DDF_DEVIATION_UNKNOWN_WORD, ddf_line(element),
             "\"%.*s\" in %s", (int)(text.len < 60 ? text.len : 60), text.ptr, element->name);
  }
  return row;
}

static void read_access(reading *r) {
  static const word words[] = {
      {"Add", OMADM_ACCESS_ADD, 0},       {"Copy", OMADM_ACCESS_COPY, 0},
      {"Delete", OMADM_ACCESS_DELETE, 0}, {"Exec", OMADM_ACCESS_EXEC, 0},
      {"Get", OMADM_ACCESS_GET, 0},       {"Replace", OMADM_ACCESS_REPLACE, 0}};
  const xmlNode *access = r->found[ACCESS];
  if (access == NULL) {
    if (r->source->df_properties != NULL) warn(r, DDF_DEVIATION_NO_ACCESS, r->source->node, "Node");
    return;
  }
  for (const xmlNode *e = ddf_element_from(access->children); e != NULL;
       e = ddf_element_from(e->next)) {
    const word *row = word_find(r, words, sizeof words / sizeof *words, ddf_element_name(e), e);
    if (row != NULL) {
      r->node->access |= row->value;
    } else {
      ddf_warn(r->document->complaints, DDF_DEVIATION_UNKNOWN_WORD, ddf_line(e),
               "\"%.60s\" in AccessType", e->name);
    }
  }
}

static void read_scope_and_case(reading *r) {
  static const word scopes[] = {{"Permanent", 1, 0}, {"Dynamic", 0, 0}};
  static const word cases[] = {{"CS", OMADM_CASE_SENSITIVE, 0}, {"CIS", OMADM_CASE_INSENSITIVE, 0}};
  const xmlNode *chosen = NULL;
  const word *row = choice_find(r, r->found[SCOPE], scopes, 2, &chosen);
  r->node->permanent = row != NULL && row->value == 1;
  row = choice_find(r, r->found[CASE], cases, 2, &chosen);
  r->node->case_sense = row != NULL ? (omadm_case)row->value : OMADM_CASE_INHERIT;
}

static void read_occurrence(reading *r) {
  enum { N = 0, LEAST_N = 2, MOST_N = 65536 };
  static const word words[] = {{"One", 1, 1},
                               {"ZeroOrOne", 0, 1},
                               {"ZeroOrMore", 0, UINT32_MAX},
                               {"OneOrMore", 1, UINT32_MAX},
                               {"ZeroOrN", 0, N},
                               {"OneOrN", 1, N}};
  const xmlNode *chosen = NULL;
  const word *row =
      choice_find(r, r->found[OCCURRENCE], words, sizeof words / sizeof *words, &chosen);
  r->node->occurs_min = row != NULL ? row->value : 1;
  r->node->occurs_max = row != NULL ? row->more : 1;
  if (r->node->occurs_max != N) return;
  r->node->occurs_max = UINT32_MAX;
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, chosen));
  uint64_t n = 0;
  if (text.len == 0) {
    warn(r, DDF_DEVIATION_OCCURRENCE_N, r->found[OCCURRENCE], row->text);
  } else if (!omadm_str_u64(text, &n) || n < LEAST_N || n > MOST_N) {
    /* OMA-TS-DM_TND 9.4.3.19, 9.4.3.20 */
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(chosen),
                 "%s holds \"%.*s\", which is not a number from %d to %d", row->text,
                 (int)(text.len < 40 ? text.len : 40), text.ptr, LEAST_N, MOST_N);
  } else {
    r->node->occurs_max = (uint32_t)n;
  }
}

/* ---- format and type ---- */

/* The first MIME or DDFName of DFType that is not empty; *element gets the first one of that name.
 */
static omadm_str type_text(reading *r, const char *name, const xmlNode **element) {
  omadm_str text = {"", 0};
  *element = ddf_element_child(r->found[TYPE], name, false);
  for (const xmlNode *e = *element; e != NULL && text.len == 0; e = ddf_element_from(e->next)) {
    if (ddf_element_is(e, name, false)) text = omadm_str_trim(ddf_document_text(r->document, e));
  }
  return text;
}

static bool has_text(reading *r, const xmlNode *element) {
  return omadm_str_trim(ddf_document_text(r->document, element)).len > 0;
}

/* What a node without DFFormat is; UNKNOWN where nothing tells. */
static omadm_format guess_format(reading *r) {
  const xmlNode *format = ddf_element_child(r->source->rt_properties, "Format", false);
  const xmlNode *unused = NULL;
  if (format != NULL) return omadm_format_parse(ddf_document_choice(r->document, format, &unused));
  if (r->source->has_children || type_text(r, "DDFName", &unused).len > 0) return OMADM_FORMAT_NODE;
  bool leaf = r->found[DEFAULT] != NULL || r->source->value != NULL ||
              type_text(r, "MIME", &unused).len > 0;
  return leaf ? OMADM_FORMAT_CHR : OMADM_FORMAT_UNKNOWN;
}

/* True where the format alone makes a leaf of the node: nothing gives it a value, and DFType could
 * be an interior node's. */
static bool may_be_interior(reading *r) {
  const xmlNode *mime = NULL;
  if (r->found[TYPE] == NULL || r->found[DEFAULT] != NULL || has_text(r, r->source->value))
    return false;
  return ddf_element_child(r->found[TYPE], "DDFName", false) != NULL ||
         type_text(r, "MIME", &mime).len == 0;
}

/* The format that DFFormat names; ABSENT where it names none, UNKNOWN after a complaint. */
static omadm_format named_format(reading *r) {
  const xmlNode *chosen = NULL;
  omadm_str text = ddf_document_choice(r->document, r->found[FORMAT], &chosen);
  omadm_format format = omadm_format_parse(text);
  if (format != OMADM_FORMAT_UNKNOWN) return format;
  for (int f = OMADM_FORMAT_CHR; f < OMADM_FORMAT_UNKNOWN; f++) {
    const char *spelling = omadm_format_text((omadm_format)f);
    if (!omadm_str_equal_nocase(text, omadm_str_of(spelling))) continue;
    warn(r, DDF_DEVIATION_SPELLING, r->found[FORMAT], spelling);
    return (omadm_format)f;
  }
  ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(r->found[FORMAT]),
               "\"%.*s\" in DFFormat is not a format (b64, bin, bool, chr, int, node, null, xml, "
               "date, time, float)",
               (int)(text.len < 40 ? text.len : 40), text.ptr);
  return OMADM_FORMAT_UNKNOWN;
}

/* Settles a node that has a leaf's format, and children. */
static void judge_children(reading *r) {
  const char *format = omadm_format_text(r->node->format);
  const xmlNode *where = r->found[FORMAT] != NULL ? r->found[FORMAT] : r->source->node;
  if (may_be_interior(r)) {
    warn(r, DDF_DEVIATION_INTERIOR_FORMAT, where, format);
    r->node->format = OMADM_FORMAT_NODE;
  } else {
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(where),
                 "a node of format %s has children: make its format node, or take them away",
                 format);
  }
}

static void read_format(reading *r) {
  r->node->format = named_format(r);
  if (r->node->format == OMADM_FORMAT_ABSENT) {
    r->node->format = guess_format(r);
    if (r->node->format == OMADM_FORMAT_ABSENT) r->node->format = OMADM_FORMAT_UNKNOWN;
    if (r->node->format != OMADM_FORMAT_UNKNOWN) {
      warn(r, DDF_DEVIATION_NO_FORMAT, r->source->node, "Node");
    } else {
      ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(r->source->node),
                   "a node without DFFormat, and nothing else tells what it is: add one");
    }
  }
  bool leaf = r->node->format != OMADM_FORMAT_NODE && r->node->format != OMADM_FORMAT_UNKNOWN;
  if (leaf && r->source->has_children) judge_children(r);
}

/* The MIMEs of a leaf behind its first one. */
static omadm_str more_types(reading *r, const xmlNode *first) {
  omadm_buf list;
  omadm_buf_init(&list, r->arena->mem, 0);
  omadm_err err = 0;
  for (const xmlNode *e = first; err == 0 && e != NULL; e = ddf_element_from(e->next)) {
    omadm_str text = omadm_str_trim(ddf_document_text(r->document, e));
    bool further =
        ddf_element_is(e, "MIME", false) && text.len > 0 && !omadm_str_equal(text, r->node->type);
    if (further) err = omadm_buf_add(&list, "\n", 1);
    if (further && err == 0) err = omadm_buf_add_str(&list, text);
  }
  omadm_str kept = list.len > 0 ? keep(r, omadm_buf_str(&list)) : (omadm_str){"", 0};
  if (err != 0) r->no_memory = true;
  omadm_buf_dispose(&list);
  return kept;
}

static void read_type(reading *r) {
  const xmlNode *mime = NULL;
  const xmlNode *ddf_name = NULL;
  bool interior = r->node->format == OMADM_FORMAT_NODE;
  r->node->type = interior ? (omadm_str){"", 0} : (omadm_str)OMADM_STR("text/plain");
  if (r->found[TYPE] == NULL) {
    if (r->source->df_properties != NULL)
      warn(r, DDF_DEVIATION_NO_TYPE, r->source->node, interior ? "interior node" : "leaf");
    return;
  }
  omadm_str text = type_text(r, interior ? "DDFName" : "MIME", interior ? &ddf_name : &mime);
  if (text.len > 0) r->node->type = keep(r, text);
  if (!interior && text.len > 0) r->node->more_types = more_types(r, mime);
  if ((interior ? ddf_name : mime) != NULL) {
    if (!interior && text.len == 0) warn(r, DDF_DEVIATION_EMPTY_MIME, r->found[TYPE], "DFType");
    return;
  }
  text = type_text(r, interior ? "MIME" : "DDFName", interior ? &mime : &ddf_name);
  warn(r, mime != NULL || ddf_name != NULL ? DDF_DEVIATION_TYPE_KIND : DDF_DEVIATION_EMPTY,
       r->found[TYPE], "DFType");
  /* A MIME that holds an object identifier is one in the wrong element; text/plain is only the
   * habit of a tool. */
  if (interior && text.len > 0 && !omadm_str_equal_nocase(text, (omadm_str)OMADM_STR("text/plain")))
    r->node->type = keep(r, text);
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
static void keep_default(reading *r, omadm_str text, const xmlNode *where) {
  omadm_buf scratch;
  omadm_buf_init(&scratch, &omadm_mem_default, 0);
  omadm_str value = {"", 0};
  uint32_t quirks = 0;
  const char *why = "";
  char digits[16];
  omadm_str trimmed = omadm_str_trim(text);
  bool odd = r->node->format == OMADM_FORMAT_INT && hex_number(trimmed, digits);
  if (odd) text = omadm_str_of(digits);
  omadm_status status =
      omadm_format_canonical(r->node->format, text, NULL, &scratch, &value, &quirks, &why);
  if (status == OMADM_ST_OK) {
    r->node->default_value = keep(r, value);
    r->node->has_default = 1;
    if (odd || quirks != 0)
      warn(r, DDF_DEVIATION_DEFAULT_SPELLING, where, omadm_format_text(r->node->format));
  } else if (status == OMADM_ST_DEVICE_FULL) {
    r->no_memory = true;
  } else if (trimmed.len == 0) {
    warn(r, DDF_DEVIATION_DEFAULT_SKIPPED, where, "an empty DefaultValue");
  } else {
    r->node->default_value = keep(r, text);
    r->node->has_default = 1;
    ddf_warn(r->document->complaints, DDF_DEVIATION_DEFAULT_VALUE, ddf_line(where), "\"%.*s\" %s",
             (int)(trimmed.len < 60 ? trimmed.len : 60), trimmed.ptr, why);
  }
  omadm_buf_dispose(&scratch);
}

static void read_default(reading *r) {
  const xmlNode *where = r->found[DEFAULT] != NULL ? r->found[DEFAULT] : r->source->value;
  if (where == NULL || r->node->format == OMADM_FORMAT_UNKNOWN) return;
  omadm_str text = ddf_document_text(r->document, where);
  bool valued = r->node->format != OMADM_FORMAT_NODE && r->node->format != OMADM_FORMAT_NULL;
  if (valued) {
    keep_default(r, text, where);
  } else if (omadm_str_trim(text).len > 0) {
    warn(r, DDF_DEVIATION_DEFAULT_SKIPPED, where, omadm_format_text(r->node->format));
  }
}

/* The factory's ACL. One that is no ACL must not be taken for none: that would open the node. */
static void read_acl(reading *r) {
  const xmlNode *where = ddf_element_child(r->source->rt_properties, "ACL", false);
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, where));
  if (text.len == 0) return;
  if (r->parent != NULL)
    warn(r, DDF_DEVIATION_INNER_ACL, where, "ACL");
  else if (omadm_acl_check(text) != OMADM_OK)
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(where), "\"%.*s\" is no ACL",
                 (int)(text.len < 60 ? text.len : 60), text.ptr);
  else
    r->node->acl = keep(r, text);
}

/* ---- Microsoft's extension ---- */

static void read_naming(reading *r) {
  static const word words[] = {{"ServerGeneratedUniqueIdentifier", OMADM_NAMING_SERVER, 0},
                               {"ClientInventory", OMADM_NAMING_CLIENT, 0},
                               {"UniqueName", OMADM_NAMING_PATTERN, 0}};
  const xmlNode *chosen = NULL;
  const word *row = choice_find(r, r->found[NAMING], words, sizeof words / sizeof *words, &chosen);
  r->node->naming = row != NULL ? (omadm_naming)row->value : OMADM_NAMING_ANY;
  if (r->node->naming == OMADM_NAMING_PATTERN) r->node->naming_pattern = keep_text(r, chosen);
}

static void read_extension(reading *r) {
  omadm_ddf_node *node = r->node;
  const xmlNode *applies = r->found[APPLICABILITY];
  if (applies != NULL) {
    node->os_build = keep_text(r, ddf_element_child(applies, "OsBuildVersion", true));
    node->csp_version = keep_text(r, ddf_element_child(applies, "CspVersion", true));
  } else if (r->parent != NULL) {
    node->os_build = r->parent->os_build;
    node->csp_version = r->parent->csp_version;
  }
  read_naming(r);
  omadm_str kind =
      omadm_str_trim(ddf_document_attribute(r->document, r->found[ALLOWED], "ValueType"));
  if (kind.len > 0) node->allowed_kind = keep(r, kind);
  node->atomic_required = r->found[ATOMIC] != NULL;
  if (r->found[DEPRECATED] == NULL) return;
  omadm_str build = omadm_str_trim(
      ddf_document_attribute(r->document, r->found[DEPRECATED], "OsBuildDeprecated"));
  node->deprecated = build.len > 0 ? keep(r, build) : (omadm_str)OMADM_STR("unstated");
}

omadm_err ddf_properties_read(ddf_document *document, omadm_arena *arena, const ddf_source *source,
                              const omadm_ddf_node *parent, omadm_ddf_node *node) {
  reading r = {
      .document = document, .arena = arena, .source = source, .parent = parent, .node = node};
  if (source->df_properties != NULL) {
    ddf_document_split(document, source->df_properties, property_words, PROPERTY_COUNT, r.found);
  } else {
    warn(&r, DDF_DEVIATION_NO_PROPERTIES, source->node, "Node");
  }
  read_access(&r);
  read_format(&r);
  read_occurrence(&r);
  read_scope_and_case(&r);
  node->title = keep_text(&r, r.found[TITLE]);
  node->description = keep_text(&r, r.found[DESCRIPTION]);
  read_type(&r);
  read_default(&r);
  read_acl(&r);
  read_extension(&r);
  return r.no_memory ? OMADM_E_NOMEM : 0;
}
