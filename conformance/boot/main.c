/* SPDX-License-Identifier: MIT */
/* omadm-boot: writes boot logs, and plays them into a TPM. For tests and demonstrations. */
#include <omadm/eventlog.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/boot/bootlog.h"
#include "conformance/boot/play.h"

enum { EXIT_GOOD = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_SURROUNDINGS = 3 };

typedef struct arguments {
  const char *log; /* to be played */
  const char *tcti;
  const char *write; /* to be written */
  const char *boot_ca; /* to be written */
  bool linux_boot;
  bool help;
  uint16_t banks[BOOTLOG_BANKS];
  bootlog_options options;
} arguments;

static const char usage[] =
    "usage: omadm-boot LOG --tpm TCTI\n"
    "       omadm-boot --write FILE [OPTION]…\n"
    "       omadm-boot --boot-ca FILE\n"
    "The first extends the PCRs of a freshly started TPM as the boot log says, as a booting "
    "machine "
    "would (TCTI: \"swtpm:path=…\").\n"
    "The second writes a boot log: Windows with Secure Boot, BitLocker and virtualization-based "
    "security.\n"
    "The third writes the certificate (PEM) that boot loaders in those logs are checked with; it "
    "may "
    "stand with the second.\n"
    "  --linux             of Linux instead, with shim and GRUB\n"
    "  --bank NAME         sha1, sha256, sha384 or sha512; may repeat; sha256 is the default\n"
    "  --legacy            the form of TPM 1.2, with SHA-1\n"
    "  --set FACT=VALUE    what the log says otherwise\n"
    "  --without FACT      what the log leaves out\n"
    "  --no-secure-boot    --set secure_boot=0\n";

static void print_usage(FILE *to) {
  static const char *const names[] = {
#define NAME_(name, value) #name,
      BOOTLOG_FACTS(NAME_)
#undef NAME_
          "command_line",
      "sbat"};
  fputs(usage, to);
  fputs("Facts:", to);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    fprintf(to, "%s %s", i % 6 == 5 ? "\n   " : "", names[i]);
  fputs(
      "\nExit status: 0 done; 1 the TPM's PCRs do not stand where the log begins; 2 usage or log; "
      "3 no TPM, no file.\n",
      to);
}

static bool add_bank(arguments *a, const char *name) {
  static const struct {
    const char *name;
    uint16_t bank;
  } banks[] = {{"sha1", OMADM_TPM_SHA1},
               {"sha256", OMADM_TPM_SHA256},
               {"sha384", OMADM_TPM_SHA384},
               {"sha512", OMADM_TPM_SHA512}};
  if (a->options.banks != a->banks) {
    a->options.banks = a->banks;
    a->options.n_banks = 0;
  }
  for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++) {
    if (strcmp(banks[i].name, name) != 0 || a->options.n_banks >= BOOTLOG_BANKS) continue;
    a->banks[a->options.n_banks++] = banks[i].bank;
    return true;
  }
  fprintf(stderr, "omadm-boot: --bank %s: there is no such bank, or it is one too many\n", name);
  return false;
}

/* value NULL: absent. */
static bool set_fact(arguments *a, omadm_str name, const char *value) {
  if (bootlog_options_set(&a->options, name, value)) return true;
  fprintf(stderr, "omadm-boot: \"%.*s\"%s%s: there is no such fact%s\n", (int)name.len, name.ptr,
          value != NULL ? " = " : "", value != NULL ? value : "",
          value != NULL ? ", or it takes a number" : "");
  return false;
}

/* FACT=VALUE. */
static bool set_value(arguments *a, const char *text) {
  size_t len = strcspn(text, "=");
  if (text[len] == '=') return set_fact(a, (omadm_str){text, len}, text + len + 1);
  fprintf(stderr, "omadm-boot: --set takes FACT=VALUE, not \"%s\"\n", text);
  return false;
}

/* Options that have a value. */
static bool parse_valued(arguments *a, const char *name, const char *value) {
  if (value == NULL) return false;
  if (strcmp(name, "--tpm") == 0)
    a->tcti = value;
  else if (strcmp(name, "--write") == 0)
    a->write = value;
  else if (strcmp(name, "--boot-ca") == 0)
    a->boot_ca = value;
  else if (strcmp(name, "--bank") == 0)
    return add_bank(a, value);
  else if (strcmp(name, "--set") == 0)
    return set_value(a, value);
  else if (strcmp(name, "--without") == 0)
    return set_fact(a, omadm_str_of(value), NULL);
  else {
    fprintf(stderr, "omadm-boot: unknown option %s\n", name);
    return false;
  }
  return true;
}

