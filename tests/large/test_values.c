/* SPDX-License-Identifier: MIT */
/* Large values of the framework: files, snapshots, roll-back, limits, and CSPs that take pieces. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIN "./Vendor/S/Bin"

static unsigned host_flags; /* of this run */

static void start(device *d) {
  device_begin(d, host_flags);
  device_open(d);
}

static void end(device *d) {
  device_close(d);
  device_end(d);
}

static void settle(device *d) {
  assert_int_equal(d->tree->settle(d->tree->ctx), 0);
}

static void a_large_value_is_a_file_and_outlives_a_restart(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 777),
                   OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1);
  assert_int_equal(octets, LARGE);
  device_close(&d);
  device_open(&d);
  device_assert(&d, BIN, device_octets(LARGE, 1));
  assert_int_equal(device_files(&d, &octets), 1);
  end(&d);
}

static void a_value_of_inline_size_is_no_file(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(INLINE, 1), 10),
                   OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 0);
  device_assert(&d, BIN, device_octets(INLINE, 1));
  assert_int_equal(d.answer.snapshot, 0);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(INLINE + 1, 1), 0),
                   OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1);
  device_assert(&d, BIN, device_octets(INLINE + 1, 1));
  end(&d);
}

static void a_snapshot_stays_what_it_was_when_the_value_changes(void **state) {
  device d;
  omadm_answer piece;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 0);
  settle(&d);
  assert_int_equal(device_get(&d, BIN), OMADM_ST_OK);
  omadm_token snapshot = d.answer.snapshot;
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 2), 5000),
                   OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1); /* the old one is open, and has no name */
  omadm_str old = device_octets(LARGE, 1);
  for (size_t at = 0; at < LARGE; at += piece.data.len) {
    assert_int_equal(d.tree->read(d.tree->ctx, snapshot, at, SIZE_MAX, &piece), OMADM_ST_OK);
    assert_memory_equal(piece.data.ptr, old.ptr + at, piece.data.len);
  }
  d.tree->release(d.tree->ctx, snapshot);
  assert_int_equal(d.tree->read(d.tree->ctx, snapshot, 0, 1, &piece), OMADM_ST_NOT_FOUND);
  device_assert(&d, BIN, device_octets(LARGE, 2));
  end(&d);
}

static void a_dropped_value_leaves_nothing(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  const omadm_value head = {.format = OMADM_FORMAT_BIN, .has_data = 1};
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(10, 1), 0);
  settle(&d);
  assert_int_equal(device_get(&d, BIN), OMADM_ST_OK);
  assert_int_equal(d.tree->write_begin(d.tree->ctx, &d.origin, &d.node, OMADM_VERB_REPLACE, &head,
                                       LARGE, &d.answer),
                   OMADM_ST_OK);
  assert_int_equal(d.tree->write_append(d.tree->ctx, device_octets(LARGE, 3)), OMADM_ST_OK);
  assert_int_equal(device_files(&d, &octets), 1);
  assert_int_equal(d.tree->write_begin(d.tree->ctx, &d.origin, &d.node, OMADM_VERB_REPLACE, &head,
                                       LARGE, &d.answer),
                   OMADM_ST_UNAVAILABLE);
  d.tree->write_end(d.tree->ctx, 0, &d.answer);
  assert_int_equal(device_files(&d, &octets), 0);
  device_assert(&d, BIN, device_octets(10, 1));
  end(&d);
}

static void delete_of_a_subtree_removes_its_files_once_it_is_durable(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(LARGE, 1), 999),
                   OMADM_ST_OK);
  assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/b/V", device_octets(LARGE, 2), 0),
                   OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 2);
  assert_int_equal(device_remove(&d, "./Vendor/S/a"), OMADM_ST_OK);
  assert_int_equal(device_files(&d, &octets), 2);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1);
  device_assert(&d, "./Vendor/S/b/V", device_octets(LARGE, 2));
  end(&d);
}

static void an_atomic_that_is_rolled_back_keeps_the_large_value_it_had(void **state) {
  device d;
  uint64_t octets = 0;
  omadm_status undone[2];
  (void)state;
  start(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 0);
  device_write(&d, OMADM_VERB_REPLACE, "./Vendor/P/V", device_octets(LARGE, 3), 0);
  settle(&d);
  assert_int_equal(d.tree->begin(d.tree->ctx, &d.origin), OMADM_ST_OK);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 2), 0),
                   OMADM_ST_OK);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/P/V", device_octets(LARGE, 4), 0),
                   OMADM_ST_OK);
  device_assert(&d, BIN, device_octets(LARGE, 2));
  d.tree->rollback(d.tree->ctx, undone, 2);
  assert_int_equal(undone[0], OMADM_ST_ROLLED_BACK);
  assert_int_equal(undone[1], OMADM_ST_ROLLED_BACK);
  settle(&d);
  device_assert(&d, BIN, device_octets(LARGE, 1));
  device_assert(&d, "./Vendor/P/V", device_octets(LARGE, 3));
  assert_int_equal(device_files(&d, &octets), 1);
  end(&d);
}

