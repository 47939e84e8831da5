/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const omadm_str no_blob = {NULL, 0};
static const omadm_str nonce = OMADM_STR("a nonce");

/* A fake TPM, a folder for its recording, and what plays it back. */
typedef struct tape {
  evidence of;
  char folder[64];
  char recording[80];
  omadm_tpm played;
  omadm_error error;
  omadm_log log; /* of what is played */
  char logged[1000]; /* the last line */
  int lines;
} tape;

static void log_write(void *ctx, omadm_log_level level, const char *module, const char *text) {
  tape *self = ctx;
  (void)level, (void)module;
  snprintf(self->logged, sizeof self->logged, "%s", text);
  self->lines++;
}

static void begin(tape *self) {
  memset(self, 0, sizeof *self);
  evidence_begin(&self->of, OMADM_TPM_AK_P256);
  strcpy(self->folder, "/tmp/omadm-tape-XXXXXX");
  assert_non_null(mkdtemp(self->folder));
  snprintf(self->recording, sizeof self->recording, "%s/recording", self->folder);
}

static omadm_err record(tape *self) {
  omadm_error_clear(&self->error);
  return omadm_tpm_record(&self->of.tpm, OMADM_TPM_SHA256, nonce, self->recording, &self->error);
}

static void play(tape *self, const char *folder) {
  char name[128];
  omadm_tpm_config config;
  omadm_tpm_close(&self->played);
  omadm_tpm_config_init(&config);
  self->log = (omadm_log){sizeof self->log, self, OMADM_LOG_DEBUG, log_write};
  config.log = &self->log;
  snprintf(name, sizeof name, "recorded:%s", folder);
  assert_int_equal(omadm_tpm_open(name, &config, &self->played, NULL), OMADM_OK);
}

static void end(tape *self) {
  char command[128];
  omadm_tpm_close(&self->played);
  evidence_end(&self->of);
  snprintf(command, sizeof command, "rm -rf %s", self->folder);
  assert_int_equal(system(command), 0);
}

static bool is_there(const tape *self, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", self->recording, name);
  return access(path, F_OK) == 0;
}

static void put(const tape *self, const char *name, const void *octets, size_t n) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", self->recording, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(octets, 1, n, file), n);
  fclose(file);
}

static void what_was_recorded_is_played(void **state) {
  tape self;
  (void)state;
  begin(&self);
  fake_tpm_knobs_of(self.of.fake)->boot_log = (omadm_str)OMADM_STR("a boot log");
  fake_tpm_knobs_of(self.of.fake)->info.flags = OMADM_TPM_OWNER_AUTH_SET;
  fake_tpm_knobs_of(self.of.fake)->info.lockout_count = 3;
  assert_int_equal(record(&self), OMADM_OK);
  play(&self, self.recording);
  const omadm_tpm_calls *calls[] = {self.of.tpm.calls, self.played.calls};
  uint64_t selves[] = {self.of.tpm.self, self.played.self};
  omadm_tpm_info info[2];
  omadm_tpm_data ek[2], certificate[2];
  omadm_tpm_pcrs pcrs[2];
  omadm_tpm_clock clock[2];
  memset(info, 0, sizeof info);
  memset(pcrs, 0, sizeof pcrs);
  memset(clock, 0, sizeof clock);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(calls[i]->info(selves[i], &info[i]), OMADM_TPM_OK);
    assert_int_equal(calls[i]->ek_public(selves[i], OMADM_TPM_EK_P256, &ek[i]), OMADM_TPM_OK);
    assert_int_equal(calls[i]->ek_certificate(selves[i], OMADM_TPM_EK_RSA2048, 1, &certificate[i]),
                     OMADM_TPM_OK);
    assert_int_equal(calls[i]->pcr_read(selves[i], OMADM_TPM_SHA256, 0xFF, &pcrs[i]), OMADM_TPM_OK);
    assert_int_equal(calls[i]->clock(selves[i], &clock[i]), OMADM_TPM_OK);
  }
  assert_memory_equal(&info[0], &info[1], sizeof info[0]);
  assert_int_equal(ek[0].len, ek[1].len);
  assert_memory_equal(ek[0].octets, ek[1].octets, ek[0].len);
  assert_int_equal(certificate[0].len, certificate[1].len);
  assert_memory_equal(certificate[0].octets, certificate[1].octets, certificate[0].len);
  assert_memory_equal(&pcrs[0], &pcrs[1], sizeof pcrs[0]);
  assert_memory_equal(&clock[0], &clock[1], sizeof clock[0]);
  uint8_t log[16];
  size_t n = 0;
  assert_int_equal(calls[1]->event_log(selves[1], OMADM_TPM_LOG_BOOT, 2, log, sizeof log, &n),
                   OMADM_TPM_OK);
  assert_int_equal(n, 8);
  assert_memory_equal(log, "boot log", 8);
  assert_int_equal(calls[1]->event_log(selves[1], OMADM_TPM_LOG_IMA, 0, log, sizeof log, &n),
                   OMADM_TPM_NOT_FOUND);
  end(&self);
}

