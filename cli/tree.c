/* SPDX-License-Identifier: MIT */
/* omadm tree: the verbs that change something, and what all share. */
#include "cli/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"
#include "cli/log.h"
#include <omadm/acl.h>

/* Waits that a job which a verb started may take. */
#define JOB_SECONDS 60

omadm_status cli_tree_uri_parse(tree_uri *self, const tree_run *run, omadm_str text) {
  unsigned flags = run->origin.windows ? OMADM_URI_CLEAN_SPACE : 0;
  omadm_buf_init(&self->text, NULL, 0);
  omadm_buf_init(&self->scratch, NULL, 0);
  if (omadm_buf_add_str(&self->text, text) != 0 || omadm_buf_add(&self->text, "", 1) != 0 ||
      omadm_buf_reserve(&self->scratch, text.len + 1) != 0)
    return OMADM_ST_FAILED;
  return omadm_uri_parse((omadm_str){self->text.ptr, text.len}, flags, &run->agent.config.limits,
                         self->scratch.ptr, NULL, &self->uri);
}

void cli_tree_uri_dispose(tree_uri *self) {
  omadm_buf_dispose(&self->text);
  omadm_buf_dispose(&self->scratch);
}

static void show_status(const tree_run *run, omadm_status status) {
  if (run->json == NULL) return;
  json_object_set_new(run->json, "status", json_integer(status));
  json_object_set_new(run->json, "text", json_string(omadm_status_text(status)));
}

cli_exit cli_tree_judge(const tree_run *run, const char *uri, omadm_status status,
                        const omadm_answer *answer) {
  if (omadm_status_is_success(status)) return CLI_DONE;
  show_status(run, status);
  omadm_str detail = answer != NULL ? answer->detail : (omadm_str){0};
  cli_complain("%s: %u %s%s%.*s", uri, status, omadm_status_text(status),
               detail.len > 0 ? ": " : "", (int)detail.len, detail.len > 0 ? detail.ptr : "");
  return CLI_NO;
}

omadm_status cli_tree_check_right(const tree_run *run, const omadm_node *node, unsigned right) {
  if (run->as == NULL || (run->origin.windows && !node->guarded)) return OMADM_ST_OK;
  return omadm_acl_allows(node->acl, run->origin.server_id, right) ? OMADM_ST_OK : OMADM_ST_DENIED;
}

/* Who may change the ACL of a leaf must have the right on the node above (OMA-TS-DM_TND 7.7.1.3).
 */
static omadm_status check_property_right(const tree_run *run, const tree_uri *uri,
                                         const omadm_node *node) {
  omadm_node above = *node;
  above.acl = node->parent_acl;
  bool is_acl = omadm_str_is(uri->uri.query_value, "ACL");
  if (is_acl && run->as != NULL && run->origin.windows) return OMADM_ST_NOT_SUPPORTED;
  if (!is_acl || uri->uri.n == 0) return cli_tree_check_right(run, node, OMADM_ACCESS_REPLACE);
  omadm_status status = cli_tree_check_right(run, &above, OMADM_ACCESS_REPLACE);
  if (status == OMADM_ST_OK || node->format != OMADM_FORMAT_NODE) return status;
  return cli_tree_check_right(run, node, OMADM_ACCESS_REPLACE);
}

