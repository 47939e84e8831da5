/* SPDX-License-Identifier: MIT */
/*
 * A managed object whose Execs run configured commands: instances with a state each, operations of
 * one or two steps, one at a time over all instances. A CSP is a table of its nodes, a table of its
 * operations, and a few functions.
 *
 * An Exec notes the running state in the row of its instance and answers 202; the command runs in a
 * job; its end is noted in the row, and then the Exec is completed with an alert. So after a crash
 * the row says how far it came: a running state means that the step is run again (OMADM_RESUMED=1),
 * any other that only the alert is missing.
 */
#ifndef OPERATIONS_OBJECT_H
#define OPERATIONS_OBJECT_H

#include <omadm/csp.h>

#include <stdbool.h>

#include "operations/outcome.h"
#include "operations/packages.h"
#include "operations/rows.h"

typedef struct object object;

typedef enum node_kind {
  NODE_INNER, /* nothing to read, list or change */
  NODE_TABLE, /* its children are the instances */
  NODE_INSTANCE,
  NODE_TEXT,
  NODE_NUMBER,
  NODE_EMPTY, /* a leaf without a value */
  NODE_DATA /* the package itself */
} node_kind;

/* One for each node of the DDF, by its number. */
typedef struct node_rule {
  node_kind kind;
  char table; /* of the instance it belongs to */
  int field; /* of the row */
} node_rule;

typedef struct operation_step {
  const char *command, *timeout; /* settings */
  unsigned seconds; /* the default of the timeout */
  const char *verb; /* OMADM_OPERATION */
  int running, failed,
      failed_empty; /* states: meanwhile, and after a failure with and without data */
  int code_failed, code_late;
  bool fetches; /* makes a package of the URL */
} operation_step;

typedef struct operation {
  uint32_t node;
  char table;
  int url; /* field; 0: none */
  size_t n_steps;
  const operation_step *steps[2];
} operation;

/* Field `field` of a table, given to its commands. */
typedef struct operation_variable {
  char table;
  int field;
  const char *name;
} operation_variable;

typedef struct object_rules {
  const char *prefix; /* of its files */
  const char *tables;
  const node_rule *nodes;
  const operation *operations;
  size_t n_operations;
  const operation_variable *variables;
  size_t n_variables;
  const outcome_codes *codes;
  int idle; /* the state of a new instance */
  /* A new instance: its further fields. NULL: it has none. */
  void (*made)(char table, omadm_str name, row *r);
  /* A text or the data was replaced. */
  void (*replaced)(const node_rule *node, row *r);
  /* Is it the time for this operation? 200, or what the server is told. */
  omadm_status (*may)(object *self, const operation *op, omadm_str name, const row *r);
  /* The step succeeded: the state that follows, and what else there is now. */
  omadm_err (*succeeded)(object *self, const operation *op, size_t step, omadm_str name,
                         const char *version, row *r);
  /* The alert that ends it. *data is owned by the caller, free with free. */
  void (*describe)(const operation *op, const row *r, int code, omadm_csp_alert *alert,
                   char **data);
} object_rules;

struct work;
struct object {
  const object_rules *rules;
  rows rows;
  packages packages;
  struct work *current; /* the step that runs */
  bool settled; /* what the last run of the agent left behind was looked at */
  /* The file that was replaced last: what replaced it may not be durable yet. */
  char before[PACKAGE_NAME];
};

/* The slots but `open`, which gives object_open the rules. */
#define OBJECT_SLOTS                                                                               \
  .close = object_close, .find = object_find, .list = object_list, .get = object_get,              \
  .add = object_add, .replace = object_replace, .remove = object_remove, .exec = object_exec,      \
  .resume = object_resume, .event = object_event

/* Slots; `self` is what object_open left. */
omadm_status object_open(const object_rules *rules, const omadm_csp_services *services,
                         uint64_t host, uint64_t *self);
void object_close(uint64_t self);
omadm_status object_find(uint64_t self, const omadm_csp_request *request);
omadm_status object_list(uint64_t self, const omadm_csp_request *request);
omadm_status object_get(uint64_t self, const omadm_csp_request *request);
omadm_status object_add(uint64_t self, const omadm_csp_request *request);
omadm_status object_replace(uint64_t self, const omadm_csp_request *request);
omadm_status object_remove(uint64_t self, const omadm_csp_request *request);
omadm_status object_exec(uint64_t self, const omadm_csp_request *request);
omadm_status object_resume(uint64_t self, const omadm_csp_request *request);
void object_event(uint64_t self, omadm_csp_event event, omadm_str text);

#endif
