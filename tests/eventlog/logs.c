/* SPDX-License-Identifier: MIT */
#include "tests/eventlog/logs.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

log_octets written_log(const bootlog_options *options, bool windows) {
  bootlog log;
  (windows ? bootlog_windows : bootlog_linux)(options, &log);
  assert_int_equal(log.err, OMADM_OK);
  log_octets from = {log.octets.ptr, log.octets.len};
  log_octets made = octets_copy(&from);
  bootlog_dispose(&log);
  return made;
}

static log_octets make(bool windows, const char *setting, va_list more) {
  bootlog_options options;
  bootlog_options_init(&options);
  for (; setting != NULL; setting = va_arg(more, const char *)) {
    const char *equals = strchr(setting, '=');
    omadm_str name = {setting, equals != NULL ? (size_t)(equals - setting) : strlen(setting)};
    assert_true(bootlog_options_set(&options, name, equals != NULL ? equals + 1 : NULL));
  }
  return written_log(&options, windows);
}

log_octets windows_log(const char *setting, ...) {
  va_list more;
  va_start(more, setting);
  log_octets made = make(true, setting, more);
  va_end(more);
  return made;
}

log_octets linux_log(const char *setting, ...) {
  va_list more;
  va_start(more, setting);
  log_octets made = make(false, setting, more);
  va_end(more);
  return made;
}

log_octets octets_copy(const log_octets *from) {
  log_octets made = {malloc(from->len > 0 ? from->len : 1), from->len};
  assert_non_null(made.ptr);
  memcpy(made.ptr, from->ptr, from->len);
  return made;
}

void octets_free(log_octets *o) {
  free(o->ptr);
  *o = (log_octets){0};
}

static const char *data_folder(void) {
  const char *folder = getenv("OMADM_TEST_DATA");
  return folder != NULL ? folder : OMADM_SOURCE_DIR "/../shared";
}

log_octets data_file(const char *name) {
  char path[1024];
  log_octets made = {0};
  snprintf(path, sizeof path, "%s/data/eventlogs/%s", data_folder(), name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) return made;
  made.ptr = malloc(1 << 20);
  assert_non_null(made.ptr);
  made.len = fread(made.ptr, 1, (1 << 20) - 1, file);
  made.ptr[made.len] = '\0';
  fclose(file);
  return made;
}

bool data_is_missing(void) {
  log_octets readme = data_file("README.md");
  bool missing = readme.ptr == NULL;
  if (missing) print_message("real logs are not there: set OMADM_TEST_DATA; skipped\n");
  octets_free(&readme);
  return missing;
}

size_t data_logs(char names[DATA_LOGS][64]) {
  char pattern[1024];
  glob_t found;
  size_t n = 0;
  snprintf(pattern, sizeof pattern, "%s/data/eventlogs/*.bin", data_folder());
  if (glob(pattern, 0, NULL, &found) != 0) return 0;
  for (; n < found.gl_pathc && n < DATA_LOGS; n++) {
    const char *name = strrchr(found.gl_pathv[n], '/') + 1;
    snprintf(names[n], sizeof names[n], "%.*s", (int)strlen(name) - 4, name);
  }
  globfree(&found);
  return n;
}

omadm_tpm_pcrs pcrs_of(omadm_str text, uint16_t bank) {
  omadm_eventlog *log = NULL;
  omadm_tpm_pcrs pcrs;
  uint32_t extended = 0;
  omadm_error error = {0};
  if (omadm_eventlog_parse(text, &log, &error) != 0) fail_msg("%s", error.text);
  assert_int_equal(omadm_eventlog_replay(log, bank, &pcrs, &extended), OMADM_OK);
  omadm_eventlog_free(log);
  return pcrs;
}

static void show_octets(char *to, size_t size, omadm_str o) {
  size_t n = strlen(to);
  for (size_t i = 0; i < o.len && n + 3 < size; i++, n += 2)
    snprintf(to + n, size - n, "%02x", (unsigned)(uint8_t)o.ptr[i]);
}

