/* SPDX-License-Identifier: MIT */
#include <omadm/tpm.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct room {
  char folder[64];
  char path[96];
  char logged[1000]; /* the last line */
  int lines;
  omadm_log log;
  omadm_tpm tpm;
} room;

static void log_write(void *ctx, omadm_log_level level, const char *module, const char *text) {
  room *r = ctx;
  (void)level, (void)module;
  snprintf(r->logged, sizeof r->logged, "%s", text);
  r->lines++;
}

/* A provider whose boot log is `path`; no TPM is needed for its logs. */
static int setup(void **state) {
  room *r = calloc(1, sizeof *r);
  omadm_tpm_config config;
  snprintf(r->folder, sizeof r->folder, "/tmp/omadm-logs.XXXXXX");
  assert_non_null(mkdtemp(r->folder));
  snprintf(r->path, sizeof r->path, "%s/log", r->folder);
  r->log = (omadm_log){sizeof r->log, r, OMADM_LOG_DEBUG, log_write};
  omadm_tpm_config_init(&config);
  config.log = &r->log;
  config.event_log = r->path;
  assert_int_equal(omadm_tpm_open("tss2:swtpm:path=/nowhere", &config, &r->tpm, NULL), 0);
  *state = r;
  return 0;
}

static int teardown(void **state) {
  room *r = *state;
  omadm_tpm_close(&r->tpm);
  remove(r->path);
  rmdir(r->folder);
  free(r);
  return 0;
}

static void write_log(room *r, const void *octets, size_t n) {
  FILE *out = fopen(r->path, "wb");
  assert_int_equal(fwrite(octets, 1, n, out), n);
  fclose(out);
}

static omadm_tpm_status read_log(room *r, omadm_tpm_log which, uint64_t offset, uint8_t *buffer,
                                 size_t size, size_t *len) {
  return r->tpm.calls->event_log(r->tpm.self, which, offset, buffer, size, len);
}

static void a_log_is_read_in_pieces_to_its_end(void **state) {
  room *r = *state;
  uint8_t octets[1000], got[1000] = {0};
  size_t at = 0, len = 1;
  for (size_t i = 0; i < sizeof octets; i++)
    octets[i] = (uint8_t)(i * 7);
  write_log(r, octets, sizeof octets);
  while (len > 0) {
    size_t room_left = sizeof got - at < 77 ? sizeof got - at + 1 : 77;
    uint8_t piece[78];
    assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, at, piece, room_left, &len), OMADM_TPM_OK);
    assert_true(at + len <= sizeof got);
    memcpy(got + at, piece, len);
    at += len;
  }
  assert_int_equal(at, sizeof octets);
  assert_memory_equal(got, octets, sizeof octets);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 5000, got, 10, &len), OMADM_TPM_OK);
  assert_int_equal(len, 0);
}

/* As securityfs is: its files have no size, and hold something all the same. */
static void a_file_without_a_size_is_read_too(void **state) {
  room *r = *state;
  uint8_t got[5];
  size_t len = 0;
  assert_int_equal(symlink("/proc/self/status", r->path), 0);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, sizeof got, &len), OMADM_TPM_OK);
  assert_int_equal(len, 5);
  assert_memory_equal(got, "Name:", 5);
}

static void a_log_that_is_not_there_is_not_found(void **state) {
  room *r = *state;
  uint8_t got[8];
  size_t len = 9;
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_NOT_FOUND);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_IMA, 0, got, 8, &len), OMADM_TPM_NOT_FOUND);
  assert_int_equal(len, 9);
}

static void a_named_log_that_is_not_there_is_said_once_until_it_comes(void **state) {
  room *r = *state;
  uint8_t got[8];
  size_t len = 0;
  for (int i = 0; i < 3; i++)
    assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_NOT_FOUND);
  assert_int_equal(r->lines, 1);
  assert_non_null(strstr(r->logged, r->path));
  assert_non_null(strstr(r->logged, "cannot be read: No such file"));
  write_log(r, "log", 3);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_OK);
  remove(r->path);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_NOT_FOUND);
  assert_int_equal(r->lines, 2);
}

static void a_log_that_the_kernel_does_not_have_is_not_said(void **state) {
  room *r = *state;
  omadm_tpm_config config;
  uint8_t got[8];
  size_t len = 0;
  omadm_tpm_close(&r->tpm);
  omadm_tpm_config_init(&config);
  config.log = &r->log;
  assert_int_equal(omadm_tpm_open("tss2:device:/dev/tpmrm77", &config, &r->tpm, NULL), 0);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_NOT_FOUND);
  assert_int_equal(r->lines, 0);
}

static void a_log_that_may_not_be_read_is_said(void **state) {
  room *r = *state;
  uint8_t got[8];
  size_t len = 0;
  write_log(r, "log", 3);
  chmod(r->path, 0);
  uid_t me = geteuid();
  if (me == 0) assert_int_equal(seteuid(65534), 0);
  omadm_tpm_status status = read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len);
  if (me == 0) assert_int_equal(seteuid(0), 0);
  assert_int_equal(status, OMADM_TPM_IO);
  assert_non_null(strstr(r->logged, "Permission denied"));
  assert_null(strstr(r->logged, "root only"));
}

static void what_is_no_file_is_refused_without_waiting(void **state) {
  room *r = *state;
  uint8_t got[8];
  size_t len = 0;
  assert_int_equal(mkfifo(r->path, 0600), 0);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_IO);
  assert_non_null(strstr(r->logged, "not a regular file"));
  remove(r->path);
  assert_int_equal(symlink("/tmp", r->path), 0);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 8, &len), OMADM_TPM_IO);
}

static void senseless_questions_are_argument_errors(void **state) {
  room *r = *state;
  uint8_t got[8];
  size_t len = 0;
  write_log(r, "log", 3);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, 0, got, 0, &len), OMADM_TPM_ARGUMENT);
  assert_int_equal(read_log(r, OMADM_TPM_LOG_BOOT, UINT64_MAX, got, 8, &len), OMADM_TPM_ARGUMENT);
  assert_int_equal(read_log(r, (omadm_tpm_log)0, 0, got, 8, &len), OMADM_TPM_ARGUMENT);
  assert_int_equal(read_log(r, (omadm_tpm_log)3, 0, got, 8, &len), OMADM_TPM_ARGUMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_log_is_read_in_pieces_to_its_end),
      TEST(a_file_without_a_size_is_read_too),
      TEST(a_log_that_is_not_there_is_not_found),
      TEST(a_named_log_that_is_not_there_is_said_once_until_it_comes),
      TEST(a_log_that_the_kernel_does_not_have_is_not_said),
      TEST(a_log_that_may_not_be_read_is_said),
      TEST(what_is_no_file_is_refused_without_waiting),
      TEST(senseless_questions_are_argument_errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
