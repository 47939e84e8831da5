/* SPDX-License-Identifier: MIT */
/* omadm tree get and list. */
#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"
#include "cli/log.h"
#include "cli/tree.h"

/* Octets that a terminal and JSON can show; bin is written in base64. */
static omadm_err shown_value(omadm_format format, omadm_str data, omadm_buf *out) {
  return format == OMADM_FORMAT_BIN || !omadm_utf8_is_valid(data) ? omadm_base64_encode(data, out)
                                                                  : omadm_buf_add_str(out, data);
}

/* All of a large value into the buffer, or, without one, to standard output. */
static omadm_status read_large(const tree_run *run, const omadm_answer *answer, omadm_buf *out) {
  const omadm_tree *tree = run->tree;
  omadm_buf text;
  omadm_base64_out encoder = {.n = 0};
  omadm_status status = OMADM_ST_OK;
  omadm_err err = 0;
  omadm_buf_init(&text, NULL, 0);
  for (uint64_t at = 0; at < answer->size && status == OMADM_ST_OK && err == 0;) {
    omadm_answer piece = {0};
    status = tree->read(tree->ctx, answer->snapshot, at, SIZE_MAX, &piece);
    if (status != OMADM_ST_OK || piece.data.len == 0) break;
    at += piece.data.len;
    if (out == NULL) text.len = 0;
    err = answer->format == OMADM_FORMAT_BIN && out == NULL
              ? omadm_base64_out_add(&encoder, piece.data, &text)
              : omadm_buf_add_str(out != NULL ? out : &text, piece.data);
    if (err == 0 && out == NULL && at == answer->size) err = omadm_base64_out_end(&encoder, &text);
    if (out == NULL && text.len > 0) fwrite(text.ptr, 1, text.len, stdout);
  }
  omadm_buf_dispose(&text);
  tree->release(tree->ctx, answer->snapshot);
  return err == 0 ? status : OMADM_ST_FAILED;
}

static omadm_status read_value(tree_run *run, const omadm_node *node, omadm_answer *answer) {
  omadm_status status = run->tree->get(run->tree->ctx, &run->origin, node, answer);
  return status == OMADM_ST_PENDING
             ? agent_await(&run->agent, OMADM_VERB_GET, answer->token, answer)
             : status;
}

static void set_text(json_t *object, const char *key, omadm_str text) {
  json_object_set_new(object, key, json_stringn_nocheck(text.len > 0 ? text.ptr : "", text.len));
}

/* Value, format and type of a leaf into a JSON object. */
static omadm_err fill_leaf(json_t *object, const omadm_answer *answer) {
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  omadm_err err = shown_value(answer->format, answer->data, &value);
  set_text(object, "format", omadm_str_of(omadm_format_text(answer->format)));
  set_text(object, "type", answer->type);
  set_text(object, "value", omadm_buf_str(&value));
  omadm_buf_dispose(&value);
  return err;
}

static cli_exit show_large(tree_run *run, const tree_uri *uri, omadm_answer *answer) {
  omadm_buf whole;
  omadm_buf_init(&whole, NULL, 0);
  omadm_status status = read_large(run, answer, run->json != NULL ? &whole : NULL);
  answer->data = omadm_buf_str(&whole);
  if (run->json == NULL) putchar('\n');
  if (omadm_status_is_success(status) && run->json != NULL && fill_leaf(run->json, answer) != 0)
    status = OMADM_ST_FAILED;
  omadm_buf_dispose(&whole);
  answer->data = (omadm_str){NULL, 0};
  return cli_tree_judge(run, uri->text.ptr, status, answer);
}

cli_exit cli_tree_get(tree_run *run, tree_uri *uri, const omadm_node *node) {
  omadm_answer answer = {0};
  if (node->format == OMADM_FORMAT_NODE) return cli_tree_list(run, uri, node);
  omadm_status status = read_value(run, node, &answer);
  if (!omadm_status_is_success(status)) return cli_tree_judge(run, uri->text.ptr, status, &answer);
  if (answer.format == OMADM_FORMAT_ABSENT) answer.format = node->format;
  if (answer.snapshot != 0) return show_large(run, uri, &answer);
  if (run->json != NULL) return fill_leaf(run->json, &answer) == 0 ? CLI_DONE : CLI_SURROUNDINGS;
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  omadm_err err = shown_value(answer.format, answer.data, &value);
  if (value.len > 0) fwrite(value.ptr, 1, value.len, stdout);
  putchar('\n');
  omadm_buf_dispose(&value);
  return err == 0 ? CLI_DONE : CLI_SURROUNDINGS;
}

