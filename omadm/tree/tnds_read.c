/* SPDX-License-Identifier: MIT */
/* Both encodings of TNDS into one list of nodes. */
#include <omadm/tnds.h>
#include <omadm/uri.h>

#include <limits.h>

#include "base/codec.h"
#include "base/wbxml.h"
#include "omadm/tree/tnds_build.h"
#include "omadm/tree/tnds_own.h"
#include "omadm/wire/xml_memory.h"

omadm_err omadm_tnds_type(omadm_str type, omadm_encoding *encoding) {
  static const omadm_str types[] = {[OMADM_ENCODING_XML] = OMADM_STR(OMADM_TNDS_XML),
                                    [OMADM_ENCODING_WBXML] = OMADM_STR(OMADM_TNDS_WBXML)};
  if (type.len < sizeof OMADM_TNDS_XML - 1) return OMADM_E_NOT_FOUND; /* the shorter one */
  const char *semicolon = memchr(type.ptr, ';', type.len);
  if (semicolon != NULL) type.len = (size_t)(semicolon - type.ptr);
  type = omadm_str_trim(type);
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (!omadm_str_equal_nocase(type, types[i])) continue;
    *encoding = (omadm_encoding)i;
    return OMADM_OK;
  }
  return OMADM_E_NOT_FOUND;
}

/* XML, with expat. Names are taken by their local part where they have the root's prefix: inside a
 * message the prefix may be declared outside of the document. */

typedef struct xml_reader {
  tnds_build build;
  XML_Parser parser;
  bool rooted;
  unsigned long line; /* where the parser stopped; 0: it did not, or there are no lines */
  omadm_str prefix; /* of the root */
  char prefix_room[32];
} xml_reader;

static bool is_own_namespace(const char *uri) {
  return strcmp(uri, "syncml:dmddf1.2") == 0 || strcmp(uri, "syncml:dmddf") == 0;
}

/* The namespace that an element declares for the names with that prefix, or NULL. */
static const char *declared(const XML_Char **attributes, omadm_str prefix) {
  for (; attributes[0] != NULL; attributes += 2) {
    const char *name = attributes[0];
    if (strncmp(name, "xmlns", 5) != 0) continue;
    if (prefix.len == 0 && name[5] == '\0') return attributes[1];
    if (prefix.len > 0 && name[5] == ':' && omadm_str_is(prefix, name + 6)) return attributes[1];
  }
  return NULL;
}

static void root(xml_reader *r, omadm_str prefix, const XML_Char **attributes) {
  const char *uri = declared(attributes, prefix);
  r->rooted = true;
  if (prefix.len >= sizeof r->prefix_room || (uri != NULL && !is_own_namespace(uri))) {
    tnds_build_fail(&r->build, OMADM_E_UNSUPPORTED, "the root is not of the namespace of TNDS");
    return;
  }
  if (prefix.len > 0) memcpy(r->prefix_room, prefix.ptr, prefix.len);
  r->prefix = (omadm_str){r->prefix_room, prefix.len};
}

static void stop_on_failure(xml_reader *r) {
  if (r->build.err != 0) XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes) {
  xml_reader *r = ctx;
  const char *colon = strchr(name, ':');
  omadm_str prefix = {name, colon != NULL ? (size_t)(colon - name) : 0};
  bool first = !r->rooted;
  if (first) root(r, prefix, attributes);
  const char *uri = first ? NULL : declared(attributes, prefix);
  bool own = omadm_str_equal(prefix, r->prefix) && (uri == NULL || is_own_namespace(uri));
  omadm_str local = omadm_str_of(colon != NULL ? colon + 1 : name);
  tnds_build_start(&r->build, own ? tnds_element_find(local) : TNDS_EL_NONE);
  stop_on_failure(r);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name) {
  (void)name;
  xml_reader *r = ctx;
  tnds_build_end(&r->build);
  stop_on_failure(r);
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len) {
  xml_reader *r = ctx;
  tnds_build_text(&r->build, (omadm_str){text, (size_t)len}, false);
  stop_on_failure(r);
}

