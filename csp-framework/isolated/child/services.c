/* SPDX-License-Identifier: MIT */
/*
 * The table of services as a plugin in its own process sees it. What a slot appends to its answer
 * goes with the end of the slot, as far as the host surely takes it; everything else is asked.
 */
#include <stdlib.h>

#include "csp-framework/isolated/child/child.h"

omadm_err child_own(uint64_t host, wire_type service, child **own) {
  child *c = *own = child_of(host);
  if (c == NULL) return OMADM_E_NOT_FOUND;
  if (pthread_equal(c->main, pthread_self())) return OMADM_OK;
  omadm_buf out = {0};
  wire_writer w = wire_begin(&out);
  wire_put(&w, service);
  if (w.err == 0) child_send(c, WIRE_STRAY, 0, omadm_buf_str(&out));
  omadm_buf_dispose(&out);
  return OMADM_E_STATE;
}

void child_forget(child *c) {
  free(c->lent);
  c->lent = NULL;
}

/* What was appended before comes before what is asked. */
static void flush(child *c) {
  if (c->answers.len > 0) child_send(c, WIRE_ANSWER, 0, omadm_buf_str(&c->answers));
  c->answers.len = 0;
}

/* Asks with the body of `w`, which is in c->out; the first number of the answer is the error. */
static omadm_err ask(child *c, wire_type type, const wire_writer *w, wire_reader *r) {
  flush(c);
  if (w->err != 0) return w->err;
  if (!child_ask(c, type, omadm_buf_str(&c->out), &c->waiter)) return OMADM_E_STATE;
  *r = (wire_reader){.left = omadm_buf_str(&c->waiter.message.body)};
  return -(omadm_err)wire_get(r);
}

static omadm_err ask_only(child *c, wire_type type, const wire_writer *w) {
  wire_reader r;
  omadm_err err = ask(c, type, w, &r);
  child_forget(c);
  return err;
}

/* The same where the host lends octets: a copy of exactly their size. */
static omadm_err ask_octets(child *c, wire_type type, const wire_writer *w, omadm_str *octets) {
  wire_reader r;
  omadm_err err = ask(c, type, w, &r);
  omadm_str found = err == 0 ? wire_get_str(&r) : (omadm_str){NULL, 0};
  char *copy = err == 0 ? malloc(found.len > 0 ? found.len : 1) : NULL;
  child_forget(c);
  *octets = (omadm_str){NULL, 0};
  if (err != 0) return err;
  if (copy == NULL) return OMADM_E_NOMEM;
  if (found.len > 0) memcpy(copy, found.ptr, found.len);
  c->lent = copy;
  *octets = (omadm_str){copy, found.len};
  return OMADM_OK;
}

/* Keeps what is surely taken until the slot ends. False: it has to be asked. */
static bool append(child *c, wire_type what, omadm_token token, omadm_str octets) {
  enum { MORE = 8 }; /* what the host may need beside them */
  if (token != c->running || token == 0 || c->gives != what || c->room < MORE ||
      octets.len > c->room - MORE)
    return false;
  wire_writer w = {.out = &c->answers};
  size_t before = c->answers.len;
  wire_put(&w, what);
  wire_put(&w, token);
  wire_put_str(&w, octets);
  if (w.err != 0) c->answers.len = before;
  if (w.err == 0) c->room -= octets.len + MORE;
  return w.err == 0;
}

static bool is_octets(omadm_str s) {
  return s.ptr != NULL || s.len == 0;
}

/* The host says what it thinks of more than any service takes. */
static void put_str(wire_writer *w, omadm_str s) {
  enum { MOST = 2 * 1024 * 1024 };
  if (s.len > MOST) s.len = MOST;
  wire_put_span(w, s);
}

static omadm_err value(uint64_t host, omadm_token token, omadm_str octets) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_VALUE, &c);
  if (err != 0) return err;
  if (is_octets(octets) && append(c, WIRE_VALUE, token, octets)) {
    child_forget(c);
    return OMADM_OK;
  }
  size_t done = 0;
  do {
    omadm_str piece = octets;
    if (is_octets(octets)) {
      piece.ptr = octets.ptr + done;
      piece.len = octets.len - done < WIRE_PIECE ? octets.len - done : WIRE_PIECE;
    }
    wire_reader r;
    wire_writer w = wire_begin(&c->out);
    wire_put(&w, token);
    put_str(&w, piece);
    err = ask(c, WIRE_VALUE, &w, &r);
    done += piece.len;
  } while (err == 0 && done < octets.len);
  child_forget(c);
  return err;
}

