/* SPDX-License-Identifier: MIT */
/* The steps of a conversation. */
#include "conformance/player/reader.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A step, and attributes that do not stay as they are. */
typedef struct draft {
  omadm_transcript_step step;
  omadm_str src;
  omadm_str raw;
  omadm_str status;
  omadm_str hex;
  omadm_str cancel;
  omadm_str silent;
  omadm_str seconds;
} draft;

#define FIELD(name) offsetof(draft, step.name)

static const reader_attribute attributes[] = {
    {"session", "server", FIELD(server), false},
    {"session", "start", FIELD(start), false},
    {"client", "url", FIELD(url), false},
    {"client", "content-type", FIELD(content_type), false},
    {"client", "src", offsetof(draft, src), false},
    {"server", "content-type", FIELD(content_type), false},
    {"server", "src", offsetof(draft, src), false},
    {"server", "raw", offsetof(draft, raw), false},
    {"server", "status", offsetof(draft, status), false},
    {"notify", "hex", offsetof(draft, hex), true},
    {"bootstrap", "src", offsetof(draft, src), false},
    {"bootstrap", "raw", offsetof(draft, raw), false},
    {"bootstrap", "type", FIELD(type), false},
    {"bootstrap", "sec", FIELD(sec), false},
    {"bootstrap", "mac", FIELD(mac), false},
    {"bootstrap", "pin", FIELD(pin), false},
    {"bootstrap", "network-id", FIELD(network_id), false},
    {"raise", "alert", FIELD(alert), false},
    {"raise", "type", FIELD(type), false},
    {"raise", "format", FIELD(format), false},
    {"raise", "mark", FIELD(mark), false},
    {"raise", "source", FIELD(source), false},
    {"raise", "correlator", FIELD(correlator), false},
    {"change", "uri", FIELD(uri), true},
    {"change", "format", FIELD(format), false},
    {"change", "type", FIELD(type), false},
    {"user", "answer", FIELD(answer), false},
    {"user", "cancel", offsetof(draft, cancel), false},
    {"user", "silent", offsetof(draft, silent), false},
    {"wait", "seconds", offsetof(draft, seconds), true},
    {"end", "result", FIELD(result), true},
};

