/* SPDX-License-Identifier: MIT */
/*
 * What blocks: HTTP and the TPM for another process. The worker does it, and its thread answers,
 * so that neither a slot nor the tree waits. Nothing here is the framework's memory: it belongs to
 * one thread.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "csp-framework/crossing.h"
#include "csp-framework/isolated/process.h"
#include "csp-framework/isolated/tpm_wire.h"
#include "csp-framework/services.h"

typedef struct exchange exchange;

struct exchange {
  struct exchange *next; /* that waits */
  fw_isolated *p;
  process_link *link;
  uint64_t host;
  uint32_t type;
  uint64_t id;
  uint64_t opened; /* a key of the TPM; 0: none */
  omadm_buf body, reply;
  bool on_worker;
};

/* Room for an answer; the process may want none, or more than anybody has. */
static char *get_room(wire_reader *r, size_t most, size_t *size) {
  bool there = wire_get(r) != 0;
  uint64_t wanted = wire_get(r);
  *size = wanted < most ? (size_t)wanted : most;
  return there && *size > 0 ? malloc(*size) : NULL;
}

/* The file of certificates that it names, by a descriptor: whatever comes to its place, a pipe that
 * nobody writes holds no thread. */
static int open_ca(omadm_str ca, char *path, size_t size) {
  struct stat facts;
  char given[PATH_MAX];
  int n = snprintf(given, sizeof given, "%.*s", (int)ca.len, ca.ptr);
  int fd = ca.len == (size_t)n && ca.len < sizeof given
               ? open(given, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
               : -1;
  if (fd < 0) return -1;
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(fd);
    return -1;
  }
  snprintf(path, size, "/proc/self/fd/%d", fd);
  return fd;
}

static omadm_err ask_by_ca(const exchange *x, omadm_csp_http_request *q, omadm_csp_http_reply *a) {
  char path[40];
  bool named = q->ca.len > 0 && q->ca.len < PATH_MAX && q->ca.ptr != NULL;
  if (!named) return service_http(x->host, q, a);
  int fd = open_ca(q->ca, path, sizeof path);
  if (fd < 0) {
    a->stage = OMADM_CSP_HTTP_OPTIONS;
    return OMADM_E_ARGUMENT;
  }
  q->ca = omadm_str_of(path);
  omadm_err err = service_http(x->host, q, a);
  close(fd);
  return err;
}

/* Not for longer than the process may take for anything else: nobody could end it. */
static omadm_err ask_http(const exchange *x, omadm_csp_http_request *q, omadm_csp_http_reply *a) {
  if (x->p->deny_http) {
    a->stage = OMADM_CSP_HTTP_HANDLE;
    return OMADM_E_UNSUPPORTED;
  }
  enum { USUAL_MS = 30000 }; /* what 0 means */
  uint64_t most = (uint64_t)x->link->patience;
  if ((q->timeout_ms != 0 ? q->timeout_ms : USUAL_MS) > most) q->timeout_ms = (uint32_t)most;
  return ask_by_ca(x, q, a);
}

static void run_http(exchange *x, wire_reader *r) {
  omadm_csp_http_request q = {.struct_size = sizeof q};
  omadm_csp_http_reply a = {.struct_size = sizeof a};
  omadm_str *spans[] = {&q.method, &q.url, &q.headers, &q.body, &q.ca};
  q.timeout_ms = wire_get_u32(r);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    *spans[i] = wire_get_span(r);
  a.headers = get_room(r, WIRE_HEADERS, &a.headers_size);
  a.body = get_room(r, WIRE_ANSWERS, &a.body_size);
  omadm_err err = wire_end(r) ? ask_http(x, &q, &a) : OMADM_E_ARGUMENT;
  wire_writer w = wire_begin(&x->reply);
  wire_put(&w, (uint64_t)-err);
  wire_put(&w, a.stage);
  wire_put(&w, a.status);
  wire_put(&w, a.headers_cut);
  wire_put_str(&w, (omadm_str){a.headers, a.headers != NULL ? a.headers_len : 0});
  wire_put_str(&w, (omadm_str){a.body, a.body != NULL ? a.body_len : 0});
  free(a.headers);
  free(a.body);
}

/* Everything that a call gives. */
typedef union answer {
  omadm_tpm_info info;
  omadm_tpm_data data;
  omadm_tpm_key key;
  omadm_tpm_digest digest;
  omadm_tpm_quote quote;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_clock clock;
  omadm_tpm_signed certified;
  uint8_t octets[TPM_OCTETS];
} answer;

