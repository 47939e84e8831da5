/* SPDX-License-Identifier: MIT */
/* What the nodes of a DDF are called in C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/csp_new.h"

/* Letters in capitals, digits; a run of anything else is one '_'. */
static omadm_err add_word(omadm_buf *out, omadm_str name) {
  omadm_err err = 0;
  bool apart = false;
  if (name.len == 0) return omadm_buf_add_text(out, "ANY");
  for (size_t i = 0; err == 0 && i < name.len; i++) {
    char c = name.ptr[i];
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || !apart) err = omadm_buf_add(out, plain ? &c : "_", 1);
    apart = !plain;
  }
  return err;
}

/* The name as it would be, if nobody else had it. */
static omadm_err wanted_name(const omadm_ddf *ddf, const char *prefix, uint32_t at,
                             char *const *wanted, omadm_buf *out) {
  const omadm_ddf_node *node = omadm_ddf_node_at(ddf, at);
  const char *above = node->parent == OMADM_DDF_NONE ? prefix : wanted[node->parent];
  omadm_err err = omadm_buf_add_text(out, above);
  if (node->parent == OMADM_DDF_NONE) return err;
  if (err == 0) err = omadm_buf_add_text(out, "_");
  if (err == 0) err = add_word(out, node->name);
  return err;
}

static uint64_t slot_of(const char *name, uint64_t slots) {
  return omadm_str_hash(omadm_str_of(name)) % slots;
}

/* Is it in the table, or is it PREFIX_NODES? *slot: where it would be put. */
static bool is_taken(char *const *table, uint64_t slots, const char *prefix, const char *name,
                     uint64_t *slot) {
  size_t n = strlen(prefix);
  for (*slot = slot_of(name, slots); table[*slot] != NULL; *slot = (*slot + 1) % slots)
    if (strcmp(table[*slot], name) == 0) return true;
  return strncmp(name, prefix, n) == 0 && strcmp(name + n, "_NODES") == 0;
}

/* The name that the node gets: the wanted one, or with "_2", "_3" … behind it. */
static omadm_err free_name(char **table, uint64_t slots, const char *prefix, const char *wanted,
                           bool root, char **name) {
  uint64_t slot = 0;
  omadm_buf text;
  omadm_err err = 0;
  bool taken = true;
  omadm_buf_init(&text, NULL, 0);
  for (unsigned times = 1; err == 0 && taken; times++) {
    text.len = 0;
    err = omadm_buf_printf(&text, "%s%s", wanted, root ? "_ROOT" : "");
    if (err == 0 && times > 1) err = omadm_buf_printf(&text, "_%u", times);
    if (err == 0) err = omadm_buf_add(&text, "", 1);
    if (err == 0) taken = is_taken(table, slots, prefix, text.ptr, &slot);
  }
  *name = err == 0 ? strdup(text.ptr) : NULL;
  if (*name != NULL) table[slot] = *name;
  omadm_buf_dispose(&text);
  return *name != NULL ? 0 : OMADM_E_NOMEM;
}

omadm_err csp_names_make(const omadm_ddf *ddf, const char *prefix, char ***names) {
  size_t n = omadm_ddf_node_count(ddf);
  uint64_t slots = 2 * (uint64_t)n + 1;
  char **found = calloc(n + 1, sizeof *found);
  char **wanted = calloc(n + 1, sizeof *wanted);
  char **table = calloc(slots, sizeof *table);
  omadm_err err = found != NULL && wanted != NULL && table != NULL ? 0 : OMADM_E_NOMEM;
  for (uint32_t i = 0; err == 0 && i < n; i++) {
    omadm_buf text;
    omadm_buf_init(&text, NULL, 0);
    err = wanted_name(ddf, prefix, i, wanted, &text);
    if (err == 0) err = omadm_buf_add(&text, "", 1);
    wanted[i] = err == 0 ? strdup(text.ptr) : NULL;
    omadm_buf_dispose(&text);
    if (wanted[i] == NULL) err = OMADM_E_NOMEM;
    bool root = omadm_ddf_node_at(ddf, i)->parent == OMADM_DDF_NONE;
    if (err == 0) err = free_name(table, slots, prefix, wanted[i], root, &found[i]);
  }
  csp_names_free(wanted);
  free(table);
  if (err != 0) csp_names_free(found);
  *names = err == 0 ? found : NULL;
  return err;
}

void csp_names_free(char **names) {
  for (size_t i = 0; names != NULL && names[i] != NULL; i++)
    free(names[i]);
  free(names);
}
