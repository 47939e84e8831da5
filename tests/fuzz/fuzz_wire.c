/* SPDX-License-Identifier: MIT */
/* A body: what is read as a message keeps the promises of model.h, and its values are read back
 * after being written. */
#include "omadm/wire/model.h"
#include "omadm/wire/write.h"

#include "base/codec.h"
#include "base/str.h"

#include "tests/fuzz/fuzz.h"

/* Looks at each octet; text is UTF-8. */
static void check_text(omadm_str text) {
  require(text.len == 0 || text.ptr != NULL);
  require(omadm_utf8_is_valid(text));
}

static void check_trimmed(omadm_str text) {
  check_text(text);
  require(omadm_str_trim(text).len == text.len);
}

static void check_meta(const wire_meta *meta) {
  check_trimmed(meta->format);
  check_trimmed(meta->type);
  check_trimmed(meta->mark);
  check_trimmed(meta->size);
  check_trimmed(meta->max_msg_size);
  check_trimmed(meta->max_obj_size);
}

static void check_item(const wire_item *item) {
  check_text(item->target);
  check_text(item->target_name);
  check_text(item->source);
  check_text(item->source_name);
  check_text(item->data);
  check_meta(&item->meta);
  require(!item->data_has_elements || item->data.len > 0);
}

static size_t check_commands(const wire_command *command) {
  size_t n = 0;
  for (; command != NULL; command = command->next, n++) {
    size_t items = 0;
    require((command->kind == WIRE_UNKNOWN) !=
            omadm_str_equal(command->name, omadm_wire_kind_name(command->kind)));
    require(command->line > 0);
    check_text(command->name);
    check_trimmed(command->cmd_id);
    check_trimmed(command->data);
    check_text(command->correlator);
    check_trimmed(command->msg_ref);
    check_trimmed(command->cmd_ref);
    check_trimmed(command->cmd);
    check_trimmed(command->target_ref);
    check_trimmed(command->source_ref);
    check_meta(&command->meta);
    check_meta(&command->chal);
    for (const wire_item *item = command->items; item != NULL; item = item->next, items++)
      check_item(item);
    require(items == command->n_items);
    n += check_commands(command->members);
  }
  return n;
}

static void check_message(const wire_message *m) {
  check_trimmed(m->ver_dtd);
  check_trimmed(m->ver_proto);
  check_trimmed(m->session_id);
  check_trimmed(m->msg_id);
  check_trimmed(m->target);
  check_trimmed(m->source);
  check_trimmed(m->resp_uri);
  check_text(m->cred.data);
  check_meta(&m->meta);
  require(check_commands(m->commands) == m->n_commands);
}

/* Writes the items of the commands as a Replace each. */
static void write_items(const wire_message *m, omadm_buf *out) {
  wire_writer writer = {.out = out};
  const wire_out_header header = {.session_id = m->session_id, .msg_id = m->msg_id};
  require(wire_write_begin(&writer, &header) == 0);
  for (const wire_command *c = m->commands; c != NULL; c = c->next) {
    for (const wire_item *i = c->items; i != NULL; i = i->next) {
      const wire_out_item item = {.target = i->target,
                                  .source = i->source,
                                  .has_data = i->data.ptr != NULL,
                                  .data = i->data};
      require(wire_write_replace(&writer, c->cmd_id, &item, 1) == 0);
    }
  }
  require(wire_write_end(&writer, m->final) == 0);
}

static void check_read_back(const wire_message *m, omadm_str text) {
  omadm_limits limits;
  omadm_arena arena;
  wire_message *again = NULL;
  omadm_limits_init(&limits);
  limits.commands = SIZE_MAX;
  limits.decoded = SIZE_MAX;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  require(omadm_wire_read_xml(text, (omadm_str){NULL, 0}, &limits, &arena, &again, NULL) == 0);
  require(omadm_str_equal(again->msg_id, m->msg_id) && again->final == m->final);
  const wire_command *copy = again->commands;
  for (const wire_command *c = m->commands; c != NULL; c = c->next) {
    for (const wire_item *i = c->items; i != NULL; i = i->next, copy = copy->next) {
      require(copy != NULL && omadm_str_equal(copy->cmd_id, c->cmd_id));
      require(omadm_str_equal(copy->items->target, i->target) &&
              omadm_str_equal(copy->items->source, i->source));
      require(omadm_str_equal(copy->items->data, i->data));
    }
  }
  require(copy == NULL);
  omadm_arena_dispose(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_limits limits;
  omadm_arena arena;
  omadm_error error = {0};
  wire_message *message = NULL;
  omadm_limits_init(&limits);
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  omadm_err err = omadm_wire_read_xml((omadm_str){(const char *)octets, n}, (omadm_str){NULL, 0},
                                      &limits, &arena, &message, &error);
  require((err == 0) == (message != NULL) && (err == 0) == (error.text[0] == '\0'));
  if (message != NULL) {
    omadm_buf out;
    omadm_buf_init(&out, NULL, 0);
    check_message(message);
    write_items(message, &out);
    check_read_back(message, omadm_buf_str(&out));
    omadm_buf_dispose(&out);
  }
  omadm_arena_dispose(&arena);
  return 0;
}
