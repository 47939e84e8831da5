/* SPDX-License-Identifier: MIT */
/* omadm tpm info */
#include "cli/tpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "cli/log.h"

#define NAME_MAX_SHOWN 300

/* An endorsement key and what its certificate says. */
typedef struct endorsement {
  omadm_tpm_ek ek;
  const char *word;
  bool has_key;
  unsigned certificates; /* 0 is the key's, the others its intermediates */
  char subject[NAME_MAX_SHOWN], issuer[NAME_MAX_SHOWN]; /* empty: no name, or not a certificate */
} endorsement;

typedef struct about {
  omadm_tpm_info tpm;
  endorsement keys[2];
  bool has_log[3]; /* by omadm_tpm_log */
} about;

static const struct {
  uint32_t flag;
  const char *word;
} auths[] = {
    {OMADM_TPM_OWNER_AUTH_SET, "owner"},
    {OMADM_TPM_ENDORSEMENT_AUTH_SET, "endorsement"},
    {OMADM_TPM_LOCKOUT_AUTH_SET, "lockout"},
};

/* Certificates of other keys than those two are passed over in silence otherwise. */
static const char not_looked_for[] = "P-384 (certificate at NV 0x01C00016)";

/* What a maker wrote, without the blanks that fill it: each four octets are a property of their
 * own, and may be filled up by themselves. */
static void trim(char *text) {
  omadm_str trimmed = omadm_str_trim(omadm_str_of(text));
  size_t n = 0;
  for (size_t i = 0; i < trimmed.len; i++)
    if (trimmed.ptr[i] != ' ' || trimmed.ptr[i - 1] != ' ') text[n++] = trimmed.ptr[i];
  text[n] = '\0';
  omadm_str_tame(text);
}

static void write_firmware(uint64_t firmware, char text[18]) {
  snprintf(text, 18, "%08x.%08x", (unsigned)(firmware >> 32), (unsigned)firmware);
}

/* RFC 2253, for a terminal. */
static void write_name(const X509_NAME *name, char out[NAME_MAX_SHOWN]) {
  BIO *bio = BIO_new(BIO_s_mem());
  out[0] = '\0';
  if (bio == NULL) return;
  if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
    int n = BIO_read(bio, out, NAME_MAX_SHOWN - 1);
    out[n > 0 ? n : 0] = '\0';
  }
  omadm_str_tame(out);
  BIO_free(bio);
}

static void read_certificate(const omadm_tpm_data *der, endorsement *key) {
  const unsigned char *at = der->octets;
  X509 *certificate = d2i_X509(NULL, &at, (long)der->len);
  if (certificate == NULL) return;
  write_name(X509_get_subject_name(certificate), key->subject);
  write_name(X509_get_issuer_name(certificate), key->issuer);
  X509_free(certificate);
}

static void ask_endorsement(const omadm_tpm *tpm, endorsement *key) {
  omadm_tpm_data data = {0};
  key->has_key = tpm->calls->ek_public(tpm->self, key->ek, &data) == OMADM_TPM_OK;
  while (key->certificates < 32 &&
         tpm->calls->ek_certificate(tpm->self, key->ek, key->certificates, &data) == OMADM_TPM_OK) {
    if (key->certificates++ == 0) read_certificate(&data, key);
  }
}

static void ask(const omadm_tpm *tpm, about *it) {
  it->keys[0] = (endorsement){.ek = OMADM_TPM_EK_RSA2048, .word = "RSA-2048"};
  it->keys[1] = (endorsement){.ek = OMADM_TPM_EK_P256, .word = "P-256"};
  for (size_t i = 0; it->tpm.version == 2 && i < 2; i++)
    ask_endorsement(tpm, &it->keys[i]);
  for (int log = OMADM_TPM_LOG_BOOT; log <= OMADM_TPM_LOG_IMA; log++) {
    uint8_t octet = 0;
    size_t n = 0;
    it->has_log[log] =
        tpm->calls->event_log(tpm->self, (omadm_tpm_log)log, 0, &octet, 1, &n) == OMADM_TPM_OK &&
        n > 0;
  }
}

static const char *yes(bool is) {
  return is ? "present" : "none";
}

static void write_endorsement(const endorsement *key) {
  printf("EK %-8s  %s\n", key->word, yes(key->has_key));
  if (key->certificates == 0) {
    puts("  certificate  none");
    return;
  }
  printf("  certificate  present, with %u intermediates\n", key->certificates - 1);
  printf("  subject      %s\n", key->subject[0] != '\0' ? key->subject : "(empty)");
  printf("  issuer       %s\n", key->issuer[0] != '\0' ? key->issuer : "(empty)");
}