static void a_copy_takes_a_large_value_that_is_stored(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 999);
  device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(10, 2), 0);
  settle(&d);
  assert_int_equal(device_copy(&d, BIN, "./Vendor/S/a/V"), OMADM_ST_OK);
  assert_int_equal(device_copy(&d, BIN, BIN), OMADM_ST_OK);
  assert_int_equal(device_copy(&d, BIN, "./Vendor/P/V"), OMADM_ST_OK);
  settle(&d);
  device_assert(&d, "./Vendor/P/V", device_octets(LARGE, 1));
  device_assert(&d, "./Vendor/S/a/V", device_octets(LARGE, 1));
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(10, 2), 0);
  settle(&d);
  device_assert(&d, "./Vendor/S/a/V", device_octets(LARGE, 1));
  assert_int_equal(device_files(&d, &octets), 1);
  end(&d);
}

static void an_atomic_that_is_rolled_back_leaves_no_files(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  device_begin(&d, host_flags);
  d.store_size = 1048576;
  device_open(&d);
  for (unsigned i = 0; i < 3; i++) {
    assert_int_equal(d.tree->begin(d.tree->ctx, &d.origin), OMADM_ST_OK);
    assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(700000, i),
                                  i == 0 ? 0 : 999),
                     OMADM_ST_OK);
    d.tree->rollback(d.tree->ctx, NULL, 0);
    assert_int_equal(device_files(&d, &octets), 0);
  }
  assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(700000, 9), 0),
                   OMADM_ST_OK);
  settle(&d);
  device_assert(&d, "./Vendor/S/a/V", device_octets(700000, 9));
  end(&d);
}

static void what_was_overwritten_makes_room_before_it_is_durable(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  device_begin(&d, host_flags);
  d.store_size = 1048576;
  device_open(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(300000, 100), 0);
  settle(&d);
  for (unsigned i = 0; i < 9; i++)
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(300000, i), 999),
                     OMADM_ST_OK);
  device_assert(&d, BIN, device_octets(300000, 8));
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1);
  assert_int_equal(octets, 300000);
  device_assert(&d, BIN, device_octets(300000, 8));
  end(&d);
}

/* A crash before the settle finds what the store names. */
static void what_the_store_names_stays_while_room_is_made(void **state) {
  device d;
  (void)state;
  device_begin(&d, host_flags);
  d.store_size = 1048576;
  device_open(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(300000, 100), 0);
  settle(&d);
  assert_int_equal(d.tree->begin(d.tree->ctx, &d.origin), OMADM_ST_OK);
  for (unsigned i = 0; i < 5; i++)
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(300000, i), 999),
                     OMADM_ST_OK);
  d.tree->rollback(d.tree->ctx, NULL, 0);
  device_assert(&d, BIN, device_octets(300000, 100));
  end(&d);
}

static void a_csp_takes_and_gives_a_large_value_in_pieces(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  for (int late = 0; late < 2; late++) {
    pieces.late = late != 0;
    for (size_t piece = 0; piece < 3000; piece += 1111) {
      omadm_str value = device_octets(LARGE, (unsigned)piece + 7);
      assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/P/V", value, piece),
                       OMADM_ST_OK);
      assert_int_equal(pieces.value.len, LARGE);
      assert_memory_equal(pieces.value.ptr, value.ptr, LARGE);
      assert_true(pieces.calls > 10 && pieces.longest <= 7777);
      device_assert(&d, "./Vendor/P/V", value);
      assert_int_equal(device_files(&d, &octets), 0);
    }
  }
  pieces.late = false;
  omadm_str value = device_octets(LARGE, 77);
  assert_int_equal(device_write(&d, OMADM_VERB_EXEC, "./Vendor/P/V", value, 1234), OMADM_ST_OK);
  assert_memory_equal(pieces.value.ptr, value.ptr, LARGE);
  end(&d);
}

