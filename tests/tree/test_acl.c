/* SPDX-License-Identifier: MIT */
#include <omadm/acl.h>

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static int allows(const char *acl, const char *server, unsigned right) {
  return omadm_acl_allows(omadm_str_of(acl), omadm_str_of(server), right);
}

enum {
  ADD = OMADM_ACCESS_ADD,
  DELETE = OMADM_ACCESS_DELETE,
  EXEC = OMADM_ACCESS_EXEC,
  GET = OMADM_ACCESS_GET,
  REPLACE = OMADM_ACCESS_REPLACE
};

static void each_word_grants_its_right(void **state) {
  (void)state;
  static const char *const acls[] = {"Add=S", "Delete=S", "Exec=S", "Get=S", "Replace=S"};
  static const unsigned rights[] = {ADD, DELETE, EXEC, GET, REPLACE};
  for (size_t i = 0; i < 5; i++) {
    for (size_t k = 0; k < 5; k++)
      assert_int_equal(allows(acls[i], "S", rights[k]), i == k);
  }
  /* There is no such right (OMA-TS-DM_TND 7.7.1.2). */
  assert_int_equal(allows("Copy=S", "S", OMADM_ACCESS_COPY), 0);
  assert_int_equal(allows("Get=*", "S", 0), 0);
}

static void servers_are_compared_octet_by_octet(void **state) {
  (void)state;
  assert_int_equal(allows("Get=ServerA", "servera", GET), 0);
  assert_int_equal(allows("Get=ServerA", "Server", GET), 0);
  assert_int_equal(allows("Get=Server", "ServerA", GET), 0);
  assert_int_equal(allows("Get=B+ServerA+C", "ServerA", GET), 1);
  assert_int_equal(allows("Get=*", "ServerA", GET), 1);
  assert_int_equal(allows("Get=*", "", GET), 1);
  assert_int_equal(allows("Get=B+*", "ServerA", GET), 1);
  assert_int_equal(allows("Get=a.b/c:d-\xC3\xA9", "a.b/c:d-\xC3\xA9", GET), 1);
}

static void a_right_named_twice_is_the_union(void **state) {
  (void)state;
  static const char acl[] = "Get=ServerA&Replace=ServerA&Get=ServerB";
  assert_int_equal(allows(acl, "ServerA", GET), 1);
  assert_int_equal(allows(acl, "ServerB", GET), 1);
  assert_int_equal(allows(acl, "ServerB", REPLACE), 0);
  assert_int_equal(allows(acl, "ServerA", GET | REPLACE), 1);
  assert_int_equal(allows(acl, "ServerB", GET | REPLACE), 0);
}

static void what_is_malformed_grants_nothing(void **state) {
  (void)state;
  static const char *const acls[] = {
      "",       "Get",     "Get=",   "=S",       "Get=*&",      "&Get=*",        "Get=*&&Add=*",
      "get=*",  "Get=S+",  "Get=+S", "Get=S++T", "Get=*&Foo=*", "Get=*&Add",     "Get=*&Add=",
      "Get==*", "Get=S=T", "Get =*", "Get=* ",   " Get=*",      "Get=*&Add=a b", "Get=*\n",
      "Get=a*", "Get=**",
  };
  for (size_t i = 0; i < sizeof acls / sizeof *acls; i++) {
    assert_int_equal(allows(acls[i], "S", GET), 0);
    assert_int_equal(allows(acls[i], "*", GET), 0);
  }
  assert_int_equal(omadm_acl_allows((omadm_str){NULL, 0}, omadm_str_of("S"), GET), 0);
  assert_int_equal(omadm_acl_allows((omadm_str){"Get=*\0", 6}, omadm_str_of("S"), GET), 0);
}

/* The tree of OMA-TS-DM_TND 7.7.1.6 with the effective ACL of each node. */
static const struct {
  const char *node, *effective;
} tree[] = {
    {".", "Add=*&Get=*"},
    {"./NodeA", "Get=ServerC&Replace=ServerC"},
    {"./NodeA/Node1", "Get=*"},
    {"./NodeB", "Get=ServerA&Replace=ServerA"},
    {"./NodeB/Node2", "Get=ServerA&Replace=ServerA"},
    {"./NodeB/Node3", "Get=ServerB&Replace=ServerB&Delete=ServerB"},
    {"./NodeB/Node3/Node4", "Get=ServerB&Replace=ServerB&Delete=ServerB"},
    {"./NodeB/Node3/Node5", "Get=ServerA+ServerB&Replace=ServerA"},
};

