/* SPDX-License-Identifier: MIT */
#include "provisioning/push.h"

#include "base/str.h"

enum {
  UDH_OCTETS = 7, /* 06 05 04, destination port, origin port */
  PORT_PUSH = 2948,
  PORT_PUSH_SECURE = 2949,
  PDU_PUSH = 0x06,
  PDU_CONFIRMED_PUSH = 0x07,
  LENGTH_QUOTE = 0x1F,
  MOST_HEADERS = 512,
  SHORT = 0x80, /* marks a number of seven bits */
  PARAMETER_SEC = 0x91,
  PARAMETER_MAC = 0x92,
};

/* WSP's numbers of content types (OMA-TS-DM_Notification 7.1, OMA-TS-DM_Bootstrap 5.4). */
static const struct {
  unsigned char code;
  const char *media;
} media_types[] = {
    {0x36, PUSH_CP_WBXML},
    {0x42, PUSH_DM_WBXML},
    {0x43, PUSH_DM_XML},
    {0x44, PUSH_NOTIFICATION},
};

static const char *const digits[] = {"0", "1", "2", "3"};

/* The octets that are left of a header. */
typedef struct cursor {
  const unsigned char *at;
  const unsigned char *end;
} cursor;

static bool take(cursor *c, unsigned char *octet) {
  if (c->at == c->end) return false;
  *octet = *c->at++;
  return true;
}

/* A number of at most four groups of seven bits (uintvar). */
static bool take_uintvar(cursor *c, size_t *value) {
  unsigned char octet = SHORT;
  size_t sum = 0;
  for (int i = 0; i < 4 && octet >= SHORT; i++) {
    if (!take(c, &octet)) return false;
    sum = sum << 7 | (octet & 0x7FU);
  }
  *value = sum;
  return octet < SHORT;
}

/* Text up to its zero octet; a quote in front belongs to the notation. */
static bool take_text(cursor *c, omadm_str *text) {
  const unsigned char *zero = memchr(c->at, 0, (size_t)(c->end - c->at));
  if (zero == NULL) return false;
  if (c->at < zero && (*c->at == 0x7F || *c->at == '"')) c->at++;
  *text = (omadm_str){(const char *)c->at, (size_t)(zero - c->at)};
  c->at = zero + 1;
  return true;
}

/* A value of any form. *text is NULL where it is none of text and no number of seven bits. */
static bool take_value(cursor *c, omadm_str *text) {
  unsigned char first = 0;
  *text = (omadm_str){NULL, 0};
  if (c->at == c->end) return false;
  first = *c->at;
  if (first >= 0x20 && first < SHORT) return take_text(c, text);
  c->at++;
  if (first >= SHORT) {
    unsigned number = first & 0x7FU;
    if (number < sizeof digits / sizeof digits[0]) *text = omadm_str_of(digits[number]);
    return true;
  }
  size_t n = first;
  if (first == LENGTH_QUOTE && !take_uintvar(c, &n)) return false;
  if (n > (size_t)(c->end - c->at)) return false;
  c->at += n;
  return true;
}

static bool take_parameters(cursor *c, push_type *type) {
  while (c->at < c->end) {
    omadm_str name = {NULL, 0};
    omadm_str value = {NULL, 0};
    unsigned code = *c->at;
    if (code >= SHORT)
      c->at++;
    else if (!take_text(c, &name))
      return false;
    if (!take_value(c, &value)) return false;
    if (code == PARAMETER_SEC || omadm_str_equal_nocase(name, omadm_str_of("sec")))
      type->sec = value;
    if (code == PARAMETER_MAC || omadm_str_equal_nocase(name, omadm_str_of("mac")))
      type->mac = value;
  }
  return true;
}

static bool take_media(cursor *c, omadm_str *media) {
  if (c->at == c->end) return false;
  if (*c->at < SHORT) return *c->at >= 0x20 && take_text(c, media);
  for (size_t i = 0; i < sizeof media_types / sizeof media_types[0]; i++)
    if ((*c->at & 0x7F) == media_types[i].code) *media = omadm_str_of(media_types[i].media);
  c->at++;
  return media->ptr != NULL;
}

static bool take_content_type(cursor *c, push_type *type) {
  size_t n = 0;
  if (c->at == c->end) return false;
  if (*c->at >= 0x20) return take_media(c, &type->media);
  unsigned char first = *c->at++;
  n = first;
  if (first == LENGTH_QUOTE && !take_uintvar(c, &n)) return false;
  if (n > (size_t)(c->end - c->at)) return false;
  cursor inside = {c->at, c->at + n};
  c->at += n;
  return take_media(&inside, &type->media) && take_parameters(&inside, type);
}

static bool is_ours(omadm_str media) {
  static const char *const all[] = {PUSH_NOTIFICATION, PUSH_DM_WBXML, PUSH_DM_XML,
                                    PUSH_CP_WBXML,     PUSH_CP_XML,   PUSH_CP_XML_TOO};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    if (omadm_str_equal_nocase(media, omadm_str_of(all[i]))) return true;
  return false;
}

static void skip_user_data_header(cursor *c) {
  static const unsigned char head[] = {0x06, 0x05, 0x04};
  if ((size_t)(c->end - c->at) < UDH_OCTETS || memcmp(c->at, head, sizeof head) != 0) return;
  unsigned port = (unsigned)(c->at[3] << 8 | c->at[4]);
  if (port == PORT_PUSH || port == PORT_PUSH_SECURE) c->at += UDH_OCTETS;
}

bool push_unwrap(omadm_str octets, push *out) {
  const unsigned char *start = (const unsigned char *)octets.ptr;
  cursor c = {start, start + octets.len};
  unsigned char transaction = 0;
  unsigned char pdu = 0;
  size_t n = 0;
  if (octets.len == 0) return false;
  skip_user_data_header(&c);
  if (!take(&c, &transaction) || !take(&c, &pdu)) return false;
  if (pdu != PDU_PUSH && pdu != PDU_CONFIRMED_PUSH) return false;
  if (!take_uintvar(&c, &n) || n > MOST_HEADERS || n > (size_t)(c.end - c.at)) return false;
  cursor headers = {c.at, c.at + n};
  push found = {.body = {(const char *)c.at + n, (size_t)(c.end - c.at) - n}};
  if (!take_content_type(&headers, &found.type) || !is_ours(found.type.media)) return false;
  *out = found;
  return true;
}

/* The next piece of *rest up to `mark`, trimmed. */
static omadm_str piece(omadm_str *rest, char mark) {
  const char *end = rest->len > 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
  size_t n = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
  omadm_str found = omadm_str_trim((omadm_str){rest->ptr, n});
  size_t skip = end != NULL ? n + 1 : n;
  *rest = (omadm_str){rest->ptr + skip, rest->len - skip};
  return found;
}

static omadm_str unquote(omadm_str text) {
  if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
    return (omadm_str){text.ptr + 1, text.len - 2};
  return text;
}

omadm_err push_type_parse(omadm_str text, push_type *out) {
  *out = (push_type){.media = piece(&text, ';')};
  if (out->media.len == 0 || memchr(out->media.ptr, '/', out->media.len) == NULL)
    return OMADM_E_SYNTAX;
  while (text.len > 0) {
    omadm_str value = piece(&text, ';');
    omadm_str name = piece(&value, '=');
    value = unquote(value);
    if (omadm_str_equal_nocase(name, omadm_str_of("sec"))) out->sec = omadm_str_trim(value);
    if (omadm_str_equal_nocase(name, omadm_str_of("mac"))) out->mac = omadm_str_trim(value);
  }
  return OMADM_OK;
}
