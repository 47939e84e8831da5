/* SPDX-License-Identifier: MIT */
#include "omadm/session/accept.h"

#include <inttypes.h>

#include "omadm/session/alerts.h"
#include "omadm/session/auth.h"
#include "omadm/session/large.h"
#include "omadm/session/report.h"
#include "omadm/session/send.h"

static const omadm_str ver_dtd = OMADM_STR("1.2");
static const omadm_str ver_proto = OMADM_STR("DM/1.2");
static const omadm_str nothing = {NULL, 0};

static int shown(omadm_str text) {
  return text.len < 64 ? (int)text.len : 64;
}

/* Nothing can be answered to a body without a readable header. The session ends at once: HTTP and
   TLS already guard against damage on the way, so the same octets would come again. */
static verdict undecodable(omadm_session *s, const char *why) {
  session_end(s, OMADM_OUTCOME_REFUSED, "the server's message cannot be read: %s", why);
  return VERDICT_OVER;
}

/* The first octet tells what a body is, whatever its Content-Type says: WBXML begins with its
   version, 1.1 to 1.3, and no XML does. Anything else that is called WBXML and looks like no XML is
   left to that reader to refuse. From here on we write as the server does
   (OMA-TS-SyncML_HTTPBinding 5). */
static omadm_encoding encoding_of(const omadm_session *s) {
  static const char xml_starts[] = "< \t\r\n\xEF\xFE\xFF";
  char first = s->body.ptr[0];
  if (first >= 1 && first <= 3) return OMADM_ENCODING_WBXML;
  bool looks_like_xml = first == '\0' || strchr(xml_starts, first) != NULL;
  return s->called_wbxml && !looks_like_xml ? OMADM_ENCODING_WBXML : OMADM_ENCODING_XML;
}

static verdict decode(omadm_session *s) {
  omadm_error error = {0};
  omadm_arena_reset(&s->arena);
  s->message = NULL;
  s->config.encoding = encoding_of(s);
  omadm_err err = s->config.encoding == OMADM_ENCODING_WBXML
                      ? omadm_wire_read_wbxml(omadm_buf_str(&s->body), &s->config.limits, &s->arena,
                                              &s->message, &error)
                      : omadm_wire_read_xml(omadm_buf_str(&s->body), omadm_buf_str(&s->charset),
                                            &s->config.limits, &s->arena, &s->message, &error);
  if (err == OMADM_OK) return VERDICT_RUN;
  s->message = NULL;
  const char *why = error.text[0] != '\0' ? error.text : omadm_err_text(err);
  if (err == OMADM_E_SYNTAX || err == OMADM_E_UNSUPPORTED) return undecodable(s, why);
  session_end(s, OMADM_OUTCOME_REFUSED, "the server's message is not taken: %s", why);
  return VERDICT_OVER;
}

/* Copies what the Status for this header will say: it may be sent after the next message came. */
static bool keep_header(omadm_session *s) {
  const wire_message *m = s->message;
  if (s->queue.head == NULL) {
    omadm_arena_reset(&s->reply);
    s->reply_octets = 0;
  }
  s->header.present = true;
  s->header.code = OMADM_ST_OK;
  s->header.detail = nothing;
  s->header.msg_ref = omadm_arena_copy(&s->reply, m->msg_id);
  s->header.target = omadm_arena_copy(&s->reply, m->target);
  s->header.source = omadm_arena_copy(&s->reply, m->source);
  if (s->header.msg_ref.ptr != NULL && s->header.target.ptr != NULL && s->header.source.ptr != NULL)
    return true;
  session_fail(s, OMADM_E_NOMEM);
  return false;
}

/* OMA-TS-SyncML_RepPro 10: 505 and 513 name the version that is supported. */
static verdict wrong_version(omadm_session *s, omadm_status code, omadm_str given, omadm_str ours) {
  if (!keep_header(s)) return VERDICT_OVER;
  s->header.code = code;
  s->header.detail = ours;
  session_give_up(s, OMADM_OUTCOME_ABORTED, "the server speaks %s '%.*s', only %.*s is supported",
                  code == OMADM_ST_BAD_VERDTD ? "VerDTD" : "VerProto", shown(given), given.ptr,
                  (int)ours.len, ours.ptr);
  return VERDICT_OVER;
}

