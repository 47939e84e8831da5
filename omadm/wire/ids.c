/* SPDX-License-Identifier: MIT */
#include "omadm/wire/ids.h"

/* Shorter ids first, so that 9 comes before 10. */
static int compare_ids(omadm_str a, omadm_str b) {
  if (a.len != b.len) return a.len < b.len ? -1 : 1;
  return a.len > 0 ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

void wire_ids_note(wire_build *b, wire_command *command) {
  built_command *built = (built_command *)command;
  omadm_str id = command->cmd_id;
  if (id.len == 0 || built->noted == id.ptr) return;
  built->noted = id.ptr;
  if (compare_ids(id, b->last_id) <= 0) b->ids_ascend = false;
  b->last_id = id;
}

static bool is_before(const built_command *a, const built_command *b) {
  int order = compare_ids(a->command.cmd_id, b->command.cmd_id);
  return order != 0 ? order < 0 : a->number < b->number;
}

static built_command *merge(built_command *a, built_command *b) {
  built_command *head = NULL;
  built_command **tail = &head;
  while (a != NULL && b != NULL) {
    built_command **least = is_before(a, b) ? &a : &b;
    *tail = *least;
    tail = &(*least)->previous;
    *least = *tail;
  }
  *tail = a != NULL ? a : b;
  return head;
}

/* Sorts without memory: run k holds 2^k commands, or none. */
static built_command *sort(built_command *list) {
  enum { RUNS = 64 };
  built_command *runs[RUNS] = {NULL};
  while (list != NULL) {
    built_command *run = list;
    list = list->previous;
    run->previous = NULL;
    size_t k = 0;
    for (; runs[k] != NULL; k++) {
      run = merge(runs[k], run);
      runs[k] = NULL;
    }
    runs[k] = run;
  }
  for (size_t k = 0; k < RUNS; k++)
    list = merge(runs[k], list);
  return list;
}

void wire_ids_mark_duplicates(wire_build *b) {
  b->last = sort(b->last);
  for (built_command *at = b->last; at != NULL && at->previous != NULL; at = at->previous) {
    wire_command *next = &at->previous->command;
    if (next->cmd_id.len > 0 && omadm_str_equal(at->command.cmd_id, next->cmd_id)) {
      next->quirks |= 1U << OMADM_QUIRK_DUPLICATE_CMDID;
    }
  }
}
