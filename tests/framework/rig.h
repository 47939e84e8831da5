/* SPDX-License-Identifier: MIT */
/* A framework over a store, driven as a session would drive it, and DDFs on a few lines. */
#ifndef OMADM_TESTS_FRAMEWORK_RIG_H
#define OMADM_TESTS_FRAMEWORK_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/framework.h>

#include "base/str.h"

/* What a test may want to vary; zero is the plain host over the store in memory. */
typedef struct rig_options {
  unsigned host_flags;
  uint64_t late_seed;
  const char *folder; /* of an SQLite store; NULL: in memory */
  omadm_worker *worker;
  const omadm_mem *mem;
  uint64_t alerts, cancel_time, command_time; /* limits; 0: the default */
  omadm_err (*http)(void *ctx, const omadm_csp_http_request *request, omadm_csp_http_reply *reply);
  const omadm_tpm *tpm;
  const omadm_profile *profile;
  const char *misdeed; /* the setting "misdeed" of every CSP; NULL: there is none */
} rig_options;

typedef struct rig {
  omadm_framework *framework;
  const omadm_tree *tree;
  omadm_store *store;
  omadm_origin origin;
  omadm_node node; /* of the last verb */
  omadm_answer answer; /* of the last verb; spans point into text */
  char text[8192]; /* its data */
  char detail[400];
  bool arrived; /* a late answer */
  omadm_token waiting;
  omadm_status late;
  omadm_token ended_token; /* of the last Exec whose end was told to the host */
  omadm_status ended;
  char log[16384]; /* every line, each with a line break */
  omadm_log logger;
  char wanted[200]; /* the servers for which a session was wanted, with a blank behind each */
  /* The nodes that asked for a reboot, each with a blank behind it, and "!" where it is automatic.
   */
  char reboots[400];
  rig_options options;
} rig;

/* The options that rig_new takes where it is given none: the mode of the run, from the program's
 * command line. */
extern rig_options rig_mode;

/* `options` may be NULL: rig_mode. Fails the test where something fails. */
rig *rig_new(const rig_options *options);
void rig_free(rig *r);
/* Another framework on the same store. */
void rig_restart(rig *r);
/* Opens the framework of a rig whose framework was closed. */
void rig_open(rig *r);

/* Mounts a DDF text as a stored CSP. */
omadm_err rig_mount_text(rig *r, const char *name, const char *ddf, omadm_error *error);
void rig_mount(rig *r, const char *name, const char *ddf);
void rig_mount_csp(rig *r, const omadm_csp_descriptor *csp);

/* Verbs. They wait for late answers. value NULL: no Data. */
omadm_status rig_resolve(rig *r, const char *uri);
omadm_status rig_get(rig *r, const char *uri);
/* The children, joined by '/', are left in r->text. */
omadm_status rig_list(rig *r, const char *uri);
omadm_status rig_add(rig *r, const char *uri, omadm_format format, const char *value);
omadm_status rig_replace(rig *r, const char *uri, const char *value);
omadm_status rig_replace_as(rig *r, const char *uri, omadm_format format, const char *type,
                            const char *value);
omadm_status rig_remove(rig *r, const char *uri);
omadm_status rig_exec(rig *r, const char *uri, const char *value);
omadm_status rig_enlist(rig *r, const char *uri, omadm_verb verb);
/* Starts a verb and does not wait. */
omadm_status rig_start(rig *r, omadm_verb verb, const char *uri, const char *value);
/* Waits for what was started. */
omadm_status rig_wait(rig *r);
void rig_settle(rig *r);

/* Fails unless Get answers 200 and this value, or 404 for NULL. */
void rig_expect(rig *r, const char *uri, const char *value);
void rig_expect_children(rig *r, const char *uri, const char *names);
/* Sets a leaf, or makes an interior node, as the device. */
void rig_poke(rig *r, const char *uri, const char *value);

/* DDF texts. */
#define DDF(...) "<MgmtTree><VerDTD>1.2</VerDTD>" __VA_ARGS__ "</MgmtTree>"
#define PROPERTIES(access, format, occurrence, scope, more)                                        \
  "<DFProperties><AccessType>" access "</AccessType>" more "<DFFormat><" format                    \
  "/></DFFormat><Occurrence>" occurrence "</Occurrence><Scope><" scope "/></Scope>"
#define LEAF_TYPE "<DFType><MIME>text/plain</MIME></DFType>"
#define NODE_TYPE "<DFType><DDFName/></DFType>"
/* An interior node, a leaf; `name` may be "". */
#define INNER(name, access, occurrence, scope, ...)                                                \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, "node", occurrence, scope, "")          \
      NODE_TYPE "</DFProperties>" __VA_ARGS__ "</Node>"
#define LEAF(name, access, format, occurrence, scope)                                              \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, format, occurrence, scope, "")          \
      LEAF_TYPE "</DFProperties></Node>"
#define LEAF_OF(name, access, format, occurrence, scope, value)                                    \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, format, occurrence, scope,              \
                                                   "<DefaultValue>" value "</DefaultValue>")       \
      LEAF_TYPE "</DFProperties></Node>"
#define ROOT(name, path, ...)                                                                      \
  "<Node><NodeName>" name "</NodeName><Path>" path                                                 \
  "</Path>" PROPERTIES("<Get/>", "node", "<One/>", "Permanent", "") NODE_TYPE                      \
      "</DFProperties>" __VA_ARGS__ "</Node>"
#define ONE "<One/>"
#define MAYBE "<ZeroOrOne/>"
#define MANY "<ZeroOrMore/>"
#define AT_MOST(n) "<ZeroOrN>" n "</ZeroOrN>"
#define G "<Get/>"
#define GR "<Get/><Replace/>"
#define ADG "<Add/><Delete/><Get/>"
#define ADGR "<Add/><Delete/><Get/><Replace/>"

/* Runs the tests in each mode: plain, copying, late, both, and over SQLite. */
int rig_run(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
