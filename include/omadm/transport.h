/* SPDX-License-Identifier: MIT */
/*
 * The transport port: one message goes out, one comes back (OMA-TS-SyncML_HTTPBinding 5). A
 * transport, and what drives it, belong to one thread.
 */
#ifndef OMADM_TRANSPORT_H
#define OMADM_TRANSPORT_H

#include <omadm/csp.h>
#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/session.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct omadm_transport omadm_transport;

/* What came back. Spans are borrowed until the next post or free. */
typedef struct omadm_response {
  int http_status;
  omadm_str content_type;
  omadm_str hmac; /* x-syncml-hmac */
  omadm_str body;
  omadm_str location; /* where a redirect, followed, ended; for the log */
} omadm_response;

typedef struct omadm_transport_ops {
  size_t struct_size;
  /* Starts a POST. *out is copied as far as needed. REFUSED: policy forbids that address; nothing
   * was sent. */
  omadm_err (*post)(omadm_transport *t, const omadm_out *out, omadm_error *error);
  /* Goes on with it for at most timeout_ms. 1: *response is there; 0: not yet; negative: failed for
   * good (retries included), with a stage of failure: RESOLVE CONNECT TLS SEND RECEIVE TIMEOUT HTTP
   * LIMIT REFUSED. */
  int (*step)(omadm_transport *t, int timeout_ms, omadm_response *response, omadm_error *error);
  /* Forgets what was posted: its answer is not waited for. */
  void (*cancel)(omadm_transport *t);
  void (*free)(omadm_transport *t);
} omadm_transport_ops;

/* An implementation embeds this as its first member; a decorator owns another transport. */
struct omadm_transport {
  const omadm_transport_ops *ops;
};

/* Ends what is on its way, and frees. NULL is allowed. */
OMADM_EXPORT void omadm_transport_free(omadm_transport *t);

/* HTTP(S) on libcurl. All strings are copied. */
typedef struct omadm_http_config {
  size_t struct_size;
  const omadm_log *log;
  const char *address; /* the account's URL: what other addresses are compared to */
  /* Further hosts that RespURI and redirects may name, separated by blanks or commas; may be
   * NULL. */
  const char *hosts;
  const char *ca; /* file of CA certificates; NULL: the system's. Checks are never off */
  const char *client_cert, *client_key; /* PEM files; may be NULL */
  const char *user_agent; /* NULL: omadm/VERSION */
  uint64_t receive; /* cap of a body, in octets */
  unsigned reply_time; /* seconds */
  /* Of one message, with back-off 1 s, 2 s, 4 s …, or what Retry-After asks for. */
  unsigned retries;
  unsigned retry_after_max; /* seconds */
  unsigned backoff_ms; /* of the first retry */
} omadm_http_config;
/* Sets every field to its default; address is then still missing. */
OMADM_EXPORT void omadm_http_config_init(omadm_http_config *config);
/* One for each session: cookies live as long as it does. Owned by the caller, free with
 * omadm_transport_free. */
OMADM_EXPORT omadm_err omadm_http_new(const omadm_http_config *config, omadm_transport **transport,
                                      omadm_error *error);

/* 1 where a message may be sent to `target` by an account at `address`: https stays https, same
 * host and port, or a host in `hosts`. Else 0 and *error says why. Used for RespURI and redirects.
 */
OMADM_EXPORT int omadm_http_may_go(const char *address, const char *hosts, const char *target,
                                   omadm_error *error);

/*
 * One exchange by itself, as <omadm/csp.h> describes it: what a host gives to its CSPs. Blocks, any
 * thread, and keeps nothing. https (TLS 1.2 or later) only, but on loopback; a proxy only where the
 * environment names one (https_proxy, no_proxy), and none on loopback. Methods: GET HEAD POST PUT
 * DELETE. Headers that say where the message goes and ends are the host's: Host, Content-Length,
 * Transfer-Encoding and the like are refused. Of the answer, interim ones and trailers are left
 * out, and header lines that do not fit.
 *
 * OK: there is an HTTP status. Else nothing is left in reply->headers and ->body; *error says why,
 * and so does one line of the log, without query, headers and bodies. LIMIT: the answer is larger
 * than reply->body_size (stage RECEIVE). `log` may be NULL.
 */
OMADM_EXPORT omadm_err omadm_http_exchange(const omadm_log *log,
                                           const omadm_csp_http_request *request,
                                           omadm_csp_http_reply *reply, omadm_error *error);

/* In memory: `answer` takes a message and gives the response. ctx and what it lends are the
 * caller's. */
typedef omadm_err (*omadm_loopback_answer)(void *ctx, const omadm_out *out,
                                           omadm_response *response, omadm_error *error);
OMADM_EXPORT omadm_err omadm_loopback_new(omadm_loopback_answer answer, void *ctx,
                                          omadm_transport **transport, omadm_error *error);

/* What a recording says of the device and the account, so that it can be played again. Borrowed
 * until omadm_recorder_new returns. */
typedef struct omadm_recording {
  size_t struct_size;
  const char *path; /* the file, which is replaced; mode 0600 */
  int with_secrets; /* 0: secrets are masked */
  omadm_str device_id; /* empty: no <setup> is written */
  omadm_str server_id;
  omadm_str url;
  omadm_dialect dialect;
  uint64_t max_msg_size, max_obj_size; /* as they are announced; 0: not written */
  const omadm_host *host; /* whose credentials for server_id are written, a secret by its name
                             where it is masked; NULL: none are */
} omadm_recording;

/* Writes everything that goes over `inner` into a transcript file. The SessionID of the first
 * message becomes {{session}}: the next session has another. Takes ownership of inner, also on
 * failure. */
OMADM_EXPORT omadm_err omadm_recorder_new(omadm_transport *inner, const omadm_recording *recording,
                                          omadm_transport **transport, omadm_error *error);
/* Where a recorder says, once, that its file takes no more; the session goes on. Borrowed for the
 * recorder's life. */
OMADM_EXPORT void omadm_recorder_log(omadm_transport *recorder, const omadm_log *log);

/*
 * The driver: joins bytes, session and waiting. `pump` (may be NULL) is called whenever there is
 * time, with how long it may wait: omadm_framework_pump, which does what is due and calls
 * `completed` of the framework's configuration for each late answer; that function has to hand it
 * to the session with omadm_session_complete. `chunk` > 0 feeds answers in pieces of that size.
 * Returns 0 when the session is over; its outcome says how. A transport failure ends the session
 * and is returned with *error; so is an answer that is no SyncML at all (REFUSED).
 */
typedef struct omadm_driver {
  size_t struct_size;
  omadm_session *session; /* borrowed, as is everything here */
  omadm_transport *transport;
  const omadm_log *log; /* may be NULL */
  void *ctx;
  int (*pump)(void *ctx, int timeout_ms);
  int (*stop)(void *ctx); /* 1: abort the session (1223); may be NULL */
  size_t chunk;
  int *heard; /* set to 1 when HTTP answered anything, be it a refusal; may be NULL */
} omadm_driver;
OMADM_EXPORT omadm_err omadm_driver_run(const omadm_driver *driver, omadm_error *error);

#ifdef __cplusplus
}
#endif
#endif
