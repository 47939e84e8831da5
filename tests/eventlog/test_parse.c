/* SPDX-License-Identifier: MIT */
/* Reading logs: forms, sizes that lie, ends. */
#include "tests/eventlog/logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { EV_NO_ACTION = 3, EV_SEPARATOR = 4, EV_EVENT_TAG = 6, HEAD_COUNT = 32 + 24 };

static omadm_err parse(const log_octets *o, size_t len) {
  /* A copy of its own size, so that reading beyond it is seen. */
  log_octets part = {o->ptr, len};
  log_octets copy = octets_copy(&part);
  omadm_eventlog *log = NULL;
  omadm_error error = {0};
  omadm_err err = omadm_eventlog_parse(octets_str(&copy), &log, &error);
  assert_int_equal(error.code, err);
  if (err == 0) {
    omadm_boot_facts facts;
    omadm_eventlog_check(log, OMADM_TPM_SHA256, NULL);
    omadm_boot_facts_derive(log, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, &facts);
    for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
      char line[120];
      omadm_event_describe(omadm_eventlog_at(log, i), line, sizeof line);
      assert_true(strlen(line) < sizeof line);
    }
  } else {
    assert_null(log);
  }
  omadm_eventlog_free(log);
  octets_free(&copy);
  return err;
}

static size_t count(const log_octets *o) {
  omadm_eventlog *log = NULL;
  assert_int_equal(omadm_eventlog_parse(octets_str(o), &log, NULL), OMADM_OK);
  size_t n = omadm_eventlog_count(log);
  omadm_eventlog_free(log);
  return n;
}

/* Where the last entry ends. */
static size_t end_of_entries(const log_octets *o, size_t len) {
  omadm_eventlog *log = NULL;
  assert_int_equal(omadm_eventlog_parse((omadm_str){o->ptr, len}, &log, NULL), OMADM_OK);
  const omadm_event *last = omadm_eventlog_at(log, omadm_eventlog_count(log) - 1);
  size_t end = (size_t)(last->data.ptr - o->ptr) + last->data.len;
  omadm_eventlog_free(log);
  return end;
}

/* The first octets of a PCR's number, 00 or FF, look like padding. */
static void a_log_cut_anywhere_is_refused_or_ends_at_an_entry(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  size_t at_entry = 0;
  for (size_t len = 0; len < log.len; len++) {
    if (parse(&log, len) != OMADM_OK) continue;
    size_t end = end_of_entries(&log, len);
    at_entry += end == len;
    assert_true(len - end <= 4);
  }
  assert_int_equal(at_entry, count(&log) - 1);
  octets_free(&log);
}

static void a_legacy_log_is_read_and_has_the_sha1_bank_only(void **state) {
  (void)state;
  bootlog_options options;
  bootlog_options_init(&options);
  options.legacy = true;
  log_octets o = written_log(&options, true);
  omadm_eventlog *log = NULL;
  uint16_t banks[4] = {0};
  assert_int_equal(omadm_eventlog_parse(octets_str(&o), &log, NULL), OMADM_OK);
  assert_int_equal(omadm_eventlog_banks(log, banks, 4), 1);
  assert_int_equal(banks[0], OMADM_TPM_SHA1);
  assert_int_equal(omadm_eventlog_digest(log, 0, OMADM_TPM_SHA1).len, 20);
  assert_int_equal(omadm_eventlog_digest(log, 0, OMADM_TPM_SHA256).len, 0);
  assert_null(omadm_eventlog_at(log, omadm_eventlog_count(log)));
  omadm_eventlog_free(log);
  octets_free(&o);
}

static void every_size_field_may_lie_without_harm(void **state) {
  (void)state;
  static const uint32_t lies[] = {0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFF0, 0x10000};
  log_octets log = windows_log(NULL);
  for (size_t at = 0; at + 4 <= log.len && at < 6000; at++) {
    log_octets copy = octets_copy(&log);
    put_u32(&copy, at, lies[at % (sizeof lies / sizeof lies[0])]);
    parse(&copy, copy.len);
    octets_free(&copy);
  }
  octets_free(&log);
}

