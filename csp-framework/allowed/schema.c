/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/schema.h"

#include <pthread.h>
#include <stdio.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>

#include "base/mem.h"
#include "base/str.h"
#include "csp-framework/allowed/schema_bounds.h"
#include "csp-framework/allowed/schema_imports.h"
#include "csp-framework/allowed/xml_value.h"

#if LIBXML_VERSION >= 21200
typedef const xmlError schema_error;
#else
typedef xmlError schema_error;
#endif

enum {
  MAX_TEXT = 64 * 1024, /* of a schema */
  VALIDATING = 16 * 1024 * 1024, /* octets of a value times what each of its elements may be
                                    compared with */
  LEVELS = 260 /* of a value; the parser takes fewer */
};

struct schema {
  xmlDoc *doc; /* what `compiled` points into */
  schema_work work;
  xmlSchema *compiled;
  schema_spaces spaces; /* from which it would import */
};

/* libxml2 makes the types of XML Schema when they are first needed, which two threads may not do
 * at once. */
static void make_types(void) {
  xmlInitParser();
  xmlSchemaInitTypes();
}

/* ---- compiling ---- */

typedef struct first_error {
  char *why;
  size_t size;
} first_error;

static void take_compile_error(void *ctx, schema_error *e) {
  first_error *first = ctx;
  if (first->why[0] != '\0' || e->message == NULL || e->level < XML_ERR_ERROR) return;
  omadm_str message = omadm_str_trim(omadm_str_of(e->message));
  snprintf(first->why, first->size, "line %d: %.*s", e->line,
           (int)(message.len < 160 ? message.len : 160), message.ptr);
}

/* libxml2 tells what is wrong with a pattern to the thread's own handler, which writes it to the
 * standard error. */
typedef struct silence {
  xmlStructuredErrorFunc handler;
  void *ctx;
} silence;

static void ignore(void *ctx, schema_error *e) {
  (void)ctx, (void)e;
}

static silence silence_begin(void) {
  silence before = {xmlStructuredError, xmlStructuredErrorContext};
  xmlSetStructuredErrorFunc(NULL, ignore);
  return before;
}

static void silence_end(silence before) {
  xmlSetStructuredErrorFunc(before.ctx, before.handler);
}

static xmlSchema *compile(xmlDoc *doc, char *why, size_t size) {
  xmlSchemaParserCtxt *parser = xmlSchemaNewDocParserCtxt(doc);
  if (parser == NULL) return NULL;
  first_error first = {why, size};
  xmlSchemaSetParserStructuredErrors(parser, take_compile_error, &first);
  silence before = silence_begin();
  xmlSchema *compiled = xmlSchemaParse(parser);
  silence_end(before);
  xmlSchemaFreeParserCtxt(parser);
  return compiled;
}

omadm_err schema_new(omadm_str text, schema **made, bool *partly, char *why, size_t size) {
  static pthread_once_t types = PTHREAD_ONCE_INIT;
  const char *reason = "";
  pthread_once(&types, make_types);
  *made = NULL;
  why[0] = '\0';
  schema *s = omadm_mem_new(&omadm_mem_default, 1, sizeof *s);
  if (s == NULL) return OMADM_E_NOMEM;
  omadm_err err = OMADM_OK;
  omadm_status status = OMADM_ST_TOO_LARGE;
  reason = "is longer than a schema that is read";
  text = omadm_str_trim(text);
  if (text.len <= MAX_TEXT) status = xml_value_parse(text, &s->doc, &reason);
  if (status != OMADM_ST_OK) {
    snprintf(why, size, "it %s", reason);
    err = status == OMADM_ST_FAILED ? OMADM_E_NOMEM : OMADM_E_SYNTAX;
    goto out;
  }
  *partly = schema_imports_cut(s->doc, &s->spaces) > 0;
  if (s->spaces.no_memory) err = OMADM_E_NOMEM;
  if (s->spaces.full) {
    snprintf(why, size, "it takes elements from more than %d namespaces", SCHEMA_MAX_SPACES);
    err = OMADM_E_LIMIT;
  }
  if (err == 0 && !schema_bounds_keep(s->doc, &s->work, why, size)) err = OMADM_E_LIMIT;
  if (err != 0) goto out;
  s->compiled = compile(s->doc, why, size);
  if (s->compiled != NULL) goto out;
  if (why[0] == '\0') snprintf(why, size, "it is no schema");
  err = OMADM_E_SYNTAX;
out:
  if (err != 0) {
    schema_free(s);
    s = NULL;
  }
  *made = s;
  return err;
}

size_t schema_size(const schema *s) {
  return s->work.compiling;
}

void schema_free(schema *s) {
  if (s == NULL) return;
  if (s->compiled != NULL) xmlSchemaFree(s->compiled);
  if (s->doc != NULL) xmlFreeDoc(s->doc);
  schema_imports_dispose(&s->spaces);
  omadm_mem_free(&omadm_mem_default, s);
}

/* ---- validating ---- */