static void show(char *to, size_t size, const char *name, const omadm_fact *fact) {
  size_t n = strlen(to);
  snprintf(to + n, size - n, "%s %d %" PRIu64 " ", name, (int)fact->grade, fact->value);
  show_octets(to, size, fact->octets);
  n = strlen(to);
  snprintf(to + n, size - n, "\n");
}

static void show_facts(const omadm_boot_facts *facts, char *to, size_t size) {
  snprintf(to, size, "kind %d policies %zu modules %zu\n", (int)facts->kind, facts->n_policies,
           facts->n_modules);
  for (size_t i = 0; i < facts->n_policies && i < OMADM_BOOT_POLICIES; i++)
    show_octets(to, size, facts->policies[i]);
#define SHOW_(name, kind, label) show(to, size, #name, &facts->name);
  OMADM_BOOT_FACTS(SHOW_)
#undef SHOW_
}

void judge(omadm_str text, const omadm_tpm_pcrs *quoted, verdict *v) {
  omadm_eventlog *log = NULL;
  omadm_error error = {0};
  uint32_t agree = 0, differ = 0;
  memset(v, 0, sizeof *v);
  omadm_err err = omadm_eventlog_parse(text, &log, &error);
  if (err == 0) {
    err = omadm_eventlog_compare(log, quoted, &agree, &differ);
    if (err == 0 && (differ != 0 || (agree & OMADM_BOOT_FACT_PCRS) != OMADM_BOOT_FACT_PCRS)) {
      err = omadm_error_set(&error, OMADM_E_REFUSED, "PCRs differ: %06x", (unsigned)differ);
    }
  }
  if (err == 0) err = omadm_eventlog_check(log, quoted->bank, &error);
  if (err == 0) {
    omadm_boot_facts facts;
    omadm_boot_facts_derive(log, quoted->bank, agree, &facts);
    show_facts(&facts, v->facts, sizeof v->facts);
  }
  v->accepted = err == 0;
  snprintf(v->why, sizeof v->why, "%s", error.text);
  omadm_eventlog_free(log);
}

log_place find_entry(omadm_str text, uint32_t pcr, uint32_t type, size_t n) {
  omadm_eventlog *log = NULL;
  assert_int_equal(omadm_eventlog_parse(text, &log, NULL), OMADM_OK);
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    const omadm_event *e = omadm_eventlog_at(log, i);
    if (e->pcr != pcr || e->type != type || n-- > 0) continue;
    uint16_t bank = 0;
    omadm_eventlog_banks(log, &bank, 1);
    omadm_str digest = omadm_eventlog_digest(log, i, bank);
    size_t data = (size_t)(e->data.ptr - text.ptr);
    log_place found = {.entry = e->offset,
                       .type = e->offset + 4,
                       .digest = digest.ptr != NULL ? (size_t)(digest.ptr - text.ptr) : 0,
                       .data = data,
                       .end = data + e->data.len};
    omadm_eventlog_free(log);
    return found;
  }
  omadm_eventlog_free(log);
  fail_msg("the log has no such entry in PCR %u", (unsigned)pcr);
  return (log_place){0};
}

void put_u32(log_octets *o, size_t at, uint32_t value) {
  assert_true(at + 4 <= o->len);
  for (size_t i = 0; i < 4; i++)
    o->ptr[at + i] = (char)(uint8_t)(value >> 8 * i);
}

void splice(log_octets *o, size_t begin, size_t end, omadm_str put) {
  log_octets made = {malloc(o->len + put.len + 1), 0};
  assert_non_null(made.ptr);
  memcpy(made.ptr, o->ptr, begin);
  memcpy(made.ptr + begin, put.ptr, put.len);
  memcpy(made.ptr + begin + put.len, o->ptr + end, o->len - end);
  made.len = o->len - (end - begin) + put.len;
  octets_free(o);
  *o = made;
}
