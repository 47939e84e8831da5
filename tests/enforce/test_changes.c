/* SPDX-License-Identifier: MIT */
/* Allowed values, Atomic, lists that grow, reboots and what is deprecated, where a transcript
 * cannot show it: plugins, the log, the device itself, large values. */
#include "shapes.h"

#include <stdio.h>
#include <stdlib.h>

#define ATOMIC "<MSFT:AtomicRequired/>"
#define APPEND "<MSFT:ReplaceBehavior>Append</MSFT:ReplaceBehavior>"
#define REBOOT(how) "<MSFT:RebootBehavior>" how "</MSFT:RebootBehavior>"
#define OLD "<MSFT:Deprecated OsBuildDeprecated=\"10.0.19041\"/>"
#define BLANK "<DefaultValue>blank</DefaultValue>"

static const char plugin_text[] = EXTENDED(
    ROOT("Probe", "./Vendor",
         FIXED("Color", GR, ENUM("red", "green")) FIXED("Tags", GR, LIST_OF("a", "b") APPEND)
             FIXED("Pin", "<Replace/>", ENUM("1234", "5678"))));

static const char stored_text[] = EXTENDED(ROOT(
    "Store", "./Vendor/Test",
    FIXED("Color", GR, ENUM("red", "green")) FIXED("Pin", "<Replace/>", ENUM("1234", "5678"))
        FIXED("Guarded", GR, ATOMIC) FIXED("Tags", GR, LIST_OF("a", "b") APPEND)
            FIXED("Boot", GR, REBOOT("Automatic") ENUM("x", "y"))
                FIXED("Ask", GR, REBOOT("ServerInitiated"))
                    INNER("Many", G, ONE, "Permanent",
                          RULED("", ADGR, MANY, "Dynamic", "", REBOOT("ServerInitiated")))
                        INNER("Sets", G, ONE, "Permanent",
                              INNER("", ADGR, MANY, "Dynamic",
                                    RULED("Safe", ADGR, MAYBE, "Dynamic", "", ATOMIC)))
                            FIXED("Old", GR, OLD) RULED("Toned", GR, ONE, "Permanent", BLANK,
                                                        ENUM("red", "green"))
                                FIXED("Long", GR,
                                      "<MSFT:AllowedValues "
                                      "ValueType=\"RegEx\"><MSFT:Value>a*</MSFT:Value><MSFT:List "
                                      "Delimiter=\";\"/></MSFT:AllowedValues>")));

#define PROBE "./Vendor/Probe"
#define STORE "./Vendor/Test/Store"

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  rig_mount_csp(r, plugin_of(plugin_text));
  rig_mount(r, "store.xml", stored_text);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void be_the_device(rig *r) {
  r->origin.server_id = (omadm_str){NULL, 0};
}

static void a_plugin_is_not_asked_for_a_value_that_is_forbidden(void **state) {
  rig *r = *state;
  probe_calls[0] = '\0';
  assert_int_equal(rig_replace(r, PROBE "/Color", "pink"), 415);
  assert_string_equal(probe_calls, "");
  assert_int_equal(rig_replace(r, PROBE "/Color", "green"), 200);
}

static void a_forbidden_value_that_a_plugin_gives_is_500_and_logged(void **state) {
  rig *r = *state;
  assert_int_equal(rig_get(r, PROBE "/Color"), 500); /* it has none yet: empty */
  assert_non_null(strstr(r->log, "CSP Probe: ./Vendor/Probe/Color"));
  assert_non_null(strstr(r->log, "is forbidden"));
}

static void the_rule_that_failed_is_in_the_answer_and_in_the_log(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Color", "pink"), 415);
  assert_non_null(strstr(r->detail, "AllowedValues ENUM"));
  assert_non_null(strstr(r->log, STORE "/Color: refused with 415"));
  assert_non_null(strstr(r->log, "AllowedValues ENUM"));
}

static void of_a_value_that_nobody_reads_nothing_is_told(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Pin", "0815"), 415);
  assert_int_equal(rig_replace(r, PROBE "/Pin", "0815"), 415);
  assert_null(strstr(r->log, "0815"));
  assert_null(strstr(r->detail, "0815"));
  assert_string_equal(r->detail, "AllowedValues ENUM in line 1 of its DDF");
  assert_null(strstr(r->log, "the value"));
}

/* Nothing else than an empty value, or the default, which no rule forbids. */
static void what_is_given_without_data_is_judged_too(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Color", "red"), 200);
  assert_int_equal(rig_replace(r, STORE "/Color", NULL), 415);
  rig_expect(r, STORE "/Color", "red");
  assert_int_equal(rig_replace(r, STORE "/Toned", "red"), 200);
  assert_int_equal(rig_replace(r, STORE "/Toned", NULL), 200);
  rig_expect(r, STORE "/Toned", "blank");
}

