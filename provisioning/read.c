/* SPDX-License-Identifier: MIT */
#include "provisioning/read.h"

#include "provisioning/layout.h"

/* How long a late answer is waited for. */
#define LATE_SLICES 300
#define LATE_MS 100

omadm_err read_value(omadm_framework *framework, omadm_buf *uri, const char *node, omadm_buf *out) {
  size_t len = uri->len;
  omadm_err err = omadm_buf_printf(uri, "/%s", node);
  if (err == 0) err = omadm_framework_peek(framework, omadm_buf_str(uri), out);
  uri->len = len;
  return err;
}

omadm_err read_text(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                    const char *node, const char **text) {
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  *text = "";
  omadm_err err = read_value(framework, uri, node, &value);
  if (err == 0 && value.len > 0) {
    omadm_str copy = omadm_arena_copy(arena, omadm_buf_str(&value));
    if (copy.ptr == NULL)
      err = OMADM_E_NOMEM;
    else
      *text = copy.ptr;
  }
  omadm_buf_dispose(&value);
  return err == OMADM_E_NOT_FOUND ? 0 : err;
}

/* The next child of a node. A tree may answer late (its test hosts do so on purpose): then its work
   is done here until it has, and it is asked again. */
static omadm_status next_child(omadm_framework *framework, const omadm_node *node, uint64_t *cursor,
                               omadm_answer *answer) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  const omadm_origin origin = {0};
  for (;;) {
    size_t before = omadm_framework_pending(framework);
    *answer = (omadm_answer){0};
    omadm_status status = tree->list(tree->ctx, &origin, node, cursor, answer);
    if (status != OMADM_ST_PENDING) return status;
    for (int slice = 0; omadm_framework_pending(framework) > before; slice++) {
      if (slice == LATE_SLICES) return OMADM_ST_TIMEOUT;
      (void)omadm_framework_pump(framework, LATE_MS);
    }
  }
}

static omadm_err read_children(omadm_framework *framework, const omadm_node *node, size_t most,
                               omadm_buf *names, size_t *n) {
  uint64_t cursor = 0;
  for (;;) {
    omadm_answer answer;
    omadm_status status = next_child(framework, node, &cursor, &answer);
    if (status == OMADM_ST_END) break;
    if (status == OMADM_ST_OK && *n == most) return OMADM_E_LIMIT;
    if (status != OMADM_ST_OK) return status == OMADM_ST_TIMEOUT ? OMADM_E_TIMEOUT : OMADM_E_STORE;
    omadm_err err = omadm_buf_add_str(names, answer.data);
    if (err == 0) err = omadm_buf_add(names, "", 1);
    if (err != 0) return err;
    (*n)++;
  }
  return 0;
}

/* The node at a URI. NOT_FOUND. */
static omadm_err find_node(omadm_framework *framework, omadm_str uri, omadm_node *node) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  const omadm_origin origin = {0};
  omadm_uri parsed;
  omadm_limits limits;
  omadm_buf scratch;
  omadm_limits_init(&limits);
  omadm_buf_init(&scratch, NULL, 0);
  omadm_err err = omadm_buf_reserve(&scratch, uri.len + 1);
  if (err == 0 && (omadm_uri_parse(uri, 0, &limits, scratch.ptr, NULL, &parsed) != OMADM_ST_OK ||
                   tree->resolve(tree->ctx, &origin, &parsed, node) != OMADM_ST_OK))
    err = OMADM_E_NOT_FOUND;
  omadm_buf_dispose(&scratch);
  return err;
}

omadm_err read_names(omadm_framework *framework, omadm_str uri, size_t most, omadm_buf *names,
                     size_t *n) {
  omadm_node node = {0};
  *n = 0;
  omadm_err err = find_node(framework, uri, &node);
  if (err == 0) err = read_children(framework, &node, most, names, n);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

omadm_err read_first_child(omadm_framework *framework, omadm_str uri, omadm_buf *name) {
  omadm_node node = {0};
  size_t n = 0;
  omadm_err err = find_node(framework, uri, &node);
  if (err == 0) err = read_children(framework, &node, 1, name, &n);
  /* LIMIT: there are more, which do not matter. */
  if (err == OMADM_E_LIMIT && n == 1) err = OMADM_OK;
  return err == 0 && n == 0 ? OMADM_E_NOT_FOUND : err;
}

omadm_err read_account_uri(omadm_framework *framework, omadm_str server_id, omadm_buf *uri) {
  omadm_buf names;
  omadm_buf id;
  size_t n = 0;
  omadm_buf_init(&names, NULL, 0);
  omadm_buf_init(&id, NULL, 0);
  omadm_err err = read_names(framework, omadm_str_of(DMACC), ACCOUNTS_MAX, &names, &n);
  bool found = false;
  const char *name = names.ptr;
  for (size_t i = 0; i < n && err == 0 && !found; i++, name += strlen(name) + 1) {
    uri->len = id.len = 0;
    err = omadm_buf_add_text(uri, DMACC "/");
    if (err == 0) err = omadm_uri_write_name(omadm_str_of(name), uri);
    if (err == 0) err = read_value(framework, uri, "ServerID", &id);
    /* One that cannot be read is not the one, and hides none behind it. */
    if (err != OMADM_E_NOMEM) err = 0;
    found = id.len > 0 && omadm_str_equal(omadm_buf_str(&id), server_id);
  }
  omadm_buf_dispose(&names);
  omadm_buf_dispose(&id);
  return err == 0 && !found ? OMADM_E_NOT_FOUND : err;
}
