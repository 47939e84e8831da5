/* SPDX-License-Identifier: MIT */
#include "transport/transcript.h"

#include <expat.h>

#include "base/codec.h"
#include "base/str.h"

enum { DEEPEST = 200 }; /* readers of transcripts have limits of their own */

static bool is_xml_char(uint32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
}

/* UTF-8 of characters that XML allows (XML 1.0, 2.2). */
static bool is_xml_text(omadm_str s) {
  for (size_t i = 0; i < s.len;) {
    uint32_t c = 0;
    size_t n = omadm_utf8_decode(s, i, &c);
    if (n == 0 || !is_xml_char(c)) return false;
    i += n;
  }
  return true;
}

bool transcript_is_readable(omadm_str body) {
  if (body.len > 0 && memchr(body.ptr, '\0', body.len) != NULL) return false;
  if (body.len > 0 && body.ptr[0] >= 1 && body.ptr[0] <= 3) return false;
  omadm_str text = omadm_str_trim(body);
  return omadm_utf8_is_valid(body) || omadm_str_starts(text, "<");
}

typedef struct depth {
  XML_Parser parser;
  unsigned now;
} depth;

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes) {
  depth *d = ctx;
  (void)name;
  (void)attributes;
  if (++d->now > DEEPEST) XML_StopParser(d->parser, XML_FALSE);
}

static void on_end(void *ctx, const XML_Char *name) {
  (void)name;
  ((depth *)ctx)->now--;
}

/* One well-formed element without anything around it: no declaration, document type, white space or
 * comment. */
static bool is_element(omadm_str s) {
  if (s.len < 4 || s.ptr[0] != '<' || s.ptr[1] == '?' || s.ptr[1] == '!' || s.ptr[s.len - 1] != '>')
    return false;
  XML_Parser parser =
      s.len <= INT32_MAX && is_xml_text(s) ? XML_ParserCreateNS("UTF-8", '\n') : NULL;
  if (parser == NULL) return false;
  depth d = {.parser = parser};
  XML_SetUserData(parser, &d);
  XML_SetElementHandler(parser, on_start, on_end);
  bool good = XML_Parse(parser, s.ptr, (int)s.len, XML_TRUE) == XML_STATUS_OK;
  XML_ParserFree(parser);
  return good;
}

static omadm_err add_escaped(omadm_buf *out, omadm_str s) {
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < s.len;) {
    uint32_t c = 0;
    size_t n = omadm_utf8_decode(s, i, &c);
    if (n == 0 || c < 0x20 || !is_xml_char(c)) {
      err = omadm_buf_add_text(out, "?");
      n = n > 0 ? n : 1;
    } else if (c == '&' || c == '<' || c == '"') {
      err = omadm_buf_add_text(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&quot;");
    } else {
      err = omadm_buf_add(out, s.ptr + i, n);
    }
    i += n;
  }
  return err;
}

omadm_err transcript_add_attribute(omadm_buf *out, const char *name, omadm_str value) {
  omadm_err err = omadm_buf_printf(out, " %s=\"", name);
  if (err == 0) err = add_escaped(out, value);
  return err != 0 ? err : omadm_buf_add_text(out, "\"");
}

/* "]]>" would end the section: it is cut between its brackets, over two. */
static omadm_err add_cdata(omadm_buf *out, omadm_str s) {
  omadm_err err = omadm_buf_add_text(out, "><![CDATA[");
  size_t done = 0;
  for (size_t i = 0; err == 0 && i + 3 <= s.len; i++) {
    if (memcmp(s.ptr + i, "]]>", 3) != 0) continue;
    err = omadm_buf_add(out, s.ptr + done, i + 2 - done);
    if (err == 0) err = omadm_buf_add_text(out, "]]><![CDATA[");
    done = i + 2;
  }
  if (err == 0) err = omadm_buf_add(out, s.ptr + done, s.len - done);
  return err != 0 ? err : omadm_buf_add_text(out, "]]>");
}

static omadm_err add_content(omadm_buf *out, omadm_str body, bool literal) {
  omadm_err err = 0;
  if (!literal && is_element(body)) {
    err = omadm_buf_add_text(out, ">\n");
    if (err == 0) err = omadm_buf_add_str(out, body);
    return err != 0 ? err : omadm_buf_add_text(out, "\n");
  }
  if (!literal && is_xml_text(body)) return add_cdata(out, body);
  err = omadm_buf_add_text(out, " raw=\"base64\">");
  return err != 0 ? err : omadm_base64_encode(body, out);
}

omadm_err transcript_add_body(omadm_buf *out, const char *element, omadm_str body, bool literal) {
  if (body.len == 0) return omadm_buf_add_text(out, "/>\n");
  omadm_err err = add_content(out, body, literal);
  return err != 0 ? err : omadm_buf_printf(out, "</%s>\n", element);
}
