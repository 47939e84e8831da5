/* SPDX-License-Identifier: MIT */
#include "health-attestation/octets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void octets_dispose(octets *o) {
  free(o->ptr);
  *o = (octets){0};
}

omadm_str octets_str(const octets *o) {
  return (omadm_str){o->ptr, o->len};
}

bool octets_reserve(octets *o, size_t n) {
  if (o->failed) return false;
  if (n <= o->cap - o->len) return true;
  size_t cap = o->cap > 0 ? o->cap : 256;
  while (cap - o->len < n && cap <= SIZE_MAX / 2)
    cap *= 2;
  char *ptr = cap - o->len >= n ? realloc(o->ptr, cap) : NULL;
  if (ptr == NULL) {
    o->failed = true;
    return false;
  }
  o->ptr = ptr;
  o->cap = cap;
  return true;
}

void octets_add(octets *o, const void *from, size_t n) {
  if (n == 0 || !octets_reserve(o, n)) return;
  memcpy(o->ptr + o->len, from, n);
  o->len += n;
}

void octets_add_str(octets *o, omadm_str text) {
  octets_add(o, text.ptr, text.len);
}

void octets_add_text(octets *o, const char *text) {
  octets_add(o, text, strlen(text));
}

void octets_add_format(octets *o, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(NULL, 0, format, ap);
  va_end(ap);
  if (n < 0 || !octets_reserve(o, (size_t)n + 1)) {
    o->failed = true;
    return;
  }
  va_start(ap, format);
  vsnprintf(o->ptr + o->len, (size_t)n + 1, format, ap);
  va_end(ap);
  o->len += (size_t)n;
}

