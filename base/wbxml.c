/* SPDX-License-Identifier: MIT */
#include "base/wbxml.h"

#include "base/codec.h"
#include "base/str.h"

/* What may come at `at`. */
enum {
  IN_PROLOG, /* processing instructions, then the root */
  IN_CONTENT,
  IN_ATTRIBUTES, /* of an element with content */
  IN_LAST_ATTRIBUTES, /* of an element without */
  AT_EMPTY_END, /* the END of an empty element, which no octet stands for */
  IN_EPILOG,
  AT_FAILURE
};

static omadm_wbxml_kind fail(omadm_wbxml_reader *r, omadm_err err, const char *problem) {
  if (r->err == 0) {
    r->err = err;
    r->problem = problem;
  }
  r->state = AT_FAILURE;
  return OMADM_WBXML_FAILED;
}

static omadm_wbxml_kind cut(omadm_wbxml_reader *r) {
  return fail(r, OMADM_E_SYNTAX, "the document ends too early");
}

/* 5.1: seven bits an octet, the first octets have bit 7. False after noting the failure. */
static bool read_long_number(omadm_wbxml_reader *r, uint32_t *value) {
  enum { MOST_OCTETS = 5 };
  uint64_t n = 0;
  for (int i = 0; i < MOST_OCTETS; i++) {
    if (r->at == r->end) {
      cut(r);
      return false;
    }
    unsigned char octet = (unsigned char)*r->at++;
    n = n << 7 | (octet & 0x7F);
    if ((octet & 0x80) != 0) continue;
    if (n > UINT32_MAX) break;
    *value = (uint32_t)n;
    return true;
  }
  fail(r, OMADM_E_SYNTAX, "a number does not fit 32 bits");
  return false;
}

static inline bool read_number(omadm_wbxml_reader *r, uint32_t *value) {
  if (r->at == r->end || (*r->at & 0x80) != 0) return read_long_number(r, value);
  *value = (unsigned char)*r->at++;
  return true;
}

/* How many octets of s come before the first that is NUL or not ASCII. */
static inline size_t plain_length(const char *s, size_t n) {
  const uint64_t ones = 0x0101010101010101U;
  const uint64_t highs = 0x8080808080808080U;
  size_t i = 0;
  for (; n - i >= 8; i += 8) {
    uint64_t w;
    memcpy(&w, s + i, 8);
    uint64_t stops = (((w - ones) & ~w) | w) & highs;
    if (stops == 0) continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* The lowest mark is right; only those above a NUL may be wrong. */
    return i + (size_t)__builtin_ctzll(stops) / 8;
#else
    break;
#endif
  }
  while (i < n && (signed char)s[i] > 0)
    i++;
  return i;
}

/* A text that is not all ASCII, from octet n on. */
static bool read_wide_text(omadm_wbxml_reader *r, size_t n, size_t most, omadm_str *text) {
  const char *at = text->ptr;
  const char *nul = memchr(at + n, '\0', most - n);
  size_t all = nul != NULL ? (size_t)(nul - at) : most;
  if (!omadm_utf8_is_valid((omadm_str){at + n, all - n})) {
    fail(r, OMADM_E_SYNTAX, "a text is not UTF-8");
    return false;
  }
  text->len = all;
  return true;
}

/* The text from `at` to its NUL, or to `end`. */
static inline bool read_text(omadm_wbxml_reader *r, const char *at, const char *end,
                             omadm_str *text) {
  size_t most = (size_t)(end - at);
  size_t n = plain_length(at, most);
  *text = (omadm_str){at, n};
  return n == most || at[n] == '\0' || read_wide_text(r, n, most, text);
}

/* STR_I: the NUL has to be there. */
static inline bool read_inline(omadm_wbxml_reader *r, omadm_str *text) {
  if (!read_text(r, r->at, r->end, text)) return false;
  const char *nul = text->ptr + text->len;
  if (nul == r->end) {
    cut(r);
    return false;
  }
  r->at = nul + 1;
  return true;
}

/* The string at an index: to its NUL, or to the end of the table, whose last NUL some encoders
   forget. */
