/* SPDX-License-Identifier: MIT */
/* omadm tpm log: a boot log as tables, and as JSON. */
#include "cli/tpm.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "base/codec.h"
#include "base/str.h"

#define WHAT_MAX 4096
#define WHAT_SHOWN 160 /* octets of it in a table */
#define OCTETS_SHOWN 48

typedef enum fact_kind { FACT_BOOL, FACT_UINT, FACT_OCTETS } fact_kind;

typedef struct fact_row {
  const char *name;
  fact_kind kind;
  const char *label;
  size_t offset; /* in omadm_boot_facts */
} fact_row;

static const fact_row rows[] = {
#define FACT_ROW(name, kind, label) {#name, FACT_##kind, label, offsetof(omadm_boot_facts, name)},
    OMADM_BOOT_FACTS(FACT_ROW)
#undef FACT_ROW
};

/* What follows from a log that no TPM was asked about only stands in the log. */
static const char *grade_word(const tpm_log_view *view, omadm_grade grade) {
  static const char *const words[] = {[OMADM_GRADE_UNKNOWN] = "unknown",
                                      [OMADM_GRADE_ATTESTED] = "attested",
                                      [OMADM_GRADE_NOT_APPLICABLE] = "not applicable"};
  return grade == OMADM_GRADE_ATTESTED && !view->has_tpm ? "logged" : words[grade];
}

static const char *const kinds[] = {[OMADM_BOOT_UNKNOWN] = "unknown",
                                    [OMADM_BOOT_WINDOWS] = "windows",
                                    [OMADM_BOOT_LINUX] = "linux"};

static const omadm_fact *fact_of(const omadm_boot_facts *facts, const fact_row *row) {
  return (const omadm_fact *)(const void *)((const char *)facts + row->offset);
}

/* "EV_SEPARATOR", or the number of a type that has no name. */
static const char *type_name(uint32_t type, char room[16]) {
  const char *name = omadm_event_type_name(type);
  if (name[0] != '\0') return name;
  snprintf(room, 16, "0x%08x", (unsigned)type);
  return room;
}

static void describe(const omadm_event *event, char line[WHAT_MAX]) {
  line[0] = '\0';
  omadm_event_describe(event, line, WHAT_MAX);
  omadm_str_tame(line);
  for (char *c = line; !omadm_utf8_is_valid(omadm_str_of(c)) && *c != '\0'; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
}

/* Cuts a line where a character begins. */
static void shorten(char line[WHAT_MAX]) {
  size_t at = WHAT_SHOWN;
  if (strlen(line) <= at) return;
  while (at > 0 && ((unsigned char)line[at] & 0xc0) == 0x80)
    at--;
  strcpy(line + at, "…");
}

static void write_hex(const void *octets, size_t n) {
  for (size_t i = 0; i < n; i++)
    printf("%02x", ((const unsigned char *)octets)[i]);
}

static void write_events(const tpm_log_view *view) {
  char room[16];
  char line[WHAT_MAX];
  int width = 4;
  size_t n = omadm_eventlog_count(view->log);
  for (size_t i = 0; i < n; i++) {
    int len = (int)strlen(type_name(omadm_eventlog_at(view->log, i)->type, room));
    if (len > width) width = len;
  }
  printf("%5s  %3s  %-*s  %s\n", "EVENT", "PCR", width, "TYPE", "WHAT");
  for (size_t i = 0; i < n; i++) {
    const omadm_event *event = omadm_eventlog_at(view->log, i);
    char pcr[12] = "-";
    if (event->pcr != UINT32_MAX) snprintf(pcr, sizeof pcr, "%u", (unsigned)event->pcr);
    describe(event, line);
    shorten(line);
    printf("%5zu  %3s  %-*s%s%s\n", i, pcr, line[0] != '\0' ? width : 0,
           type_name(event->type, room), line[0] != '\0' ? "  " : "", line);
  }
}

static void write_pcrs(const tpm_log_view *view) {
  size_t len = view->replayed.digest_len;
  if (view->has_tpm)
    printf("\nPCR  %-*s  %-*s  VERDICT\n", (int)len * 2, "REPLAYED FROM THE LOG", (int)len * 2,
           "THE TPM'S");
  else
    puts("\nPCR  REPLAYED FROM THE LOG");
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if (!view->has_tpm && (view->extended >> i & 1) == 0) continue;
    printf("%3u  ", i);
    write_hex(view->replayed.values[i], len);
    if (view->has_tpm) {
      fputs("  ", stdout);
      write_hex(view->tpm.values[i], len);
      printf("  %s", tpm_log_verdict(view, i));
    }
    putchar('\n');
  }
}

/* Text where it is text, else hexadecimal; a long one is cut. */
static void write_octets(omadm_str octets) {
  char text[OCTETS_SHOWN * 2 + 1];
  size_t n = octets.len < sizeof text - 1 ? octets.len : sizeof text - 1;
  bool is_text = n > 0;
  for (size_t i = 0; i < n; i++)
    is_text = is_text && octets.ptr[i] >= ' ' && octets.ptr[i] < 0x7f;
  if (is_text) {
    fwrite(octets.ptr, 1, n, stdout);
  } else {
    n = octets.len < OCTETS_SHOWN ? octets.len : OCTETS_SHOWN;
    write_hex(octets.ptr, n);
  }
  if (n < octets.len) printf("… (%zu octets)", octets.len);
}