static verdict judge_header(omadm_session *s, uint64_t *msg_id) {
  const wire_message *m = s->message;
  if (!m->has_header || m->session_id.ptr == NULL || m->msg_id.ptr == NULL)
    return undecodable(s, "it has no header with SessionID and MsgID");
  /* OMA-TS-SyncML_RepPro 6.1.12: they begin with 1. */
  if (!omadm_str_u64(m->msg_id, msg_id) || *msg_id == 0)
    return undecodable(s, "its MsgID is no number from 1 on");
  uint32_t quirks = m->quirks;
  if (!omadm_str_equal(m->target, s->config.device_id)) quirks |= 1U << OMADM_QUIRK_DEVICE_TARGET;
  if (!report_quirks(s, quirks, NULL, nothing))
    return undecodable(s, "it holds a deviation that is refused here");
  if (!omadm_str_equal(m->ver_dtd, ver_dtd))
    return wrong_version(s, OMADM_ST_BAD_VERDTD, m->ver_dtd, ver_dtd);
  if (!omadm_str_equal(m->ver_proto, ver_proto))
    return wrong_version(s, OMADM_ST_BAD_VERPROTO, m->ver_proto, ver_proto);
  if (!omadm_str_equal_nocase(m->session_id, s->config.session_id)) {
    session_end(s, OMADM_OUTCOME_REFUSED, "the server answered for session '%.*s'",
                shown(m->session_id), m->session_id.ptr);
    return VERDICT_OVER;
  }
  if (s->heard && *msg_id == s->last_msg_id &&
      s->last_body != omadm_str_hash_keyed(0, omadm_buf_str(&s->body))) {
    session_end(s, OMADM_OUTCOME_REFUSED, "message %" PRIu64 " came again with another content",
                *msg_id);
    return VERDICT_OVER;
  }
  if (s->heard && *msg_id == s->last_msg_id) {
    omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                   "message %" PRIu64 " came again and gets the same answer", *msg_id);
    return VERDICT_REPEAT;
  }
  if (s->heard && *msg_id < s->last_msg_id) {
    session_end(s, OMADM_OUTCOME_REFUSED, "message %" PRIu64 " came after message %" PRIu64,
                *msg_id, s->last_msg_id);
    return VERDICT_OVER;
  }
  return VERDICT_RUN;
}

static void read_size(const omadm_session *s, omadm_str text, uint64_t *size) {
  uint64_t value = 0;
  if (text.ptr == NULL) return;
  if (omadm_str_u64(text, &value) && value > 0)
    *size = value;
  else
    omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                   "the server announced the size '%.*s', which is ignored", shown(text), text.ptr);
}

/* What holds from this message on (OMA-TS-SyncML_RepPro 6.1.17, OMA-TS-SyncML_MetaInfo 5). */
static verdict store_header(omadm_session *s, uint64_t msg_id) {
  const wire_message *m = s->message;
  s->last_msg_id = msg_id;
  s->last_body = omadm_str_hash_keyed(0, omadm_buf_str(&s->body));
  s->heard = true;
  s->result.messages++;
  s->origin.msg_ref = m->msg_id;
  if (m->final) s->server_closed = true;
  if (!keep_header(s)) return VERDICT_OVER;
  auth_judge(s);
  read_size(s, m->meta.max_msg_size, &s->peer_msg_size);
  read_size(s, m->meta.max_obj_size, &s->peer_obj_size);
  if (m->meta.max_msg_size.ptr != NULL && s->peer_msg_size > 0 && !send_fits_anything(s)) {
    session_end(s, OMADM_OUTCOME_REFUSED,
                "no answer fits the %" PRIu64 " octets of the server's MaxMsgSize",
                s->peer_msg_size);
    return VERDICT_OVER;
  }
  return VERDICT_RUN;
}

/* The server's Status for our header. False: the session ended. */
static bool header_status(omadm_session *s, const wire_command *c, uint64_t code) {
  if (!auth_status(s, c, code)) return false;
  if (s->auth.client.challenged) return true;
  if (code >= 300) {
    session_end(s, OMADM_OUTCOME_REFUSED, "the server refused our message with %" PRIu64 " (%s)",
                code, omadm_status_text(code < 1000 ? (omadm_status)code : 0));
    return false;
  }
  return true;
}

