/* SPDX-License-Identifier: MIT */
/* omadm tpm log: reads the log, replays and compares it. */
#include "cli/tpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/log.h"

omadm_tpm_status tpm_read_log(const tpm_use *self, omadm_buf *octets, omadm_err *err) {
  const omadm_tpm *tpm = &self->tpm;
  uint8_t piece[65536];
  size_t n = 0;
  *err = OMADM_OK;
  do {
    omadm_tpm_status status =
        tpm->calls->event_log(tpm->self, OMADM_TPM_LOG_BOOT, octets->len, piece, sizeof piece, &n);
    if (status != OMADM_TPM_OK) return status;
    *err = omadm_buf_add(octets, piece, n);
  } while (*err == OMADM_OK && n > 0);
  return OMADM_TPM_OK;
}

static cli_exit read_from_tpm(const tpm_use *self, omadm_buf *octets) {
  omadm_err err = OMADM_OK;
  omadm_tpm_status status = tpm_read_log(self, octets, &err);
  if (status == OMADM_TPM_NOT_FOUND) {
    omadm_str setting = config_get(&self->config, CONFIG_TPM, "", "event-log");
    cli_complain("there is no boot log%s%.*s; --event-log FILE or [tpm] event-log names one",
                 setting.len > 0 ? " at " : "", (int)setting.len,
                 setting.len > 0 ? setting.ptr : "");
    return CLI_SURROUNDINGS;
  }
  if (status != OMADM_TPM_OK) return tpm_complain(status, "the boot log");
  if (err == OMADM_OK) return CLI_DONE;
  cli_complain("the boot log: %s", omadm_err_text(err));
  return CLI_SURROUNDINGS;
}

const char *tpm_log_verdict(const tpm_log_view *view, unsigned i) {
  uint32_t bit = 1u << i;
  bool is_same =
      memcmp(view->tpm.values[i], view->replayed.values[i], view->replayed.digest_len) == 0;
  if ((view->tpm.mask & bit) == 0) return "not read";
  if ((view->differ & bit) != 0) return "DIFFERS";
  if ((view->agree & bit) == 0) return "extended later";
  return is_same ? "agrees" : "agrees, with the end of boot services";
}

static cli_exit compare(const tpm_use *self, tpm_log_view *view) {
  omadm_tpm_status status =
      self->tpm.calls->pcr_read(self->tpm.self, view->bank, OMADM_TPM_ALL_PCRS, &view->tpm);
  if (status != OMADM_TPM_OK) return tpm_complain(status, "the TPM's PCRs");
  omadm_err err = omadm_eventlog_compare(view->log, &view->tpm, &view->agree, &view->differ);
  if (err == OMADM_OK) return CLI_DONE;
  cli_complain("the log cannot be compared: %s", omadm_err_text(err));
  return CLI_SURROUNDINGS;
}

/* From the octets to the facts. */
static cli_exit examine(const tpm_use *self, tpm_log_view *view) {
  omadm_tpm_info info = {0};
  omadm_error error;
  omadm_error_clear(&error);
  omadm_error_clear(&view->check);
  view->has_tpm = self->tpm.calls != NULL;
  if (view->has_tpm) {
    omadm_tpm_status status = self->tpm.calls->info(self->tpm.self, &info);
    if (status == OMADM_TPM_OK && info.version != 2) status = OMADM_TPM_ABSENT;
    if (status != OMADM_TPM_OK) return tpm_complain(status, self->spec);
  }
  omadm_err err = omadm_eventlog_parse(omadm_buf_str(&view->octets), &view->log, &error);
  if (err != OMADM_OK) {
    cli_complain("%s: %s", view->source, error.text[0] != '\0' ? error.text : omadm_err_text(err));
    return err == OMADM_E_NOMEM ? CLI_SURROUNDINGS : CLI_NO;
  }
  err = tpm_choose_bank(self, view->log, view->has_tpm ? &info : NULL, &view->bank, &error);
  if (err == OMADM_OK)
    err = omadm_eventlog_replay(view->log, view->bank, &view->replayed, &view->extended);
  if (err != OMADM_OK) return tpm_complain_error(&error, err, CLI_NO);
  cli_exit code = view->has_tpm ? compare(self, view) : CLI_DONE;
  if (code != CLI_DONE) return code;
  err = omadm_eventlog_check(view->log, view->bank, &view->check);
  if (err != OMADM_OK && view->check.text[0] == '\0')
    omadm_error_set(&view->check, err, "%s", omadm_err_text(err));
  omadm_boot_facts_derive(view->log, view->bank, view->has_tpm ? view->agree : OMADM_TPM_ALL_PCRS,
                          &view->facts);
  return CLI_DONE;
}

cli_exit tpm_show_log(const tpm_use *self) {
  tpm_log_view view = {.source = "the boot log"};
  omadm_buf_init(&view.octets, NULL, OMADM_EVENTLOG_MAX);
  if (self->log_file != NULL) view.source = self->log_file;
  cli_exit code = self->log_file != NULL ? tpm_read_file(self->log_file, &view.octets)
                                         : read_from_tpm(self, &view.octets);
  if (code == CLI_DONE) code = examine(self, &view);
  if (code == CLI_DONE) {
    if (tpm_wants_json(self))
      tpm_write_json(tpm_log_json(&view));
    else
      tpm_log_write_text(&view);
    if (view.differ != 0 || view.check.code != OMADM_OK) code = CLI_NO;
  }
  omadm_eventlog_free(view.log);
  omadm_buf_dispose(&view.octets);
  return code;
}
