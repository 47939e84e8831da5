/* SPDX-License-Identifier: MIT */
/* Microsoft's extension, without the rules for values. */
#include "base/str.h"
#include "csp-framework/ddf/reading.h"
#include "csp-framework/ddf/show.h"

#define WORD_COUNT(words) (sizeof(words) / sizeof *(words))

static void read_naming(ddf_reading *r) {
  static const ddf_meaning words[] = {{"ServerGeneratedUniqueIdentifier", OMADM_NAMING_SERVER, 0},
                                      {"ClientInventory", OMADM_NAMING_CLIENT, 0},
                                      {"UniqueName", OMADM_NAMING_PATTERN, 0}};
  const xmlNode *chosen = NULL;
  const ddf_meaning *row =
      ddf_reading_choice(r, r->found[DDF_NAMING], words, WORD_COUNT(words), &chosen);
  r->node->naming = row != NULL ? (omadm_naming)row->value : OMADM_NAMING_ANY;
  if (r->node->naming == OMADM_NAMING_PATTERN)
    r->node->naming_pattern = ddf_reading_text(r, chosen);
  if (r->node->naming_pattern.len > DDF_MAX_RULE)
    ddf_reading_too_many(r, chosen, "octets", DDF_MAX_RULE);
}

/* A node has its own Applicability or that of the next one above, as a whole. */
static void read_applicability(ddf_reading *r) {
  enum { BUILD, VERSION, EDITIONS, ENTRA, COUNT };
  static const ddf_word words[COUNT] = {[BUILD] = {"OsBuildVersion", true, false, 0},
                                        [VERSION] = {"CspVersion", true, false, 1},
                                        [EDITIONS] = {"EditionAllowList", true, false, 2},
                                        [ENTRA] = {"RequiresAzureAd", true, false, 3}};
  const xmlNode *element = r->found[DDF_APPLICABILITY];
  if (element == NULL) {
    if (r->parent != NULL) r->node->applies = r->parent->applies;
    return;
  }
  omadm_ddf_applicability *a = ddf_reading_new(r, 1, sizeof *a);
  if (a == NULL) return;
  const xmlNode *found[COUNT];
  ddf_document_split(r->document, element, words, COUNT, found);
  a->os_build = ddf_reading_text(r, found[BUILD]);
  a->csp_version = ddf_reading_text(r, found[VERSION]);
  a->editions = ddf_reading_text(r, found[EDITIONS]);
  omadm_str entra = omadm_str_trim(ddf_document_text(r->document, found[ENTRA]));
  /* An empty element says yes; some write it out. */
  a->requires_entra = found[ENTRA] != NULL &&
                      !omadm_str_equal_nocase(entra, (omadm_str)OMADM_STR("false")) &&
                      !omadm_str_is(entra, "0");
  r->node->applies = a;
}

static void read_behavior(ddf_reading *r) {
  r->node->replace_behavior = (omadm_replace_behavior)ddf_reading_enum(
      r, r->found[DDF_REPLACE_BEHAVIOR], ddf_replace_words, OMADM_REPLACE_APPENDS + 1);
  r->node->reboot_behavior = (omadm_reboot_behavior)ddf_reading_enum(
      r, r->found[DDF_REBOOT_BEHAVIOR], ddf_reboot_words, OMADM_REBOOT_SERVER + 1);
  r->node->conflict = (omadm_conflict)ddf_reading_enum(
      r, r->found[DDF_CONFLICT], ddf_conflict_words, OMADM_CONFLICT_HIGHEST_ZERO + 1);
}

/* Appends a text with its line breaks as blanks. */
static omadm_err add_line(omadm_buf *list, omadm_str text) {
  omadm_err err = list->len > 0 ? omadm_buf_add_text(list, "\n") : 0;
  size_t start = list->len;
  if (err == 0) err = omadm_buf_add_str(list, text);
  for (size_t i = start; i < list->len; i++) {
    if (list->ptr[i] == '\n' || list->ptr[i] == '\r') list->ptr[i] = ' ';
  }
  return err;
}

static void read_common_errors(ddf_reading *r) {
  enum { COUNT = 10 };
  static const ddf_word words[COUNT] = {
      {"CommonErrorOne", true, false, 0},   {"CommonErrorTwo", true, false, 1},
      {"CommonErrorThree", true, false, 2}, {"CommonErrorFour", true, false, 3},
      {"CommonErrorFive", true, false, 4},  {"CommonErrorSix", true, false, 5},
      {"CommonErrorSeven", true, false, 6}, {"CommonErrorEight", true, false, 7},
      {"CommonErrorNine", true, false, 8},  {"CommonErrorTen", true, false, 9}};
  const xmlNode *element = r->found[DDF_COMMON_ERRORS];
  if (element == NULL) return;
  const xmlNode *found[COUNT];
  ddf_document_split(r->document, element, words, COUNT, found);
  omadm_buf list;
  omadm_buf_init(&list, &omadm_mem_default, 0);
  omadm_err err = 0;
  for (size_t i = 0; i < COUNT && err == 0; i++) {
    omadm_str text = omadm_str_trim(ddf_document_text(r->document, found[i]));
    if (text.len > 0) err = add_line(&list, text);
  }
  if (err != 0) r->no_memory = true;
  r->node->common_errors = ddf_reading_keep(r, omadm_buf_str(&list));
  omadm_buf_dispose(&list);
}

void ddf_extension_read(ddf_reading *r) {
  omadm_ddf_node *node = r->node;
  read_applicability(r);
  read_naming(r);
  node->allowed = ddf_allowed_read(r, r->found[DDF_ALLOWED]);
  read_behavior(r);
  node->gp_name = ddf_reading_attribute(r, r->found[DDF_GP_MAPPING], "GpEnglishName");
  node->gp_area = ddf_reading_attribute(r, r->found[DDF_GP_MAPPING], "GpAreaPath");
  node->gp_element = ddf_reading_attribute(r, r->found[DDF_GP_MAPPING], "GpElement");
  read_common_errors(r);
  node->atomic_required = r->found[DDF_ATOMIC] != NULL;
  const xmlNode *deprecated = r->found[DDF_DEPRECATED];
  if (deprecated != NULL)
    node->deprecated = ddf_reading_attribute(r, deprecated, "OsBuildDeprecated");
  if (deprecated != NULL && node->deprecated.len == 0)
    node->deprecated = (omadm_str)OMADM_STR("unstated");
  ddf_dependency_read(r);
}
