/* SPDX-License-Identifier: MIT */
#include "tpm/eventlog/variable.h"

#include "base/codec.h"
#include "base/str.h"

enum { GUID_SIZE = 16, HEAD_SIZE = GUID_SIZE + 8 + 8, LIST_HEAD_SIZE = GUID_SIZE + 12 };

/* GUIDs in the order of their octets. */
static const struct {
  variable_vendor vendor;
  uint8_t guid[GUID_SIZE];
} vendors[] = {
    {VENDOR_GLOBAL,
     {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b,
      0x8c}},
    {VENDOR_SECURITY,
     {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65,
      0x6f}},
    {VENDOR_SHIM,
     {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b,
      0x23}},
    {VENDOR_MICROSOFT,
     {0xbd, 0x9a, 0xfa, 0x77, 0x59, 0x03, 0x32, 0x4d, 0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78,
      0x4b}},
};

bool variable_parse(omadm_str octets, variable *v) {
  *v = (variable){0};
  if (octets.len < HEAD_SIZE) return false;
  uint64_t chars = omadm_le64(octets.ptr + GUID_SIZE);
  uint64_t size = omadm_le64(octets.ptr + GUID_SIZE + 8);
  size_t rest = octets.len - HEAD_SIZE;
  if (chars > rest / 2 || size > rest - 2 * (size_t)chars) return false;
  v->guid = (omadm_str){octets.ptr, GUID_SIZE};
  v->name = (omadm_str){octets.ptr + HEAD_SIZE, 2 * (size_t)chars};
  v->data = (omadm_str){v->name.ptr + v->name.len, (size_t)size};
  v->left = rest - v->name.len - v->data.len;
  for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++) {
    if (memcmp(v->guid.ptr, vendors[i].guid, GUID_SIZE) == 0) v->vendor = vendors[i].vendor;
  }
  return true;
}

static bool utf16_is(omadm_str utf16, const char *ascii) {
  size_t n = strlen(ascii);
  if (utf16.len != 2 * n) return false;
  for (size_t i = 0; i < n; i++) {
    if (utf16.ptr[2 * i] != ascii[i] || utf16.ptr[2 * i + 1] != '\0') return false;
  }
  return true;
}

bool variable_is(const variable *v, variable_vendor vendor, const char *name) {
  return v->vendor == vendor && utf16_is(v->name, name);
}

/* One code point at octet *i; false where a surrogate stands alone. */
static bool next_char(omadm_str utf16, size_t *i, uint32_t *code) {
  *code = omadm_le16(utf16.ptr + *i);
  *i += 2;
  if (*code < 0xD800 || *code > 0xDFFF) return true;
  if (*code > 0xDBFF || *i + 2 > utf16.len) return false;
  uint32_t low = omadm_le16(utf16.ptr + *i);
  if (low < 0xDC00 || low > 0xDFFF) return false;
  *i += 2;
  *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

bool utf16_text(omadm_str utf16, char *text, size_t size) {
  size_t n = 0;
  bool fine = utf16.len % 2 == 0;
  for (size_t i = 0; fine && i + 2 <= utf16.len;) {
    uint32_t code = 0;
    char octets[4];
    fine = next_char(utf16, &i, &code) && code != 0;
    size_t more = fine ? omadm_utf8_encode(code, octets) : 0;
    if (n + more >= size) break;
    memcpy(text + n, octets, more);
    n += more;
  }
  if (size > 0) text[n] = '\0';
  return fine;
}

bool utf16_add(omadm_str utf16, omadm_buf *out) {
  bool fine = utf16.len % 2 == 0;
  for (size_t i = 0; fine && i < utf16.len;) {
    uint32_t code = 0;
    char octets[4];
    fine = next_char(utf16, &i, &code) &&
           omadm_buf_add(out, octets, omadm_utf8_encode(code, octets)) == 0;
  }
  return fine;
}

/* An EFI_SIGNATURE_LIST. */
typedef struct signatures {
  omadm_str body;
  size_t each;
} signatures;

/* Takes the first list off *lists; false where there is none. */
static bool next_list(omadm_str *lists, signatures *list) {
  if (lists->len < LIST_HEAD_SIZE) return false;
  uint32_t size = omadm_le32(lists->ptr + GUID_SIZE);
  uint32_t head = omadm_le32(lists->ptr + GUID_SIZE + 4);
  list->each = omadm_le32(lists->ptr + GUID_SIZE + 8);
  if (size < LIST_HEAD_SIZE || size > lists->len || head > size - LIST_HEAD_SIZE) return false;
  list->body =
      (omadm_str){lists->ptr + LIST_HEAD_SIZE + head, (size_t)size - LIST_HEAD_SIZE - head};
  if (list->each <= GUID_SIZE || list->body.len % list->each != 0) return false;
  *lists = (omadm_str){lists->ptr + size, lists->len - size};
  return true;
}

bool signatures_present(omadm_str lists) {
  signatures list;
  bool any = false;
  while (lists.len > 0) {
    if (!next_list(&lists, &list)) return false;
    any = any || list.body.len > 0;
  }
  return any;
}

bool signatures_hold(omadm_str lists, omadm_str signature) {
  signatures list;
  while (next_list(&lists, &list)) {
    for (size_t at = 0; list.each == signature.len && at < list.body.len; at += list.each) {
      if (memcmp(list.body.ptr + at, signature.ptr, signature.len) == 0) return true;
    }
  }
  return false;
}