cli_exit cli_tree_get_property(tree_run *run, tree_uri *uri, const omadm_node *node) {
  omadm_answer answer = {0};
  omadm_status status = cli_tree_check_right(run, node, OMADM_ACCESS_GET);
  bool is_acl = omadm_str_is(uri->uri.query_value, "ACL");
  if (is_acl && run->as != NULL && run->origin.windows) status = OMADM_ST_NOT_SUPPORTED;
  if (omadm_status_is_success(status))
    status = run->tree->prop_get == NULL ? OMADM_ST_NOT_SUPPORTED
                                         : run->tree->prop_get(run->tree->ctx, &run->origin, node,
                                                               uri->uri.query_value, &answer);
  if (status == OMADM_ST_PENDING)
    status = agent_await(&run->agent, OMADM_VERB_GET, answer.token, &answer);
  if (!omadm_status_is_success(status)) return cli_tree_judge(run, uri->text.ptr, status, &answer);
  if (run->json != NULL)
    set_text(run->json, "value", answer.data);
  else
    printf("%.*s\n", (int)answer.data.len, answer.data.len > 0 ? answer.data.ptr : "");
  return CLI_DONE;
}

/* The names of the children, each followed by a zero octet: the tree lends them one at a time only.
 */
static omadm_status read_names(tree_run *run, const omadm_node *node, omadm_buf *names,
                               omadm_answer *answer) {
  uint64_t cursor = 0;
  for (;;) {
    *answer = (omadm_answer){0};
    omadm_status status = run->tree->list(run->tree->ctx, &run->origin, node, &cursor, answer);
    if (status == OMADM_ST_PENDING) {
      status = agent_await(&run->agent, OMADM_VERB_LIST, answer->token, answer);
      if (omadm_status_is_success(status)) continue;
    }
    if (status == OMADM_ST_END) return OMADM_ST_OK;
    if (!omadm_status_is_success(status)) return status;
    if (omadm_buf_add_str(names, answer->data) != 0 || omadm_buf_add(names, "", 1) != 0)
      return OMADM_ST_FAILED;
  }
}

/* A leaf of a list on one line: control characters would break it. */
static void print_leaf(const char *uri, const omadm_answer *answer) {
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  (void)shown_value(answer->format, answer->data, &value);
  printf("%s = ", uri);
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    if (c == '\n')
      fputs("\\n", stdout);
    else if (c < ' ' || c == 0x7F)
      printf("\\x%02x", c);
    else
      putchar(c);
  }
  putchar('\n');
  omadm_buf_dispose(&value);
}

static void add_row(const tree_run *run, json_t *row) {
  json_t *rows = json_object_get(run->json, "nodes");
  if (rows == NULL) {
    rows = json_array();
    json_object_set_new(run->json, "nodes", rows);
  }
  json_array_append_new(rows, row);
}

/* Of a large value a list says only how large it is. */
static void show_size(const tree_run *run, const tree_uri *uri, const omadm_answer *answer) {
  run->tree->release(run->tree->ctx, answer->snapshot);
  if (run->json == NULL) {
    printf("%s (%llu octets)\n", uri->text.ptr, (unsigned long long)answer->size);
    return;
  }
  json_t *row = json_object();
  set_text(row, "uri", omadm_str_of(uri->text.ptr));
  set_text(row, "format", omadm_str_of(omadm_format_text(answer->format)));
  json_object_set_new(row, "size", json_integer((json_int_t)answer->size));
  add_row(run, row);
}

/* A node of list -r. What cannot be read (a secret, a node of a failing CSP) is shown with the
 * reason. */