static void a_data_size_beyond_the_end_is_refused(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  log_place first = find_entry(octets_str(&log), 0, 8, 0);
  static const uint32_t sizes[] = {0xFFFFFFFF, 0xFFFFFFFC, 0x80000000};
  for (size_t i = 0; i < 3; i++) {
    put_u32(&log, first.data - 4, sizes[i]);
    assert_int_equal(parse(&log, log.len), OMADM_E_SYNTAX);
  }
  octets_free(&log);
}

static void padding_ends_a_log(void **state) {
  (void)state;
  static const char fills[] = {'\0', '\xff'};
  log_octets log = windows_log(NULL);
  size_t n = count(&log);
  for (size_t i = 0; i < 2; i++) {
    char padding[5000];
    log_octets padded = octets_copy(&log);
    memset(padding, fills[i], sizeof padding);
    splice(&padded, padded.len, padded.len, (omadm_str){padding, sizeof padding});
    assert_int_equal(count(&padded), n);
    padded.ptr[padded.len - 1] ^= 1; /* then it is no padding */
    assert_int_equal(parse(&padded, padded.len), OMADM_E_SYNTAX);
    octets_free(&padded);
  }
  octets_free(&log);
}

static log_octets two_banks(uint16_t second) {
  bootlog_options options;
  const uint16_t banks[] = {OMADM_TPM_SHA256, second};
  bootlog_options_init(&options);
  options.banks = banks;
  options.n_banks = 2;
  return written_log(&options, true);
}

static void digests_may_stand_in_another_order_than_the_header_names_them(void **state) {
  (void)state;
  log_octets log = two_banks(OMADM_TPM_SHA1);
  omadm_tpm_pcrs before = pcrs_of(octets_str(&log), OMADM_TPM_SHA1);
  log_place e = find_entry(octets_str(&log), 7, EV_SEPARATOR, 0);
  char both[2 + 32 + 2 + 20], turned[sizeof both];
  memcpy(both, log.ptr + e.digest - 2, sizeof both);
  memcpy(turned, both + 34, 22);
  memcpy(turned + 22, both, 34);
  splice(&log, e.digest - 2, e.digest - 2 + sizeof both, (omadm_str){turned, sizeof turned});
  omadm_tpm_pcrs after = pcrs_of(octets_str(&log), OMADM_TPM_SHA1);
  assert_memory_equal(&before, &after, sizeof before);
  octets_free(&log);
}

static void a_bank_that_is_not_in_the_header_or_stands_twice_is_refused(void **state) {
  (void)state;
  log_octets log = two_banks(OMADM_TPM_SHA1);
  log_place e = find_entry(octets_str(&log), 7, EV_SEPARATOR, 0);
  log.ptr[e.digest - 2] = 0x0C;
  assert_int_equal(parse(&log, log.len), OMADM_E_SYNTAX);
  octets_free(&log);
  log = two_banks(OMADM_TPM_SM3); /* as long as SHA-256 */
  e = find_entry(octets_str(&log), 7, EV_SEPARATOR, 0);
  log.ptr[e.digest + 32] = OMADM_TPM_SHA256;
  assert_int_equal(parse(&log, log.len), OMADM_E_SYNTAX);
  octets_free(&log);
}