static void the_recorded_quote_is_believed_with_its_own_nonce_only(void **state) {
  tape self;
  (void)state;
  begin(&self);
  assert_int_equal(record(&self), OMADM_OK);
  play(&self, self.recording);
  evidence *e = &self.of;
  const omadm_tpm_calls *calls = self.played.calls;
  assert_int_equal(calls->key_open(self.played.self, OMADM_TPM_AK_RSA_SHA256, no_blob, &e->ak),
                   OMADM_TPM_OK);
  assert_int_equal(calls->quote(self.played.self, e->ak.handle, OMADM_TPM_SHA256, 0xFF,
                                (omadm_str)OMADM_STR("another"), &e->quote),
                   OMADM_TPM_OK);
  assert_int_equal(evidence_verify(e), OMADM_OK);
  e->expect.nonce = (omadm_str)OMADM_STR("another");
  evidence_is_refused(e, "another nonce");
  assert_int_equal(
      calls->quote(self.played.self, e->ak.handle, OMADM_TPM_SHA1, 0xFF, nonce, &e->quote),
      OMADM_TPM_UNSUPPORTED);
  end(&self);
}

static void a_recording_opens_its_own_key_and_no_other(void **state) {
  tape self;
  omadm_tpm_key key, again;
  (void)state;
  begin(&self);
  assert_int_equal(record(&self), OMADM_OK);
  play(&self, self.recording);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA256, no_blob, &key), OMADM_TPM_OK);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA256, span(&key.blob), &again),
                   OMADM_TPM_OK);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA256, nonce, &again),
                   OMADM_TPM_INTEGRITY);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &again), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA1, no_blob, &again),
                   OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->key_close(me, key.handle), OMADM_TPM_OK);
  end(&self);
}

static void nothing_that_needs_a_private_key_can_be_done(void **state) {
  tape self;
  omadm_tpm_key key;
  omadm_tpm_data signature;
  omadm_tpm_digest opened;
  omadm_tpm_signed said;
  (void)state;
  begin(&self);
  assert_int_equal(record(&self), OMADM_OK);
  play(&self, self.recording);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA256, no_blob, &key), OMADM_TPM_OK);
  assert_int_equal(calls->activate(me, key.handle, OMADM_TPM_EK_P256, nonce, nonce, &opened),
                   OMADM_TPM_UNSUPPORTED);
  assert_int_equal(calls->certify(me, key.handle, key.handle, nonce, &said), OMADM_TPM_UNSUPPORTED);
  assert_int_equal(calls->sign(me, key.handle, OMADM_TPM_SHA256, nonce, &signature),
                   OMADM_TPM_UNSUPPORTED);
  end(&self);
}

