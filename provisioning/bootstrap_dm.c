/* SPDX-License-Identifier: MIT */
/* The message of the DM profile (OMA-TS-DM_Bootstrap 5.4): what it adds to ./Inbox. */
#include "base/codec.h"
#include "base/str.h"
#include "omadm/wire/model.h"
#include "provisioning/bootstrap.h"

#define INBOX "./Inbox"

enum { MOST_NESTING = 8 };

/* What DMAcc was called in its versions. */
static const char *const account_types[] = {
    "urn:oma:mo:oma-dm-dmacc:1.", "org.openmobilealliance/1.0/w7", "org.openmobilealliance.dm/1."};

static bool is_account(omadm_str type) {
  for (size_t i = 0; i < sizeof account_types / sizeof account_types[0]; i++)
    if (omadm_str_starts(type, account_types[i])) return true;
  return false;
}

/* Is it part of an object above it? */
static bool is_inside(const omadm_tnds *tnds, size_t i) {
  for (uint32_t up = tnds->nodes[i].parent; up != OMADM_TNDS_NONE; up = tnds->nodes[up].parent)
    if (tnds->nodes[up].type.len > 0) return true;
  return false;
}

static omadm_err add_object(omadm_bootstrap *self, const omadm_tnds *tnds, size_t i,
                            omadm_str inbox, omadm_error *error) {
  if (self->n_objects == BOOTSTRAP_OBJECTS)
    return omadm_error_set(error, OMADM_E_LIMIT, "the document has more than %d objects",
                           BOOTSTRAP_OBJECTS);
  bootstrap_object *object = &self->objects[self->n_objects++];
  *object = (bootstrap_object){
      .tnds = tnds, .root = i, .inbox = inbox, .name = i > 0 ? tnds->nodes[i].name : inbox};
  omadm_buf_init(&object->uri, NULL, 0);
  return OMADM_OK;
}

/* The topmost nodes that say what they are; accounts apart. */
static omadm_err take_objects(omadm_bootstrap *self, const omadm_tnds *tnds, omadm_str inbox,
                              omadm_error *error) {
  omadm_err err = OMADM_OK;
  size_t found = 0;
  for (size_t i = 0; err == 0 && i < tnds->n; i++) {
    const omadm_tnds_node *node = &tnds->nodes[i];
    bool is_object = node->format == OMADM_FORMAT_NODE && node->type.len > 0;
    if (!is_object || is_inside(tnds, i)) continue;
    found++;
    err = is_account(node->type) ? bootstrap_dm_account(self, tnds, i, error)
                                 : add_object(self, tnds, i, inbox, error);
  }
  if (err == 0 && found == 0)
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED,
                          "what is added to " INBOX " says nowhere what it is");
  return err;
}

/* "./Inbox" or "./Inbox/NAME"; *name is what stands behind it. */
static bool is_inbox(omadm_str target, omadm_str *name) {
  const omadm_str inbox = OMADM_STR(INBOX);
  target = omadm_str_trim(target);
  if (target.len > 0 && target.ptr[target.len - 1] == '/') target.len--;
  if (!omadm_str_starts(target, INBOX)) return false;
  omadm_str rest = {target.ptr + inbox.len, target.len - inbox.len};
  *name = (omadm_str){"", 0};
  if (rest.len == 0) return true;
  if (rest.ptr[0] != '/' || memchr(rest.ptr + 1, '/', rest.len - 1) != NULL) return false;
  *name = (omadm_str){rest.ptr + 1, rest.len - 1};
  return true;
}