/* Whose certificate it is; false where it is none. */
static bool write_certificate(omadm_str octets) {
  const unsigned char *at = (const unsigned char *)octets.ptr;
  X509 *certificate = octets.len > 0 ? d2i_X509(NULL, &at, (long)octets.len) : NULL;
  if (certificate == NULL) return false;
  /* Escapes whatever is not printable ASCII. */
  X509_NAME_print_ex_fp(stdout, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  X509_free(certificate);
  return true;
}

static void write_value(const fact_row *row, const omadm_fact *fact) {
  if (row->kind == FACT_OCTETS) {
    if (!write_certificate(fact->octets)) write_octets(fact->octets);
  } else if (row->kind == FACT_BOOL)
    fputs(fact->value != 0 ? "yes" : "no", stdout);
  else
    printf("%llu", (unsigned long long)fact->value);
}

static void write_facts(const tpm_log_view *view) {
  const omadm_boot_facts *facts = &view->facts;
  int width = 0;
  printf("\nboot: %s, %zu module%s named, %zu code integrity polic%s\n", kinds[facts->kind],
         facts->n_modules, facts->n_modules == 1 ? "" : "s", facts->n_policies,
         facts->n_policies == 1 ? "y" : "ies");
  puts(view->has_tpm ? "What follows from the PCRs that agree:"
                     : "What follows, if the log is believed (no TPM vouches for it here):");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if ((int)strlen(rows[i].label) > width) width = (int)strlen(rows[i].label);
  printf("%-14s  %-*s  %s\n", "GRADE", width, "FACT", "VALUE");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const omadm_fact *fact = fact_of(facts, &rows[i]);
    printf("%-14s  %-*s  ", grade_word(view, fact->grade), width, rows[i].label);
    if (fact->grade == OMADM_GRADE_ATTESTED)
      write_value(&rows[i], fact);
    else
      fputs("-", stdout);
    putchar('\n');
  }
}

void tpm_log_write_text(const tpm_log_view *view) {
  size_t n = omadm_eventlog_count(view->log);
  printf("%s: %zu event%s, bank %s\n\n", view->source, n, n == 1 ? "" : "s",
         omadm_tpm_alg_name(view->bank));
  write_events(view);
  write_pcrs(view);
  if (view->check.code == OMADM_OK)
    puts("\nThe log holds together.");
  else
    printf("\nThe log does not hold together: %s\n", view->check.text);
  write_facts(view);
}

static json_t *events_json(const tpm_log_view *view) {
  json_t *list = json_array();
  char room[16];
  char line[WHAT_MAX];
  for (size_t i = 0; i < omadm_eventlog_count(view->log); i++) {
    const omadm_event *event = omadm_eventlog_at(view->log, i);
    omadm_str digest = omadm_eventlog_digest(view->log, i, view->bank);
    describe(event, line);
    json_t *row =
        json_pack("{s:I, s:s, s:o}", "number", (json_int_t)i, "type", type_name(event->type, room),
                  "digest", tpm_json_hex(digest.ptr, digest.len));
    if (event->pcr != UINT32_MAX)
      json_object_set_new(row, "pcr", json_integer((json_int_t)event->pcr));
    json_object_set_new(row, "what", json_string(line));
    json_object_set_new(row, "data", tpm_json_hex(event->data.ptr, event->data.len));
    json_array_append_new(list, row);
  }
  return list;
}

static json_t *pcrs_json(const tpm_log_view *view) {
  json_t *list = json_array();
  size_t len = view->replayed.digest_len;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    json_t *row =
        json_pack("{s:i, s:b, s:o}", "pcr", (int)i, "has-events", (int)(view->extended >> i & 1),
                  "replayed", tpm_json_hex(view->replayed.values[i], len));
    if (view->has_tpm) {
      json_object_set_new(row, "tpm", tpm_json_hex(view->tpm.values[i], len));
      json_object_set_new(row, "verdict", json_string(tpm_log_verdict(view, i)));
    }
    json_array_append_new(list, row);
  }
  return list;
}

static json_t *fact_json(const tpm_log_view *view, const fact_row *row, const omadm_fact *fact) {
  json_t *value = NULL;
  if (fact->grade != OMADM_GRADE_ATTESTED)
    value = json_null();
  else if (row->kind == FACT_OCTETS)
    value = tpm_json_hex(fact->octets.ptr, fact->octets.len);
  else if (row->kind == FACT_BOOL)
    value = json_boolean(fact->value != 0);
  else
    value = json_integer((json_int_t)fact->value);
  return json_pack("{s:s, s:o}", "grade", grade_word(view, fact->grade), "value", value);
}

json_t *tpm_log_json(const tpm_log_view *view) {
  json_t *facts = json_object();
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    json_object_set_new(facts, rows[i].name,
                        fact_json(view, &rows[i], fact_of(&view->facts, &rows[i])));
  json_t *json =
      json_pack("{s:s, s:b, s:o, s:o, s:b, s:s, s:o}", "bank", omadm_tpm_alg_name(view->bank),
                "compared-with-tpm", view->has_tpm, "events", events_json(view), "pcrs",
                pcrs_json(view), "holds-together", view->check.code == OMADM_OK, "boot",
                kinds[view->facts.kind], "facts", facts);
  if (json != NULL && view->check.code != OMADM_OK)
    json_object_set_new(json, "problem", json_string(view->check.text));
  return json;
}