static bool find_string(omadm_wbxml_reader *r, uint32_t index, omadm_str *text) {
  if (index >= r->table.len) {
    fail(r, OMADM_E_SYNTAX, "a reference points behind the string table");
    return false;
  }
  if (!read_text(r, r->table.ptr + index, r->table.ptr + r->table.len, text)) return false;
  r->decoded += text->len;
  if (r->decoded > r->max_decoded) {
    fail(r, OMADM_E_LIMIT, "references to the string table make too many octets (limit decoded)");
    return false;
  }
  return true;
}

static bool read_reference(omadm_wbxml_reader *r, omadm_str *text) {
  uint32_t index = 0;
  return read_number(r, &index) && find_string(r, index, text);
}

static bool read_opaque(omadm_wbxml_reader *r, omadm_str *octets) {
  uint32_t n = 0;
  if (!read_number(r, &n)) return false;
  if (n > (size_t)(r->end - r->at)) {
    fail(r, OMADM_E_SYNTAX, "opaque data are longer than the document");
    return false;
  }
  *octets = (omadm_str){r->at, n};
  r->at += n;
  return true;
}

/* The same characters as in XML are none: NUL, surrogates (XML 1.0, 2.2). */
static bool read_entity(omadm_wbxml_reader *r, omadm_str *text) {
  uint32_t code = 0;
  if (!read_number(r, &code)) return false;
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    fail(r, OMADM_E_SYNTAX, "an entity is no character");
    return false;
  }
  *text = (omadm_str){r->entity, omadm_utf8_encode(code, r->entity)};
  return true;
}

static bool read_page(omadm_wbxml_reader *r, unsigned char *page) {
  if (r->at == r->end) {
    cut(r);
    return false;
  }
  *page = (unsigned char)*r->at++;
  return true;
}

/* The tokens 0, 1 and 2 of the three ranges are of the document type, and none of ours has them. */
static bool is_extension(unsigned char octet) {
  return octet >= 0x40 && (octet & 0x3F) <= 2;
}

/* Elements */

/* A tag by a literal name, or with attributes. */
static omadm_wbxml_kind read_rare_tag(omadm_wbxml_reader *r, unsigned char octet,
                                      omadm_wbxml_event *event) {
  if (event->token == OMADM_WBXML_LITERAL) {
    event->token = 0;
    if (!read_reference(r, &event->text)) return OMADM_WBXML_FAILED;
    if (event->text.len == 0) return fail(r, OMADM_E_SYNTAX, "an element has no name");
  }
  if ((octet & OMADM_WBXML_HAS_ATTRIBUTES) != 0)
    r->state = event->content ? IN_ATTRIBUTES : IN_LAST_ATTRIBUTES;
  return OMADM_WBXML_START;
}

static inline omadm_wbxml_kind read_tag(omadm_wbxml_reader *r, unsigned char octet,
                                        omadm_wbxml_event *event) {
  event->page = r->tag_page;
  event->token = octet & 0x3F;
  event->content = (octet & OMADM_WBXML_HAS_CONTENT) != 0;
  event->stays = true;
  if (r->depth >= r->max_depth)
    return fail(r, OMADM_E_LIMIT, "elements are nested too deep (limit depth)");
  r->depth++;
  r->state = event->content ? IN_CONTENT : AT_EMPTY_END;
  bool rare = event->token == OMADM_WBXML_LITERAL || (octet & OMADM_WBXML_HAS_ATTRIBUTES) != 0;
  return rare ? read_rare_tag(r, octet, event) : OMADM_WBXML_START;
}

static inline omadm_wbxml_kind end_element(omadm_wbxml_reader *r) {
  r->state = --r->depth > 0 ? IN_CONTENT : IN_EPILOG;
  return OMADM_WBXML_END;
}

/* A value, or a piece of one; false where the octet begins none. */
static bool is_value(unsigned char octet) {
  return octet == OMADM_WBXML_STR_I || octet == OMADM_WBXML_STR_T || octet == OMADM_WBXML_ENTITY ||
         octet == OMADM_WBXML_TOKEN_OPAQUE || (octet >= 0x85 && !is_extension(octet));
}

