/* SPDX-License-Identifier: MIT */
#include "omadm/session/alerts.h"

#include <inttypes.h>

static bool was_sent(const omadm_session *s, uint64_t id) {
  for (size_t i = 0; i < s->n_sent; i++) {
    if (s->sent[i].id == id) return true;
  }
  return false;
}

static omadm_err make_room(omadm_session *s) {
  if (s->n_sent < s->cap_sent) return OMADM_OK;
  size_t cap = s->cap_sent > 0 ? s->cap_sent * 2 : 8;
  sent_alert *sent = s->mem.resize(s->mem.ctx, s->sent, cap * sizeof *sent);
  if (sent == NULL) return OMADM_E_NOMEM;
  s->sent = sent;
  s->cap_sent = cap;
  return OMADM_OK;
}

static omadm_err write_one(omadm_session *s, composer *c, const omadm_alert *given) {
  wire_out_item item = {.source = given->source,
                        .meta = {.format = given->format, .type = given->type, .mark = given->mark},
                        .has_data = true,
                        .data = given->data};
  /* A Generic Alert always has one (OMA-TS-DM_Protocol 8.7). */
  if (item.meta.format == OMADM_FORMAT_ABSENT)
    item.meta.format =
        given->code == 1226 ? OMADM_FORMAT_CHR : (omadm_format)s->dialect->event_format;
  wire_out_alert alert = {
      .cmd_id = composer_id(c), .code = given->code, .items = &item, .n_items = 1};
  if (s->dialect->correlator) alert.correlator = given->correlator;
  omadm_err err = make_room(s);
  if (err == OMADM_OK) err = wire_write_alert(&c->writer, &alert);
  if (err != OMADM_OK) return err;
  s->sent[s->n_sent++] = (sent_alert){.msg = s->msg_id, .cmd = c->next_id, .id = given->id};
  composer_used(c);
  c->commands = true;
  return OMADM_OK;
}

omadm_err alerts_write(omadm_session *s, composer *c) {
  if (!OMADM_HAS(omadm_host, s->host, alert_next)) return OMADM_OK;
  omadm_alert alert = {0};
  for (uint64_t after = 0; s->n_sent < s->config.limits.alerts; after = alert.id) {
    omadm_err err = s->host->alert_next(s->host->ctx, s->config.server_id, after, &alert);
    if (err == OMADM_E_NOT_FOUND || (err == OMADM_OK && alert.id <= after)) break;
    if (err != OMADM_OK) {
      omadm_log_line(s->log, OMADM_LOG_ERROR, "session", "waiting alerts cannot be read: %s",
                     omadm_err_text(err));
      break;
    }
    if (was_sent(s, alert.id)) continue;
    err = write_one(s, c, &alert);
    if (err == OMADM_E_LIMIT) continue; /* it waits for a message with more room */
    if (err != OMADM_OK) return err;
  }
  return OMADM_OK;
}

/* Where the host cannot note it, the alert stays in the outbox and goes out again with the next
 * session: the server hears it twice, which is better than never. */
static void tell_host(const omadm_session *s, uint64_t id, omadm_status status) {
  omadm_err err = s->host->alert_answered(s->host->ctx, s->config.server_id, id, status);
  if (err == OMADM_OK) return;
  omadm_log_line(s->log, OMADM_LOG_ERROR, "session",
                 "the answer to alert %" PRIu64 " could not be kept: %s; it may be sent again", id,
                 omadm_err_text(err));
}

void alerts_status(omadm_session *s, uint64_t msg_ref, uint64_t cmd_ref, omadm_status status) {
  for (size_t i = 0; i < s->n_sent; i++) {
    sent_alert *sent = &s->sent[i];
    if (sent->answered || sent->msg != msg_ref || sent->cmd != cmd_ref) continue;
    sent->answered = true;
    omadm_log_line(s->log, omadm_status_is_success(status) ? OMADM_LOG_DEBUG : OMADM_LOG_WARN,
                   "session", "the server answered alert %" PRIu64 " with %u", sent->id, status);
    if (OMADM_HAS(omadm_host, s->host, alert_answered)) tell_host(s, sent->id, status);
    return;
  }
}
