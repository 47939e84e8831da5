/* SPDX-License-Identifier: MIT */
/* What the verbs of `omadm tree` share. Private to tree*.c. */
#ifndef OMADM_CLI_TREE_H
#define OMADM_CLI_TREE_H

#include <jansson.h>

#include "cli/agent.h"
#include "cli/commands.h"

/* One command line of `omadm tree` at work. */
typedef struct tree_run {
  agent agent;
  const cli_options *options;
  const omadm_tree *tree;
  omadm_origin origin;
  const omadm_account *as; /* --as; NULL: the device itself */
  json_t *json; /* --json: what is written in the end; NULL: for a person */
} tree_run;

/* A URI taken apart, with the memory it points into. */
typedef struct tree_uri {
  omadm_buf text; /* terminated */
  omadm_buf scratch;
  omadm_uri uri;
} tree_uri;

/* 200, or why it is none. Dispose in any case. */
omadm_status cli_tree_uri_parse(tree_uri *self, const tree_run *run, omadm_str text);
void cli_tree_uri_dispose(tree_uri *self);

/* Says on standard error, and in the JSON, why it is refused; gives CLI_DONE for 2xx, else CLI_NO.
 */
cli_exit cli_tree_judge(const tree_run *run, const char *uri, omadm_status status,
                        const omadm_answer *answer);

/* 200 where the server of --as may do that, else 425. */
omadm_status cli_tree_check_right(const tree_run *run, const omadm_node *node, unsigned right);

/* tree_show.c: get and list. */
cli_exit cli_tree_get(tree_run *run, tree_uri *uri, const omadm_node *node);
cli_exit cli_tree_list(tree_run *run, tree_uri *uri, const omadm_node *node);
/* ?prop=NAME of get. */
cli_exit cli_tree_get_property(tree_run *run, tree_uri *uri, const omadm_node *node);

#endif
