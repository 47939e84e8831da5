/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/schema_bounds.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "csp-framework/allowed/xml_value.h"

enum {
  MAX_ELEMENTS = 2000, /* of a schema */
  MAX_FACETS = 300, /* and attributes: libxml2 names all values, where one is none of them */
  MAX_PARTICLES = 128, /* of one content model */
  MAX_OCCURS = 1000, /* unless unbounded */
  MAX_PATTERN = 200, /* octets, and characters that it stands for */
  PATTERN_WEIGHT = 256 /* what a pattern is, compared with a facet of another kind */
};

/* What of XML Schema is taken. */
typedef enum word { REFUSED, PLAIN, NOTE, MODEL, PARTICLE, FACET, PATTERN } word;

static const struct {
  const char *name;
  word word;
} words[] = {{"schema", PLAIN},        {"complexType", PLAIN},  {"simpleType", PLAIN},
             {"simpleContent", PLAIN}, {"extension", PLAIN},    {"restriction", PLAIN},
             {"annotation", NOTE},     {"sequence", MODEL},     {"choice", MODEL},
             {"all", MODEL},           {"element", PARTICLE},   {"any", PARTICLE},
             {"attribute", FACET},     {"anyAttribute", FACET}, {"enumeration", FACET},
             {"length", FACET},        {"minLength", FACET},    {"maxLength", FACET},
             {"minInclusive", FACET},  {"maxInclusive", FACET}, {"minExclusive", FACET},
             {"maxExclusive", FACET},  {"totalDigits", FACET},  {"fractionDigits", FACET},
             {"whiteSpace", FACET},    {"pattern", PATTERN}};

static word word_of(const xmlNode *node) {
  static const xmlChar xsd[] = "http://www.w3.org/2001/XMLSchema";
  if (node->ns == NULL || xmlStrEqual(node->ns->href, xsd) == 0) return REFUSED;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp((const char *)node->name, words[i].name) == 0) return words[i].word;
  }
  return REFUSED;
}

/* ---- patterns ---- */

/* One character, escape or class behind *at. False for what is none: a group, a count. */
static bool take_atom(const char **at) {
  const char *c = *at;
  if (*c == '\0' || strchr("()|?*+{}[]", *c) != NULL) {
    if (*c != '[') return false;
    c += strcspn(c + 1, "[]\\") + 1;
    while (*c == '\\' && c[1] != '\0')
      c += strcspn(c + 2, "[]\\") + 2;
    if (*c != ']') return false; /* a class within a class is not taken */
  } else if (*c == '\\') {
    c++;
    if (*c == '\0') return false;
    if ((*c == 'p' || *c == 'P') && c[1] == '{') c = strchr(c, '}');
    if (c == NULL) return false;
  }
  *at = c + 1;
  return true;
}

static bool take_number(const char **at, size_t *number) {
  const char *start = *at;
  *number = 0;
  for (; **at >= '0' && **at <= '9' && *number <= MAX_PATTERN; ++*at)
    *number = *number * 10 + (size_t)(**at - '0');
  return *at > start && *number <= MAX_PATTERN;
}

/* How often an atom may stand there: at most `most` times, and *varies where that is not exact. */
static bool take_count(const char **at, size_t *most, bool *varies) {
  const char c = **at;
  size_t least = 1;
  *most = 1;
  *varies = c == '?' || c == '*' || c == '+' || c == '{';
  *at += *varies;
  if (c != '{') return true;
  if (!take_number(at, &least)) return false;
  *most = least;
  *varies = **at == ',';
  *at += *varies;
  if (*varies && **at != '}' && !take_number(at, most)) return false;
  return *(*at)++ == '}';
}

bool schema_bounds_keep_pattern(const char *pattern) {
  const char *at = pattern;
  size_t variable = 0;
  size_t length = 0;
  if (strlen(pattern) > MAX_PATTERN) return false;
  while (*at != '\0') {
    size_t most = 0;
    bool varies = false;
    if (*at == '|') {
      at++;
      variable = 0;
      continue;
    }
    if (!take_atom(&at) || !take_count(&at, &most, &varies)) return false;
    variable += varies;
    length += most;
    if (variable > 1 || length > MAX_PATTERN) return false;
  }
  return true;
}

/* ---- elements ---- */

static bool refuse(const xmlNode *node, const char *what, char *why, size_t size) {
  snprintf(why, size, "its %.40s in line %ld %s", (const char *)node->name, xmlGetLineNo(node),
           what);
  return false;
}

/* A number up to a bound, or "unbounded" where that may be; as is what is not there. */
static bool is_bounded(const xmlNode *node, const char *name, uint64_t most, bool unbounded) {
  uint64_t n = 0;
  xmlChar *text = xmlGetNoNsProp(node, BAD_CAST name);
  omadm_str number = omadm_str_trim(omadm_str_of(text != NULL ? (const char *)text : "1"));
  bool fine =
      omadm_str_is(number, "unbounded") ? unbounded : omadm_str_u64(number, &n) && n <= most;
  xmlFree(text);
  return fine;
}

static size_t size_of_model(const xmlNode *top) {
  size_t n = 0;
  xmlNode *node = (xmlNode *)top;
  while (node != NULL) {
    n += node->type == XML_ELEMENT_NODE;
    node = xml_value_next(top, node, node->type == XML_ELEMENT_NODE && word_of(node) == PARTICLE);
  }
  return n;
}

static bool is_repeated(const xmlNode *model) {
  return word_of(model) == MODEL && !is_bounded(model, "maxOccurs", 1, false);
}

static bool is_choice(const xmlNode *model) {
  return strcmp((const char *)model->name, "choice") == 0;
}

