/* SPDX-License-Identifier: MIT */
/* A transport that owns another and writes down what goes over it. */
#include <omadm/transport.h>
#include <omadm/wbxml.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/str.h"
#include "transport/mask.h"
#include "transport/recorder_setup.h"
#include "transport/transcript.h"

typedef struct recorder {
  omadm_transport base;
  omadm_transport *inner;
  const omadm_log *log;
  FILE *file;
  char *path;
  bool with_secrets;
  bool failed; /* the file takes no more; said once */
  bool asked; /* a <client> stands there without its <server> */
  mask secrets;
  char *uri; /* of the first message */
  char *session_id; /* of the first message */
  omadm_buf text; /* what is written next */
} recorder;

/* A lost recording must not cost the session. */
static void give_up(recorder *r, const char *why) {
  if (r->failed) return;
  r->failed = true;
  omadm_log_line(r->log, OMADM_LOG_WARN, "recorder",
                 "%s: %s; the rest of the session is not recorded", r->path, why);
}

/* Writes r->text, unless making it failed. */
static void put(recorder *r, omadm_err err) {
  if (err != 0) give_up(r, omadm_err_text(err));
  if (!r->failed && r->text.len > 0 &&
      (fwrite(r->text.ptr, 1, r->text.len, r->file) != r->text.len || fflush(r->file) != 0)) {
    give_up(r, strerror(errno));
  }
  r->text.len = 0;
}

static omadm_err add_hmac(recorder *r, omadm_str hmac) {
  omadm_buf masked = {0};
  omadm_err err = 0;
  if (hmac.len == 0) return 0;
  omadm_buf_init(&masked, &omadm_mem_default, 0);
  if (!r->with_secrets) err = mask_value(&r->secrets, hmac, &masked);
  if (err == 0) {
    err = transcript_add_attribute(&r->text, "header-x-syncml-hmac",
                                   r->with_secrets ? hmac : omadm_buf_str(&masked));
  }
  omadm_buf_dispose(&masked);
  return err;
}

static const char *const own_types[] = {"application/vnd.syncml.dm+xml",
                                        "application/vnd.syncml.dm+wbxml"};

/* That of a message is left out: the player sends and expects the one of the encoding it plays in.
 */
static omadm_err add_type(recorder *r, omadm_str type) {
  const char *end = type.len > 0 ? memchr(type.ptr, ';', type.len) : NULL;
  omadm_str bare =
      omadm_str_trim((omadm_str){type.ptr, end != NULL ? (size_t)(end - type.ptr) : type.len});
  for (size_t i = 0; i < sizeof own_types / sizeof *own_types; i++) {
    if (omadm_str_equal_nocase(bare, omadm_str_of(own_types[i]))) return 0;
  }
  return type.len > 0 ? transcript_add_attribute(&r->text, "content-type", type) : 0;
}

static bool has_braces(omadm_str s) {
  for (size_t i = 0; i + 1 < s.len; i++) {
    if (s.ptr[i] == '{' && s.ptr[i + 1] == '{') return true;
  }
  return false;
}

/* Appends the body with {{session}} for its SessionID, where that is the first message's. It stands
 * in the header, before anything else could hold it. */
static omadm_err add_session(recorder *r, omadm_str body, omadm_buf *out) {
  static const omadm_str tag = OMADM_STR("SessionID>");
  const char *begin = body.len > 0 ? memmem(body.ptr, body.len, tag.ptr, tag.len) : NULL;
  if (begin == NULL) return omadm_buf_add_str(out, body);
  begin += tag.len;
  omadm_str rest = {begin, (size_t)(body.ptr + body.len - begin)};
  const char *end = memchr(rest.ptr, '<', rest.len);
  omadm_str id = {begin, end != NULL ? (size_t)(end - begin) : 0};
  if (r->session_id == NULL && id.len > 0) {
    r->session_id = omadm_str_dup(&omadm_mem_default, id);
    if (r->session_id == NULL) return OMADM_E_NOMEM;
  }
  if (id.len == 0 || !omadm_str_is(id, r->session_id)) return omadm_buf_add_str(out, body);
  omadm_err err = omadm_buf_add(out, body.ptr, (size_t)(begin - body.ptr));
  if (err == 0) err = omadm_buf_add_text(out, "{{session}}");
  rest = (omadm_str){end, (size_t)(body.ptr + body.len - end)};
  return err == 0 ? omadm_buf_add_str(out, rest) : err;
}

