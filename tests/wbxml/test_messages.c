/* SPDX-License-Identifier: MIT */
#include "omadm/wire/model.h"
#include "omadm/wire/write.h"

#include "tests/wbxml/octets.h"

#include <stdlib.h>

#define S(literal) ((omadm_str)OMADM_STR(literal))

typedef struct world {
  omadm_limits limits;
  omadm_arena arena;
  omadm_buf octets, out;
  char *body;
  wire_message *message;
  omadm_error error;
} world;

static int begin(void **state) {
  world *w = calloc(1, sizeof *w);
  if (w == NULL) return -1;
  omadm_limits_init(&w->limits);
  omadm_arena_init(&w->arena, &omadm_mem_default, 0);
  omadm_buf_init(&w->octets, NULL, 0);
  omadm_buf_init(&w->out, NULL, 0);
  *state = w;
  return 0;
}

static int end(void **state) {
  world *w = *state;
  omadm_arena_dispose(&w->arena);
  omadm_buf_dispose(&w->octets);
  omadm_buf_dispose(&w->out);
  free(w->body);
  free(w);
  return 0;
}

static omadm_err read_octets(world *w, omadm_str octets) {
  omadm_arena_dispose(&w->arena);
  omadm_error_clear(&w->error);
  free(w->body);
  w->body = malloc(octets.len > 0 ? octets.len : 1);
  assert_non_null(w->body);
  if (octets.len > 0) memcpy(w->body, octets.ptr, octets.len);
  omadm_err err = omadm_wire_read_wbxml((omadm_str){w->body, octets.len}, &w->limits, &w->arena,
                                        &w->message, &w->error);
  assert_int_equal(w->error.code, err);
  assert_true((err == 0) == (w->message != NULL));
  return err;
}

static const wire_message *reads(world *w, const char *text) {
  w->octets.len = 0;
  octets_add(&w->octets, text);
  if (read_octets(w, omadm_buf_str(&w->octets)) != 0) fail_msg("%s", w->error.text);
  return w->message;
}

