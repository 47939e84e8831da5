/* SPDX-License-Identifier: MIT */
/* Logs that lie: each is refused by the service, or the report is what it is for the true log.
 * There is no third outcome. */
#include "forge.h"

#include <stdio.h>

#include <omadm/eventlog.h>

enum { EVENTS = 256, EV_NO_ACTION = 3 };
#define EV_EFI_ACTION 0x80000007u

static pair *p;
static forge f;
static omadm_buf whole; /* the true log */
static omadm_eventlog *events;
static size_t n;
static json_t *truth;

static int begin(void **state) {
  (void)state;
  p = pair_new();
  forge_init(&f, p);
  forge_quote(&f);
  truth = forge_accepted(&f);
  whole = f.tcg;
  omadm_buf_init(&f.tcg, &omadm_mem_default, 0);
  assert_int_equal(omadm_eventlog_parse(omadm_buf_str(&whole), &events, NULL), 0);
  n = omadm_eventlog_count(events);
  return 0;
}

static int end(void **state) {
  (void)state;
  json_decref(truth);
  omadm_eventlog_free(events);
  omadm_buf_dispose(&whole);
  forge_dispose(&f);
  pair_free(p);
  return 0;
}

static const omadm_event *at(size_t i) {
  return omadm_eventlog_at(events, i);
}

static size_t end_of(size_t i) {
  return i + 1 < n ? at(i + 1)->offset : whole.len;
}

static bool is_measured(size_t i) {
  return at(i)->type != EV_NO_ACTION;
}

static void put(const char *octets, size_t len) {
  assert_int_equal(omadm_buf_add(&f.tcg, octets, len), 0);
}

/* The true log with `len` octets at `offset` replaced. */
static void splice(size_t offset, size_t len, omadm_str by) {
  f.tcg.len = 0;
  put(whole.ptr, offset);
  if (by.len > 0) put(by.ptr, by.len);
  put(whole.ptr + offset + len, whole.len - offset - len);
}

/* Sends f.tcg with a quote over a challenge of its own. */
static bool is_refused(size_t i, const char *how) {
  omadm_buf answer = {0};
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  forge_renew(&f);
  forge_quote(&f);
  int status = forge_send(&f, &answer);
  if (status == 200) {
    json_t *claims = forge_report(&answer);
    if (!json_equal(claims, truth)) fail_msg("event %zu %s gives another report", i, how);
    json_decref(claims);
  } else {
    assert_int_equal(status, 400);
  }
  omadm_buf_dispose(&answer);
  return status == 400;
}

static void assert_log_refused(size_t i, const char *how) {
  if (!is_refused(i, how)) fail_msg("event %zu %s is accepted", i, how);
}

static void a_log_with_one_event_dropped_is_refused(void **state) {
  (void)state;
  for (size_t i = 1; i < n; i++) {
    splice(at(i)->offset, end_of(i) - at(i)->offset, (omadm_str){NULL, 0});
    /* Firmware is known that does not log what it does at exit-boot-services. */
    if (is_measured(i) && at(i)->type != EV_EFI_ACTION)
      assert_log_refused(i, "dropped");
    else
      (void)is_refused(i, "dropped");
  }
}

static void a_log_with_one_event_added_is_refused(void **state) {
  (void)state;
  for (size_t i = 1; i < n; i++) {
    size_t offset = at(i)->offset;
    splice(offset, 0, (omadm_str){whole.ptr + offset, end_of(i) - offset});
    if (is_measured(i)) assert_log_refused(i, "added");
  }
}

static void a_log_with_one_digest_changed_is_refused(void **state) {
  (void)state;
  for (size_t i = 1; i < n; i++) {
    omadm_str digest = omadm_eventlog_digest(events, i, OMADM_TPM_SHA256);
    if (!is_measured(i)) continue;
    char changed = (char)(digest.ptr[31] ^ 1);
    splice((size_t)(digest.ptr - whole.ptr) + 31, 1, (omadm_str){&changed, 1});
    assert_log_refused(i, "changed");
  }
}

/* Data of some events is not what was hashed, and no claim comes from it. */
static void a_log_with_changed_data_is_refused_or_tells_the_same(void **state) {
  size_t refused = 0;
  (void)state;
  for (size_t i = 1; i < n; i++) {
    char changed = (char)(whole.ptr[end_of(i) - 1] ^ 1);
    splice(end_of(i) - 1, 1, (omadm_str){&changed, 1});
    refused += is_refused(i, "with other data");
  }
  assert_true(refused > n / 2);
}

static void a_log_with_an_event_relabelled_is_refused_or_tells_the_same(void **state) {
  static const uint32_t types[] = {EV_NO_ACTION, 0x04, 0x06, 0x80000001};
  size_t refused = 0, same = 0;
  (void)state;
  for (size_t i = 1; i < n; i++) {
    for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
      const uint8_t type[4] = {(uint8_t)types[k], (uint8_t)(types[k] >> 8),
                               (uint8_t)(types[k] >> 16), (uint8_t)(types[k] >> 24)};
      if (at(i)->type == types[k]) continue;
      splice(at(i)->offset + 4, 4, (omadm_str){(const char *)type, 4});
      bool no = is_refused(i, "relabelled");
      refused += no;
      same += !no;
    }
  }
  print_message("relabelled: %zu refused, %zu tell the same\n", refused, same);
  assert_true(refused > same);
}