/* VALUE as the tree wants it: octets of a bin value come in base64. */
static omadm_err make_value(const tree_run *run, const omadm_node *node, omadm_buf *octets,
                            omadm_value *value) {
  const char *format = cli_options_text(run->options, CLI_OPT_FORMAT, NULL);
  *value = (omadm_value){.type = omadm_str_of(cli_options_text(run->options, CLI_OPT_TYPE, NULL))};
  if (format != NULL) value->format = omadm_format_parse(omadm_str_of(format));
  if (value->format == OMADM_FORMAT_UNKNOWN) {
    cli_complain(
        "--format %s is none of chr, int, bool, b64, bin, xml, null, node, date, time, float",
        format);
    return OMADM_E_ARGUMENT;
  }
  /* What the device itself adds has the format that its description says. */
  if (format == NULL && run->as == NULL && node->format != OMADM_FORMAT_UNKNOWN &&
      strcmp(run->options->verb->name, "add") == 0)
    value->format = node->format;
  if (run->options->n_arguments < 2) return 0;
  value->has_data = 1;
  value->data = omadm_str_of(run->options->arguments[1]);
  bool is_bin = value->format == OMADM_FORMAT_BIN ||
                (value->format == OMADM_FORMAT_ABSENT && node->format == OMADM_FORMAT_BIN);
  if (!is_bin) return 0;
  if (omadm_base64_decode(value->data, octets) != 0) {
    cli_complain("the value of a bin node is written in base64");
    return OMADM_E_ARGUMENT;
  }
  value->format = OMADM_FORMAT_BIN;
  value->data = omadm_buf_str(octets);
  return 0;
}

/* As in a session: who may not Replace the node above may change what it made
 * (OMA-TS-DM_TND 7.7.1.3). Where its ServerID cannot stand in an ACL there is none. */
static omadm_err make_creator_acl(const tree_run *run, const omadm_node *node, omadm_buf *text,
                                  omadm_value *value) {
  const omadm_str id = run->origin.server_id;
  const unsigned rights = OMADM_ACCESS_ADD | OMADM_ACCESS_DELETE | OMADM_ACCESS_REPLACE;
  if (run->as == NULL || run->origin.windows ||
      omadm_acl_allows(node->acl, id, OMADM_ACCESS_REPLACE))
    return 0;
  omadm_err err = omadm_buf_printf(text, "Add=%.*s&Delete=%.*s&Replace=%.*s", (int)id.len, id.ptr,
                                   (int)id.len, id.ptr, (int)id.len, id.ptr);
  if (err == 0 && omadm_acl_allows(omadm_buf_str(text), id, rights))
    value->acl = omadm_buf_str(text);
  return err;
}

/* A verb that changes: its word, the right that it needs, and the call. */
typedef struct change {
  const char *verb;
  omadm_verb tree_verb;
  unsigned right;
  bool may_be_absent; /* the node need not exist */
  bool takes_value;
} change;

static const change changes[] = {
    {"add", OMADM_VERB_ADD, OMADM_ACCESS_ADD, true, true},
    {"replace", OMADM_VERB_REPLACE, OMADM_ACCESS_REPLACE, true, true},
    {"delete", OMADM_VERB_DELETE, OMADM_ACCESS_DELETE, false, false},
    {"exec", OMADM_VERB_EXEC, OMADM_ACCESS_EXEC, false, true},
};

static omadm_status add(const tree_run *run, const omadm_node *node, omadm_value value,
                        omadm_answer *answer) {
  const omadm_tree *tree = run->tree;
  omadm_buf acl;
  omadm_buf_init(&acl, NULL, 0);
  omadm_status status = OMADM_ST_FAILED;
  if (make_creator_acl(run, node, &acl, &value) == 0)
    status = tree->add(tree->ctx, &run->origin, node, &value, answer);
  omadm_buf_dispose(&acl);
  return status;
}

static omadm_status call(const tree_run *run, const change *what, const omadm_node *node,
                         const omadm_value *value, omadm_answer *answer) {
  const omadm_tree *tree = run->tree;
  if (what->right == OMADM_ACCESS_ADD) return add(run, node, *value, answer);
  if (what->right == OMADM_ACCESS_REPLACE)
    return tree->replace(tree->ctx, &run->origin, node, value, answer);
  if (what->right == OMADM_ACCESS_DELETE)
    return tree->remove(tree->ctx, &run->origin, node, answer);
  return tree->exec(tree->ctx, &run->origin, node, value, answer);
}

