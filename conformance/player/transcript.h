/* SPDX-License-Identifier: MIT */
/*
 * Transcripts: a conversation between a DM server and a client in one XML file, as the player plays
 * it.
 *
 * Everything in an omadm_transcript is borrowed from it until omadm_transcript_free. An absent
 * attribute has ptr NULL; an empty one has a ptr and len 0.
 */
#ifndef OMADM_PLAYER_TRANSCRIPT_H
#define OMADM_PLAYER_TRANSCRIPT_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/types.h>

#define OMADM_TRANSCRIPT_NAMESPACE "urn:omadm:transcript:1"

/* An attribute as written: a server's setting, a limit, an HTTP header. */
typedef struct omadm_transcript_pair {
  omadm_str name;
  omadm_str value;
} omadm_transcript_pair;

typedef struct omadm_transcript_pairs {
  omadm_transcript_pair *items;
  size_t count;
} omadm_transcript_pairs;

/* A node of <setup> or <after>. In <after> an absent attribute, or an absent value, is not looked
 * at. */
typedef struct omadm_transcript_node {
  int line;
  omadm_str uri;
  omadm_str format;
  omadm_str type;
  omadm_str acl;
  omadm_str title;
  omadm_str value; /* the text, or the source of inline XML as it stands; value="" where an empty
                      value is meant; raw="base64" for what XML cannot carry */
  bool absent; /* <absent uri/>: only in <after> */
  bool as_base64; /* as="base64": only in <after>; the octets are looked at as base64 */
} omadm_transcript_node;

/* An account. The attributes are the keys of a [server.ID] section; the id stands apart. */
typedef struct omadm_transcript_server {
  int line;
  omadm_str id;
  omadm_transcript_pairs settings;
} omadm_transcript_server;

/* <setting csp name value>: what stands in [csp.NAME] of a configuration. */
typedef struct omadm_transcript_setting {
  omadm_str csp;
  omadm_str name;
  omadm_str value;
} omadm_transcript_setting;

/* <tpm>: the device's TPM. Without the element there is none. */
typedef struct omadm_transcript_tpm {
  omadm_str provider; /* "none", or "recorded:PATH", PATH as below; absent: no such element */
  omadm_str event_log, ima_log; /* paths, made relative to the current folder */
} omadm_transcript_tpm;

typedef struct omadm_transcript_setup {
  omadm_str clock; /* ISO 8601, UTC */
  omadm_str random; /* a number: where the counter of random octets begins */
  omadm_str root_acl;
  omadm_str device_id;
  omadm_str user; /* single | none */
  omadm_str os_build, edition, join; /* the device profile, as [device] of a configuration */
  omadm_str *ddf_files; /* paths, made relative to the current folder */
  size_t ddf_file_count;
  omadm_str *plugins; /* <plugin name>: file names without ".so" */
  size_t plugin_count;
  omadm_transcript_setting *settings;
  size_t setting_count;
  omadm_transcript_tpm tpm;
  omadm_transcript_node *nodes;
  size_t node_count;
  omadm_transcript_server *servers;
  size_t server_count;
  omadm_transcript_pairs limits; /* names as in [limits] */
} omadm_transcript_setup;

/* The kinds of step; the word is the element's name. */
#define OMADM_TRANSCRIPT_STEPS(X)                                                                  \
  X(SESSION, "session")                                                                            \
  X(CLIENT, "client")                                                                              \
  X(SERVER, "server")                                                                              \
  X(NOTIFY, "notify")                                                                              \
  X(BOOTSTRAP, "bootstrap")                                                                        \
  X(RAISE, "raise")                                                                                \
  X(CHANGE, "change")                                                                              \
  X(USER, "user")                                                                                  \
  X(ABORT, "abort")                                                                                \
  X(RESTART, "restart")                                                                            \
  X(CRASH, "crash")                                                                                \
  X(DROP, "drop")                                                                                  \
  X(WAIT, "wait")                                                                                  \
  X(END, "end")

typedef enum omadm_transcript_step_kind {
#define OMADM_TRANSCRIPT_STEP_ENUM_(name, word) OMADM_STEP_##name,
  OMADM_TRANSCRIPT_STEPS(OMADM_TRANSCRIPT_STEP_ENUM_)
#undef OMADM_TRANSCRIPT_STEP_ENUM_
      OMADM_STEP_SESSION_OVER /* the end tag of <session> */
} omadm_transcript_step_kind;

/* One step. Which fields are set is said behind them. */
typedef struct omadm_transcript_step {
  omadm_transcript_step_kind kind;
  int line;
  omadm_str server; /* SESSION: the account's id, absent: the first one */
  omadm_str start; /* SESSION: client | notify | alert, absent: client */
  omadm_str body; /* CLIENT: source of the message; SERVER, NOTIFY, BOOTSTRAP: octets; RAISE,
                     CHANGE: the value */
  bool literal; /* SERVER: raw="base64", so that {{name}} in it means nothing */
  bool has_body; /* SERVER: false for <server status="503"/> */
  unsigned status; /* SERVER: the HTTP status, 200 unless said otherwise */
  omadm_str url; /* CLIENT: pattern for the URL it was posted to */
  omadm_str content_type; /* CLIENT: pattern; SERVER: what to send */
  omadm_transcript_pairs
      headers; /* CLIENT: patterns; SERVER: what to send. Names without "header-" */
  omadm_str uri; /* CHANGE */
  omadm_str format; /* RAISE, CHANGE */
  omadm_str type; /* BOOTSTRAP, RAISE, CHANGE */
  omadm_str mark; /* RAISE */
  omadm_str source; /* RAISE */
  omadm_str correlator; /* RAISE */
  omadm_str alert; /* RAISE: 1226 unless said otherwise */
  omadm_str sec; /* BOOTSTRAP */
  omadm_str mac; /* BOOTSTRAP */
  omadm_str pin; /* BOOTSTRAP; several with blanks between them: one after the other */
  omadm_str network_id; /* BOOTSTRAP */
  omadm_str answer; /* USER: ptr NULL where the user cancels, with len 1 where it says nothing */
  unsigned seconds; /* WAIT */
  omadm_str result; /* END: done | aborted | refused */
} omadm_transcript_step;

typedef struct omadm_transcript {
  omadm_str path;
  omadm_str id;
  omadm_str title;
  omadm_str proves;
  omadm_str clause;
  omadm_str encodings; /* absent: any */
  omadm_str peer; /* "wrong": the server does what it must not; absent: it does what it may */
  omadm_transcript_setup setup;
  omadm_transcript_step *steps;
  size_t step_count;
  omadm_transcript_node *after;
  size_t after_count;
  long outbox; /* <outbox count/>, -1 where it does not stand */
  void *owner; /* private */
} omadm_transcript;

/*
 * Reads the file. *out is owned by the caller, free with omadm_transcript_free; NULL on failure.
 * SYNTAX (an unknown element or attribute too) with "file:line: …"; NOT_FOUND or IO for files that
 * cannot be read.
 */
omadm_err omadm_transcript_read(const char *path, omadm_transcript **out, omadm_error *error);

/* The same from memory; `path` names it in messages and is what src="…" is relative to. The source
 * is copied. */
omadm_err omadm_transcript_parse(omadm_str source, const char *path, omadm_transcript **out,
                                 omadm_error *error);

/* Frees it; NULL does nothing. */
void omadm_transcript_free(omadm_transcript *self);

/* True where the file's root element is a transcript's: which files of a folder are meant. Never an
 * error. */
bool omadm_transcript_is(const char *path);

#endif
