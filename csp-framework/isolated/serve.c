/* SPDX-License-Identifier: MIT */
/* The services that another process asks for: each goes to the table that any plugin has. */
#include "csp-framework/isolated/process.h"

#include "base/clock.h"
#include "csp-framework/crossing.h"
#include "csp-framework/services.h"

typedef struct service {
  fw_isolated *p;
  const omadm_csp_services *table;
  uint64_t host;
  wire_reader r; /* what it asks */
  bool good; /* it was a message */
} service;

/* An alert; NULL: none was given. One whose size was not set, or with octets at NULL, is so again.
 */
static const omadm_csp_alert *get_alert(wire_reader *r, omadm_csp_alert *alert) {
  bool there = wire_get(r) != 0, sized = wire_get(r) != 0, good = wire_get(r) != 0;
  wire_get_alert(r, alert);
  if (!sized) alert->struct_size = 0;
  if (!good) alert->data = (omadm_str){NULL, 1};
  return there ? alert : NULL;
}

static bool complete(service *s) {
  s->good = wire_end(&s->r);
  return s->good;
}

static omadm_err serve_value(service *s, omadm_str *lent) {
  (void)lent;
  omadm_token token = wire_get(&s->r);
  omadm_str octets = wire_get_span(&s->r);
  return complete(s) ? s->table->value(s->host, token, octets) : 0;
}

static omadm_err serve_child(service *s, omadm_str *lent) {
  (void)lent;
  omadm_token token = wire_get(&s->r);
  omadm_str name = wire_get_span(&s->r);
  return complete(s) ? s->table->child(s->host, token, name) : 0;
}

static omadm_err serve_complete(service *s, omadm_str *lent) {
  (void)lent;
  omadm_csp_alert alert;
  omadm_token token = wire_get(&s->r);
  uint64_t status = wire_get(&s->r);
  const omadm_csp_alert *given = get_alert(&s->r, &alert);
  if (status > UINT16_MAX) status = 0; /* which is no answer */
  return complete(s) ? s->table->complete(s->host, token, (omadm_status)status, given) : 0;
}

static omadm_err serve_alert(service *s, omadm_str *lent) {
  (void)lent;
  omadm_csp_alert alert;
  const omadm_csp_alert *given = get_alert(&s->r, &alert);
  return complete(s) ? s->table->alert(s->host, given) : 0;
}

static omadm_err serve_changed(service *s, omadm_str *lent) {
  (void)lent;
  omadm_str uri = wire_get_span(&s->r);
  return complete(s) ? s->table->changed(s->host, uri) : 0;
}

static omadm_err serve_store_get(service *s, omadm_str *lent) {
  bool place = wire_get(&s->r) != 0;
  omadm_str key = wire_get_span(&s->r);
  return complete(s) ? s->table->store_get(s->host, key, place ? lent : NULL) : 0;
}

static omadm_err serve_store_set(service *s, omadm_str *lent) {
  (void)lent;
  omadm_str key = wire_get_span(&s->r), value = wire_get_span(&s->r);
  return complete(s) ? s->table->store_set(s->host, key, value) : 0;
}

static omadm_err serve_setting(service *s, omadm_str *lent) {
  bool place = wire_get(&s->r) != 0;
  omadm_str key = wire_get_span(&s->r);
  return complete(s) ? s->table->setting(s->host, key, place ? lent : NULL) : 0;
}

static omadm_err serve_read(service *s, omadm_str *lent) {
  bool place = wire_get(&s->r) != 0;
  omadm_token token = wire_get(&s->r);
  uint64_t offset = wire_get(&s->r), most = wire_get(&s->r);
  if (most > WIRE_PIECE) most = WIRE_PIECE;
  return complete(s) ? s->table->read(s->host, token, offset, most, place ? lent : NULL) : 0;
}

/* Those that are answered with an error, and perhaps octets; and all names, for the log. */
static const struct {
  omadm_err (*serve)(service *s, omadm_str *lent);
  const char *name;
} services[] = {
    [WIRE_VALUE] = {serve_value, "value"},
    [WIRE_CHILD] = {serve_child, "child"},
    [WIRE_COMPLETE] = {serve_complete, "complete"},
    [WIRE_ALERT] = {serve_alert, "alert"},
    [WIRE_CHANGED] = {serve_changed, "changed"},
    [WIRE_STORE_GET] = {serve_store_get, "store_get"},
    [WIRE_STORE_SET] = {serve_store_set, "store_set"},
    [WIRE_SETTING] = {serve_setting, "setting"},
    [WIRE_READ] = {serve_read, "read"},
    [WIRE_JOB] = {NULL, "job"},
};
enum { N_SERVICES = sizeof services / sizeof *services };

