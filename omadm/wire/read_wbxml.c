/* SPDX-License-Identifier: MIT */
/* A message from WBXML: the same events as from XML, found in two tables by number. */
#include <omadm/tnds.h>

#include "omadm/wire/build.h"
#include "omadm/wire/document.h"
#include "omadm/wire/xml_writer.h"

#include "base/wbxml.h"

#include <stdio.h>

typedef struct reader {
  wire_build build;
  omadm_wbxml_reader wbxml;
  wire_ns syncml; /* what code page 0 is */
  document inside; /* the elements in the Data that is open; root NULL: none came */
} reader;

/* What became of `inside` is the message's failure and its octets. */
static void check_inside(reader *r) {
  wire_build *b = &r->build;
  if (r->inside.root == NULL && r->inside.err == 0) return;
  b->used = r->inside.used;
  if (r->inside.err != 0) wire_build_fail(b, r->inside.err, "%s", r->inside.problem);
}

/* Namespaces are implied by the code page (OMA-TS-SyncML_RepPro 8). */
static inline wire_ns ns_of(const reader *r, const omadm_wbxml_event *e) {
  return e->page == 0 ? r->syncml : e->page == 1 ? WIRE_NS_METINF : WIRE_NS_FOREIGN;
}

/* The element of a token; NONE for a literal name, for a token that the tables lack, and on another
 * page than SyncML's and MetInf's. */
static inline wire_element element_of(const omadm_wbxml_event *e) {
  unsigned element = e->page * 0x40U + e->token;
  bool known = element < WIRE_ELEMENTS && wire_element_names[element].ptr != NULL;
  return known ? (wire_element)element : WIRE_EL_NONE;
}

/* Names a token that the tables lack. */
static omadm_str unknown_name(const omadm_wbxml_event *e, char text[24]) {
  int n = snprintf(text, 24, "token-%u-%02X", e->page, e->token);
  return (omadm_str){text, (size_t)n};
}

/* An element inside Data: the Data becomes the text that it would be in XML. */
static void begin_inside(reader *r, const omadm_wbxml_event *e) {
  wire_build *b = &r->build;
  document *d = &r->inside;
  if (d->root == NULL) {
    omadm_str before = b->text;
    document_init(d, b->arena, b->limits->decoded, omadm_size_clamp(b->limits->data_depth) + 1);
    d->used = b->used;
    document_start(d, 0, WIRE_EL_DATA, wire_element_name(WIRE_EL_DATA));
    document_text(d, before, false, !b->joined);
  }
  document_start_event(d, e);
}

static void begin_in_leaf(reader *r, const omadm_wbxml_event *e) {
  wire_build *b = &r->build;
  wire_build_inner(b);
  if (b->err == 0 && b->top->context == WIRE_IN_DATA) begin_inside(r, e);
  check_inside(r);
}

/* A token that the tables lack, or a literal name, which is of no page: a known one is what it
   says, an unknown one belongs where it stands. */
static void begin_unknown(reader *r, const omadm_wbxml_event *e) {
  char text[24];
  wire_build *b = &r->build;
  if (e->token != 0) {
    wire_build_start(b, WIRE_EL_NONE, ns_of(r, e), unknown_name(e, text));
    return;
  }
  wire_element element = wire_element_find(e->text);
  bool metinf =
      element != WIRE_EL_NONE ? element > WIRE_EL_METINF : b->top->context == WIRE_IN_META;
  wire_build_start(b, element, metinf ? WIRE_NS_METINF : r->syncml, e->text);
}

static inline void on_start(reader *r, const omadm_wbxml_event *e) {
  if (wire_build_in_leaf(&r->build)) {
    begin_in_leaf(r, e);
    return;
  }
  wire_element element = e->token != 0 ? element_of(e) : WIRE_EL_NONE;
  if (element != WIRE_EL_NONE)
    wire_build_start(&r->build, element, ns_of(r, e), wire_element_name(element));
  else
    begin_unknown(r, e);
}

/* Octets where text belongs: they must be text, but for what is octets by its nature (digests and
   nonces, OMA-TS-DM_Security 5.3). */
static bool may_be_octets(const wire_build *b, omadm_str octets) {
  const wire_rule *rule = b->top->rule;
  return b->top->context == WIRE_IN_DATA || b->top->context == WIRE_IN_SKIPPED ||
         rule == &wire_rules[WIRE_IN_CRED][WIRE_EL_DATA] ||
         rule == &wire_rules[WIRE_IN_META][WIRE_EL_NEXT_NONCE] || xml_writer_carries(octets);
}

/* What looks like base64 may be octets, and only here one can tell. */
static void note_octets(const wire_build *b) {
  const wire_rule *rule = b->top->rule;
  if (rule == &wire_rules[WIRE_IN_META][WIRE_EL_NEXT_NONCE])
    ((wire_meta *)b->top[-1].object)->octets = true;
  if (rule == &wire_rules[WIRE_IN_CRED][WIRE_EL_DATA])
    ((wire_cred *)b->top[-1].object)->meta.octets = true;
}

