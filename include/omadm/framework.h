/* SPDX-License-Identifier: MIT */
/*
 * The CSP framework: turns DDF files and plugins into one management tree, and keeps its word about
 * changes.
 *
 * A framework belongs to one thread. It implements the tree port (<omadm/tree.h>) and the outbox
 * and numbers of the host port.
 */
#ifndef OMADM_FRAMEWORK_H
#define OMADM_FRAMEWORK_H

#include <omadm/csp.h>
#include <omadm/ddf.h>
#include <omadm/error.h>
#include <omadm/host.h>
#include <omadm/limits.h>
#include <omadm/log.h>
#include <omadm/store.h>
#include <omadm/tpm.h>
#include <omadm/tree.h>
#include <omadm/types.h>
#include <omadm/worker.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct omadm_framework omadm_framework;

/* How slots are called. The two test hosts run the same suite: copying passes every argument
   through octets; late turns every answer into a pending one and completes it in a shuffled order.
 */
enum { OMADM_HOST_COPYING = 1 << 0, OMADM_HOST_LATE = 1 << 1 };

/* How the device is joined (MSFT:Applicability RequiresAzureAd). */
typedef enum omadm_join { OMADM_JOIN_UNKNOWN = 0, OMADM_JOIN_NONE, OMADM_JOIN_ENTRA } omadm_join;

/* The device profile: what MSFT:Applicability of a DDF is judged by. A node that does not apply is
 * answered 404 and not listed. What the profile leaves open is not judged. */
typedef struct omadm_profile {
  size_t struct_size;
  const char *os_build; /* "10.0.22621.1234"; NULL: open */
  uint32_t edition; /* SKU number of EditionAllowList, e.g. 0x48; 0: open */
  omadm_join join;
} omadm_profile;

/* How a plugin runs that has a process of its own. Strings are copied. */
typedef struct omadm_isolation {
  size_t struct_size;
  const char *program; /* omadm-csp-host; required */
  const char *user; /* what root changes to; NULL: "omadm-csp". Without root it has no effect, which
                       is said once */
  const char *const *allow; /* paths that it may read and write, beside what it needs to run */
  size_t n_allow;
  uint64_t memory; /* octets of its address space; 0: 512 MiB */
  uint32_t slot_seconds; /* a slot that takes longer ends with its process; 0: limits.command_time
                          */
  uint32_t cpu_seconds; /* of CPU time, all in all; 0: no limit but slot_seconds */
  const char *name; /* what its descriptor has to say, else REFUSED: the name decides whose values
                       and settings it gets. NULL: any */
  int deny_http; /* 1: it has no services->http: UNSUPPORTED; 0: it reaches whatever the host does
                  */
  int deny_tpm; /* 1: its TPM is ABSENT; 0: it has the device's, and keys of its own */
} omadm_isolation;