static void a_bank_that_nobody_knows_is_stepped_over(void **state) {
  (void)state;
  log_octets log = two_banks(OMADM_TPM_SM3);
  omadm_tpm_pcrs before = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  for (size_t at = HEAD_COUNT + 8; at + 2 <= log.len; at++) {
    if (log.ptr[at] == OMADM_TPM_SM3 && log.ptr[at + 1] == 0) log.ptr[at] = 0x27; /* SHA3-256 */
  }
  omadm_tpm_pcrs after = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  assert_memory_equal(&before, &after, sizeof before);
  omadm_eventlog *parsed = NULL;
  omadm_tpm_pcrs pcrs;
  uint32_t extended = 0;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
  assert_int_equal(omadm_eventlog_replay(parsed, 0x27, &pcrs, &extended), OMADM_E_UNSUPPORTED);
  assert_int_equal(omadm_eventlog_replay(parsed, OMADM_TPM_SHA384, &pcrs, &extended),
                   OMADM_E_UNSUPPORTED);
  assert_int_equal(omadm_eventlog_check(parsed, OMADM_TPM_SHA384, NULL), OMADM_E_UNSUPPORTED);
  omadm_eventlog_free(parsed);
  octets_free(&log);
}

static void a_header_that_lies_is_refused(void **state) {
  (void)state;
  static const struct {
    size_t at;
    uint8_t octet;
  } lies[] = {
      {HEAD_COUNT, 0},
      {HEAD_COUNT, 2},
      {HEAD_COUNT, 200},
      {HEAD_COUNT + 3, 1},
      {HEAD_COUNT + 6, 20},
      {HEAD_COUNT + 6, 0},
      {HEAD_COUNT + 8, 1} /* vendor's part */,
      {4, 1} /* its type */,
      {0, 5} /* its PCR */,
  };
  log_octets log = windows_log(NULL);
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    log_octets copy = octets_copy(&log);
    copy.ptr[lies[i].at] = (char)lies[i].octet;
    assert_int_equal(parse(&copy, copy.len), OMADM_E_SYNTAX);
    octets_free(&copy);
  }
  octets_free(&log);
}

static void an_empty_and_a_huge_log_are_refused(void **state) {
  (void)state;
  log_octets log = {malloc(OMADM_EVENTLOG_MAX + 1), OMADM_EVENTLOG_MAX + 1};
  assert_non_null(log.ptr);
  memset(log.ptr, 0, log.len);
  omadm_eventlog *parsed = NULL;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_E_LIMIT);
  assert_int_equal(omadm_eventlog_parse((omadm_str){NULL, 0}, &parsed, NULL), OMADM_E_SYNTAX);
  /* 3.8 million entries of nothing: the limit comes first. */
  for (size_t at = 0; at + 4 <= OMADM_EVENTLOG_MAX; at += 32)
    log.ptr[at] = 1;
  log.len = OMADM_EVENTLOG_MAX;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_E_LIMIT);
  octets_free(&log);
}

static void elements_nested_a_hundred_deep_are_refused_and_harm_nobody(void **state) {
  (void)state;
  bootlog log;
  omadm_buf run = {0};
  const uint16_t bank = OMADM_TPM_SHA256;
  size_t places[100];
  omadm_buf_init(&run, NULL, 0);
  for (size_t i = 0; i < 100; i++)
    places[i] = sipa_open(&run, i % 2 == 0 ? 0x40010001 : 0x40010002);
  sipa_add_uint(&run, 0x00050005, 1, 1);
  for (size_t i = 100; i-- > 0;)
    sipa_close(&run, places[i]);
  bootlog_begin(&log, &bank, 1);
  bootlog_event(&log, 12, EV_EVENT_TAG, omadm_buf_str(&run));
  bootlog_text(&log, 12, EV_SEPARATOR, "WBCL");
  log_octets o = {log.octets.ptr, log.octets.len};
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&o), bank);
  verdict v;
  judge(octets_str(&o), &pcrs, &v);
  assert_false(v.accepted);
  assert_non_null(strstr(v.why, "too deep"));
  assert_int_equal(parse(&o, o.len), OMADM_OK);
  bootlog_dispose(&log);
  omadm_buf_dispose(&run);
}