static void a_log_with_an_event_moved_to_another_pcr_is_refused(void **state) {
  (void)state;
  for (size_t i = 1; i < n; i++) {
    const char pcr[4] = {(char)(at(i)->pcr == 12 ? 13 : 12), 0, 0, 0};
    if (!is_measured(i)) continue;
    splice(at(i)->offset, 4, (omadm_str){pcr, 4});
    assert_log_refused(i, "in another PCR");
  }
}

static void a_log_that_is_cut_is_refused(void **state) {
  size_t last = n - 1;
  (void)state;
  while (!is_measured(last) || at(last)->type == EV_EFI_ACTION)
    last--;
  for (size_t i = 1; i <= last; i++) {
    splice(at(i)->offset, whole.len - at(i)->offset, (omadm_str){NULL, 0});
    assert_log_refused(i, "and what follows cut");
    size_t half = at(i)->offset + (end_of(i) - at(i)->offset) / 2;
    splice(half, whole.len - half, (omadm_str){NULL, 0});
    assert_log_refused(i, "cut in its middle");
  }
}

/* The true log without all entries of these PCRs; how many there were. */
static size_t strip(uint32_t pcrs) {
  size_t gone = 0;
  f.tcg.len = 0;
  put(whole.ptr, at(1)->offset);
  for (size_t i = 1; i < n; i++) {
    bool goes = at(i)->pcr < 32 && (pcrs >> at(i)->pcr & 1) != 0;
    if (!goes) put(whole.ptr + at(i)->offset, end_of(i) - at(i)->offset);
    gone += goes;
  }
  return gone;
}

/* A PCR without a single entry is none that the log speaks of, so that it cannot differ from it;
 * but the quote shows that something was measured. */
static void a_log_without_all_entries_of_a_pcr_is_refused(void **state) {
  static const uint32_t sets[] = {1u << 12 | 1u << 13 | 1u << 14,
                                  1u << 11 | 1u << 12 | 1u << 13 | 1u << 14};
  unsigned stripped = 0;
  (void)state;
  for (uint32_t pcr = 0; pcr < OMADM_TPM_PCRS; pcr++) {
    if (strip(1u << pcr) == 0) continue;
    stripped++;
    assert_log_refused(pcr, "(a PCR) left out");
  }
  assert_in_range(stripped, 8, OMADM_TPM_PCRS);
  for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
    assert_true(strip(sets[i]) > 3);
    forge_renew(&f);
    forge_quote(&f);
    forge_refused(&f, "InvalidOperation", "does not make the quoted PCR 1");
  }
}

static void use(const bootlog *log) {
  f.tcg.len = 0;
  put(log->octets.ptr, log->octets.len);
  forge_renew(&f);
  forge_quote(&f);
}

static void the_log_of_another_boot_is_refused(void **state) {
  bootlog other;
  (void)state;
  p->boot.boot_count++;
  bootlog_windows(&p->boot, &other);
  p->boot.boot_count--;
  use(&other);
  forge_refused(&f, "InvalidOperation", "does not make the quoted PCR");
  bootlog_dispose(&other);
}

static void a_linux_log_of_a_windows_boot_is_refused(void **state) {
  bootlog other;
  (void)state;
  bootlog_linux(&p->boot, &other);
  use(&other);
  forge_refused(&f, "InvalidOperation", "does not make the quoted PCR");
  bootlog_dispose(&other);
}

static void nonsense_for_a_log_is_refused(void **state) {
  (void)state;
  splice(0, 0, (omadm_str){NULL, 0});
  memset(f.tcg.ptr, 0x5A, f.tcg.len);
  forge_renew(&f);
  forge_quote(&f);
  forge_refused(&f, "InvalidParameter", "");
}

/* These two come last: PCR 10 is extended. */
static void an_ima_list_with_an_entry_changed_is_refused(void **state) {
  (void)state;
  splice(0, 0, (omadm_str){NULL, 0});
  pair_measure(p, 3);
  assert_int_equal(omadm_buf_add_str(&f.ima, omadm_buf_str(&p->ima)), 0);
  forge_renew(&f);
  forge_quote(&f);
  f.ima.ptr[f.ima.len - 3] ^= 1;
  forge_refused(&f, "InvalidOperation", "");
  f.ima.ptr[f.ima.len - 3] ^= 1;
  forge_renew(&f);
  forge_quote(&f);
  json_decref(forge_accepted(&f));
}

static void an_ima_list_without_its_last_entry_is_refused(void **state) {
  (void)state;
  pair_measure(p, 1);
  forge_renew(&f);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "PCR 10");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_log_with_one_event_dropped_is_refused),
      cmocka_unit_test(a_log_with_one_event_added_is_refused),
      cmocka_unit_test(a_log_with_one_digest_changed_is_refused),
      cmocka_unit_test(a_log_with_changed_data_is_refused_or_tells_the_same),
      cmocka_unit_test(a_log_with_an_event_relabelled_is_refused_or_tells_the_same),
      cmocka_unit_test(a_log_with_an_event_moved_to_another_pcr_is_refused),
      cmocka_unit_test(a_log_that_is_cut_is_refused),
      cmocka_unit_test(a_log_without_all_entries_of_a_pcr_is_refused),
      cmocka_unit_test(the_log_of_another_boot_is_refused),
      cmocka_unit_test(a_linux_log_of_a_windows_boot_is_refused),
      cmocka_unit_test(nonsense_for_a_log_is_refused),
      cmocka_unit_test(an_ima_list_with_an_entry_changed_is_refused),
      cmocka_unit_test(an_ima_list_without_its_last_entry_is_refused),
  };
  return cmocka_run_group_tests_name("logs", tests, begin, end);
}
