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
    {"setup", "os-build", offsetof(omadm_transcript_setup, os_build), false},
    {"setup", "edition", offsetof(omadm_transcript_setup, edition), false},
    {"setup", "join", offsetof(omadm_transcript_setup, join), false},
};

/* A node, and an attribute that does not stay as it is. */
typedef struct node_draft {
  omadm_transcript_node node;
  omadm_str raw;
  omadm_str as;
} node_draft;

static const reader_attribute node_attributes[] = {
    {"node", "uri", offsetof(node_draft, node.uri), true},
    {"node", "format", offsetof(node_draft, node.format), false},
    {"node", "type", offsetof(node_draft, node.type), false},
    {"node", "acl", offsetof(node_draft, node.acl), false},
    {"node", "title", offsetof(node_draft, node.title), false},
    {"node", "value", offsetof(node_draft, node.value), false},
    {"node", "raw", offsetof(node_draft, raw), false},
    {"node", "as", offsetof(node_draft, as), false},
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

static const reader_attribute plugin_attributes[] = {
    {"plugin", "name", 0, true},
};

static const reader_attribute setting_attributes[] = {
    {"setting", "csp", offsetof(omadm_transcript_setting, csp), true},
    {"setting", "name", offsetof(omadm_transcript_setting, name), true},
    {"setting", "value", offsetof(omadm_transcript_setting, value), true},
};

static const reader_attribute tpm_attributes[] = {
    {"tpm", "provider", offsetof(omadm_transcript_tpm, provider), true},
    {"tpm", "event-log", offsetof(omadm_transcript_tpm, event_log), false},
    {"tpm", "ima-log", offsetof(omadm_transcript_tpm, ima_log), false},
};

/* The keys of a [server.ID] section; quirk.NAME comes in addition. */
static const char *const server_keys[] = {"server-id",
                                          "url",
                                          "name",
                                          "dialect",
                                          "quirks",
                                          "ca",
                                          "client-cert",
                                          "client-key",
                                          "hosts",
                                          "auth",
                                          "user",
                                          "secret",
                                          "nonce",
                                          "server-auth",
                                          "server-user",
                                          "server-name",
                                          "server-secret",
                                          "server-nonce",
                                          "encoding",
                                          "rights",
                                          "max-msg-size",
                                          "max-obj-size",
                                          "server-auth-each",
                                          NULL};

omadm_err reader_node(reader *self, xmlNode *node, omadm_transcript_node *out) {
  node_draft d = {.node.line = (int)xmlGetLineNo(node), .node.absent = reader_is(node, "absent")};
  omadm_str content = {NULL, 0};
  omadm_err err =
      reader_attributes(self, node, node_attributes, COUNT(node_attributes), &d, NULL, NULL);
  if (err == OMADM_OK) err = reader_value(self, node, &content);
  d.node.as_base64 = d.as.ptr != NULL;
  if (err == OMADM_OK && d.as.ptr != NULL && !omadm_str_is(d.as, "base64"))
    err = reader_fail(self, node, "as can be base64 only");
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

/* A name, not a path: which code is run is for whoever plays the transcript to say. */
static omadm_err read_plugin(reader *self, xmlNode *node) {
  omadm_transcript_setup *setup = &self->out->setup;
  omadm_str *name = &setup->plugins[setup->plugin_count++];
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, plugin_attributes, COUNT(plugin_attributes), name, NULL, NULL);
  if (err != OMADM_OK) return err;
  if (name->len > 0 && name->ptr[0] != '.' && memchr(name->ptr, '/', name->len) == NULL)
    return OMADM_OK;
  return reader_fail(self, node, "<plugin name=\"%s\">: the name of a file without \".so\"",
                     name->ptr);
}

static omadm_err read_setting(reader *self, xmlNode *node) {
  omadm_transcript_setup *setup = &self->out->setup;
  reader_enter(self);
  return reader_attributes(self, node, setting_attributes, COUNT(setting_attributes),
                           &setup->settings[setup->setting_count++], NULL, NULL);
}

/* A transcript is the same everywhere: no TPM of the machine it is played on. */
static omadm_err read_tpm(reader *self, xmlNode *node) {
  static const char recorded[] = "recorded:";
  enum { PREFIX = sizeof recorded - 1 };
  omadm_transcript_tpm *tpm = &self->out->setup.tpm;
  if (tpm->provider.ptr != NULL) return reader_fail(self, node, "a second <tpm>");
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, tpm_attributes, COUNT(tpm_attributes), tpm, NULL, NULL);
  if (err == OMADM_OK && tpm->event_log.ptr != NULL)
    err = reader_path(self, tpm->event_log, &tpm->event_log);
  if (err == OMADM_OK && tpm->ima_log.ptr != NULL)
    err = reader_path(self, tpm->ima_log, &tpm->ima_log);
  if (err != OMADM_OK || omadm_str_is(tpm->provider, "none")) return err;
  if (!omadm_str_starts(tpm->provider, recorded) || tpm->provider.len == PREFIX)
    return reader_fail(self, node, "<tpm provider=\"%s\">: none, or recorded:FOLDER",
                       tpm->provider.ptr);
  omadm_str folder = {NULL, 0};
  err = reader_path(self, (omadm_str){tpm->provider.ptr + PREFIX, tpm->provider.len - PREFIX},
                    &folder);
  char *whole = err == OMADM_OK ? omadm_arena_alloc(self->arena, PREFIX + folder.len + 1) : NULL;
  if (whole == NULL) return err != OMADM_OK ? err : OMADM_E_NOMEM;
  memcpy(whole, recorded, PREFIX);
  memcpy(whole + PREFIX, folder.ptr, folder.len + 1);
  tpm->provider = (omadm_str){whole, PREFIX + folder.len};
  return OMADM_OK;
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
} children[] = {{"ddf", read_ddf},    {"plugin", read_plugin}, {"setting", read_setting},
                {"tpm", read_tpm},    {"node", read_node},     {"server", read_server},
                {"limit", read_limit}};

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
  setup->plugins = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->plugins);
  setup->settings = omadm_arena_alloc(self->arena, (count + 1) * sizeof *setup->settings);
  bool full = setup->ddf_files != NULL && setup->nodes != NULL && setup->servers != NULL &&
              setup->limits.items != NULL && setup->plugins != NULL && setup->settings != NULL;
  return full ? OMADM_OK : OMADM_E_NOMEM;
}

omadm_err reader_setup(reader *self, xmlNode *node) {
  static const char *const users[] = {"single", "none", NULL};
  static const char *const joins[] = {"none", "entra", NULL};
  omadm_transcript_setup *setup = &self->out->setup;
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, setup_attributes, COUNT(setup_attributes), setup, NULL, NULL);
  if (err == OMADM_OK) err = reader_word(self, node, "user", setup->user, users);
  if (err == OMADM_OK) err = reader_word(self, node, "join", setup->join, joins);
  if (err == OMADM_OK) err = make_room(self, reader_count(node));
  if (err != OMADM_OK) return err;
  for (xmlNode *n = reader_first(self, node, &err); n != NULL; n = reader_next(self, n, &err)) {
    err = read_child(self, n);
    if (err != OMADM_OK) return err;
  }
  return err;
}
