/* SPDX-License-Identifier: MIT */
#include "base/codec.h"

#include "base/str.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

omadm_err omadm_base64_encode(omadm_str octets, omadm_buf *out) {
  size_t groups = octets.len / 3 + (octets.len % 3 != 0);
  size_t need = 0;
  if (__builtin_mul_overflow(groups, 4U, &need)) return OMADM_E_NOMEM;
  omadm_err err = omadm_buf_reserve(out, need);
  if (err != 0) return err;
  for (size_t i = 0; i < octets.len; i += 3) {
    size_t left = octets.len - i;
    uint32_t v = (uint32_t)(unsigned char)octets.ptr[i] << 16;
    if (left > 1) v |= (uint32_t)(unsigned char)octets.ptr[i + 1] << 8;
    if (left > 2) v |= (unsigned char)octets.ptr[i + 2];
    out->ptr[out->len++] = base64_digits[v >> 18];
    out->ptr[out->len++] = base64_digits[v >> 12 & 63];
    out->ptr[out->len++] = left > 1 ? base64_digits[v >> 6 & 63] : '=';
    out->ptr[out->len++] = left > 2 ? base64_digits[v & 63] : '=';
  }
  return 0;
}

omadm_err omadm_base64_out_add(omadm_base64_out *text, omadm_str octets, omadm_buf *out) {
  char group[3];
  while (text->n > 0 && octets.len > 0) {
    memcpy(group, text->held, text->n);
    group[text->n] = *octets.ptr++;
    octets.len--;
    if (++text->n < sizeof group) {
      text->held[text->n - 1] = group[text->n - 1];
      continue;
    }
    text->n = 0;
    omadm_err err = omadm_base64_encode((omadm_str){group, sizeof group}, out);
    if (err != 0) return err;
  }
  size_t over = octets.len % 3;
  if (over > 0) memcpy(text->held, octets.ptr + octets.len - over, over);
  if (over > 0) text->n = (unsigned)over;
  return omadm_base64_encode((omadm_str){octets.ptr, octets.len - over}, out);
}

omadm_err omadm_base64_out_end(omadm_base64_out *text, omadm_buf *out) {
  omadm_str last = {text->held, text->n};
  text->n = 0;
  return omadm_base64_encode(last, out);
}

static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

static omadm_err base64_take(omadm_base64_in *r, char c, omadm_buf *out) {
  if (omadm_is_space(c)) return OMADM_OK;
  if (c == '=') {
    return ++r->pads <= 2 ? OMADM_OK : OMADM_E_SYNTAX;
  }
  int value = base64_value(c);
  if (value < 0 || r->pads > 0) return OMADM_E_SYNTAX;
  uint32_t v = r->bits = r->bits << 6 | (uint32_t)value;
  if (++r->digits % 4 != 0) return OMADM_OK;
  const char group[3] = {(char)(v >> 16 & 255), (char)(v >> 8 & 255), (char)(v & 255)};
  return omadm_buf_add(out, group, sizeof group);
}

omadm_err omadm_base64_in_add(omadm_base64_in *in, omadm_str text, omadm_buf *out) {
  omadm_err err = omadm_buf_reserve(out, text.len / 4 * 3 + 3);
  if (err == OMADM_E_LIMIT) err = OMADM_OK; /* blanks and padding are no octets */
  for (size_t i = 0; err == 0 && i < text.len; i++)
    err = base64_take(in, text.ptr[i], out);
  return err;
}

/* The last group: one octet and "==", or two and "=". */
omadm_err omadm_base64_in_end(const omadm_base64_in *r, omadm_buf *out) {
  size_t over = r->digits % 4;
  if (over == 1 || r->pads > 2 || (over + r->pads) % 4 != 0) return OMADM_E_SYNTAX;
  if (over == 0) return OMADM_OK;
  uint32_t v = r->bits << (over == 2 ? 12 : 6);
  const char group[2] = {(char)(v >> 16 & 255), (char)(v >> 8 & 255)};
  return omadm_buf_add(out, group, over - 1);
}

omadm_err omadm_base64_decode(omadm_str text, omadm_buf *out) {
  /* At least so much comes, unless it is padding; what the limit does not allow is found when it is
   * added. */
  size_t least = text.len / 4 * 3;
  if (out->max > 0 && least > out->max - out->len) least = out->max - out->len;
  omadm_err err = omadm_buf_reserve(out, least);
  if (err != 0) return err;
  size_t start = out->len;
  omadm_base64_in r = {0};
  for (size_t i = 0; err == 0 && i < text.len; i++)
    err = base64_take(&r, text.ptr[i], out);
  if (err == 0) err = omadm_base64_in_end(&r, out);
  if (err != 0) out->len = start;
  return err;
}

