/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files, and over all files of folders: as they are, cut at each octet, and
 * with each octet changed. With --as-is first: only as they are, for a target that takes its time.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST = 1 << 20, MUTATED = 2048 };

static int as_is;

/* From a buffer of the exact size, so that a sanitizer sees each octet read beyond it. */
static int run(const unsigned char *octets, size_t n) {
  unsigned char *copy = malloc(n > 0 ? n : 1);
  if (copy == NULL) return 1;
  memcpy(copy, octets, n);
  LLVMFuzzerTestOneInput(copy, n);
  free(copy);
  return 0;
}

static int run_mutations(unsigned char *octets, size_t n) {
  static const unsigned char instead[] = {0x00, '<', '&', 0xFF};
  int failed = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char octet = octets[i];
    failed |= run(octets, i);
    octets[i] = instead[i % sizeof instead];
    failed |= run(octets, n);
    octets[i] = octet;
  }
  return failed;
}

static int run_file(const char *path) {
  static unsigned char octets[LARGEST];
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size_t n = fread(octets, 1, sizeof octets, file);
  int failed = ferror(file);
  fclose(file);
  if (failed) {
    fprintf(stderr, "%s: cannot be read\n", path);
    return 1;
  }
  failed = run(octets, n);
  return n <= MUTATED && !as_is ? failed | run_mutations(octets, n) : failed;
}

static int run_folder(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) {
    perror(path);
    return 1;
  }
  int failed = 0;
  size_t files = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    char file[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
    failed |= run_file(file);
    files++;
  }
  closedir(folder);
  printf("%s: %zu files\n", path, files);
  return failed | (files == 0);
}

int main(int argc, char **argv) {
  int failed = argc < 2;
  if (failed) fprintf(stderr, "usage: %s [--as-is] FILE|FOLDER…\n", argv[0]);
  for (int i = 1; i < argc; i++) {
    struct stat about;
    if (i == 1 && strcmp(argv[i], "--as-is") == 0) {
      as_is = 1;
      continue;
    }
    if (stat(argv[i], &about) != 0) {
      perror(argv[i]);
      failed = 1;
    } else {
      failed |= S_ISDIR(about.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
    }
  }
  return failed;
}