static omadm_wbxml_kind read_value(omadm_wbxml_reader *r, unsigned char octet,
                                   omadm_wbxml_event *event) {
  bool done = true;
  event->page = r->attribute_page;
  event->token = 0;
  event->stays = octet != OMADM_WBXML_ENTITY;
  event->opaque = octet == OMADM_WBXML_TOKEN_OPAQUE;
  switch (octet) {
  case OMADM_WBXML_STR_I: done = read_inline(r, &event->text); break;
  case OMADM_WBXML_STR_T: done = read_reference(r, &event->text); break;
  case OMADM_WBXML_ENTITY: done = read_entity(r, &event->text); break;
  case OMADM_WBXML_TOKEN_OPAQUE: done = read_opaque(r, &event->text); break;
  default: event->token = octet; event->text = (omadm_str){NULL, 0};
  }
  return done ? OMADM_WBXML_VALUE : OMADM_WBXML_FAILED;
}

/* One step through a list of attributes; END is its end, and no event of the document. */
static omadm_wbxml_kind attribute_step(omadm_wbxml_reader *r, omadm_wbxml_event *event) {
  while (r->at < r->end) {
    unsigned char octet = (unsigned char)*r->at++;
    if (octet == OMADM_WBXML_TOKEN_END) return OMADM_WBXML_END;
    if (octet == OMADM_WBXML_SWITCH_PAGE) {
      if (!read_page(r, &r->attribute_page)) return OMADM_WBXML_FAILED;
      continue;
    }
    if (is_value(octet)) return read_value(r, octet, event);
    event->page = r->attribute_page;
    event->token = octet;
    event->text = (omadm_str){NULL, 0};
    event->stays = true;
    if (octet == OMADM_WBXML_LITERAL) {
      event->token = 0;
      return read_reference(r, &event->text) ? OMADM_WBXML_ATTRIBUTE : OMADM_WBXML_FAILED;
    }
    if (octet >= 0x80 || is_extension(octet) || (octet & 0x3F) <= OMADM_WBXML_LITERAL)
      return fail(r, OMADM_E_SYNTAX, "an octet among attributes is no token");
    return OMADM_WBXML_ATTRIBUTE;
  }
  return cut(r);
}

static omadm_wbxml_kind read_attributes(omadm_wbxml_reader *r, omadm_wbxml_event *event) {
  omadm_wbxml_kind kind = attribute_step(r, event);
  if (kind != OMADM_WBXML_END) return kind;
  r->state = r->state == IN_ATTRIBUTES ? IN_CONTENT : AT_EMPTY_END;
  return omadm_wbxml_next(r, event);
}

/* 5.8.4.2: looks like attributes that belong to no element. */
static bool skip_instruction(omadm_wbxml_reader *r) {
  omadm_wbxml_event ignored;
  omadm_wbxml_kind kind;
  do {
    kind = attribute_step(r, &ignored);
  } while (kind != OMADM_WBXML_END && kind != OMADM_WBXML_FAILED);
  return kind == OMADM_WBXML_END;
}

/* A global token other than END and STR_I. DONE: it is no event; the next octet counts. */
static omadm_wbxml_kind read_global(omadm_wbxml_reader *r, unsigned char octet,
                                    omadm_wbxml_event *event) {
  bool done = true;
  event->stays = octet != OMADM_WBXML_ENTITY;
  switch (octet) {
  case OMADM_WBXML_SWITCH_PAGE:
    return read_page(r, &r->tag_page) ? OMADM_WBXML_DONE : OMADM_WBXML_FAILED;
  case OMADM_WBXML_PI: return skip_instruction(r) ? OMADM_WBXML_DONE : OMADM_WBXML_FAILED;
  case OMADM_WBXML_STR_T: done = read_reference(r, &event->text); break;
  case OMADM_WBXML_ENTITY: done = read_entity(r, &event->text); break;
  case OMADM_WBXML_TOKEN_OPAQUE:
    return read_opaque(r, &event->text) ? OMADM_WBXML_OPAQUE : OMADM_WBXML_FAILED;
  default: return fail(r, OMADM_E_SYNTAX, "an extension token, which no document type here has");
  }
  return done ? OMADM_WBXML_TEXT : OMADM_WBXML_FAILED;
}

