/* SPDX-License-Identifier: MIT */
/*
 * expat without its namespace processing, which costs a tenth more and copies every name: a message
 * declares a handful of prefixes, and its names are looked up in a table anyway.
 */
#include "omadm/wire/build.h"
#include "omadm/wire/charset.h"
#include "omadm/wire/xml_memory.h"

#include <limits.h>

/* Namespaces declared and still open. More than that is no message but an attack on the search
 * through them. */
enum { MOST_BINDINGS = 64 };

typedef struct binding {
  omadm_str prefix; /* empty: the default namespace */
  wire_ns ns;
  wire_ns hidden; /* the default namespace outside */
  size_t depth; /* of the element that declares it */
} binding;

typedef struct reader {
  wire_build build;
  XML_Parser parser;
  omadm_str body; /* UTF-8, behind BOM and leading space */
  uintptr_t copy; /* where expat keeps its copy of the body */
  wire_charset charset;
  wire_ns default_ns;
  size_t n_bindings;
  size_t bound_depth; /* of the last binding, 0 without one */
  size_t data_start; /* in the body, of the content of the Data that is open */
  size_t counted; /* octets of the body whose lines are counted */
  uint32_t first_line; /* what expat calls line 1 */
  uint32_t line; /* after `counted` octets */
  xml_memory memory;
  binding bindings[MOST_BINDINGS];
} reader;

/* Where the markup of the current event begins in the body. */
static size_t event_start(const reader *r) {
  return (size_t)XML_GetCurrentByteIndex(r->parser);
}

static size_t event_end(const reader *r) {
  return event_start(r) + (size_t)XML_GetCurrentByteCount(r->parser);
}

/* The line of an offset that never goes back. (expat would look at every octet again.) */
static uint32_t line_of(reader *r, size_t offset) {
  const char *at = r->body.ptr + r->counted;
  const char *end = r->body.ptr + offset;
  while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    r->line++;
    at++;
  }
  r->counted = offset;
  return r->line;
}

static void stop_on_failure(reader *r) {
  if (r->build.err != 0) XML_StopParser(r->parser, XML_FALSE);
}

/* Namespaces */

static void bind(reader *r, omadm_str name, const char *uri) {
  wire_build *b = &r->build;
  if (r->n_bindings == MOST_BINDINGS) {
    wire_build_fail(b, OMADM_E_LIMIT, "more than %d namespaces are declared at once",
                    MOST_BINDINGS);
    return;
  }
  wire_ns ns = wire_ns_find(omadm_str_of(uri));
  if (name.len > 0) {
    char *copy = wire_build_alloc(b, name.len);
    if (copy == NULL) return;
    memcpy(copy, name.ptr, name.len);
    name.ptr = copy;
  }
  r->bindings[r->n_bindings++] = (binding){name, ns, r->default_ns, r->build.depth + 1};
  r->bound_depth = r->build.depth + 1;
  if (name.len == 0) r->default_ns = ns;
}

static __attribute__((noinline)) void bind_all(reader *r, const XML_Char **attributes) {
  for (; attributes[0] != NULL; attributes += 2) {
    const char *name = attributes[0];
    if (name[0] != 'x' || strncmp(name, "xmlns", 5) != 0) continue;
    if (name[5] == '\0') bind(r, (omadm_str){"", 0}, attributes[1]);
    if (name[5] == ':') bind(r, omadm_str_of(name + 6), attributes[1]);
  }
}

/* At the end of an element that declared namespaces: they end with it. */
static void unbind(reader *r) {
  size_t depth = r->bound_depth;
  size_t n = r->n_bindings;
  for (; n > 0 && r->bindings[n - 1].depth == depth; n--) {
    if (r->bindings[n - 1].prefix.len == 0) r->default_ns = r->bindings[n - 1].hidden;
  }
  r->n_bindings = n;
  r->bound_depth = n > 0 ? r->bindings[n - 1].depth : 0;
}

/* A prefix that nobody declared names a foreign namespace. */
static wire_ns ns_of(const reader *r, omadm_str prefix) {
  for (size_t i = r->n_bindings; i > 0; i--) {
    if (omadm_str_equal(r->bindings[i - 1].prefix, prefix)) return r->bindings[i - 1].ns;
  }
  return WIRE_NS_FOREIGN;
}

/* Handlers */

/* What is noted at the beginning of a command or of Data, and of a failure. Out of line, as what
 * follows it: the common element then goes through on_start with few registers to save. */
