/* SPDX-License-Identifier: MIT */
#include "tests/fakes/fake_host.h"

#include <stdio.h>
#include <string.h>

static omadm_err random_octets(void *ctx, void *out, size_t n) {
  fake_host *host = ctx;
  for (size_t i = 0; i < n; i++)
    ((unsigned char *)out)[i] = host->next_octet++;
  return OMADM_OK;
}

static omadm_err session_number(void *ctx, uint32_t *number) {
  fake_host *host = ctx;
  *number = host->session_number++;
  return OMADM_OK;
}

static omadm_err alert_next(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert) {
  (void)server_id;
  const fake_host *host = ctx;
  for (size_t i = (size_t)after; i < host->n_alerts; i++) {
    if (host->alerts[i].answered != 0) continue;
    *alert = host->alerts[i].alert;
    return OMADM_OK;
  }
  return OMADM_E_NOT_FOUND;
}

static omadm_err alert_answered(void *ctx, omadm_str server_id, uint64_t id, omadm_status status) {
  (void)server_id;
  fake_host *host = ctx;
  if (id == 0 || id > host->n_alerts) return OMADM_E_NOT_FOUND;
  host->alerts[id - 1].answered = status;
  return OMADM_OK;
}

static void write_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)level;
  fake_host *host = ctx;
  size_t room = sizeof host->lines - host->length;
  int n = snprintf(host->lines + host->length, room, "%s: %s\n", module, text);
  host->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void fake_host_init(fake_host *host) {
  memset(host, 0, sizeof *host);
  host->session_number = 1;
  host->log = (omadm_log){
      .struct_size = sizeof host->log, .ctx = host, .level = OMADM_LOG_DEBUG, .write = write_line};
  host->port = (omadm_host){.struct_size = sizeof host->port,
                            .ctx = host,
                            .log = &host->log,
                            .random = random_octets,
                            .session_number = session_number,
                            .alert_next = alert_next,
                            .alert_answered = alert_answered};
}

void fake_host_raise(fake_host *host, const omadm_alert *alert) {
  if (host->n_alerts == FAKE_ALERTS) return;
  host->alerts[host->n_alerts].alert = *alert;
  host->alerts[host->n_alerts].alert.id = host->n_alerts + 1;
  host->n_alerts++;
}