/* What nearly all of a message is made of comes first. */
static inline omadm_wbxml_kind read_content(omadm_wbxml_reader *r, omadm_wbxml_event *event) {
  while (r->at < r->end) {
    unsigned char octet = (unsigned char)*r->at++;
    if (octet == OMADM_WBXML_TOKEN_END) return end_element(r);
    if ((octet & 0x3F) >= OMADM_WBXML_LITERAL) return read_tag(r, octet, event);
    if (octet == OMADM_WBXML_STR_I) {
      event->stays = true;
      return read_inline(r, &event->text) ? OMADM_WBXML_TEXT : OMADM_WBXML_FAILED;
    }
    omadm_wbxml_kind kind = read_global(r, octet, event);
    if (kind != OMADM_WBXML_DONE) return kind;
  }
  return cut(r);
}

/* Before and after the root. */
static omadm_wbxml_kind read_outside(omadm_wbxml_reader *r, omadm_wbxml_event *event) {
  bool before = r->state == IN_PROLOG;
  while (r->at < r->end) {
    unsigned char octet = (unsigned char)*r->at++;
    if (octet == OMADM_WBXML_PI) {
      if (!skip_instruction(r)) return OMADM_WBXML_FAILED;
    } else if (octet == OMADM_WBXML_SWITCH_PAGE) {
      if (!read_page(r, &r->tag_page)) return OMADM_WBXML_FAILED;
    } else if (!before) {
      return fail(r, OMADM_E_SYNTAX, "there are octets behind the root element");
    } else if ((octet & 0x3F) < OMADM_WBXML_LITERAL) {
      return fail(r, OMADM_E_SYNTAX, "the body does not begin with an element");
    } else {
      return read_tag(r, octet, event);
    }
  }
  return before ? cut(r) : OMADM_WBXML_DONE;
}

omadm_wbxml_kind omadm_wbxml_next(omadm_wbxml_reader *r, omadm_wbxml_event *event) {
  if (r->state == IN_CONTENT) return read_content(r, event);
  switch (r->state) {
  case IN_ATTRIBUTES:
  case IN_LAST_ATTRIBUTES: return read_attributes(r, event);
  case AT_EMPTY_END: return end_element(r);
  case IN_PROLOG:
  case IN_EPILOG: return read_outside(r, event);
  default: return OMADM_WBXML_FAILED;
  }
}

size_t omadm_wbxml_offset(const omadm_wbxml_reader *r) {
  return (size_t)(r->at - r->start);
}

/* The header */

static bool read_table(omadm_wbxml_reader *r) {
  uint32_t n = 0;
  if (!read_number(r, &n)) return false;
  if (n > (size_t)(r->end - r->at)) {
    fail(r, OMADM_E_SYNTAX, "the string table is longer than the document");
    return false;
  }
  r->table = (omadm_str){r->at, n};
  r->at += n;
  return true;
}

omadm_err omadm_wbxml_reader_init(omadm_wbxml_reader *r, omadm_str document, uint64_t max_depth,
                                  uint64_t max_decoded) {
  enum { US_ASCII = 3, NEWEST = 3 };
  uint32_t name = 0;
  *r = (omadm_wbxml_reader){.start = document.ptr,
                            .at = document.ptr,
                            .end = document.ptr + document.len,
                            .max_depth = max_depth,
                            .max_decoded = max_decoded};
  if (document.len == 0) {
    cut(r);
    return r->err;
  }
  r->version = (unsigned char)*r->at;
  if (r->version == 0 || r->version > NEWEST) {
    fail(r, OMADM_E_UNSUPPORTED, "the version is none of WBXML 1.1 to 1.3");
    return r->err;
  }
  r->at++;
  if (!read_number(r, &r->public_id)) return r->err;
  if (r->public_id == 0 && !read_number(r, &name)) return r->err;
  if (!read_number(r, &r->charset)) return r->err;
  if (r->charset != OMADM_WBXML_UTF_8 && r->charset != US_ASCII && r->charset != 0) {
    fail(r, OMADM_E_UNSUPPORTED, "the charset is not UTF-8");
    return r->err;
  }
  if (read_table(r) && r->public_id == 0) find_string(r, name, &r->public_name);
  return r->err;
}