static omadm_err read_tnds(omadm_bootstrap *self, const wire_meta *meta, omadm_str data,
                           const omadm_limits *limits, omadm_error *error) {
  omadm_encoding encoding = OMADM_ENCODING_XML;
  omadm_buf octets;
  omadm_error why;
  if (omadm_tnds_type(meta->type, &encoding) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "what is added to " INBOX " is no serialised tree");
  if (self->n_documents == BOOTSTRAP_DOCUMENTS)
    return omadm_error_set(error, OMADM_E_LIMIT, "the message has more than %d serialised trees",
                           BOOTSTRAP_DOCUMENTS);
  omadm_error_clear(&why);
  omadm_buf_init(&octets, NULL, 0);
  bool is_text = omadm_str_is(meta->format, "b64");
  omadm_err err = is_text ? omadm_base64_decode(data, &octets) : OMADM_OK;
  if (err == 0)
    err = omadm_tnds_read(is_text ? omadm_buf_str(&octets) : data, encoding, limits, NULL,
                          &self->documents[self->n_documents], NULL, &why);
  if (err == 0) self->n_documents++;
  omadm_buf_dispose(&octets);
  return err != 0 ? omadm_error_set(error, err, "a serialised tree: %s",
                                    why.text[0] != '\0' ? why.text : omadm_err_text(err))
                  : OMADM_OK;
}

static omadm_err take_item(omadm_bootstrap *self, const wire_command *command,
                           const wire_item *item, const omadm_limits *limits, omadm_error *error) {
  omadm_str name;
  wire_meta meta = item->meta;
  if (meta.type.ptr == NULL) meta.type = command->meta.type;
  if (meta.format.ptr == NULL) meta.format = command->meta.format;
  if (!is_inbox(item->target, &name))
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "a bootstrap message adds to " INBOX " and to nothing else");
  if (item->more_data || item->data.ptr == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX, "a bootstrap message is cut off");
  omadm_err err = read_tnds(self, &meta, item->data, limits, error);
  if (err == 0) err = take_objects(self, self->documents[self->n_documents - 1], name, error);
  return err;
}

static omadm_err take_command(omadm_bootstrap *self, const wire_command *command,
                              const omadm_limits *limits, omadm_error *error) {
  omadm_err err = OMADM_OK;
  switch (command->kind) {
  case WIRE_ADD:
  case WIRE_REPLACE: break;
  case WIRE_ALERT:
  case WIRE_GET:
  case WIRE_STATUS:
  case WIRE_RESULTS:
    omadm_log_line(self->log, OMADM_LOG_INFO, "bootstrap", "%.*s is left out: nobody is answered",
                   (int)command->name.len, command->name.ptr);
    return OMADM_OK;
  default:
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "a bootstrap message cannot %.*s",
                           (int)(command->name.len < 40 ? command->name.len : 40),
                           command->name.ptr);
  }
  for (const wire_item *item = command->items; err == 0 && item != NULL; item = item->next)
    err = take_item(self, command, item, limits, error);
  return err;
}

/* The commands in their order; Atomic and Sequence add nothing, because all of it holds together.
 */
static omadm_err take_commands(omadm_bootstrap *self, const wire_command *command,
                               const omadm_limits *limits, omadm_error *error) {
  const wire_command *behind[MOST_NESTING];
  size_t depth = 0;
  omadm_err err = OMADM_OK;
  while (err == 0 && (command != NULL || depth > 0)) {
    if (command == NULL) {
      command = behind[--depth];
    } else if (command->kind == WIRE_ATOMIC || command->kind == WIRE_SEQUENCE) {
      if (depth == MOST_NESTING)
        return omadm_error_set(error, OMADM_E_LIMIT, "the message is nested too deep");
      behind[depth++] = command->next;
      command = command->members;
    } else {
      err = take_command(self, command, limits, error);
      command = command->next;
    }
  }
  return err;
}

omadm_err bootstrap_dm_read(omadm_bootstrap *self, omadm_str octets, bool wbxml,
                            const omadm_limits *limits, omadm_error *error) {
  wire_message *message = NULL;
  omadm_error why;
  omadm_error_clear(&why);
  omadm_err err = wbxml ? omadm_wire_read_wbxml(octets, limits, &self->arena, &message, &why)
                        : omadm_wire_read_xml(octets, (omadm_str){NULL, 0}, limits, &self->arena,
                                              &message, &why);
  if (err != 0) return omadm_error_set(error, err, "the bootstrap message: %s", why.text);
  err = take_commands(self, message->commands, limits, error);
  if (err == 0 && self->n_records + self->n_objects == 0)
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED, "the bootstrap message adds nothing");
  return err;
}