static bool parse(arguments *a, int n, char **argument) {
  bootlog_options_init(&a->options);
  for (int i = 1; i < n; i++) {
    const char *name = argument[i];
    if (strcmp(name, "--help") == 0)
      a->help = true;
    else if (strcmp(name, "--linux") == 0)
      a->linux_boot = true;
    else if (strcmp(name, "--legacy") == 0)
      a->options.legacy = true;
    else if (strcmp(name, "--no-secure-boot") == 0)
      a->options.secure_boot = 0;
    else if (name[0] != '-' && a->log == NULL)
      a->log = name;
    else if (!parse_valued(a, name, i + 1 < n ? argument[++i] : NULL))
      return false;
  }
  bool to_write = a->write != NULL || a->boot_ca != NULL;
  bool plays = a->log != NULL && a->tcti != NULL && !to_write;
  bool writes = a->log == NULL && a->tcti == NULL && to_write;
  return a->help || plays || writes;
}

static int say(const omadm_error *error) {
  fprintf(stderr, "omadm-boot: %s\n", error->text);
  if (error->code == OMADM_E_IO) return EXIT_SURROUNDINGS;
  return error->code == OMADM_E_REFUSED ? EXIT_NO : EXIT_USAGE;
}

static omadm_err write_file(const char *name, omadm_str octets, omadm_error *error) {
  FILE *file = fopen(name, "wb");
  bool good = file != NULL && fwrite(octets.ptr, 1, octets.len, file) == octets.len;
  if (file != NULL && fclose(file) != 0) good = false;
  if (good) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_IO, "%s cannot be written: %s", name, strerror(errno));
}

static omadm_err write_log(const arguments *a, omadm_error *error) {
  bootlog log;
  (a->linux_boot ? bootlog_linux : bootlog_windows)(&a->options, &log);
  omadm_err err = log.err;
  if (err != 0)
    omadm_error_set(error, err, "the log cannot be made: %s", omadm_err_text(err));
  else
    err = write_file(a->write, omadm_buf_str(&log.octets), error);
  bootlog_dispose(&log);
  return err;
}

/* One octet more than a log may have is read, so that a larger one is seen to be. */
static omadm_err read_file(const char *name, omadm_buf *octets, omadm_error *error) {
  char piece[16384];
  FILE *file = fopen(name, "rb");
  omadm_err err = OMADM_OK;
  size_t n = 0;
  if (file == NULL) {
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be read: %s", name, strerror(errno));
  }
  while (err == 0 && octets->len <= OMADM_EVENTLOG_MAX &&
         (n = fread(piece, 1, sizeof piece, file)) > 0)
    err = omadm_buf_add(octets, piece, n);
  if (err != 0)
    omadm_error_set(error, err, "%s: %s", name, omadm_err_text(err));
  else if (ferror(file) != 0) {
    err = omadm_error_set(error, OMADM_E_IO, "%s cannot be read: %s", name, strerror(errno));
  }
  fclose(file);
  return err;
}

static omadm_err play(const arguments *a, omadm_error *error) {
  omadm_buf octets;
  omadm_eventlog *log = NULL;
  size_t n = 0;
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  omadm_err err = read_file(a->log, &octets, error);
  if (err == 0) err = omadm_eventlog_parse(omadm_buf_str(&octets), &log, error);
  if (err == 0) err = play_log(log, a->tcti, &n, error);
  if (err == 0) printf("%zu entries extended\n", n);
  omadm_eventlog_free(log);
  omadm_buf_dispose(&octets);
  return err;
}

int main(int n, char **argument) {
  arguments a = {0};
  omadm_error error = {0};
  /* What fails is said here; the TPM's libraries would say it again. */
  setenv("TSS2_LOG", "all+none", 0);
  if (!parse(&a, n, argument)) {
    print_usage(stderr);
    return EXIT_USAGE;
  }
  if (a.help) {
    print_usage(stdout);
    return EXIT_GOOD;
  }
  omadm_err err = a.log != NULL ? play(&a, &error) : OMADM_OK;
  if (err == 0 && a.write != NULL) err = write_log(&a, &error);
  if (err == 0 && a.boot_ca != NULL) err = bootlog_write_ca(a.boot_ca, &error);
  return err == 0 ? EXIT_GOOD : say(&error);
}