/* Makes the call; *size: octets of the answer. */
static omadm_tpm_status call_tpm(uint64_t host, uint64_t number, const uint64_t *n,
                                 const omadm_str *s, answer *a, size_t *size) {
  const omadm_tpm_calls *t = &service_tpm;
  size_t most = n[2] < sizeof a->octets ? (size_t)n[2] : sizeof a->octets;
  switch (number) {
  case TPM_INFO: *size = sizeof a->info; return t->info(host, &a->info);
  case TPM_EK_PUBLIC:
    *size = sizeof a->data;
    return t->ek_public(host, (omadm_tpm_ek)n[0], &a->data);
  case TPM_EK_CERTIFICATE:
    *size = sizeof a->data;
    return t->ek_certificate(host, (omadm_tpm_ek)n[0], (uint32_t)n[1], &a->data);
  case TPM_KEY_OPEN:
    *size = sizeof a->key;
    return t->key_open(host, (omadm_tpm_key_kind)n[0], s[0], &a->key);
  case TPM_KEY_CLOSE: return t->key_close(host, n[0]);
  case TPM_ACTIVATE:
    *size = sizeof a->digest;
    return t->activate(host, n[0], (omadm_tpm_ek)n[1], s[0], s[1], &a->digest);
  case TPM_QUOTE:
    *size = sizeof a->quote;
    return t->quote(host, n[0], (uint16_t)n[1], (uint32_t)n[2], s[0], &a->quote);
  case TPM_PCR_READ:
    *size = sizeof a->pcrs;
    return t->pcr_read(host, (uint16_t)n[0], (uint32_t)n[1], &a->pcrs);
  case TPM_CLOCK: *size = sizeof a->clock; return t->clock(host, &a->clock);
  case TPM_CERTIFY:
    *size = sizeof a->certified;
    return t->certify(host, n[0], n[1], s[0], &a->certified);
  case TPM_SIGN: *size = sizeof a->data; return t->sign(host, n[0], (uint16_t)n[1], s[0], &a->data);
  case TPM_EVENT_LOG: {
    omadm_tpm_status status = t->event_log(host, (omadm_tpm_log)n[0], n[1], a->octets, most, size);
    if (*size > most) *size = most;
    return status;
  }
  case TPM_RANDOM:
    *size = n[0] < sizeof a->octets ? (size_t)n[0] : sizeof a->octets;
    return t->random(host, a->octets, *size);
  default: return OMADM_TPM_UNSUPPORTED;
  }
}

static void run_tpm(exchange *x, wire_reader *r) {
  uint64_t number = wire_get(r), numbers[TPM_NUMBERS];
  omadm_str spans[TPM_SPANS];
  size_t size = 0;
  for (size_t i = 0; i < TPM_NUMBERS; i++)
    numbers[i] = wire_get(r);
  for (size_t i = 0; i < TPM_SPANS; i++)
    spans[i] = wire_get_str(r);
  answer *a = calloc(1, sizeof *a);
  omadm_tpm_status status = OMADM_TPM_ARGUMENT;
  if (a != NULL && wire_end(r))
    status =
        x->p->deny_tpm ? OMADM_TPM_ABSENT : call_tpm(x->host, number, numbers, spans, a, &size);
  if (number == TPM_KEY_OPEN && status == OMADM_TPM_OK) x->opened = a->key.handle;
  wire_writer w = wire_begin(&x->reply);
  wire_put(&w, (uint64_t)status);
  wire_put_str(&w, (omadm_str){(const char *)a, status == OMADM_TPM_OK ? size : 0});
  if (a != NULL) explicit_bzero(a, sizeof *a);
  free(a);
}

static void end(void *arg);

/* On a thread of the worker. */
static void run(void *arg) {
  exchange *x = arg;
  wire_reader r = {.left = omadm_buf_str(&x->body)};
  const bool gone = atomic_load(&x->link->gone);
  if (!gone && x->type == WIRE_HTTP)
    run_http(x, &r);
  else if (!gone)
    run_tpm(x, &r);
  /* Before the answer is sent: who has it may ask for the next one. */
  atomic_fetch_sub(&x->p->open_remote, 1);
  if (x->on_worker) atomic_fetch_sub(&x->p->running_remote, 1);
  if (gone) return;
  /* One that is gone takes no answer, and no key; an answer there is no memory for is an empty one,
     which reads as zeros. */
  int64_t until = omadm_clock_ms() + x->link->patience;
  if (!process_send(x->link, WIRE_RESULT, x->id, omadm_buf_str(&x->reply), until) && x->opened != 0)
    (void)service_tpm.key_close(x->host, x->opened);
}

static void finish(exchange *x) {
  if (x->body.len > 0) explicit_bzero(x->body.ptr, x->body.len);
  if (x->reply.len > 0) explicit_bzero(x->reply.ptr, x->reply.len);
  omadm_buf_dispose(&x->body);
  omadm_buf_dispose(&x->reply);
  x->p->remote--;
  services_job_ended(x->p->fw);
  process_link_leave(x->link);
  free(x);
}

void remote_start(fw_isolated *p) {
  omadm_worker *worker = p->fw->config.worker;
  while (p->waiting != NULL && atomic_load(&p->running_remote) < REMOTE_AT_ONCE) {
    exchange *x = p->waiting;
    p->waiting = x->next;
    if (p->waiting == NULL) p->last_waiting = NULL;
    x->on_worker = services_has_threads(p->fw);
    if (x->on_worker) atomic_fetch_add(&p->running_remote, 1);
    if (x->on_worker && worker->submit(worker->ctx, run, end, x) == 0) continue;
    if (x->on_worker) atomic_fetch_sub(&p->running_remote, 1);
    x->on_worker = false;
    run(x);
    finish(x);
  }
}

static void end(void *arg) {
  exchange *x = arg;
  fw_isolated *p = x->p;
  finish(x);
  remote_start(p);
}

bool remote_serve(fw_isolated *p, wire_message *m) {
  const bool room = atomic_load(&p->open_remote) < REMOTE_MOST;
  exchange *x = room ? calloc(1, sizeof *x) : NULL;
  if (x == NULL) {
    p->misdeed = "it asked for more of network and TPM at once than may be";
    return false;
  }
  *x = (exchange){.p = p,
                  .link = p->life.link,
                  .host = services_handle(p->csp),
                  .type = m->type,
                  .id = m->id,
                  .body = m->body};
  m->body = (omadm_buf){0};
  atomic_fetch_add(&p->life.link->users, 1);
  p->remote++;
  atomic_fetch_add(&p->open_remote, 1);
  services_job_began(p->fw);
  *(p->last_waiting != NULL ? &p->last_waiting->next : &p->waiting) = x;
  p->last_waiting = x;
  remote_start(p);
  return true;
}
