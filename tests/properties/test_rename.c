/* SPDX-License-Identifier: MIT */
/* Names of a plugin's nodes, what travels with a renamed node, and Copy from one late CSP to
 * another. */
#include "probe.h"

#include <stdio.h>

#include "device.h"

#define NAMES "./Vendor/Names"

/* ./Vendor/Names/<X>/Value. It keeps instances in memory, and does not stage. */
static struct { char name[40], value[40]; } instances[8];
static const omadm_csp_services *services;
static uint64_t host;
static omadm_status refusal; /* of renames; 0: none */
static unsigned renames;

static size_t find(omadm_str name) {
  size_t i = 0;
  while (i < 8 && !(instances[i].name[0] != '\0' && omadm_str_is(name, instances[i].name)))
    i++;
  return i;
}

static omadm_status names_open(const omadm_csp_services *given, uint64_t handle, uint64_t *self) {
  services = given;
  host = handle;
  *self = 5;
  return OMADM_ST_OK;
}

static void names_close(uint64_t self) {
  (void)self;
}

static omadm_status names_find(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  return find(r->names[0]) < 8 ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

static omadm_status names_list(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  for (size_t i = 0; i < 8; i++) {
    if (instances[i].name[0] != '\0')
      services->child(host, r->token, omadm_str_of(instances[i].name));
  }
  return OMADM_ST_OK;
}

static omadm_status names_get(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  services->value(host, r->token, omadm_str_of(instances[find(r->names[0])].value));
  return OMADM_ST_OK;
}

static omadm_status names_add(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  size_t i = 0;
  while (instances[i].name[0] != '\0')
    i++;
  snprintf(instances[i].name, sizeof instances[i].name, "%.*s", (int)r->names[0].len,
           r->names[0].ptr);
  return OMADM_ST_OK;
}

static omadm_status names_replace(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  size_t i = find(r->names[0]);
  snprintf(instances[i].value, sizeof instances[i].value, "%.*s", (int)r->value.len, r->value.ptr);
  return OMADM_ST_OK;
}

static omadm_status names_remove(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  instances[find(r->names[0])].name[0] = '\0';
  return OMADM_ST_OK;
}

static omadm_status names_rename(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  size_t i = find(r->names[0]);
  renames++;
  if (refusal != 0) return refusal;
  snprintf(instances[i].name, sizeof instances[i].name, "%.*s", (int)r->name.len, r->name.ptr);
  return OMADM_ST_OK;
}

static const char names_ddf[] =
    DDF(ROOT("Names", "./Vendor",
             INNER("", ADGR, MANY, "Dynamic", LEAF("Value", GR, "chr", ONE, "Permanent"))));
static const omadm_csp_slots names_slots = {.struct_size = sizeof names_slots,
                                            .open = names_open,
                                            .close = names_close,
                                            .find = names_find,
                                            .list = names_list,
                                            .get = names_get,
                                            .add = names_add,
                                            .replace = names_replace,
                                            .remove = names_remove,
                                            .rename = names_rename};
static const omadm_csp_descriptor names_csp = {
    OMADM_CSP_ABI,        sizeof names_csp, "Names", "1.0", names_ddf,
    sizeof names_ddf - 1, &names_slots,     0,       0};

static int set_up(void **state) {
  probe_reset();
  memset(instances, 0, sizeof instances);
  refusal = 0;
  renames = 0;
  rig *r = rig_new(NULL);
  rig_mount_csp(r, &names_csp);
  rig_mount_csp(r, &probe_csp);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static omadm_status take(rig *r, omadm_status status) {
  if (status == OMADM_ST_PENDING) {
    r->waiting = r->answer.token;
    r->arrived = false;
    return rig_wait(r);
  }
  size_t len = r->answer.data.len < sizeof r->text - 1 ? r->answer.data.len : sizeof r->text - 1;
  if (len > 0) memcpy(r->text, r->answer.data.ptr, len);
  r->text[len] = '\0';
  return status;
}

static omadm_status set(rig *r, const char *uri, const char *property, const char *value) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return take(r, r->tree->prop_set(r->tree->ctx, &r->origin, &r->node, omadm_str_of(property),
                                   omadm_str_of(value), &r->answer));
}

static void expect(rig *r, const char *uri, const char *property, const char *value) {
  assert_int_equal(rig_resolve(r, uri), 200);
  assert_int_equal(take(r, r->tree->prop_get(r->tree->ctx, &r->origin, &r->node,
                                             omadm_str_of(property), &r->answer)),
                   200);
  assert_string_equal(r->text, value);
}

static void make(rig *r) {
  assert_int_equal(rig_add(r, NAMES "/a", OMADM_FORMAT_NODE, NULL), 200);
  assert_int_equal(rig_replace(r, NAMES "/a/Value", "v"), 200);
  assert_int_equal(set(r, NAMES "/a", "Title", "title"), 200);
  assert_int_equal(set(r, NAMES "/a/Value", "ACL", "Get=srv"), 200);
}

static void a_plugins_node_is_renamed_by_its_slot(void **state) {
  rig *r = *state;
  make(r);
  assert_int_equal(set(r, NAMES "/a", "Name", "b"), 200);
  rig_expect(r, NAMES "/b/Value", "v");
  rig_expect(r, NAMES "/a/Value", NULL);
  expect(r, NAMES "/b", "Title", "title");
  expect(r, NAMES "/b/Value", "ACL", "Get=srv");
  assert_int_equal(rig_add(r, NAMES "/a", OMADM_FORMAT_NODE, NULL), 200);
  expect(r, NAMES "/a", "Title", "");
  expect(r, NAMES "/a/Value", "ACL", "");
}

static void a_plugin_may_refuse_a_name(void **state) {
  rig *r = *state;
  make(r);
  refusal = OMADM_ST_NOT_ALLOWED;
  assert_int_equal(set(r, NAMES "/a", "Name", "b"), 405);
  rig_expect(r, NAMES "/a/Value", "v");
  expect(r, NAMES "/a", "Title", "title");
  expect(r, NAMES "/a", "VerNo", "1");
}

static void a_name_is_given_back_with_its_atomic(void **state) {
  rig *r = *state;
  omadm_status undo[1] = {0};
  make(r);
  assert_int_equal(rig_resolve(r, NAMES "/a"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(set(r, NAMES "/a", "Name", "b"), 200);
  rig_expect(r, NAMES "/b/Value", "v");
  r->tree->rollback(r->tree->ctx, undo, 1);
  assert_int_equal(undo[0], 216);
  assert_int_equal(renames, 2);
  rig_expect(r, NAMES "/a/Value", "v");
  expect(r, NAMES "/a", "Title", "title");
  expect(r, NAMES "/a/Value", "ACL", "Get=srv");
}

static void a_name_that_cannot_be_given_back_answers_516(void **state) {
  rig *r = *state;
  omadm_status undo[1] = {0};
  make(r);
  assert_int_equal(rig_resolve(r, NAMES "/a"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(set(r, NAMES "/a", "Name", "b"), 200);
  refusal = OMADM_ST_FAILED;
  r->tree->rollback(r->tree->ctx, undo, 1);
  assert_int_equal(undo[0], 516);
}

static omadm_status copy(rig *r, const char *from, const char *to) {
  assert_int_equal(rig_resolve(r, from), 200);
  omadm_node source = r->node;
  assert_int_equal(rig_resolve(r, to), 200);
  return take(r, r->tree->copy(r->tree->ctx, &r->origin, &source, &r->node, &r->answer));
}

/* In the rig's late mode both answer later; here each slot does by itself, too. */
static void a_value_is_copied_from_one_late_plugin_to_another(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, NAMES "/a/Value", "v"), 404);
  make(r);
  assert_int_equal(copy(r, NAMES "/a/Value", "./Vendor/Probe/Value"), 200);
  rig_expect(r, "./Vendor/Probe/Value", "v");
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "from afar"), 200);
  probe_do.get = OMADM_ST_PENDING;
  probe_do.complete_at_once = 1;
  assert_int_equal(copy(r, "./Vendor/Probe/Value", NAMES "/a/Value"), 200);
  memset(&probe_do, 0, sizeof probe_do);
  rig_expect(r, NAMES "/a/Value", "from afar");
}

static void a_copy_whose_source_fails_later_changes_nothing(void **state) {
  rig *r = *state;
  make(r);
  probe_do.get = 500;
  assert_int_equal(copy(r, "./Vendor/Probe/Value", NAMES "/a/Value"), 500);
  memset(&probe_do, 0, sizeof probe_do);
  rig_expect(r, NAMES "/a/Value", "v");
}

static void find_in(device *d, const char *text) {
  static char scratch[100];
  omadm_uri uri;
  omadm_limits limits;
  omadm_limits_init(&limits);
  assert_int_equal(omadm_uri_parse(omadm_str_of(text), 0, &limits, scratch, NULL, &uri), 200);
  assert_int_equal(d->tree->resolve(d->tree->ctx, &d->origin, &uri, &d->node), 200);
}

static omadm_status set_in(device *d, const char *uri, const char *property, const char *value) {
  find_in(d, uri);
  return d->tree->prop_set(d->tree->ctx, &d->origin, &d->node, omadm_str_of(property),
                           omadm_str_of(value), &d->answer);
}

/* Large values are files; the row that names one moves, and the file stays. */
static void large_values_travel_with_their_node(void **state) {
  device d;
  uint64_t octets = 0;
  (void)state;
  device_begin(&d, 0);
  device_open(&d);
  const omadm_str value = device_octets(LARGE, 3);
  assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", value, 5000), 200);
  assert_int_equal(set_in(&d, "./Vendor/S/a/V", "ACL", "Get=srv"), 200);
  assert_int_equal(set_in(&d, "./Vendor/S/a", "Title", "title"), 200);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  assert_int_equal(set_in(&d, "./Vendor/S/a", "Name", "b"), 200);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  assert_int_equal(device_files(&d, &octets), 1);
  assert_int_equal(octets, LARGE);
  for (int opened = 0; opened < 2; opened++) {
    device_assert(&d, "./Vendor/S/b/V", value);
    assert_int_equal(device_get(&d, "./Vendor/S/a/V"), 404);
    find_in(&d, "./Vendor/S/b/V");
    assert_true(omadm_str_is(d.node.acl, "Get=srv"));
    find_in(&d, "./Vendor/S/b");
    assert_int_equal(
        d.tree->prop_get(d.tree->ctx, &d.origin, &d.node, omadm_str_of("Title"), &d.answer), 200);
    assert_true(omadm_str_is(d.answer.data, "title"));
    device_close(&d);
    device_open(&d);
  }
  device_close(&d);
  device_end(&d);
}

static void a_large_value_comes_back_when_a_rename_is_taken_back(void **state) {
  device d;
  uint64_t octets = 0;
  omadm_status undo[1] = {0};
  (void)state;
  device_begin(&d, 0);
  device_open(&d);
  const omadm_str value = device_octets(LARGE, 4);
  assert_int_equal(device_write(&d, OMADM_VERB_ADD, "./Vendor/S/a/V", value, 5000), 200);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  assert_int_equal(d.tree->begin(d.tree->ctx, &d.origin), 200);
  assert_int_equal(set_in(&d, "./Vendor/S/a", "Name", "b"), 200);
  d.tree->rollback(d.tree->ctx, undo, 1);
  assert_int_equal(undo[0], 216);
  assert_int_equal(d.tree->settle(d.tree->ctx), 0);
  device_assert(&d, "./Vendor/S/a/V", value);
  assert_int_equal(device_files(&d, &octets), 1);
  device_close(&d);
  device_end(&d);
}

/* Names of a plugin's instances below are not known: each counts as 255 characters. */
static void a_longer_name_needs_room_for_what_is_below(void **state) {
  static const char deep_ddf[] =
#define LEVEL(...) INNER("", ADGR, MANY, "Dynamic", __VA_ARGS__)
      DDF(ROOT("Names", "./Vendor",
               LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(LEVEL(
                   LEVEL(LEVEL(LEVEL(LEAF("", ADGR, "chr", MANY, "Dynamic"))))))))))))))))))));
  const omadm_csp_descriptor deep = {OMADM_CSP_ABI,       sizeof deep,  "Deep", "1.0", deep_ddf,
                                     sizeof deep_ddf - 1, &names_slots, 0,      0};
  (void)state;
  memset(instances, 0, sizeof instances);
  refusal = 0;
  rig *r = rig_new(NULL);
  rig_mount_csp(r, &deep);
  assert_int_equal(rig_add(r, NAMES "/abc", OMADM_FORMAT_NODE, NULL), 200);
  renames = 0;
  assert_int_equal(set(r, NAMES "/abc", "Name", "abcd"), 414);
  assert_int_equal(renames, 0);
  assert_int_equal(set(r, NAMES "/abc", "Name", "xyz"), 200);
  assert_int_equal(set(r, NAMES "/xyz", "Name", "x"), 200);
  rig_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_plugins_node_is_renamed_by_its_slot),
      TEST(a_plugin_may_refuse_a_name),
      TEST(a_name_is_given_back_with_its_atomic),
      TEST(a_name_that_cannot_be_given_back_answers_516),
      TEST(a_value_is_copied_from_one_late_plugin_to_another),
      TEST(a_copy_whose_source_fails_later_changes_nothing),
      cmocka_unit_test(large_values_travel_with_their_node),
      cmocka_unit_test(a_large_value_comes_back_when_a_rename_is_taken_back),
      cmocka_unit_test(a_longer_name_needs_room_for_what_is_below),
  };
  return rig_run("rename", tests, sizeof tests / sizeof *tests);
}
