/* SPDX-License-Identifier: MIT */
/* One message of the client's, and one answer. */
#include "conformance/player/play.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/diff.h"
#include "conformance/player/encoding.h"
#include "conformance/player/freedoms.h"
#include "conformance/player/hmac.h"
#include "conformance/player/ids.h"
#include "conformance/player/message.h"
#include "conformance/player/rules.h"

static const char *outcome_word(omadm_player_outcome outcome) {
  static const char *const words[] = {"a message", "done", "aborted", "refused", "somehow"};
  return (unsigned)outcome < sizeof words / sizeof words[0] ? words[outcome] : "?";
}

static void add_details(play *self, const xmlDoc *expected, const xmlDoc *actual,
                        const message_difference *difference) {
  unsigned columns = self->options.columns == 0 ? 120 : self->options.columns;
  (void)diff_write(expected, actual, difference, columns, self->options.colour,
                   &self->result->details);
}

static void add_message(play *self, const xmlDoc *message) {
  (void)diff_write_message(message, "  ", &self->result->details);
}

/* One header, its {{names}} replaced and its MAC made. */
static omadm_err write_header(play *self, omadm_str value, omadm_str body, omadm_buf *out,
                              omadm_error *error) {
  omadm_buf named;
  if (!hmac_is_asked(value)) return bindings_expand(&self->names, value, false, out, error);
  omadm_buf_init(&named, &omadm_mem_default, 0);
  omadm_err err = bindings_expand(&self->names, value, false, &named, error);
  if (err == OMADM_OK) err = hmac_expand(omadm_buf_str(&named), body, out, error);
  omadm_buf_dispose(&named);
  return err;
}

/* Does a header have the value that is asked for? */
static bool header_matches(play *self, const omadm_transcript_pair *want, omadm_str have,
                           omadm_str body) {
  omadm_buf wanted;
  if (!hmac_is_asked(want->value)) return bindings_match(&self->names, want->value, have);
  omadm_buf_init(&wanted, &omadm_mem_default, 0);
  bool good = write_header(self, want->value, body, &wanted, NULL) == OMADM_OK &&
              omadm_str_equal(omadm_buf_str(&wanted), have);
  omadm_buf_dispose(&wanted);
  return good;
}

static bool check_http(play *self, const omadm_transcript_step *step,
                       const omadm_player_request *request) {
  if (step->url.ptr != NULL && !bindings_match(&self->names, step->url, request->url)) {
    return play_fail(self, step->line, "url: expected \"%s\", found \"%.*s\"", step->url.ptr,
                     (int)request->url.len, request->url.ptr);
  }
  if (step->content_type.ptr != NULL &&
      !bindings_match(&self->names, step->content_type, request->content_type)) {
    return play_fail(self, step->line, "content-type: expected \"%s\", found \"%.*s\"",
                     step->content_type.ptr, (int)request->content_type.len,
                     request->content_type.ptr);
  }
  for (size_t i = 0; i < step->headers.count; i++) {
    const omadm_transcript_pair *want = &step->headers.items[i];
    omadm_str have = {NULL, 0};
    for (size_t k = 0; k < request->header_count; k++) {
      if (omadm_str_equal_nocase(request->headers[k].name, want->name))
        have = request->headers[k].value;
    }
    if (have.ptr == NULL)
      return play_fail(self, step->line, "header %s: expected, not found", want->name.ptr);
    if (header_matches(self, want, have, request->body)) continue;
    return play_fail(self, step->line, "header %s: expected \"%s\", found \"%.*s\"", want->name.ptr,
                     want->value.ptr, (int)have.len, have.ptr);
  }
  return true;
}

/* What holds for each message, whatever the transcript is about. */
static bool check_form(play *self, const omadm_transcript_step *step, xmlDoc *actual) {
  omadm_error error = {0};
  if (ids_check(actual, &error) != OMADM_OK) {
    play_fail(self, step->line, "the message: %s", error.text);
    self->result->clause = "OMA-TS-SyncML_RepPro 6.1.4";
  } else if (omadm_grammar_check(self->grammar, actual, &error) != OMADM_OK) {
    play_fail(self, step->line, "the message breaks the grammar of SyncML DM 1.2: %s", error.text);
    self->result->clause = "OMA-TS-SyncML_RepPro 7";
  } else {
    return true;
  }
  add_message(self, actual);
  return false;
}

