/* SPDX-License-Identifier: MIT */
/* Much of everything, and memory that runs out. */
#include <stdio.h>
#include <stdlib.h>

#include "probe.h"

#define WIDE "./Vendor/Test/Wide"

static const char wide[] =
    DDF(ROOT("Wide", "./Vendor/Test",
             LEAF_OF("Text", GR, "chr", ONE, "Permanent", "x")
                 INNER("", ADG, MANY, "Dynamic", LEAF("Name", ADGR, "chr", MAYBE, "Dynamic"))));

static void many_siblings_are_listed_once_each(void **state) {
  rig *r = rig_new(NULL);
  char uri[100];
  uint64_t cursor = 0;
  size_t n = 0;
  enum { SIBLINGS = 5000 };
  (void)state;
  rig_mount(r, "wide.xml", wide);
  for (int i = 0; i < SIBLINGS; i++) {
    snprintf(uri, sizeof uri, WIDE "/n%d", i);
    rig_poke(r, uri, "");
    if (i == SIBLINGS / 2) rig_settle(r);
  }
  assert_int_equal(rig_resolve(r, WIDE), 200);
  omadm_status status = OMADM_ST_OK;
  while (status != OMADM_ST_END) {
    status = r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer);
    if (status == OMADM_ST_PENDING) {
      r->waiting = r->answer.token;
      r->arrived = false;
      assert_int_equal(rig_wait(r), 200);
      continue;
    }
    n += status == OMADM_ST_OK;
  }
  assert_int_equal(n, SIBLINGS + 1);
  assert_int_equal(rig_remove(r, WIDE "/n17"), 200);
  assert_int_equal(rig_resolve(r, WIDE "/n18"), 200);
  assert_int_equal(rig_resolve(r, WIDE "/n17"), 404);
  rig_free(r);
}

/* A DDF as deep as may be: unnamed nodes one in the other. */
static char *deep_ddf(int depth) {
  const char *node = "<Node><NodeName/><DFProperties><AccessType><Add/><Delete/><Get/></"
                     "AccessType><DFFormat><node/></DFFormat>"
                     "<Occurrence><ZeroOrMore/></Occurrence></DFProperties>";
  size_t room = (size_t)depth * (strlen(node) + 8) + 1000;
  char *text = calloc(1, room);
  assert_non_null(text);
  strcat(text,
         "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Deep</NodeName><Path>./Vendor</"
         "Path><DFProperties><AccessType><Get/>"
         "</AccessType><DFFormat><node/></DFFormat><Scope><Permanent/></Scope></DFProperties>");
  for (int i = 0; i < depth; i++)
    strcat(text, node);
  for (int i = 0; i < depth + 1; i++)
    strcat(text, "</Node>");
  strcat(text, "</MgmtTree>");
  return text;
}

static void a_deep_path_is_made_and_removed_at_once(void **state) {
  enum { DEPTH = 60 };
  rig *r = rig_new(NULL);
  char *text = deep_ddf(DEPTH);
  char uri[1000] = "./Vendor/Deep";
  (void)state;
  rig_mount(r, "deep.xml", text);
  free(text);
  for (int i = 0; i < DEPTH; i++)
    strcat(uri, "/x");
  assert_int_equal(rig_add(r, uri, OMADM_FORMAT_NODE, NULL), 200);
  assert_int_equal(rig_resolve(r, uri), 200);
  assert_int_equal(rig_remove(r, "./Vendor/Deep/x"), 200);
  assert_int_equal(rig_resolve(r, uri), 404);
  rig_expect_children(r, "./Vendor/Deep", "");
  strcat(uri, "/x");
  assert_int_equal(rig_resolve(r, uri), 404);
  rig_free(r);
}

/* An allocator whose n-th call fails. */
typedef struct counted {
  long left;
} counted;

static void *count_alloc(void *ctx, size_t n) {
  counted *c = ctx;
  return c->left-- > 0 ? malloc(n) : NULL;
}

