/* SPDX-License-Identifier: MIT */
#include <omadm/uri.h>

#include "base/codec.h"
#include "base/str.h"

/* Octet classes of a path: what the scan must stop at, and what a written name may hold. */
enum {
  PLAIN = 0,
  SLASH,
  PERCENT,
  SPACE, /* blank and tab */
  BREAK, /* CR and LF */
  REFUSED, /* other control characters, and '?': one is left only where there are two */
  HIGH, /* of a UTF-8 sequence */
  CLASS = 7,
  BARE = 8 /* pchar of RFC 2396: needs no encoding in a written name */
};

/* clang-format off */
enum { _ = PLAIN, B = BARE, D = SLASH, H = HIGH, N = BREAK, P = PERCENT, R = REFUSED, S = SPACE };
static const unsigned char classes[256] = {
    R, R, R, R, R, R, R, R, R, S, N, R, R, N, R, R,
    R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R,
    S, B, _, _, B, P, B, B, B, B, B, B, B, B, B, D,
    B, B, B, B, B, B, B, B, B, B, B, _, _, B, _, R,
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, _, _, _, _, B,
    _, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    B, B, B, B, B, B, B, B, B, B, B, _, _, _, B, R,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
};
/* clang-format on */

static unsigned class_of(char c) {
  return classes[(unsigned char)c] & CLASS;
}

typedef struct parser {
  const char *at;
  const char *end;
  const char *piece; /* octets of the current name that are not in scratch yet begin here */
  char *scratch; /* free room */
  char *name; /* the current name in scratch; NULL while it is a stretch of the text */
  bool high; /* the name may hold octets beyond ASCII */
  bool over; /* a limit was met */
  unsigned flags;
  uint32_t quirks;
  uint64_t length; /* characters of the path so far */
  const omadm_limits *limits;
  omadm_uri *uri;
} parser;

/* Moves the octets from `piece` to `at` into scratch: the name no longer is a stretch of the text.
 */
static void spill(parser *p) {
  if (p->name == NULL) p->name = p->scratch;
  size_t n = (size_t)(p->at - p->piece);
  memcpy(p->scratch, p->piece, n);
  p->scratch += n;
}

/* At a '%'. */
static bool decode(parser *p) {
  int high = p->end - p->at >= 3 ? omadm_hex_value(p->at[1]) : -1;
  int low = high >= 0 ? omadm_hex_value(p->at[2]) : -1;
  if (low < 0) return false;
  int octet = high << 4 | low;
  if (octet < 0x20 || octet == 0x7F) return false;
  spill(p);
  *p->scratch++ = (char)octet;
  p->high |= octet >= 0x80;
  p->at += 3;
  p->piece = p->at;
  return true;
}

/* At white space. What stands at a '/' or contains a line break goes; a blank inside a name is part
 * of it, a tab cannot be. */
static bool clean(parser *p) {
  p->quirks |= 1U << OMADM_QUIRK_URI_SPACE;
  if ((p->flags & OMADM_URI_CLEAN_SPACE) == 0) return false;
  const char *next = p->at;
  bool broken = false;
  bool tab = false;
  for (; next < p->end && (class_of(*next) == SPACE || class_of(*next) == BREAK); next++) {
    broken |= class_of(*next) == BREAK;
    tab |= *next == '\t';
  }
  if (p->at == p->piece && p->name == NULL) {
    p->piece = next;
  } else if (broken || next == p->end || *next == '/') {
    spill(p);
    p->piece = next;
  } else if (tab) {
    return false;
  }
  p->at = next;
  return true;
}

static bool is_reserved(omadm_str name) {
  if (name.len > 2) return false;
  if (name.len == 1) return name.ptr[0] == '.' || name.ptr[0] == '*';
  return name.len == 0 || (name.ptr[0] == '.' && name.ptr[1] == '.');
}

/* At the end of a name. */
static bool end_name(parser *p) {
  omadm_str name = {p->piece, (size_t)(p->at - p->piece)};
  if (p->name != NULL) {
    spill(p);
    name = (omadm_str){p->name, (size_t)(p->scratch - p->name)};
  }
  if (is_reserved(name)) return false;
  size_t characters = name.len;
  if (p->high) {
    if (!omadm_utf8_is_valid(name)) return false;
    characters = omadm_utf8_length(name);
  }
  omadm_uri *uri = p->uri;
  p->length += characters + 1;
  if (characters > p->limits->uri_segment || uri->n == OMADM_URI_SEGMENTS) {
    p->over = true;
  } else {
    uri->segment[uri->n++] = name;
  }
  p->name = NULL;
  p->high = false;
  return true;
}

/* At an octet that is neither plain nor the end of a name. */
static bool scan_special(parser *p) {
  switch (class_of(*p->at)) {
  case PERCENT: return decode(p);
  case SPACE:
  case BREAK: return clean(p);
  case HIGH:
    p->high = true;
    p->at++;
    return true;
  default: return false;
  }
}

