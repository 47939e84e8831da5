/* SPDX-License-Identifier: MIT */
/* Managed objects of the DM profile that are no accounts: where they belong, and how they get
 * there. */
#include <omadm/uri.h>

#include "base/str.h"
#include "provisioning/bootstrap.h"

#define INBOX "./Inbox/"

static const omadm_origin device_itself = {.server_id = {NULL, 0}};

static void leave_out(const omadm_bootstrap *self, bootstrap_object *object, const char *why) {
  const omadm_tnds_node *node = &object->tnds->nodes[object->root];
  object->uri.len = 0;
  omadm_log_line(self->log, OMADM_LOG_WARN, "bootstrap",
                 "an object of type \"%.*s\" is left out: %s",
                 (int)(node->type.len < 100 ? node->type.len : 100), node->type.ptr, why);
}

/* Nothing is made yet, so that the tree cannot know of the objects before this one. */
static omadm_err check_others(const omadm_bootstrap *self, const bootstrap_object *object,
                              omadm_error *error) {
  const omadm_str uri = omadm_buf_str(&object->uri);
  for (const bootstrap_object *other = self->objects; other < object && uri.len > 0; other++)
    if (omadm_str_equal(omadm_buf_str(&other->uri), uri))
      return omadm_error_set(error, OMADM_E_EXISTS, "two objects of the document belong at %.*s",
                             (int)(uri.len < 300 ? uri.len : 300), uri.ptr);
  return OMADM_OK;
}

static omadm_err find_place(const omadm_bootstrap *self, omadm_framework *framework,
                            bootstrap_object *object, omadm_error *error) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  omadm_status status = OMADM_ST_BAD_FORMAT;
  object->uri.len = 0;
  if (OMADM_HAS(omadm_tree, tree, place))
    status = tree->place(tree->ctx, &device_itself, object->tnds->nodes[object->root].type,
                         object->name, &object->uri);
  if (status == OMADM_ST_FAILED) return OMADM_E_NOMEM;
  if (status != OMADM_ST_OK) leave_out(self, object, "nothing on this device describes it");
  return check_others(self, object, error);
}

/* Appends the way of nodes[i] below the root of its object: "/A/B". */
static omadm_err add_way(const bootstrap_object *object, size_t i, omadm_buf *out) {
  omadm_buf path;
  omadm_buf root;
  omadm_buf_init(&path, NULL, 0);
  omadm_buf_init(&root, NULL, 0);
  omadm_err err = omadm_tnds_path(object->tnds, i, &path);
  if (err == 0) err = omadm_tnds_path(object->tnds, object->root, &root);
  size_t skip = root.len;
  if (err == 0 && i != object->root && skip == 0) err = omadm_buf_add_text(out, "/");
  if (err == 0 && i != object->root) err = omadm_buf_add(out, path.ptr + skip, path.len - skip);
  omadm_buf_dispose(&path);
  omadm_buf_dispose(&root);
  return err;
}

static bool is_below(const omadm_tnds *tnds, size_t root, size_t i) {
  while (i != root && tnds->nodes[i].parent != OMADM_TNDS_NONE)
    i = tnds->nodes[i].parent;
  return i == root;
}

/* Appends what the document calls the object's root: "./Inbox/A/B". */
static omadm_err add_alias(const bootstrap_object *object, omadm_buf *out) {
  omadm_err err = omadm_buf_add_text(out, INBOX);
  if (err == 0 && object->inbox.len > 0) err = omadm_buf_add_str(out, object->inbox);
  if (err == 0 && object->inbox.len > 0 && object->root != 0) err = omadm_buf_add_text(out, "/");
  return err != 0 ? err : omadm_tnds_path(object->tnds, object->root, out);
}

omadm_err bootstrap_dm_refer(const omadm_bootstrap *self, omadm_str value, omadm_buf *out) {
  omadm_err err = OMADM_OK;
  omadm_buf alias;
  bool is_reference = omadm_str_starts(value, INBOX);
  omadm_buf_init(&alias, NULL, 0);
  for (size_t i = 0; is_reference && err == 0 && i < self->n_objects; i++) {
    const bootstrap_object *object = &self->objects[i];
    alias.len = 0;
    err = add_alias(object, &alias);
    bool fits = err == 0 && object->uri.len > 0 && value.len >= alias.len &&
                memcmp(value.ptr, alias.ptr, alias.len) == 0 &&
                (value.len == alias.len || value.ptr[alias.len] == '/');
    if (!fits) continue;
    err = omadm_buf_add_str(out, omadm_buf_str(&object->uri));
    if (err == 0) err = omadm_buf_add(out, value.ptr + alias.len, value.len - alias.len);
    break;
  }
  omadm_buf_dispose(&alias);
  return err != 0 || out->len > 0 ? err : omadm_buf_add_str(out, value);
}

