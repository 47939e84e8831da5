/* SPDX-License-Identifier: MIT */
/*
 * Reads the DDF files that Microsoft publishes, where they are at hand: in
 * $OMADM_TEST_DATA/ddf/windows, by default in ../shared beside the sources. They are not ours to
 * keep here.
 */
#include "tests/ddf/reading.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "csp-framework/ddf/index.h"

static void data_folder(char *path, size_t size) {
  const char *data = getenv("OMADM_TEST_DATA");
  if (data != NULL) {
    snprintf(path, size, "%s/ddf/windows", data);
  } else {
    snprintf(path, size, "%s/../shared/ddf/windows", OMADM_SOURCE_DIR);
  }
}

static void take(void *ctx, int error, uint32_t line, const char *text) {
  if (error) print_error("%s:%u: %s\n", (const char *)ctx, line, text);
}

/* Each child is found below its parent, by its name or as the unnamed one. */
static void check_index(const omadm_ddf *ddf) {
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++) {
    const omadm_ddf_node *n = omadm_ddf_node_at(ddf, i);
    if (n->parent == OMADM_DDF_NONE) continue;
    uint32_t found = n->name.len > 0 ? omadm_ddf_child(ddf, n->parent, n->name, true)
                                     : omadm_ddf_unnamed_child(ddf, n->parent);
    assert_int_equal(found, i);
  }
}

static void check_show(const omadm_ddf *ddf) {
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_ddf_show(ddf, &out), 0);
  assert_int_equal(omadm_ddf_show_json(ddf, &out), 0);
  omadm_buf_dispose(&out);
}

static void every_published_file_is_accepted(void **state) {
  char pattern[1100];
  char folder[1000];
  glob_t files = {0};
  (void)state;
  data_folder(folder, sizeof folder);
  snprintf(pattern, sizeof pattern, "%s/*.xml", folder);
  if (glob(pattern, 0, NULL, &files) != 0) {
    globfree(&files);
    print_message("not run: no published DDF files in %s (set OMADM_TEST_DATA)\n", folder);
    skip();
  }
  size_t nodes = 0;
  size_t refused = 0;
  clock_t start = clock();
  for (size_t i = 0; i < files.gl_pathc; i++) {
    omadm_ddf *ddf = NULL;
    omadm_error error = {0};
    if (omadm_ddf_read(files.gl_pathv[i], take, files.gl_pathv[i], &ddf, &error) != 0) {
      refused++;
      continue;
    }
    nodes += omadm_ddf_node_count(ddf);
    check_index(ddf);
    check_show(ddf);
    omadm_ddf_free(ddf);
  }
  print_message("%zu files, %zu nodes, %.0f ms\n", files.gl_pathc, nodes,
                (double)(clock() - start) * 1000 / CLOCKS_PER_SEC);
  globfree(&files);
  assert_int_equal(refused, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_published_file_is_accepted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