static void a_csp_without_pieces_gets_values_whole_up_to_sixteen_times_inline(void **state) {
  device d;
  (void)state;
  start(&d);
  for (size_t piece = 0; piece < 2000; piece += 1111) {
    omadm_str value = device_octets(INLINE * 16, 5);
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/W/V", value, piece),
                     OMADM_ST_OK);
    assert_int_equal(whole.calls, 0);
    device_assert(&d, "./Vendor/W/V", value);
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/W/V",
                                  device_octets(INLINE * 16 + 1, 6), piece),
                     OMADM_ST_TOO_LARGE);
    assert_int_equal(
        device_write(&d, OMADM_VERB_EXEC, "./Vendor/W/V", device_octets(INLINE * 16 + 1, 6), piece),
        OMADM_ST_TOO_LARGE);
    device_assert(&d, "./Vendor/W/V", device_octets(INLINE * 16, 5));
  }
  end(&d);
}

static void text_may_be_cut_inside_a_character_and_must_be_utf_8_as_a_whole(void **state) {
  enum { CHARACTERS = 5000 };
  static char text[CHARACTERS * 4 + 1];
  device d;
  (void)state;
  start(&d);
  for (size_t i = 0; i < CHARACTERS; i++)
    memcpy(text + i * 4, "\xF0\x9F\x98\x80", 4);
  for (size_t piece = 1; piece < 8; piece++) {
    omadm_str value = {text, CHARACTERS * 4};
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Text", value, piece),
                     OMADM_ST_OK);
    device_assert(&d, "./Vendor/S/Text", value);
    value.len--;
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Text", value, piece),
                     OMADM_ST_BAD_FORMAT);
    text[8001] = 'x';
    value.len++;
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Text", value, piece),
                     OMADM_ST_BAD_FORMAT);
    text[8001] = '\x9F';
    device_assert(&d, "./Vendor/S/Text", value);
  }
  end(&d);
}

static void base64_is_kept_without_blanks_and_checked_to_its_end(void **state) {
  static char text[8008];
  device d;
  (void)state;
  start(&d);
  for (size_t i = 0; i < 8000; i++)
    text[i] = "ABCD"[i % 4];
  memcpy(text + 7996, "AA==", 4);
  for (size_t piece = 1; piece < 6; piece++) {
    assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Coded",
                                  (omadm_str){text, 8000}, piece * 500 + piece),
                     OMADM_ST_OK);
    device_assert(&d, "./Vendor/S/Coded", (omadm_str){text, 8000});
    assert_int_equal(
        device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Coded", (omadm_str){text, 7999}, piece),
        OMADM_ST_BAD_FORMAT);
  }
  end(&d);
}

static void a_number_that_large_is_none(void **state) {
  device d;
  (void)state;
  start(&d);
  assert_int_equal(
      device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Number", device_octets(LARGE, 1), 999),
      OMADM_ST_BAD_FORMAT);
  assert_int_equal(
      device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Number", (omadm_str)OMADM_STR("-17"), 1),
      OMADM_ST_OK);
  device_assert(&d, "./Vendor/S/Number", (omadm_str)OMADM_STR("-17"));
  end(&d);
}

static void values_together_take_no_more_than_store_size(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  device_begin(&d, host_flags);
  d.store_size = 1048576;
  device_open(&d);
  assert_int_equal(
      device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", device_octets(700000, 1), 50000),
      OMADM_ST_OK);
  settle(&d);
  assert_int_equal(
      device_write(&d, OMADM_VERB_ADD, "./Vendor/S/b/V", device_octets(700000, 1), 50000),
      OMADM_ST_DEVICE_FULL);
  assert_int_equal(device_files(&d, &octets), 1);
  assert_int_equal(device_remove(&d, "./Vendor/S/a"), OMADM_ST_OK);
  settle(&d);
  assert_int_equal(
      device_write(&d, OMADM_VERB_ADD, "./Vendor/S/b/V", device_octets(700000, 1), 50000),
      OMADM_ST_OK);
  end(&d);
}

static void more_than_max_obj_size_answers_413(void **state) {
  device d;
  (void)state;
  device_begin(&d, host_flags);
  d.max_obj_size = LARGE;
  device_open(&d);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 999),
                   OMADM_ST_OK);
  assert_int_equal(device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE + 1, 1), 999),
                   OMADM_ST_TOO_LARGE);
  end(&d);
}