static void refuses(world *w, const char *text, omadm_err err, const char *why) {
  w->octets.len = 0;
  octets_add(&w->octets, text);
  assert_int_equal(read_octets(w, omadm_buf_str(&w->octets)), err);
  if (strstr(w->error.text, why) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", w->error.text, why);
}

static void assert_span(omadm_str found, const char *expected) {
  if (!omadm_str_is(found, expected) || found.ptr == NULL)
    fail_msg("found \"%.*s\", expected \"%s\"", (int)found.len, found.ptr, expected);
}

static void the_known_message_is_read(void **state) {
  const wire_message *m = reads(*state, KNOWN_MESSAGE);
  assert_span(m->ver_dtd, "1.2");
  assert_span(m->ver_proto, "DM/1.2");
  assert_span(m->session_id, "1");
  assert_span(m->msg_id, "2");
  assert_span(m->target, "S");
  assert_span(m->source, "D");
  assert_span(m->meta.max_msg_size, "5000");
  assert_int_equal(m->commands->kind, WIRE_STATUS);
  assert_span(m->commands->cmd, "SyncHdr");
  assert_span(m->commands->data, "200");
  assert_true(m->final);
  assert_int_equal(m->quirks, 0);
}

static void every_header_that_was_seen_is_read(void **state) {
  static const char *const headers[] = {
      "01 A4 01 6A 00",
      "02 A4 01 6A 00",
      "02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2//EN'",
      "02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00",
      "03 01 6A 00",
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    char text[1024];
    snprintf(text, sizeof text, "%s%s", headers[i], KNOWN_SYNC_HDR "6B" KNOWN_STATUS "12 01 01");
    assert_int_equal(reads(*state, text)->quirks, 0);
  }
}

static void syncml_1_1_is_noted_as_in_xml(void **state) {
  const wire_message *m = reads(*state, "03 9F 53 6A 00" KNOWN_SYNC_HDR "6B 12 01 01");
  assert_int_equal(m->quirks, 1U << OMADM_QUIRK_NAMESPACE);
}

static void octets_of_a_value_stay_as_they_are(void **state) {
  const wire_message *m = reads(*state, MESSAGE_OF(REPLACE(META_BIN, "4F C3 04 00 FF 'a' 0D 01")));
  const wire_item *item = m->commands->items;
  octets_assert_equal(item->data, (omadm_str){"\0\xFF"
                                              "a\r",
                                              4});
  assert_span(item->meta.format, "bin");
  assert_span(item->target, "./Vendor/Test/Leaves/Text");
}

static void a_value_may_come_in_pieces(void **state) {
  const wire_message *m =
      reads(*state, "03 A4 01 6A 04 'mid' 00" KNOWN_SYNC_HDR
                    "6B" REPLACE("", "4F 03 'a' 00 83 00 02 81 20 C3 01 'z' 01") "12 01 01");
  assert_span(m->commands->items->data, "amid\xC2\xA0z");
}

static void an_empty_data_is_an_empty_value(void **state) {
  assert_span(reads(*state, MESSAGE_OF(REPLACE("", "0F")))->commands->items->data, "");
  assert_span(reads(*state, MESSAGE_OF(REPLACE("", "4F 01")))->commands->items->data, "");
  assert_null(reads(*state, MESSAGE_OF(REPLACE("", "")))->commands->items->data.ptr);
}

static void meta_is_read_from_octets_too(void **state) {
  const wire_message *m = reads(
      *state, MESSAGE_OF(REPLACE("5A 00 01 47 C3 03 'b64' 01 01 00 00", "4F C3 04 'YQ==' 01")));
  assert_span(m->commands->items->meta.format, "b64");
}

static void octets_are_no_text_elsewhere(void **state) {
  refuses(*state, MESSAGE_OF("60 4B C3 02 '1' 00 01 01"), OMADM_E_SYNTAX, "text belongs");
}

static void a_digest_and_a_nonce_may_be_octets(void **state) {
  const wire_message *m =
      reads(*state, KNOWN_HEADER "6D 6C 4E 5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 02 00 FF 01 01"
                                 "01 6B 69 49 5A 00 01 50 C3 02 20 00 01 01 01 01 01 01");
  octets_assert_equal(m->cred.data, (omadm_str){"\0\xFF", 2});
  octets_assert_equal(m->commands->chal.next_nonce, (omadm_str){" \0", 2});
}

static void unknown_elements_are_skipped(void **state) {
  const wire_message *m = reads(*state, "03 A4 01 6A 05 'Frob' 00" KNOWN_SYNC_HDR
                                        "6B 60 44 00 4B 03 '9' 00 01 01 00 05 45 03 'x' 00 01 00 00"
                                        "4B 03 '1' 00 01 01 12 01 01");
  assert_span(m->commands->cmd_id, "1");
  assert_int_equal(m->commands->quirks, 1U << OMADM_QUIRK_UNKNOWN_ELEMENT);
}

static void an_unknown_command_keeps_its_name(void **state) {
  const wire_message *m =
      reads(*state, "03 A4 01 6A 05 'Frob' 00" KNOWN_SYNC_HDR
                    "6B 44 00 4B 03 '9' 00 01 01 00 05 45 00 00 4B 03 '10' 00 01 01 12 01 01");
  assert_int_equal(m->commands->kind, WIRE_UNKNOWN);
  assert_span(m->commands->name, "Frob");
  assert_span(m->commands->cmd_id, "9");
  assert_span(m->commands->next->name, "token-5-05");
}

static void a_literal_name_that_is_known_is_what_it_says(void **state) {
  const wire_message *m = reads(*state, "03 A4 01 6A 04 'Get' 00" KNOWN_SYNC_HDR
                                        "6B 44 00 4B 03 '9' 00 01 01 12 01 01");
  assert_int_equal(m->commands->kind, WIRE_GET);
  assert_int_equal(m->commands->quirks, 0);
}

static void a_tree_inside_data_becomes_its_xml(void **state) {
  const wire_message *m = reads(
      *state,
      MESSAGE_OF(REPLACE("5A 00 01 47 03 'xml' 00 01 01 00 00",
                         "4F 00 02 60 77 03 '1.2' 00 01 64 66 03 'a&b' 00 01 6F 5C 09 01 01 76 C3 "
                         "01 'v' 01 01 01 01 00 00")));
  const wire_item *item = m->commands->items;
  assert_true(item->data_has_elements);
  assert_span(item->data, "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>"
                          "a&amp;b</NodeName><RTProperties><Format><bin/></Format></RTProperties>"
                          "<Value>dg==</Value></Node></MgmtTree>");
  assert_int_equal(item->quirks, 0);
}

static void the_limits_hold(void **state) {
  world *w = *state;
  w->limits.commands = 1;
  refuses(w, MESSAGE_OF(KNOWN_STATUS KNOWN_STATUS), OMADM_E_LIMIT, "commands");
  w->limits.commands = 10;
  w->limits.depth = 3;
  refuses(w, KNOWN_MESSAGE, OMADM_E_LIMIT, "depth");
  omadm_limits_init(&w->limits);
  w->limits.data_depth = 2;
  refuses(w, MESSAGE_OF(REPLACE("", "4F 00 02 60 64 64 01 01 01 00 00")), OMADM_E_LIMIT,
          "data-depth");
  omadm_limits_init(&w->limits);
  w->limits.decoded = 4096;
  refuses(w,
          "03 A4 01 6A 20 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" KNOWN_SYNC_HDR "6B" REPLACE(
              "",
              "4F 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 00 83 "
              "00 83 00 83 00 01") "12 01 01",
          OMADM_E_LIMIT, "decoded");
}

static void what_is_no_message_is_refused(void **state) {
  refuses(*state, "03 A4 01 6A 00 6B 01", OMADM_E_SYNTAX, "SyncBody");
  refuses(*state, "03 A4 01 6A 00 00 02 60 01", OMADM_E_SYNTAX, "root");
  refuses(*state, KNOWN_MESSAGE "00", OMADM_E_SYNTAX, "octet");
  refuses(*state, KNOWN_MESSAGE "01", OMADM_E_SYNTAX, "octet 103");
  refuses(*state, "03 A4 01 04 00 2D", OMADM_E_UNSUPPORTED, "charset");
}

static void a_message_that_is_cut_anywhere_is_refused(void **state) {
  world *w = *state;
  octets_add(&w->out, MESSAGE_OF(REPLACE(META_BIN, "4F C3 03 'abc' 01")));
  for (size_t n = 0; n < w->out.len; n++)
    assert_int_equal(read_octets(w, (omadm_str){w->out.ptr, n}), OMADM_E_SYNTAX);
}

/* Writing */

static omadm_err write_known(wire_writer *writer) {
  const wire_out_header header = {.session_id = S("1"),
                                  .msg_id = S("2"),
                                  .target = S("S"),
                                  .source = S("D"),
                                  .max_msg_size = 5000};
  const wire_out_status status = {.cmd_id = S("1"),
                                  .msg_ref = S("1"),
                                  .cmd_ref = S("0"),
                                  .cmd = S("SyncHdr"),
                                  .code = OMADM_ST_OK};
  omadm_err err = wire_write_begin(writer, &header);
  if (err == 0) err = wire_write_status(writer, &status);
  return err == 0 ? wire_write_end(writer, true) : err;
}

static void the_known_message_is_written(void **state) {
  world *w = *state;
  wire_writer writer = {.out = &w->out, .encoding = OMADM_ENCODING_WBXML};
  assert_int_equal(write_known(&writer), 0);
  octets_add(&w->octets, KNOWN_MESSAGE);
  octets_assert_equal(omadm_buf_str(&w->out), omadm_buf_str(&w->octets));
}

static void an_element_is_written_whole_or_not_at_all(void **state) {
  world *w = *state;
  wire_writer writer = {.out = &w->out, .encoding = OMADM_ENCODING_WBXML};
  const wire_out_item item = {.source = S("./A"),
                              .meta = {.format = OMADM_FORMAT_INT},
                              .has_data = true,
                              .data = S("12345678901234567890")};
  assert_int_equal(write_known(&writer), 0);
  size_t before = w->out.len;
  unsigned char page = writer.page;
  w->out.max = before + 20;
  assert_int_equal(wire_write_results(&writer, S("2"), S("1"), S("1"), &item, 1), OMADM_E_LIMIT);
  assert_int_equal(w->out.len, before);
  assert_int_equal(writer.page, page);
  assert_int_equal(w->out.max, before + 20);
}

static void the_end_fits_what_is_kept_for_it(void **state) {
  world *w = *state;
  wire_writer writer = {.out = &w->out, .encoding = OMADM_ENCODING_WBXML, .page = 1};
  assert_int_equal(wire_write_end(&writer, true), 0);
  assert_true(w->out.len <= WIRE_TAIL);
}

static void assert_item(world *w, const wire_out_item *item, const char *octets) {
  wire_writer writer = {.out = &w->out, .encoding = OMADM_ENCODING_WBXML};
  w->out.len = w->octets.len = 0;
  assert_int_equal(wire_write_replace(&writer, S("1"), item, 1), 0);
  octets_add(&w->octets, "60 4B 03 '1' 00 01 54");
  octets_add(&w->octets, octets);
  octets_add(&w->octets, "01 01");
  octets_assert_equal(omadm_buf_str(&w->out), omadm_buf_str(&w->octets));
}

static void values_are_text_or_octets(void **state) {
  world *w = *state;
  const wire_out_item text = {.has_data = true, .data = S("<a>\r\n")};
  const wire_out_item empty = {.has_data = true, .data = S("")};
  const wire_out_item nul = {
      .meta = {.format = OMADM_FORMAT_CHR}, .has_data = true, .data = {"a\0b", 3}};
  const wire_out_item bin = {
      .meta = {.format = OMADM_FORMAT_BIN}, .has_data = true, .data = S("abc")};
  const wire_out_item none = {.meta = {.format = OMADM_FORMAT_NODE}, .more_data = true};
  assert_item(w, &text, "4F 03 '<a>' 0D 0A 00 01");
  assert_item(w, &empty, "0F");
  assert_item(w, &nul, "5A 00 01 47 03 'chr' 00 01 01 00 00 4F C3 03 'a' 00 'b' 01");
  assert_item(w, &bin, "5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 03 'abc' 01");
  assert_item(w, &none, "5A 00 01 47 03 'node' 00 01 01 00 00 34");
}

#define T(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(the_known_message_is_read),          T(every_header_that_was_seen_is_read),
      T(syncml_1_1_is_noted_as_in_xml),      T(octets_of_a_value_stay_as_they_are),
      T(a_value_may_come_in_pieces),         T(an_empty_data_is_an_empty_value),
      T(meta_is_read_from_octets_too),       T(octets_are_no_text_elsewhere),
      T(a_digest_and_a_nonce_may_be_octets), T(unknown_elements_are_skipped),
      T(an_unknown_command_keeps_its_name),  T(a_literal_name_that_is_known_is_what_it_says),
      T(a_tree_inside_data_becomes_its_xml), T(the_limits_hold),
      T(what_is_no_message_is_refused),      T(a_message_that_is_cut_anywhere_is_refused),
      T(the_known_message_is_written),       T(an_element_is_written_whole_or_not_at_all),
      T(the_end_fits_what_is_kept_for_it),   T(values_are_text_or_octets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
