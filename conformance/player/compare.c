/* SPDX-License-Identifier: MIT */
/* Two messages, element by element. */
#include "conformance/player/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define SHOWN 180 /* octets of a text in a reason */
#define BEFORE 20 /* of them before the difference */

typedef struct comparison {
  bindings *names;
  message_difference *difference; /* NULL: only tried */
} comparison;

/* The child elements of a node. */
typedef struct elements {
  const xmlNode **items;
  size_t count;
} elements;

static bool compare_element(comparison *self, const xmlNode *expected, const xmlNode *actual);

static bool OMADM_PRINTF(4, 5) differ(comparison *self, const xmlNode *expected,
                                      const xmlNode *actual, const char *format, ...) {
  message_difference *d = self->difference;
  if (d == NULL) return false;
  va_list args;
  va_start(args, format);
  vsnprintf(d->why, sizeof d->why, format, args);
  va_end(args);
  omadm_message_path(actual != NULL ? actual : expected, d->path, sizeof d->path);
  for (char *c = d->why; *c != 0; c++) {
    if ((unsigned char)*c < ' ') *c = ' ';
  }
  omadm_str_tame(d->why);
  d->expected = expected;
  d->actual = actual;
  return false;
}

static const char *name_of(const xmlNode *node) {
  return (const char *)node->name;
}

static const char *space_of(const xmlNs *ns) {
  return ns == NULL ? "" : (const char *)ns->href;
}

static bool gather(const xmlNode *parent, elements *out) {
  size_t count = 0;
  for (const xmlNode *n = parent->children; n != NULL; n = n->next)
    count += n->type == XML_ELEMENT_NODE;
  out->count = 0;
  out->items = malloc((count + 1) * sizeof(xmlNode *));
  if (out->items == NULL) return false;
  for (const xmlNode *n = parent->children; n != NULL; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) out->items[out->count++] = n;
  }
  return true;
}

/* The text directly inside a node; with `trimmed`, "" where it is nothing but white space. */
static char *direct_text(const xmlNode *node, bool trimmed) {
  xmlChar *text = xmlStrdup((const xmlChar *)"");
  for (const xmlNode *n = node->children; n != NULL && text != NULL; n = n->next) {
    bool counts = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
    if (counts && n->content != NULL && !(trimmed && xmlIsBlankNode(n)))
      text = xmlStrcat(text, n->content);
  }
  return (char *)text;
}

/* The beginning of the character that the octet belongs to. */
static size_t character_at(const char *text, size_t at) {
  while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
    at--;
  return at;
}

/* The octets from `from` on that are shown: at most SHOWN, whole characters. */
static int shown_from(const char *text, size_t from) {
  size_t left = strlen(text + from);
  return (int)(left <= SHOWN ? left : character_at(text, from + SHOWN) - from);
}

/* Two texts: from their beginning, or from shortly before the difference where that comes late. In
 * a pattern with names an offset would say nothing. */
static void differ_in_text(comparison *self, const xmlNode *expected, const xmlNode *actual,
                           const char *want, const char *have) {
  size_t at = 0;
  while (want[at] != '\0' && want[at] == have[at])
    at++;
  if (at < SHOWN - BEFORE || strstr(want, "{{") != NULL) {
    differ(self, expected, actual, "expected \"%.*s\", found \"%.*s\"", shown_from(want, 0), want,
           shown_from(have, 0), have);
    return;
  }
  size_t from = character_at(want, at - BEFORE);
  differ(self, expected, actual,
         "differs at octet %zu: expected %zu octets, \"…%.*s\", found %zu octets, \"…%.*s\"", at,
         strlen(want), shown_from(want, from), want + from, strlen(have), shown_from(have, from),
         have + from);
}

static bool compare_text(comparison *self, const xmlNode *expected, const xmlNode *actual,
                         bool leaf) {
  char *want = direct_text(expected, !leaf);
  char *have = direct_text(actual, !leaf);
  bool same = want != NULL && have != NULL &&
              bindings_match(self->names, omadm_str_of(want), omadm_str_of(have));
  if (!same)
    differ_in_text(self, expected, actual, want == NULL ? "" : want, have == NULL ? "" : have);
  xmlFree(want);
  xmlFree(have);
  return same;
}

