/* SPDX-License-Identifier: MIT */
/* The plugin in a framework, driven as a session drives it, and what is known of its nodes. */
#ifndef OMADM_CSP_TEST_TRIAL_H
#define OMADM_CSP_TEST_TRIAL_H

#include <omadm/store.h>
#include <omadm/worker.h>

#include "conformance/csp-test/csp_test.h"
#include "conformance/csp-test/report.h"
#include "conformance/csp-test/watch.h"

/* What is known of a node of the DDF. */
typedef struct place {
  char *uri; /* of the one that is tried; NULL: there is none */
  bool made; /* the test added it */
  bool gone; /* the test deleted it again */
  bool had; /* `before` is what it held at first, to be put back */
  bool accepted; /* its Exec was told 202, and ended well */
  bool kept; /* `now` is what it must hold after a restart */
  omadm_buf before, now;
  omadm_buf other; /* another value that it took; empty: none is known */
} place;

typedef struct trial {
  const omadm_csp_test_options *options;
  omadm_csp_test_report *report;
  unsigned host_flags;
  char folder[64]; /* "" where there is none yet */
  char state[80]; /* a folder in it that is the plugin's */
  omadm_store *store;
  omadm_worker *worker;
  watch watch;
  omadm_log log; /* ours: reads along, and passes on */
  omadm_framework *framework;
  const omadm_tree *tree;
  const omadm_ddf *ddf; /* while it is open */
  place *places; /* one a node of the DDF */
  size_t n_places;
  bool atomic; /* a transaction is open */
  bool second; /* the other one of two servers speaks */
  /* Of the last verb. */
  omadm_token awaited;
  omadm_status status;
  bool silent; /* it was never answered */
  omadm_token running; /* an Exec that was accepted; 0: it has ended, with `ended` */
  omadm_status ended;
  uint64_t changes; /* slots that change something, and slots that were called for it */
  bool called;
  omadm_buf data, detail;
  omadm_token snapshot; /* of a value too large for data, until it is read; 0: none */
  uint64_t size;
  char *complaints[64]; /* of the framework, about the plugin */
  size_t n_complaints;
} trial;

/* Loads and mounts the plugin, on what an earlier opening left. Close in any case. */
omadm_err trial_open(trial *self, omadm_error *error);
/* Unloads it; what it has stored stays until trial_dispose. */
void trial_close(trial *self);
void trial_dispose(trial *self);

/* A verb on a URI. The answer is in status, data and detail. Late answers are waited for, and what
 * was changed is settled unless a transaction is open. `value` may be NULL. */
omadm_status trial_call(trial *self, omadm_verb verb, const char *uri, const omadm_value *value);
/* The same, but what is late is given up at once; then what is under way may end. False where it
 * was answered at once: there is nothing to give up. `silent`: it does not end. */
bool trial_give_up(trial *self, omadm_verb verb, const char *uri, const omadm_value *value);
/* The account of the second server goes. */
omadm_err trial_forget_second(trial *self);
/* Does the node exist? What resolve answers. */
omadm_status trial_resolve(trial *self, const char *uri, omadm_node *node);
/* Waits for the end of the Exec that was told 202. 0: it goes on. */
omadm_status trial_end(trial *self);
/* 200 where the change could be taken back in an Atomic. */
omadm_status trial_enlist(trial *self, omadm_verb verb, const char *uri);
omadm_status trial_begin(trial *self);
/* What became of the only member: 216 or 516. */
omadm_status trial_rollback(trial *self);
omadm_status trial_commit(trial *self);
/* The names of the children, one behind the other, each terminated by a zero octet, in data. */
omadm_status trial_list(trial *self, const char *uri);

/* A value of the node's own format; without data for an interior node. */
omadm_value trial_value(const omadm_ddf_node *d, omadm_str data);
/* What the plugin is asked now, for the case that it crashes: "Get", "./Vendor/A/B". */
void trial_note(const trial *self, const char *what, const char *uri);
/* Is the slot missing that the verb needs? Known only where the slots are watched. */
bool trial_lacks(const trial *self, omadm_verb verb);
const char *trial_verb_name(omadm_verb verb);

#endif