static bool answer(fw_isolated *p, uint64_t id, omadm_err err, omadm_str octets) {
  wire_writer w = wire_begin(&p->reply);
  wire_put(&w, (uint64_t)-err);
  wire_put_str(&w, octets);
  /* A process that takes no answer is found to be gone where it is read. */
  if (w.err == 0)
    (void)process_send(p->life.link, WIRE_RESULT, id, omadm_buf_str(&p->reply), p->until);
  return w.err == 0;
}

static bool serve_service(service *s, const wire_message *m, int *done) {
  omadm_str lent = {NULL, 0};
  omadm_err err = services[m->type].serve(s, &lent);
  if (!s->good) return false;
  if (m->type == WIRE_COMPLETE && err == 0) (*done)++;
  return answer(s->p, m->id, err, err == 0 ? lent : (omadm_str){NULL, 0});
}

/* Has the process lines of the log left? They cost it nothing, and the disk is everybody's. */
static bool may_log(fw_isolated *p) {
  enum { LINES = 1000, WITHIN_MS = 10000 };
  int64_t now = omadm_clock_ms();
  if (now - p->log_began > WITHIN_MS) {
    p->log_began = now;
    p->log_lines = 0;
  }
  if (p->log_lines++ == LINES)
    fw_log(p->fw, OMADM_LOG_WARN, "%s: more than %d lines within %d s; what follows is dropped",
           p->csp->name, (int)LINES, WITHIN_MS / 1000);
  return p->log_lines <= LINES;
}

static bool serve_log(service *s) {
  uint64_t level = wire_get(&s->r);
  omadm_str text = wire_get_span(&s->r);
  if (complete(s) && may_log(s->p))
    s->table->log(s->host, level <= OMADM_CSP_LOG_DEBUG ? (int)level : 3, text);
  return s->good;
}

static bool serve_stray(service *s) {
  uint64_t number = wire_get(&s->r);
  if (!complete(s) || number >= N_SERVICES || services[number].name == NULL) return false;
  if (may_log(s->p)) crossing_stray(s->p->csp, services[number].name);
  return true;
}

static bool serve_now(service *s, uint64_t id) {
  fw_isolated *p = s->p;
  wire_writer w = wire_begin(&p->reply);
  wire_put(&w, (uint64_t)fw_now(p->fw));
  if (w.err == 0)
    (void)process_send(p->life.link, WIRE_RESULT, id, omadm_buf_str(&p->reply), p->until);
  return complete(s) && w.err == 0;
}

/* Their `done` is called between slots. */
static bool serve_ready(service *s) {
  enum { MOST = 1000000 }; /* whatever it says */
  uint64_t jobs = wire_get(&s->r);
  s->p->life.ready += jobs < MOST ? jobs : MOST;
  return complete(s) && s->p->life.ready <= MOST;
}

bool serve_answers(fw_isolated *p, wire_reader *r, omadm_err *err) {
  const omadm_csp_services *table = services_table(p->fw);
  uint64_t host = services_handle(p->csp);
  while (r->left.len > 0) {
    uint64_t what = wire_get(r);
    omadm_token token = wire_get(r);
    omadm_str octets = wire_get_str(r);
    if (r->failed || (what != WIRE_VALUE && what != WIRE_CHILD)) return false;
    omadm_err taken =
        what == WIRE_VALUE ? table->value(host, token, octets) : table->child(host, token, octets);
    if (*err == 0) *err = taken;
  }
  return true;
}

bool serve(fw_isolated *p, wire_message *m, int *done) {
  p->misdeed = NULL;
  if (p->csp == NULL) return false; /* it is not even open */
  service s = {.p = p,
               .table = services_table(p->fw),
               .host = services_handle(p->csp),
               .r = {.left = omadm_buf_str(&m->body)}};
  switch (m->type) {
  case WIRE_LOG: return serve_log(&s);
  case WIRE_STRAY: return serve_stray(&s);
  case WIRE_NOW: return serve_now(&s, m->id);
  case WIRE_READY: return serve_ready(&s);
  case WIRE_ANSWER: return serve_answers(p, &s.r, &p->spoiled);
  case WIRE_HTTP:
  case WIRE_TPM: return remote_serve(p, m);
  default: break;
  }
  return m->type < N_SERVICES && services[m->type].serve != NULL && serve_service(&s, m, done);
}
