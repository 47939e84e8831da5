/* SPDX-License-Identifier: MIT */
/* A DDF's structure: MgmtTree, Node, Path (OMA-TS-DM_TND 9.4.1). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/str.h"
#include "csp-framework/allowed/allowed.h"
#include "csp-framework/ddf/document.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/properties.h"

enum node_part { NAME, PATH, RT_PROPERTIES, DF_PROPERTIES, CHILD, VALUE, NODE_PARTS };

static const ddf_word node_words[NODE_PARTS] = {
    [NAME] = {"NodeName", false, false, 0},
    [PATH] = {"Path", false, false, 1},
    [RT_PROPERTIES] = {"RTProperties", false, false, 2},
    [DF_PROPERTIES] = {"DFProperties", false, false, 3},
    [CHILD] = {"Node", false, true, 4},
    [VALUE] = {"Value", false, false, 4},
};

enum tree_part { VER_DTD, MAN, MOD, DIAGNOSTICS, TOP_NODE, TREE_PARTS };

static const ddf_word tree_words[TREE_PARTS] = {
    [VER_DTD] = {"VerDTD", false, false, 0}, [MAN] = {"Man", false, false, 1},
    [MOD] = {"Mod", false, false, 2},        [DIAGNOSTICS] = {"Diagnostics", true, false, 3},
    [TOP_NODE] = {"Node", false, true, 4},
};

typedef struct reader {
  ddf_document document;
  ddf_complaints complaints;
  omadm_ddf *ddf;
  size_t base_depth; /* segments of the path of the root being read */
} reader;

static omadm_err no_memory(reader *r) {
  ddf_complain(&r->complaints, OMADM_E_NOMEM, 0, "no memory to read it");
  return OMADM_E_NOMEM;
}

static bool is_rule(omadm_str name) {
  return omadm_str_is(name, "AllowedValues") || omadm_str_is(name, "DependencyAllowedValue") ||
         omadm_str_is(name, "DependencyChangedAllowedValues");
}

/* How many nodes and rules there can be in the tree. */
static void count_elements(const xmlNode *top, size_t *nodes, size_t *rules) {
  const xmlNode *node = top;
  while (node != NULL) {
    bool element = node->type == XML_ELEMENT_NODE;
    omadm_str name = element ? ddf_element_name(node) : (omadm_str){"", 0};
    *nodes += omadm_str_is(name, "Node");
    *rules += is_rule(name);
    const xmlNode *next = element ? node->children : NULL;
    while (next == NULL && node != NULL && node != top) {
      next = node->next;
      if (next == NULL) node = node->parent;
    }
    node = next;
  }
}

/* Makes room for all that the tree holds. */
static omadm_err make_room(reader *r, const xmlNode *tree) {
  omadm_ddf *ddf = r->ddf;
  size_t nodes = 0;
  size_t rules = 0;
  count_elements(tree, &nodes, &rules);
  if (nodes > DDF_MAX_NODES || rules > DDF_MAX_ALLOWED) {
    bool by_nodes = nodes > DDF_MAX_NODES;
    ddf_complain(&r->complaints, OMADM_E_LIMIT, 0,
                 "is larger than any DDF (%zu %s, at most %d are read)", by_nodes ? nodes : rules,
                 by_nodes ? "nodes" : "rules for values",
                 by_nodes ? DDF_MAX_NODES : DDF_MAX_ALLOWED);
    return OMADM_E_LIMIT;
  }
  size_t roots = nodes < DDF_MAX_ROOTS ? nodes : DDF_MAX_ROOTS;
  ddf->nodes = omadm_arena_alloc(&ddf->arena, nodes * sizeof *ddf->nodes);
  ddf->roots = omadm_arena_new(&ddf->arena, roots, sizeof *ddf->roots);
  ddf->allowed = omadm_arena_alloc(&ddf->arena, rules * sizeof *ddf->allowed);
  ddf->allowed_max = (uint32_t)rules;
  if (ddf->nodes == NULL || ddf->roots == NULL || ddf->allowed == NULL) return no_memory(r);
  return 0;
}

/* ---- names and paths ---- */

/* NULL, or why this cannot be the name of a node (OMA-TS-DM_TND 5). */
static const char *name_fault(omadm_str name) {
  if (memchr(name.ptr, '/', name.len) != NULL)
    return "holds a /, which parts names: use one Node for each part, or Path";
  if (omadm_str_is(name, ".") || omadm_str_is(name, "..")) return "is a step in a path, not a name";
  for (size_t i = 0; i < name.len; i++) {
    if ((unsigned char)name.ptr[i] < 0x20) return "holds a line break or another control character";
  }
  return NULL;
}

