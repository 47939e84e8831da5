/* SPDX-License-Identifier: MIT */
/* MSFT:DependencyBehavior. */
#include "base/str.h"
#include "csp-framework/ddf/reading.h"

enum group_part { CHANGED, DEPENDENCY, GROUP_PARTS };

static const ddf_word group_words[GROUP_PARTS] = {
    [CHANGED] = {"DependencyChangedAllowedValues", true, false, 0},
    [DEPENDENCY] = {"Dependency", true, true, 1},
};

enum dependency_part { URI, ALLOWED, DEPENDENCY_PARTS };

static const ddf_word dependency_words[DEPENDENCY_PARTS] = {
    [URI] = {"DependencyUri", true, false, 0},
    [ALLOWED] = {"DependencyAllowedValue", true, false, 1},
};

static const ddf_word behavior_words[] = {{"DependencyGroup", true, true, 0}};

/* How many elements of that name there are from the first on; NONE, after a complaint, for too
 * many. */
static size_t count_from(ddf_reading *r, const xmlNode *first, const char *name, size_t most) {
  size_t n = 0;
  for (const xmlNode *e = first; e != NULL && n <= most; e = ddf_element_from(e->next))
    n += ddf_element_is(e, name, true);
  if (n <= most) return n;
  ddf_reading_too_many(r, first->parent, name, most);
  return 0;
}

/* "./A/B" of "A/B", "/A/B" or "./A/B". */
static omadm_str uri_of(ddf_reading *r, const xmlNode *element) {
  omadm_str text = omadm_str_trim(ddf_document_text(r->document, element));
  while (text.len > 0 &&
         (text.ptr[0] == '/' || (text.ptr[0] == '.' && (text.len == 1 || text.ptr[1] == '/'))))
    text = (omadm_str){text.ptr + 1, text.len - 1};
  while (text.len > 0 && text.ptr[text.len - 1] == '/')
    text.len--;
  if (text.len > DDF_MAX_URI) {
    ddf_reading_too_many(r, element, "octets", DDF_MAX_URI);
    text.len = 0;
  }
  char *copy = text.len > 0 ? ddf_reading_new(r, text.len + 3, 1) : NULL;
  if (copy == NULL) return (omadm_str){"", 0};
  memcpy(copy, "./", 2);
  memcpy(copy + 2, text.ptr, text.len);
  return (omadm_str){copy, text.len + 2};
}

/* False where nothing tells which node is meant. */
static bool read_dependency(ddf_reading *r, const xmlNode *element, omadm_ddf_dependency *d) {
  static const ddf_meaning types[] = {{"DependsOn", 0, 0}, {"Not", 1, 0}};
  const xmlNode *part[DEPENDENCY_PARTS];
  ddf_document_split(r->document, element, dependency_words, DEPENDENCY_PARTS, part);
  d->allowed = OMADM_DDF_NONE;
  omadm_str type = omadm_str_trim(ddf_document_attribute(r->document, element, "Type"));
  const ddf_meaning *row = ddf_reading_word(r, types, 2, type, element);
  if (row == NULL) {
    ddf_warn(r->document->complaints, DDF_DEVIATION_NO_DEPENDENCY, ddf_line(element),
             "the Type \"%.*s\" of Dependency", (int)(type.len < 60 ? type.len : 60),
             type.ptr != NULL ? type.ptr : "");
    return false;
  }
  d->negated = row->value == 1;
  d->uri = uri_of(r, part[URI]);
  if (d->uri.len == 0) {
    ddf_reading_warn(r, DDF_DEVIATION_NO_DEPENDENCY, element, "a Dependency without DependencyUri");
    return false;
  }
  d->allowed = ddf_allowed_read(r, part[ALLOWED]);
  return true;
}

static bool read_group(ddf_reading *r, const xmlNode *element, omadm_ddf_group *group) {
  const xmlNode *part[GROUP_PARTS];
  ddf_document_split(r->document, element, group_words, GROUP_PARTS, part);
  group->id = ddf_reading_attribute(r, element, "FriendlyId");
  group->changed = OMADM_DDF_NONE;
  size_t n = count_from(r, part[DEPENDENCY], "Dependency", DDF_MAX_DEPENDENCIES);
  if (n == 0) {
    ddf_reading_warn(r, DDF_DEVIATION_NO_DEPENDENCY, element,
                     "a DependencyGroup without Dependency");
    return false;
  }
  omadm_ddf_dependency *list = ddf_reading_new(r, n, sizeof *list);
  if (list == NULL) return false;
  group->changed = ddf_allowed_read(r, part[CHANGED]);
  group->dependencies = list;
  for (const xmlNode *e = part[DEPENDENCY]; e != NULL; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, "Dependency", true)) continue;
    if (!read_dependency(r, e, &list[group->n_dependencies])) return false;
    group->n_dependencies++;
  }
  return true;
}

void ddf_dependency_read(ddf_reading *r) {
  const xmlNode *behavior = r->found[DDF_DEPENDENCY];
  if (behavior == NULL) return;
  const xmlNode *first = NULL;
  ddf_document_split(r->document, behavior, behavior_words, 1, &first);
  size_t n = count_from(r, first, "DependencyGroup", DDF_MAX_GROUPS);
  if (n == 0) ddf_reading_warn(r, DDF_DEVIATION_EMPTY, behavior, "DependencyBehavior");
  omadm_ddf_group *groups = n > 0 ? ddf_reading_new(r, n, sizeof *groups) : NULL;
  if (groups == NULL) return;
  size_t read = 0;
  for (const xmlNode *e = first; e != NULL; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, "DependencyGroup", true)) continue;
    /* Groups are alternatives: without one of them the others would forbid what it allows. */
    if (!read_group(r, e, &groups[read])) return;
    read++;
  }
  r->node->groups = groups;
  r->node->n_groups = read;
}