static void a_description_fits_any_room_and_says_that_it_is_cut(void **state) {
  (void)state;
  char whole[65536];
  log_octets log = windows_log(NULL);
  omadm_eventlog *parsed = NULL;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
  for (size_t i = 0; i < omadm_eventlog_count(parsed); i++) {
    omadm_event_describe(omadm_eventlog_at(parsed, i), whole, sizeof whole);
    for (size_t size = 0; size < 90; size++) {
      char *line = malloc(size + 1);
      assert_non_null(line);
      line[size] = 'x';
      omadm_event_describe(omadm_eventlog_at(parsed, i), line, size);
      assert_int_equal(line[size], 'x');
      if (size > 0) assert_true(strlen(line) < size);
      if (size > 8 && strlen(whole) >= size) assert_non_null(strstr(line, "…"));
      free(line);
    }
  }
  omadm_eventlog_free(parsed);
  octets_free(&log);
}

static void descriptions_say_what_a_person_looks_for(void **state) {
  (void)state;
  static const struct {
    bool windows;
    uint32_t pcr, type;
    size_t n;
    const char *text;
  } wanted[] = {
      {true, 7, 0x80000001, 0, "SecureBoot (global) = 01"},
      {true, 4, 0x80000003, 0, "bootmgfw.efi"},
      {true, 12, EV_EVENT_TAG, 0, "BITLOCKER_UNLOCK=4"},
      {true, 13, EV_EVENT_TAG, 0, "FILEPATH=\\Windows\\system32\\winload.efi"},
      {true, 12, EV_SEPARATOR, 0, "WBCL"},
      {true, 5, 0x80000006, 0, "partition table with 1 partitions"},
      {false, 8, 0x0D, 3, "kernel_cmdline: /vmlinuz"},
      {false, 7, 0x800000E0, 1, "SbatLevel (shim)"},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    log_octets log = wanted[i].windows ? windows_log(NULL) : linux_log(NULL);
    log_place p = find_entry(octets_str(&log), wanted[i].pcr, wanted[i].type, wanted[i].n);
    omadm_event event = {wanted[i].pcr, wanted[i].type, {log.ptr + p.data, p.end - p.data}, 0};
    char line[600];
    omadm_event_describe(&event, line, sizeof line);
    if (strstr(line, wanted[i].text) == NULL) fail_msg("%s: %s", wanted[i].text, line);
    octets_free(&log);
  }
}

static void names_of_types_are_those_of_the_specification(void **state) {
  (void)state;
  assert_string_equal(omadm_event_type_name(4), "EV_SEPARATOR");
  assert_string_equal(omadm_event_type_name(0x800000E0), "EV_EFI_VARIABLE_AUTHORITY");
  assert_string_equal(omadm_event_type_name(0x12345678), "");
  omadm_sipa_kind kind;
  assert_string_equal(omadm_sipa_name(0x00020005, &kind), "BITLOCKER_UNLOCK");
  assert_int_equal(kind, OMADM_SIPA_UINT);
  assert_string_equal(omadm_sipa_name(0x4001FFFF, &kind), "");
  assert_int_equal(kind, OMADM_SIPA_NESTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_log_cut_anywhere_is_refused_or_ends_at_an_entry),
      cmocka_unit_test(a_legacy_log_is_read_and_has_the_sha1_bank_only),
      cmocka_unit_test(every_size_field_may_lie_without_harm),
      cmocka_unit_test(a_data_size_beyond_the_end_is_refused),
      cmocka_unit_test(padding_ends_a_log),
      cmocka_unit_test(digests_may_stand_in_another_order_than_the_header_names_them),
      cmocka_unit_test(a_bank_that_is_not_in_the_header_or_stands_twice_is_refused),
      cmocka_unit_test(a_bank_that_nobody_knows_is_stepped_over),
      cmocka_unit_test(a_header_that_lies_is_refused),
      cmocka_unit_test(an_empty_and_a_huge_log_are_refused),
      cmocka_unit_test(elements_nested_a_hundred_deep_are_refused_and_harm_nobody),
      cmocka_unit_test(a_description_fits_any_room_and_says_that_it_is_cut),
      cmocka_unit_test(descriptions_say_what_a_person_looks_for),
      cmocka_unit_test(names_of_types_are_those_of_the_specification),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