static int node_allows(const char *node, const char *server, unsigned right) {
  for (size_t i = 0; i < sizeof tree / sizeof *tree; i++) {
    if (strcmp(tree[i].node, node) == 0) return allows(tree[i].effective, server, right);
  }
  fail_msg("no node %s", node);
  return 0;
}

static void the_worked_tree_answers_as_the_standard_says(void **state) {
  (void)state;
  static const char *const servers[] = {"ServerA", "ServerB", "ServerC"};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(node_allows("./NodeA/Node1", servers[i], GET), 1);
    assert_int_equal(node_allows("./NodeA/Node1", servers[i], REPLACE), 0);
    assert_int_equal(node_allows("./NodeA/Node1", servers[i], DELETE), 0);
    /* The ACL of a leaf is its parent's to change: only ServerC may. */
    assert_int_equal(node_allows("./NodeA", servers[i], REPLACE), i == 2);
    assert_int_equal(node_allows("./NodeB/Node3/Node5", servers[i], REPLACE), i == 0);
    /* Node5's ACL: ServerB by Replace on Node3. */
    assert_int_equal(node_allows("./NodeB/Node3", servers[i], REPLACE), i == 1);
    assert_int_equal(node_allows("./NodeB/Node3", servers[i], DELETE), i == 1);
    assert_int_equal(node_allows("./NodeB/Node3/Node4", servers[i], DELETE), i == 1);
    assert_int_equal(node_allows("./NodeB/Node2", servers[i], GET), i == 0);
    assert_int_equal(node_allows("./NodeB", servers[i], DELETE), 0);
    assert_int_equal(node_allows(".", servers[i], ADD), 1);
    assert_int_equal(node_allows(".", servers[i], REPLACE), 0);
  }
}

static void what_is_an_acl_is_told_from_what_is_none(void **state) {
  (void)state;
  static const char *const right[] = {"",        "Get=*",        "Get=a+b&Get=c",
                                      "Add=*+a", "Exec=a/b.c:d", "Get=\xC3\xA4"};
  static const char *const wrong[] = {"Get",     "Get=",   "Get=a&",  "&Get=a",   "Get=a&&Add=b",
                                      "Copy=a",  "get=a",  "Get=a b", "Get=a++b", "Get=a+",
                                      "Get=a=b", "Get=a*", "=a",      " Get=a"};
  for (size_t i = 0; i < sizeof right / sizeof *right; i++)
    assert_int_equal(omadm_acl_check(omadm_str_of(right[i])), OMADM_OK);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(omadm_acl_check(omadm_str_of(wrong[i])), OMADM_E_SYNTAX);
}

static void a_server_is_taken_out(void **state) {
  (void)state;
  static const struct {
    const char *before;
    unsigned open;
    const char *after;
  } rows[] = {
      {"Get=a+b&Add=b", 0, "Get=b&Add=b"},
      {"Get=a", 0, ""},
      {"Get=a&Add=a", GET | ADD, "Get=*&Add=*"},
      {"Get=a&Replace=a+a&Add=ab", GET, "Get=*&Add=ab"},
      {"Exec=*+a", 0, "Exec=*"},
      {"", GET, ""},
  };
  const omadm_str a = OMADM_STR("a"), bad = OMADM_STR("Get");
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    out.len = 0;
    assert_int_equal(omadm_acl_remove(omadm_str_of(rows[i].before), a, rows[i].open, &out),
                     OMADM_OK);
    assert_true(omadm_str_is(omadm_buf_str(&out), rows[i].after));
  }
  out.len = 0;
  assert_int_equal(omadm_acl_remove(bad, a, 0, &out), OMADM_E_SYNTAX);
  assert_int_equal(out.len, 0);
  omadm_buf_dispose(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_an_acl_is_told_from_what_is_none),
      cmocka_unit_test(a_server_is_taken_out),
      cmocka_unit_test(each_word_grants_its_right),
      cmocka_unit_test(servers_are_compared_octet_by_octet),
      cmocka_unit_test(a_right_named_twice_is_the_union),
      cmocka_unit_test(what_is_malformed_grants_nothing),
      cmocka_unit_test(the_worked_tree_answers_as_the_standard_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