static __attribute__((noinline)) void note_begin(reader *r, wire_store store) {
  if (r->build.err != 0) {
    stop_on_failure(r);
  } else if (store == WIRE_STORE_COMMAND) {
    wire_build_command(&r->build)->line = line_of(r, event_start(r));
  } else {
    r->data_start = event_end(r);
  }
}

static inline void begin(reader *r, wire_element element, wire_ns ns, omadm_str local) {
  wire_store store = wire_build_start(&r->build, element, ns, local);
  if (store == WIRE_STORE_COMMAND || store == WIRE_STORE_DATA || r->build.err != 0)
    note_begin(r, store);
}

/* A name that is unknown as it stands, and may have a prefix. */
static __attribute__((noinline)) void begin_unknown(reader *r, omadm_str name) {
  const char *colon = memchr(name.ptr, ':', name.len);
  /* "a:" is no qualified name; it stays whole. */
  if (colon == NULL || colon[1] == '\0') {
    begin(r, WIRE_EL_NONE, r->default_ns, name);
    return;
  }
  wire_ns ns = ns_of(r, (omadm_str){name.ptr, (size_t)(colon - name.ptr)});
  omadm_str local = omadm_str_of(colon + 1);
  begin(r, wire_element_find(local), ns, local);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes) {
  reader *r = ctx;
  if (wire_build_in_leaf(&r->build)) {
    wire_build_inner(&r->build);
    stop_on_failure(r);
    return;
  }
  if (attributes[0] != NULL) bind_all(r, attributes);
  omadm_str local = {name, strlen(name)};
  wire_element element = wire_element_find(local);
  if (element != WIRE_EL_NONE) {
    begin(r, element, r->default_ns, local);
  } else {
    begin_unknown(r, local);
  }
}

static void XMLCALL on_end(void *ctx, const XML_Char *name) {
  (void)name;
  reader *r = ctx;
  wire_build *b = &r->build;
  if (b->err != 0) return;
  if (b->inner > 0) {
    wire_build_end(b);
    return;
  }
  if (wire_build_is_markup(b)) {
    wire_build_source(b, (omadm_str){r->body.ptr + r->data_start, event_start(r) - r->data_start});
  }
  if (r->bound_depth == b->depth) unbind(r);
  wire_build_close(b);
  stop_on_failure(r);
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len) {
  reader *r = ctx;
  size_t offset = (uintptr_t)text - r->copy;
  omadm_str piece = {text, (size_t)len};
  bool stays = offset < r->body.len;
  if (!stays && len == 1 && *text == '\n') {
    /* A line break comes from expat's own memory, as one character whatever it was; LF stands in
     * the body as it is. */
    offset = event_start(r);
    stays = r->body.ptr[offset] == '\n';
  }
  if (stays) piece.ptr = r->body.ptr + offset;
  wire_build_text(&r->build, piece, stays);
  stop_on_failure(r);
}

static void XMLCALL on_declaration(void *ctx, const XML_Char *version, const XML_Char *encoding,
                                   int standalone) {
  (void)version;
  (void)standalone;
  reader *r = ctx;
  if (encoding != NULL && !wire_charset_is(r->charset, omadm_str_of(encoding))) {
    r->build.message->quirks |= 1U << OMADM_QUIRK_ENCODING_DECL;
  }
}

/* Called at the '[' of an internal subset, before anything inside is looked at. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public_id, int has_internal_subset) {
  (void)name;
  (void)system;
  (void)public_id;
  reader *r = ctx;
  if (has_internal_subset)
    wire_build_fail(&r->build, OMADM_E_SYNTAX, "a DOCTYPE with an internal subset is refused");
  stop_on_failure(r);
}

/* A reference to an entity that the DTD outside might declare: its text would be missing from a
 * value. */
static void XMLCALL on_skipped_entity(void *ctx, const XML_Char *name, int is_parameter_entity) {
  (void)name;
  (void)is_parameter_entity;
  reader *r = ctx;
  wire_build_fail(&r->build, OMADM_E_SYNTAX, "a reference to an undeclared entity");
  stop_on_failure(r);
}

/* The document */

