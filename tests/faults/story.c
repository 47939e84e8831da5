/* SPDX-License-Identifier: MIT */
#include "tests/faults/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "tests/faults/judge.h"
#include "tests/faults/talk.h"

#define ABSENT "(absent)"

static const char *const messages[STORY_MESSAGES] = {
    SERVER_MESSAGE("1", REPLACE("10", LEAVES "Text", "new") ADD("11", ITEMS "A/Name", "n")
                            DELETE("12", ITEMS "Old") GET("13", "./Vendor/Test/Items")),
    SERVER_MESSAGE(
        "2", ATOMIC("20", REPLACE("21", LEAVES "Number", "2") REPLACE("22", LEAVES "Flag", "true")
                              ADD("23", ITEMS "B/Name", "b")) GET("24", LEAVES "Number")),
    SERVER_MESSAGE(
        "3", REPLACE("30", LEAVES "Day", "2026-02-02") EXEC("31", SLOW "Run", "later")
                 SEQUENCE("32", REPLACE("33", SLOW "Value", "kept") ADD("34", SLOW "Box/A", "a"))
                     ATOMIC("35", REPLACE("36", SLOW "Value", "never kept")
                                      REPLACE("37", LEAVES "Text", "never")
                                          REPLACE("38", LEAVES "Number", "no number"))),
};

/*  message, CmdID, node, what is there before and after, the Atomic it belongs to (0: none) */
static const struct {
  size_t message;
  const char *cmd, *uri, *before, *after;
  int atomic;
} changes[STORY_CHANGES] = {
    {0, "10", LEAVES "Text", "old", "new", 0},
    {0, "11", ITEMS "A/Name", ABSENT, "n", 0},
    {0, "12", ITEMS "Old/Name", "o", ABSENT, 0},
    {1, "21", LEAVES "Number", "1", "2", 1},
    {1, "22", LEAVES "Flag", "false", "true", 1},
    {1, "23", ITEMS "B/Name", ABSENT, "b", 1},
    {2, "30", LEAVES "Day", "2026-01-01", "2026-02-02", 0},
    {2, "33", SLOW "Value", "", "kept", 0},
    {2, "34", SLOW "Box/A", ABSENT, "a", 0},
    {2, "37", LEAVES "Text", "new", "never", 2},
};

bool story_outside;

static void set_values(world *w) {
  for (size_t i = 0; i < STORY_CHANGES; i++) {
    bool stored = strstr(changes[i].uri, "/Slow/") == NULL;
    if (!stored || changes[i].atomic == 2 || strcmp(changes[i].before, ABSENT) == 0) continue;
    omadm_err err =
        omadm_framework_poke(w->framework, omadm_str_of(changes[i].uri), OMADM_FORMAT_ABSENT,
                             (omadm_str){NULL, 0}, omadm_str_of(changes[i].before), NULL);
    assert_int_equal(err, 0);
  }
  assert_int_equal(w->inner->settle(w->inner->ctx), 0);
}

static void open_device(world *w, omadm_store *store) {
  world_options options;
  world_options_init(&options);
  options.store = store;
  assert_int_equal(world_open(w, &options), 0);
}

static void copy_table(omadm_store *from, omadm_store *to, omadm_store_table table) {
  char last[1000];
  omadm_str after = {last, 0};
  omadm_store_change change = {.table = table};
  while (from->ops->next(from, table, (omadm_str){NULL, 0}, after, &change.key, &change.value,
                         NULL) == 0) {
    assert_int_equal(to->ops->apply(to, &change, 1, NULL), 0);
    assert_true(change.key.len <= sizeof last);
    memcpy(last, change.key.ptr, change.key.len);
    after.len = change.key.len;
  }
}

omadm_store *story_store(void) {
  static omadm_store *original; /* made once: that takes longer than to copy it */
  omadm_store *copy = NULL;
  if (original == NULL) {
    world w;
    assert_int_equal(omadm_store_new_memory(&original, NULL), 0);
    open_device(&w, original);
    set_values(&w);
    world_close(&w);
  }
  assert_int_equal(omadm_store_new_memory(&copy, NULL), 0);
  for (int table = 0; table < OMADM_STORE_TABLES; table++)
    copy_table(original, copy, (omadm_store_table)table);
  return copy;
}

/* Looks for answers in what the session sends. */
static void hear(const world *w, story *told) {
  story_outside = true;
  for (size_t i = 0; i < STORY_CHANGES; i++) {
    int status = judge_status(w->out.body, changes[i].cmd);
    if (status != 0) told->status[i] = status;
  }
  story_outside = false;
}

void story_play(world *w, story *told) {
  *told = (story){.over = true};
  if (world_session(w) != 0) return;
  omadm_step step = world_next(w);
  for (size_t i = 0; step == OMADM_SEND; i++) {
    hear(w, told);
    step = world_next(w);
    if (step != OMADM_RECEIVE) break;
    told->over = i >= STORY_MESSAGES;
    if (told->over) break;
    if (world_feed(w, messages[i], strlen(messages[i])) != 0) break;
    step = world_next(w);
  }
}

static bool holds(world *w, size_t i, const char *value) {
  char found[200];
  omadm_status status = world_get(w, changes[i].uri, found, sizeof found);
  if (strcmp(value, ABSENT) == 0) return status == OMADM_ST_NOT_FOUND;
  return status == OMADM_ST_OK && strcmp(found, value) == 0;
}

/* Where two changes meet at one node, what the other one left is right too. */
static bool holds_other(world *w, size_t i, bool after) {
  for (size_t k = 0; k < STORY_CHANGES; k++) {
    if (k == i || strcmp(changes[k].uri, changes[i].uri) != 0) continue;
    if (holds(w, k, after ? changes[k].after : changes[k].before)) return true;
  }
  return false;
}

static void complain(world *w, size_t i, int status, const char *which) {
  char found[200];
  omadm_status got = world_get(w, changes[i].uri, found, sizeof found);
  fail_msg("%s: command %s was told %d, and %s is \"%s\" (%u)", which, changes[i].cmd, status,
           changes[i].uri, found, got);
}

void story_check(world *w, const story *told, const char *which) {
  int atomic = 0; /* how the first Atomic stands: 1 before, 2 after */
  for (size_t i = 0; i < STORY_CHANGES; i++) {
    int status = told->status[i];
    bool before = holds(w, i, changes[i].before), after = holds(w, i, changes[i].after);
    bool done = status >= 200 && status < 300 && status != 215 && status != 216;
    if (!before && !after && !holds_other(w, i, false)) complain(w, i, status, which);
    if (done && !after) complain(w, i, status, which);
    if (status != 0 && !done && after) complain(w, i, status, which);
    if (changes[i].atomic != 1) continue;
    if (atomic != 0 && atomic != (after ? 2 : 1)) complain(w, i, status, which);
    atomic = after ? 2 : 1;
  }
}

void story_check_store(omadm_store *store, const story *told, const char *which) {
  world w;
  open_device(&w, store);
  story_check(&w, told, which);
  world_close(&w);
}
