/* SPDX-License-Identifier: MIT */
#include "conformance/server/steps.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#include "conformance/server/commands.h"
#include "conformance/server/dialogue.h"
#include "conformance/server/fetch.h"
#include "conformance/server/token.h"
#include "conformance/server/validate.h"

#define CSP "./Vendor/MSFT/HealthAttestation/"

typedef enum step_end {
  STEP_ON, /* go on behind it */
  STEP_WAIT, /* the session ends; the next one comes back to it */
  STEP_STOP /* nothing behind it makes sense any more */
} step_end;

static bool is_among(const char *words, const char *word) {
  size_t len = strlen(word);
  for (const char *at = words; at != NULL && *at != 0;) {
    size_t n = strcspn(at, " ");
    if (n == len && memcmp(at, word, n) == 0) return true;
    at += n + (at[n] == ' ');
  }
  return false;
}

/* HealthAttestation: 3 in Status, go on; 0 or 1, wait for the alert; else something is wrong. */
static step_end await(dialogue *self, const xmlNode *node) {
  char *type = (char *)xmlGetNoNsProp(node, (const xmlChar *)"type");
  char *uri = (char *)xmlGetNoNsProp(node, (const xmlChar *)"uri");
  char *ready = (char *)xmlGetNoNsProp(node, (const xmlChar *)"ready");
  char *running = (char *)xmlGetNoNsProp(node, (const xmlChar *)"running");
  const char *found = seen_get(&self->seen, self->waiting ? type : uri);
  step_end end = STEP_STOP;
  if (found != NULL && strcmp(found, ready) == 0) {
    end = STEP_ON;
  } else if (self->waiting ? found == NULL : found != NULL && is_among(running, found)) {
    end = STEP_WAIT;
  } else if (found == NULL) {
    dialogue_complain(self, "%s was never read: put a Get of it before await", uri);
  } else {
    dialogue_complain(self, "%s: expected %s, found %s", self->waiting ? type : uri, ready, found);
  }
  if (found != NULL) table_step(self->table, node, found);
  if (end == STEP_WAIT && !self->waiting) {
    fprintf(self->out, "· %s is %s: the server waits for the alert\n", uri, found);
    seen_forget(&self->seen, type);
  }
  xmlFree(type);
  xmlFree(uri);
  xmlFree(ready);
  xmlFree(running);
  return end;
}

/* What came of asking a service, for a person and for the final table. */
static step_end conclude(dialogue *self, const xmlNode *node, omadm_err err,
                         const policy_outcome *outcome, const omadm_error *error) {
  const char *found = err != OMADM_OK ? "refused" : policy_word(outcome->decision);
  if (err != OMADM_OK) {
    char text[sizeof error->text];
    snprintf(text, sizeof text, "%s", error->text[0] != 0 ? error->text : omadm_err_text(err));
    omadm_str_tame(text);
    fprintf(self->out, "refused: %s\n", text);
  } else {
    fprintf(self->out, "decision: %s%s%s\n", found, outcome->fields[0] != 0 ? ": " : "",
            outcome->fields);
  }
  table_step(self->table, node, found);
  return STEP_ON;
}

static omadm_err missing(const char *what, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_STATE, "%s", what);
}

/* The HTTP answer of an attestation service; the sentence of a refusal is in its body. */
static omadm_err check_http(const char *url, unsigned status, const omadm_buf *body,
                            omadm_error *error) {
  if (status == 200) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_HTTP, "%s answered HTTP %u: %.*s", url, status,
                         (int)(body->len < 300 ? body->len : 300), body->len > 0 ? body->ptr : "");
}

static omadm_err ask_dha(dialogue *self, const char *nonce, omadm_buf *answer, omadm_error *error) {
  const steps_services *services = self->services;
  const char *data = seen_get(&self->seen, CSP "Certificate");
  const char *correlation = seen_get(&self->seen, CSP "CorrelationID");
  char url[300], header[300];
  unsigned version = 0, status = 0;
  omadm_buf request;
  if (services == NULL || services->dha == NULL)
    return missing("no --dha was given: give --dha HOST:PORT", error);
  if (data == NULL) return missing("the device gave no " CSP "Certificate", error);
  omadm_buf_init(&request, NULL, 0);
  omadm_err err = validate_request(omadm_str_of(data), nonce, &request, &version, error);
  snprintf(url, sizeof url, "https://%s/DeviceHealthAttestation/ValidateHealthCertificate/v%u",
           services->dha, version);
  snprintf(header, sizeof header, "dhascorrelationid: %s", correlation == NULL ? "" : correlation);
  omadm_str_tame(header);
  if (err == OMADM_OK)
    err = fetch(&(fetch_request){url, services->ca, correlation == NULL ? NULL : header,
                                 "application/octet-stream", omadm_buf_str(&request)},
                &status, answer, error);
  if (err == OMADM_OK) err = check_http(url, status, answer, error);
  omadm_buf_dispose(&request);
  return err;
}

