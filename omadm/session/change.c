/* SPDX-License-Identifier: MIT */
/* Add, Replace, Delete, Exec (OMA-TS-DM_RepPro 6.6). */
#include "base/codec.h"
#include "omadm/session/commands.h"
#include "omadm/session/late.h"
#include "omadm/session/property.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"

/* In XML the octets of a bin node travel as base64, with Meta Format b64; in WBXML that way or as
 * they are, with Format bin (OMA-TS-DM_TND 7.7.2). */
static omadm_status decode_octets(omadm_session *s, omadm_value *value) {
  static const omadm_str why = OMADM_STR("the value is no base64");
  if (s->config.encoding == OMADM_ENCODING_WBXML && value->format == OMADM_FORMAT_BIN)
    return OMADM_ST_OK;
  s->octets.len = 0;
  omadm_err err = omadm_base64_decode(value->data, &s->octets);
  if (err == OMADM_E_SYNTAX) {
    s->walk.reply.detail = why;
    return OMADM_ST_BAD_FORMAT;
  }
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_ST_FAILED;
  }
  value->data = omadm_buf_str(&s->octets);
  value->format = OMADM_FORMAT_BIN;
  return OMADM_ST_OK;
}

/* May the octets of a bin node stand in base64 under that Format? */
static bool is_encoded(const omadm_session *s, const omadm_value *value) {
  return s->walk.node.format == OMADM_FORMAT_BIN &&
         (value->format == OMADM_FORMAT_B64 || value->format == OMADM_FORMAT_BIN ||
          value->format == OMADM_FORMAT_ABSENT);
}

static omadm_status read_value(omadm_session *s) {
  walk *w = &s->walk;
  omadm_value *value = &w->value;
  *value = (omadm_value){.format = omadm_format_parse(target_format(s, w->item)),
                         .type = target_type(s, w->item),
                         .data = w->item->data,
                         .has_data = w->item->data.ptr != NULL};
  if (value->format == OMADM_FORMAT_UNKNOWN) return OMADM_ST_BAD_FORMAT;
  if (value->data.len > s->config.limits.max_obj_size) {
    w->reply.detail = (omadm_str)OMADM_STR("the value is larger than the limit max-obj-size");
    return OMADM_ST_TOO_LARGE;
  }
  return value->has_data && is_encoded(s, value) ? decode_octets(s, value) : OMADM_ST_OK;
}

omadm_status change_read_head(omadm_session *s, omadm_value *head, bool *base64) {
  const walk *w = &s->walk;
  *head = (omadm_value){.format = omadm_format_parse(target_format(s, w->item)),
                        .type = target_type(s, w->item),
                        .has_data = 1};
  if (head->format == OMADM_FORMAT_UNKNOWN) return OMADM_ST_BAD_FORMAT;
  *base64 = is_encoded(s, head) &&
            !(s->config.encoding == OMADM_ENCODING_WBXML && head->format == OMADM_FORMAT_BIN);
  if (*base64) head->format = OMADM_FORMAT_BIN;
  return OMADM_ST_OK;
}

typedef omadm_status (*ask_verb)(omadm_session *s);

static omadm_status ask_add(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->add(s->tree->ctx, &s->origin, &w->node, &w->value, &w->reply);
}

static omadm_status ask_replace(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->replace(s->tree->ctx, &s->origin, &w->node, &w->value, &w->reply);
}

static omadm_status ask_remove(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->remove(s->tree->ctx, &s->origin, &w->node, &w->reply);
}

static omadm_status ask_exec(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->exec(s->tree->ctx, &s->origin, &w->node, &w->value, &w->reply);
}

omadm_status change_run(omadm_session *s, ask_verb ask) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (!late_take(s, &status)) {
    w->reply = (omadm_answer){0};
    status = ask(s);
  }
  if (status == OMADM_ST_PENDING) return late_wait(s, w->reply.token);
  if (w->reply.quirks != 0) report_quirks(s, w->reply.quirks, w->command, w->uri.request);
  if (omadm_status_is_success(status)) reply_changed(s);
  if (status >= 400 && w->reply.at.len > 0) reply_name_parent(s, w->reply.at);
  return status;
}

static omadm_status check_add(omadm_session *s) {
  walk *w = &s->walk;
  omadm_status status = read_value(s);
  bool leaf = w->node.format != OMADM_FORMAT_NODE && w->value.format != OMADM_FORMAT_NODE &&
              w->value.format != OMADM_FORMAT_NULL;
  if (status != OMADM_ST_OK || w->value.has_data || !leaf) return status;
  if (!s->dialect->add_without_data) return OMADM_ST_INCOMPLETE;
  return report_quirks(s, 1U << OMADM_QUIRK_ADD_NO_DATA, w->command, w->uri.request)
             ? OMADM_ST_OK
             : OMADM_ST_BAD_REQUEST;
}

omadm_status add_item(omadm_session *s) {
  if (tnds_concerns(s)) return tnds_run(s);
  if (s->walk.called) return change_run(s, ask_add);
  omadm_status status = target_locate(s);
  if (status == OMADM_ST_OK) status = check_add(s);
  if (status != OMADM_ST_OK) return status;
  s->walk.value.acl = target_new_acl(s);
  s->walk.called = true;
  return change_run(s, ask_add);
}

omadm_status replace_item(omadm_session *s) {
  walk *w = &s->walk;
  if (tnds_concerns(s)) return tnds_run(s);
  if (w->called && w->uri.query == OMADM_QUERY_PROP) return property_replace(s);
  if (w->called) return change_run(s, ask_replace);
  omadm_status status = target_locate(s);
  if (status == OMADM_ST_OK && w->uri.query == OMADM_QUERY_PROP) return property_replace(s);
  if (status == OMADM_ST_OK && w->node.format == OMADM_FORMAT_NODE) status = OMADM_ST_NOT_ALLOWED;
  if (status == OMADM_ST_OK) status = read_value(s);
  if (status != OMADM_ST_OK) return status;
  w->called = true;
  return change_run(s, ask_replace);
}

omadm_status delete_item(omadm_session *s) {
  if (s->walk.called) return change_run(s, ask_remove);
  omadm_status status = target_locate(s);
  if (status != OMADM_ST_OK) return status;
  s->walk.called = true;
  return change_run(s, ask_remove);
}

omadm_status exec_item(omadm_session *s) {
  walk *w = &s->walk;
  enum { LONGEST_CORRELATOR = 1024 }; /* it comes back in each alert about this Exec */
  if (w->called) return change_run(s, ask_exec);
  if (s->origin.correlator.len > LONGEST_CORRELATOR) {
    w->reply.detail = (omadm_str)OMADM_STR("its Correlator is longer than 1,024 octets");
    return OMADM_ST_TOO_LARGE;
  }
  omadm_status status = target_locate(s);
  if (status == OMADM_ST_OK) status = read_value(s);
  if (status != OMADM_ST_OK) return status;
  /* What it starts may end this process: what was done before it has to be durable. In an Atomic
   * nothing is, before its end. */
  if (w->atomic == NULL) reply_settle(s);
  w->called = true;
  return change_run(s, ask_exec);
}
