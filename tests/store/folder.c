/* SPDX-License-Identifier: MIT */
#include "tests/store/folder.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void folder_make(char path[FOLDER_PATH]) {
  const char *tmp = getenv("TMPDIR");
  snprintf(path, FOLDER_PATH, "%.150s/omadm-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
  assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
  (void)st;
  (void)type;
  (void)where;
  return remove(path);
}

void folder_remove(const char *path) {
  nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void copy_file(const char *from, const char *to) {
  static char octets[65536];
  FILE *in = fopen(from, "rb");
  if (in == NULL) return; /* the -wal file need not be there */
  FILE *out = fopen(to, "wb");
  assert_non_null(out);
  for (size_t n = 0; (n = fread(octets, 1, sizeof octets, in)) > 0;)
    assert_int_equal(fwrite(octets, 1, n, out), n);
  fclose(in);
  fclose(out);
}

void folder_copy_store(const char *from, const char *to) {
  static const char *const names[] = {"store.db", "store.db-wal"};
  char source[FOLDER_PATH * 2];
  char target[FOLDER_PATH * 2];
  snprintf(target, sizeof target, "%s/state", to);
  assert_int_equal(mkdir(target, 0700), 0);
  for (size_t i = 0; i < 2; i++) {
    snprintf(source, sizeof source, "%s/state/%s", from, names[i]);
    snprintf(target, sizeof target, "%s/state/%s", to, names[i]);
    copy_file(source, target);
  }
}

static size_t count_in_file(const char *path, const char *text) {
  static char octets[1 << 22];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  size_t n = fread(octets, 1, sizeof octets, file);
  size_t found = 0;
  fclose(file);
  assert_true(n < sizeof octets);
  for (char *at = octets; (at = memmem(at, n - (size_t)(at - octets), text, strlen(text))) != NULL;
       at++)
    found++;
  return found;
}

size_t folder_holds(const char *path, const char *text) {
  char dir[FOLDER_PATH + 10];
  char file[FOLDER_PATH + 300];
  size_t found = 0;
  struct stat st;
  snprintf(dir, sizeof dir, "%s/state", path);
  DIR *files = opendir(dir);
  assert_non_null(files);
  for (struct dirent *e = readdir(files); e != NULL; e = readdir(files)) {
    snprintf(file, sizeof file, "%s/%s", dir, e->d_name);
    if (stat(file, &st) != 0 || !S_ISREG(st.st_mode)) continue;
    assert_int_equal(st.st_mode & 077, 0);
    found += count_in_file(file, text);
  }
  closedir(files);
  return found;
}

omadm_store *folder_open(const char *path) {
  char dir[FOLDER_PATH + 10];
  omadm_store *store = NULL;
  omadm_error error = {0};
  snprintf(dir, sizeof dir, "%s/state", path);
  if (omadm_store_open(dir, &store, &error) != 0) fail_msg("%s", error.text);
  return store;
}

void store_put(omadm_store *store, const char *key, const char *value) {
  const omadm_store_change change = {OMADM_STORE_NODE, omadm_str_of(key),
                                     value != NULL ? omadm_str_of(value) : (omadm_str){NULL, 0}};
  omadm_error error = {0};
  if (store->ops->apply(store, &change, 1, &error) != 0) fail_msg("%s", error.text);
}

void store_expect(omadm_store *store, const char *key, const char *value) {
  omadm_str got = {NULL, 0};
  omadm_err err = store->ops->get(store, OMADM_STORE_NODE, omadm_str_of(key), &got, NULL);
  assert_int_equal(err, value != NULL ? 0 : OMADM_E_NOT_FOUND);
  if (value == NULL || omadm_str_is(got, value)) return;
  fail_msg("%s is \"%.*s\", not \"%s\"", key, (int)got.len, got.ptr, value);
}