/* One name, to the '/' behind it or the end. */
static bool scan_name(parser *p) {
  const char *end = p->end;
  p->piece = p->at;
  for (;;) {
    const char *at = p->at;
    while (at < end && class_of(*at) == PLAIN)
      at++;
    p->at = at;
    if (at == end || *at == '/') return end_name(p);
    if (!scan_special(p)) return false;
  }
}

/* The "." or "./" in front; blanks behind it are cleaned like others. */
static void skip_root(parser *p) {
  const char *at = p->at;
  if (at == p->end || *at != '.') {
    p->quirks |= 1U << OMADM_QUIRK_URI_NO_DOT;
    return;
  }
  at++;
  if ((p->flags & OMADM_URI_CLEAN_SPACE) != 0) {
    while (at < p->end && (class_of(*at) == SPACE || class_of(*at) == BREAK))
      at++;
  }
  if (at < p->end && *at != '/') {
    p->quirks |= 1U << OMADM_QUIRK_URI_NO_DOT;
    return;
  }
  if (at > p->at + 1) p->quirks |= 1U << OMADM_QUIRK_URI_SPACE;
  p->at = at < p->end ? at + 1 : at;
}

static bool scan_path(parser *p) {
  const char *start = p->at;
  if (start == p->end) return false;
  skip_root(p);
  if (p->at == p->end) return p->at > start;
  while (scan_name(p)) {
    if (p->at == p->end) return true;
    p->at++;
  }
  return false;
}

static const struct {
  omadm_str key;
  omadm_uri_query query;
} queries[] = {{OMADM_STR("prop"), OMADM_QUERY_PROP}, {OMADM_STR("list"), OMADM_QUERY_LIST}};

/* "prop=ACL", the text behind the '?'. */
static omadm_status parse_query(omadm_str text, omadm_uri *uri) {
  const char *equals = text.len > 0 ? memchr(text.ptr, '=', text.len) : NULL;
  omadm_str key = {text.ptr, equals != NULL ? (size_t)(equals - text.ptr) : text.len};
  for (size_t i = 0; i < text.len; i++) {
    if (class_of(text.ptr[i]) >= SPACE && class_of(text.ptr[i]) <= REFUSED)
      return OMADM_ST_BAD_REQUEST;
  }
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    if (!omadm_str_equal(key, queries[i].key)) continue;
    if (equals == NULL || key.len + 1 == text.len) return OMADM_ST_BAD_REQUEST;
    uri->query = queries[i].query;
    uri->query_value = (omadm_str){equals + 1, text.len - key.len - 1};
    return OMADM_ST_OK;
  }
  return OMADM_ST_NOT_SUPPORTED;
}

omadm_status omadm_uri_parse(omadm_str text, unsigned flags, const omadm_limits *limits,
                             char *scratch, uint32_t *quirks_used, omadm_uri *uri) {
  omadm_str request = omadm_str_trim(text);
  const char *query = request.len > 0 ? memrchr(request.ptr, '?', request.len) : NULL;
  uri->request = request;
  uri->path = (omadm_str){request.ptr, query != NULL ? (size_t)(query - request.ptr) : request.len};
  uri->query = OMADM_QUERY_NONE;
  uri->query_value = (omadm_str){NULL, 0};
  uri->n = 0;

  parser p = {.at = request.ptr,
              .end = request.len > 0 ? request.ptr + uri->path.len : request.ptr,
              .scratch = scratch,
              .flags = flags,
              .limits = limits,
              .uri = uri};
  if (request.len < text.len) p.quirks |= 1U << OMADM_QUIRK_URI_SPACE;
  bool well_formed = scan_path(&p);
  if (quirks_used != NULL) *quirks_used |= p.quirks;
  if (!well_formed) return OMADM_ST_BAD_REQUEST;
  /* The last name counted a '/' too many. */
  if (p.over || uri->n > limits->uri_depth || p.length > limits->uri_length + 1)
    return OMADM_ST_URI_TOO_LONG;
  if (query == NULL) return OMADM_ST_OK;
  return parse_query((omadm_str){query + 1, request.len - uri->path.len - 1}, uri);
}

omadm_err omadm_uri_write_name(omadm_str name, omadm_buf *out) {
  static const char digits[] = "0123456789ABCDEF";
  size_t start = out->len;
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < name.len;) {
    size_t run = i;
    while (run < name.len && (classes[(unsigned char)name.ptr[run]] & BARE) != 0)
      run++;
    err = omadm_buf_add(out, name.ptr + i, run - i);
    i = run;
    if (err == 0 && i < name.len) {
      unsigned char c = (unsigned char)name.ptr[i++];
      const char encoded[3] = {'%', digits[c >> 4], digits[c & 15]};
      err = omadm_buf_add(out, encoded, sizeof encoded);
    }
  }
  if (err != 0) out->len = start;
  return err;
}

omadm_err omadm_uri_write(const omadm_str *segments, size_t n, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = omadm_buf_add(out, ".", 1);
  for (size_t i = 0; err == 0 && i < n; i++) {
    err = omadm_buf_add(out, "/", 1);
    if (err == 0) err = omadm_uri_write_name(segments[i], out);
  }
  if (err != 0) out->len = start;
  return err;
}
