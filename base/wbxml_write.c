/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "base/wbxml.h"

omadm_wbxml_writer omadm_wbxml_writer_init(omadm_buf *out) {
  return (omadm_wbxml_writer){.out = out};
}

static void add(omadm_wbxml_writer *w, const char *octets, size_t n) {
  if (w->err == 0) w->err = omadm_buf_add(w->out, octets, n);
}

static void add_octet(omadm_wbxml_writer *w, unsigned octet) {
  char c = (char)octet;
  add(w, &c, 1);
}

size_t omadm_wbxml_number(uint32_t value, char octets[5]) {
  size_t n = 1;
  for (uint32_t rest = value >> 7; rest > 0; rest >>= 7)
    n++;
  unsigned more = 0;
  for (size_t i = n; i-- > 0; value >>= 7) {
    octets[i] = (char)((value & 0x7F) | more);
    more = 0x80;
  }
  return n;
}

static void add_number(omadm_wbxml_writer *w, uint32_t value) {
  char octets[5];
  add(w, octets, omadm_wbxml_number(value, octets));
}

static void switch_page(omadm_wbxml_writer *w, unsigned char *page, unsigned char to) {
  if (*page == to) return;
  add_octet(w, OMADM_WBXML_SWITCH_PAGE);
  add_octet(w, to);
  *page = to;
}

/* True where the length can be written: a number has 32 bits. */
static bool check_length(omadm_wbxml_writer *w, size_t n) {
  if (w->err == 0 && (uint64_t)n > UINT32_MAX) w->err = OMADM_E_LIMIT;
  return w->err == 0;
}

void omadm_wbxml_write_header(omadm_wbxml_writer *w, unsigned version, uint32_t public_id,
                              omadm_str table) {
  if (!check_length(w, table.len)) return;
  add_octet(w, version);
  add_number(w, public_id);
  if (public_id == 0) add_octet(w, 0);
  add_number(w, OMADM_WBXML_UTF_8);
  add_number(w, (uint32_t)table.len);
  add(w, table.ptr, table.len);
}

static unsigned flags(bool content, bool attributes) {
  return (content ? OMADM_WBXML_HAS_CONTENT : 0U) | (attributes ? OMADM_WBXML_HAS_ATTRIBUTES : 0U);
}

void omadm_wbxml_write_tag(omadm_wbxml_writer *w, unsigned char page, unsigned char token,
                           bool content, bool attributes) {
  switch_page(w, &w->tag_page, page);
  add_octet(w, token | flags(content, attributes));
}

void omadm_wbxml_write_literal(omadm_wbxml_writer *w, uint32_t index, bool content,
                               bool attributes) {
  add_octet(w, OMADM_WBXML_LITERAL | flags(content, attributes));
  add_number(w, index);
}

void omadm_wbxml_write_attribute(omadm_wbxml_writer *w, unsigned char page, unsigned char token) {
  switch_page(w, &w->attribute_page, page);
  add_octet(w, token);
}

void omadm_wbxml_write_value(omadm_wbxml_writer *w, unsigned char page, unsigned char token) {
  omadm_wbxml_write_attribute(w, page, token);
}

void omadm_wbxml_write_text(omadm_wbxml_writer *w, omadm_str text) {
  if (text.len == 0) return;
  if (memchr(text.ptr, '\0', text.len) != NULL) {
    omadm_wbxml_write_opaque(w, text);
    return;
  }
  add_octet(w, OMADM_WBXML_STR_I);
  add(w, text.ptr, text.len);
  add_octet(w, 0);
}

void omadm_wbxml_write_opaque(omadm_wbxml_writer *w, omadm_str octets) {
  if (!check_length(w, octets.len)) return;
  add_octet(w, OMADM_WBXML_TOKEN_OPAQUE);
  add_number(w, (uint32_t)octets.len);
  add(w, octets.ptr, octets.len);
}

void omadm_wbxml_write_end(omadm_wbxml_writer *w) {
  add_octet(w, OMADM_WBXML_TOKEN_END);
}
