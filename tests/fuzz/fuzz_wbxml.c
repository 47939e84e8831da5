/* SPDX-License-Identifier: MIT */
/* A body in WBXML: the events keep the promises of wbxml.h; what is read as a message has text
 * where text belongs, and its values are read back after being written; what has become XML becomes
 * the same WBXML whenever it is encoded again. */
#include "omadm/wire/model.h"
#include "omadm/wire/write.h"

#include "base/codec.h"
#include "base/str.h"
#include "base/wbxml.h"

#include <omadm/wbxml.h>

#include "tests/fuzz/fuzz.h"

static void check_events(omadm_str body) {
  enum { DEPTH = 40, DECODED = 100000 };
  omadm_wbxml_reader r;
  omadm_wbxml_event e;
  omadm_wbxml_kind kind = OMADM_WBXML_FAILED;
  size_t depth = 0;
  size_t at = 0;
  size_t text = 0;
  if (omadm_wbxml_reader_init(&r, body, DEPTH, DECODED) == 0) kind = OMADM_WBXML_TEXT;
  while (kind != OMADM_WBXML_FAILED && kind != OMADM_WBXML_DONE) {
    kind = omadm_wbxml_next(&r, &e);
    if (kind == OMADM_WBXML_START) require(++depth <= DEPTH);
    if (kind == OMADM_WBXML_END) require(depth-- > 0);
    if (kind == OMADM_WBXML_TEXT) {
      require(depth > 0 && omadm_utf8_is_valid(e.text));
      text += e.text.len;
    }
    require(omadm_wbxml_offset(&r) >= at && omadm_wbxml_offset(&r) <= body.len);
    at = omadm_wbxml_offset(&r);
  }
  require(text <= DECODED + body.len);
  require((kind == OMADM_WBXML_DONE) == (r.err == 0) && (r.err == 0) == (r.problem == NULL));
  require(kind == OMADM_WBXML_FAILED || (depth == 0 && at == body.len));
}

static void check_text(omadm_str text) {
  require(text.len == 0 || text.ptr != NULL);
  require(omadm_utf8_is_valid(text));
}

static size_t check_commands(const wire_command *command) {
  size_t n = 0;
  for (; command != NULL; command = command->next, n++) {
    size_t items = 0;
    require(command->name.len > 0);
    check_text(command->name);
    check_text(command->cmd_id);
    check_text(command->data);
    check_text(command->correlator);
    check_text(command->meta.format);
    for (const wire_item *item = command->items; item != NULL; item = item->next, items++) {
      check_text(item->target);
      check_text(item->source);
      check_text(item->meta.type);
      require(!item->data_has_elements || omadm_utf8_is_valid(item->data));
    }
    require(items == command->n_items);
    n += check_commands(command->members);
  }
  return n;
}

static void write_items(const wire_message *m, omadm_buf *out) {
  wire_writer writer = {.out = out, .encoding = OMADM_ENCODING_WBXML};
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

static void check_read_back(const wire_message *m, omadm_str octets) {
  omadm_limits limits;
  omadm_arena arena;
  wire_message *again = NULL;
  omadm_limits_init(&limits);
  limits.commands = SIZE_MAX;
  limits.decoded = SIZE_MAX;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  require(omadm_wire_read_wbxml(octets, &limits, &arena, &again, NULL) == 0);
  require(omadm_str_equal(again->msg_id, m->msg_id) && again->final == m->final);
  const wire_command *copy = again->commands;
  for (const wire_command *c = m->commands; c != NULL; c = c->next) {
    for (const wire_item *i = c->items; i != NULL; i = i->next, copy = copy->next) {
      require(copy != NULL && omadm_str_equal(copy->cmd_id, c->cmd_id));
      require(omadm_str_equal(copy->items->target, i->target));
      require(omadm_str_equal(copy->items->data, i->data));
    }
  }
  require(copy == NULL);
  omadm_arena_dispose(&arena);
}

static void check_message(omadm_str body) {
  omadm_limits limits;
  omadm_arena arena;
  omadm_buf out;
  omadm_error error = {0};
  wire_message *message = NULL;
  omadm_limits_init(&limits);
  limits.decoded = 1 << 20;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  omadm_buf_init(&out, NULL, 0);
  omadm_err err = omadm_wire_read_wbxml(body, &limits, &arena, &message, &error);
  require((err == 0) == (message != NULL) && (err == 0 || error.text[0] != '\0'));
  require(err != OMADM_E_NOMEM);
  if (err == 0) {
    require(check_commands(message->commands) == message->n_commands);
    write_items(message, &out);
    check_read_back(message, omadm_buf_str(&out));
  }
  omadm_buf_dispose(&out);
  omadm_arena_dispose(&arena);
}

/* decode, encode: from then on nothing changes. */
static void check_transcoding(omadm_str body, unsigned flags) {
  omadm_buf xml, first, second;
  omadm_buf_init(&xml, NULL, 0);
  omadm_buf_init(&first, NULL, 0);
  omadm_buf_init(&second, NULL, 0);
  if (omadm_wbxml_decode(body, flags, &xml, NULL) == 0) {
    require(omadm_utf8_is_valid(omadm_buf_str(&xml)));
    if (omadm_wbxml_encode(omadm_buf_str(&xml), flags, &first, NULL) == 0) {
      xml.len = 0;
      require(omadm_wbxml_decode(omadm_buf_str(&first), flags, &xml, NULL) == 0);
      require(omadm_wbxml_encode(omadm_buf_str(&xml), flags, &second, NULL) == 0);
      /* A tree that is embedded changes the Format of its Item, which may hold a second Data. */
      require(flags != 0 || omadm_str_equal(omadm_buf_str(&first), omadm_buf_str(&second)));
    }
  }
  omadm_buf_dispose(&xml);
  omadm_buf_dispose(&first);
  omadm_buf_dispose(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_str body = {(const char *)octets, n};
  check_events(body);
  check_message(body);
  check_transcoding(body, 0);
  check_transcoding(body, OMADM_WBXML_EMBED);
  return 0;
}
