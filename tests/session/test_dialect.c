/* SPDX-License-Identifier: MIT */
/* docs/dialects.md is what the table says. Where it is not, the test prints what it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "omadm/session/dialect.h"

static void write_page(omadm_buf *page) {
  omadm_buf_add_text(
      page,
      "# The two dialects\n\n"
      "Made from the table in `omadm/session/dialect.h`; a test compares them. An account has one "
      "dialect;\nwhat has no row here is the same in both.\n\n"
      "| situation | `oma` | `windows` |\n|---|---|---|\n");
#define ROW(field, situation, oma, oma_text, windows, windows_text)                                \
  omadm_buf_printf(page, "| %s | %s | %s |\n", situation, oma_text, windows_text);
  DIALECT_ROWS(ROW)
#undef ROW
#define NOTE(situation, oma_text, windows_text)                                                    \
  omadm_buf_printf(page, "| %s | %s | %s |\n", situation, oma_text, windows_text);
  DIALECT_NOTES(NOTE)
#undef NOTE
}

static void the_page_of_dialects_is_what_the_table_says(void **state) {
  (void)state;
  omadm_buf page, kept;
  omadm_buf_init(&page, NULL, 0);
  omadm_buf_init(&kept, NULL, 0);
  write_page(&page);
  FILE *file = fopen(OMADM_SOURCE_DIR "/docs/dialects.md", "rb");
  char piece[4096];
  for (size_t n = 1; file != NULL && n > 0;) {
    n = fread(piece, 1, sizeof piece, file);
    omadm_buf_add(&kept, piece, n);
  }
  if (file != NULL) fclose(file);
  bool same = omadm_str_equal(omadm_buf_str(&page), omadm_buf_str(&kept));
  if (!same) printf("%.*s", (int)page.len, page.ptr);
  omadm_buf_dispose(&page);
  omadm_buf_dispose(&kept);
  assert_true(same);
}

static void each_dialect_has_its_own_column_and_its_name(void **state) {
  (void)state;
  assert_int_equal(dialect_of(OMADM_DIALECT_OMA)->unknown_command, 501);
  assert_int_equal(dialect_of(OMADM_DIALECT_WINDOWS)->unknown_command, 400);
  assert_string_equal(omadm_dialect_text(OMADM_DIALECT_OMA), "oma");
  assert_string_equal(omadm_dialect_text(OMADM_DIALECT_WINDOWS), "windows");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_page_of_dialects_is_what_the_table_says),
      cmocka_unit_test(each_dialect_has_its_own_column_and_its_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