typedef struct omadm_framework_config {
  size_t struct_size;
  const omadm_mem *mem; /* NULL: malloc; copied */
  const omadm_log *log; /* any thread; borrowed for life, as is all below; may be NULL */
  omadm_store *store; /* required; not closed by the framework */
  omadm_worker *worker; /* NULL: jobs run at once, in pump */
  omadm_limits limits;
  unsigned host_flags; /* OMADM_HOST_* */
  uint64_t late_seed;
  void *ctx; /* of the functions below */
  int64_t (*now)(void *ctx); /* milliseconds since 1970; any thread; NULL: the system's clock */
  /* A setting of [csp.NAME], appended to *out (omadm_buf_append); NOT_FOUND where there is none.
   * NULL: there are none. */
  omadm_err (*setting)(void *ctx, const char *csp, omadm_str key, omadm_buf *out);
  /* A pending operation of the tree has ended: hand it to the session that waits
   * (omadm_session_complete). */
  void (*completed)(void *ctx, omadm_token token, omadm_status status, const omadm_answer *answer);
  /* An alert asks for a session now. May be NULL. */
  void (*session_wanted)(void *ctx, omadm_str server_id);
  int no_user; /* 1: nobody is signed in, nodes below ./User answer 500; 0: they are one further
                  tree */
  /* services->http and services->tpm of CSPs; any thread. NULL: there is none. Spans of the request
   * are borrowed for the call, what the reply points to is the caller's. */
  omadm_err (*http)(void *ctx, const omadm_csp_http_request *request, omadm_csp_http_reply *reply);
  const omadm_tpm *tpm;
  /* An Exec that was answered 200 or 202 has ended with that status. `token` is answer->token of
   * that answer, or, where the Exec was cancelled, the token that was cancelled. May be NULL. */
  void (*ended)(void *ctx, omadm_token token, omadm_status status);
  /* Folder of the values that are larger than limits.inline_value, one file each; it is made 0700,
   * and nobody else uses it. Copied. NULL: they stay in memory and in the store. Together they take
   * at most limits.store_size octets. */
  const char *values_dir;
  const omadm_profile *profile; /* copied; NULL: every node applies */
  /* A node whose DDF asks for a reboot after a change was changed (MSFT:RebootBehavior) and that is
   * settled: `automatic` 1: the device should reboot by itself when the session has ended; 0: the
   * server will ask for it. Told for each successful change that came over the tree or by
   * omadm_framework_poke, once for each node and settlement, also where the new value is the old
   * one: only the plugin knows what a change did. What the device itself changed, and a plugin
   * tells by `changed`, is not told. May be NULL. */
  void (*reboot_wanted)(void *ctx, omadm_str uri, int automatic);
} omadm_framework_config;

OMADM_EXPORT void omadm_framework_config_init(omadm_framework_config *config);
/* Reads config as far as its struct_size says; what is missing is zero. Copied but for what is
 * borrowed above. ARGUMENT: it has no store, a limit of 0, or a store or worker that lacks an
 * operation. */
OMADM_EXPORT omadm_err omadm_framework_new(const omadm_framework_config *config,
                                           omadm_framework **framework, omadm_error *error);
/* Closes plugins (after their jobs), unsettled changes are lost. NULL is allowed. */
OMADM_EXPORT void omadm_framework_free(omadm_framework *framework);

/*
 * Mounts. All mounting happens before the first use of the tree, which is the first call of
 * omadm_framework_tree, _host, _pump, _peek or _poke; afterwards it is OMADM_E_STATE. A DDF is
 * mounted with all its roots or not at all. A CSP with code beats a stored one at the same root
 * (one log line); two stored ones at one root, two roots of one DDF at one place and two plugins of
 * one name are OMADM_E_EXISTS, naming both; a root below another mount is allowed.
 */
/* A DDF without code: a stored CSP. Takes ownership of ddf, also on failure. */
OMADM_EXPORT omadm_err omadm_framework_mount_ddf(omadm_framework *framework, omadm_ddf *ddf,
                                                 omadm_error *error);
/* The same for a DDF that belongs to the program itself: where another one describes the same root
 * it counts as code. */
OMADM_EXPORT omadm_err omadm_framework_mount_own_ddf(omadm_framework *framework, omadm_ddf *ddf,
                                                     omadm_error *error);
/* A descriptor linked statically; borrowed for life. `from` says where it comes from, for messages;
 * copied. */
OMADM_EXPORT omadm_err omadm_framework_mount_csp(omadm_framework *framework,
                                                 const omadm_csp_descriptor *csp, const char *from,
                                                 omadm_error *error);
/* A shared object. ABI: built for another ABI. REFUSED: another user, but root, may write to the
 * file or to a folder on the way to it. The failure is kept for omadm_framework_mount_at. */
OMADM_EXPORT omadm_err omadm_framework_load(omadm_framework *framework, const char *path,
                                            omadm_error *error);

/* The same in a process of its own, with the rights that `isolation` gives it. Whatever happens to
 * that process, a request that it does not answer is 500, and the next one finds a new process;
 * after five deaths within a minute requests are 503 until it is over. */
