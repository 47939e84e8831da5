/* SPDX-License-Identifier: MIT */
/* What must hold when the conversation is over. */
#include "conformance/player/play.h"

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

static bool check_field(play *self, const omadm_transcript_node *want, const char *what,
                        omadm_str pattern, omadm_str found) {
  if (pattern.ptr == NULL) return true;
  if (found.ptr == NULL) {
    play_note(self, "not checked: %s of %s", what, want->uri.ptr);
    return true;
  }
  if (bindings_match(&self->names, pattern, found)) return true;
  return play_fail(self, want->line, "%s of %s: expected \"%.200s\", found \"%.*s\"", what,
                   want->uri.ptr, pattern.ptr, found.len > 200 ? 200 : (int)found.len, found.ptr);
}

static bool check_value(play *self, const omadm_transcript_node *want, omadm_str found) {
  omadm_buf text;
  if (!want->as_base64 || found.ptr == NULL)
    return check_field(self, want, "the value", want->value, found);
  omadm_buf_init(&text, &omadm_mem_default, 0);
  bool good = omadm_base64_encode(found, &text) == OMADM_OK &&
              check_field(self, want, "the value", want->value, omadm_buf_str(&text));
  omadm_buf_dispose(&text);
  return good;
}

static bool check_node(play *self, const omadm_transcript_node *want) {
  omadm_player_node found = {.absent = false};
  omadm_error error = {0};
  omadm_err err = OMADM_E_UNSUPPORTED;
  if (self->client->read_node != NULL)
    err = self->client->read_node(self->client->self, want->uri, &found, &error);
  if (err == OMADM_E_UNSUPPORTED) {
    bool told = error.text[0] != 0;
    play_note(self, "not checked: %s%s%s%s", want->uri.ptr, told ? " (" : "", error.text,
              told ? ")" : "");
    return true;
  }
  if (!play_check(self, want->line, want->uri.ptr, err, &error)) return false;
  if (want->absent && !found.absent)
    return play_fail(self, want->line, "%s is there; it should be absent", want->uri.ptr);
  if (!want->absent && found.absent)
    return play_fail(self, want->line, "%s is absent", want->uri.ptr);
  if (want->absent) return true;
  return check_value(self, want, found.value) &&
         check_field(self, want, "the format", want->format, found.format) &&
         check_field(self, want, "the type", want->type, found.type) &&
         check_field(self, want, "the ACL", want->acl, found.acl) &&
         check_field(self, want, "the title", want->title, found.title);
}

static bool check_outbox(play *self, int line) {
  size_t count = 0;
  omadm_error error = {0};
  omadm_err err = OMADM_E_UNSUPPORTED;
  if (self->client->outbox_count != NULL)
    err = self->client->outbox_count(self->client->self, &count, &error);
  if (err == OMADM_E_UNSUPPORTED) {
    play_note(self, "not checked: the outbox");
    return true;
  }
  if (!play_check(self, line, "the outbox", err, &error)) return false;
  if ((long)count == self->transcript->outbox) return true;
  return play_fail(self, line, "alerts in the outbox: expected %ld, found %zu",
                   self->transcript->outbox, count);
}

bool play_after(play *self) {
  const omadm_transcript *transcript = self->transcript;
  for (size_t i = 0; i < transcript->after_count; i++) {
    if (!check_node(self, &transcript->after[i])) return false;
  }
  return transcript->outbox < 0 ||
         check_outbox(self, transcript->steps[transcript->step_count - 1].line);
}
