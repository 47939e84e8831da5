/* SPDX-License-Identifier: MIT */
/*
 * The plugin ABI: all that a configuration service provider (CSP) includes.
 *
 * A plugin is a shared object that exports one symbol, omadm_csp_descriptor (OMADM_CSP_PLUGIN below), or the same descriptor
 * linked statically. It brings its DDF as text; whatever the DDF states (existence, access, format, occurrence, defaults) is
 * checked before a slot is called, so a slot does only what is left.
 *
 * Only numbers, spans and tokens cross the two tables. A request is borrowed for the call. Answers are given through the services
 * (value, child, complete), in the call or later, in the same way: so a CSP that answers late, or lives in another process, is
 * written like any other.
 *
 * One thread a CSP: all slots and all `done` functions are called from one thread. A service may be called from that thread only,
 * but those marked "any thread".
 *
 * This is ABI 0: it may change with any commit until ABI 1 is declared.
 */
#ifndef OMADM_CSP_H
#define OMADM_CSP_H

#include <omadm/status.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMADM_CSP_ABI 0

/* What a slot is asked. Spans are borrowed for the call. */
typedef struct omadm_csp_request {
  uint32_t struct_size;
  uint32_t root; /* which root of the DDF, from 0, in document order */
  uint32_t node; /* which Node element of the DDF, from 0, in document order over the whole file */
  uint32_t n_names;
  /* The names that stand for the unnamed nodes on the way, outermost first, decoded, in the request's letter case: where it does
     not count (below ./Vendor/MSFT, CaseSense CIS) a CSP compares them without it. */
  const omadm_str *names;
  omadm_str uri; /* canonical URI of the node */
  omadm_token token; /* names this request in value, child and complete */
  uint64_t transaction; /* number of the framework's transaction for changes; never reused */
  omadm_str server_id; /* empty: the device itself */
  omadm_str session_id;
  omadm_str correlator;
  omadm_format format; /* of value */
  omadm_str type; /* of value; may be empty */
  omadm_str value; /* add, replace, exec: checked and canonical */
  uint32_t has_value; /* 0: no Data was sent */
  omadm_str name; /* rename: the new name */
} omadm_csp_request;

typedef enum omadm_csp_event {
  OMADM_CSP_SESSION_BEGAN = 1, /* text: ServerID */
  OMADM_CSP_SESSION_ENDED, /* text: ServerID */
  OMADM_CSP_ACCOUNT_REMOVED, /* text: ServerID */
  OMADM_CSP_SETTINGS_CHANGED /* text: empty */
} omadm_csp_event;

/* A Generic Alert (OMA-TS-DM_Protocol 8.7). code 0 means 1226. */
typedef struct omadm_csp_alert {
  uint32_t struct_size;
  int code;
  omadm_str type;
  omadm_format format;
  int mark; /* an omadm_mark number, 0: none; 6 critical and 7 fatal ask for a session now */
  omadm_str source;
  omadm_str data;
  omadm_str correlator;
  omadm_str server_id; /* empty: every account */
  int session_now;
} omadm_csp_alert;

/* What the host does for a CSP. `host` is the handle given to open; it goes into every call. */
typedef struct omadm_csp_services {
  uint32_t struct_size;

  /* Any thread. level is an omadm_log_level number. */
  void (*log)(uint64_t host, int level, omadm_str text);
  /* Any thread. Milliseconds since 1970, UTC. */
  int64_t (*now)(uint64_t host);

  /* Appends octets to the value that answers the request: call it as often as needed, none for an empty value. */
  omadm_err (*value)(uint64_t host, omadm_token token, omadm_str octets);
  /* Adds a child's name, decoded, to the list that answers the request. */
  omadm_err (*child)(uint64_t host, omadm_token token, omadm_str name);
  /* Finishes a request whose slot answered OMADM_ST_PENDING; or an Exec that answered 200 or 202 before. `alert` (may be NULL) is
     what is sent if the server was told 202 meanwhile; its server_id, source and correlator are filled in by the host. A second
     completion is logged and ignored. */
  omadm_err (*complete)(uint64_t host, omadm_token token, omadm_status status, const omadm_csp_alert *alert);

  /* Stores an alert for the server it names, or for every account. Copied. */
  omadm_err (*alert)(uint64_t host, const omadm_csp_alert *alert);
  /* The device itself changed the value of this node or the children below it. */
  omadm_err (*changed)(uint64_t host, omadm_str uri);

  /* The CSP's own small values, kept across restarts, part of the running transaction. get appends to *out; NOT_FOUND where there
     is none. An empty value removes. */
  omadm_err (*store_get)(uint64_t host, omadm_str key, omadm_buf *out);
  omadm_err (*store_set)(uint64_t host, omadm_str key, omadm_str value);
  /* A setting of [csp.NAME] in the configuration, appended to *out. NOT_FOUND where there is none. */
  omadm_err (*setting)(uint64_t host, omadm_str key, omadm_buf *out);

  /* Runs `run(arg)` on a worker thread, then `done(arg)` on the CSP's thread. run may touch arg and the services marked for any
     thread, nothing else. Both always run once, done also when the host shuts down. */
  omadm_err (*job)(uint64_t host, void (*run)(void *arg), void (*done)(void *arg), void *arg);
} omadm_csp_services;