static void files_are_private(void **state) {
  tape self;
  struct stat about;
  char path[128];
  (void)state;
  begin(&self);
  assert_int_equal(record(&self), OMADM_OK);
  assert_int_equal(stat(self.recording, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0700);
  snprintf(path, sizeof path, "%s/quote.attest", self.recording);
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0600);
  end(&self);
}

static void a_folder_that_is_not_empty_is_refused_and_left_alone(void **state) {
  tape self;
  (void)state;
  begin(&self);
  assert_int_equal(mkdir(self.recording, 0700), 0);
  assert_int_equal(record(&self), OMADM_OK);
  assert_int_equal(record(&self), OMADM_E_EXISTS);
  assert_non_null(strstr(self.error.text, "is not empty"));
  assert_true(is_there(&self, "quote.attest"));
  strcat(self.recording, "/below/that");
  assert_int_equal(record(&self), OMADM_E_IO);
  end(&self);
}

static void a_recording_that_fails_leaves_nothing(void **state) {
  static const fake_call failing[] = {FAKE_INFO,     FAKE_EK_PUBLIC, FAKE_EK_CERTIFICATE,
                                      FAKE_KEY_OPEN, FAKE_QUOTE,     FAKE_PCR_READ,
                                      FAKE_EVENT_LOG};
  tape self;
  (void)state;
  begin(&self);
  for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
    fake_tpm_fail(self.of.fake, failing[i], OMADM_TPM_TIMEOUT, 0);
    assert_int_equal(record(&self), OMADM_E_STATE);
    assert_non_null(strstr(self.error.text, "did not answer in time"));
    assert_int_not_equal(access(self.recording, F_OK), 0);
    fake_tpm_fail(self.of.fake, failing[i], OMADM_TPM_OK, 0);
  }
  /* The folder was there before: it stays, empty. */
  assert_int_equal(mkdir(self.recording, 0700), 0);
  fake_tpm_fail(self.of.fake, FAKE_EVENT_LOG, OMADM_TPM_AUTH, 0);
  assert_int_equal(record(&self), OMADM_E_STATE);
  fake_tpm_fail(self.of.fake, FAKE_EVENT_LOG, OMADM_TPM_OK, 0);
  assert_int_equal(record(&self), OMADM_OK);
  end(&self);
}

static void what_the_tpm_has_not_is_left_out(void **state) {
  tape self;
  (void)state;
  begin(&self);
  fake_tpm_knobs_of(self.of.fake)->uncertified = true;
  fake_tpm_fail(self.of.fake, FAKE_KEY_OPEN, OMADM_TPM_UNSUPPORTED, 0);
  assert_int_equal(record(&self), OMADM_OK);
  assert_true(is_there(&self, "info.txt"));
  assert_true(is_there(&self, "ek-rsa2048.pub"));
  assert_true(is_there(&self, "pcrs.txt"));
  assert_false(is_there(&self, "ek-rsa2048.crt"));
  assert_false(is_there(&self, "ak.pub"));
  assert_false(is_there(&self, "quote.attest"));
  assert_false(is_there(&self, "eventlog.bin"));
  end(&self);
}

static void a_bank_that_is_not_allocated_or_no_tpm_cannot_be_recorded(void **state) {
  tape self;
  omadm_tpm none;
  (void)state;
  begin(&self);
  assert_int_equal(
      omadm_tpm_record(&self.of.tpm, OMADM_TPM_SHA384, nonce, self.recording, &self.error),
      OMADM_E_UNSUPPORTED);
  assert_non_null(strstr(self.error.text, "sha384"));
  assert_int_equal(omadm_tpm_open("none", NULL, &none, NULL), OMADM_OK);
  omadm_error_clear(&self.error);
  assert_int_equal(omadm_tpm_record(&none, OMADM_TPM_SHA256, nonce, self.recording, &self.error),
                   OMADM_E_NOT_FOUND);
  omadm_tpm_close(&none);
  assert_int_not_equal(access(self.recording, F_OK), 0);
  end(&self);
}