static omadm_err read_name(reader *r, const xmlNode *node, const xmlNode *element,
                           omadm_str *name) {
  *name = (omadm_str){"", 0};
  if (element == NULL) {
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(node),
                 "a Node without NodeName (a node that the server names has an empty one)");
    return 0;
  }
  omadm_str text = ddf_document_text(&r->document, element);
  omadm_str trimmed = omadm_str_trim(text);
  if (trimmed.len == 0) return 0;
  int n = trimmed.len < 60 ? (int)trimmed.len : 60;
  if (trimmed.len != text.len)
    ddf_warn(&r->complaints, DDF_DEVIATION_NAME_SPACE, ddf_line(element), "\"%.*s\"", n,
             trimmed.ptr);
  if (omadm_str_is(trimmed, "*")) {
    ddf_warn(&r->complaints, DDF_DEVIATION_NAME_STAR, ddf_line(element), "NodeName");
    return 0;
  }
  const char *fault = name_fault(trimmed);
  if (fault != NULL) {
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(element), "the name \"%.*s\" %s", n,
                 trimmed.ptr, fault);
  }
  *name = omadm_arena_copy(&r->ddf->arena, trimmed);
  return name->ptr != NULL ? 0 : no_memory(r);
}

/* Counts the segments of "./A/B"; complains of the first one that leads nowhere. */
static size_t count_segments(reader *r, omadm_str path, const xmlNode *where) {
  size_t n = 0;
  const char *fault = NULL;
  for (size_t i = 1; i < path.len && fault == NULL; n++) {
    size_t end = i + 1;
    while (end < path.len && path.ptr[end] != '/')
      end++;
    omadm_str segment = {path.ptr + i + 1, end - i - 1};
    fault = segment.len > 0 ? name_fault(segment) : "holds an empty segment";
    if (fault != NULL) {
      ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(where),
                   "in the path \"%.*s\": \"%.*s\" %s", (int)(path.len < 100 ? path.len : 100),
                   path.ptr, (int)(segment.len < 60 ? segment.len : 60), segment.ptr, fault);
    }
    i = end;
  }
  return n;
}

/* "./A/B" of what Path holds; "." where there is none. */
static omadm_err read_path(reader *r, const xmlNode *element, omadm_str *path) {
  *path = (omadm_str){".", 1};
  r->base_depth = 0;
  omadm_str written = omadm_str_trim(ddf_document_text(&r->document, element));
  omadm_str rest = written;
  if (rest.len > 0 && rest.ptr[0] == '.' && (rest.len == 1 || rest.ptr[1] == '/'))
    rest = (omadm_str){rest.ptr + 1, rest.len - 1};
  while (rest.len > 0 && rest.ptr[0] == '/')
    rest = (omadm_str){rest.ptr + 1, rest.len - 1};
  while (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
    rest.len--;
  if (rest.len == 0) return 0;
  char *copy = omadm_arena_alloc(&r->ddf->arena, rest.len + 3);
  if (copy == NULL) return no_memory(r);
  memcpy(copy, "./", 2);
  memcpy(copy + 2, rest.ptr, rest.len);
  copy[rest.len + 2] = '\0';
  *path = (omadm_str){copy, rest.len + 2};
  if (!omadm_str_equal(*path, written))
    ddf_warn(&r->complaints, DDF_DEVIATION_PATH_SPELLING, ddf_line(element), "Path");
  r->base_depth = count_segments(r, *path, element);
  return 0;
}

/* ---- nodes ---- */

static omadm_err read_node(reader *r, const xmlNode *element, const xmlNode **part, uint32_t parent,
                           size_t depth, uint32_t *number);

static omadm_err read_children(reader *r, const xmlNode *first, uint32_t parent, size_t depth) {
  uint32_t *link = &r->ddf->nodes[parent].first_child;
  for (const xmlNode *e = ddf_element_from(first); e != NULL; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, "Node", false)) continue;
    const xmlNode *part[NODE_PARTS];
    ddf_document_split(&r->document, e, node_words, NODE_PARTS, part);
    if (part[PATH] != NULL && omadm_str_trim(ddf_document_text(&r->document, part[PATH])).len > 0) {
      ddf_warn(&r->complaints, DDF_DEVIATION_INNER_PATH, ddf_line(part[PATH]), "Path");
    }
    uint32_t child = OMADM_DDF_NONE;
    omadm_err err = read_node(r, e, part, parent, depth + 1, &child);
    if (err != 0) return err;
    *link = child;
    link = &r->ddf->nodes[child].next_sibling;
  }
  return 0;
}

/* Reads a Node and all below it; depth is the number of its own segment. Fails only where reading
 * cannot go on. */
