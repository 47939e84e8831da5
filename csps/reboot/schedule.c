/* SPDX-License-Identifier: MIT */
#include "reboot/schedule.h"

#include <time.h>

typedef struct moment {
  struct tm tm; /* as written */
  bool has_date, has_offset;
  long offset; /* seconds east of UTC */
} moment;

typedef struct reader {
  const char *at, *end;
} reader;

static bool take(reader *r, char c) {
  bool is_there = r->at < r->end && *r->at == c;
  r->at += is_there;
  return is_there;
}

static bool is_digit(const reader *r) {
  return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

/* A number of exactly n digits, of at most `most`. */
static bool number(reader *r, int n, int most, int *value) {
  for (*value = 0; n > 0 && is_digit(r); n--)
    *value = *value * 10 + (*r->at++ - '0');
  return n == 0 && *value <= most;
}

static bool read_date(reader *r, struct tm *tm) {
  bool good = number(r, 4, 9998, &tm->tm_year) && take(r, '-') && number(r, 2, 12, &tm->tm_mon) &&
              take(r, '-') && number(r, 2, 31, &tm->tm_mday);
  tm->tm_year -= 1900;
  tm->tm_mon -= 1;
  struct tm day = *tm;
  return good && tm->tm_year >= 70 && timegm(&day) >= 0 && day.tm_mday == tm->tm_mday &&
         day.tm_mon == tm->tm_mon;
}

/* HH:MM, HH:MM:SS, HH:MM:SS.FFF; what is less than a second does not count. */
static bool read_time(reader *r, struct tm *tm) {
  if (!number(r, 2, 23, &tm->tm_hour) || !take(r, ':') || !number(r, 2, 59, &tm->tm_min))
    return false;
  if (!take(r, ':')) return true;
  if (!number(r, 2, 59, &tm->tm_sec)) return false;
  if (!take(r, '.')) return true;
  bool good = is_digit(r);
  while (is_digit(r))
    r->at++;
  return good;
}

/* Z, +HH, +HH:MM, +HHMM, and the same with a minus; nothing: local time. */
static bool read_offset(reader *r, moment *m) {
  int hours = 0, minutes = 0;
  if (r->at == r->end) return true;
  m->has_offset = true;
  if (take(r, 'Z')) return true;
  bool west = take(r, '-');
  if ((!west && !take(r, '+')) || !number(r, 2, 23, &hours)) return false;
  if ((take(r, ':') || r->at < r->end) && !number(r, 2, 59, &minutes)) return false;
  m->offset = (west ? -1 : 1) * (hours * 3600L + minutes * 60L);
  return true;
}

/* Only what happens every day needs no date. */
static bool read_moment(schedule_kind kind, omadm_str text, moment *m) {
  reader r = {text.ptr, text.ptr + text.len};
  *m = (moment){.has_date = text.len > 4 && text.ptr[4] == '-'};
  if (m->has_date ? !read_date(&r, &m->tm) || !take(&r, 'T') : kind != SCHEDULE_DAILY) return false;
  if (!m->has_date) (void)take(&r, 'T');
  return read_time(&r, &m->tm) && read_offset(&r, m) && r.at == r.end;
}

/* That many days later; days that are not there and hours that are skipped become others. */
static int64_t later(const moment *m, int64_t days) {
  struct tm tm = m->tm;
  tm.tm_mday += (int)days;
  tm.tm_isdst = -1;
  return m->has_offset ? (int64_t)timegm(&tm) - m->offset : (int64_t)mktime(&tm);
}

static void set_date(moment *m, int64_t now) {
  struct tm day = {0};
  time_t at = (time_t)(m->has_offset ? now + m->offset : now);
  (void)(m->has_offset ? gmtime_r(&at, &day) : localtime_r(&at, &day));
  m->tm.tm_year = day.tm_year;
  m->tm.tm_mon = day.tm_mon;
  m->tm.tm_mday = day.tm_mday;
}

bool schedule_next(schedule_kind kind, omadm_str text, int64_t now, int64_t *next) {
  static const int64_t every[SCHEDULE_KINDS] = {[SCHEDULE_DAILY] = 1, [SCHEDULE_WEEKLY] = 7};
  enum { DAY = 86400 };
  moment m;
  *next = 0;
  if (!read_moment(kind, text, &m)) return false;
  if (!m.has_date) set_date(&m, now);
  int64_t step = every[kind], at = later(&m, 0), days = 0;
  /* Close to now at once, since it may have begun long ago; a day has 23 hours at least. */
  if (step > 0 && at <= now) days = (now - at) / (step * DAY) * step;
  for (; step > 0 && at <= now; days += step)
    at = later(&m, days);
  if (at > now) *next = at;
  return true;
}