static void a_recording_without_more_has_a_tpm_that_has_nothing(void **state) {
  tape self;
  omadm_tpm_info info;
  omadm_tpm_key key;
  omadm_tpm_quote quote;
  omadm_tpm_clock clock;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_data data;
  (void)state;
  begin(&self);
  assert_int_equal(mkdir(self.recording, 0700), 0);
  put(&self, "pcrs.txt", "", 0);
  play(&self, self.recording);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  assert_int_equal(calls->info(me, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 2);
  assert_int_equal(info.n_banks, 0);
  assert_int_equal(calls->ek_public(me, OMADM_TPM_EK_P256, &data), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->ek_certificate(me, OMADM_TPM_EK_P256, 0, &data), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &key), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->quote(me, 1, OMADM_TPM_SHA256, 1, nonce, &quote), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->clock(me, &clock), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->pcr_read(me, OMADM_TPM_SHA256, 1, &pcrs), OMADM_TPM_UNSUPPORTED);
  play(&self, "/nowhere");
  assert_int_equal(calls->info(self.played.self, &info), OMADM_TPM_ABSENT);
  omadm_tpm none;
  assert_int_equal(omadm_tpm_open("recorded:", NULL, &none, &self.error), OMADM_E_ARGUMENT);
  end(&self);
}

static void a_folder_that_is_no_recording_has_no_tpm(void **state) {
  tape self;
  omadm_tpm_info info;
  omadm_tpm_key key;
  omadm_tpm_pcrs pcrs;
  (void)state;
  begin(&self);
  play(&self, self.folder);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  assert_int_equal(calls->info(me, &info), OMADM_TPM_ABSENT);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &key), OMADM_TPM_ABSENT);
  assert_int_equal(calls->pcr_read(me, OMADM_TPM_SHA256, 1, &pcrs), OMADM_TPM_ABSENT);
  assert_int_equal(self.lines, 1);
  assert_non_null(strstr(self.logged, self.folder));
  assert_non_null(strstr(self.logged, "is no recording of a TPM: neither info.txt nor pcrs.txt"));
  end(&self);
}

static void a_recording_says_which_log_could_not_be_read(void **state) {
  tape self;
  (void)state;
  begin(&self);
  fake_tpm_fail(self.of.fake, FAKE_EVENT_LOG, OMADM_TPM_IO, 0);
  assert_int_equal(record(&self), OMADM_E_STATE);
  assert_non_null(strstr(self.error.text, "the event log of the boot cannot be read"));
  end(&self);
}

static void a_damaged_file_is_an_io_failure(void **state) {
  static char large[5000];
  tape self;
  omadm_tpm_info info;
  omadm_tpm_key key;
  omadm_tpm_clock clock;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_data data;
  (void)state;
  begin(&self);
  assert_int_equal(record(&self), OMADM_OK);
  play(&self, self.recording);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  put(&self, "info.txt", "version x\n", 10);
  assert_int_equal(calls->info(me, &info), OMADM_TPM_IO);
  put(&self, "info.txt", "version 4294967296\n", 19);
  assert_int_equal(calls->info(me, &info), OMADM_TPM_IO);
  put(&self, "info.txt", "vendor 12345678901234567890\n", 28);
  assert_int_equal(calls->info(me, &info), OMADM_TPM_IO);
  put(&self, "info.txt", "banks sha256 md5\n", 17);
  assert_int_equal(calls->info(me, &info), OMADM_TPM_IO);
  put(&self, "ak.pub", "no", 2);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA256, no_blob, &key), OMADM_TPM_IO);
  put(&self, "quote.attest", "no", 2);
  assert_int_equal(calls->clock(me, &clock), OMADM_TPM_IO);
  put(&self, "pcrs.txt", "sha256:24 00\n", 13);
  assert_int_equal(calls->pcr_read(me, OMADM_TPM_SHA256, 1, &pcrs), OMADM_TPM_IO);
  put(&self, "pcrs.txt", "sha1:0 0000000000000000000000000000000000000g\n", 47);
  assert_int_equal(calls->pcr_read(me, OMADM_TPM_SHA256, 1, &pcrs), OMADM_TPM_IO);
  put(&self, "ek-p256.pub", large, sizeof large);
  assert_int_equal(calls->ek_public(me, OMADM_TPM_EK_P256, &data), OMADM_TPM_IO);
  end(&self);
}

