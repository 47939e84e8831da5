/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/properties.h"

#include <omadm/acl.h>

#include "base/str.h"
#include "csp-framework/ddf/reading.h"

/* OMA-TS-DM_TND 9.4.1.10 and the schema of Microsoft's extension, in the order of both. */
static const ddf_word property_words[DDF_PROPERTY_COUNT] = {
    [DDF_ACCESS] = {"AccessType", false, false, 0},
    [DDF_DEFAULT] = {"DefaultValue", false, false, 1},
    [DDF_DESCRIPTION] = {"Description", false, false, 2},
    [DDF_FORMAT] = {"DFFormat", false, false, 3},
    [DDF_OCCURRENCE] = {"Occurrence", false, false, 4},
    [DDF_SCOPE] = {"Scope", false, false, 5},
    [DDF_TITLE] = {"DFTitle", false, false, 6},
    [DDF_TYPE] = {"DFType", false, false, 7},
    [DDF_CASE] = {"CaseSense", false, false, 8},
    [DDF_APPLICABILITY] = {"Applicability", true, false, 9},
    [DDF_NAMING] = {"DynamicNodeNaming", true, false, 10},
    [DDF_ALLOWED] = {"AllowedValues", true, false, 11},
    [DDF_REPLACE_BEHAVIOR] = {"ReplaceBehavior", true, false, 12},
    [DDF_REBOOT_BEHAVIOR] = {"RebootBehavior", true, false, 13},
    [DDF_GP_MAPPING] = {"GpMapping", true, false, 14},
    [DDF_COMMON_ERRORS] = {"CommonErrorResults", true, false, 15},
    [DDF_DEPRECATED] = {"Deprecated", true, false, 16},
    [DDF_DEPENDENCY] = {"DependencyBehavior", true, false, 17},
    [DDF_CONFLICT] = {"ConflictResolution", true, false, 18},
    [DDF_ATOMIC] = {"AtomicRequired", true, false, 19},
};

static void read_access(ddf_reading *r) {
  static const ddf_meaning words[] = {
      {"Add", OMADM_ACCESS_ADD, 0},       {"Copy", OMADM_ACCESS_COPY, 0},
      {"Delete", OMADM_ACCESS_DELETE, 0}, {"Exec", OMADM_ACCESS_EXEC, 0},
      {"Get", OMADM_ACCESS_GET, 0},       {"Replace", OMADM_ACCESS_REPLACE, 0}};
  const xmlNode *access = r->found[DDF_ACCESS];
  if (access == NULL) {
    if (r->source->df_properties != NULL)
      ddf_reading_warn(r, DDF_DEVIATION_NO_ACCESS, r->source->node, "Node");
    return;
  }
  for (const xmlNode *e = ddf_element_from(access->children); e != NULL;
       e = ddf_element_from(e->next)) {
    const ddf_meaning *row =
        ddf_reading_word(r, words, sizeof words / sizeof *words, ddf_element_name(e), e);
    if (row != NULL) {
      r->node->access |= row->value;
    } else {
      ddf_warn(r->document->complaints, DDF_DEVIATION_UNKNOWN_WORD, ddf_line(e),
               "\"%.60s\" in AccessType", e->name);
    }
  }
}

static void read_scope_and_case(ddf_reading *r) {
  static const ddf_meaning scopes[] = {{"Permanent", 1, 0}, {"Dynamic", 0, 0}};
  static const ddf_meaning cases[] = {{"CS", OMADM_CASE_SENSITIVE, 0},
                                      {"CIS", OMADM_CASE_INSENSITIVE, 0}};
  const xmlNode *chosen = NULL;
  const ddf_meaning *row = ddf_reading_choice(r, r->found[DDF_SCOPE], scopes, 2, &chosen);
  r->node->permanent = row != NULL && row->value == 1;
  row = ddf_reading_choice(r, r->found[DDF_CASE], cases, 2, &chosen);
  r->node->case_sense = row != NULL ? (omadm_case)row->value : OMADM_CASE_INHERIT;
}

