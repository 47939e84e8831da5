/* SPDX-License-Identifier: MIT */
/* The octets of package 0, OMA-TS-DM_Notification 6.2. */
#include <omadm/acl.h>
#include <omadm/notification.h>

#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"
#include "provisioning/push.h"

enum {
  DIGEST = 16,
  VERSION = 16,
  SESSION = 21,
  LENGTH = 23,
  SERVER = 24,
  MOST = 8192, /* no carrier brings more */
};

static const unsigned versions[] = {10, 11, 12};

static bool is_known(unsigned version) {
  for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
    if (versions[i] == version) return true;
  return false;
}

/* It becomes a key and stands in log lines; no account has another kind of name. */
static bool is_name(omadm_str id) {
  return omadm_utf8_is_valid(id) && omadm_acl_is_id(id);
}

omadm_err omadm_notification_read(omadm_str octets, omadm_notification *notification,
                                  omadm_error *error) {
  push wrapped;
  *notification = (omadm_notification){0};
  if (push_unwrap(octets, &wrapped)) {
    if (!omadm_str_equal_nocase(wrapped.type.media, omadm_str_of(PUSH_NOTIFICATION)))
      return omadm_error_set(error, OMADM_E_SYNTAX, "this push carries no notification");
    octets = wrapped.body;
  }
  const unsigned char *p = (const unsigned char *)octets.ptr;
  if (octets.len <= SERVER || octets.len > MOST)
    return omadm_error_set(error, OMADM_E_SYNTAX, "%zu octets are no notification", octets.len);
  size_t n = p[LENGTH];
  if (n == 0 || n > octets.len - SERVER)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "no notification: its ServerID does not fit into it");
  *notification = (omadm_notification){
      .version = (unsigned)(p[VERSION] << 2 | p[VERSION + 1] >> 6),
      .ui = (omadm_notification_ui)(p[VERSION + 1] >> 4 & 3),
      .server_initiated = p[VERSION + 1] >> 3 & 1,
      .session = (uint32_t)(p[SESSION] << 8 | p[SESSION + 1]),
      .server_id = {octets.ptr + SERVER, n},
      .digest = {octets.ptr, DIGEST},
      .trigger = {octets.ptr + DIGEST, octets.len - DIGEST},
      .vendor = {octets.ptr + SERVER + n, octets.len - SERVER - n},
  };
  if (!is_known(notification->version))
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "notifications of version %u.%u",
                           notification->version / 10, notification->version % 10);
  if (notification->session == 0)
    return omadm_error_set(error, OMADM_E_SYNTAX, "no notification: its session is 0");
  if (!is_name(notification->server_id))
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "no notification: what stands for its ServerID is no name");
  return OMADM_OK;
}

int omadm_notification_question(const omadm_notification *notification, omadm_str name,
                                omadm_buf *text, omadm_ui_question *question) {
  bool asks = notification->ui == OMADM_NOTIFICATION_ASK;
  size_t start = text->len;
  if (!asks && notification->ui != OMADM_NOTIFICATION_INFORM) return 0;
  if (name.len == 0) name = notification->server_id;
  if (omadm_buf_printf(text,
                       asks ? "%.*s wants to manage this device. Allow it?"
                            : "%.*s is managing this device now.",
                       (int)(name.len < 300 ? name.len : 300), name.ptr) != 0)
    text->len = start;
  *question = (omadm_ui_question){.struct_size = sizeof *question,
                                  .kind = asks ? OMADM_UI_CONFIRM : OMADM_UI_DISPLAY,
                                  .text = {text->ptr + start, text->len - start},
                                  .accept = -1};
  return 1;
}

int omadm_notification_is_allowed(const omadm_notification *notification,
                                  omadm_ui_outcome outcome) {
  return notification->ui != OMADM_NOTIFICATION_ASK || outcome == OMADM_UI_ANSWERED;
}

void omadm_notification_session(const omadm_notification_verdict *verdict,
                                omadm_session_config *config) {
  config->server_initiated = 1;
  config->session_id = omadm_str_of(verdict->session_id);
  config->nonce_resync = verdict->resync;
}
