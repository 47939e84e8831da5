/* SPDX-License-Identifier: MIT */
/* From one encoding to the other: <omadm/wbxml.h>. */
#include <omadm/limits.h>
#include <omadm/tnds.h>
#include <omadm/wbxml.h>

#include "omadm/wire/document.h"
#include "omadm/wire/elements.h"
#include "omadm/wire/pages.h"
#include "omadm/wire/xml_writer.h"

#include "base/codec.h"

typedef struct transcoder {
  document d;
  omadm_arena arena;
  unsigned flags;
  uint64_t decoded; /* the limit */
} transcoder;

static void begin(transcoder *t, unsigned flags, const omadm_mem *mem) {
  omadm_limits limits;
  omadm_limits_init(&limits);
  t->flags = flags;
  t->decoded = limits.decoded;
  omadm_arena_init(&t->arena, mem != NULL ? mem : &omadm_mem_default, 0);
  document_init(&t->d, &t->arena, limits.decoded,
                omadm_size_clamp(limits.depth + limits.data_depth));
}

static bool is_element(const document_node *node, wire_element element) {
  return node != NULL && node->name.ptr != NULL && node->page == element >> 6 &&
         node->token == (element & 0x3F);
}

/* What may stand in a Data as a document of its own. */
static const struct embedded {
  unsigned char page, token; /* of its root */
  bool needs_format; /* without which a Data is text */
  omadm_str xml, wbxml; /* its types */
} embedded[] = {
    {WIRE_PAGE_DDF, DDF_TOKEN_MGMT_TREE, true, OMADM_STR(OMADM_TNDS_XML),
     OMADM_STR(OMADM_TNDS_WBXML)},
    {WIRE_PAGE_DEVINF, DEVINF_TOKEN_DEVINF, false, OMADM_STR("application/vnd.syncml-devinf+xml"),
     OMADM_STR("application/vnd.syncml-devinf+wbxml")},
};
enum { EMBEDDED = sizeof embedded / sizeof *embedded };

/* Which of them has that root? NULL: none. */
static const struct embedded *embedded_of(const document_node *root) {
  for (size_t i = 0; i < EMBEDDED; i++)
    if (root->name.ptr != NULL && root->page == embedded[i].page &&
        root->token == embedded[i].token)
      return &embedded[i];
  return NULL;
}

static document_node *child_of(const document_node *node, wire_element element) {
  return document_child(node, element >> 6, element & 0x3F);
}

/* An element of Meta, with a MetInf around it or not (OMA-TS-SyncML_MetaInfo 5). */
static document_node *meta_child(const document_node *node, wire_element element) {
  document_node *meta = child_of(node, WIRE_EL_META);
  document_node *wrapper = child_of(meta, WIRE_EL_MET_INF);
  return child_of(wrapper != NULL ? wrapper : meta, element);
}

static omadm_str trimmed(transcoder *t, const document_node *node) {
  return node != NULL ? omadm_str_trim(document_characters(&t->d, node)) : (omadm_str){"", 0};
}

static bool has_format(transcoder *t, const document_node *format, omadm_format wanted) {
  return format != NULL && omadm_str_is(trimmed(t, format), omadm_format_text(wanted));
}

static void set_format(transcoder *t, document_node *format, omadm_format to) {
  document_set(&t->d, format, omadm_str_of(omadm_format_text(to)), false);
}

/* The Format that holds for a Data: that of its Item, of the command, or of what is around that
   (OMA-TS-SyncML_RepPro 6.3.3). */
static document_node *format_of(const document_node *data) {
  for (document_node *at = data->parent; at != NULL; at = at->parent) {
    if (!at->has_memo) at->memo = meta_child(at, WIRE_EL_FORMAT);
    at->has_memo = true;
    if (at->memo != NULL) return at->memo;
  }
  return NULL;
}

/* A Format of the Item's own, made where there is none: Meta stands before Data. */
static document_node *own_format(transcoder *t, document_node *data) {
  document_node *item = data->parent;
  document_node *format = meta_child(item, WIRE_EL_FORMAT);
  if (format != NULL) return format;
  document_node *meta = child_of(item, WIRE_EL_META);
  if (meta == NULL) meta = document_insert(&t->d, item, data, WIRE_PAGE_SYNCML, WIRE_EL_META);
  if (meta == NULL) return NULL;
  format = document_insert(&t->d, meta, meta->first, WIRE_PAGE_METINF, WIRE_EL_FORMAT & 0x3F);
  item->memo = format;
  item->has_memo = true;
  return format;
}

