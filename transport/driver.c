/* SPDX-License-Identifier: MIT */
/* Joins a session, a transport and the waiting. Knows nothing of SyncML but its two media types. */
#include <omadm/session.h>
#include <omadm/transport.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"
#include "transport/clock.h"

enum {
  SLICE_MS = 100, /* how long a stop or a finished job may go unnoticed */
  HEAD_OCTETS = 1024, /* declaration, comments and root element stand in them */
  FAREWELL_MS = 5000 /* how long the delivery of Alert 1223 is waited for */
};

static const char log_module[] = "driver";

typedef struct run {
  const omadm_driver *d; /* whole: fields that an older caller lacks are 0 */
  bool aborted;
  bool heard; /* the server answered at least once */
} run;

/* Ends the session, once, when the user wants that: what is on its way is forgotten. True when it
 * happened. */
static bool stopped(run *r) {
  if (r->aborted || r->d->stop == NULL || !r->d->stop(r->d->ctx)) return false;
  r->aborted = true;
  r->d->transport->ops->cancel(r->d->transport);
  omadm_session_abort(r->d->session);
  return true;
}

/* Gives late answers their time. A pump with nothing to wait for comes back at once and must not
 * become a busy loop. */
static void give_time(const omadm_driver *d, int timeout_ms) {
  int64_t began = omadm_clock_ms();
  if (d->pump != NULL && d->pump(d->ctx, timeout_ms) > 0) return;
  if (timeout_ms > 0 && omadm_clock_ms() == began) poll(NULL, 0, d->pump != NULL ? 1 : timeout_ms);
}

/* Is SyncML spoken of where the root element stands? A page that a gateway put in is XML at best.
 */
static bool names_syncml(omadm_str body) {
  size_t n = body.len < HEAD_OCTETS ? body.len : HEAD_OCTETS;
  return n > 0 && memmem(body.ptr, n, "SyncML", strlen("SyncML")) != NULL;
}

/* What a body is, by its first octets: a deployed server may say anything about it. NULL: no idea.
 */
static const char *sniff(omadm_str body) {
  static const char bom[] = "\xEF\xBB\xBF";
  if (body.len >= 2 && ((unsigned char)body.ptr[0] == 0xFF || (unsigned char)body.ptr[0] == 0xFE)) {
    return "application/vnd.syncml.dm+xml"; /* a BOM of UTF-16 */
  }
  if (body.len > 0 && body.ptr[0] >= 1 && body.ptr[0] <= 3)
    return "application/vnd.syncml.dm+wbxml";
  if (omadm_str_starts(body, bom)) body = (omadm_str){body.ptr + 3, body.len - 3};
  body = omadm_str_trim(body);
  return body.len > 0 && body.ptr[0] == '<' && names_syncml(body) ? "application/vnd.syncml.dm+xml"
                                                                  : NULL;
}

static bool is_syncml(omadm_str type) {
  return omadm_str_equal_nocase(type, omadm_str_of("application/vnd.syncml.dm+xml")) ||
         omadm_str_equal_nocase(type, omadm_str_of("application/vnd.syncml.dm+wbxml"));
}

static int shown(omadm_str text) {
  return text.len < 100 ? (int)text.len : 100;
}

/* The content type to go by, into *out: the server's, or what the body looks like with the server's
 * parameters. REFUSED: it is something else, by its name and by its looks. */
static omadm_err content_type(const omadm_driver *d, const omadm_response *response, char *room,
                              size_t size, omadm_str *out, omadm_error *why) {
  omadm_str all = response->content_type;
  *out = all;
  omadm_str type = all;
  for (type.len = 0; type.len < all.len && all.ptr[type.len] != ';';)
    type.len++;
  omadm_str rest = {all.ptr != NULL ? all.ptr + type.len : NULL, all.len - type.len};
  type = omadm_str_trim(type);
  if (is_syncml(type) || response->body.len == 0) return 0;
  const char *seen = sniff(response->body);
  if (seen == NULL && type.len == 0) return 0;
  if (seen == NULL)
    return omadm_error_set(why, OMADM_E_REFUSED, "the server answered with %.*s, not SyncML",
                           shown(type), type.ptr);
  int n = snprintf(room, size, "%s%.*s", seen, rest.len < 100 ? (int)rest.len : 0,
                   rest.len > 0 ? rest.ptr : "");
  omadm_log_line(d->log, OMADM_LOG_WARN, log_module,
                 "the answer came as \"%.*s\" but looks like %s, and is read as that", shown(type),
                 type.len > 0 ? type.ptr : "", seen);
  *out = (omadm_str){room, n > 0 && (size_t)n < size ? (size_t)n : 0};
  return 0;
}

