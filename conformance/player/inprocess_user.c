/* SPDX-License-Identifier: MIT */
#include "conformance/player/inprocess_user.h"

#include <string.h>

#include "base/str.h"

/* How silence stands in the queue: no pointer, and a length. */
static bool is_silence(omadm_str answer) {
  return answer.ptr == NULL && answer.len > 0;
}

static bool peek_answer(const device_user *self, omadm_str *out) {
  if (self->answers.len < sizeof *out) return false;
  memcpy(out, self->answers.ptr, sizeof *out);
  return true;
}

static bool next_answer(device_user *self, omadm_str *out) {
  if (!peek_answer(self, out)) return false;
  self->answers.len -= sizeof *out;
  memmove(self->answers.ptr, self->answers.ptr + sizeof *out, self->answers.len);
  return true;
}

/* "2", or "1-3": numbers with dashes between them, as the standard writes those of DR. */
static omadm_ui_outcome choose(device_user *self, omadm_str answer, omadm_ui_reply *reply) {
  self->chosen.len = 0;
  while (answer.len > 0) {
    size_t n = 0;
    uint64_t number = 0;
    while (n < answer.len && answer.ptr[n] != '-')
      n++;
    uint32_t index = 0;
    if (!omadm_str_u64((omadm_str){answer.ptr, n}, &number) || number > UINT32_MAX)
      return OMADM_UI_UNFIT;
    index = (uint32_t)number;
    if (omadm_buf_add(&self->chosen, &index, sizeof index) != 0) return OMADM_UI_UNFIT;
    n += n < answer.len;
    answer = (omadm_str){answer.ptr + n, answer.len - n};
  }
  reply->n_choices = self->chosen.len / sizeof(uint32_t);
  reply->choices = (const uint32_t *)(const void *)self->chosen.ptr;
  return OMADM_UI_ANSWERED;
}

/* What one answer of the transcript means to a question of that kind. */
static omadm_ui_outcome answer_with(device_user *self, omadm_str answer, omadm_ui_reply *reply) {
  if (answer.ptr == NULL) return OMADM_UI_CANCELLED;
  switch (self->kind) {
  case OMADM_UI_CONFIRM: return omadm_str_is(answer, "no") ? OMADM_UI_REJECTED : OMADM_UI_ANSWERED;
  case OMADM_UI_TEXT: reply->text = answer; return OMADM_UI_ANSWERED;
  case OMADM_UI_CHOICE:
  case OMADM_UI_CHOICES: return choose(self, answer, reply);
  default: return OMADM_UI_ANSWERED;
  }
}

static omadm_ui_outcome ask(void *ctx, const omadm_ui_question *question, omadm_ui_reply *reply) {
  device_user *self = ctx;
  omadm_str answer;
  bool at_once = !self->late && peek_answer(self, &answer) && !is_silence(answer);
  self->kind = question->kind;
  if (at_once && next_answer(self, &answer)) return answer_with(self, answer, reply);
  reply->token = self->asked = ++self->last_token;
  return OMADM_UI_PENDING;
}

static void withdraw(void *ctx, omadm_token token) {
  device_user *self = ctx;
  if (self->asked == token) self->asked = 0;
}

void device_user_init(device_user *self, bool late) {
  *self = (device_user){
      .port = {.struct_size = sizeof self->port, .ctx = self, .ask = ask, .withdraw = withdraw},
      .late = late};
  omadm_buf_init(&self->answers, NULL, 0);
  omadm_buf_init(&self->chosen, NULL, 0);
}

void device_user_dispose(device_user *self) {
  omadm_buf_dispose(&self->answers);
  omadm_buf_dispose(&self->chosen);
}

omadm_err device_user_add(device_user *self, omadm_str answer, omadm_error *error) {
  omadm_err err = omadm_buf_add(&self->answers, &answer, sizeof answer);
  return err == 0 ? 0 : omadm_error_set(error, err, "out of memory");
}

bool device_user_take(device_user *self, omadm_token *token, omadm_ui_outcome *outcome,
                      omadm_ui_reply *reply) {
  omadm_str answer;
  if (self->asked == 0 || !next_answer(self, &answer) || is_silence(answer)) return false;
  *token = self->asked;
  self->asked = 0;
  *reply = (omadm_ui_reply){.n_choices = 0};
  *outcome = answer_with(self, answer, reply);
  return true;
}
