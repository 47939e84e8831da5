/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/boot/bootlog.h"

static int64_t time_of(void *ctx) {
  return ((bench *)ctx)->time;
}

static void keep_line(void *ctx, const char *line) {
  snprintf(((bench *)ctx)->line, sizeof((bench *)ctx)->line, "%s", line);
}

void bench_open(bench *b, fake_tpm *trusted) {
  omadm_error error = {0};
  memset(b, 0, sizeof *b);
  strcpy(b->roots, "/tmp/omadm-attestation-XXXXXX");
  int file = mkstemp(b->roots);
  if (file < 0) abort();
  close(file);
  fake_tpm_write_root(trusted, b->roots);
  snprintf(b->boot_ca, sizeof b->boot_ca, "%s.boot", b->roots);
  if (bootlog_write_ca(b->boot_ca, NULL) != OMADM_OK) abort();
  b->time = 1700000000;
  b->config = (service_config){.issuer = "https://127.0.0.1",
                               .ek_roots = b->roots,
                               .boot_ca = b->boot_ca,
                               .lifetime = 3600,
                               .now = time_of,
                               .ctx = b,
                               .said = keep_line};
  if (dha_new(&b->config, &b->service, &error) != OMADM_OK) abort();
}

void bench_close(bench *b) {
  dha_free(b->service);
  unlink(b->roots);
  unlink(b->boot_ca);
}

/* Aborts where an answer is not what its schema says. */
static void hold_against_schema(const char *what, unsigned version, const omadm_buf *xml) {
  static xmlSchema *schemas[2][2];
  int which = strcmp(what, "GetHealthCertificate") == 0 ? 0 : 1;
  int modern = version >= 3;
  char path[512];
  snprintf(path, sizeof path, SCHEMAS "/dha-%s-v%d.xsd", which == 0 ? "certificate" : "report",
           modern ? 3 : 1);
  if (schemas[which][modern] == NULL) {
    xmlSchemaParserCtxt *parser = xmlSchemaNewParserCtxt(path);
    schemas[which][modern] = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
  }
  if (schemas[which][modern] == NULL) abort();
  xmlDoc *doc = xmlReadMemory(xml->ptr, (int)xml->len, "answer.xml", NULL, XML_PARSE_NONET);
  xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(schemas[which][modern]);
  if (doc == NULL || xmlSchemaValidateDoc(validator, doc) != 0) {
    fprintf(stderr, "not what %s wants:\n%.*s\n", path, (int)xml->len, xml->ptr);
    abort();
  }
  xmlSchemaFreeValidCtxt(validator);
  xmlFreeDoc(doc);
}

static void read_answer(answer *a) {
  static const char mark[] = " ErrorMessage=\"";
  const char *code = strstr(a->xml.ptr, " ErrorCode=\"");
  const char *message = strstr(a->xml.ptr, mark);
  if (code == NULL || message == NULL) abort();
  a->code = atoi(code + strlen(" ErrorCode=\""));
  message += strlen(mark);
  snprintf(a->message, sizeof a->message, "%.*s", (int)strcspn(message, "\""), message);
}

void bench_send(bench *b, const char *what, unsigned version, omadm_str body, answer *a) {
  char path[128];
  service_reply reply = {.status = 0};
  /* Letter case does not count in paths; this is how the client of Windows writes them. */
  snprintf(path, sizeof path, "/devicehealthattestation/%s/v%u", what, version);
  service_request request = {.method = OMADM_STR("POST"),
                             .path = omadm_str_of(path),
                             .correlation = OMADM_STR("c0ffee"),
                             .body = body};
  omadm_buf_init(&reply.body, &omadm_mem_default, 0);
  dha_answer(b->service, &request, &reply);
  if (omadm_buf_add(&reply.body, "", 1) != OMADM_OK) abort();
  reply.body.len--;
  memset(a, 0, sizeof *a);
  a->http = reply.status;
  a->code = -1;
  a->xml = reply.body;
  if (a->http == 200) {
    hold_against_schema(what, version, &a->xml);
    read_answer(a);
  } else {
    snprintf(a->message, sizeof a->message, "%s", a->xml.ptr);
  }
}

void answer_dispose(answer *a) {
  omadm_buf_dispose(&a->xml);
}

const char *answer_text(const answer *a, const char *element) {
  static char *text; /* of the last call */
  char begin[64], end[64];
  free(text);
  text = NULL;
  snprintf(begin, sizeof begin, "<%s", element);
  snprintf(end, sizeof end, "</%s>", element);
  const char *at = strstr(a->xml.ptr, begin);
  while (at != NULL && strchr(" >", at[strlen(begin)]) == NULL)
    at = strstr(at + 1, begin);
  const char *until = at == NULL ? NULL : strstr(at, end);
  if (until == NULL) return "";
  at = strchr(at, '>') + 1;
  text = strndup(at, (size_t)(until - at));
  return text;
}

const char *answer_grade(const answer *a, const char *field) {
  static char grade[32];
  char wanted[96];
  snprintf(wanted, sizeof wanted, "<Field name=\"%s\" grade=\"", field);
  const char *at = strstr(a->xml.ptr, wanted);
  if (at == NULL) return "";
  at += strlen(wanted);
  snprintf(grade, sizeof grade, "%.*s", (int)strcspn(at, "\""), at);
  return grade;
}