static void show_node(tree_run *run, const tree_uri *uri, const omadm_node *node) {
  omadm_answer answer = {0};
  bool is_leaf = node->format != OMADM_FORMAT_NODE;
  omadm_status status = OMADM_ST_OK;
  if (is_leaf)
    status = (node->access & OMADM_ACCESS_GET) != 0 ? read_value(run, node, &answer)
                                                    : OMADM_ST_NOT_ALLOWED;
  if (answer.format == OMADM_FORMAT_ABSENT) answer.format = node->format;
  if (answer.snapshot != 0) {
    show_size(run, uri, &answer);
  } else if (run->json != NULL) {
    json_t *row = json_object();
    set_text(row, "uri", omadm_str_of(uri->text.ptr));
    if (!omadm_status_is_success(status))
      json_object_set_new(row, "status", json_integer(status));
    else if (is_leaf)
      (void)fill_leaf(row, &answer);
    else
      set_text(row, "format", omadm_str_of("node"));
    add_row(run, row);
  } else if (!is_leaf) {
    printf("%s/\n", uri->text.ptr);
  } else if (omadm_status_is_success(status)) {
    print_leaf(uri->text.ptr, &answer);
  } else {
    printf("%s (%u %s)\n", uri->text.ptr, status, omadm_status_text(status));
  }
}

static omadm_status walk(tree_run *run, const char *parent, omadm_str name);

/* Walks the children of a node; names as read_names gives them. */
static omadm_status walk_names(tree_run *run, const char *parent, const omadm_buf *names) {
  omadm_status worst = OMADM_ST_OK;
  for (size_t i = 0; i < names->len;) {
    omadm_str name = omadm_str_of(names->ptr + i);
    omadm_status status = walk(run, parent, name);
    if (!omadm_status_is_success(status)) worst = status;
    i += name.len + 1;
  }
  return worst;
}

/* Shows the child `name` of parent and what is below it. As deep as a URI may be at most. A node
   that vanished meanwhile, or that the server of --as may not read, is left out. */
static omadm_status walk(tree_run *run, const char *parent, omadm_str name) {
  tree_uri uri;
  omadm_buf text;
  omadm_buf names;
  omadm_node node = {0};
  omadm_answer answer = {0};
  omadm_buf_init(&text, NULL, 0);
  omadm_buf_init(&names, NULL, 0);
  omadm_err err = omadm_buf_printf(&text, "%s/", parent);
  if (err == 0) err = omadm_uri_write_name(name, &text);
  omadm_status status = cli_tree_uri_parse(&uri, run, omadm_buf_str(&text));
  if (err != 0) status = OMADM_ST_FAILED;
  if (status == OMADM_ST_OK)
    status = run->tree->resolve(run->tree->ctx, &run->origin, &uri.uri, &node);
  if (status == OMADM_ST_OK && cli_tree_check_right(run, &node, OMADM_ACCESS_GET) == OMADM_ST_OK) {
    show_node(run, &uri, &node);
    /* What is in ./Inbox is not read (OMA-TS-DM_StdObj 5.3.4). */
    if (node.format == OMADM_FORMAT_NODE && (node.access & OMADM_ACCESS_GET) != 0) {
      /* Showing may have asked a CSP: the node is looked up again. */
      status = run->tree->resolve(run->tree->ctx, &run->origin, &uri.uri, &node);
      if (status == OMADM_ST_OK) status = read_names(run, &node, &names, &answer);
      if (status == OMADM_ST_OK) status = walk_names(run, uri.text.ptr, &names);
    }
  }
  cli_tree_uri_dispose(&uri);
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&names);
  return status == OMADM_ST_NOT_FOUND ? OMADM_ST_OK : status;
}

static void show_names(const tree_run *run, const omadm_buf *names) {
  json_t *list = run->json != NULL ? json_array() : NULL;
  for (size_t i = 0; i < names->len; i += strlen(names->ptr + i) + 1) {
    if (list != NULL)
      json_array_append_new(list, json_string_nocheck(names->ptr + i));
    else
      puts(names->ptr + i);
  }
  if (list != NULL) json_object_set_new(run->json, "children", list);
}

cli_exit cli_tree_list(tree_run *run, tree_uri *uri, const omadm_node *node) {
  omadm_buf names;
  omadm_answer answer = {0};
  omadm_buf_init(&names, NULL, 0);
  omadm_status status = OMADM_ST_NOT_ALLOWED;
  if (node->format == OMADM_FORMAT_NODE)
    status = read_names(run, node, &names, &answer);
  else
    answer.detail = omadm_str_of("it is a leaf and has no children");
  if (status == OMADM_ST_OK) {
    if (cli_options_count(run->options, CLI_OPT_RECURSIVE) > 0)
      status = walk_names(run, uri->text.ptr, &names);
    else
      show_names(run, &names);
  }
  cli_exit code = cli_tree_judge(run, uri->text.ptr, status, &answer);
  omadm_buf_dispose(&names);
  return code;
}