static inline void on_text(reader *r, const omadm_wbxml_event *e, bool opaque) {
  wire_build *b = &r->build;
  if (opaque && !may_be_octets(b, e->text)) {
    wire_build_fail(b, OMADM_E_SYNTAX, "octets stand where text belongs");
    return;
  }
  if (opaque) note_octets(b);
  if (r->inside.root != NULL) document_text(&r->inside, e->text, opaque, e->stays);
  wire_build_text(b, e->text, e->stays);
}

/* A serialised tree whose elements stand in the Data itself, not in a document of their own, and
   which is called WBXML: it is XML now. */
static void call_it_xml(wire_build *b) {
  static const omadm_str wbxml = OMADM_STR(OMADM_TNDS_WBXML);
  wire_item *item = b->top->object;
  const wire_command *command = b->top[-2].object;
  omadm_str type = item->meta.type.ptr != NULL ? item->meta.type : command->meta.type;
  if (!omadm_str_equal_nocase(type, wbxml)) return;
  item->meta.type = (omadm_str)OMADM_STR(OMADM_TNDS_XML);
  item->meta.format = omadm_str_of(omadm_format_text(OMADM_FORMAT_XML));
}

/* The Data that holds elements ends. */
static void end_inside(reader *r) {
  wire_build *b = &r->build;
  omadm_buf xml;
  omadm_buf_init(&xml, b->arena->mem, omadm_size_clamp(b->limits->decoded));
  omadm_err err = document_write_xml(r->inside.root, false, &xml);
  if (err != 0) document_fail(&r->inside, err, "%s", omadm_err_text(err));
  omadm_str text = document_copy(&r->inside, omadm_buf_str(&xml));
  omadm_buf_dispose(&xml);
  check_inside(r);
  wire_build_source(b, text);
  call_it_xml(b);
  r->inside.root = NULL;
}

static inline void on_end(reader *r) {
  wire_build *b = &r->build;
  if (r->inside.root != NULL) {
    if (b->inner > 0)
      document_end(&r->inside);
    else if (wire_build_is_markup(b))
      end_inside(r);
  }
  wire_build_end(b);
}

static void parse(reader *r) {
  wire_build *b = &r->build;
  omadm_wbxml_event e;
  omadm_wbxml_kind kind;
  do {
    kind = omadm_wbxml_next(&r->wbxml, &e);
    switch (kind) {
    case OMADM_WBXML_START: on_start(r, &e); break;
    case OMADM_WBXML_TEXT: on_text(r, &e, false); break;
    case OMADM_WBXML_OPAQUE: on_text(r, &e, true); break;
    case OMADM_WBXML_END: on_end(r); break;
    case OMADM_WBXML_FAILED: wire_build_fail(b, r->wbxml.err, "%s", r->wbxml.problem); break;
    default: break;
    }
  } while (b->err == 0 && kind != OMADM_WBXML_DONE);
  wire_build_finish(b);
}

/* SyncML 1.1 and 1.0 have the same tokens, as far as device management uses them. */
static wire_ns ns_of_document(const omadm_wbxml_reader *w) {
  enum { SYNCML_1_1 = 0x0FD3, SYNCML_1_0 = 0x0FD1 };
  bool older = w->public_id == SYNCML_1_1 || w->public_id == SYNCML_1_0 ||
               omadm_str_is(w->public_name, "-//SYNCML//DTD SyncML 1.1//EN") ||
               omadm_str_is(w->public_name, "-//SYNCML//DTD SyncML 1.0//EN");
  return older ? WIRE_NS_SYNCML_11 : WIRE_NS_SYNCML;
}

omadm_err omadm_wire_read_wbxml(omadm_str body, const omadm_limits *limits, omadm_arena *arena,
                                wire_message **message, omadm_error *error) {
  /* The builder knows the limit depth, and what is inside Data has its own. */
  uint64_t depth = limits->depth + limits->data_depth;
  reader r;
  r.inside.root = NULL;
  r.inside.err = OMADM_OK;
  *message = NULL;
  wire_build_init(&r.build, limits, arena, body.len);
  if (r.build.err == 0) {
    omadm_err err = omadm_wbxml_reader_init(&r.wbxml, body, depth, limits->decoded);
    r.syncml = ns_of_document(&r.wbxml);
    if (err != 0) wire_build_fail(&r.build, err, "%s", r.wbxml.problem);
    if (err == 0) parse(&r);
    if (r.build.err != 0)
      omadm_error_set(error, r.build.err, "octet %zu: %s", omadm_wbxml_offset(&r.wbxml),
                      r.build.problem);
  } else {
    omadm_error_set(error, r.build.err, "%s", r.build.problem);
  }
  if (r.build.err == 0) *message = r.build.message;
  wire_build_dispose(&r.build);
  return r.build.err;
}
