/* SPDX-License-Identifier: MIT */
/* omadm tpm quote and record */
#include <omadm/attestation.h>

#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"
#include "cli/log.h"
#include "cli/tpm.h"

#define NONCE_MAX 64
#define NONCE_PRESET 16

typedef struct question {
  uint16_t bank;
  omadm_buf nonce;
} question;

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

/* The bank and the nonce. Dispose of the nonce in any case. */
static cli_exit ask(const tpm_use *self, question *it) {
  omadm_tpm_info info = {0};
  omadm_error error;
  omadm_error_clear(&error);
  omadm_buf_init(&it->nonce, NULL, NONCE_MAX);
  omadm_tpm_status status = self->tpm.calls->info(self->tpm.self, &info);
  if (status == OMADM_TPM_OK && info.version != 2) status = OMADM_TPM_ABSENT;
  if (status != OMADM_TPM_OK) return tpm_complain(status, self->spec);
  omadm_err err = tpm_choose_bank(self, NULL, &info, &it->bank, &error);
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

static void write_quote(const tpm_use *self, const question *it, const omadm_tpm_key *key,
                        const omadm_tpm_quote *quote) {
  const struct {
    const char *word;
    omadm_str octets;
  } parts[] = {
      {"nonce", omadm_buf_str(&it->nonce)},
      {"attest", span(&quote->attest)},
      {"signature", span(&quote->signature)},
      {"public", span(&key->public_area)},
  };
  const size_t n = sizeof parts / sizeof parts[0];
  if (!tpm_wants_json(self)) {
    printf("%-9s  %s\n", "bank", omadm_tpm_alg_name(it->bank));
    for (size_t i = 0; i < n; i++)
      write_line(parts[i].word, parts[i].octets);
    return;
  }
  json_t *json = json_pack("{s:s}", "bank", omadm_tpm_alg_name(it->bank));
  for (size_t i = 0; i < n; i++)
    json_object_set_new(json, parts[i].word,
                        tpm_json_hex(parts[i].octets.ptr, parts[i].octets.len));
  json_t *pcrs = json_array();
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    json_array_append_new(pcrs, tpm_json_hex(quote->pcrs.values[i], quote->pcrs.digest_len));
  json_object_set_new(json, "pcrs", pcrs);
  tpm_write_json(json);
}

/* The TPM of this machine is no stranger: what is checked is that a verifier will believe it. */
static cli_exit verify(const question *it, const omadm_tpm_key *key, const omadm_tpm_quote *quote) {
  const omadm_quote_expect expect = {.struct_size = sizeof expect,
                                     .nonce = omadm_buf_str(&it->nonce),
                                     .bank = it->bank,
                                     .mask = OMADM_TPM_ALL_PCRS,
                                     .allow_sha1_bank = 1};
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_quote_verify(span(&quote->attest), span(&quote->signature),
                                     span(&key->public_area), &quote->pcrs, &expect, NULL, &error);
  if (err == OMADM_OK) return CLI_DONE;
  cli_complain("the quote does not verify: %s",
               error.text[0] != '\0' ? error.text : omadm_err_text(err));
  return CLI_NO;
}

cli_exit tpm_show_quote(const tpm_use *self) {
  omadm_tpm_key key = {0};
  omadm_tpm_quote quote = {.attest = {0}};
  const omadm_tpm *tpm = &self->tpm;
  question it;
  cli_exit code = ask(self, &it);
  if (code != CLI_DONE) goto out;
  omadm_tpm_status status =
      tpm->calls->key_open(tpm->self, OMADM_TPM_AK_RSA_SHA256, (omadm_str){"", 0}, &key);
  if (status != OMADM_TPM_OK) {
    code = tpm_complain(status, "a new attestation key");
    goto out;
  }
  status = tpm->calls->quote(tpm->self, key.handle, it.bank, OMADM_TPM_ALL_PCRS,
                             omadm_buf_str(&it.nonce), &quote);
  (void)tpm->calls->key_close(tpm->self, key.handle);
  code = status == OMADM_TPM_OK ? verify(&it, &key, &quote) : tpm_complain(status, "the quote");
  if (code == CLI_DONE) write_quote(self, &it, &key, &quote);
out:
  omadm_buf_dispose(&it.nonce);
  return code;
}

cli_exit tpm_write_record(const tpm_use *self) {
  const char *folder = self->options->arguments[0];
  question it;
  omadm_error error;
  omadm_error_clear(&error);
  cli_exit code = ask(self, &it);
  if (code == CLI_DONE) {
    omadm_err err = omadm_tpm_record(&self->tpm, it.bank, omadm_buf_str(&it.nonce), folder, &error);
    if (err != OMADM_OK) code = tpm_complain_error(&error, err, CLI_SURROUNDINGS);
  }
  if (code == CLI_DONE && tpm_wants_json(self))
    tpm_write_json(json_pack("{s:s, s:s, s:o}", "folder", folder, "bank",
                             omadm_tpm_alg_name(it.bank), "nonce",
                             tpm_json_hex(it.nonce.ptr, it.nonce.len)));
  else if (code == CLI_DONE)
    printf("%s: recorded; look at it with --tpm recorded:%s\n", folder, folder);
  omadm_buf_dispose(&it.nonce);
  return code;
}