/* The body, masked, and the end tag. What cannot be looked into is left out, or the mask would have
 * a hole. */
static omadm_err add_body(recorder *r, const char *element, omadm_str body) {
  bool literal = element[0] == 's' && has_braces(body);
  bool readable = transcript_is_readable(body);
  if (r->with_secrets && (literal || !readable))
    return transcript_add_body(&r->text, element, body, literal);
  if (!readable) {
    return omadm_buf_printf(&r->text,
                            "><!-- %zu octets that are not text in which secrets could be masked "
                            "were left out --></%s>\n",
                            body.len, element);
  }
  omadm_buf masked = {0};
  omadm_buf shown = {0};
  omadm_buf_init(&masked, &omadm_mem_default, 0);
  omadm_buf_init(&shown, &omadm_mem_default, 0);
  omadm_err err =
      r->with_secrets ? omadm_buf_add_str(&masked, body) : mask_text(&r->secrets, body, &masked);
  if (err == 0)
    err = literal ? omadm_buf_add_str(&shown, omadm_buf_str(&masked))
                  : add_session(r, omadm_buf_str(&masked), &shown);
  if (err == 0) err = transcript_add_body(&r->text, element, omadm_buf_str(&shown), literal);
  omadm_buf_dispose(&masked);
  omadm_buf_dispose(&shown);
  return err;
}

/* What is written of a message: a WBXML one as the XML that it stands for, in which secrets can be
 * masked, and which can be played in both encodings. *room is disposed by the caller. */
static void as_text(omadm_str *body, omadm_buf *room) {
  omadm_buf_init(room, &omadm_mem_default, 0);
  bool wbxml = body->len > 0 && body->ptr[0] >= 1 && body->ptr[0] <= 3;
  if (wbxml && omadm_wbxml_decode(*body, OMADM_WBXML_EMBED, room, NULL) == OMADM_OK)
    *body = omadm_buf_str(room);
}

/* The address stands where it is not that of the first message: a RespURI was followed. */
static omadm_err add_uri(recorder *r, omadm_str uri) {
  if (r->uri == NULL) {
    r->uri = omadm_str_dup(&omadm_mem_default, uri);
    return r->uri != NULL ? 0 : OMADM_E_NOMEM;
  }
  return omadm_str_is(uri, r->uri) ? 0 : transcript_add_attribute(&r->text, "url", uri);
}

static void write_client(recorder *r, const omadm_out *out) {
  omadm_str body = out->body, type = out->content_type;
  omadm_buf room;
  as_text(&body, &room);
  omadm_err err = omadm_buf_add_text(&r->text, "<client");
  if (err == 0) err = add_uri(r, out->uri);
  if (err == 0) err = add_type(r, type);
  if (err == 0) err = add_hmac(r, out->hmac);
  if (err == 0) err = add_body(r, "client", body);
  omadm_buf_wipe(&room);
  omadm_buf_dispose(&room);
  put(r, err);
}

static void write_server(recorder *r, const omadm_response *response) {
  omadm_str body = response->body, type = response->content_type;
  omadm_buf room;
  as_text(&body, &room);
  omadm_err err = omadm_buf_add_text(&r->text, "<server");
  /* An empty element says nothing without it. */
  if (err == 0 && (response->http_status != 200 || response->body.len == 0)) {
    err = omadm_buf_printf(&r->text, " status=\"%d\"", response->http_status);
  }
  if (err == 0) err = add_type(r, type);
  if (err == 0) err = add_hmac(r, response->hmac);
  if (err == 0) err = add_body(r, "server", body);
  omadm_buf_wipe(&room);
  omadm_buf_dispose(&room);
  put(r, err);
}

static void write_drop(recorder *r) {
  put(r, omadm_buf_add_text(&r->text, "<drop/>\n"));
}

static omadm_err recorder_post(omadm_transport *t, const omadm_out *out, omadm_error *error) {
  recorder *r = (recorder *)t;
  omadm_err err = r->inner->ops->post(r->inner, out, error);
  if (err != 0) return err;
  r->asked = true;
  write_client(r, out);
  return 0;
}