static void *count_resize(void *ctx, void *p, size_t n) {
  counted *c = ctx;
  return c->left-- > 0 ? realloc(p, n) : NULL;
}

static void count_release(void *ctx, void *p) {
  (void)ctx;
  free(p);
}

/* A little of everything; nothing is expected of the answers but that they are answers. */
static bool everything(const omadm_mem *mem, omadm_store *store, unsigned flags) {
  omadm_framework_config config;
  omadm_framework *f = NULL;
  omadm_ddf *ddf = NULL;
  omadm_framework_config_init(&config);
  config.mem = mem;
  config.store = store;
  config.host_flags = flags;
  if (omadm_framework_new(&config, &f, NULL) != 0) return false;
  assert_int_equal(omadm_ddf_parse(omadm_str_of(wide), "wide.xml", NULL, NULL, &ddf, NULL), 0);
  bool mounted = omadm_framework_mount_ddf(f, ddf, NULL) == 0;
  if (omadm_framework_mount_csp(f, &probe_csp, "probe", NULL) != 0) mounted = false;
  const omadm_alert alert = {.type = OMADM_STR("t")};
  omadm_framework_raise(f, (omadm_str){NULL, 0}, &alert);
  rig r = {
      .framework = f, .tree = omadm_framework_tree(f), .origin = {.server_id = OMADM_STR("s")}};
  omadm_error ignored;
  const omadm_str name = OMADM_STR(WIDE "/p/Name"), value = OMADM_STR("v"), none = {NULL, 0};
  omadm_framework_poke(f, name, OMADM_FORMAT_ABSENT, none, value, &ignored);
  const omadm_verb verbs[] = {OMADM_VERB_REPLACE, OMADM_VERB_GET, OMADM_VERB_ADD,
                              OMADM_VERB_REPLACE, OMADM_VERB_ADD, OMADM_VERB_DELETE,
                              OMADM_VERB_EXEC};
  const char *uris[] = {WIDE "/Text",
                        WIDE "/Text",
                        WIDE "/a/Name",
                        "./Vendor/Probe/Value",
                        "./Vendor/Probe/Box/b/Name",
                        WIDE "/a",
                        "./Vendor/Probe/Run"};
  r.tree->begin(r.tree->ctx, &r.origin);
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    omadm_status status = rig_start(&r, verbs[i], uris[i], "y");
    assert_true(status == OMADM_ST_PENDING || (status >= 200 && status < 600));
    for (int n = 0; n < 4; n++)
      omadm_framework_pump(f, 0);
    if (i == 4) r.tree->commit(r.tree->ctx, NULL, NULL, 0);
  }
  uint64_t cursor = 0;
  if (rig_resolve(&r, WIDE) == 200)
    r.tree->list(r.tree->ctx, &r.origin, &r.node, &cursor, &r.answer);
  r.tree->settle(r.tree->ctx);
  omadm_framework_free(f);
  return mounted;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  const unsigned flags[] = {0, OMADM_HOST_LATE};
  for (size_t i = 0; i < 2; i++) {
    long used = 0;
    for (long limit = 0;; limit++) {
      counted c = {limit};
      const omadm_mem mem = {&c, count_alloc, count_resize, count_release};
      omadm_store *store = NULL;
      probe_reset();
      assert_int_equal(omadm_store_new_memory(&store, NULL), 0);
      bool mounted = everything(&mem, store, flags[i]);
      omadm_store_close(store);
      used = limit;
      if (mounted && c.left > 0) break;
    }
    assert_true(used > 20);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_siblings_are_listed_once_each),
      cmocka_unit_test(a_deep_path_is_made_and_removed_at_once),
  };
  const struct CMUnitTest once[] = {cmocka_unit_test(memory_may_run_out_anywhere)};
  int failed = rig_run("limits", tests, sizeof tests / sizeof *tests);
  return failed + cmocka_run_group_tests_name("memory", once, NULL, NULL);
}