static omadm_err look_for(omadm_framework *framework, omadm_str uri, bool *there) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  omadm_limits limits;
  omadm_buf scratch;
  omadm_uri parsed;
  omadm_node node = {0};
  omadm_limits_init(&limits);
  omadm_buf_init(&scratch, NULL, 0);
  *there = false;
  omadm_err err = omadm_buf_reserve(&scratch, uri.len + 1);
  if (err == 0 && omadm_uri_parse(uri, 0, &limits, scratch.ptr, NULL, &parsed) == OMADM_ST_OK)
    *there = tree->resolve(tree->ctx, &device_itself, &parsed, &node) == OMADM_ST_OK;
  omadm_buf_dispose(&scratch);
  return err;
}

/* What is there belongs to somebody, whom a document that anybody may have written must not
 * overrule. */
static omadm_err check_place(const omadm_bootstrap *self, omadm_framework *framework,
                             const bootstrap_object *object, omadm_error *error) {
  bool there = false;
  const omadm_str uri = omadm_buf_str(&object->uri);
  if (self->authenticated || uri.len == 0) return OMADM_OK;
  omadm_err err = look_for(framework, uri, &there);
  if (err != 0 || !there) return err;
  return omadm_error_set(error, OMADM_E_EXISTS,
                         "%.*s is there already; only an authenticated document replaces it",
                         (int)(uri.len < 300 ? uri.len : 300), uri.ptr);
}

/* The rights of an object are its author's to give where it is known who that is. */
static omadm_err put_acl(const omadm_bootstrap *self, omadm_framework *framework, omadm_str uri,
                         omadm_str acl, omadm_error *error) {
  if (acl.len == 0) return OMADM_OK;
  if (self->authenticated) return omadm_framework_poke_acl(framework, uri, acl, error);
  omadm_log_line(self->log, OMADM_LOG_WARN, "bootstrap",
                 "the ACL for %.*s is left out: the document is not authenticated",
                 (int)(uri.len < 300 ? uri.len : 300), uri.ptr);
  return OMADM_OK;
}

/* A leaf without a value is left for later. */
static omadm_err put_node(const omadm_bootstrap *self, omadm_framework *framework, omadm_str uri,
                          const omadm_tnds_node *node, bool *there, omadm_error *error) {
  omadm_buf value;
  bool is_interior = node->format == OMADM_FORMAT_NODE;
  omadm_err seen = look_for(framework, uri, there);
  if (seen != 0 || (!is_interior && !node->has_value)) return seen;
  omadm_buf_init(&value, NULL, 0);
  omadm_err err = OMADM_OK;
  omadm_str data = is_interior ? (omadm_str){"", 0} : node->value;
  if (!is_interior && node->format != OMADM_FORMAT_BIN) {
    err = bootstrap_dm_refer(self, node->value, &value);
    data = value.len > 0 ? omadm_buf_str(&value) : (omadm_str){"", 0};
  }
  if (data.ptr == NULL) data.ptr = "";
  if (err == 0) err = omadm_framework_poke(framework, uri, node->format, node->type, data, error);
  if (err == 0) err = put_acl(self, framework, uri, node->acl, error);
  omadm_buf_dispose(&value);
  return err;
}

static omadm_err put_object(const omadm_bootstrap *self, omadm_framework *framework,
                            bootstrap_object *object, omadm_error *error) {
  omadm_err err = OMADM_OK;
  size_t len = object->uri.len;
  object->made = object->replaced = 0;
  for (size_t i = object->root; err == 0 && i < object->tnds->n; i++) {
    bool there = false;
    if (!is_below(object->tnds, object->root, i)) continue;
    err = add_way(object, i, &object->uri);
    if (err == 0)
      err = put_node(self, framework, omadm_buf_str(&object->uri), &object->tnds->nodes[i], &there,
                     error);
    object->uri.len = len;
    if (err == 0 && there) object->replaced++;
    if (err == 0 && !there) object->made++;
    if (err != OMADM_E_UNSUPPORTED || i != object->root) continue;
    omadm_error_clear(error);
    leave_out(self, object, "it is not kept in the store");
    return OMADM_OK;
  }
  return err;
}

omadm_err bootstrap_dm_apply(omadm_bootstrap *self, omadm_framework *framework,
                             omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < self->n_objects; i++)
    err = find_place(self, framework, &self->objects[i], error);
  for (size_t i = 0; err == 0 && i < self->n_objects; i++)
    err = check_place(self, framework, &self->objects[i], error);
  for (size_t i = 0; err == 0 && i < self->n_objects; i++)
    if (self->objects[i].uri.len > 0) err = put_object(self, framework, &self->objects[i], error);
  return err;
}
