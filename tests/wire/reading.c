/* SPDX-License-Identifier: MIT */
#include "tests/wire/reading.h"

#include <stdlib.h>

int reading_begin(void **state) {
  reading *r = calloc(1, sizeof *r);
  if (r == NULL) return -1;
  omadm_limits_init(&r->limits);
  omadm_arena_init(&r->arena, &omadm_mem_default, 0);
  *state = r;
  return 0;
}

int reading_end(void **state) {
  reading *r = *state;
  omadm_arena_dispose(&r->arena);
  free(r->body);
  free(r);
  return 0;
}

omadm_err read_octets(reading *r, omadm_str body, const char *charset) {
  omadm_arena_dispose(&r->arena);
  omadm_error_clear(&r->error);
  /* On the heap and of the exact size, so that a sanitizer sees each octet read beyond it. */
  free(r->body);
  r->body = malloc(body.len > 0 ? body.len : 1);
  assert_non_null(r->body);
  if (body.len > 0) memcpy(r->body, body.ptr, body.len);
  omadm_err err = omadm_wire_read_xml((omadm_str){r->body, body.len}, omadm_str_of(charset),
                                      &r->limits, &r->arena, &r->message, &r->error);
  assert_int_equal(r->error.code, err);
  assert_true((err == 0) == (r->message != NULL));
  return err;
}

wire_message *read_text(reading *r, const char *text) {
  omadm_err err = read_octets(r, omadm_str_of(text), "");
  if (err != 0) fail_msg("%s", r->error.text);
  return r->message;
}

wire_command *read_body(reading *r, const char *body) {
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  assert_int_equal(omadm_buf_printf(&text, MESSAGE("%s"), body), 0);
  omadm_err err = read_octets(r, omadm_buf_str(&text), "");
  omadm_buf_dispose(&text);
  if (err != 0) fail_msg("%s", r->error.text);
  return r->message->commands;
}

void refuse_text(reading *r, const char *text, omadm_err err, const char *reason) {
  assert_int_equal(read_octets(r, omadm_str_of(text), ""), err);
  if (strstr(r->error.text, reason) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", r->error.text, reason);
}

void assert_span(omadm_str found, const char *expected) {
  if (!omadm_str_is(found, expected) || found.ptr == NULL) {
    fail_msg("found \"%.*s\", expected \"%s\"", (int)found.len, found.ptr, expected);
  }
}

static uint32_t quirks_of_commands(const wire_command *command) {
  uint32_t quirks = 0;
  for (; command != NULL; command = command->next) {
    quirks |= command->quirks | quirks_of_commands(command->members);
    for (const wire_item *item = command->items; item != NULL; item = item->next)
      quirks |= item->quirks;
  }
  return quirks;
}

uint32_t quirks_of(const wire_message *message) {
  return message->quirks | quirks_of_commands(message->commands);
}
