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

/* "*" means everybody. */
static bool is_server(omadm_str id) {
  return omadm_str_is(id, "*") || omadm_acl_is_id(id);
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

omadm_err omadm_acl_check(omadm_str acl) {
  const omadm_str nobody = {"", 0};
  unsigned granted = 0;
  omadm_str rest = acl;
  if (rest.len == 0) return OMADM_OK;
  for (omadm_str entry; take(&rest, '&', &entry);) {
    if (!judge_entry(entry, nobody, &granted)) return OMADM_E_SYNTAX;
  }
  return OMADM_OK;
}

/* Appends what is left of one entry, behind a '&' unless it is the first. */
static omadm_err keep_entry(omadm_str entry, omadm_str server, unsigned open, size_t start,
                            omadm_buf *out) {
  omadm_str word = {NULL, 0};
  omadm_str ids = entry;
  take(&ids, '=', &word);
  const size_t before = out->len;
  omadm_err err = out->len > start ? omadm_buf_add(out, "&", 1) : OMADM_OK;
  if (err == OMADM_OK) err = omadm_buf_add_str(out, word);
  bool any = false;
  for (omadm_str id; err == OMADM_OK && take(&ids, '+', &id);) {
    if (omadm_str_equal(id, server)) continue;
    err = omadm_buf_add(out, any ? "+" : "=", 1);
    if (err == OMADM_OK) err = omadm_buf_add_str(out, id);
    any = true;
  }
  if (err != OMADM_OK || any) return err;
  if ((right_of(word) & open) != 0) return omadm_buf_add(out, "=*", 2);
  out->len = before;
  return OMADM_OK;
}

omadm_err omadm_acl_remove(omadm_str acl, omadm_str server_id, unsigned open, omadm_buf *out) {
  const size_t start = out->len;
  omadm_err err = omadm_acl_check(acl);
  omadm_str rest = acl.len > 0 ? acl : (omadm_str){NULL, 0};
  for (omadm_str entry; err == OMADM_OK && take(&rest, '&', &entry);)
    err = keep_entry(entry, server_id, open, start, out);
  if (err != OMADM_OK) out->len = start;
  return err;
}

omadm_err omadm_acl_of_creator(omadm_str server_id, omadm_buf *out) {
  static const char *const words[] = {"Add=", "&Delete=", "&Replace="};
  const size_t start = out->len;
  omadm_err err = OMADM_OK;
  bool fits = omadm_acl_is_id(server_id);
  for (size_t i = 0; fits && err == OMADM_OK && i < sizeof words / sizeof *words; i++) {
    err = omadm_buf_add_text(out, words[i]);
    if (err == OMADM_OK) err = omadm_buf_add_str(out, server_id);
  }
  if (err != OMADM_OK) out->len = start;
  return err;
}

/* Appends "&WORD=ID+ID" for those ids that may Replace and have that right too. */
static omadm_err join_right(size_t i, omadm_str root, omadm_buf *out) {
  omadm_err err = OMADM_OK;
  bool any = false;
  omadm_str rest = root;
  for (omadm_str entry; err == OMADM_OK && take(&rest, '&', &entry);) {
    omadm_str word = {NULL, 0};
    take(&entry, '=', &word);
    if (right_of(word) != OMADM_ACCESS_REPLACE) continue;
    for (omadm_str id; err == OMADM_OK && take(&entry, '+', &id);) {
      if (!omadm_acl_allows(root, id, rights[i].right)) continue;
      if (!any)
        err = omadm_buf_printf(out, "&%s=%.*s", rights[i].word.ptr, (int)id.len, id.ptr);
      else
        err = omadm_buf_printf(out, "+%.*s", (int)id.len, id.ptr);
      any = true;
    }
  }
  return err;
}

omadm_err omadm_acl_join(omadm_str acl, omadm_str root, omadm_buf *out) {
  const size_t start = out->len;
  omadm_err err = omadm_buf_add_str(out, acl);
  bool good = root.len > 0 && omadm_acl_check(root) == OMADM_OK;
  for (size_t i = 0; good && err == OMADM_OK && i < sizeof rights / sizeof *rights; i++)
    err = join_right(i, root, out);
  if (err != OMADM_OK) out->len = start;
  return err;
}