static void a_file_that_was_altered_is_not_read_to_its_end(void **state) {
  device d;
  omadm_answer piece;
  char command[400];
  (void)state;
  start(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 0);
  settle(&d);
  snprintf(command, sizeof command,
           "for f in %s/values/*; do printf x | dd of=$f bs=1 seek=5000 conv=notrunc status=none; "
           "done",
           d.folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(device_get(&d, BIN), OMADM_ST_OK);
  omadm_status status = OMADM_ST_OK;
  for (size_t at = 0; at < LARGE && status == OMADM_ST_OK; at += piece.data.len)
    status = d.tree->read(d.tree->ctx, d.answer.snapshot, at, SIZE_MAX, &piece);
  assert_int_equal(status, OMADM_ST_STORE_FAILED);
  d.tree->release(d.tree->ctx, d.answer.snapshot);
  snprintf(command, sizeof command, "for f in %s/values/*; do truncate -s 10 $f; done", d.folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(device_get(&d, BIN), OMADM_ST_STORE_FAILED);
  end(&d);
}

static void so_many_values_are_read_at_once_and_no_more(void **state) {
  device d;
  omadm_token open[200];
  size_t n = 0;
  (void)state;
  start(&d);
  device_write(&d, OMADM_VERB_REPLACE, BIN, device_octets(LARGE, 1), 0);
  for (; n < 200 && device_get(&d, BIN) == OMADM_ST_OK; n++)
    open[n] = d.answer.snapshot;
  assert_int_equal(n, 64);
  assert_int_equal(device_get(&d, BIN), OMADM_ST_TOO_LARGE);
  for (size_t i = 0; i < n; i++)
    d.tree->release(d.tree->ctx, open[i]);
  device_assert(&d, BIN, device_octets(LARGE, 1));
  end(&d);
}

static void the_device_itself_reads_a_large_secret(void **state) {
  device d;
  omadm_buf out;
  uint64_t octets = 0;
  (void)state;
  start(&d);
  assert_int_equal(
      device_write(&d, OMADM_VERB_REPLACE, "./Vendor/S/Secret", device_octets(LARGE, 1), 999),
      OMADM_ST_OK);
  settle(&d);
  assert_int_equal(device_files(&d, &octets), 1); /* 0600, as device_files asserts */
  assert_int_equal(device_get(&d, "./Vendor/S/Secret"), OMADM_ST_NOT_ALLOWED);
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_framework_peek(d.framework, omadm_str_of("./Vendor/S/Secret"), &out), 0);
  omadm_str value = device_octets(LARGE, 1);
  assert_int_equal(out.len, LARGE);
  assert_memory_equal(out.ptr, value.ptr, LARGE);
  omadm_buf_dispose(&out);
  end(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_large_value_is_a_file_and_outlives_a_restart),
      cmocka_unit_test(a_value_of_inline_size_is_no_file),
      cmocka_unit_test(a_snapshot_stays_what_it_was_when_the_value_changes),
      cmocka_unit_test(a_dropped_value_leaves_nothing),
      cmocka_unit_test(delete_of_a_subtree_removes_its_files_once_it_is_durable),
      cmocka_unit_test(an_atomic_that_is_rolled_back_keeps_the_large_value_it_had),
      cmocka_unit_test(a_copy_takes_a_large_value_that_is_stored),
      cmocka_unit_test(an_atomic_that_is_rolled_back_leaves_no_files),
      cmocka_unit_test(what_was_overwritten_makes_room_before_it_is_durable),
      cmocka_unit_test(what_the_store_names_stays_while_room_is_made),
      cmocka_unit_test(a_csp_takes_and_gives_a_large_value_in_pieces),
      cmocka_unit_test(a_csp_without_pieces_gets_values_whole_up_to_sixteen_times_inline),
      cmocka_unit_test(text_may_be_cut_inside_a_character_and_must_be_utf_8_as_a_whole),
      cmocka_unit_test(base64_is_kept_without_blanks_and_checked_to_its_end),
      cmocka_unit_test(a_number_that_large_is_none),
      cmocka_unit_test(values_together_take_no_more_than_store_size),
      cmocka_unit_test(more_than_max_obj_size_answers_413),
      cmocka_unit_test(a_file_that_was_altered_is_not_read_to_its_end),
      cmocka_unit_test(so_many_values_are_read_at_once_and_no_more),
      cmocka_unit_test(the_device_itself_reads_a_large_secret),
  };
  static const unsigned modes[] = {0, OMADM_HOST_COPYING, OMADM_HOST_LATE,
                                   OMADM_HOST_COPYING | OMADM_HOST_LATE};
  int failed = 0;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    host_flags = modes[i];
    failed += cmocka_run_group_tests(tests, NULL, NULL);
  }
  return failed;
}