/* As in messages (wire/read_xml.c): nothing declares entities here. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public_id, int has_internal_subset) {
  (void)name;
  (void)system;
  (void)public_id;
  xml_reader *r = ctx;
  if (has_internal_subset)
    tnds_build_fail(&r->build, OMADM_E_SYNTAX, "a DOCTYPE with an internal subset is refused");
  stop_on_failure(r);
}

static void XMLCALL on_skipped_entity(void *ctx, const XML_Char *name, int is_parameter_entity) {
  (void)name;
  (void)is_parameter_entity;
  xml_reader *r = ctx;
  tnds_build_fail(&r->build, OMADM_E_SYNTAX, "a reference to an undeclared entity");
  stop_on_failure(r);
}

static void run_parser(xml_reader *r, omadm_str document, const xml_memory *memory) {
  if (document.len > INT_MAX / 2) {
    tnds_build_fail(&r->build, OMADM_E_LIMIT, "the document is too large");
    return;
  }
  XML_SetUserData(r->parser, r);
  XML_SetElementHandler(r->parser, on_start, on_end);
  XML_SetCharacterDataHandler(r->parser, on_text);
  XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
  XML_SetSkippedEntityHandler(r->parser, on_skipped_entity);
  if (XML_Parse(r->parser, document.ptr, (int)document.len, XML_TRUE) == XML_STATUS_OK) return;
  r->line = XML_GetCurrentLineNumber(r->parser);
  enum XML_Error error = XML_GetErrorCode(r->parser);
  if (memory->exhausted)
    tnds_build_fail(&r->build, OMADM_E_LIMIT, "its names take too much memory (limit decoded)");
  else if (error == XML_ERROR_NO_MEMORY)
    tnds_build_fail(&r->build, OMADM_E_NOMEM, "out of memory");
  else
    tnds_build_fail(&r->build, OMADM_E_SYNTAX, "not well-formed XML: %s", XML_ErrorString(error));
}

static void read_xml(xml_reader *r, omadm_str document) {
  xml_memory memory;
  xml_memory_begin(&memory, r->build.arena->mem, r->build.limits->decoded, document.len);
  r->parser = xml_memory_parser();
  if (r->parser != NULL)
    run_parser(r, document, &memory);
  else
    tnds_build_fail(&r->build, OMADM_E_NOMEM, "out of memory");
  if (r->parser != NULL) XML_ParserFree(r->parser);
  xml_memory_end(&memory);
}

/* WBXML. A document begins on page 0, which is empty for this DTD: its tokens are taken there too
 * (OMA-TS-DM_TND 10 only names the page). A public id is no condition: none is registered. */

static tnds_element element_of(const omadm_wbxml_event *e) {
  if (e->token == 0) return tnds_element_find(e->text);
  return e->page == TNDS_PAGE || e->page == 0 ? tnds_element_of_token(e->token) : TNDS_EL_NONE;
}

static void read_wbxml(tnds_build *b, omadm_str document) {
  omadm_wbxml_reader r;
  omadm_wbxml_event e;
  omadm_err err = omadm_wbxml_reader_init(&r, document, b->limits->data_depth, b->limits->decoded);
  for (bool over = err != 0; !over && b->err == 0;) {
    switch (omadm_wbxml_next(&r, &e)) {
    case OMADM_WBXML_START: tnds_build_start(b, element_of(&e)); break;
    case OMADM_WBXML_TEXT: tnds_build_text(b, e.text, false); break;
    case OMADM_WBXML_OPAQUE: tnds_build_text(b, e.text, true); break;
    case OMADM_WBXML_END: tnds_build_end(b); break;
    case OMADM_WBXML_ATTRIBUTE:
    case OMADM_WBXML_VALUE: break; /* nothing here has any */
    case OMADM_WBXML_FAILED: err = r.err; /* fallthrough */
    case OMADM_WBXML_DONE: over = true; break;
    }
  }
  if (err != 0) tnds_build_fail(b, err, "%s", r.problem != NULL ? r.problem : omadm_err_text(err));
}

/* Octets of WBXML may be text all the same, and then have to be UTF-8; XML is. */
static bool texts_are_valid(const tnds_build *b) {
  for (size_t i = 0; i < b->n; i++) {
    const omadm_tnds_node *n = &b->nodes[i];
    if (!omadm_utf8_is_valid(n->type) || !omadm_utf8_is_valid(n->acl) ||
        !omadm_utf8_is_valid(n->title))
      return false;
  }
  return true;
}

