/* SPDX-License-Identifier: MIT */
/*
 * The plugin ABI: all that a configuration service provider (CSP) includes.
 *
 * A plugin is a shared object that exports one symbol, omadm_csp_descriptor_get (OMADM_CSP_PLUGIN
 * below), or the same descriptor linked statically. It links nothing of omadm: these headers give
 * it types, macros, tables of calls and static inline functions. It brings its DDF as text.
 * Whatever the DDF states (existence of permanent nodes, access, format, occurrence, allowed
 * values) is checked, and interior nodes above a new one are added, before a slot is called: a slot
 * does only what is left.
 *
 * Walls. Only numbers, spans and tokens cross the two tables. `self` is whatever open left in
 * *self, `host` goes back into every service. A request and its spans are borrowed for the call of
 * the slot; what a CSP gives to a service is copied before the service returns. Nothing of a CSP
 * should be global: two hosts in one process may open it.
 *
 * Sizes. Structures begin with (or have) struct_size, which the side that made them sets to the
 * sizeof it was compiled with. The other side reads no more than that; what is missing is zero. A
 * plugin that uses a service added later looks at services->struct_size first (OMADM_HAS). So a
 * structure that is lent is not copied by value, events and values of enumerations that are not
 * known are let pass, and tables are written with designated initialisers. Spans and the structures
 * of <omadm/tpm.h> have no size: they stay as they are. Enumerations are as large as an int.
 *
 * Threads. All slots of a CSP and all `done` functions of its jobs are called from one thread. A
 * service may be called from that thread only, but for those marked "any thread": from a job, or a
 * thread that the CSP started, it is refused with OMADM_E_STATE and a log line. So no locks are
 * needed. Slots should return within milliseconds; what takes longer goes into a job. A slot, or a
 * done, of more than 250 ms is warned of, once.
 *
 * Answers. A get answers by services->value, a list by services->child, in the slot or, where the
 * slot returned OMADM_ST_PENDING, later, before services->complete. An answer may also be completed
 * inside its slot, which then returns OMADM_ST_PENDING. The codes are 200, for an Exec also 202, or
 * 400 to 599 without 401 and 407: refused, with nothing changed. Anything else is told as 500 and
 * logged. A server is waited for 30 s by default (command-time); then cancel is called, if the CSP
 * has it, and a change that succeeds all the same is undone. Until a given-up change has ended by
 * services->complete the CSP's changes are answered 503. An Exec is not cancelled: 202 is told, and
 * its completion becomes an alert. A request that is never completed is named in the log when the
 * CSP is closed.
 *
 * Rights. A server that may Add makes a node that belongs to it, Replace and Delete included, and
 * by the factory's ACL of the tree every server may Add; in the windows dialect there are no rights
 * at all. So what an Exec or a value can do to the device has to be guarded where it is dangerous:
 * give the topmost Node of the DDF an ACL from the factory,
 * <RTProperties><ACL>Get=*</ACL></RTProperties> (OMA-TS-DM_TND 9.4.2). It holds in every dialect,
 * the servers with every right are added to it, and no server changes an ACL there. The framework
 * judges it; a slot need not.
 *
 * Changes. One transaction at a time; a change of anybody else gets 503 meanwhile. A CSP with the
 * four stages (begin, prepare, commit, rollback) takes part in any transaction. Of any other
 * - a change is made at once, all or nothing in itself;
 * - in a transaction the value is read (get) before it is changed, and put back by replace, add or
 *   remove where another member fails; what cannot be put back so is refused as a member, 406;
 * - the way back is in the store before the slot is called: what a crash interrupts is taken back
 *   at the next start, before any other slot but find and get.
 * An undo or a commit that fails is logged, tried again at the next start, and the CSP's changes
 * are 503 until one succeeds. When an account is removed the framework takes back what its server
 * set: replace and remove are called with an empty server_id, as for a change by the device itself,
 * and then the event ACCOUNT_REMOVED.
 *
 * Large values. A get may give as much as max-obj-size by services->value, piece by piece: what is
 * more than inline-value (64 KiB) is kept in a file, not in memory. A value that a CSP is given may
 * be as large: with OMADM_CSP_PIECES one of more than inline-value is not in request->value, but is
 * read by services->read, piece by piece, in the slot or as long as the request is open. Without it
 * every value comes whole, but one of more than 16 times inline-value (1 MiB) is refused with 413
 * before the CSP is asked. A server may send a value in many messages; a slot is called when all of
 * it is there, so that staging, the way back and late answers are those of any other value.
 *
 * After a crash. When all CSPs are open, and before any other slot, commit(N) is called, perhaps
 * once more, for each transaction that was decided and not committed by all; so a commit that
 * failed is retried at each start until it succeeds. What other transactions had changed in a CSP
 * without the stages is put back. What a CSP still holds prepared at its next begin was not
 * decided: it rolls that back by itself. Then comes resume.
 *
 * This is ABI 1. Both tables, and the structures that begin with struct_size, only grow at the end;
 * nothing in them moves or changes its meaning. A host of ABI 1 loads every plugin that was built
 * for ABI 1, older and newer than itself.
 */
