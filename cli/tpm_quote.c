/* SPDX-License-Identifier: MIT */
/* omadm tpm quote */
#include <omadm/attestation.h>

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"
#include "cli/log.h"
#include "cli/tpm.h"

#define NONCE_MAX 64
#define NONCE_PRESET 16

typedef struct answer {
  omadm_tpm_key key;
  omadm_tpm_quote quote;
  omadm_attest attest; /* borrows from quote */
} answer;

static cli_exit choose_nonce(const tpm_use *self, omadm_buf *nonce) {
  const char *text = cli_options_text(self->options, CLI_OPT_NONCE, NULL);
  uint8_t random[NONCE_PRESET];
  if (text != NULL) {
    if (omadm_hex_decode(omadm_str_of(text), nonce) == OMADM_OK) return CLI_DONE;
    cli_complain("--nonce takes at most %d octets in hexadecimal, not \"%s\"", NONCE_MAX, text);
    return CLI_USAGE;
  }
  omadm_tpm_status status = self->tpm.calls->random(self->tpm.self, random, sizeof random);
  if (status != OMADM_TPM_OK) return tpm_complain(status, "random octets for the nonce");
  return omadm_buf_add(nonce, random, sizeof random) == OMADM_OK ? CLI_DONE : CLI_SURROUNDINGS;
}

cli_exit tpm_ask(const tpm_use *self, const omadm_eventlog *log, tpm_question *it) {
  bool is_named = cli_options_count(self->options, CLI_OPT_BANK) > 0;
  omadm_error error;
  omadm_error_clear(&error);
  it->info = (omadm_tpm_info){0};
  omadm_buf_init(&it->nonce, NULL, NONCE_MAX);
  omadm_tpm_status status = self->tpm.calls->info(self->tpm.self, &it->info);
  if (status == OMADM_TPM_OK && it->info.version != 2) status = OMADM_TPM_ABSENT;
  if (status != OMADM_TPM_OK) return tpm_complain(status, self->spec);
  omadm_err err = tpm_choose_bank(self, is_named ? NULL : log, &it->info, &it->bank, &error);
  if (err != OMADM_OK) return tpm_complain_error(&error, err, CLI_NO);
  return choose_nonce(self, &it->nonce);
}

static omadm_str span(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

static void write_line(const char *word, omadm_str octets) {
  printf("%-9s  ", word);
  for (size_t i = 0; i < octets.len; i++)
    printf("%02x", (unsigned char)octets.ptr[i]);
  putchar('\n');
}

/* A recording answers with its own nonce, whatever is asked. */
static bool is_nonce_recorded(const tpm_use *self) {
  return strncmp(self->spec, "recorded:", strlen("recorded:")) == 0 &&
         cli_options_count(self->options, CLI_OPT_NONCE) == 0;
}

static void write_json(const tpm_use *self, const tpm_question *it, const answer *got) {
  const omadm_tpm_clock *clock = &got->attest.clock;
  json_t *pcrs = json_array();
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    json_array_append_new(pcrs,
                          tpm_json_hex(got->quote.pcrs.values[i], got->quote.pcrs.digest_len));
  json_t *when = json_pack("{s:I, s:I, s:I, s:b}", "milliseconds", (json_int_t)clock->milliseconds,
                           "reset-count", (json_int_t)clock->reset_count, "restart-count",
                           (json_int_t)clock->restart_count, "safe", clock->safe != 0);
  tpm_write_json(
      json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:b, s:o}", "bank",
                omadm_tpm_alg_name(it->bank), "nonce", tpm_json_hex(it->nonce.ptr, it->nonce.len),
                "nonce-of-recording", is_nonce_recorded(self), "attest",
                tpm_json_hex(got->quote.attest.octets, got->quote.attest.len), "signature",
                tpm_json_hex(got->quote.signature.octets, got->quote.signature.len), "public",
                tpm_json_hex(got->key.public_area.octets, got->key.public_area.len), "pcrs", pcrs,
                "verified", 1, "clock", when));
}