/*
 * What a CSP can do. `self` is what open left in *self. Answers are response codes: 2xx done, 4xx and 5xx refused with nothing
 * changed, OMADM_ST_PENDING: services->complete follows. All slots but open and close are optional; a missing slot is itself an
 * answer: get 405, list: the DDF's named children, add/replace/remove/exec/rename 406, find: exists where its parent does.
 */
typedef struct omadm_csp_slots {
  uint32_t struct_size;

  /* Once, before anything else. Not 200: the CSP is not mounted, the reason is what it logged. */
  omadm_status (*open)(const omadm_csp_services *services, uint64_t host, uint64_t *self);
  void (*close)(uint64_t self);

  /* Does this node exist now? 200 or 404; answered at once. Asked for dynamic nodes only. */
  omadm_status (*find)(uint64_t self, const omadm_csp_request *request);
  /* The names that stand for the unnamed child of this interior node, by services->child. */
  omadm_status (*list)(uint64_t self, const omadm_csp_request *request);
  /* The value of a leaf, by services->value. */
  omadm_status (*get)(uint64_t self, const omadm_csp_request *request);

  omadm_status (*add)(uint64_t self, const omadm_csp_request *request);
  omadm_status (*replace)(uint64_t self, const omadm_csp_request *request);
  omadm_status (*remove)(uint64_t self, const omadm_csp_request *request);
  omadm_status (*exec)(uint64_t self, const omadm_csp_request *request);
  omadm_status (*rename)(uint64_t self, const omadm_csp_request *request);

  /* A CSP with these four stages: its get, list and find inside the transaction see its changes; prepare makes them survive a
     crash and is the last chance to refuse; commit makes them effective, may not refuse and may be repeated. */
  omadm_status (*begin)(uint64_t self, uint64_t transaction);
  omadm_status (*prepare)(uint64_t self, uint64_t transaction);
  omadm_status (*commit)(uint64_t self, uint64_t transaction);
  omadm_status (*rollback)(uint64_t self, uint64_t transaction);

  /* The request of that token need not be answered any more; it still ends by its completion. */
  void (*cancel)(uint64_t self, omadm_token token);
  /* After a restart: an Exec that was answered 202 and not completed. The same token completes it. */
  omadm_status (*resume)(uint64_t self, const omadm_csp_request *request);
  void (*event)(uint64_t self, omadm_csp_event event, omadm_str text);
} omadm_csp_slots;

/* A constant. The DDF text may hold several roots. */
typedef struct omadm_csp_descriptor {
  uint32_t abi; /* OMADM_CSP_ABI */
  uint32_t struct_size;
  const char *name; /* of [csp.NAME] and of the log, e.g. "Reboot" */
  const char *version;
  const char *ddf;
  size_t ddf_len;
  const omadm_csp_slots *slots;
} omadm_csp_descriptor;

#define OMADM_CSP_SYMBOL "omadm_csp_descriptor"

/* Type of the one exported function. */
typedef const omadm_csp_descriptor *(*omadm_csp_descriptor_fn)(void);

/* Defines the exported symbol of a loadable plugin. */
#define OMADM_CSP_PLUGIN(descriptor) \
  OMADM_EXPORT const omadm_csp_descriptor *omadm_csp_descriptor_get(void) __asm__(OMADM_CSP_SYMBOL); \
  const omadm_csp_descriptor *omadm_csp_descriptor_get(void) { \
    return &(descriptor); \
  }

#ifdef __cplusplus
}
#endif
#endif
