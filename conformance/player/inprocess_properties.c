/* SPDX-License-Identifier: MIT */
/* ACL and Title of a node, as the device itself sets and reads them. */
#include "conformance/player/inprocess_device.h"

#include <stdlib.h>

#include "base/str.h"

/* The device itself asks: no right is needed. */
static const omadm_origin device_itself = {.server_id = {NULL, 0}};

/* The node of a URI; the status is that of resolve. */
static omadm_status find(device *self, omadm_str uri, omadm_node *node) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  char *scratch = malloc(uri.len + 1);
  omadm_uri *parsed = malloc(sizeof *parsed);
  omadm_status status = OMADM_ST_FAILED;
  *node = (omadm_node){0};
  if (scratch != NULL && parsed != NULL) {
    status = omadm_uri_parse(uri, 0, &self->limits, scratch, NULL, parsed);
    if (status == OMADM_ST_OK) status = tree->resolve(tree->ctx, &device_itself, parsed, node);
  }
  free(parsed);
  free(scratch);
  return status;
}

bool device_has_node(device *self, omadm_str uri) {
  omadm_node node;
  return find(self, uri, &node) == OMADM_ST_OK;
}

omadm_err device_set_property(device *self, omadm_str uri, const char *property, omadm_str value,
                              omadm_error *error) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_node node;
  omadm_answer answer = {0};
  if (value.ptr == NULL) return OMADM_OK;
  omadm_status status = find(self, uri, &node);
  if (status == OMADM_ST_OK)
    status =
        tree->prop_set(tree->ctx, &device_itself, &node, omadm_str_of(property), value, &answer);
  if (status == OMADM_ST_OK && tree->settle(tree->ctx) == OMADM_OK) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_ARGUMENT, "%s of %.*s cannot be set: %u %.*s", property,
                         (int)uri.len, uri.ptr, status, (int)answer.detail.len,
                         answer.detail.len > 0 ? answer.detail.ptr : "");
}

omadm_str device_property(device *self, const omadm_node *node, const char *property,
                          omadm_buf *room) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_answer answer = {0};
  room->len = 0;
  omadm_status status =
      tree->prop_get(tree->ctx, &device_itself, node, omadm_str_of(property), &answer);
  if (status != OMADM_ST_OK || omadm_buf_add_str(room, answer.data) != OMADM_OK)
    return (omadm_str){NULL, 0};
  return room->len > 0 ? omadm_buf_str(room) : (omadm_str)OMADM_STR("");
}