/* An accepted Exec is waited for; how it ended is what the command says. */
static cli_exit finish_exec(tree_run *run, const char *uri) {
  const agent_exec *exec = &run->agent.exec;
  bool is_text = run->json == NULL;
  if (is_text) {
    printf("accepted; waiting up to %d s for its end\n", JOB_SECONDS);
    fflush(stdout);
  }
  agent_finish_jobs(&run->agent, JOB_SECONDS, NULL);
  if (exec->ended == OMADM_ST_NONE) {
    cli_complain("%s: it has not ended; who serves it still owes an answer", uri);
    return CLI_NO;
  }
  if (!is_text) json_object_set_new(run->json, "ended", json_integer(exec->ended));
  if (omadm_status_is_success(exec->ended)) {
    if (is_text) printf("ended: %u %s\n", exec->ended, omadm_status_text(exec->ended));
    return CLI_DONE;
  }
  cli_complain("%s: it ended with %u %s", uri, exec->ended, omadm_status_text(exec->ended));
  return CLI_NO;
}

/* Makes the change durable, and lets what it started end. */
static cli_exit finish(tree_run *run, const char *uri, omadm_status status,
                       const omadm_answer *answer) {
  cli_exit code = cli_tree_judge(run, uri, status, answer);
  show_status(run, status);
  omadm_err err = run->tree->settle(run->tree->ctx);
  if (err != 0) {
    cli_complain("the change could not be made durable: %s", omadm_err_text(err));
    return CLI_SURROUNDINGS;
  }
  if (status == OMADM_ST_ACCEPTED) return finish_exec(run, uri);
  agent_finish_jobs(&run->agent, JOB_SECONDS, NULL);
  return code;
}

/* What a server adds where it may not Replace gets the ACL of its creator, as in a session. */
static omadm_err add_creator(const tree_run *run, const change *what, const omadm_node *node,
                             omadm_buf *acl) {
  bool adds = what->right == OMADM_ACCESS_ADD && run->as != NULL && !run->origin.windows;
  if (!adds || omadm_acl_allows(node->acl, run->origin.server_id, OMADM_ACCESS_REPLACE))
    return OMADM_OK;
  return omadm_acl_of_creator(run->origin.server_id, acl);
}

static cli_exit run_change(tree_run *run, const change *what, tree_uri *uri, const omadm_node *node,
                           omadm_status found) {
  omadm_buf octets, acl;
  omadm_value value = {0};
  omadm_answer answer = {0};
  omadm_buf_init(&octets, NULL, 0);
  omadm_buf_init(&acl, NULL, 0);
  omadm_status status = found == OMADM_ST_NOT_FOUND && what->may_be_absent ? OMADM_ST_OK : found;
  if (omadm_status_is_success(status)) status = cli_tree_check_right(run, node, what->right);
  if (omadm_status_is_success(status) && what->takes_value &&
      make_value(run, node, &octets, &value) != 0) {
    omadm_buf_dispose(&octets);
    return CLI_USAGE;
  }
  if (add_creator(run, what, node, &acl) != OMADM_OK) status = OMADM_ST_FAILED;
  value.acl = omadm_buf_str(&acl);
  if (omadm_status_is_success(status)) {
    status = call(run, what, node, &value, &answer);
    if (status == OMADM_ST_PENDING)
      status = agent_await(&run->agent, what->tree_verb, answer.token, &answer);
    if (status == OMADM_ST_ACCEPTED) agent_accepted(&run->agent, &answer);
  }
  cli_exit code = finish(run, uri->text.ptr, status, &answer);
  omadm_buf_dispose(&octets);
  omadm_buf_dispose(&acl);
  return code;
}