static omadm_err read_node(reader *r, const xmlNode *element, const xmlNode **part, uint32_t parent,
                           size_t depth, uint32_t *number) {
  omadm_ddf *ddf = r->ddf;
  if (r->base_depth + depth > DDF_MAX_DEPTH) {
    ddf_complain(&r->complaints, OMADM_E_LIMIT, ddf_line(element),
                 "a node deeper than any URI (%d segments)", DDF_MAX_DEPTH);
    return OMADM_E_LIMIT;
  }
  *number = ddf->node_count++;
  omadm_ddf_node *node = &ddf->nodes[*number];
  *node = (omadm_ddf_node){
      .parent = parent, .first_child = OMADM_DDF_NONE, .next_sibling = OMADM_DDF_NONE};
  node->line = ddf_line(element);
  omadm_err err = read_name(r, element, part[NAME], &node->name);
  if (err != 0) return err;
  const ddf_source source = {.node = element,
                             .df_properties = part[DF_PROPERTIES],
                             .rt_properties = part[RT_PROPERTIES],
                             .value = part[VALUE],
                             .has_children = part[CHILD] != NULL};
  err = ddf_properties_read(&r->document, ddf, &source, node);
  if (err != 0) return no_memory(r);
  return part[CHILD] != NULL ? read_children(r, part[CHILD], *number, depth) : 0;
}

static omadm_err add_root(reader *r, const xmlNode *element, const xmlNode **part, omadm_str path) {
  if (r->ddf->root_count == DDF_MAX_ROOTS) {
    ddf_complain(&r->complaints, OMADM_E_LIMIT, ddf_line(element), "more than %d roots",
                 DDF_MAX_ROOTS);
    return OMADM_E_LIMIT;
  }
  omadm_ddf_root *root = &r->ddf->roots[r->ddf->root_count++];
  root->path = path;
  return read_node(r, element, part, OMADM_DDF_NONE, 1, &root->node);
}

/* A top-level Node. One named "." describes the root of the tree, as some vendors' files do: its
 * children are the roots. */
static omadm_err read_top(reader *r, const xmlNode *element) {
  const xmlNode *part[NODE_PARTS];
  ddf_document_split(&r->document, element, node_words, NODE_PARTS, part);
  omadm_str path;
  omadm_err err = read_path(r, part[PATH], &path);
  bool is_tree = err == 0 && path.len == 1 && part[CHILD] != NULL &&
                 omadm_str_is(omadm_str_trim(ddf_document_text(&r->document, part[NAME])), ".");
  if (!is_tree) return err != 0 ? err : add_root(r, element, part, path);
  ddf_warn(&r->complaints, DDF_DEVIATION_NAME_ROOT, ddf_line(element), "Node");
  if (ddf_element_child(part[RT_PROPERTIES], "ACL", false) != NULL)
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(part[RT_PROPERTIES]),
                 "the ACL of the root of the tree would be skipped: that one is the accounts'");
  for (const xmlNode *e = part[CHILD]; e != NULL && err == 0; e = ddf_element_from(e->next)) {
    if (!ddf_element_is(e, "Node", false)) continue;
    const xmlNode *child_part[NODE_PARTS];
    ddf_document_split(&r->document, e, node_words, NODE_PARTS, child_part);
    err = read_path(r, child_part[PATH], &path);
    if (err == 0) err = add_root(r, e, child_part, path);
  }
  return err;
}

/* ---- the whole ---- */

static void check_version(reader *r, const xmlNode *tree, const xmlNode *ver_dtd) {
  omadm_str text = omadm_str_trim(ddf_document_text(&r->document, ver_dtd));
  if (text.len == 0) {
    ddf_warn(&r->complaints, DDF_DEVIATION_NO_VERSION, ddf_line(tree), "MgmtTree");
  } else if (omadm_str_is(text, "1.1")) {
    ddf_warn(&r->complaints, DDF_DEVIATION_VERSION, ddf_line(ver_dtd), "VerDTD");
  } else if (!omadm_str_is(text, "1.2")) {
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(ver_dtd),
                 "VerDTD is \"%.*s\"; DDF 1.2 is read here", (int)(text.len < 40 ? text.len : 40),
                 text.ptr);
  }
}

static bool read_diagnostics(reader *r, const xmlNode *element) {
  omadm_str text = omadm_str_trim(ddf_document_text(&r->document, element));
  r->ddf->diagnostics = omadm_arena_copy(&r->ddf->arena, text);
  return r->ddf->diagnostics.ptr != NULL;
}