void octets_add_u32le(octets *o, uint32_t number) {
  const uint8_t four[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                          (uint8_t)(number >> 24)};
  octets_add(o, four, sizeof four);
}

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add_sixes(octets *o, omadm_str from, const char *alphabet, bool padded) {
  if (from.len > SIZE_MAX / 4 || !octets_reserve(o, from.len / 3 * 4 + 4)) {
    o->failed = true;
    return;
  }
  const uint8_t *in = (const uint8_t *)from.ptr;
  for (size_t i = 0; i < from.len; i += 3) {
    size_t n = from.len - i < 3 ? from.len - i : 3;
    uint32_t bits = (uint32_t)in[i] << 16 | (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                    (n > 2 ? (uint32_t)in[i + 2] : 0);
    for (size_t k = 0; k < 4; k++) {
      if (k <= n)
        o->ptr[o->len++] = alphabet[bits >> (18 - 6 * k) & 63];
      else if (padded)
        o->ptr[o->len++] = '=';
    }
  }
}

void octets_add_base64(octets *o, omadm_str from) {
  add_sixes(o, from, plain, true);
}

void octets_add_base64url(octets *o, omadm_str from) {
  add_sixes(o, from, url, false);
}

/* 0 to 63, or -1. */
static int six_of(char c) {
  if (c == '\0') return -1;
  const char *at = strchr(plain, c);
  if (at != NULL) return (int)(at - plain);
  at = strchr(url, c);
  return at != NULL ? (int)(at - url) : -1;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool octets_add_from_base64(octets *o, omadm_str text) {
  size_t before = o->len, sixes = 0, padding = 0;
  uint32_t bits = 0;
  if (!octets_reserve(o, text.len / 4 * 3 + 3)) return false;
  for (size_t i = 0; i < text.len; i++) {
    int six = six_of(text.ptr[i]);
    if (is_space(text.ptr[i])) continue;
    padding += text.ptr[i] == '=';
    if (text.ptr[i] == '=') continue;
    if (six < 0 || padding > 0) goto out;
    bits = bits << 6 | (uint32_t)six;
    if (sixes++ % 4 != 0) o->ptr[o->len++] = (char)(bits >> (6 - 2 * ((sixes - 1) % 4)) & 255);
  }
  if (sixes % 4 != 1 && padding <= 2 && (padding == 0 || (sixes + padding) % 4 == 0)) return true;
out:
  o->len = before;
  return false;
}

static int nibble_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool octets_add_from_hex(octets *o, omadm_str text) {
  size_t before = o->len;
  if (text.len % 2 != 0 || !octets_reserve(o, text.len / 2)) return false;
  for (size_t i = 0; i < text.len; i += 2) {
    int high = nibble_of(text.ptr[i]), low = nibble_of(text.ptr[i + 1]);
    if (high < 0 || low < 0) {
      o->len = before;
      return false;
    }
    o->ptr[o->len++] = (char)(high << 4 | low);
  }
  return true;
}

void octets_add_xml(octets *o, omadm_str text) {
  static const char special[] = "&<>\"";
  static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
  for (size_t i = 0; i < text.len; i++) {
    const char *at = text.ptr[i] != '\0' ? strchr(special, text.ptr[i]) : NULL;
    if (at != NULL)
      octets_add_text(o, entity[at - special]);
    else
      octets_add(o, &text.ptr[i], 1);
  }
}

void octets_add_printable(octets *o, omadm_str text, size_t most) {
  for (size_t i = 0; i < text.len && i < most; i++) {
    char c = text.ptr[i];
    octets_add(o, c >= ' ' && c <= '~' ? &c : "?", 1);
  }
}

void octets_add_field(octets *o, omadm_str field) {
  if (field.len > UINT32_MAX) {
    o->failed = true;
    return;
  }
  octets_add_u32le(o, (uint32_t)field.len);
  octets_add_str(o, field);
}

bool octets_take(omadm_str *from, size_t n, omadm_str *taken) {
  if (from->len < n) return false;
  *taken = (omadm_str){from->ptr, n};
  if (n > 0) *from = (omadm_str){from->ptr + n, from->len - n};
  return true;
}

static uint32_t number_be(omadm_str span) {
  uint32_t number = 0;
  for (size_t i = 0; i < span.len; i++)
    number = number << 8 | (uint8_t)span.ptr[i];
  return number;
}

bool octets_take_u32le(omadm_str *from, uint32_t *number) {
  uint32_t swapped = 0;
  if (!octets_take_u32be(from, &swapped)) return false;
  *number = swapped >> 24 | (swapped >> 8 & 0xFF00) | (swapped << 8 & 0xFF0000) | swapped << 24;
  return true;
}

bool octets_take_field(omadm_str *from, omadm_str *field) {
  omadm_str rest = *from;
  uint32_t n = 0;
  if (!octets_take_u32le(&rest, &n) || !octets_take(&rest, n, field)) return false;
  *from = rest;
  return true;
}

bool octets_take_u16be(omadm_str *from, uint16_t *number) {
  omadm_str two;
  if (!octets_take(from, 2, &two)) return false;
  *number = (uint16_t)number_be(two);
  return true;
}

bool octets_take_u32be(omadm_str *from, uint32_t *number) {
  omadm_str four;
  if (!octets_take(from, 4, &four)) return false;
  *number = number_be(four);
  return true;
}

bool octets_take_2b(omadm_str *from, omadm_str *taken) {
  omadm_str rest = *from;
  uint16_t n = 0;
  if (!octets_take_u16be(&rest, &n) || !octets_take(&rest, n, taken)) return false;
  *from = rest;
  return true;
}

omadm_str octets_trim(omadm_str text) {
  while (text.len > 0 && is_space(text.ptr[text.len - 1]))
    text.len--;
  while (text.len > 0 && is_space(*text.ptr))
    text = (omadm_str){text.ptr + 1, text.len - 1};
  return text;
}

bool octets_same(omadm_str a, omadm_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool octets_is(omadm_str span, const char *text) {
  return octets_same(span, octets_of(text));
}

omadm_str octets_of(const char *text) {
  return (omadm_str){text, text != NULL ? strlen(text) : 0};
}
