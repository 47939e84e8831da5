/* SPDX-License-Identifier: MIT */
#include <omadm/acl.h>

#include "base/str.h"

#include <stdbool.h>

static const struct {
  omadm_str word;
  unsigned right;
} rights[] = {
    {OMADM_STR("Add"), OMADM_ACCESS_ADD},         {OMADM_STR("Delete"), OMADM_ACCESS_DELETE},
    {OMADM_STR("Exec"), OMADM_ACCESS_EXEC},       {OMADM_STR("Get"), OMADM_ACCESS_GET},
    {OMADM_STR("Replace"), OMADM_ACCESS_REPLACE},
};

/* 0 for a word that names no right. */
static unsigned right_of(omadm_str word) {
  for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
    if (omadm_str_equal(word, rights[i].word)) return rights[i].right;
  }
  return 0;
}

/* Takes the text before the next `delimiter` off *rest; false when there was none left to take. */
static bool take(omadm_str *rest, char delimiter, omadm_str *part) {
  if (rest->ptr == NULL) return false;
  const char *end = rest->len > 0 ? memchr(rest->ptr, delimiter, rest->len) : NULL;
  size_t n = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
  *part = (omadm_str){rest->ptr, n};
  *rest = end != NULL ? (omadm_str){end + 1, rest->len - n - 1} : (omadm_str){NULL, 0};
  return true;
}

/* Printable, without the characters that the grammar uses (OMA-TS-DM_TND 7.7.1.2); "*" alone means
 * everybody. */
static bool is_server(omadm_str id) {
  if (id.len == 1 && id.ptr[0] == '*') return true;
  for (size_t i = 0; i < id.len; i++) {
    unsigned char c = (unsigned char)id.ptr[i];
    if (c <= ' ' || c == 0x7F || c == '=' || c == '*') return false;
  }
  return id.len > 0;
}

/* One entry, "Get=ServerA+ServerB": false where it is malformed. *granted gets its right when the
 * server is among the ids. */
static bool judge_entry(omadm_str entry, omadm_str server, unsigned *granted) {
  omadm_str word = {NULL, 0};
  take(&entry, '=', &word);
  unsigned right = right_of(word);
  if (right == 0 || entry.ptr == NULL) return false;
  for (omadm_str id; take(&entry, '+', &id);) {
    if (!is_server(id)) return false;
    if ((id.len == 1 && id.ptr[0] == '*') || omadm_str_equal(id, server)) *granted |= right;
  }
  return true;
}

int omadm_acl_allows(omadm_str effective_acl, omadm_str server_id, unsigned right) {
  unsigned granted = 0;
  omadm_str rest = effective_acl;
  if (rest.len == 0 || right == 0) return 0;
  /* The whole text is read even when the right was found: half of a malformed list must not count.
   */
  for (omadm_str entry; take(&rest, '&', &entry);) {
    if (!judge_entry(entry, server_id, &granted)) return 0;
  }
  return (granted & right) == right;
}