OMADM_EXPORT omadm_err omadm_framework_load_isolated(omadm_framework *framework, const char *path,
                                                     const omadm_isolation *isolation,
                                                     omadm_error *error);
/* Keeps for omadm_framework_mount_at that the host itself did not load that file, and why. Copied.
 */
OMADM_EXPORT void omadm_framework_refuse(omadm_framework *framework, const char *path,
                                         const char *why);
/* Takes the plugin's file anew, while nothing of it is under way: it is closed, unloaded, loaded
 * and opened. It has to be the same name and DDF, else it is REFUSED and the old one goes on where
 * it can; where it cannot its nodes are 503, and a later call may mend that. STATE: a request, a
 * job or a transaction of it is under way. NOT_FOUND: no plugin has that name. */
OMADM_EXPORT omadm_err omadm_framework_reload(omadm_framework *framework, const char *name,
                                              omadm_error *error);

/* What is mounted, and what was refused. */
typedef struct omadm_mount_info {
  const char *name; /* of the CSP; of a stored one: its root's name */
  const char *version; /* "" for a stored one */
  const char *from; /* file */
  omadm_str root; /* "./Vendor/MSFT/Reboot"; empty where it was refused */
  int stored;
  size_t nodes; /* described by its DDF below this root */
  const char *failure; /* a sentence; NULL where it serves */
  int64_t process; /* of an isolated plugin: its process, 0 while there is none; -1: not isolated */
} omadm_mount_info;
/* The DDF of that mount; borrowed for the framework's life. NULL where it was refused. */
OMADM_EXPORT const omadm_ddf *omadm_framework_ddf_at(const omadm_framework *framework, size_t i);
/* The DDF and the number of its node that describe a URI (letter case does not count above a
 * mount's root); NULL and OMADM_DDF_NONE where none does. Borrowed for the framework's life. */
OMADM_EXPORT const omadm_ddf *omadm_framework_describes(const omadm_framework *framework,
                                                        omadm_str uri, uint32_t *node);
/* Appends the description of what is mounted at a URI or below, as a document that omadm_ddf_parse
 * reads: a root for each mount; below a mount's root, for that node. NOT_FOUND: nothing describes
 * it. SYNTAX: it is no URI. UNSUPPORTED: its name holds a '/', which a DDF cannot. */
OMADM_EXPORT omadm_err omadm_framework_export(const omadm_framework *framework, omadm_str uri,
                                              omadm_buf *out);
OMADM_EXPORT size_t omadm_framework_mount_count(const omadm_framework *framework);
/* Borrowed for the framework's life. OMADM_E_NOT_FOUND beyond the end. */
OMADM_EXPORT omadm_err omadm_framework_mount_at(const omadm_framework *framework, size_t i,
                                                omadm_mount_info *info);

/* The tree port; borrowed for the framework's life. Calls with an empty ServerID are the device's
 * own. One transaction at a time: while a change of anybody is late, or an Atomic is open, other
 * changes and begin answer 503. The first call finishes what an earlier run left: transactions that
 * were decided are committed, Execs resumed. */
OMADM_EXPORT const omadm_tree *omadm_framework_tree(omadm_framework *framework);

/* The factory's ACL of the root, which every node inherits until a server sets one: "Add=*&Get=*"
 * where this is not called. Copied; not kept in the store. SYNTAX: it is no ACL, and the one before
 * stays. */
OMADM_EXPORT omadm_err omadm_framework_set_root_acl(omadm_framework *framework, omadm_str acl);

/* Fills the outbox and session numbers of a host table: ctx, session_number, alert_next,
 * alert_answered; random and log too. Writes as far as host->struct_size, which the caller has
 * set, says. */
OMADM_EXPORT void omadm_framework_host(omadm_framework *framework, omadm_host *host);

/* Does what is due on this thread: finished jobs, late answers. Waits for at most timeout_ms for
 * the first. Returns how many. A loop of your own calls it when the worker's descriptor is
 * readable; what plugins in processes of their own say has none, so while any is loaded and
 * something is pending it is called every some 20 ms as well. */
