/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reboot/schedule.h"

static void in_zone(const char *zone) {
  setenv("TZ", zone, 1);
  tzset();
}

/* The next time after `now`, as UTC; "never"; "bad". */
static const char *next(schedule_kind kind, const char *text, const char *now) {
  static char out[32];
  struct tm tm = {0};
  int64_t at = 0;
  assert_non_null(strptime(now, "%Y-%m-%dT%H:%M:%S", &tm));
  if (!schedule_next(kind, (omadm_str){text, strlen(text)}, timegm(&tm), &at)) return "bad";
  if (at == 0) return "never";
  time_t t = (time_t)at;
  strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S", gmtime(&t));
  return out;
}

static void a_single_time_happens_once(void **state) {
  (void)state;
  in_zone("UTC");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-05-06T07:08:09", "2030-05-06T07:08:08"),
                      "2030-05-06T07:08:09");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-05-06T07:08:09", "2030-05-06T07:08:09"), "never");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-05-06T07:08", "2030-01-01T00:00:00"),
                      "2030-05-06T07:08:00");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-05-06T07:08:09.25Z", "2030-01-01T00:00:00"),
                      "2030-05-06T07:08:09");
}

static void offsets_count_and_without_one_it_is_local_time(void **state) {
  (void)state;
  in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-01-01T12:00", "2030-01-01T00:00:00"),
                      "2030-01-01T11:00:00");
  assert_string_equal(next(SCHEDULE_SINGLE, "2030-07-01T12:00", "2030-01-01T00:00:00"),
                      "2030-07-01T10:00:00");
  const char *const same[] = {"2030-07-01T12:00Z", "2030-07-01T14:30+02:30",
                              "2030-07-01T14:30+0230", "2030-07-01T10:00-02"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    assert_string_equal(next(SCHEDULE_SINGLE, same[i], "2030-01-01T00:00:00"),
                        "2030-07-01T12:00:00");
}

static void what_recurs_begins_at_its_date_and_goes_on(void **state) {
  (void)state;
  in_zone("UTC");
  assert_string_equal(next(SCHEDULE_DAILY, "2030-05-06T03:00", "2030-01-01T00:00:00"),
                      "2030-05-06T03:00:00");
  assert_string_equal(next(SCHEDULE_DAILY, "2000-05-06T03:00", "2030-01-01T03:00:00"),
                      "2030-01-02T03:00:00");
  assert_string_equal(next(SCHEDULE_DAILY, "2000-05-06T03:00", "2030-01-01T02:59:59"),
                      "2030-01-01T03:00:00");
  assert_string_equal(next(SCHEDULE_WEEKLY, "2030-01-01T03:00", "2030-01-01T03:00:00"),
                      "2030-01-08T03:00:00");
  assert_string_equal(next(SCHEDULE_WEEKLY, "1970-01-01T00:00:00Z", "2030-01-01T03:00:00"),
                      "2030-01-03T00:00:00");
}

static void a_day_keeps_its_hour_when_the_clocks_change(void **state) {
  (void)state;
  in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  assert_string_equal(next(SCHEDULE_DAILY, "2030-01-01T12:00", "2030-03-30T12:00:00"),
                      "2030-03-31T10:00:00");
  assert_string_equal(next(SCHEDULE_DAILY, "2030-07-01T12:00", "2030-10-27T00:00:00"),
                      "2030-10-27T11:00:00");
  assert_string_equal(next(SCHEDULE_WEEKLY, "2030-03-24T12:00", "2030-03-24T11:00:00"),
                      "2030-03-31T10:00:00");
  /* An hour that is skipped: close to it, and the day after as written. */
  assert_string_equal(next(SCHEDULE_DAILY, "02:30", "2030-03-31T02:00:00"), "2030-04-01T00:30:00");
}

static void a_day_needs_no_date(void **state) {
  (void)state;
  in_zone("UTC");
  assert_string_equal(next(SCHEDULE_DAILY, "03:00", "2030-01-01T02:00:00"), "2030-01-01T03:00:00");
  assert_string_equal(next(SCHEDULE_DAILY, "T03:00:01", "2030-01-01T04:00:00"),
                      "2030-01-02T03:00:01");
  assert_string_equal(next(SCHEDULE_DAILY, "01:00+02:00", "2030-01-01T22:00:00"),
                      "2030-01-01T23:00:00");
  assert_string_equal(next(SCHEDULE_WEEKLY, "03:00", "2030-01-01T02:00:00"), "bad");
  assert_string_equal(next(SCHEDULE_SINGLE, "03:00", "2030-01-01T02:00:00"), "bad");
}

static void what_is_no_time_is_refused(void **state) {
  static const char *const bad[] = {
      "2030-02-30T00:00",
      "2030-13-01T00:00",
      "2030-00-01T00:00",
      "2030-01-00T00:00",
      "2030-01-01",
      "2030-01-01T",
      "2030-01-01T24:00",
      "2030-01-01T00:60",
      "2030-01-01T00:00:60",
      "2030-01-01T1:00",
      "2030-01-01T00:00:",
      "2030-01-01T00:00:00.",
      "2030-01-01 00:00",
      " 2030-01-01T00:00",
      "2030-01-01T00:00 ",
      "2030-01-01T00:00z",
      "2030-01-01T00:00+",
      "2030-01-01T00:00+1",
      "2030-01-01T00:00+24",
      "2030-01-01T00:00+01:",
      "2030-01-01T00:00+0160",
      "1969-12-31T00:00",
      "9999-01-01T00:00",
      "99999-01-01T00:00",
      "20300101T0000",
      "tomorrow",
      "-001-01-01T00:00",
      "",
  };
  (void)state;
  in_zone("UTC");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    for (int kind = 0; kind < SCHEDULE_KINDS; kind++)
      assert_string_equal(next((schedule_kind)kind, bad[i], "2030-01-01T00:00:00"), "bad");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_single_time_happens_once),
      cmocka_unit_test(offsets_count_and_without_one_it_is_local_time),
      cmocka_unit_test(what_recurs_begins_at_its_date_and_goes_on),
      cmocka_unit_test(a_day_keeps_its_hour_when_the_clocks_change),
      cmocka_unit_test(a_day_needs_no_date),
      cmocka_unit_test(what_is_no_time_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