static omadm_status check(rig *r, const char *uri, const char *value) {
  const omadm_value given = {.data = omadm_str_of(value), .has_data = 1};
  const omadm_str itself = {NULL, 0};
  assert_int_equal(rig_resolve(r, uri), 200);
  return r->tree->check(r->tree->ctx, &r->origin, &r->node, OMADM_VERB_REPLACE, itself, &given,
                        &r->answer);
}

static void a_forbidden_value_is_known_before_it_is_set(void **state) {
  rig *r = *state;
  assert_int_equal(check(r, STORE "/Color", "green"), 200);
  assert_int_equal(check(r, STORE "/Color", "pink"), 415);
  assert_non_null(memmem(r->answer.detail.ptr, r->answer.detail.len, "AllowedValues ENUM", 18));
  assert_int_equal(check(r, STORE "/Tags", "c"), 200); /* that is known with the whole list */
  rig_expect(r, STORE "/Color", "");
}

static const char *given; /* by the plugin */

static omadm_status get_given(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  assert_int_equal(probe_services->value(probe_host, r->token, omadm_str_of(given)), 0);
  return OMADM_ST_OK;
}

static void a_plugin_may_give_the_default_and_what_a_group_allows(void **state) {
  static const char text[] =
      EXTENDED(ROOT("Probe", "./Vendor",
                    RULED("Toned", GR, ONE, "Permanent", BLANK, ENUM("red", "green"))
                        FIXED("Shade", GR,
                              ENUM("red", "green") DEPENDS_CHANGING(
                                  "Vendor/Test/Store/Color", "red",
                                  ONE_OF("DependencyChangedAllowedValues", "light", "dark")))));
  static const struct {
    const char *uri, *value;
    omadm_status status;
  } rows[] = {
      {PROBE "/Toned", "red", 200},  {PROBE "/Toned", "blank", 200}, {PROBE "/Toned", "dark", 500},
      {PROBE "/Shade", "red", 200},  {PROBE "/Shade", "dark", 200},  {PROBE "/Shade", "blank", 500},
      {PROBE "/Toned", "pink", 500}, {PROBE "/Shade", "pink", 500},
  };
  static omadm_csp_slots slots;
  static omadm_csp_descriptor plugin;
  rig_free(*state);
  rig *r = rig_new(NULL);
  *state = r;
  slots = *probe_csp.slots;
  slots.get = get_given;
  plugin = *plugin_of(text);
  plugin.slots = &slots;
  rig_mount_csp(r, &plugin);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    given = rows[i].value;
    assert_int_equal(rig_get(r, rows[i].uri), rows[i].status);
  }
}

static omadm_status get_secret(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  assert_int_equal(probe_services->value(probe_host, r->token, omadm_str_of("hunter2")), 0);
  return OMADM_ST_OK;
}

/* Forbidden by a rule, by a format, and by the format of a server's value: length and reason. */
static void a_value_that_is_forbidden_is_never_shown(void **state) {
  static const char text[] = EXTENDED(
      ROOT("Probe", "./Vendor",
           FIXED("Color", GR, ENUM("red", "green")) "<Node><NodeName>Count</NodeName>" PROPERTIES(
               GR, "int", ONE, "Permanent", "") LEAF_TYPE "</DFProperties></Node>"));
  static omadm_csp_slots slots;
  static omadm_csp_descriptor plugin;
  rig_free(*state);
  rig *r = rig_new(NULL);
  *state = r;
  slots = *probe_csp.slots;
  slots.get = get_secret;
  plugin = *plugin_of(text);
  plugin.slots = &slots;
  rig_mount_csp(r, &plugin);
  assert_int_equal(rig_get(r, PROBE "/Color"), 500);
  assert_non_null(strstr(r->log, "of 7 octets, is forbidden: the value"));
  assert_null(strstr(r->detail, "hunter2"));
  assert_int_equal(rig_get(r, PROBE "/Count"), 500);
  assert_non_null(strstr(r->log, "of 7 octets, is not a decimal number"));
  assert_null(strstr(r->detail, "hunter2"));
  assert_int_equal(rig_replace(r, PROBE "/Count", "hunter2"), 415);
  assert_non_null(strstr(r->detail, "of 7 octets, is not a decimal number"));
  assert_null(strstr(r->detail, "hunter2"));
  assert_null(strstr(r->log, "hunter2"));
}

