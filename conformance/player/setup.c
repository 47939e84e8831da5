/* SPDX-License-Identifier: MIT */
/* <setup>, and the nodes of <setup> and <after>. */
#include "conformance/player/reader.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const reader_attribute setup_attributes[] = {
    {"setup", "clock", offsetof(omadm_transcript_setup, clock), false},
    {"setup", "random", offsetof(omadm_transcript_setup, random), false},
    {"setup", "root-acl", offsetof(omadm_transcript_setup, root_acl), false},
    {"setup", "device-id", offsetof(omadm_transcript_setup, device_id), false},
    {"setup", "user", offsetof(omadm_transcript_setup, user), false},
};

/* A node, and an attribute that does not stay as it is. */
typedef struct node_draft {
  omadm_transcript_node node;
  omadm_str raw;
} node_draft;

static const reader_attribute node_attributes[] = {
    {"node", "uri", offsetof(node_draft, node.uri), true},
    {"node", "format", offsetof(node_draft, node.format), false},
    {"node", "type", offsetof(node_draft, node.type), false},
    {"node", "acl", offsetof(node_draft, node.acl), false},
    {"node", "title", offsetof(node_draft, node.title), false},
    {"node", "value", offsetof(node_draft, node.value), false},
    {"node", "raw", offsetof(node_draft, raw), false},
    {"absent", "uri", offsetof(node_draft, node.uri), true},
};

static const reader_attribute server_attributes[] = {
    {"server", "id", offsetof(omadm_transcript_server, id), true},
};

static const reader_attribute limit_attributes[] = {
    {"limit", "name", offsetof(omadm_transcript_pair, name), true},
    {"limit", "value", offsetof(omadm_transcript_pair, value), true},
};

static const reader_attribute ddf_attributes[] = {
    {"ddf", "src", 0, true},
};

/* The keys of a [server.ID] section; quirk.NAME comes in addition. */
static const char *const server_keys[] = {
    "server-id",     "url",          "name",        "dialect",
    "quirks",        "ca",           "client-cert", "client-key",
    "hosts",         "auth",         "user",        "secret",
    "nonce",         "server-auth",  "server-user", "server-name",
    "server-secret", "server-nonce", "encoding",    "rights",
    "max-msg-size",  "max-obj-size", NULL};

omadm_err reader_node(reader *self, xmlNode *node, omadm_transcript_node *out) {
  node_draft d = {.node.line = (int)xmlGetLineNo(node), .node.absent = reader_is(node, "absent")};
  omadm_str content = {NULL, 0};
  omadm_err err =
      reader_attributes(self, node, node_attributes, COUNT(node_attributes), &d, NULL, NULL);
  if (err == OMADM_OK) err = reader_value(self, node, &content);
  *out = d.node;
  if (err != OMADM_OK || content.ptr == NULL) return err;
  if (out->absent) return reader_fail(self, node, "<absent> has no content");
  if (out->value.ptr != NULL) {
    return reader_fail(self, node, "a value as attribute and as content");
  }
  out->value = content;
  if (d.raw.ptr == NULL) return OMADM_OK;
  if (!omadm_str_is(d.raw, "base64")) return reader_fail(self, node, "raw can be base64 only");
  return reader_base64(self, node, content, &out->value);
}

static omadm_err read_server(reader *self, xmlNode *node) {
  omadm_transcript_setup *setup = &self->out->setup;
  omadm_transcript_server *server = &setup->servers[setup->server_count++];
  *server = (omadm_transcript_server){.line = (int)xmlGetLineNo(node)};
  reader_enter(self);
  omadm_err err = reader_attributes(self, node, server_attributes, COUNT(server_attributes), server,
                                    "", &server->settings);
  if (err == OMADM_OK && reader_first(self, node, &err) != NULL)
    err = reader_fail(self, node, "<server> has no content here");
  for (size_t i = 0; err == OMADM_OK && i < server->settings.count; i++) {
    const char *name = server->settings.items[i].name.ptr;
    if (strncmp(name, "quirk.", 6) != 0)
      err = reader_word(self, node, "an attribute of <server>", server->settings.items[i].name,
                        server_keys);
  }
  return err;
}

static omadm_err read_ddf(reader *self, xmlNode *node) {
  omadm_transcript_setup *setup = &self->out->setup;
  omadm_str name = {NULL, 0};
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, ddf_attributes, COUNT(ddf_attributes), &name, NULL, NULL);
  if (err == OMADM_OK) err = reader_path(self, name, &setup->ddf_files[setup->ddf_file_count]);
  if (err == OMADM_OK) setup->ddf_file_count++;
  return err;
}

static omadm_err read_limit(reader *self, xmlNode *node) {
  omadm_transcript_pairs *limits = &self->out->setup.limits;
  reader_enter(self);
  return reader_attributes(self, node, limit_attributes, COUNT(limit_attributes),
                           &limits->items[limits->count++], NULL, NULL);
}

static omadm_err read_node(reader *self, xmlNode *node) {
  omadm_transcript_setup *setup = &self->out->setup;
  return reader_node(self, node, &setup->nodes[setup->node_count++]);
}

static const struct {
  const char *name;
  omadm_err (*read)(reader *self, xmlNode *node);
} children[] = {
    {"ddf", read_ddf}, {"node", read_node}, {"server", read_server}, {"limit", read_limit}};

static omadm_err read_child(reader *self, xmlNode *node) {
  for (size_t i = 0; i < COUNT(children); i++) {
    if (reader_is(node, children[i].name)) return children[i].read(self, node);
  }
  return reader_fail(self, node, "unknown element <%s> in <setup>", (const char *)node->name);
}

/* Room for as many of each as there are children. */
static omadm_err make_room(reader *self, size_t count) {
  omadm_transcript_setup *setup = &self->out->setup;
  setup->ddf_files = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->ddf_files);
  setup->nodes = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->nodes);
  setup->servers = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->servers);
  setup->limits.items = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->limits.items);
  bool full = setup->ddf_files != NULL && setup->nodes != NULL && setup->servers != NULL &&
              setup->limits.items != NULL;
  return full ? OMADM_OK : OMADM_E_NOMEM;
}

omadm_err reader_setup(reader *self, xmlNode *node) {
  static const char *const users[] = {"single", "none", NULL};
  omadm_transcript_setup *setup = &self->out->setup;
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, setup_attributes, COUNT(setup_attributes), setup, NULL, NULL);
  if (err == OMADM_OK) err = reader_word(self, node, "user", setup->user, users);
  if (err == OMADM_OK) err = make_room(self, reader_count(node));
  if (err != OMADM_OK) return err;
  for (xmlNode *n = reader_first(self, node, &err); n != NULL; n = reader_next(self, n, &err)) {
    err = read_child(self, n);
    if (err != OMADM_OK) return err;
  }
  return err;
}