/* Compares with the step's pattern. What is left to the client is taken out of a copy: the form is
 * that of the message as it came. */
static bool compare(play *self, const omadm_transcript_step *step, xmlDoc *actual) {
  xmlDoc *expected = NULL;
  xmlDoc *copy = NULL;
  xmlDoc *compared = actual;
  omadm_error error = {0};
  message_difference difference;
  if (omadm_message_parse(step->body, &expected, &error) != OMADM_OK)
    return play_fail(self, step->line, "the transcript's own <client>: %s", error.text);
  if (self->options.freedoms && (copy = xmlCopyDoc(actual, 1)) != NULL) {
    freedoms_take(expected, copy, &self->ids);
    compared = copy;
  }
  bool good = message_matches(expected, compared, &self->names, &difference);
  if (!good) {
    self->result->clause = rules_find(expected, compared, &difference);
    play_fail(self, step->line, "%s%s%s", difference.path, difference.path[0] == 0 ? "" : ": ",
              difference.why);
    add_details(self, expected, compared, &difference);
  }
  xmlFreeDoc(expected);
  xmlFreeDoc(copy);
  return good && check_form(self, step, actual);
}

/* The client's first message says in what it speaks, where nothing is asked for. */
static bool choose_encoding(play *self, omadm_str body) {
  bool first = !self->begun;
  self->begun = true;
  if (!first || !self->options.mode.follow) return true;
  self->wbxml = self->expects_wbxml = encoding_is_wbxml(body);
  return play_check_encoding(self, self->wbxml);
}

bool play_client(play *self, const omadm_transcript_step *step) {
  omadm_player_outcome outcome = OMADM_PLAYED_DONE;
  omadm_player_request request = {.header_count = 0};
  omadm_error error = {0};
  xmlDoc *actual = NULL;
  if (self->waiting)
    return play_fail(self, step->line,
                     "the transcript has two <client> without a <server> between them");
  omadm_err err = self->client->next_request(self->client->self, &outcome, &request, &error);
  if (!play_check(self, step->line, "a message", err, &error)) return false;
  if (outcome != OMADM_PLAYED_REQUEST) {
    return play_fail(self, step->line,
                     "the client ended the session (%s) where a message is expected",
                     outcome_word(outcome));
  }
  self->waiting = true;
  if (!choose_encoding(self, request.body) || !check_http(self, step, &request)) return false;
  err = encoding_read(&self->options.mode, self->expects_wbxml, &request, &actual, &error);
  if (err != OMADM_OK) {
    self->result->clause = "OMA-TS-DM_RepPro 5.1; OMA-TS-SyncML_RepPro 5";
    return play_check(self, step->line, "the client's message", err, &error);
  }
  bool good = compare(self, step, actual);
  if (good && self->options.watch != NULL)
    self->options.watch(self->options.watch_ctx, step, &request, actual);
  xmlFreeDoc(actual);
  return good;
}

/* The headers of the answer with their {{names}} replaced; values are owned by `texts`. */
static omadm_err expand_headers(play *self, const omadm_transcript_step *step, omadm_str body,
                                omadm_transcript_pair *headers, omadm_buf *texts,
                                omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == OMADM_OK && i < step->headers.count; i++) {
    omadm_str value = step->headers.items[i].value;
    err = write_header(self, value, body, &texts[i], error);
    headers[i] = (omadm_transcript_pair){step->headers.items[i].name, omadm_buf_str(&texts[i])};
  }
  return err;
}

/* The answer of the transcript with what this conversation knows: names, digests, and the CmdIDs
 * that the client chose. */
static omadm_err write_xml(play *self, omadm_str source, omadm_buf *out, omadm_error *error) {
  omadm_buf named, proved;
  omadm_buf_init(&named, &omadm_mem_default, 0);
  omadm_buf_init(&proved, &omadm_mem_default, 0);
  omadm_err err = bindings_expand(&self->names, source, true, &named, error);
  if (err == OMADM_OK) err = hmac_expand_digests(omadm_buf_str(&named), &proved, error);
  if (err == OMADM_OK) err = freedoms_refer(&self->ids, omadm_buf_str(&proved), out);
  omadm_buf_dispose(&named);
  omadm_buf_dispose(&proved);
  return err;
}

