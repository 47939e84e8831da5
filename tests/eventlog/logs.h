/* SPDX-License-Identifier: MIT */
/* What the tests of boot logs share: logs, changes to them, and a verdict. */
#ifndef OMADM_TESTS_EVENTLOG_LOGS_H
#define OMADM_TESTS_EVENTLOG_LOGS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <omadm/eventlog.h>

#include <stdbool.h>

#include "conformance/boot/bootlog.h"

/* Octets of a log, and room to change them. */
typedef struct log_octets {
  char *ptr;
  size_t len;
} log_octets;

/* A log of the writer with "name=value" settings (a name alone: without it), to be freed with
 * octets_free. The last setting is NULL. */
log_octets windows_log(const char *setting, ...);
log_octets linux_log(const char *setting, ...);
/* The same, of options that are ready. */
log_octets written_log(const bootlog_options *options, bool windows);
log_octets octets_copy(const log_octets *from);
void octets_free(log_octets *o);
static inline omadm_str octets_str(const log_octets *o) {
  return (omadm_str){o->ptr, o->len};
}

/* A file of OMADM_TEST_DATA (default ../shared); ptr NULL where it is not there. */
log_octets data_file(const char *name);
/* Says that the data is not there; true then. */
bool data_is_missing(void);
/* Names of its logs, sorted, without ".bin"; returns how many. */
#define DATA_LOGS 64
size_t data_logs(char names[DATA_LOGS][64]);

/* What a verifier sees: PCR values, and the facts of a log that it believes. */
typedef struct verdict {
  bool accepted;
  char why[600];
  char facts[8192]; /* one line a fact */
} verdict;
/* Judges a log against PCR values in their bank, as a verifier does: parse, compare, check, facts.
 */
void judge(omadm_str log, const omadm_tpm_pcrs *quoted, verdict *v);
/* The PCR values that an honest machine with this log has. */
omadm_tpm_pcrs pcrs_of(omadm_str log, uint16_t bank);

/* Places inside a log. */
typedef struct log_place {
  size_t entry; /* where the entry begins */
  size_t type;
  size_t digest; /* of the first bank */
  size_t data;
  size_t end;
} log_place;
/* The n-th entry (from 0) in that PCR of that type; fails the test where there is none. */
log_place find_entry(omadm_str log, uint32_t pcr, uint32_t type, size_t n);
void put_u32(log_octets *o, size_t at, uint32_t value);
/* Takes out octets [begin, end) and puts others there. */
void splice(log_octets *o, size_t begin, size_t end, omadm_str put);

#endif
