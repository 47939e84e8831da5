/* SPDX-License-Identifier: MIT */
#include "omadm/wire/wbxml_writer.h"

#include "base/wbxml.h"

/* What stands around the text of the longest leaf: page, tag, token and length; NUL, END. */
enum { AROUND = 2 + 1 + 1 + 5 + 2 };

void wbxml_writer_header(xml_writer *w) {
  static const char header[] = {0x03, (char)0xA4, 0x01, OMADM_WBXML_UTF_8, 0x00};
  char *at = xml_writer_room(w, sizeof header);
  if (at == NULL) return;
  memcpy(at, header, sizeof header);
  w->out->len += sizeof header;
}

/* Puts a tag at `at`, behind the switch that it needs; where the next octet goes. */
static inline char *put_tag(char *at, unsigned char *page, wire_element element, unsigned content) {
  unsigned char needed = (unsigned char)(element >> 6);
  if (*page != needed) {
    *at++ = OMADM_WBXML_SWITCH_PAGE;
    *at++ = (char)needed;
    *page = needed;
  }
  *at++ = (char)((element & 0x3F) | content);
  return at;
}

/* memcpy; most texts are short, and a call costs more than two words that may overlap. */
static inline void copy(char *to, const char *from, size_t n) {
  uint64_t first, last;
  if (n < 8) {
    for (size_t i = 0; i < n; i++)
      to[i] = from[i];
    return;
  }
  if (n > 16) {
    memcpy(to, from, n);
    return;
  }
  memcpy(&first, from, 8);
  memcpy(&last, from + n - 8, 8);
  memcpy(to, &first, 8);
  memcpy(to + n - 8, &last, 8);
}

static void tag(xml_writer *w, unsigned char *page, wire_element element, unsigned content) {
  char *at = xml_writer_room(w, AROUND);
  if (at == NULL) return;
  w->out->len = (size_t)(put_tag(at, page, element, content) - w->out->ptr);
}

void wbxml_writer_open(xml_writer *w, unsigned char *page, wire_element element) {
  tag(w, page, element, OMADM_WBXML_HAS_CONTENT);
}

void wbxml_writer_empty(xml_writer *w, unsigned char *page, wire_element element) {
  tag(w, page, element, 0);
}

void wbxml_writer_close(xml_writer *w) {
  char *at = xml_writer_room(w, 1);
  if (at == NULL) return;
  *at = OMADM_WBXML_TOKEN_END;
  w->out->len++;
}

void wbxml_writer_leaf(xml_writer *w, unsigned char *page, wire_element element, omadm_str text) {
  if (text.len == 0) {
    wbxml_writer_empty(w, page, element);
    return;
  }
  char *at = xml_writer_room(w, text.len + AROUND);
  if (at == NULL) return;
  at = put_tag(at, page, element, OMADM_WBXML_HAS_CONTENT);
  *at++ = OMADM_WBXML_STR_I;
  copy(at, text.ptr, text.len);
  at += text.len;
  *at++ = '\0';
  *at++ = OMADM_WBXML_TOKEN_END;
  w->out->len = (size_t)(at - w->out->ptr);
}

void wbxml_writer_octets(xml_writer *w, unsigned char *page, wire_element element,
                         omadm_str octets) {
  if (w->err == 0 && (uint64_t)octets.len > UINT32_MAX) w->err = OMADM_E_LIMIT;
  char *at = w->err == 0 ? xml_writer_room(w, octets.len + AROUND) : NULL;
  if (at == NULL) return;
  at = put_tag(at, page, element, OMADM_WBXML_HAS_CONTENT);
  *at++ = (char)OMADM_WBXML_TOKEN_OPAQUE;
  at += omadm_wbxml_number((uint32_t)octets.len, at);
  if (octets.len > 0) memcpy(at, octets.ptr, octets.len);
  at += octets.len;
  *at++ = OMADM_WBXML_TOKEN_END;
  w->out->len = (size_t)(at - w->out->ptr);
}
