/* SPDX-License-Identifier: MIT */
/* omadm-refattest: the attestation services, for tests. */
#include <omadm/tpm.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/str.h"

#include "conformance/attestation/frame.h"
#include "conformance/attestation/services.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 2, EXIT_SURROUNDINGS = 3 };

typedef struct options {
  frame_options frame;
  service_config service;
  char host[64];
  const char *port_file;
  unsigned long timeout; /* seconds; 0: none */
  bool help;
} options;

typedef struct option {
  const char *name;
  int values;
  bool (*take)(options *o, char **values);
} option;

static const char usage[] =
    "usage: omadm-refattest [OPTION]…\n"
    "A Device Health Attestation service and an Azure-style attestation service on one port. "
    "Prints a line for each decision.\n"
    "  --listen ADDRESS[:PORT]  address and port (127.0.0.1, any free port); [ADDRESS]:PORT for "
    "IPv6\n"
    "  --port-file FILE         write the port number there once it listens\n"
    "  --tls CERT KEY           HTTPS with these PEM files\n"
    "  --ek-roots FILE          PEM certificates of TPM makers: whose endorsement keys count "
    "(none)\n"
    "  --boot-ca FILE           PEM certificates that may vouch for a Windows boot loader, besides "
    "Microsoft's\n"
    "  --loader HEX             digest in PCR 4 of a boot loader for Linux that measures what it "
    "boots; may repeat\n"
    "  --bank NAME              the bank that quotes have to be over: sha1, sha256, sha384 or "
    "sha512 (sha256)\n"
    "                           Name one that the devices' firmware measures into: any other "
    "holds what the\n"
    "                           running system likes\n"
    "  --allow-sha1-bank        take quotes over the SHA-1 bank too\n"
    "  --allow-sha1-signature   take keys that sign with SHA-1\n"
    "  --lifetime S             how long certificates, challenges and reports are good (86400)\n"
    "  --token TEXT             bearer token that the Azure-style service wants (none)\n"
    "  --timeout S              end when nothing comes for so many seconds (never)\n"
    "It ends on SIGTERM. Exit status: 0 ended; 2 usage; 3 it cannot listen or start.\n";

static volatile sig_atomic_t stopped;

static void on_signal(int number) {
  (void)number;
  stopped = 1;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *out) {
  char *end = NULL;
  errno = 0;
  *out = strtoul(text, &end, 10);
  return errno == 0 && *text >= '0' && *text <= '9' && *end == 0 && *out <= max;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT; an IPv6 address without brackets has no port. */
static bool take_listen(options *o, char **values) {
  const char *text = values[0];
  bool bracket = text[0] == '[';
  const char *end = bracket ? strchr(text, ']') : strrchr(text, ':');
  if (bracket && end == NULL) return false;
  if (!bracket && (end == NULL || strchr(text, ':') != end)) end = text + strlen(text);
  text += bracket;
  size_t n = (size_t)(end - text);
  if (n == 0 || n >= sizeof o->host) return false;
  memcpy(o->host, text, n);
  o->host[n] = 0;
  o->frame.host = o->host;
  end += bracket;
  unsigned long port = 0;
  if (*end == ':' && !parse_number(end + 1, 65535, &port)) return false;
  o->frame.port = (unsigned short)port;
  return *end == 0 || *end == ':';
}

static bool take_port_file(options *o, char **values) {
  o->port_file = values[0];
  return true;
}

static bool take_tls(options *o, char **values) {
  o->frame.certificate = values[0];
  o->frame.key = values[1];
  return true;
}

static bool take_ek_roots(options *o, char **values) {
  o->service.ek_roots = values[0];
  return true;
}

static bool take_boot_ca(options *o, char **values) {
  o->service.boot_ca = values[0];
  return true;
}

static bool take_loader(options *o, char **values) {
  service_config *s = &o->service;
  if (s->n_loaders == sizeof s->loaders / sizeof s->loaders[0]) return false;
  s->loaders[s->n_loaders++] = values[0];
  return strspn(values[0], "0123456789abcdefABCDEF") == strlen(values[0]);
}

static bool take_bank(options *o, char **values) {
  static const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256, OMADM_TPM_SHA384,
                                   OMADM_TPM_SHA512};
  for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++) {
    if (strcmp(values[0], omadm_tpm_alg_name(banks[i])) != 0) continue;
    o->service.bank = banks[i];
    o->service.allow_sha1_bank |= banks[i] == OMADM_TPM_SHA1;
    return true;
  }
  return false;
}

