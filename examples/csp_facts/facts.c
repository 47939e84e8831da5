/* SPDX-License-Identifier: MIT */
/* A CSP that asks the TPM and a server, in jobs: a Get of ./Vendor/TpmFacts/Pcr7 is answered late;
 * an Exec on ./Vendor/TpmFacts/Report with a URL posts a quote there, and ends with an alert. */
#include <omadm/csp.h>
#include <omadm/tpm.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAF(name, access, format)                                                                 \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType><" access                          \
  "/></AccessType><DFFormat><" format "/></DFFormat><Scope><Permanent/></Scope>"                   \
  "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>TpmFacts</NodeName><Path>./Vendor</Path>"
    "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Scope><Permanent/>"
    "</Scope><DFType><DDFName/></DFType></DFProperties>" LEAF("Pcr7", "Get", "chr")
        LEAF("Report", "Exec", "chr") "</Node></MgmtTree>";

typedef struct facts {
  const omadm_csp_services *services;
  uint64_t host;
} facts;

/* What a job knows. Structures of the TPM are large: they live here and on no stack. */
typedef struct work {
  const facts *of;
  omadm_token token;
  char url[1024];
  omadm_tpm_status tpm;
  omadm_err sent;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_key key;
  omadm_tpm_quote quote;
  char body[sizeof(omadm_tpm_quote)];
  omadm_csp_http_reply reply;
  char answer[4096]; /* its text, which does not matter here */
} work;

static omadm_status facts_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  facts *f = malloc(sizeof *f);
  if (f == NULL) return OMADM_ST_FAILED;
  *f = (facts){services, host};
  *self = (uint64_t)(uintptr_t)f;
  return OMADM_ST_OK;
}

static void facts_close(uint64_t self) {
  free((facts *)(uintptr_t)self);
}

static void log_failure(const work *w) {
  const char *why = w->tpm != OMADM_TPM_OK ? omadm_tpm_status_text(w->tpm) : "the server failed";
  w->of->services->log(w->of->host, OMADM_CSP_LOG_WARN, (omadm_str){why, strlen(why)});
}

/* On a worker's thread: the TPM, http, log and now, and nothing else. */
static void read_pcr(void *arg) {
  work *w = arg;
  w->tpm = w->of->services->tpm->pcr_read(w->of->host, OMADM_TPM_SHA256, 1u << 7, &w->pcrs);
}

/* On the CSP's thread. */
static void tell_pcr(void *arg) {
  work *w = arg;
  char hex[2 * sizeof w->pcrs.values[7] + 1] = "";
  for (unsigned i = 0; w->tpm == OMADM_TPM_OK && i < w->pcrs.digest_len; i++)
    snprintf(hex + 2 * i, 3, "%02x", w->pcrs.values[7][i]);
  if (w->tpm != OMADM_TPM_OK) log_failure(w);
  w->of->services->value(w->of->host, w->token, (omadm_str){hex, strlen(hex)});
  w->of->services->complete(w->of->host, w->token,
                            w->tpm == OMADM_TPM_OK ? OMADM_ST_OK : OMADM_ST_FAILED, NULL);
  free(w);
}

/* The TPMS_ATTEST and the TPMT_SIGNATURE, one behind the other. */
static void send_quote(void *arg) {
  work *w = arg;
  const omadm_csp_services *s = w->of->services;
  uint64_t host = w->of->host;
  const omadm_str nonce = OMADM_STR("a real service would name it");
  w->tpm = s->tpm->key_open(host, OMADM_TPM_AK_P256, (omadm_str){NULL, 0}, &w->key);
  if (w->tpm != OMADM_TPM_OK) return;
  w->tpm =
      s->tpm->quote(host, w->key.handle, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, nonce, &w->quote);
  s->tpm->key_close(host, w->key.handle);
  if (w->tpm != OMADM_TPM_OK) return;
  omadm_str attest = omadm_tpm_data_str(&w->quote.attest);
  omadm_str signature = omadm_tpm_data_str(&w->quote.signature);
  memcpy(w->body, attest.ptr, attest.len);
  memcpy(w->body + attest.len, signature.ptr, signature.len);
  const omadm_csp_http_request request = {.struct_size = sizeof request,
                                          .method = OMADM_STR("POST"),
                                          .url = {w->url, strlen(w->url)},
                                          .body = {w->body, attest.len + signature.len}};
  w->reply = (omadm_csp_http_reply){
      .struct_size = sizeof w->reply, .body = w->answer, .body_size = sizeof w->answer};
  w->sent = s->http(host, &request, &w->reply);
}

static void tell_sent(void *arg) {
  work *w = arg;
  bool good = w->tpm == OMADM_TPM_OK && w->sent == 0 && w->reply.status / 100 == 2;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR("com.example:tpm-report"),
                                 .format = OMADM_FORMAT_BOOL,
                                 .data = {good ? "true" : "false", good ? 4 : 5}};
  if (!good) log_failure(w);
  w->of->services->complete(w->of->host, w->token, good ? OMADM_ST_OK : OMADM_ST_FAILED, &alert);
  free(w);
}

static omadm_status start(uint64_t self, const omadm_csp_request *request, void (*run)(void *),
                          void (*done)(void *), omadm_status answer) {
  const facts *f = (const facts *)(uintptr_t)self;
  work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  w->of = f;
  w->token = request->token;
  if (request->value.len < sizeof w->url && request->value.len > 0)
    memcpy(w->url, request->value.ptr, request->value.len);
  if (f->services->job(f->host, run, done, w) == 0) return answer;
  free(w);
  return OMADM_ST_FAILED;
}

static omadm_status facts_get(uint64_t self, const omadm_csp_request *request) {
  return start(self, request, read_pcr, tell_pcr, OMADM_ST_PENDING);
}

static omadm_status facts_exec(uint64_t self, const omadm_csp_request *request) {
  return start(self, request, send_quote, tell_sent, OMADM_ST_ACCEPTED);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = facts_open,
                                      .close = facts_close,
                                      .get = facts_get,
                                      .exec = facts_exec};

static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "TpmFacts",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