static void copy(const tape *self, const char *from, const char *to) {
  omadm_tpm_data data;
  assert_true(evidence_read(from, &data));
  put(self, to, data.octets, data.len);
}

static void the_quote_of_a_real_tpm_is_a_recording(void **state) {
  tape self;
  evidence real;
  omadm_tpm_info info;
  (void)state;
  if (!evidence_recorded(&real)) skip();
  begin(&self);
  assert_int_equal(mkdir(self.recording, 0700), 0);
  copy(&self, "windows-gcp-shielded-vm.ak.tpmt_public", "ak.pub");
  copy(&self, "windows-gcp-shielded-vm.quote.attest", "quote.attest");
  copy(&self, "windows-gcp-shielded-vm.quote.sig", "quote.sig");
  copy(&self, "windows-gcp-shielded-vm.pcrs.txt", "pcrs.txt");
  play(&self, self.recording);
  const omadm_tpm_calls *calls = self.played.calls;
  uint64_t me = self.played.self;
  memset(&real.quote, 0, sizeof real.quote);
  assert_int_equal(calls->info(me, &info), OMADM_TPM_OK);
  assert_int_equal(info.n_banks, 1);
  assert_int_equal(info.banks[0], OMADM_TPM_SHA1);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_RSA_SHA1, no_blob, &real.ak), OMADM_TPM_OK);
  assert_int_equal(
      calls->quote(me, real.ak.handle, OMADM_TPM_SHA1, OMADM_TPM_ALL_PCRS, no_blob, &real.quote),
      OMADM_TPM_OK);
  if (evidence_verify(&real) != OMADM_OK) fail_msg("%s", real.error.text);
  /* And a recording of the recording is the same. */
  char second[128];
  snprintf(second, sizeof second, "%s/second", self.folder);
  if (omadm_tpm_record(&self.played, OMADM_TPM_SHA1, no_blob, second, &self.error) != OMADM_OK)
    fail_msg("%s", self.error.text);
  play(&self, second);
  assert_int_equal(calls->quote(self.played.self, real.ak.handle, OMADM_TPM_SHA1,
                                OMADM_TPM_ALL_PCRS, no_blob, &real.quote),
                   OMADM_TPM_OK);
  assert_int_equal(evidence_verify(&real), OMADM_OK);
  end(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_recorded_is_played),
      cmocka_unit_test(the_recorded_quote_is_believed_with_its_own_nonce_only),
      cmocka_unit_test(a_recording_opens_its_own_key_and_no_other),
      cmocka_unit_test(nothing_that_needs_a_private_key_can_be_done),
      cmocka_unit_test(files_are_private),
      cmocka_unit_test(a_folder_that_is_not_empty_is_refused_and_left_alone),
      cmocka_unit_test(a_recording_that_fails_leaves_nothing),
      cmocka_unit_test(what_the_tpm_has_not_is_left_out),
      cmocka_unit_test(a_bank_that_is_not_allocated_or_no_tpm_cannot_be_recorded),
      cmocka_unit_test(a_recording_without_more_has_a_tpm_that_has_nothing),
      cmocka_unit_test(a_folder_that_is_no_recording_has_no_tpm),
      cmocka_unit_test(a_recording_says_which_log_could_not_be_read),
      cmocka_unit_test(a_damaged_file_is_an_io_failure),
      cmocka_unit_test(the_quote_of_a_real_tpm_is_a_recording),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