/* Finds the body's text as UTF-8. */
static omadm_err decode(reader *r, omadm_str body, omadm_str charset) {
  wire_build *b = &r->build;
  wire_charset named = wire_charset_find(omadm_str_trim(charset));
  r->charset = wire_charset_detect(&body, named);
  if (r->charset == WIRE_CHARSET_UNKNOWN) {
    int shown = charset.len <= 40 ? (int)charset.len : 0;
    return wire_build_fail(b, OMADM_E_SYNTAX, "the charset \"%.*s\" is not supported; UTF-8 is",
                           shown, charset.ptr);
  }
  r->body = body;
  if (r->charset == WIRE_UTF_8) {
    /* expat would take this for UTF-16, whatever it is told. */
    bool wide = body.len >= 2 && (body.ptr[0] == '\0' || body.ptr[1] == '\0');
    return wide ? wire_build_fail(b, OMADM_E_SYNTAX, "the body is not UTF-8") : 0;
  }
  omadm_err err = wire_charset_decode(r->charset, body, &b->join);
  if (err != 0)
    return wire_build_fail(b, err, "the body cannot be decoded: %s", omadm_err_text(err));
  char *text = wire_build_alloc(b, b->join.len + 1);
  if (text == NULL) return b->err;
  if (b->join.len > 0) memcpy(text, b->join.ptr, b->join.len);
  r->body = (omadm_str){text, b->join.len};
  return 0;
}

/* White space may stand before the root, but not before an XML declaration. */
static void skip_space(reader *r) {
  omadm_str body = r->body;
  size_t n = 0;
  while (n < body.len && omadm_is_space(body.ptr[n]))
    n++;
  omadm_str rest = {body.ptr + n, body.len - n};
  if (n == 0 || rest.len < 6 || !omadm_str_starts(rest, "<?xml") || !omadm_is_space(rest.ptr[5]))
    return;
  r->first_line = line_of(r, n);
  r->counted = 0;
  r->body = rest;
  r->build.message->quirks |= 1U << OMADM_QUIRK_LEADING_SPACE;
}

static omadm_err parser_failure(reader *r) {
  enum XML_Error error = XML_GetErrorCode(r->parser);
  if (r->memory.exhausted) {
    return wire_build_fail(&r->build, OMADM_E_LIMIT,
                           "its names take too much memory (limit decoded)");
  }
  if (error == XML_ERROR_NO_MEMORY)
    return wire_build_fail(&r->build, OMADM_E_NOMEM, "out of memory");
  return wire_build_fail(&r->build, OMADM_E_SYNTAX, "not well-formed XML: %s",
                         XML_ErrorString(error));
}

static omadm_err parse(reader *r) {
  if (r->body.len == 0) return wire_build_fail(&r->build, OMADM_E_SYNTAX, "the body is empty");
  if (r->body.len > INT_MAX / 2)
    return wire_build_fail(&r->build, OMADM_E_LIMIT, "the body is too large");
  XML_SetUserData(r->parser, r);
  XML_SetElementHandler(r->parser, on_start, on_end);
  XML_SetCharacterDataHandler(r->parser, on_text);
  XML_SetXmlDeclHandler(r->parser, on_declaration);
  XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
  XML_SetSkippedEntityHandler(r->parser, on_skipped_entity);
  /* What XML_Parse would do; but it would not tell where expat keeps the text that it points to. */
  void *copy = XML_GetBuffer(r->parser, (int)r->body.len);
  if (copy == NULL) return parser_failure(r);
  memcpy(copy, r->body.ptr, r->body.len);
  r->copy = (uintptr_t)copy;
  if (XML_ParseBuffer(r->parser, (int)r->body.len, XML_TRUE) != XML_STATUS_OK)
    return parser_failure(r);
  wire_build_finish(&r->build);
  return r->build.err;
}

/* The sentence for a person: where and why. */
static omadm_err report(const reader *r, omadm_error *error) {
  const wire_build *b = &r->build;
  if (r->parser == NULL) return omadm_error_set(error, b->err, "%s", b->problem);
  unsigned long line = XML_GetCurrentLineNumber(r->parser) + r->first_line - 1;
  return omadm_error_set(error, b->err, "line %lu: %s", line, b->problem);
}

omadm_err omadm_wire_read_xml(omadm_str body, omadm_str charset, const omadm_limits *limits,
                              omadm_arena *arena, wire_message **message, omadm_error *error) {
  reader r = {.first_line = 1, .line = 1, .default_ns = WIRE_NS_NONE};
  *message = NULL;
  wire_build_init(&r.build, limits, arena, body.len);
  xml_memory_begin(&r.memory, arena->mem, limits->decoded, body.len);
  if (r.build.err == 0 && decode(&r, body, charset) == 0) {
    skip_space(&r);
    r.parser = xml_memory_parser();
    if (r.parser != NULL) {
      parse(&r);
    } else {
      wire_build_fail(&r.build, OMADM_E_NOMEM, "out of memory");
    }
  }
  omadm_err err = r.build.err;
  if (err != 0) report(&r, error);
  if (err == 0) *message = r.build.message;
  if (r.parser != NULL) XML_ParserFree(r.parser);
  xml_memory_end(&r.memory);
  wire_build_dispose(&r.build);
  return err;
}