static void the_device_keeps_to_allowed_values_too(void **state) {
  rig *r = *state;
  be_the_device(r);
  assert_int_equal(rig_replace(r, STORE "/Color", "pink"), 415);
}

static void the_device_needs_no_atomic(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Guarded", "x"), 405);
  be_the_device(r);
  assert_int_equal(rig_replace(r, STORE "/Guarded", "x"), 200);
}

static void what_goes_with_a_node_that_needs_an_atomic_needs_one(void **state) {
  rig *r = *state;
  rig_poke(r, STORE "/Sets/a/Safe", "x");
  assert_int_equal(rig_remove(r, STORE "/Sets/a/Safe"), 405);
  assert_int_equal(rig_remove(r, STORE "/Sets/a"), 405);
  assert_non_null(strstr(r->detail, "a node below it is changed in an Atomic only"));
  assert_int_equal(rig_resolve(r, STORE "/Sets/a"), 200);
  assert_int_equal(
      r->tree->rename(r->tree->ctx, &r->origin, &r->node, (omadm_str)OMADM_STR("b"), &r->answer),
      405);
  rig_expect(r, STORE "/Sets/a/Safe", "x");
  assert_int_equal(rig_add(r, STORE "/Sets/b", OMADM_FORMAT_NODE, NULL), 200); /* nothing below */
  be_the_device(r);
  assert_int_equal(rig_remove(r, STORE "/Sets/a"), 200);
}

static void what_the_program_imports_is_not_judged(void **state) {
  rig *r = *state;
  rig_poke(r, STORE "/Color", "pink");
  rig_expect(r, STORE "/Color", "pink");
}

static void a_plugin_gets_the_list_that_it_has_with_what_is_appended(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Tags", "a"), 200);
  assert_int_equal(rig_replace(r, PROBE "/Tags", "b"), 200);
  rig_expect(r, PROBE "/Tags", "a;b");
  assert_int_equal(rig_replace(r, PROBE "/Tags", "c"), 415);
  rig_expect(r, PROBE "/Tags", "a;b");
}

static void a_list_that_cannot_be_read_is_not_appended_to(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Tags", "a"), 200);
  probe_do.get = OMADM_ST_FAILED;
  assert_int_equal(rig_replace(r, PROBE "/Tags", "b"), 500);
  probe_do.get = 0;
  rig_expect(r, PROBE "/Tags", "a");
}

static void a_list_may_come_late(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return; /* there everything does */
  assert_int_equal(rig_replace(r, PROBE "/Tags", "a"), 200);
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, PROBE "/Tags", "b"), OMADM_ST_PENDING);
  probe_do.get = 0;
  assert_int_equal(probe_complete(200), 0);
  assert_int_equal(rig_wait(r), 200);
  rig_expect(r, PROBE "/Tags", "a;b");
}

static void a_reboot_is_told_when_the_change_is_settled(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Boot", "x"), 200);
  assert_int_equal(rig_replace(r, STORE "/Boot", "y"), 200);
  assert_int_equal(rig_replace(r, STORE "/Ask", "x"), 200);
  assert_string_equal(r->reboots, "");
  rig_settle(r);
  assert_string_equal(r->reboots, STORE "/Boot! " STORE "/Ask ");
  rig_settle(r);
  assert_string_equal(r->reboots, STORE "/Boot! " STORE "/Ask ");
}

static void a_change_that_fails_asks_for_no_reboot(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Boot", "z"), 415);
  rig_settle(r);
  assert_string_equal(r->reboots, "");
}

static void a_change_that_is_rolled_back_asks_for_no_reboot(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Ask", "x"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, STORE "/Boot", "x"), 200);
  r->tree->rollback(r->tree->ctx, NULL, 0);
  rig_settle(r);
  assert_string_equal(r->reboots, STORE "/Ask ");
}

static omadm_store_ops refusing; /* the store's, but for apply */

static omadm_err refuse(omadm_store *store, const omadm_store_change *changes, size_t n,
                        omadm_error *error) {
  (void)store;
  (void)changes;
  (void)n;
  return omadm_error_set(error, OMADM_E_STORE, "full");
}

static void what_an_open_atomic_noted_outlives_a_settle_that_fails(void **state) {
  rig *r = *state;
  const omadm_store_ops *real = r->store->ops;
  assert_int_equal(rig_replace(r, STORE "/Ask", "x"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, STORE "/Boot", "x"), 200);
  refusing = *real;
  refusing.apply = refuse;
  r->store->ops = &refusing;
  assert_int_not_equal(r->tree->settle(r->tree->ctx), 0);
  r->store->ops = real;
  assert_string_equal(r->reboots, "");
  assert_int_equal(r->tree->commit(r->tree->ctx, NULL, NULL, 0), 200);
  rig_settle(r);
  assert_string_equal(r->reboots, STORE "/Boot! ");
}