/* The octets of base64 characters; ptr NULL where they are none. */
static omadm_str from_base64(transcoder *t, omadm_str text) {
  omadm_buf octets;
  omadm_buf_init(&octets, t->arena.mem, 0);
  omadm_err err = omadm_base64_decode(text, &octets);
  omadm_str copy = {NULL, 0};
  if (err == OMADM_E_NOMEM) document_fail(&t->d, err, "out of memory");
  if (err == 0) copy = document_copy(&t->d, omadm_buf_str(&octets));
  omadm_buf_dispose(&octets);
  return copy;
}

static void to_base64(transcoder *t, document_node *data) {
  omadm_buf text;
  omadm_buf_init(&text, t->arena.mem, 0);
  omadm_err err = omadm_base64_encode(document_characters(&t->d, data), &text);
  if (err != 0) document_fail(&t->d, err, "%s", omadm_err_text(err));
  document_set(&t->d, data, document_copy(&t->d, omadm_buf_str(&text)), false);
  omadm_buf_dispose(&text);
}

/* To WBXML */

/* The only element inside, where it is one that may be a document of its own. */
static document_node *inner_root(const document_node *data, const struct embedded **kind) {
  document_node *root = data->first;
  *kind = root != NULL && root->next == NULL ? embedded_of(root) : NULL;
  return *kind != NULL ? root : NULL;
}

/* Elements inside a Data: a serialised tree or a DevInf as a document of its own where that is
   wished, else the text that they are. */
static void encode_inside(transcoder *t, document_node *data) {
  const struct embedded *kind = NULL;
  document_node *root = inner_root(data, &kind);
  document_node *type = meta_child(data->parent, WIRE_EL_TYPE);
  document_node *format = meta_child(data->parent, WIRE_EL_FORMAT);
  if ((t->flags & OMADM_WBXML_EMBED) == 0 || root == NULL ||
      (format == NULL && kind->needs_format) || !omadm_str_equal(trimmed(t, type), kind->xml)) {
    document_set(&t->d, data, data->text, false);
    return;
  }
  omadm_buf octets;
  omadm_buf_init(&octets, t->arena.mem, omadm_size_clamp(t->decoded));
  omadm_err err = document_write_wbxml(root, &octets);
  if (err != 0) document_fail(&t->d, err, "%s", omadm_err_text(err));
  document_set(&t->d, data, document_copy(&t->d, omadm_buf_str(&octets)), true);
  document_set(&t->d, type, kind->wbxml, false);
  if (format != NULL) set_format(t, format, OMADM_FORMAT_BIN);
  omadm_buf_dispose(&octets);
}

/* Base64 in a Data. In XML bin can only mean that, too. */
static void encode_octets(transcoder *t, document_node *data) {
  document_node *own = meta_child(data->parent, WIRE_EL_FORMAT);
  bool bin = has_format(t, format_of(data), OMADM_FORMAT_BIN);
  bool raw = (t->flags & OMADM_WBXML_RAW) != 0 && has_format(t, own, OMADM_FORMAT_B64);
  if (!bin && !raw) return;
  omadm_str octets = from_base64(t, document_characters(&t->d, data));
  if (octets.ptr == NULL) return;
  document_set(&t->d, data, octets, true);
  if (raw) set_format(t, own, OMADM_FORMAT_BIN);
}

static void encode_data(transcoder *t, document_node *data) {
  if (document_has_elements(data))
    encode_inside(t, data);
  else if (is_element(data->parent, WIRE_EL_ITEM))
    encode_octets(t, data);
}

/* To XML */