static bool read_status(omadm_session *s, const wire_command *c) {
  uint64_t code = 0;
  uint64_t msg_ref = s->msg_id;
  uint64_t cmd_ref = 0;
  bool for_header = omadm_str_is(c->cmd, "SyncHdr") || omadm_str_is(c->cmd_ref, "0");
  if (c->quirks != 0 && !report_quirks(s, c->quirks, c, nothing)) return true;
  if (!omadm_str_u64(c->data, &code)) return true;
  if (c->msg_ref.len > 0 && !omadm_str_u64(c->msg_ref, &msg_ref)) return true;
  /* A Status for a message that was never sent answers nothing (OMA-TS-SyncML_RepPro 6.4.1). */
  if (msg_ref > s->msg_id) return true;
  if (for_header) return header_status(s, c, code);
  if (!s->auth.server.trusted) return true;
  /* A challenge is a part of the protocol: the same is sent again, with credentials. */
  bool challenged = s->auth.client.challenged &&
                    (code == OMADM_ST_INVALID_CREDENTIALS || code == OMADM_ST_MISSING_CREDENTIALS);
  if (code >= 400)
    omadm_log_line(s->log, challenged ? OMADM_LOG_INFO : OMADM_LOG_WARN, "session",
                   "the server answered our %.*s with %" PRIu64, shown(c->cmd), c->cmd.ptr, code);
  if (omadm_str_u64(c->cmd_ref, &cmd_ref) && code < 1000)
    alerts_status(s, msg_ref, cmd_ref, (omadm_status)code);
  if (omadm_str_u64(c->cmd_ref, &cmd_ref) && code < 1000)
    large_out_status(s, msg_ref, cmd_ref, (omadm_status)code);
  return true;
}

/* Wherever it stands: in a Sequence or an Atomic, too (OMA-TS-DM_Protocol 8.1). */
static bool holds_abort(const wire_command *c) {
  for (; c != NULL; c = c->next) {
    if (c->kind == WIRE_ALERT && omadm_str_is(c->data, "1223")) return true;
    if (holds_abort(c->members)) return true;
  }
  return false;
}

/* Statuses first, wherever they stand: they decide whether anything is executed
 * (OMA-TS-DM_Protocol 9.1). */
static verdict read_statuses(omadm_session *s) {
  for (const wire_command *c = s->message->commands; c != NULL; c = c->next) {
    if (c->kind == WIRE_STATUS && !read_status(s, c)) return VERDICT_OVER;
  }
  if (!holds_abort(s->message->commands)) return auth_conclude(s) ? VERDICT_RUN : VERDICT_OVER;
  session_end(s, OMADM_OUTCOME_ABORTED, "the server aborted the session (Alert 1223)");
  return VERDICT_OVER;
}

/* Where the answer goes. Before the server has proved itself a RespURI counts only beside a
 * challenge to the device, which has to reach somebody (OMA-TS-DM_Protocol 9.1); may_go says where
 * that may be. */
static verdict take_resp_uri(omadm_session *s) {
  const omadm_str uri = s->message->resp_uri;
  if (uri.len == 0 || !(s->auth.server.trusted || s->auth.client.challenged)) return VERDICT_RUN;
  if (s->config.may_go != NULL && !s->config.may_go(s->config.may_go_ctx, uri)) {
    session_end(s, OMADM_OUTCOME_REFUSED, "the server's RespURI is not followed: %.*s", shown(uri),
                uri.ptr);
    return VERDICT_OVER;
  }
  s->resp_uri.len = 0;
  omadm_err err = omadm_buf_add_str(&s->resp_uri, uri);
  if (err == OMADM_OK) return VERDICT_RUN;
  session_fail(s, err);
  return VERDICT_OVER;
}

verdict accept_message(omadm_session *s) {
  uint64_t msg_id = 0;
  verdict v = decode(s);
  if (v == VERDICT_RUN) v = judge_header(s, &msg_id);
  if (v == VERDICT_RUN) v = store_header(s, msg_id);
  if (v == VERDICT_RUN) v = read_statuses(s);
  if (v == VERDICT_RUN) v = take_resp_uri(s);
  return v;
}
