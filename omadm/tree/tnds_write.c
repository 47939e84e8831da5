/* SPDX-License-Identifier: MIT */
#include "omadm/tree/tnds_write.h"

#include <omadm/uri.h>

#include "base/codec.h"
#include "base/str.h"

static void add(tnds_writer *w, omadm_str text) {
  if (w->err == 0) w->err = omadm_buf_add_str(w->out, text);
}

static void add_text(tnds_writer *w, const char *text) {
  add(w, omadm_str_of(text));
}

/* Characters of XML; CR would not survive as it is. */
static void escape(tnds_writer *w, omadm_str text) {
  static const char *const escapes[256] = {
      ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['\r'] = "&#13;"};
  size_t from = 0;
  for (size_t i = 0; i < text.len; i++) {
    const char *escaped = escapes[(unsigned char)text.ptr[i]];
    if (escaped == NULL) continue;
    add(w, (omadm_str){text.ptr + from, i - from});
    add_text(w, escaped);
    from = i + 1;
  }
  if (from < text.len) add(w, (omadm_str){text.ptr + from, text.len - from});
}

static void tag(tnds_writer *w, tnds_element element, const char *before, const char *behind) {
  add_text(w, before);
  add(w, tnds_element_name(element));
  add_text(w, behind);
}

static void open(tnds_writer *w, tnds_element element) {
  if (w->encoding == OMADM_ENCODING_WBXML)
    omadm_wbxml_write_tag(&w->wbxml, TNDS_PAGE, (unsigned char)element, true, false);
  else
    tag(w, element, "<", ">");
}

static void close(tnds_writer *w, tnds_element element) {
  if (w->encoding == OMADM_ENCODING_WBXML)
    omadm_wbxml_write_end(&w->wbxml);
  else
    tag(w, element, "</", ">");
}

static void empty(tnds_writer *w, tnds_element element) {
  if (w->encoding == OMADM_ENCODING_WBXML)
    omadm_wbxml_write_tag(&w->wbxml, TNDS_PAGE, (unsigned char)element, false, false);
  else
    tag(w, element, "<", "/>");
}

static void leaf(tnds_writer *w, tnds_element element, omadm_str text) {
  if (text.ptr == NULL) return;
  if (text.len == 0) {
    empty(w, element);
    return;
  }
  open(w, element);
  if (w->encoding == OMADM_ENCODING_WBXML)
    omadm_wbxml_write_text(&w->wbxml, text);
  else
    escape(w, text);
  close(w, element);
}

static void encoded_name(tnds_writer *w, omadm_str name) {
  omadm_buf room;
  omadm_buf_init(&room, w->out->mem, 0);
  omadm_err err = omadm_uri_write_name(name, &room);
  if (w->err == 0) w->err = err;
  leaf(w, TNDS_EL_NODE_NAME, (omadm_str){room.ptr != NULL ? room.ptr : "", room.len});
  omadm_buf_dispose(&room);
}

static void value(tnds_writer *w, const tnds_out_node *n) {
  if (n->value.ptr == NULL || !n->octets || n->value.len == 0) {
    leaf(w, TNDS_EL_VALUE, n->value);
    return;
  }
  open(w, TNDS_EL_VALUE);
  if (w->encoding == OMADM_ENCODING_WBXML)
    omadm_wbxml_write_opaque(&w->wbxml, n->value);
  else if (w->err == 0)
    w->err = omadm_base64_encode(n->value, w->out);
  close(w, TNDS_EL_VALUE);
}

static tnds_element element_of(omadm_format format) {
  return tnds_element_find(omadm_str_of(omadm_format_text(format)));
}

/* In the order of the DTD. */
static void properties(tnds_writer *w, const tnds_out_node *n) {
  bool any = n->acl.ptr != NULL || n->format != OMADM_FORMAT_ABSENT || n->own_name.ptr != NULL ||
             n->size.ptr != NULL || n->title.ptr != NULL || n->tstamp.ptr != NULL ||
             n->type.ptr != NULL || n->verno.ptr != NULL;
  if (!any) {
    empty(w, TNDS_EL_RT_PROPERTIES);
    return;
  }
  open(w, TNDS_EL_RT_PROPERTIES);
  leaf(w, TNDS_EL_ACL, n->acl);
  if (n->format != OMADM_FORMAT_ABSENT) {
    open(w, TNDS_EL_FORMAT);
    empty(w, element_of(n->format));
    close(w, TNDS_EL_FORMAT);
  }
  leaf(w, TNDS_EL_NAME, n->own_name);
  leaf(w, TNDS_EL_SIZE, n->size);
  leaf(w, TNDS_EL_TITLE, n->title);
  leaf(w, TNDS_EL_TSTAMP, n->tstamp);
  if (n->type.ptr != NULL) {
    open(w, TNDS_EL_TYPE);
    leaf(w, n->interior ? TNDS_EL_DDF_NAME : TNDS_EL_MIME, n->type);
    close(w, TNDS_EL_TYPE);
  }
  leaf(w, TNDS_EL_VER_NO, n->verno);
  close(w, TNDS_EL_RT_PROPERTIES);
}

void tnds_write_begin(tnds_writer *w, omadm_encoding encoding, omadm_buf *out) {
  static const char id[] = "-//OMA//DTD-DM-DDF 1.2//EN";
  *w = (tnds_writer){.out = out, .encoding = encoding, .wbxml = omadm_wbxml_writer_init(out)};
  if (encoding == OMADM_ENCODING_WBXML) {
    /* No number is registered for this DTD: its id stands in the string table. */
    omadm_wbxml_write_header(&w->wbxml, 3, 0, (omadm_str){id, sizeof id});
    open(w, TNDS_EL_MGMT_TREE);
  } else {
    add_text(w, "<MgmtTree xmlns=\"syncml:dmddf1.2\">");
  }
  leaf(w, TNDS_EL_VER_DTD, (omadm_str)OMADM_STR("1.2"));
}

void tnds_write_node(tnds_writer *w, const tnds_out_node *node) {
  open(w, TNDS_EL_NODE);
  encoded_name(w, node->name);
  properties(w, node);
  value(w, node);
  w->depth++;
}

void tnds_write_up(tnds_writer *w) {
  close(w, TNDS_EL_NODE);
  w->depth--;
}

omadm_err tnds_write_finish(tnds_writer *w) {
  while (w->depth > 0)
    tnds_write_up(w);
  close(w, TNDS_EL_MGMT_TREE);
  return w->err != 0 ? w->err : w->wbxml.err;
}