#ifndef OMADM_CSP_H
#define OMADM_CSP_H

#include <omadm/error.h>
#include <omadm/status.h>
#include <omadm/types.h>

/* The TPM's calls; a CSP that uses them includes <omadm/tpm.h>. */
struct omadm_tpm_calls;

#ifdef __cplusplus
extern "C" {
#endif

#define OMADM_CSP_ABI 1

/* Levels of services->log. */
enum {
  OMADM_CSP_LOG_ERROR = 0, /* something is broken; a person should look */
  OMADM_CSP_LOG_WARN, /* odd, and survived */
  OMADM_CSP_LOG_INFO, /* what an administrator wants to read */
  OMADM_CSP_LOG_DEBUG /* what a developer wants to read */
};

/* Importance of an alert, lowest first (OMA-TS-DM_Protocol 8.7). NONE: no Mark element is sent.
 * CRITICAL and FATAL ask for a session now. */
enum {
  OMADM_CSP_MARK_NONE = 0,
  OMADM_CSP_MARK_INDETERMINATE,
  OMADM_CSP_MARK_HARMLESS,
  OMADM_CSP_MARK_INFORMATIONAL,
  OMADM_CSP_MARK_WARNING,
  OMADM_CSP_MARK_MINOR,
  OMADM_CSP_MARK_CRITICAL,
  OMADM_CSP_MARK_FATAL
};

/* What a slot is asked. Spans are borrowed for the call. */
typedef struct omadm_csp_request {
  uint32_t struct_size;
  uint32_t root; /* which root of the DDF, from 0, in document order */
  uint32_t node; /* which Node element of the DDF, from 0, in document order over the whole file */
  uint32_t n_names;
  /* The names that stand for the unnamed nodes on the way, outermost first, decoded, in the
     request's letter case: where it does not count (below ./Vendor/MSFT, CaseSense CIS) a CSP
     compares them without it. */
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
  uint64_t value_size; /* octets of the value; more than value.len: services->read gives them */
} omadm_csp_request;

typedef enum omadm_csp_event {
  OMADM_CSP_SESSION_BEGAN = 1, /* text: ServerID */
  OMADM_CSP_SESSION_ENDED, /* text: ServerID */
  /* text: ServerID. However it was removed: told when that is settled, and the account is not there
   * again. */
  OMADM_CSP_ACCOUNT_REMOVED
} omadm_csp_event;

/* A Generic Alert (OMA-TS-DM_Protocol 8.7). code is 1226, or 0 for it, or 1224 (a client event); an
 * alert of any other code is not a CSP's. */
typedef struct omadm_csp_alert {
  uint32_t struct_size;
  int code;
  omadm_str type; /* required, e.g. "com.example:update"; sent literally */
  omadm_format format; /* of data, which must be a value of it; ABSENT: chr */
  int mark; /* OMADM_CSP_MARK_* */
  omadm_str source; /* URI of the node of this CSP that raises it; may be empty */
  omadm_str data;
  omadm_str correlator; /* of the Exec it answers; may be empty */
  omadm_str server_id; /* empty: every account */
  int session_now; /* 1: asks for a session now */
} omadm_csp_alert;

/* How far an HTTP exchange came before it failed. */
typedef enum omadm_csp_http_stage {
  OMADM_CSP_HTTP_DONE = 0, /* it did not fail: there is an HTTP status */
  OMADM_CSP_HTTP_HANDLE, /* the host has no HTTP client, or no memory for one */
  OMADM_CSP_HTTP_URL, /* the URL or method is not usable */
  OMADM_CSP_HTTP_OPTIONS, /* a setting, e.g. the file of CA certificates, is not usable */
  OMADM_CSP_HTTP_HEADERS, /* a header is not usable */
  OMADM_CSP_HTTP_RESOLVE,
  OMADM_CSP_HTTP_CONNECT,
  OMADM_CSP_HTTP_TLS,
  OMADM_CSP_HTTP_SEND,
  OMADM_CSP_HTTP_RECEIVE, /* no answer, a broken one, or one larger than there is room for */
  OMADM_CSP_HTTP_STATUS, /* an answer without a usable status line */
  OMADM_CSP_HTTP_TIMEOUT
} omadm_csp_http_stage;

/* One HTTP exchange. Redirects are not followed, cookies not kept, certificates always checked; no
 * client certificate is shown. A proxy is that of the environment (https_proxy), but not on
 * loopback. */
typedef struct omadm_csp_http_request {
  uint32_t struct_size;
  uint32_t timeout_ms; /* of all of it; 0: 30 s */
  omadm_str method; /* "GET", "HEAD", "POST", "PUT" or "DELETE"; only POST and PUT have a body */
  omadm_str url; /* https only, but on loopback */
  omadm_str headers; /* "Name: value" lines, each ended by CR LF; may be empty */
  omadm_str body;
  omadm_str ca; /* file of CA certificates; empty: the system's */
} omadm_csp_http_request;

/* Its answer, into the caller's memory. A body that is larger than its room is LIMIT: then status
 * is that of the answer, and headers_len and body_len are 0. */
typedef struct omadm_csp_http_reply {
  uint32_t struct_size;
  uint32_t stage; /* OMADM_CSP_HTTP_* */
  uint32_t status; /* HTTP status; 0 where there was none */
  char *headers; /* "Name: value" lines of the last answer, each ended by CR LF; cut to size */
  size_t headers_size, headers_len;
  char *body;
  size_t body_size, body_len;
  uint32_t headers_cut; /* 1: there were more headers than there was room for */
} omadm_csp_http_reply;

/* What the host does for a CSP. `host` is the handle given to open; it goes into every call. */
typedef struct omadm_csp_services {
  uint32_t struct_size;

  /* Any thread. One line of UTF-8 without a line break, at most 1,000 octets, no secrets. level:
   * OMADM_CSP_LOG_*. */
  void (*log)(uint64_t host, int level, omadm_str text);
  /* Any thread. Milliseconds since 1970, UTC. */
  int64_t (*now)(uint64_t host);

  /* Appends octets to the value that answers a get: called as often as needed, not at all for an
   * empty value. NOT_FOUND: no such request is open. LIMIT: larger than max-obj-size allows. */
  omadm_err (*value)(uint64_t host, omadm_token token, omadm_str octets);
  /* Adds a child's name, decoded, to the names that answer a list. ARGUMENT: it cannot stand in a
   * URI and is left out. */
  omadm_err (*child)(uint64_t host, omadm_token token, omadm_str name);
  /* Finishes a request whose slot answered OMADM_ST_PENDING; or an Exec that answered 200 or 202
     before. `alert` (may be NULL) is what is sent if the server was told 202 meanwhile; its
     server_id and correlator are filled in by the host, and so is its source where it is empty; a
     source that is given is the URI of a node of this CSP. What the CSP stored by store_set before
     is durable before the end of an Exec that was told 202 is. A second completion is logged and
     ignored; a code that the verb cannot have (202 is for Exec only, 401 and 407 for none) is 500.
     Without an alert the end of an Exec that was told 202 is one of type urn:omadm:alert:exec whose
     data is the status. NOT_FOUND: there is no such request; STATE: it is completed already;
     ARGUMENT: the alert is not usable, and the request is still open. */
  omadm_err (*complete)(uint64_t host, omadm_token token, omadm_status status,
                        const omadm_csp_alert *alert);

  /* Stores an alert for the server it names, or for every account; durable when it returns. LIMIT:
   * as many alerts wait as may, all more important. ARGUMENT: no type, another code, a source that
   * is no node of this CSP, or data that is no value of the format. */
  omadm_err (*alert)(uint64_t host, const omadm_csp_alert *alert);
  /* The device itself changed the value of this node of the CSP or the children below it: its
   * version number counts it (VerNo), and names that were listed are asked for anew. Changes that
   * came by a slot are counted already. Nothing is called back. Durable soon after, or with the
   * running transaction. ARGUMENT: no URI of a node of this CSP. */
  omadm_err (*changed)(uint64_t host, omadm_str uri);

  /* The CSP's own small values, by the CSP's name, kept across restarts. What is set in a slot is
   * part of the running transaction: it is taken back with it, and is durable before the server is
   * told; what is set elsewhere is durable soon after the call. An empty value removes. A key has 1
   * to 255 octets, else ARGUMENT; a value at most 1 MiB, else LIMIT. NOT_FOUND: there is none.
   * *value is lent until the end of the CSP's next call of a service that is not marked for any
   * thread; it may be passed to that. */
  omadm_err (*store_get)(uint64_t host, omadm_str key, omadm_str *value);
  omadm_err (*store_set)(uint64_t host, omadm_str key, omadm_str value);
  /* A setting of [csp.NAME] in the configuration, lent as by store_get. NOT_FOUND: there is none.
   */
  omadm_err (*setting)(uint64_t host, omadm_str key, omadm_str *value);

  /* Runs `run(arg)` on a worker thread, then `done(arg)` (may be NULL) on the CSP's thread. run may
     touch arg and the services marked for any thread, nothing else. Where job answers OK both run
     once, done also when the host shuts down, unless the process ends first: a signal leaves jobs
     that run cancel-time (10 s by default), and a crash nothing. What must survive that is kept by
     store_set. May be called from done. How many run at once is the host's: four in omadm(1). A
     host without workers calls run on the CSP's thread, when no slot runs. Anything but OK: neither
     runs. */
  omadm_err (*job)(uint64_t host, void (*run)(void *arg), void (*done)(void *arg), void *arg);

  /* Any thread, and blocks: for jobs. OK wherever reply->stage is DONE, whatever the HTTP status;
   * else one of RESOLVE CONNECT TLS SEND RECEIVE TIMEOUT LIMIT ARGUMENT NOMEM UNSUPPORTED, and
   * the stage. */
  omadm_err (*http)(uint64_t host, const omadm_csp_http_request *request,
                    omadm_csp_http_reply *reply);
  /* The device's TPM; any thread, blocks: for jobs, and a call may take longer than command-time.
   * Its calls are called with `host` as the first argument. A host without a TPM answers ABSENT. */
  const struct omadm_tpm_calls *tpm;

  /* Octets of the value that an open request came with, from `offset` on: one to `most` of them,
   * lent as by store_get; none at its end. NOT_FOUND: no such request is open. STORE: they cannot
   * be read, and the request should be refused. */
  omadm_err (*read)(uint64_t host, omadm_token token, uint64_t offset, uint64_t most,
                    omadm_str *octets);
} omadm_csp_services;

/*
 * What a CSP can do. Answers are those described above. All slots but open and close are optional;
 * a missing slot is itself an answer: get 405, list: the DDF's named children only,
 * add/replace/remove/exec/rename 406, find: a node exists where its parent does, resume: the Exec
 * ended with 500.
 */
typedef struct omadm_csp_slots {
  uint32_t struct_size;

  /* Once, before anything else. `services` lives until close returns. Not 200: the CSP is not
   * mounted, close is not called, and the reason is what it logged. */
  omadm_status (*open)(const omadm_csp_services *services, uint64_t host, uint64_t *self);
  /* Once, after the last job is done; services may still be called in it. */
  void (*close)(uint64_t self);

  /* Does this node exist now? 200 or 404; answered at once. Asked for dynamic nodes, and where the
   * node above exists. */
  omadm_status (*find)(uint64_t self, const omadm_csp_request *request);
  /* The names that stand for the unnamed child of this interior node, by services->child. */
  omadm_status (*list)(uint64_t self, const omadm_csp_request *request);
  /* The value of a leaf that exists, by services->value; also its DefaultValue is the CSP's to
   * give. What is no value of the Format is logged and answered 500. */
  omadm_status (*get)(uint64_t self, const omadm_csp_request *request);

  /* A node that is not there, below one that is; an interior one where format is NODE. Permanent
   * nodes below a new one come with it and are not asked for. */
  omadm_status (*add)(uint64_t self, const omadm_csp_request *request);
  /* A leaf that is there. */
  omadm_status (*replace)(uint64_t self, const omadm_csp_request *request);
  /* The node and all below it. */
  omadm_status (*remove)(uint64_t self, const omadm_csp_request *request);
  /* 202, or 200, where it goes on: services->complete tells the server later by an alert. 202 is
   * kept over a restart (resume), 200 is not; its token lives until the completion or close. */
  omadm_status (*exec)(uint64_t self, const omadm_csp_request *request);
  omadm_status (*rename)(uint64_t self, const omadm_csp_request *request);

  /* All four or none. begin comes before the CSP's first change of a transaction; get, list and
   * find inside it see its changes; prepare makes them survive a crash and is the last chance to
   * refuse; commit makes them effective, may not refuse and may be repeated, also at a later start;
   * rollback may come at any time before commit. They answer at once. */
  omadm_status (*begin)(uint64_t self, uint64_t transaction);
  omadm_status (*prepare)(uint64_t self, uint64_t transaction);
  omadm_status (*commit)(uint64_t self, uint64_t transaction);
  omadm_status (*rollback)(uint64_t self, uint64_t transaction);

  /* The request of that token need not be answered any more; it still ends by its completion. */
  void (*cancel)(uint64_t self, omadm_token token);
  /* After a restart: an Exec that was answered 202 and not completed. The same token completes it.
   * The Data of the Exec is not kept: value is empty. PENDING or 200: it goes on; else it has ended
   * with 500. */
  omadm_status (*resume)(uint64_t self, const omadm_csp_request *request);
  void (*event)(uint64_t self, omadm_csp_event event, omadm_str text);
} omadm_csp_slots;

/* Flags of a descriptor. PIECES: the CSP takes large values by services->read. */
#define OMADM_CSP_PIECES UINT64_C(1)

/* A constant, as is all it points to, until the plugin is unloaded. The DDF text may hold several
 * roots, which differ in place; all are mounted or none. */
typedef struct omadm_csp_descriptor {
  uint32_t abi; /* OMADM_CSP_ABI */
  uint32_t struct_size;
  const char *name; /* of [csp.NAME], its stored values and the log, e.g. "Reboot"; no two CSPs
                       share one */
  const char *version;
  const char *ddf;
  size_t ddf_len;
  const omadm_csp_slots *slots;
  uint64_t flags; /* OMADM_CSP_PIECES; bits that the host does not know are ignored */
  uint32_t services_needed; /* octets of omadm_csp_services without which it cannot work: a host
                               that has less refuses it. 0: those of ABI 1's first day */
} omadm_csp_descriptor;

#define OMADM_CSP_SYMBOL "omadm_csp_descriptor_get"

/* Type of the one exported function. */
typedef const omadm_csp_descriptor *(*omadm_csp_descriptor_fn)(void);

#ifdef __cplusplus
#define OMADM_CSP_LINKAGE extern "C"
#else
#define OMADM_CSP_LINKAGE extern
#endif

/* Defines the exported function of a loadable plugin. */
#define OMADM_CSP_PLUGIN(descriptor)                                                               \
  OMADM_CSP_LINKAGE OMADM_EXPORT const omadm_csp_descriptor *omadm_csp_descriptor_get(void);       \
  const omadm_csp_descriptor *omadm_csp_descriptor_get(void) {                                     \
    return &(descriptor);                                                                          \
  }

/* The same with the descriptor of a CSP that needs no flags and no newer services: `ddf` is an
 * array of its octets and a zero octet (a literal, or what embed.cmake makes), `slots` a table. */
#define OMADM_CSP_DEFINE(name, version, ddf, slots)                                                \
  static const omadm_csp_descriptor omadm_csp_defined = {OMADM_CSP_ABI,                            \
                                                         sizeof(omadm_csp_descriptor),             \
                                                         name,                                     \
                                                         version,                                  \
                                                         (const char *)(ddf),                      \
                                                         sizeof(ddf) - 1,                          \
                                                         &(slots),                                 \
                                                         0,                                        \
                                                         0};                                       \
  OMADM_CSP_PLUGIN(omadm_csp_defined)

#ifdef __cplusplus
}
#endif
#endif