static int recorder_step(omadm_transport *t, int timeout_ms, omadm_response *response,
                         omadm_error *error) {
  recorder *r = (recorder *)t;
  *response = (omadm_response){0};
  int done = r->inner->ops->step(r->inner, timeout_ms, response, error);
  if (done == 0 || !r->asked) return done;
  r->asked = false;
  if (done < 0) response->body.len = 0;
  if (response->http_status != 0) {
    write_server(r, response);
  } else {
    write_drop(r);
  }
  return done;
}

static void recorder_cancel(omadm_transport *t) {
  recorder *r = (recorder *)t;
  r->inner->ops->cancel(r->inner);
  if (r->asked) write_drop(r);
  r->asked = false;
}

static void recorder_free(omadm_transport *t) {
  recorder *r = (recorder *)t;
  omadm_transport_free(r->inner);
  if (r->file != NULL) {
    put(r, omadm_buf_add_text(&r->text, "</transcript>\n"));
    if (fclose(r->file) != 0) give_up(r, strerror(errno));
  }
  mask_dispose(&r->secrets);
  omadm_buf_dispose(&r->text);
  omadm_mem_free(&omadm_mem_default, r->uri);
  omadm_mem_free(&omadm_mem_default, r->session_id);
  omadm_mem_free(&omadm_mem_default, r->path);
  omadm_mem_free(&omadm_mem_default, r);
}

/* A regular file must be ours: somebody else may have put it there, to read along or to have
   another file overwritten. Nobody else may read it, whatever its mode was. */
static bool make_ours(int fd) {
  struct stat st = {0};
  if (fstat(fd, &st) != 0) return false;
  if (!S_ISREG(st.st_mode)) return true;
  errno = EPERM;
  return st.st_uid == geteuid() && fchmod(fd, S_IRUSR | S_IWUSR) == 0 && ftruncate(fd, 0) == 0;
}

static FILE *open_file(const char *path) {
  /* A pipe that nobody reads must not hold us up. */
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  FILE *file = NULL;
  if (fd < 0) return NULL;
  if (fcntl(fd, F_SETFL, O_WRONLY) == 0 && make_ours(fd)) file = fdopen(fd, "w");
  if (file == NULL) {
    int saved = errno;
    close(fd);
    errno = saved;
  }
  return file;
}

void omadm_recorder_log(omadm_transport *recorder_transport, const omadm_log *log) {
  ((recorder *)recorder_transport)->log = log;
}

static omadm_err begin(recorder *r, const omadm_recording *what, omadm_error *error) {
  const char *path = what->path;
  r->path = omadm_str_dup(&omadm_mem_default, omadm_str_of(path));
  if (r->path == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  r->file = open_file(path);
  if (r->file == NULL) {
    return omadm_error_set(error, OMADM_E_IO, "%s: the transcript cannot be written: %s", path,
                           strerror(errno));
  }
  omadm_err err = omadm_buf_printf(
      &r->text,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<transcript xmlns=\"urn:omadm:transcript:1\" id=\"recording\" title=\"%s\">\n",
      r->with_secrets ? "a recorded session, with its secrets" : "a recorded session");
  if (err == 0) err = recorder_add_setup(&r->text, what, &r->secrets);
  put(r, err);
  if (!r->failed) return 0;
  return omadm_error_set(error, OMADM_E_IO, "%s: the transcript cannot be written: %s", path,
                         strerror(errno));
}

omadm_err omadm_recorder_new(omadm_transport *inner, const omadm_recording *recording,
                             omadm_transport **transport, omadm_error *error) {
  static const omadm_transport_ops ops = {sizeof ops, recorder_post, recorder_step, recorder_cancel,
                                          recorder_free};
  omadm_recording what = {0};
  memcpy(&what, recording,
         recording->struct_size < sizeof what ? recording->struct_size : sizeof what);
  *transport = NULL;
  if (what.path == NULL) {
    omadm_transport_free(inner);
    return omadm_error_set(error, OMADM_E_ARGUMENT, "a recording needs struct_size and a path");
  }
  recorder *r = omadm_mem_new(&omadm_mem_default, 1, sizeof *r);
  if (r == NULL) {
    omadm_transport_free(inner);
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  r->base.ops = &ops;
  r->inner = inner;
  r->with_secrets = what.with_secrets != 0;
  mask_init(&r->secrets);
  omadm_buf_init(&r->text, &omadm_mem_default, 0);
  omadm_err err = begin(r, &what, error);
  if (err != 0) {
    recorder_free(&r->base);
    return err;
  }
  *transport = &r->base;
  return 0;
}