static bool keep_model(const xmlNode *node, schema_work *work, char *why, size_t size) {
  if (!is_bounded(node, "minOccurs", 1, false) || !is_bounded(node, "maxOccurs", 1, true))
    return refuse(node, "stands more than once, but not unbounded", why, size);
  if (is_repeated(node->parent)) return refuse(node, "stands in what is repeated", why, size);
  if (word_of(node->parent) == MODEL) return true; /* it was counted with that */
  const size_t n = size_of_model(node);
  if (n > MAX_PARTICLES) return refuse(node, "holds too many elements", why, size);
  work->compiling += n * n;
  if (n > work->validating) work->validating = n;
  return true;
}

/* What a particle is called, without its prefix; NULL: it takes any name. Owned by the caller. */
static xmlChar *local_name(const xmlNode *particle) {
  xmlChar *name = xmlGetNoNsProp(particle, BAD_CAST "name");
  if (name == NULL) name = xmlGetNoNsProp(particle, BAD_CAST "ref");
  const xmlChar *colon = name != NULL ? xmlStrchr(name, ':') : NULL;
  if (colon == NULL) return name;
  xmlChar *local = xmlStrdup(colon + 1);
  xmlFree(name);
  return local;
}

/* Is a particle that stands more than once the only one in its model that takes its name? */
static bool is_alone(const xmlNode *particle) {
  const xmlNode *top = particle->parent;
  xmlChar *name = local_name(particle);
  while (word_of(top->parent) == MODEL)
    top = top->parent;
  bool alone = true;
  xmlNode *node = (xmlNode *)top;
  while (alone && node != NULL) {
    bool other = node->type == XML_ELEMENT_NODE && word_of(node) == PARTICLE;
    xmlChar *its = other && node != particle ? local_name(node) : NULL;
    if (other && node != particle)
      alone = its != NULL && name != NULL && xmlStrEqual(its, name) == 0;
    xmlFree(its);
    node = xml_value_next(top, node, other);
  }
  xmlFree(name);
  return alone;
}

/* Where a choice is repeated that may be empty, or what is repeated holds what is repeated, libxml2
 * tries all ways to share the elements of a value out. */
static bool keep_particle(const xmlNode *node, char *why, size_t size) {
  const bool repeated = is_repeated(node->parent);
  const bool once = repeated && is_choice(node->parent) && xmlHasProp(node, BAD_CAST "minOccurs");
  const uint64_t most = repeated ? 1 : MAX_OCCURS;
  if (once || !is_bounded(node, "minOccurs", most, false) ||
      !is_bounded(node, "maxOccurs", most, !repeated))
    return refuse(node, "has a minOccurs or maxOccurs that is not read there", why, size);
  /* Two that both take an element: the same again, which libxml2 does not notice. */
  const bool single =
      is_bounded(node, "minOccurs", 1, false) && is_bounded(node, "maxOccurs", 1, false);
  if (!single && word_of(node->parent) == MODEL && !is_alone(node))
    return refuse(node, "may stand beside others of its name, and more than once", why, size);
  if (xmlHasProp(node, BAD_CAST "substitutionGroup") != NULL)
    return refuse(node, "has a substitutionGroup, which is not read", why, size);
  return true;
}

static bool keep_pattern(const xmlNode *node, char *why, size_t size) {
  xmlChar *text = xmlGetNoNsProp(node, BAD_CAST "value");
  bool fine = text != NULL && schema_bounds_keep_pattern((const char *)text);
  xmlFree(text);
  return fine ||
         refuse(node, "has a group, or more than one *, +, ? or {n,m} in a branch, or is long", why,
                size);
}

/* libxml2 makes a transition for each namespace of a list. */
static bool keep_namespaces(const xmlNode *node, char *why, size_t size) {
  enum { MAX_NAMESPACES = 4 };
  xmlChar *list = xmlGetNoNsProp(node, BAD_CAST "namespace");
  size_t n = 0;
  for (const char *at = (const char *)list; at != NULL && *at != '\0'; n++) {
    at += strspn(at, " \t\r\n");
    at += strcspn(at, " \t\r\n");
  }
  xmlFree(list);
  return n <= MAX_NAMESPACES || refuse(node, "lists too many namespaces", why, size);
}

bool schema_bounds_keep(const xmlDoc *doc, schema_work *work, char *why, size_t size) {
  const xmlNode *top = xmlDocGetRootElement(doc);
  xmlNode *next = NULL;
  size_t elements = 0;
  size_t facets = 0;
  size_t patterns = 0;
  *work = (schema_work){0};
  for (xmlNode *node = xmlDocGetRootElement(doc); node != NULL; node = next) {
    bool element = node->type == XML_ELEMENT_NODE;
    word w = element ? word_of(node) : PLAIN;
    next = xml_value_next(top, node, w == NOTE);
    if (!element) continue;
    if (w == REFUSED) return refuse(node, "is nothing that is read of XML Schema", why, size);
    if (!keep_namespaces(node, why, size)) return false;
    if (w == MODEL && !keep_model(node, work, why, size)) return false;
    if (w == PARTICLE && !keep_particle(node, why, size)) return false;
    if (w == PATTERN && !keep_pattern(node, why, size)) return false;
    facets += w == FACET;
    patterns += w == PATTERN;
    if (facets > MAX_FACETS) return refuse(node, "is one value or attribute too many", why, size);
    if (++elements > MAX_ELEMENTS) return refuse(node, "is one too many", why, size);
  }
  work->compiling += elements;
  work->validating += facets + patterns * PATTERN_WEIGHT;
  return true;
}