/* The octets of the answer: those of the transcript, in WBXML where the conversation is. What a
 * transcript gives as base64 goes as it is, and the client answers in its encoding. */
static omadm_err write_body(play *self, const omadm_transcript_step *step, omadm_buf *body,
                            omadm_error *error) {
  if (step->literal) return omadm_buf_add_str(body, step->body);
  omadm_err err = write_xml(self, step->body, body, error);
  if (err != OMADM_OK || !self->wbxml || body->len == 0) return err;
  return encoding_convert(self->options.mode.codec, body, error);
}

static bool send_answer(play *self, const omadm_transcript_step *step, omadm_str body,
                        const omadm_transcript_pair *headers) {
  omadm_error error = {0};
  omadm_player_response response = {
      .status = step->status,
      .content_type = step->content_type.ptr != NULL ? step->content_type
                                                     : encoding_media_type(encoding_is_wbxml(body)),
      .headers = headers,
      .header_count = step->headers.count,
      .body = body,
  };
  if (body.len > 0) self->expects_wbxml = encoding_is_wbxml(body);
  omadm_err err = self->client->respond(self->client->self, &response, &error);
  self->waiting = false;
  return play_check(self, step->line, "an answer", err, &error);
}

bool play_server(play *self, const omadm_transcript_step *step) {
  omadm_error error = {0};
  omadm_buf body;
  bool good = false;
  if (!self->waiting)
    return play_fail(self, step->line, "the transcript has a <server> that no <client> waits for");
  size_t count = step->headers.count;
  omadm_transcript_pair *headers = calloc(count + 1, sizeof *headers);
  omadm_buf *texts = calloc(count + 1, sizeof *texts);
  omadm_buf_init(&body, &omadm_mem_default, 0);
  if (headers == NULL || texts == NULL) {
    play_fail(self, step->line, "out of memory");
    goto out;
  }
  for (size_t i = 0; i < count; i++)
    omadm_buf_init(&texts[i], &omadm_mem_default, 0);
  omadm_err err = write_body(self, step, &body, &error);
  if (err == OMADM_OK)
    err = expand_headers(self, step, omadm_buf_str(&body), headers, texts, &error);
  if (err != OMADM_OK) {
    play_fail(self, step->line, "<server>: %s", error.text);
    goto out;
  }
  good = send_answer(self, step, omadm_buf_str(&body), headers);
out:
  for (size_t i = 0; texts != NULL && i < count; i++)
    omadm_buf_dispose(&texts[i]);
  omadm_buf_dispose(&body);
  free(texts);
  free(headers);
  return good;
}

/* What the client does once its last message gets no answer any more: it may repeat it a few times.
 */
static omadm_err hang_up(play *self, omadm_player_request *request, omadm_error *error) {
  enum { MOST_REPEATS = 10 };
  const omadm_player_client *client = self->client;
  bool hung_up = self->waiting;
  omadm_err err = OMADM_OK;
  for (int i = 0; i < MOST_REPEATS && err == OMADM_OK; i++) {
    if (hung_up && client->drop != NULL) (void)client->drop(client->self, NULL);
    err = client->next_request(client->self, &self->outcome, request, error);
    if (!hung_up || self->outcome != OMADM_PLAYED_REQUEST) break;
  }
  return err;
}

bool play_session_over(play *self, int line) {
  omadm_player_request request = {.header_count = 0};
  omadm_error error = {0};
  xmlDoc *message = NULL;
  if (!self->open) return true;
  omadm_err err = hang_up(self, &request, &error);
  self->waiting = false;
  self->open = false;
  if (!play_check(self, line, "the end of the session", err, &error)) return false;
  if (self->outcome != OMADM_PLAYED_REQUEST) return true;
  play_fail(self, line, "the client sends a message where the session is expected to be over");
  if (encoding_read(&self->options.mode, self->expects_wbxml, &request, &message, NULL) == OMADM_OK)
    add_message(self, message);
  xmlFreeDoc(message);
  return false;
}