static bool take_sha1_bank(options *o, char **values) {
  (void)values;
  o->service.allow_sha1_bank = 1;
  return true;
}

static bool take_sha1_signature(options *o, char **values) {
  (void)values;
  o->service.allow_sha1_signature = 1;
  return true;
}

static bool take_lifetime(options *o, char **values) {
  unsigned long seconds = 0;
  bool good = parse_number(values[0], 366UL * 86400, &seconds) && seconds > 0;
  o->service.lifetime = (unsigned)seconds;
  return good;
}

static bool take_token(options *o, char **values) {
  o->service.token = values[0];
  return true;
}

static bool take_timeout(options *o, char **values) {
  return parse_number(values[0], 86400, &o->timeout);
}

static bool take_help(options *o, char **values) {
  (void)values;
  o->help = true;
  return true;
}

static const option known[] = {
    {"--listen", 1, take_listen},
    {"--port-file", 1, take_port_file},
    {"--tls", 2, take_tls},
    {"--ek-roots", 1, take_ek_roots},
    {"--boot-ca", 1, take_boot_ca},
    {"--loader", 1, take_loader},
    {"--bank", 1, take_bank},
    {"--allow-sha1-bank", 0, take_sha1_bank},
    {"--allow-sha1-signature", 0, take_sha1_signature},
    {"--lifetime", 1, take_lifetime},
    {"--token", 1, take_token},
    {"--timeout", 1, take_timeout},
    {"--help", 0, take_help},
};

static bool parse_arguments(options *o, int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    const option *found = NULL;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
      if (strcmp(arguments[i], known[k].name) == 0) found = &known[k];
    }
    if (found == NULL || i + found->values >= count) return false;
    if (!found->take(o, arguments + i + 1)) return false;
    i += found->values;
  }
  return true;
}

static int64_t seconds_now(void *ctx) {
  (void)ctx;
  return (int64_t)time(NULL);
}

static void print_line(void *ctx, const char *line) {
  char tame[1024];
  (void)ctx;
  snprintf(tame, sizeof tame, "%s", line);
  omadm_str_tame(tame);
  puts(tame);
  fflush(stdout);
}

/* In steps of half a second, for the sake of signals. */
static omadm_err serve(frame *server, services *all, const options *o, omadm_error *error) {
  omadm_err err = OMADM_OK;
  int64_t last = omadm_clock_ms();
  while (err == OMADM_OK && !stopped) {
    unsigned served = 0;
    err = frame_run(server, services_answer, all, 500, &served, error);
    int64_t now = omadm_clock_ms();
    if (served > 0) last = now;
    if (o->timeout > 0 && now - last >= (int64_t)o->timeout * 1000) break;
  }
  return err;
}

static int run(options *o) {
  int status = EXIT_SURROUNDINGS;
  omadm_error error = {0};
  frame *server = NULL;
  services *all = NULL;
  if (frame_new(&o->frame, &server, &error) != OMADM_OK) goto out;
  o->service.issuer = frame_origin(server);
  if (services_new(&o->service, &all, &error) != OMADM_OK) goto out;
  fprintf(stderr, "listening on %s\n", frame_origin(server));
  if (!omadm_port_write(o->port_file, frame_port(server))) {
    omadm_error_set(&error, OMADM_E_IO, "%s: %s", o->port_file, strerror(errno));
    goto out;
  }
  if (serve(server, all, o, &error) == OMADM_OK) status = EXIT_GOOD;
out:
  if (error.text[0] != 0) fprintf(stderr, "omadm-refattest: %s\n", error.text);
  frame_free(server);
  services_free(all);
  return status;
}

int main(int count, char **arguments) {
  options o = {.service = {.lifetime = 86400, .now = seconds_now, .said = print_line}};
  struct sigaction action = {.sa_handler = on_signal};
  if (!parse_arguments(&o, count, arguments)) {
    fputs(usage, stderr);
    return EXIT_USAGE;
  }
  if (o.help) {
    fputs(usage, stdout);
    return EXIT_GOOD;
  }
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  int status = run(&o);
  xmlCleanupParser();
  return status;
}
