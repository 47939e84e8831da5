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
  FAREWELL_MS = 5000 /* how long the delivery of Alert 1223 is waited for */
};

static const char log_module[] = "driver";

typedef struct run {
  const omadm_driver *d;
  bool aborted;
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
  int64_t began = clock_ms();
  if (d->pump != NULL && d->pump(d->ctx, timeout_ms) > 0) return;
  if (timeout_ms > 0 && clock_ms() == began) poll(NULL, 0, d->pump != NULL ? 1 : timeout_ms);
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
  if (omadm_str_starts(body, bom)) return "application/vnd.syncml.dm+xml";
  body = omadm_str_trim(body);
  return body.len > 0 && body.ptr[0] == '<' ? "application/vnd.syncml.dm+xml" : NULL;
}

static bool is_syncml(omadm_str type) {
  return omadm_str_equal_nocase(type, omadm_str_of("application/vnd.syncml.dm+xml")) ||
         omadm_str_equal_nocase(type, omadm_str_of("application/vnd.syncml.dm+wbxml"));
}

/* The content type to go by: the server's, or what the body looks like with the server's
 * parameters. */
static omadm_str content_type(const omadm_driver *d, const omadm_response *response, char *room,
                              size_t size) {
  omadm_str all = response->content_type;
  omadm_str type = all;
  for (type.len = 0; type.len < all.len && all.ptr[type.len] != ';';)
    type.len++;
  omadm_str rest = {all.ptr != NULL ? all.ptr + type.len : NULL, all.len - type.len};
  type = omadm_str_trim(type);
  const char *seen = is_syncml(type) || response->body.len == 0 ? NULL : sniff(response->body);
  if (seen == NULL) return all;
  int n = snprintf(room, size, "%s%.*s", seen, rest.len < 100 ? (int)rest.len : 0,
                   rest.len > 0 ? rest.ptr : "");
  omadm_log_line(d->log, OMADM_LOG_WARN, log_module,
                 "the answer came as \"%.*s\" but looks like %s, and is read as that",
                 type.len < 100 ? (int)type.len : 100, type.len > 0 ? type.ptr : "", seen);
  return (omadm_str){room, n > 0 && (size_t)n < size ? (size_t)n : 0};
}

/* Hands an answer to the session. STATE is the only failure that is not the session's own business.
 */
static omadm_err deliver(const omadm_driver *d, const omadm_response *response) {
  char room[160];
  omadm_str type = content_type(d, response, room, sizeof room);
  omadm_err err = omadm_session_begin(d->session, type, response->hmac);
  size_t step = d->chunk > 0 ? d->chunk : response->body.len;
  for (size_t at = 0; err == 0 && at < response->body.len; at += step) {
    size_t n = response->body.len - at < step ? response->body.len - at : step;
    err = omadm_session_feed(d->session, response->body.ptr + at, n);
    if (n < step) break; /* keeps `at` from wrapping around */
  }
  if (err == 0) err = omadm_session_end(d->session);
  return err == OMADM_E_STATE || err == OMADM_E_NOMEM ? err : 0;
}

/* Alert 1223 is sent but nobody reads what comes back; a failure changes nothing, the session is
 * over (OMA-TS-DM_Protocol 8.1). */
static void say_farewell(const omadm_driver *d, const omadm_out *out) {
  omadm_error why = {0};
  omadm_response response = {0};
  int64_t until = clock_ms() + FAREWELL_MS;
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

/* Waits for the answer to what was posted and gives it to the session, unless the user stops it. */
static omadm_err receive(run *r, omadm_error *why) {
  const omadm_driver *d = r->d;
  omadm_response response = {0};
  for (;;) {
    int done = d->transport->ops->step(d->transport, SLICE_MS, &response, why);
    if (done < 0) return done;
    if (done > 0) break;
    if (d->pump != NULL) d->pump(d->ctx, 0);
    if (stopped(r)) return 0;
  }
  omadm_err err = deliver(d, &response);
  return err != 0
             ? omadm_error_set(why, err, "the answer could not be taken: %s", omadm_err_text(err))
             : 0;
}

static omadm_err do_step(run *r, omadm_step step, const omadm_out *out, omadm_error *why) {
  const omadm_driver *d = r->d;
  switch (step) {
  case OMADM_SEND:
    if (!out->last) return d->transport->ops->post(d->transport, out, why);
    say_farewell(d, out);
    break;
  case OMADM_RECEIVE: return receive(r, why);
  case OMADM_WAIT: give_time(d, clock_left(omadm_session_deadline(d->session), SLICE_MS)); break;
  case OMADM_DONE: break;
  }
  return 0;
}

omadm_err omadm_driver_run(const omadm_driver *driver, omadm_error *error) {
  run r = {.d = driver};
  omadm_error why = {0};
  if (driver->session == NULL || driver->transport == NULL) {
    return omadm_error_set(error, OMADM_E_ARGUMENT, "the driver needs a session and a transport");
  }
  for (;;) {
    omadm_out out = {0};
    stopped(&r);
    omadm_step step = omadm_session_next(driver->session, clock_ms(), &out);
    if (step == OMADM_DONE) return 0;
    omadm_err err = do_step(&r, step, &out, &why);
    if (err == 0) continue;
    omadm_session_break(driver->session, why.text);
    return omadm_error_set(error, err, "%s", why.text);
  }
}