/* So many that not all are told by name. */
static void ask_for_many(rig *r) {
  char uri[300];
  for (int i = 0; i < 350; i++) {
    snprintf(uri, sizeof uri, STORE "/Many/%03d%0200d", i, 0);
    if (rig_resolve(r, uri) != 200)
      assert_int_equal(rig_add(r, uri, OMADM_FORMAT_CHR, "x"), 200);
    else
      assert_int_equal(rig_replace(r, uri, "x"), 200);
  }
}

static void an_automatic_reboot_is_not_lost_among_many(void **state) {
  rig *r = *state;
  ask_for_many(r);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, STORE "/Boot", "x"), 200);
  r->tree->rollback(r->tree->ctx, NULL, 0);
  rig_settle(r);
  assert_null(strchr(r->reboots, '!'));
  r->reboots[0] = '\0';
  ask_for_many(r);
  assert_int_equal(rig_replace(r, STORE "/Boot", "x"), 200);
  rig_settle(r);
  assert_non_null(strchr(r->reboots, '!'));
}

static size_t count(const char *text, const char *what) {
  size_t n = 0;
  for (; (text = strstr(text, what)) != NULL; text++)
    n++;
  return n;
}

static void a_deprecated_node_is_mentioned_once(void **state) {
  rig *r = *state;
  rig_expect(r, STORE "/Old", "");
  assert_int_equal(count(r->log, "deprecated"), 0);
  assert_int_equal(rig_replace(r, STORE "/Old", "x"), 200);
  assert_int_equal(rig_replace(r, STORE "/Old", "y"), 200);
  assert_int_equal(count(r->log, STORE "/Old is changed, but deprecated"), 1);
}

/* limits.inline_value is 65,536: the value is a spool. */
static void a_large_value_is_judged_as_a_whole(void **state) {
  rig *r = *state;
  enum { SIZE = 100000 };
  char *value = calloc(1, SIZE + 1);
  assert_non_null(value);
  memset(value, 'a', SIZE);
  for (size_t i = 10000; i < SIZE; i += 10000)
    value[i] = ';';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 200);
  value[SIZE - 1] = 'b';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 415);
  free(value);
}

static void a_value_that_is_too_large_to_be_judged_is_413(void **state) {
  rig *r = *state;
  enum { MOST = 16 * 65536, SIZE = MOST + 1 };
  char *value = calloc(1, SIZE + 1);
  assert_non_null(value);
  memset(value, 'a', SIZE);
  for (size_t i = 10000; i < SIZE; i += 10000)
    value[i] = ';';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 413);
  value[MOST] = '\0';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 200);
  free(value);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_plugin_is_not_asked_for_a_value_that_is_forbidden),
      TEST(a_forbidden_value_that_a_plugin_gives_is_500_and_logged),
      TEST(the_rule_that_failed_is_in_the_answer_and_in_the_log),
      TEST(of_a_value_that_nobody_reads_nothing_is_told),
      TEST(what_is_given_without_data_is_judged_too),
      TEST(a_forbidden_value_is_known_before_it_is_set),
      TEST(a_plugin_may_give_the_default_and_what_a_group_allows),
      TEST(a_value_that_is_forbidden_is_never_shown),
      TEST(the_device_keeps_to_allowed_values_too),
      TEST(the_device_needs_no_atomic),
      TEST(what_goes_with_a_node_that_needs_an_atomic_needs_one),
      TEST(what_the_program_imports_is_not_judged),
      TEST(a_plugin_gets_the_list_that_it_has_with_what_is_appended),
      TEST(a_list_that_cannot_be_read_is_not_appended_to),
      TEST(a_list_may_come_late),
      TEST(a_reboot_is_told_when_the_change_is_settled),
      TEST(a_change_that_fails_asks_for_no_reboot),
      TEST(a_change_that_is_rolled_back_asks_for_no_reboot),
      TEST(what_an_open_atomic_noted_outlives_a_settle_that_fails),
      TEST(an_automatic_reboot_is_not_lost_among_many),
      TEST(a_deprecated_node_is_mentioned_once),
      TEST(a_large_value_is_judged_as_a_whole),
      TEST(a_value_that_is_too_large_to_be_judged_is_413),
  };
  return rig_run("changes", tests, sizeof tests / sizeof tests[0]);
}