static step_end validate(dialogue *self, const xmlNode *node) {
  omadm_error error;
  omadm_buf answer;
  policy_outcome outcome = {.decision = POLICY_NOT_HEALTHY};
  omadm_error_clear(&error);
  omadm_buf_init(&answer, NULL, FETCH_MAX);
  char *nonce = (char *)xmlGetNoNsProp(node, (const xmlChar *)"nonce");
  fputs("· the server gives DHA-Data and its nonce to the Device Health Attestation service\n",
        self->out);
  omadm_err err = ask_dha(self, nonce == NULL ? "" : nonce, &answer, &error);
  if (err == OMADM_OK) err = validate_report(omadm_buf_str(&answer), self->out, &outcome, &error);
  xmlFree(nonce);
  omadm_buf_dispose(&answer);
  return conclude(self, node, err, &outcome, &error);
}

/* "https://host:port" of a URL. */
static omadm_str origin_of(const char *url) {
  const char *host = strstr(url, "://");
  size_t before = host == NULL ? 0 : (size_t)(host - url) + 3;
  return (omadm_str){url, before + strcspn(url + before, "/?#")};
}

static step_end token(dialogue *self, const xmlNode *node) {
  const steps_services *services = self->services;
  const char *given = seen_get(&self->seen, CSP "GetAttestReport");
  omadm_error error;
  omadm_buf keys;
  unsigned status = 0;
  char url[300];
  policy_outcome outcome = {.decision = POLICY_NOT_HEALTHY};
  omadm_err err = OMADM_OK;
  omadm_error_clear(&error);
  omadm_buf_init(&keys, NULL, FETCH_MAX);
  char *nonce = (char *)xmlGetNoNsProp(node, (const xmlChar *)"nonce");
  token_expect expect = {.nonce = nonce == NULL ? "" : nonce, .now = time(NULL)};
  fputs("· the server verifies the token with the attestation service's keys\n", self->out);
  if (services == NULL || services->azure == NULL) {
    err = missing("no --azure was given: give --azure URL", &error);
  } else if (given == NULL) {
    err = missing("the device gave no " CSP "GetAttestReport", &error);
  } else {
    expect.issuer = origin_of(services->azure);
    snprintf(url, sizeof url, "%.*s/certs", (int)expect.issuer.len, expect.issuer.ptr);
    err = fetch(&(fetch_request){.url = url, .ca = services->ca}, &status, &keys, &error);
    if (err == OMADM_OK) err = check_http(url, status, &keys, &error);
  }
  expect.keys = omadm_buf_str(&keys);
  if (err == OMADM_OK)
    err = token_report(omadm_str_of(given), &expect, self->out, &outcome, &error);
  xmlFree(nonce);
  omadm_buf_dispose(&keys);
  return conclude(self, node, err, &outcome, &error);
}

/* It is looked at when an alert comes. */
static step_end expect_alert(dialogue *self, const xmlNode *node) {
  (void)self;
  (void)node;
  return STEP_ON;
}

static const struct {
  const char *name;
  step_end (*run)(dialogue *self, const xmlNode *node);
} steps[] = {
    {"await", await}, {"expect-alert", expect_alert}, {"token", token}, {"validate", validate}};

static step_end run(dialogue *self, const xmlNode *node) {
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    if (strcmp((const char *)node->name, steps[i].name) == 0) return steps[i].run(self, node);
  }
  return STEP_STOP;
}

xmlNode *dialogue_advance(dialogue *self) {
  while (self->step != NULL) {
    xmlNode *node = self->step;
    bool is_package = strcmp((const char *)node->name, "package") == 0;
    step_end end = is_package ? STEP_ON : run(self, node);
    self->waiting = end == STEP_WAIT;
    if (end == STEP_WAIT) return NULL;
    self->step = end == STEP_ON ? commands_next(node) : NULL;
    if (is_package) return node;
  }
  return NULL;
}