static cli_exit set_property(tree_run *run, tree_uri *uri, const omadm_node *node) {
  omadm_answer answer = {0};
  omadm_status status = check_property_right(run, uri, node);
  if (omadm_status_is_success(status))
    status = run->tree->prop_set == NULL
                 ? OMADM_ST_NOT_SUPPORTED
                 : run->tree->prop_set(run->tree->ctx, &run->origin, node, uri->uri.query_value,
                                       omadm_str_of(run->options->arguments[1]), &answer);
  if (status == OMADM_ST_PENDING)
    status = agent_await(&run->agent, OMADM_VERB_RENAME, answer.token, &answer);
  return finish(run, uri->text.ptr, status, &answer);
}

static cli_exit run_query(tree_run *run, const char *verb, tree_uri *uri, const omadm_node *node,
                          omadm_status found) {
  bool is_get = strcmp(verb, "get") == 0;
  bool is_property = uri->uri.query == OMADM_QUERY_PROP && (is_get || strcmp(verb, "replace") == 0);
  if (!is_property) return cli_tree_judge(run, uri->text.ptr, OMADM_ST_NOT_SUPPORTED, NULL);
  if (found != OMADM_ST_OK) return cli_tree_judge(run, uri->text.ptr, found, NULL);
  return is_get ? cli_tree_get_property(run, uri, node) : set_property(run, uri, node);
}

static cli_exit run_verb(tree_run *run) {
  const char *verb = run->options->verb->name;
  tree_uri uri;
  omadm_node node = {0};
  cli_exit code = CLI_NO;
  omadm_status status = cli_tree_uri_parse(&uri, run, omadm_str_of(run->options->arguments[0]));
  if (status != OMADM_ST_OK) {
    code = cli_tree_judge(run, run->options->arguments[0], status, NULL);
    goto out;
  }
  status = run->tree->resolve(run->tree->ctx, &run->origin, &uri.uri, &node);
  if (uri.uri.query != OMADM_QUERY_NONE) {
    code = run_query(run, verb, &uri, &node, status);
    goto out;
  }
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    if (strcmp(verb, changes[i].verb) != 0) continue;
    code = run_change(run, &changes[i], &uri, &node, status);
    goto out;
  }
  if (status == OMADM_ST_OK) status = cli_tree_check_right(run, &node, OMADM_ACCESS_GET);
  if (status != OMADM_ST_OK)
    code = cli_tree_judge(run, uri.text.ptr, status, NULL);
  else
    code =
        strcmp(verb, "get") == 0 ? cli_tree_get(run, &uri, &node) : cli_tree_list(run, &uri, &node);
out:
  cli_tree_uri_dispose(&uri);
  return code;
}

static cli_exit choose_origin(tree_run *run) {
  const char *as = cli_options_text(run->options, CLI_OPT_AS, NULL);
  if (as == NULL) return CLI_DONE;
  run->as = omadm_accounts_find(run->agent.accounts, as);
  if (run->as == NULL) {
    cli_complain("--as %s: there is no such account; omadm tree list ./SyncML/DMAcc shows them",
                 as);
    return CLI_USAGE;
  }
  run->origin.server_id = omadm_str_of(run->as->server_id);
  run->origin.windows = run->as->dialect == OMADM_DIALECT_WINDOWS;
  run->origin.quirks = &run->as->quirks;
  return CLI_DONE;
}

cli_exit cli_tree(const cli_options *options) {
  tree_run run = {.options = options};
  cli_exit code = agent_open(&run.agent, options);
  if (code == CLI_DONE) code = choose_origin(&run);
  if (code == CLI_DONE) {
    run.tree = omadm_framework_tree(run.agent.framework);
    if (cli_options_count(options, CLI_OPT_JSON) > 0) {
      run.json = json_object();
      json_object_set_new(run.json, "uri", json_string(options->arguments[0]));
    }
    code = run_verb(&run);
    if (run.json != NULL && (code == CLI_DONE || json_object_size(run.json) > 1)) {
      json_dumpf(run.json, stdout, JSON_INDENT(2));
      putchar('\n');
    }
    json_decref(run.json);
  }
  agent_close(&run.agent);
  return code;
}