static omadm_err read_body(reader *self, xmlNode *node, draft *d) {
  omadm_str *body = &d->step.body;
  omadm_str inside = omadm_str_trim(reader_slice(self, node));
  if (d->src.ptr != NULL) {
    if (inside.len > 0) return reader_fail(self, node, "src and content do not go together");
    return reader_file(self, node, d->src, body);
  }
  *body = source_unwrap(inside, self->arena);
  return body->ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

static omadm_err read_client(reader *self, xmlNode *node, draft *d) {
  omadm_err err = read_body(self, node, d);
  if (err == OMADM_OK && d->step.body.len == 0)
    err = reader_fail(self, node, "an empty <client>; <any/> stands for any message");
  return err;
}

static omadm_err read_server(reader *self, xmlNode *node, draft *d) {
  unsigned long status = 200;
  omadm_err err = read_body(self, node, d);
  if (err == OMADM_OK) err = reader_number(self, node, "status", d->status, 599, &status);
  if (err != OMADM_OK) return err;
  if (status < 100) return reader_fail(self, node, "no HTTP status: %lu", status);
  d->step.status = (unsigned)status;
  d->step.has_body = d->step.body.len > 0;
  if (!d->step.has_body && d->status.ptr == NULL)
    return reader_fail(self, node, "<server> without octets needs a status");
  if (d->raw.ptr == NULL) return OMADM_OK;
  if (strcmp(d->raw.ptr, "base64") != 0) return reader_fail(self, node, "raw can be base64 only");
  d->step.literal = true;
  return reader_base64(self, node, d->step.body, &d->step.body);
}

static omadm_err read_bootstrap(reader *self, xmlNode *node, draft *d) {
  omadm_err err = read_body(self, node, d);
  if (err != OMADM_OK || d->raw.ptr == NULL) return err;
  if (strcmp(d->raw.ptr, "base64") != 0) return reader_fail(self, node, "raw can be base64 only");
  return reader_base64(self, node, d->step.body, &d->step.body);
}

static omadm_err read_notify(reader *self, xmlNode *node, draft *d) {
  reader_enter(self);
  return reader_hex(self, node, d->hex, &d->step.body);
}

static omadm_err read_user(reader *self, xmlNode *node, draft *d) {
  reader_enter(self);
  int given = (d->step.answer.ptr != NULL) + (d->cancel.ptr != NULL) + (d->silent.ptr != NULL);
  if (given != 1) return reader_fail(self, node, "<user> needs one of answer, cancel, silent");
  if (d->silent.ptr != NULL) d->step.answer.len = 1;
  return OMADM_OK;
}

static omadm_err read_wait(reader *self, xmlNode *node, draft *d) {
  unsigned long seconds = 0;
  omadm_err err = reader_number(self, node, "seconds", d->seconds, 4000000000UL, &seconds);
  reader_enter(self);
  d->step.seconds = (unsigned)seconds;
  return err;
}

static omadm_err read_end(reader *self, xmlNode *node, draft *d) {
  static const char *const results[] = {"done", "aborted", "refused", NULL};
  reader_enter(self);
  return reader_word(self, node, "result", d->step.result, results);
}

static omadm_err read_session(reader *self, xmlNode *node, draft *d) {
  static const char *const starts[] = {"client", "notify", "alert", NULL};
  reader_enter(self);
  return reader_word(self, node, "start", d->step.start, starts);
}

static omadm_err read_value(reader *self, xmlNode *node, draft *d) {
  omadm_err err = reader_value(self, node, &d->step.body);
  if (err == OMADM_OK && d->step.body.ptr == NULL) d->step.body = (omadm_str){"", 0};
  return err;
}

static omadm_err read_nothing(reader *self, xmlNode *node, draft *d) {
  (void)node;
  (void)d;
  reader_enter(self);
  return OMADM_OK;
}

static const struct {
  omadm_transcript_step_kind kind;
  bool may_hold_content;
  omadm_err (*read)(reader *self, xmlNode *node, draft *d);
} kinds[] = {
    {OMADM_STEP_SESSION, true, read_session},     {OMADM_STEP_CLIENT, true, read_client},
    {OMADM_STEP_SERVER, true, read_server},       {OMADM_STEP_NOTIFY, false, read_notify},
    {OMADM_STEP_BOOTSTRAP, true, read_bootstrap}, {OMADM_STEP_RAISE, true, read_value},
    {OMADM_STEP_CHANGE, true, read_value},        {OMADM_STEP_USER, false, read_user},
    {OMADM_STEP_ABORT, false, read_nothing},      {OMADM_STEP_RESTART, false, read_nothing},
    {OMADM_STEP_CRASH, false, read_nothing},      {OMADM_STEP_DROP, false, read_nothing},
    {OMADM_STEP_WAIT, false, read_wait},          {OMADM_STEP_END, false, read_end},
};

bool reader_step_kind(const xmlNode *node, omadm_transcript_step_kind *kind) {
  static const char *const words[] = {
#define STEP_WORD(name, word) word,
      OMADM_TRANSCRIPT_STEPS(STEP_WORD)
#undef STEP_WORD
  };
  for (size_t i = 0; i < COUNT(words); i++) {
    if (!reader_is(node, words[i])) continue;
    *kind = (omadm_transcript_step_kind)i;
    return true;
  }
  return false;
}

omadm_err reader_step(reader *self, xmlNode *node, omadm_transcript_step *out) {
  draft d = {.step = {.line = (int)xmlGetLineNo(node), .status = 200}};
  if (!reader_step_kind(node, &d.step.kind)) {
    return reader_fail(self, node, "unknown element <%s>", (const char *)node->name);
  }
  bool over_http = d.step.kind == OMADM_STEP_CLIENT || d.step.kind == OMADM_STEP_SERVER;
  omadm_err err = reader_attributes(self, node, attributes, COUNT(attributes), &d,
                                    over_http ? "header-" : NULL, &d.step.headers);
  for (size_t i = 0; err == OMADM_OK && i < COUNT(kinds); i++) {
    if (kinds[i].kind != d.step.kind) continue;
    if (!kinds[i].may_hold_content && reader_first(self, node, &err) != NULL) {
      err = reader_fail(self, node, "<%s> has no content", (const char *)node->name);
    }
    if (err == OMADM_OK) err = kinds[i].read(self, node, &d);
  }
  *out = d.step;
  return err;
}