static omadm_err read_tree(reader *r) {
  omadm_ddf *ddf = r->ddf;
  const xmlNode *tree = xmlDocGetRootElement(r->document.xml);
  const xmlNode *part[TREE_PARTS];
  if (tree == NULL || !omadm_str_is(ddf_element_name(tree), "MgmtTree")) {
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, tree != NULL ? ddf_line(tree) : 0,
                 "not a DDF: the root element is %s, not MgmtTree",
                 tree != NULL ? (const char *)tree->name : "missing");
    return OMADM_E_SYNTAX;
  }
  if (tree->ns != NULL && !xmlStrEqual(tree->ns->href, BAD_CAST "syncml:dmddf1.2")) {
    ddf_warn(&r->complaints, DDF_DEVIATION_NAMESPACE, ddf_line(tree), "MgmtTree");
  }
  ddf_document_split(&r->document, tree, tree_words, TREE_PARTS, part);
  check_version(r, tree, part[VER_DTD]);
  if (part[TOP_NODE] == NULL) {
    ddf_complain(&r->complaints, OMADM_E_SYNTAX, ddf_line(tree), "MgmtTree holds no Node");
    return OMADM_E_SYNTAX;
  }
  omadm_err err = make_room(r, tree);
  if (err != 0) return err;
  if (!read_diagnostics(r, part[DIAGNOSTICS])) return no_memory(r);
  for (const xmlNode *e = part[TOP_NODE]; e != NULL && err == 0; e = ddf_element_from(e->next)) {
    if (ddf_element_is(e, "Node", false)) err = read_top(r, e);
  }
  if (err == 0 && ddf_index_build(ddf, &r->complaints) != 0) err = no_memory(r);
  if (err == 0 && allowed_compile(ddf, &r->complaints) != 0) err = no_memory(r);
  for (uint32_t i = 0; i < ddf->node_count; i++)
    ddf->nodes[i].line += r->complaints.line_offset;
  for (uint32_t i = 0; i < ddf->allowed_count; i++)
    ddf->allowed[i].line += r->complaints.line_offset;
  return err;
}

omadm_err omadm_ddf_parse(omadm_str text, const char *name, omadm_ddf_report report, void *ctx,
                          omadm_ddf **ddf, omadm_error *error) {
  *ddf = NULL;
  reader r = {.complaints = {.name = name, .report = report, .ctx = ctx, .error = error}};
  r.ddf = omadm_mem_new(&omadm_mem_default, 1, sizeof *r.ddf);
  if (r.ddf == NULL) return no_memory(&r);
  omadm_arena_init(&r.ddf->arena, &omadm_mem_default, 0);
  r.ddf->name = omadm_arena_copy(&r.ddf->arena, omadm_str_of(name)).ptr;
  omadm_err err =
      r.ddf->name != NULL ? ddf_document_parse(&r.document, &r.complaints, text) : no_memory(&r);
  if (err == 0) err = read_tree(&r);
  /* The code is that of the first complaint, whatever ended the reading. */
  if (r.complaints.first != 0) err = r.complaints.first;
  ddf_document_dispose(&r.document);
  if (err != 0) {
    omadm_ddf_free(r.ddf);
  } else {
    *ddf = r.ddf;
  }
  return err;
}

static omadm_err read_file(const char *path, omadm_buf *text) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0) return OMADM_E_IO;
  omadm_err err = fstat(fd, &st) != 0 ? OMADM_E_IO : 0;
  if (err == 0 && !S_ISREG(st.st_mode)) {
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    err = OMADM_E_IO;
  }
  if (err == 0) err = omadm_buf_reserve(text, st.st_size > 0 ? (size_t)st.st_size + 1 : 4096);
  while (err == 0) {
    err = omadm_buf_reserve(text, text->cap > text->len ? 0 : 1);
    if (err != 0) break;
    ssize_t n = read(fd, text->ptr + text->len, text->cap - text->len);
    if (n == 0) break;
    if (n > 0) text->len += (size_t)n;
    if (n < 0 && errno != EINTR) err = OMADM_E_IO;
  }
  int saved = errno;
  close(fd);
  errno = saved;
  return err;
}

omadm_err omadm_ddf_read(const char *path, omadm_ddf_report report, void *ctx, omadm_ddf **ddf,
                         omadm_error *error) {
  *ddf = NULL;
  ddf_complaints complaints = {.name = path, .report = report, .ctx = ctx, .error = error};
  omadm_buf text;
  omadm_buf_init(&text, &omadm_mem_default, DDF_MAX_FILE + 1);
  omadm_err err = read_file(path, &text);
  if (err == OMADM_E_IO) {
    ddf_complain(&complaints, err, 0, "cannot be read: %s", strerror(errno));
  } else if (err == OMADM_E_LIMIT) {
    ddf_complain(&complaints, err, 0, DDF_TOO_LARGE, DDF_MAX_FILE);
  } else if (err != 0) {
    ddf_complain(&complaints, err, 0, "cannot be read: %s", omadm_err_text(err));
  } else {
    err = omadm_ddf_parse(omadm_buf_str(&text), path, report, ctx, ddf, error);
  }
  omadm_buf_dispose(&text);
  return err;
}