/* What is said of an error; libxml2's own sentences repeat the value. */
static const struct {
  int code;
  const char *what;
} sentences[] = {
    {XML_SCHEMAV_CVC_MAXLENGTH_VALID, "is or has an attribute longer than the schema allows"},
    {XML_SCHEMAV_CVC_MINLENGTH_VALID, "is shorter than the schema allows"},
    {XML_SCHEMAV_CVC_LENGTH_VALID, "has not the length of the schema"},
    {XML_SCHEMAV_CVC_PATTERN_VALID, "does not match the schema's pattern"},
    {XML_SCHEMAV_CVC_ENUMERATION_VALID, "is none of the schema's values"},
    {XML_SCHEMAV_CVC_ELT_1, "is not declared in the schema"},
    {XML_SCHEMAV_ELEMENT_CONTENT, "does not stand where the schema has it"},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4, "does not stand where the schema has it"},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_4, "lacks an attribute that the schema requires"},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, "has an attribute that is not the schema's"},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2, "has an attribute that is not the schema's"}};

/* The name of an element that the schema may not have is a part of the value as well. */
static bool may_be_strange(int code) {
  return code == XML_SCHEMAV_CVC_ELT_1 || code == XML_SCHEMAV_ELEMENT_CONTENT ||
         code == XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4;
}

typedef struct findings {
  size_t errors, too_long;
  char *why;
  size_t size;
  xmlNode **cut[LEVELS], *behind[LEVELS]; /* links of the value that were cut, and to what */
  size_t n_cut;
} findings;

static void cut(findings *f, xmlNode **link) {
  if (f->n_cut == LEVELS) return;
  f->cut[f->n_cut] = link;
  f->behind[f->n_cut++] = *link;
  *link = NULL;
}

/* What stands behind the first error is not looked at: a value of errors alone would take long.
 * libxml2 cannot be stopped, but goes no further than the links. */
static void cut_behind(findings *f, xmlNode *node) {
  if (node != NULL && node->type != XML_ELEMENT_NODE) node = node->parent;
  if (f->n_cut > 0 || node == NULL) return;
  cut(f, &node->children);
  for (; node->type == XML_ELEMENT_NODE; node = node->parent)
    cut(f, &node->next);
}

static void put_back(findings *f) {
  while (f->n_cut-- > 0)
    *f->cut[f->n_cut] = f->behind[f->n_cut];
}

static void describe(findings *f, schema_error *e) {
  const char *what = "holds what its type does not allow";
  for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
    if (sentences[i].code == e->code) what = sentences[i].what;
  }
  const xmlNode *node = e->node;
  if (node == NULL || node->type != XML_ELEMENT_NODE) {
    snprintf(f->why, f->size, "is against the schema (line %d of the value)", e->line);
  } else if (may_be_strange(e->code)) {
    snprintf(f->why, f->size, "holds an element (line %d) that %s", e->line, what);
  } else {
    snprintf(f->why, f->size, "holds the element %.60s (line %d), which %s",
             (const char *)node->name, e->line, what);
  }
}

static void take_error(void *ctx, schema_error *e) {
  findings *f = ctx;
  bool is_length = e->code == XML_SCHEMAV_CVC_MAXLENGTH_VALID;
  f->too_long += is_length;
  /* A length stands aside for what is worse. */
  if (f->errors == 0 || (f->too_long == f->errors && !is_length)) describe(f, e);
  f->errors++;
  if (!is_length) cut_behind(f, e->node);
}

/* xsi:schemaLocation and its like would make libxml2 read files that a server names, and add to a
 * schema that threads share. */
static void drop_locations(xmlDoc *doc) {
  static const xmlChar xsi[] = "http://www.w3.org/2001/XMLSchema-instance";
  const xmlNode *top = xmlDocGetRootElement(doc);
  for (xmlNode *node = xmlDocGetRootElement(doc); node != NULL;
       node = xml_value_next(top, node, 0)) {
    if (node->type != XML_ELEMENT_NODE) continue;
    xmlUnsetNsProp(node, xmlSearchNsByHref(doc, node, xsi), BAD_CAST "schemaLocation");
    xmlUnsetNsProp(node, xmlSearchNsByHref(doc, node, xsi), BAD_CAST "noNamespaceSchemaLocation");
  }
}

omadm_status schema_validate(const schema *s, omadm_str text, char *why, size_t size) {
  xmlDoc *doc = NULL;
  const char *reason = "is longer than what is checked against that schema";
  omadm_status status = OMADM_ST_TOO_LARGE;
  if (text.len <= VALIDATING / (s->work.validating + 1))
    status = xml_value_parse(text, &doc, &reason);
  snprintf(why, size, "%s", reason);
  if (status != OMADM_ST_OK) return status;
  drop_locations(doc);
  schema_imports_rename(doc, &s->spaces);
  xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(s->compiled);
  if (validator == NULL) {
    xmlFreeDoc(doc);
    snprintf(why, size, "cannot be checked: there is not enough memory");
    return OMADM_ST_FAILED;
  }
  findings found = {.why = why, .size = size};
  xmlSchemaSetValidStructuredErrors(validator, take_error, &found);
  silence before = silence_begin();
  int result = xmlSchemaValidateDoc(validator, doc);
  silence_end(before);
  xmlSchemaFreeValidCtxt(validator);
  put_back(&found);
  xmlFreeDoc(doc);
  if (result == 0) return OMADM_ST_OK;
  if (result < 0) {
    snprintf(why, size, "cannot be checked within the bounds of a schema's pattern");
    return OMADM_ST_BAD_FORMAT;
  }
  return found.too_long > 0 && found.too_long == found.errors ? OMADM_ST_TOO_LARGE
                                                              : OMADM_ST_BAD_FORMAT;
}