static void write_text(const tpm_use *self, const about *it) {
  const omadm_tpm_info *tpm = &it->tpm;
  char firmware[18];
  printf("provider     %s\n", self->spec);
  printf("version      %s\n", tpm->version == 2 ? "2.0" : "1.2 (nothing else can be asked of it)");
  if (tpm->version != 2) return;
  write_firmware(tpm->firmware, firmware);
  printf("maker        %s%s%s\n", tpm->manufacturer, tpm->vendor[0] != '\0' ? " " : "",
         tpm->vendor);
  printf("firmware     %s\n", firmware);
  fputs("banks       ", stdout);
  for (uint32_t i = 0; i < tpm->n_banks; i++)
    printf(" %s", omadm_tpm_alg_name(tpm->banks[i]));
  printf("\nlockout      %s, %u of %u failures\n",
         (tpm->flags & OMADM_TPM_IN_LOCKOUT) != 0 ? "yes" : "no", tpm->lockout_count,
         tpm->lockout_max);
  fputs("secrets set ", stdout);
  bool any = false;
  for (size_t i = 0; i < sizeof auths / sizeof auths[0]; i++) {
    if ((tpm->flags & auths[i].flag) == 0) continue;
    printf(" %s", auths[i].word);
    any = true;
  }
  puts(any ? "" : " none");
  for (size_t i = 0; i < 2; i++)
    write_endorsement(&it->keys[i]);
  printf("EK others    not looked for: %s\n", not_looked_for);
  printf("boot log     %s\n", yes(it->has_log[OMADM_TPM_LOG_BOOT]));
  printf("IMA list     %s\n", yes(it->has_log[OMADM_TPM_LOG_IMA]));
}

static json_t *endorsement_json(const endorsement *key) {
  return json_pack("{s:s, s:b, s:b, s:i, s:s, s:s}", "kind", key->word, "present", key->has_key,
                   "certificate", key->certificates > 0, "intermediates",
                   key->certificates > 0 ? (int)key->certificates - 1 : 0, "subject", key->subject,
                   "issuer", key->issuer);
}

static json_t *about_json(const tpm_use *self, const about *it) {
  const omadm_tpm_info *tpm = &it->tpm;
  char firmware[18];
  write_firmware(tpm->firmware, firmware);
  json_t *banks = json_array();
  for (uint32_t i = 0; i < tpm->n_banks; i++)
    json_array_append_new(banks, json_string(omadm_tpm_alg_name(tpm->banks[i])));
  json_t *secrets = json_array();
  for (size_t i = 0; i < sizeof auths / sizeof auths[0]; i++)
    if ((tpm->flags & auths[i].flag) != 0)
      json_array_append_new(secrets, json_string(auths[i].word));
  json_t *keys = json_array();
  for (size_t i = 0; tpm->version == 2 && i < 2; i++)
    json_array_append_new(keys, endorsement_json(&it->keys[i]));
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:I, s:I, s:o, s:o, s:s, s:b, s:b}",
                   "provider", self->spec, "version", tpm->version == 2 ? "2.0" : "1.2", "maker",
                   tpm->manufacturer, "vendor", tpm->vendor, "firmware", firmware, "banks", banks,
                   "locked-out", (tpm->flags & OMADM_TPM_IN_LOCKOUT) != 0, "failures",
                   (json_int_t)tpm->lockout_count, "failures-allowed", (json_int_t)tpm->lockout_max,
                   "secrets-set", secrets, "endorsement-keys", keys, "not-looked-for",
                   not_looked_for, "boot-log", it->has_log[OMADM_TPM_LOG_BOOT], "ima-list",
                   it->has_log[OMADM_TPM_LOG_IMA]);
}

cli_exit tpm_show_info(const tpm_use *self) {
  about it = {.tpm = {0}};
  omadm_tpm_status status = self->tpm.calls->info(self->tpm.self, &it.tpm);
  if (status == OMADM_TPM_OK && it.tpm.version == 0) status = OMADM_TPM_ABSENT;
  if (status != OMADM_TPM_OK) return tpm_complain(status, self->spec);
  trim(it.tpm.manufacturer);
  trim(it.tpm.vendor);
  ask(&self->tpm, &it);
  if (tpm_wants_json(self))
    tpm_write_json(about_json(self, &it));
  else
    write_text(self, &it);
  return CLI_DONE;
}