/* A serialised tree or a DevInf that came as a document of its own. */
static bool decode_embedded(transcoder *t, document_node *data) {
  document_node *type = meta_child(data->parent, WIRE_EL_TYPE);
  document_node *format = meta_child(data->parent, WIRE_EL_FORMAT);
  omadm_str called = trimmed(t, type);
  const struct embedded *kind = embedded;
  while (kind < embedded + EMBEDDED && !omadm_str_equal(called, kind->wbxml))
    kind++;
  if ((t->flags & OMADM_WBXML_EMBED) == 0 || kind == embedded + EMBEDDED ||
      (format == NULL && kind->needs_format))
    return false;
  document inner;
  document_init(&inner, &t->arena, t->decoded, t->d.max_depth);
  inner.used = t->d.used;
  document_read_wbxml(&inner, document_characters(&t->d, data));
  t->d.used = inner.used;
  /* What is no such document stays the octets that it is; what is too large, or has no room, is
   * something else. */
  if (inner.err == OMADM_E_NOMEM || inner.err == OMADM_E_LIMIT) {
    document_fail(&t->d, inner.err, "%s", inner.problem);
    return true;
  }
  if (inner.err != 0 || embedded_of(inner.root) != kind) return false;
  data->first = data->last = inner.root;
  inner.root->parent = data;
  document_set(&t->d, type, kind->xml, false);
  if (format != NULL) set_format(t, format, OMADM_FORMAT_XML);
  return true;
}

/* In XML octets are base64, with Format b64. The Format of a command is changed when all its Items
   have been. */
static void decode_data(transcoder *t, document_node *data) {
  if (document_has_elements(data) || decode_embedded(t, data)) return;
  bool bin = has_format(t, format_of(data), OMADM_FORMAT_BIN);
  if (!bin && xml_writer_carries(document_characters(&t->d, data))) return;
  to_base64(t, data);
  if (bin) return;
  document_node *format = own_format(t, data);
  if (format != NULL) set_format(t, format, OMADM_FORMAT_B64);
}

static void decode_format(transcoder *t, document_node *format) {
  if (has_format(t, format, OMADM_FORMAT_BIN)) set_format(t, format, OMADM_FORMAT_B64);
}

/* Calls for each element of that kind. */
static void for_each(transcoder *t, wire_element element,
                     void (*change)(transcoder *, document_node *)) {
  size_t up = 0;
  for (document_node *at = t->d.root; at != NULL && t->d.err == 0;
       at = document_next(t->d.root, at, &up))
    if (is_element(at, element)) change(t, at);
}

static void check_root(transcoder *t) {
  const document_node *root = t->d.root;
  if (t->d.err != 0) return;
  if (!is_element(root, WIRE_EL_SYNCML) && embedded_of(root) == NULL)
    document_fail(&t->d, OMADM_E_SYNTAX, "the root element is none of SyncML, MgmtTree and DevInf");
}

omadm_err omadm_wbxml_encode(omadm_str xml, unsigned flags, omadm_buf *out, omadm_error *error) {
  transcoder t;
  begin(&t, flags, out->mem);
  document_read_xml(&t.d, xml);
  check_root(&t);
  for_each(&t, WIRE_EL_DATA, encode_data);
  if (t.d.err == 0) {
    omadm_err err = document_write_wbxml(t.d.root, out);
    if (err != 0) document_fail(&t.d, err, "%s", omadm_err_text(err));
  }
  omadm_arena_dispose(&t.arena);
  if (t.d.err == 0) return OMADM_OK;
  return omadm_error_set(error, t.d.err, "line %lu: %s", t.d.line, t.d.problem);
}

omadm_err omadm_wbxml_decode(omadm_str wbxml, unsigned flags, omadm_buf *out, omadm_error *error) {
  transcoder t;
  begin(&t, flags, out->mem);
  document_read_wbxml(&t.d, wbxml);
  check_root(&t);
  for_each(&t, WIRE_EL_DATA, decode_data);
  for_each(&t, WIRE_EL_FORMAT, decode_format);
  if (t.d.err == 0) {
    omadm_err err = document_write_xml(t.d.root, true, out);
    if (err != 0) document_fail(&t.d, err, "%s", omadm_err_text(err));
  }
  omadm_arena_dispose(&t.arena);
  if (t.d.err == 0) return OMADM_OK;
  return omadm_error_set(error, t.d.err, "octet %zu: %s", t.d.offset, t.d.problem);
}