/* Hands an answer to the session. What the session itself makes of it is its outcome; STATE and
 * NOMEM are failures here, and so is an answer that is not for it (REFUSED). */
static omadm_err deliver(const omadm_driver *d, const omadm_response *response, omadm_error *why) {
  char room[160];
  omadm_str type = {0};
  omadm_err err = content_type(d, response, room, sizeof room, &type, why);
  if (err != 0) return err;
  err = omadm_session_begin(d->session, type, response->hmac);
  size_t step = d->chunk > 0 ? d->chunk : response->body.len;
  for (size_t at = 0; err == 0 && at < response->body.len; at += step) {
    size_t n = response->body.len - at < step ? response->body.len - at : step;
    err = omadm_session_feed(d->session, response->body.ptr + at, n);
    if (n < step) break; /* keeps `at` from wrapping around */
  }
  if (err == 0) err = omadm_session_end(d->session);
  if (err != OMADM_E_STATE && err != OMADM_E_NOMEM) return 0;
  return omadm_error_set(why, err, "the answer could not be taken: %s", omadm_err_text(err));
}

/* Alert 1223 is sent but nobody reads what comes back; a failure changes nothing, the session is
 * over (OMA-TS-DM_Protocol 8.1). */
static void say_farewell(const omadm_driver *d, const omadm_out *out) {
  omadm_error why = {0};
  omadm_response response = {0};
  int64_t until = omadm_clock_ms() + FAREWELL_MS;
  int done = d->transport->ops->post(d->transport, out, &why);
  while (done == 0 && clock_left(until, SLICE_MS) > 0) {
    done = d->transport->ops->step(d->transport, clock_left(until, SLICE_MS), &response, &why);
  }
  if (done == 0) d->transport->ops->cancel(d->transport);
  if (done != 1) {
    omadm_log_line(d->log, OMADM_LOG_INFO, log_module, "the server may not know of the abort: %s",
                   why.text[0] != '\0' ? why.text : "it did not answer in time");
  }
}

/* Was there an answer, though none that can be used? */
static bool was_answered(omadm_err err) {
  return err == OMADM_E_HTTP || err == OMADM_E_LIMIT || err == OMADM_E_REFUSED;
}

/* Waits for the answer to what was posted and gives it to the session, unless the user stops it. */
static omadm_err receive(run *r, omadm_error *why) {
  const omadm_driver *d = r->d;
  omadm_response response = {0};
  for (;;) {
    int done = d->transport->ops->step(d->transport, SLICE_MS, &response, why);
    if (d->heard != NULL && (done > 0 || was_answered(done))) *d->heard = 1;
    if (done < 0) return done;
    if (done > 0) break;
    if (d->pump != NULL) d->pump(d->ctx, 0);
    if (stopped(r)) return 0;
  }
  r->heard = true;
  return deliver(d, &response, why);
}

static omadm_err do_step(run *r, omadm_step step, const omadm_out *out, omadm_error *why) {
  const omadm_driver *d = r->d;
  switch (step) {
  case OMADM_SEND:
    if (!out->last) return d->transport->ops->post(d->transport, out, why);
    /* Who never answered is not waited for: a server that was not reached has no session. */
    if (r->heard) say_farewell(d, out);
    break;
  case OMADM_RECEIVE: return receive(r, why);
  case OMADM_WAIT: give_time(d, clock_left(omadm_session_deadline(d->session), SLICE_MS)); break;
  case OMADM_DONE: break;
  }
  return 0;
}

omadm_err omadm_driver_run(const omadm_driver *given, omadm_error *error) {
  omadm_driver driver = {0};
  memcpy(&driver, given, given->struct_size < sizeof driver ? given->struct_size : sizeof driver);
  run r = {.d = &driver};
  omadm_error why = {0};
  if (driver.session == NULL || driver.transport == NULL) {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "the driver needs struct_size, a session and a transport");
  }
  for (;;) {
    omadm_out out = {0};
    stopped(&r);
    omadm_step step = omadm_session_next(driver.session, omadm_clock_ms(), &out);
    if (step == OMADM_DONE) return 0;
    omadm_err err = do_step(&r, step, &out, &why);
    if (err == 0) continue;
    omadm_session_break(driver.session, why.text);
    return omadm_error_set(error, err, "%s", why.text);
  }
}