static void read_occurrence(ddf_reading *r) {
  enum { N = 0, LEAST_N = 2, MOST_N = 65536 };
  static const ddf_meaning words[] = {{"One", 1, 1},
                                      {"ZeroOrOne", 0, 1},
                                      {"ZeroOrMore", 0, UINT32_MAX},
                                      {"OneOrMore", 1, UINT32_MAX},
                                      {"ZeroOrN", 0, N},
                                      {"OneOrN", 1, N}};
  const xmlNode *chosen = NULL;
  const ddf_meaning *row =
      ddf_reading_choice(r, r->found[DDF_OCCURRENCE], words, sizeof words / sizeof *words, &chosen);
  r->node->occurs_min = row != NULL ? row->value : 1;
  r->node->occurs_max = row != NULL ? row->more : 1;
  if (r->node->occurs_max != N) return;
  r->node->occurs_max = UINT32_MAX;
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, chosen));
  uint64_t n = 0;
  if (text.len == 0) {
    ddf_reading_warn(r, DDF_DEVIATION_OCCURRENCE_N, r->found[DDF_OCCURRENCE], row->text);
  } else if (!omadm_str_u64(text, &n) || n < LEAST_N || n > MOST_N) {
    /* OMA-TS-DM_TND 9.4.3.19, 9.4.3.20 */
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(chosen),
                 "%s holds \"%.*s\", which is not a number from %d to %d", row->text,
                 (int)(text.len < 40 ? text.len : 40), text.ptr, LEAST_N, MOST_N);
  } else {
    r->node->occurs_max = (uint32_t)n;
  }
}

/* The factory's ACL. One that is no ACL, or that cannot be kept, must not be taken for none: that
 * would open the node. */
static void read_acl(ddf_reading *r) {
  const xmlNode *properties = r->source->rt_properties;
  const xmlNode *where = ddf_element_child(properties, "ACL", false);
  const xmlNode *e = properties != NULL ? ddf_element_from(properties->children) : NULL;
  for (; e != NULL; e = ddf_element_from(e->next)) {
    if (e != where && omadm_str_is(ddf_element_name(e), "ACL"))
      ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(e),
                   "a second ACL, or one of another namespace, would be skipped");
  }
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, where));
  if (text.len == 0) return;
  if (r->parent != NULL)
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(where),
                 "this ACL would be skipped: a description gives one to its topmost Node alone");
  else if (omadm_acl_check(text) != OMADM_OK)
    ddf_complain(r->document->complaints, OMADM_E_SYNTAX, ddf_line(where), "\"%.*s\" is no ACL",
                 (int)(text.len < 60 ? text.len : 60), text.ptr);
  else
    r->node->acl = ddf_reading_keep(r, text);
}

omadm_err ddf_properties_read(ddf_document *document, omadm_ddf *ddf, const ddf_source *source,
                              omadm_ddf_node *node) {
  ddf_reading r = {.document = document,
                   .ddf = ddf,
                   .source = source,
                   .parent = omadm_ddf_node_at(ddf, node->parent),
                   .node = node};
  if (source->df_properties != NULL) {
    ddf_document_split(document, source->df_properties, property_words, DDF_PROPERTY_COUNT,
                       r.found);
  } else {
    ddf_reading_warn(&r, DDF_DEVIATION_NO_PROPERTIES, source->node, "Node");
  }
  read_access(&r);
  ddf_leaf_read_format(&r);
  read_occurrence(&r);
  read_scope_and_case(&r);
  node->title = ddf_reading_text(&r, r.found[DDF_TITLE]);
  node->description = ddf_reading_text(&r, r.found[DDF_DESCRIPTION]);
  ddf_leaf_read_type(&r);
  ddf_leaf_read_default(&r);
  read_acl(&r);
  ddf_extension_read(&r);
  return r.no_memory ? OMADM_E_NOMEM : 0;
}