OMADM_EXPORT int omadm_framework_pump(omadm_framework *framework, int timeout_ms);
/* Jobs and late answers outstanding. */
OMADM_EXPORT size_t omadm_framework_pending(const omadm_framework *framework);
/* The jobs among them: omadm_framework_free waits for these. */
OMADM_EXPORT size_t omadm_framework_jobs(const omadm_framework *framework);

/* Tells every CSP. */
OMADM_EXPORT void omadm_framework_event(omadm_framework *framework, omadm_csp_event event,
                                        omadm_str text);

/* Stores an alert as a CSP would: addressed to server_id, or to every account when empty. LIMIT: as
 * many wait as may, all more important; it is dropped, with a log line. */
OMADM_EXPORT omadm_err omadm_framework_raise(omadm_framework *framework, omadm_str server_id,
                                             const omadm_alert *alert);
/* Alerts waiting for that server; for any when server_id is empty. */
OMADM_EXPORT size_t omadm_framework_alerts(omadm_framework *framework, omadm_str server_id);

/* The value of a stored leaf without regard to AccessType: for the host's own secrets
 * (AAuthSecret). Appends to *out. */
OMADM_EXPORT omadm_err omadm_framework_peek(omadm_framework *framework, omadm_str uri,
                                            omadm_buf *out);
/* Sets a stored leaf (and what is missing above it) without regard to AccessType and Scope: import
   of accounts, test set-up. value.ptr NULL removes the subtree. Settled by omadm_tree.settle. */
OMADM_EXPORT omadm_err omadm_framework_poke(omadm_framework *framework, omadm_str uri,
                                            omadm_format format, omadm_str type, omadm_str value,
                                            omadm_error *error);

/* The same for a leaf whose value changes all the time, as a nonce does: the octets it had go from
 * the store's files with the next omadm_framework_erase, or with a secret. Those of every other
 * leaf without Get go when the change is settled. */
OMADM_EXPORT omadm_err omadm_framework_poke_passing(omadm_framework *framework, omadm_str uri,
                                                    omadm_str value, omadm_error *error);
OMADM_EXPORT void omadm_framework_erase(omadm_framework *framework);

/* Sets the ACL of a node that exists, without regard to rights, and guards it: the ACLs of the node
 * and below it count in every dialect from now on (omadm_node.guarded). Empty: it inherits, and no
 * longer guards. NOT_FOUND: there is no such node. SYNTAX: no ACL. LIMIT: longer than 16,384
 * octets. Settled by omadm_tree.settle. */
OMADM_EXPORT omadm_err omadm_framework_poke_acl(omadm_framework *framework, omadm_str uri,
                                                omadm_str acl, omadm_error *error);
/* Takes the ServerID out of every ACL (OMA-TS-DM_TND 7.7.1.4), and drops what is kept of it
 * (OMADM_META_SERVER). Done by the framework itself where an account below ./SyncML/DMAcc goes.
 * Settled by omadm_tree.settle. */
OMADM_EXPORT omadm_err omadm_framework_forget_server(omadm_framework *framework,
                                                     omadm_str server_id);

/* A small value of the host's own, in the store's table META. get appends; NOT_FOUND. set is
 * durable at the next settle; a value without ptr removes. What is kept of a server has a key that
 * begins with OMADM_META_SERVER, its ServerID and a line feed: it goes when the server's account
 * does. */
#define OMADM_META_SERVER "server\n"
OMADM_EXPORT omadm_err omadm_framework_meta_get(omadm_framework *framework, omadm_str key,
                                                omadm_buf *out);
OMADM_EXPORT omadm_err omadm_framework_meta_set(omadm_framework *framework, omadm_str key,
                                                omadm_str value);
/* Settles as omadm_tree.settle does, but is no use of the tree: for what is set before mounting. */
OMADM_EXPORT omadm_err omadm_framework_settle(omadm_framework *framework);

#ifdef __cplusplus
}
#endif
#endif
