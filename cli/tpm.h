/* SPDX-License-Identifier: MIT */
/* What the verbs of omadm tpm share. */
#ifndef OMADM_CLI_TPM_H
#define OMADM_CLI_TPM_H

#include <omadm/eventlog.h>
#include <omadm/log.h>
#include <omadm/tpm.h>

#include <jansson.h>
#include <stdbool.h>

#include "cli/config.h"
#include "cli/options.h"

typedef struct tpm_use {
  const cli_options *options;
  cli_config config;
  omadm_log log;
  omadm_tpm tpm; /* empty where a log is looked at without one */
  const char *spec;
  const char *log_file; /* of `log`: FILE or --event-log; NULL: the TPM's */
} tpm_use;

/* The verbs. The TPM is open, but of `log` it may be none; what fails has been said. */
cli_exit tpm_show_info(const tpm_use *self);
cli_exit tpm_show_log(const tpm_use *self);
cli_exit tpm_show_quote(const tpm_use *self);
cli_exit tpm_write_record(const tpm_use *self);

/* Says "WHAT: reason", and gives the exit status: a bank that is not there is NO, all else
 * SURROUNDINGS. */
cli_exit tpm_complain(omadm_tpm_status status, const char *what);
/* The same for a local failure. */
cli_exit tpm_complain_error(const omadm_error *error, omadm_err err, cli_exit code);

/* Adds what the file holds, to its end: the kernel's have no size. octets NULL: only sees whether
 * it can be read. What is wrong has been said: USAGE, there is no such file; else SURROUNDINGS. */
cli_exit tpm_read_file(const char *path, omadm_buf *octets);

/* True where the user asks for JSON. */
bool tpm_wants_json(const tpm_use *self);
/* Writes and releases it. */
void tpm_write_json(json_t *json);
/* A JSON string of hexadecimal digits; NULL where there is no memory. */
json_t *tpm_json_hex(const void *octets, size_t n);

/* The bank of --bank, else the first of sha256, sha384, sha512, sm3, sha1 that the log carries
 * (NULL: any) and the TPM has allocated (NULL: any). NOT_FOUND, with a sentence: there is none. */
omadm_err tpm_choose_bank(const tpm_use *self, const omadm_eventlog *log,
                          const omadm_tpm_info *info, uint16_t *bank, omadm_error *error);

/* What a quote is asked with. */
typedef struct tpm_question {
  omadm_tpm_info info;
  uint16_t bank;
  omadm_buf nonce; /* that of --nonce, else random */
} tpm_question;

/* The bank is one that the log carries (NULL: any), unless --bank names another. Dispose of the
 * nonce in any case. What fails has been said. */
cli_exit tpm_ask(const tpm_use *self, const omadm_eventlog *log, tpm_question *it);

/* Adds the boot log that the TPM's provider has. NOT_FOUND: there is none. *err: what adding gave.
 * Says nothing. */
omadm_tpm_status tpm_read_log(const tpm_use *self, omadm_buf *octets, omadm_err *err);

/* A boot log, and what follows from it. */
typedef struct tpm_log_view {
  const char *source; /* the file, or "the boot log" */
  omadm_buf octets;
  omadm_eventlog *log;
  uint16_t bank;
  omadm_tpm_pcrs replayed;
  uint32_t extended; /* PCRs with events */
  bool has_tpm; /* then the three below are set */
  omadm_tpm_pcrs tpm;
  uint32_t agree, differ;
  omadm_error check; /* code OK: it holds together */
  omadm_boot_facts facts;
} tpm_log_view;

/* What comparing PCR i gave, in words. */
const char *tpm_log_verdict(const tpm_log_view *view, unsigned i);
void tpm_log_write_text(const tpm_log_view *view);
json_t *tpm_log_json(const tpm_log_view *view);

#endif