omadm_err omadm_base64url_encode(omadm_str octets, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = omadm_base64_encode(octets, out);
  if (err != 0) return err;
  while (out->len > start && out->ptr[out->len - 1] == '=')
    out->len--;
  for (size_t i = start; i < out->len; i++) {
    if (out->ptr[i] == '+') out->ptr[i] = '-';
    if (out->ptr[i] == '/') out->ptr[i] = '_';
  }
  return OMADM_OK;
}

static char base64_of_url(char c) {
  if (c == '-') return '+';
  if (c == '_') return '/';
  return base64_value(c) >= 0 && c != '+' && c != '/' ? c : '\0';
}

omadm_err omadm_base64url_decode(omadm_str text, omadm_buf *out) {
  size_t start = out->len;
  omadm_base64_in r = {0};
  unsigned pads = (unsigned)(4 - text.len % 4) % 4;
  omadm_err err = omadm_buf_reserve(out, text.len / 4 * 3);
  for (size_t i = 0; err == 0 && i < text.len; i++) {
    char c = base64_of_url(text.ptr[i]);
    err = c != '\0' ? base64_take(&r, c, out) : OMADM_E_SYNTAX;
  }
  r.pads = pads;
  uint32_t spare = pads == 2 ? 15 : 3; /* bits of the last digit that belong to no octet */
  if (err == 0 && pads > 0 && (r.bits & spare) != 0) err = OMADM_E_SYNTAX;
  if (err == 0) err = omadm_base64_in_end(&r, out);
  if (err != 0) out->len = start;
  return err;
}

omadm_err omadm_hex_encode(omadm_str octets, omadm_buf *out) {
  size_t need = 0;
  if (__builtin_mul_overflow(octets.len, 2U, &need)) return OMADM_E_NOMEM;
  omadm_err err = omadm_buf_reserve(out, need);
  for (size_t i = 0; err == 0 && i < octets.len; i++) {
    unsigned char c = (unsigned char)octets.ptr[i];
    out->ptr[out->len++] = hex_digits[c >> 4];
    out->ptr[out->len++] = hex_digits[c & 15];
  }
  return err;
}

omadm_err omadm_hex_decode(omadm_str text, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = text.len % 2 == 0 ? omadm_buf_reserve(out, text.len / 2) : OMADM_E_SYNTAX;
  for (size_t i = 0; err == 0 && i < text.len; i += 2) {
    int high = omadm_hex_value(text.ptr[i]);
    int low = omadm_hex_value(text.ptr[i + 1]);
    if (high < 0 || low < 0) {
      err = OMADM_E_SYNTAX;
    } else {
      out->ptr[out->len++] = (char)(high << 4 | low);
    }
  }
  if (err != 0) out->len = start;
  return err;
}

/* For each length: the lead octet's fixed bits, their mask, and the smallest code point that needs
 * it. */
static const struct {
  unsigned char mask, lead;
  uint32_t least;
} utf8_forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};

size_t omadm_utf8_decode(omadm_str s, size_t i, uint32_t *code) {
  unsigned char lead = (unsigned char)s.ptr[i];
  for (size_t n = 1; n <= 4; n++) {
    if ((lead & utf8_forms[n - 1].mask) != utf8_forms[n - 1].lead) continue;
    if (n > s.len - i) return 0;
    uint32_t c = lead & (unsigned char)~utf8_forms[n - 1].mask;
    for (size_t k = 1; k < n; k++) {
      unsigned char follow = (unsigned char)s.ptr[i + k];
      if ((follow & 0xC0) != 0x80) return 0;
      c = c << 6 | (follow & 0x3F);
    }
    if (c < utf8_forms[n - 1].least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 0;
    *code = c;
    return n;
  }
  return 0;
}

size_t omadm_utf8_encode(uint32_t code, char octets[4]) {
  size_t n = 1;
  while (n < 4 && code >= utf8_forms[n].least)
    n++;
  for (size_t i = n; i-- > 1; code >>= 6)
    octets[i] = (char)(0x80 | (code & 0x3F));
  octets[0] = (char)(utf8_forms[n - 1].lead | code);
  return n;
}

bool omadm_utf8_is_valid(omadm_str text) {
  for (size_t i = 0; i < text.len;) {
    /* Most text is ASCII: eight octets at a time while no top bit is set. The last eight may
     * overlap those before. */
    uint64_t eight = 0;
    if (text.len >= sizeof eight) {
      size_t at = text.len - i >= sizeof eight ? i : text.len - sizeof eight;
      memcpy(&eight, text.ptr + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        i = at + sizeof eight;
        continue;
      }
    }
    uint32_t code = 0;
    size_t n = (unsigned char)text.ptr[i] < 0x80 ? 1 : omadm_utf8_decode(text, i, &code);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

size_t omadm_utf8_length(omadm_str text) {
  size_t n = 0;
  for (size_t i = 0; i < text.len; i++)
    n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
  return n;
}