static void write_text(const tpm_use *self, const tpm_question *it, const answer *got) {
  const char *whose = is_nonce_recorded(self) ? "the recording's own nonce" : "the nonce";
  printf("%-9s  %s\n", "bank", omadm_tpm_alg_name(it->bank));
  write_line("nonce", omadm_buf_str(&it->nonce));
  write_line("attest", span(&got->quote.attest));
  write_line("signature", span(&got->quote.signature));
  write_line("public", span(&got->key.public_area));
  printf("verified: restricted key, its signature, %s, the PCR values; reset %u, restart %u\n",
         whose, got->attest.clock.reset_count, got->attest.clock.restart_count);
}

/* The TPM of this machine is no stranger: what is checked is that a verifier will believe it. */
static cli_exit verify(const tpm_question *it, answer *got) {
  const omadm_quote_expect expect = {.struct_size = sizeof expect,
                                     .nonce = omadm_buf_str(&it->nonce),
                                     .bank = it->bank,
                                     .mask = OMADM_TPM_ALL_PCRS,
                                     .allow_sha1_bank = 1};
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_quote_verify(span(&got->quote.attest), span(&got->quote.signature),
                                     span(&got->key.public_area), &got->quote.pcrs, &expect,
                                     &got->attest, &error);
  if (err == OMADM_OK) return CLI_DONE;
  cli_complain("the quote does not verify: %s",
               error.text[0] != '\0' ? error.text : omadm_err_text(err));
  return CLI_NO;
}

/* Of a recording there is one quote, over one bank: where the user names no other, it is that. */
static omadm_tpm_status get_quote(const tpm_use *self, tpm_question *it, answer *got) {
  const omadm_tpm *tpm = &self->tpm;
  omadm_tpm_status status =
      tpm->calls->quote(tpm->self, got->key.handle, it->bank, OMADM_TPM_ALL_PCRS,
                        omadm_buf_str(&it->nonce), &got->quote);
  bool is_free = strncmp(self->spec, "recorded:", strlen("recorded:")) == 0 &&
                 cli_options_count(self->options, CLI_OPT_BANK) == 0;
  for (uint32_t i = 0; is_free && status == OMADM_TPM_UNSUPPORTED && i < it->info.n_banks; i++) {
    it->bank = it->info.banks[i];
    status = tpm->calls->quote(tpm->self, got->key.handle, it->bank, OMADM_TPM_ALL_PCRS,
                               omadm_buf_str(&it->nonce), &got->quote);
  }
  return status;
}

static cli_exit take_recorded_nonce(tpm_question *it, const answer *got) {
  omadm_attest attest;
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_attest_parse(span(&got->quote.attest), &attest, &error);
  if (err != OMADM_OK) return tpm_complain_error(&error, err, CLI_NO);
  it->nonce.len = 0;
  err = omadm_buf_add_str(&it->nonce, attest.extra);
  return err == OMADM_OK ? CLI_DONE : tpm_complain_error(&error, err, CLI_NO);
}

cli_exit tpm_show_quote(const tpm_use *self) {
  static answer got;
  const omadm_tpm *tpm = &self->tpm;
  tpm_question it;
  cli_exit code = tpm_ask(self, NULL, &it);
  if (code != CLI_DONE) goto out;
  omadm_tpm_status status =
      tpm->calls->key_open(tpm->self, OMADM_TPM_AK_RSA_SHA256, (omadm_str){"", 0}, &got.key);
  if (status != OMADM_TPM_OK) {
    code = tpm_complain(status, "a new attestation key");
    goto out;
  }
  status = get_quote(self, &it, &got);
  (void)tpm->calls->key_close(tpm->self, got.key.handle);
  code = status == OMADM_TPM_OK ? CLI_DONE : tpm_complain(status, "the quote");
  if (code == CLI_DONE && is_nonce_recorded(self)) code = take_recorded_nonce(&it, &got);
  if (code == CLI_DONE) code = verify(&it, &got);
  if (code == CLI_DONE) (tpm_wants_json(self) ? write_json : write_text)(self, &it, &got);
out:
  omadm_buf_dispose(&it.nonce);
  return code;
}
