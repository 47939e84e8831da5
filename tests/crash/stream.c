/* SPDX-License-Identifier: MIT */
/*
 * crash_stream run|look KEEPS STAGES HOST|- keeps|stages FOLDER FROM TO: the stream of Atomics FROM
 * to TO.
 *
 * run: runs them, and writes lines of each into the descriptor that OMADM_TEST_TELL names: "begin
 * I", then "done I" where it was acknowledged, or "undone I" where it was told that it was taken
 * back. Behind each the tree is looked at. look: the tree has to look as behind Atomic FROM or TO;
 * then one more runs. Prints which, or what is wrong, and ends with 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

static void tell(const char *what, unsigned i) {
  char line[40];
  const char *fd = getenv("OMADM_TEST_TELL");
  int n = snprintf(line, sizeof line, "%s %u\n", what, i);
  if (fd != NULL && write(atoi(fd), line, (size_t)n) != n) exit(4);
}

static int wrong(const char *what, unsigned i, const char *why) {
  printf("WRONG: %s %u: %s\n", what, i, why);
  return 1;
}

/* One that is refused by itself is told so; any other is done, or taken back where the process of a
 * plugin ended. */
static int run(scene *s, unsigned from, unsigned to) {
  char why[300] = "";
  unsigned last = from > 0 ? from - 1 : 0, failed = 0;
  for (unsigned i = from; i <= to; i++) {
    omadm_status told = OMADM_ST_NONE;
    tell("begin", i);
    bool done = scene_run(s, i, &told);
    if (done && scene_effective(i) != i) return wrong("done, but refused", i, "");
    if (!done && scene_effective(i) == i) {
      /* The same again: what comes counts on it. */
      tell("undone", i);
      if (!scene_is_after(s, last, why)) return wrong("told as taken back", i, why);
      if (++failed > 1) return wrong("failed twice", i, "");
      i--;
      continue;
    }
    failed = 0;
    tell(done ? "done" : "undone", i);
    last = i;
    if (!scene_is_after(s, i, why)) return wrong("behind", i, why);
  }
  return 0;
}

static int look(scene *s, unsigned from, unsigned to) {
  char before[300] = "", after[300] = "", why[300] = "";
  omadm_status told = OMADM_ST_NONE;
  bool is_after = scene_is_after(s, to, after);
  bool is_before = scene_is_after(s, from, before);
  if (!is_after && !is_before) {
    printf("WRONG: neither %u (%s) nor %u (%s)\n", from, before, to, after);
    return 1;
  }
  /* The next one works, and nothing is left over behind it. */
  unsigned next = (is_after ? to : from) + 1;
  while (scene_effective(next) != next)
    next++;
  if (!scene_run(s, next, &told)) {
    snprintf(why, sizeof why, "%u", told);
    return wrong("the next Atomic fails", next, why);
  }
  if (!scene_is_after(s, next, why)) return wrong("behind the next Atomic", next, why);
  (void)s->tree->settle(s->tree->ctx);
  if (!scene_is_clean(s, why)) return wrong("behind", next, why);
  puts(is_after && is_before ? "both" : is_after ? "after" : "before");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 9) return 2;
  scene s;
  const scene_plugins plugins = {.keeps = argv[2],
                                 .stages = argv[3],
                                 .host = strcmp(argv[4], "-") == 0 ? NULL : argv[4],
                                 .isolates_keeps = strcmp(argv[5], "keeps") == 0};
  unsigned from = (unsigned)strtoul(argv[7], NULL, 10), to = (unsigned)strtoul(argv[8], NULL, 10);
  scene_open(&s, argv[6], &plugins);
  int result = strcmp(argv[1], "run") == 0 ? run(&s, from, to) : look(&s, from, to);
  scene_close(&s);
  return result;
}