static bool compare_attributes(comparison *self, const xmlNode *expected, const xmlNode *actual) {
  for (const xmlAttr *a = expected->properties; a != NULL; a = a->next) {
    const xmlChar *space = a->ns == NULL ? NULL : a->ns->href;
    xmlChar *want = xmlNodeListGetString(expected->doc, a->children, 1);
    xmlChar *have =
        space == NULL ? xmlGetNoNsProp(actual, a->name) : xmlGetNsProp(actual, a->name, space);
    bool same = have != NULL &&
                bindings_match(self->names, omadm_str_of((char *)want), omadm_str_of((char *)have));
    if (!same) {
      differ(self, expected, actual, "attribute %s: expected \"%.150s\", found %s%.150s%s",
             (const char *)a->name, want == NULL ? "" : (char *)want, have == NULL ? "" : "\"",
             have == NULL ? "none" : (char *)have, have == NULL ? "" : "\"");
    }
    xmlFree(want);
    xmlFree(have);
    if (!same) return false;
  }
  for (const xmlAttr *a = actual->properties; a != NULL; a = a->next) {
    const xmlAttr *known = xmlHasNsProp(expected, a->name, a->ns == NULL ? NULL : a->ns->href);
    if (known == NULL)
      return differ(self, expected, actual, "attribute %s is not expected", (const char *)a->name);
  }
  return true;
}

/* The number of expected elements from `from` up to the next <any/>, or to the end. */
static size_t run_length(const elements *list, size_t from) {
  size_t at = from;
  while (at < list->count && !message_is_any(list->items[at]))
    at++;
  return at - from;
}

/* True where the run fits at that place; what it bound is kept then, and taken back otherwise. */
static bool try_run(comparison *self, const xmlNode **expected, const xmlNode **actual,
                    size_t count) {
  comparison quiet = {self->names, NULL};
  size_t bound = self->names->count;
  for (size_t i = 0; i < count; i++) {
    if (compare_element(&quiet, expected[i], actual[i])) continue;
    bindings_truncate(self->names, bound);
    return false;
  }
  return true;
}

/* Steps over what the <any/> before expected[from] stands for: *at is then where the run after it
 * begins. */
static bool skip_any(comparison *self, const elements *want, size_t from, const elements *have,
                     size_t *at) {
  size_t run = run_length(want, from);
  size_t left = have->count - *at;
  if (run > left)
    return differ(self, want->items[from + left], NULL, "<%s> is missing",
                  name_of(want->items[from + left]));
  if (from + run == want->count) {
    *at = have->count - run;
    return true;
  }
  for (size_t i = *at; i + run <= have->count; i++) {
    if (!try_run(self, want->items + from, have->items + i, run)) continue;
    *at = i;
    return true;
  }
  return differ(self, want->items[from], NULL, "no place matches what stands after <any/>: <%s> …",
                name_of(want->items[from]));
}

static bool compare_lists(comparison *self, const elements *want, const elements *have) {
  size_t at = 0;
  for (size_t i = 0; i < want->count; i++) {
    if (message_is_any(want->items[i])) {
      if (!skip_any(self, want, i + 1, have, &at)) return false;
    } else if (at == have->count) {
      return differ(self, want->items[i], NULL, "<%s> is missing", name_of(want->items[i]));
    } else if (!compare_element(self, want->items[i], have->items[at++])) {
      return false;
    }
  }
  if (at < have->count)
    return differ(self, NULL, have->items[at], "<%s> is not expected", name_of(have->items[at]));
  return true;
}

static bool compare_content(comparison *self, const xmlNode *expected, const xmlNode *actual) {
  elements want = {NULL, 0};
  elements have = {NULL, 0};
  bool same = gather(expected, &want) && gather(actual, &have);
  if (same && want.count == 0) {
    char *text = direct_text(expected, false);
    bool anything = text != NULL && strcmp(text, "*") == 0;
    xmlFree(text);
    if (anything) goto out;
  }
  bool leaf = want.count == 0 && have.count == 0;
  if (same && leaf) same = compare_text(self, expected, actual, true);
  if (same && !leaf)
    same = compare_lists(self, &want, &have) && compare_text(self, expected, actual, false);
out:
  free(want.items);
  free(have.items);
  return same;
}

static bool compare_element(comparison *self, const xmlNode *expected, const xmlNode *actual) {
  if (strcmp(name_of(expected), name_of(actual)) != 0) {
    return differ(self, expected, actual, "expected <%s>, found <%s>", name_of(expected),
                  name_of(actual));
  }
  if (strcmp(space_of(expected->ns), space_of(actual->ns)) != 0) {
    return differ(self, expected, actual, "expected namespace \"%s\", found \"%s\"",
                  space_of(expected->ns), space_of(actual->ns));
  }
  return compare_attributes(self, expected, actual) && compare_content(self, expected, actual);
}

bool message_matches(const xmlDoc *expected, const xmlDoc *actual, bindings *names,
                     message_difference *difference) {
  comparison self = {names, difference};
  const xmlNode *want = xmlDocGetRootElement(expected);
  const xmlNode *have = xmlDocGetRootElement(actual);
  *difference = (message_difference){.expected = NULL};
  if (message_is_any(want)) return true;
  return compare_element(&self, want, have);
}
