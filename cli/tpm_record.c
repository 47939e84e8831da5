/* SPDX-License-Identifier: MIT */
/* omadm tpm record */
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/tpm.h"

/* What a recording may hold (omadm_tpm_record). Intermediates of a certificate are not missed. */
static const struct {
  const char *name;
  const char *what;
} files[] = {
    {"info.txt", "what the TPM is"},
    {"ek-rsa2048.pub", "endorsement key, RSA-2048"},
    {"ek-rsa2048.crt", "its certificate"},
    {"ek-p256.pub", "endorsement key, P-256"},
    {"ek-p256.crt", "its certificate"},
    {"ak.pub", "attestation key"},
    {"quote.attest", "quote by it"},
    {"quote.sig", "its signature"},
    {"pcrs.txt", "values of the PCRs, all banks"},
    {"eventlog.bin", "boot log"},
    {"ima.bin", "IMA's list"},
};

static bool is_there(const char *folder, const char *name) {
  char path[4096];
  return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
         access(path, F_OK) == 0;
}

static void write_json(const char *folder, const tpm_question *it) {
  json_t *written = json_array();
  json_t *missing = json_array();
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    json_array_append_new(is_there(folder, files[i].name) ? written : missing,
                          json_string(files[i].name));
  tpm_write_json(json_pack(
      "{s:s, s:s, s:o, s:o, s:o}", "folder", folder, "bank", omadm_tpm_alg_name(it->bank), "nonce",
      tpm_json_hex(it->nonce.ptr, it->nonce.len), "written", written, "missing", missing));
}

static void write_text(const char *folder, const tpm_question *it) {
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    printf("%-9s  %-14s  %s\n", is_there(folder, files[i].name) ? "written" : "not there",
           files[i].name, files[i].what);
  printf("%-9s  %s\n", "bank", omadm_tpm_alg_name(it->bank));
  printf("%s: recorded; look at it with --tpm recorded:%s\n", folder, folder);
}

/* NULL: there is none, or it is none; what cannot be read, omadm_tpm_record refuses. */
static omadm_eventlog *read_log(const tpm_use *self, omadm_buf *octets) {
  omadm_eventlog *log = NULL;
  omadm_error error;
  omadm_err err = OMADM_OK;
  omadm_error_clear(&error);
  if (tpm_read_log(self, octets, &err) == OMADM_TPM_OK && err == OMADM_OK)
    (void)omadm_eventlog_parse(omadm_buf_str(octets), &log, &error);
  return log;
}

/* The quote is over a bank that the log carries: over another it would vouch for none of it. */
cli_exit tpm_write_record(const tpm_use *self) {
  const char *folder = self->options->arguments[0];
  tpm_question it;
  omadm_error error;
  omadm_error_clear(&error);
  omadm_buf octets;
  omadm_buf_init(&octets, NULL, OMADM_EVENTLOG_MAX);
  omadm_eventlog *log = read_log(self, &octets);
  cli_exit code = tpm_ask(self, log, &it);
  omadm_eventlog_free(log);
  omadm_buf_dispose(&octets);
  if (code == CLI_DONE) {
    omadm_err err = omadm_tpm_record(&self->tpm, it.bank, omadm_buf_str(&it.nonce), folder, &error);
    if (err != OMADM_OK) code = tpm_complain_error(&error, err, CLI_SURROUNDINGS);
  }
  if (code == CLI_DONE && tpm_wants_json(self))
    write_json(folder, &it);
  else if (code == CLI_DONE)
    write_text(folder, &it);
  omadm_buf_dispose(&it.nonce);
  return code;
}