/* A name that any host takes: letters, digits and a few signs, and not long. */
static bool is_plain(omadm_str name) {
  enum { LENGTH = 32 };
  if (name.len == 0 || name.len > LENGTH || name.ptr == NULL || name.ptr[0] == '.') return false;
  for (size_t i = 0; i < name.len; i++) {
    unsigned char low = omadm_ascii_lower(name.ptr[i]);
    bool plain = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') ||
                 strchr("-_.", name.ptr[i]) != NULL;
    if (!plain || name.ptr[i] == '\0') return false;
  }
  return true;
}

static omadm_err child_name(uint64_t host, omadm_token token, omadm_str name) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_CHILD, &c);
  if (err != 0) return err;
  if (is_plain(name) && append(c, WIRE_CHILD, token, name)) {
    child_forget(c);
    return OMADM_OK;
  }
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, token);
  put_str(&w, name);
  return ask_only(c, WIRE_CHILD, &w);
}

/* No more of it is read than it has. 0: its size is not set, or there is none. */
static void put_alert(wire_writer *w, const omadm_csp_alert *given) {
  omadm_csp_alert alert = {0};
  if (given != NULL && given->struct_size > 0) {
    size_t n = given->struct_size < sizeof alert ? given->struct_size : sizeof alert;
    memcpy(&alert, given, n);
  }
  enum { MOST = 2 * 1024 * 1024 }; /* no alert is that large */
  omadm_str *spans[] = {&alert.type, &alert.source, &alert.data, &alert.correlator,
                        &alert.server_id};
  bool good = true;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    good = good && is_octets(*spans[i]);
    if (spans[i]->len > MOST) spans[i]->len = MOST;
  }
  wire_put(w, given == NULL ? 0 : 1);
  wire_put(w, given != NULL && given->struct_size > 0);
  wire_put(w, good);
  if (!good) alert = (omadm_csp_alert){0};
  wire_put_alert(w, &alert);
}

static omadm_err complete(uint64_t host, omadm_token token, omadm_status status,
                          const omadm_csp_alert *alert) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_COMPLETE, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, token);
  wire_put(&w, status);
  put_alert(&w, alert);
  return ask_only(c, WIRE_COMPLETE, &w);
}

static omadm_err raise_alert(uint64_t host, const omadm_csp_alert *alert) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_ALERT, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  put_alert(&w, alert);
  return ask_only(c, WIRE_ALERT, &w);
}

static omadm_err changed(uint64_t host, omadm_str uri) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_CHANGED, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  put_str(&w, uri);
  return ask_only(c, WIRE_CHANGED, &w);
}

/* A service that lends the value of a key. */
static omadm_err look_up(uint64_t host, wire_type type, omadm_str key, omadm_str *found) {
  omadm_str unused;
  child *c = NULL;
  omadm_err err = child_own(host, type, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, found != NULL);
  put_str(&w, key);
  return ask_octets(c, type, &w, found != NULL ? found : &unused);
}

static omadm_err store_get(uint64_t host, omadm_str key, omadm_str *found) {
  return look_up(host, WIRE_STORE_GET, key, found);
}

static omadm_err setting(uint64_t host, omadm_str key, omadm_str *found) {
  return look_up(host, WIRE_SETTING, key, found);
}

static omadm_err store_set(uint64_t host, omadm_str key, omadm_str octets) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_STORE_SET, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  put_str(&w, key);
  put_str(&w, octets);
  return ask_only(c, WIRE_STORE_SET, &w);
}

static omadm_err job(uint64_t host, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_JOB, &c);
  if (err != 0) return err;
  child_forget(c);
  return run != NULL ? child_job_add(c, run, done, arg) : OMADM_E_ARGUMENT;
}

static omadm_err read_value(uint64_t host, omadm_token token, uint64_t offset, uint64_t most,
                            omadm_str *octets) {
  omadm_str unused;
  child *c = NULL;
  omadm_err err = child_own(host, WIRE_READ, &c);
  if (err != 0) return err;
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, octets != NULL);
  wire_put(&w, token);
  wire_put(&w, offset);
  wire_put(&w, most < WIRE_PIECE ? most : WIRE_PIECE);
  return ask_octets(c, WIRE_READ, &w, octets != NULL ? octets : &unused);
}

const omadm_csp_services child_services = {
    .struct_size = sizeof child_services,
    .log = child_log,
    .now = child_now,
    .value = value,
    .child = child_name,
    .complete = complete,
    .alert = raise_alert,
    .changed = changed,
    .store_get = store_get,
    .store_set = store_set,
    .setting = setting,
    .job = job,
    .http = child_http,
    .tpm = &child_tpm,
    .read = read_value,
};