omadm_err omadm_tnds_read(omadm_str document, omadm_encoding encoding, const omadm_limits *limits,
                          const omadm_mem *mem, omadm_tnds **tnds, omadm_status *status,
                          omadm_error *error) {
  *tnds = NULL;
  if (status != NULL) *status = OMADM_ST_FAILED;
  if (mem == NULL) mem = &omadm_mem_default;
  tnds_own *own = omadm_mem_new(mem, 1, sizeof *own);
  if (own == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  own->mem = *mem;
  omadm_arena_init(&own->arena, &own->mem, 0);
  xml_reader r = {.rooted = false};
  tnds_build *b = &r.build;
  tnds_build_init(b, limits, &own->arena);
  if (b->err == 0 && encoding == OMADM_ENCODING_XML) read_xml(&r, document);
  if (b->err == 0 && encoding == OMADM_ENCODING_WBXML) read_wbxml(b, document);
  if (tnds_build_finish(b) == 0 && !texts_are_valid(b))
    tnds_build_fail(b, OMADM_E_SYNTAX, "a property is no UTF-8");
  omadm_err err = b->err;
  if (status != NULL) *status = err != 0 ? b->status : OMADM_ST_OK;
  own->tnds = (omadm_tnds){.n = b->n, .nodes = b->nodes};
  own->table = b->table;
  own->slots = b->cap * 2;
  own->seed = b->seed;
  if (err != 0 && r.line > 0)
    omadm_error_set(error, err, "%s, line %lu of the document", b->problem, r.line);
  else if (err != 0)
    omadm_error_set(error, err, "%s", b->problem);
  tnds_build_dispose(b);
  if (err == 0)
    *tnds = &own->tnds;
  else
    omadm_tnds_free(&own->tnds);
  return err;
}

omadm_tnds *tnds_single(const omadm_mem *mem, omadm_str type) {
  tnds_own *own = omadm_mem_new(mem, 1, sizeof *own);
  if (own == NULL) return NULL;
  own->mem = *mem;
  omadm_arena_init(&own->arena, &own->mem, 0);
  omadm_tnds_node *node = omadm_arena_new(&own->arena, 1, sizeof *node);
  own->table = omadm_arena_new(&own->arena, 1, sizeof *own->table);
  own->slots = 1;
  own->tnds = (omadm_tnds){.n = 1, .nodes = node};
  if (node != NULL)
    *node = (omadm_tnds_node){.parent = OMADM_TNDS_NONE,
                              .described = 1,
                              .format = OMADM_FORMAT_NODE,
                              .type = omadm_arena_copy(&own->arena, type)};
  if (node != NULL && own->table != NULL && node->type.ptr != NULL) return &own->tnds;
  omadm_tnds_free(&own->tnds);
  return NULL;
}

void omadm_tnds_free(omadm_tnds *tnds) {
  if (tnds == NULL) return;
  tnds_own *own = tnds_own_of(tnds);
  omadm_mem mem = own->mem;
  omadm_arena_dispose(&own->arena);
  omadm_mem_free(&mem, own);
}

omadm_err tnds_write_way(const omadm_tnds *tnds, size_t i, size_t from, omadm_buf *out) {
  uint32_t way[OMADM_URI_SEGMENTS];
  size_t n = 0, start = out->len;
  for (; i != from && i != 0; i = tnds->nodes[i].parent) {
    if (n == OMADM_URI_SEGMENTS) return OMADM_E_LIMIT;
    way[n++] = (uint32_t)i;
  }
  omadm_err err = OMADM_OK;
  for (bool first = true; err == 0 && n > 0; first = false) {
    if (!first) err = omadm_buf_add(out, "/", 1);
    if (err == 0) err = omadm_uri_write_name(tnds->nodes[way[--n]].name, out);
  }
  if (err != 0) out->len = start;
  return err;
}

omadm_err omadm_tnds_path(const omadm_tnds *tnds, size_t i, omadm_buf *out) {
  return tnds_write_way(tnds, i, 0, out);
}
