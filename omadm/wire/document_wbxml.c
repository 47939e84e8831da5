/* SPDX-License-Identifier: MIT */
/* A document as WBXML, both ways. */
#include "omadm/wire/document.h"

#include "omadm/wire/elements.h"
#include "omadm/wire/pages.h"

/* Reading */

/* Which page the tokens on page 0 are of: the root tells. A DevInf has no other page; for DMDDF the
 * TND text names page 2, and some encoders stay on page 0. */
static unsigned char first_page(const omadm_wbxml_event *root) {
  if (root->page != WIRE_PAGE_SYNCML) return WIRE_PAGE_SYNCML;
  if (root->token == DDF_TOKEN_MGMT_TREE) return WIRE_PAGE_DDF;
  return root->token == DEVINF_TOKEN_DEVINF ? WIRE_PAGE_DEVINF : WIRE_PAGE_SYNCML;
}

/* The page of pages.h that one on the wire is. */
static unsigned char page_of(unsigned char first, unsigned char page) {
  if (page == WIRE_PAGE_SYNCML) return first;
  return page < WIRE_PAGE_DEVINF && first != WIRE_PAGE_DEVINF ? page : DOCUMENT_FOREIGN;
}

void document_read_wbxml(document *d, omadm_str wbxml) {
  omadm_wbxml_reader r;
  omadm_wbxml_event e;
  omadm_wbxml_kind kind = OMADM_WBXML_FAILED;
  unsigned char first = WIRE_PAGE_SYNCML;
  if (omadm_wbxml_reader_init(&r, wbxml, d->max_depth, d->max) == 0) kind = OMADM_WBXML_TEXT;
  while (d->err == 0 && kind != OMADM_WBXML_FAILED && kind != OMADM_WBXML_DONE) {
    kind = omadm_wbxml_next(&r, &e);
    switch (kind) {
    case OMADM_WBXML_START:
      if (d->root == NULL) first = first_page(&e);
      e.page = page_of(first, e.page);
      document_start_event(d, &e);
      break;
    case OMADM_WBXML_TEXT: document_text(d, e.text, false, e.stays); break;
    case OMADM_WBXML_OPAQUE: document_text(d, e.text, true, true); break;
    case OMADM_WBXML_END: document_end(d); break;
    default: break;
    }
  }
  if (kind == OMADM_WBXML_FAILED) document_fail(d, r.err, "%s", r.problem);
  d->offset = omadm_wbxml_offset(&r);
}

/* Writing */

static const omadm_str ddf_public_id = OMADM_STR("-//OMA//DTD-DM-DDF 1.2//EN");

/* Where a name stands in the string table; its length where it does not. */
static size_t find_name(omadm_str table, omadm_str name) {
  for (size_t at = 0; at < table.len; at += strlen(table.ptr + at) + 1)
    if (omadm_str_is(name, table.ptr + at)) return at;
  return table.len;
}

static omadm_err add_name(omadm_buf *table, omadm_str name) {
  if (find_name(omadm_buf_str(table), name) < table->len) return 0;
  omadm_err err = omadm_buf_add_str(table, name);
  return err == 0 ? omadm_buf_add(table, "", 1) : err;
}

/* The token under which an element is written; 0: as a literal name. Page 0 is that of DevInf in
 * its own documents, and in no others. */
static unsigned token_of(const document_node *root, const document_node *node) {
  bool fits = (node->page == WIRE_PAGE_DEVINF) == (root->page == WIRE_PAGE_DEVINF);
  return fits ? node->token : 0;
}

/* The number of the public id; 0: it is in the string table. */
static uint32_t public_id(const document_node *root) {
  enum { SYNCML_1_2 = 0x1201, DEVINF_1_1 = 0x0FD4, DEVINF_1_2 = 0x1203 };
  if (root->page == WIRE_PAGE_DDF) return 0;
  if (root->page != WIRE_PAGE_DEVINF) return SYNCML_1_2;
  const document_node *version = document_child(root, WIRE_PAGE_DEVINF, DEVINF_TOKEN_VER_DTD);
  bool old = version != NULL && version->first != NULL &&
             omadm_str_is(omadm_str_trim(version->first->text), "1.1");
  return old ? DEVINF_1_1 : DEVINF_1_2;
}

/* The string table: the public id where there is no number for it, and literal names. */
static omadm_err make_table(const document_node *root, omadm_buf *table) {
  size_t up = 0;
  omadm_err err = root->page == WIRE_PAGE_DDF ? add_name(table, ddf_public_id) : 0;
  for (const document_node *at = root; err == 0 && at != NULL; at = document_next(root, at, &up))
    if (at->name.ptr != NULL && token_of(root, at) == 0) err = add_name(table, at->name);
  return err;
}

static void write_characters(omadm_wbxml_writer *w, const document_node *node) {
  if (node->opaque)
    omadm_wbxml_write_opaque(w, node->text);
  else
    omadm_wbxml_write_text(w, node->text);
}

omadm_err document_write_wbxml(const document_node *root, omadm_buf *out) {
  enum { VERSION_1_3 = 3 };
  enum { MOST_NAMES = 4096 }; /* octets of them: each literal element is looked for among them */
  size_t start = out->len;
  omadm_buf table;
  omadm_buf_init(&table, out->mem, MOST_NAMES);
  omadm_wbxml_writer w = omadm_wbxml_writer_init(out);
  w.err = make_table(root, &table);
  omadm_wbxml_write_header(&w, VERSION_1_3, public_id(root), omadm_buf_str(&table));
  size_t up = 0;
  for (const document_node *at = root; at != NULL && w.err == 0;) {
    bool content = at->first != NULL;
    if (at->name.ptr == NULL) {
      write_characters(&w, at);
    } else if (token_of(root, at) != 0) {
      unsigned char page = at->page != WIRE_PAGE_DEVINF ? at->page : 0;
      omadm_wbxml_write_tag(&w, page, at->token, content, false);
    } else {
      size_t index = find_name(omadm_buf_str(&table), at->name);
      omadm_wbxml_write_literal(&w, (uint32_t)index, content, false);
    }
    bool empty = at->name.ptr != NULL && !content && at != root;
    at = document_next(root, at, &up);
    for (size_t i = empty; i < up; i++)
      omadm_wbxml_write_end(&w);
  }
  if (root->first != NULL) omadm_wbxml_write_end(&w);
  omadm_buf_dispose(&table);
  if (w.err != 0) out->len = start;
  return w.err;
}
