/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define PROPERTIES(access, format, occurrence, scope, type)                                        \
  "<DFProperties><AccessType>" access "</AccessType><DFFormat><" format "/></DFFormat>"            \
  "<Occurrence><" occurrence "/></Occurrence><Scope><" scope "/></Scope><DFType>" type             \
  "</DFType></DFProperties>"
#define TEXT "<MIME>text/plain</MIME>"

static const char stored[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Items</NodeName><Path>./Vendor</"
    "Path>" PROPERTIES(
        "<Get/>", "node", "One", "Permanent",
        "<DDFName/>") "<Node><NodeName>Text</NodeName>" PROPERTIES("<Get/><Replace/>", "chr", "One",
                                                                   "Permanent",
                                                                   TEXT) "</Node><Node><NodeName>"
                                                                         "Big</"
                                                                         "NodeName>" PROPERTIES(
                                                                             "<Get/><Replace/>",
                                                                             "chr", "One",
                                                                             "Permanent",
                                                                             TEXT) "</Node></Node>"
                                                                                   "</MgmtTree>";

enum { BIG = 70000 }; /* more than is kept in a row */

static void fail(const char *what, const char *why) {
  fprintf(stderr, "scene: %s: %s\n", what, why);
  exit(3);
}

static void log_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)ctx;
  if (level <= OMADM_LOG_INFO) fprintf(stderr, "%s: %s\n", module, text);
}

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const scene *s = ctx;
  if (!omadm_str_is(key, "folder")) return OMADM_E_NOT_FOUND;
  return omadm_buf_printf(out, "%s/%s", s->folder, csp);
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  (void)ctx, (void)token, (void)status, (void)answer; /* no answer is late here */
}

static void make_folder(const scene *s, const char *name, char path[400]) {
  snprintf(path, 400, "%s/%s", s->folder, name);
  (void)mkdir(path, 0777);
}

static void load(scene *s, const char *name, const char *file, const char *host) {
  omadm_error error = {0};
  char folder[400];
  make_folder(s, name, folder);
  const char *const allow[] = {folder};
  omadm_isolation isolation = {
      .struct_size = sizeof isolation, .program = host, .allow = allow, .n_allow = 1};
  if (host != NULL && geteuid() == 0) { /* root gives its plugins to somebody else */
    isolation.user = "nobody";
    (void)chmod(folder, 0777);
  }
  omadm_err err = OMADM_E_STATE;
  /* The kill may hit the very start: then the next one has to succeed. */
  for (int tries = 0; err != OMADM_OK && host != NULL && tries < 2; tries++)
    err = omadm_framework_load_isolated(s->framework, file, &isolation, &error);
  if (host == NULL) err = omadm_framework_load(s->framework, file, &error);
  if (err != OMADM_OK) fail(file, error.text);
}

static void mount_all(scene *s, const scene_plugins *plugins) {
  omadm_error error = {0};
  omadm_ddf *ddf = NULL;
  if (omadm_ddf_parse(omadm_str_of(stored), "items.xml", NULL, NULL, &ddf, &error) != 0 ||
      omadm_framework_mount_ddf(s->framework, ddf, &error) != 0)
    fail("items.xml", error.text);
  load(s, "Keeps", plugins->keeps, plugins->isolates_keeps ? plugins->host : NULL);
  load(s, "Stages", plugins->stages, plugins->isolates_keeps ? NULL : plugins->host);
}

void scene_open(scene *s, const char *folder, const scene_plugins *plugins) {
  static const omadm_quirks tolerant;
  omadm_framework_config config;
  omadm_error error = {0};
  char state[400], values[500];
  *s = (scene){.framework = NULL};
  snprintf(s->folder, sizeof s->folder, "%s", folder);
  s->log = (omadm_log){sizeof s->log, s, OMADM_LOG_INFO, log_line};
  s->origin = (omadm_origin){
      .server_id = OMADM_STR("srv"), .session_id = OMADM_STR("1"), .quirks = &tolerant};
  make_folder(s, "state", state);
  if (omadm_store_open(state, &s->store, &error) != 0) fail(state, error.text);
  omadm_framework_config_init(&config);
  config.log = &s->log;
  config.store = s->store;
  config.ctx = s;
  config.completed = completed;
  config.setting = setting;
  snprintf(values, sizeof values, "%s/values", state);
  config.values_dir = values;
  if (omadm_framework_new(&config, &s->framework, &error) != 0) fail("framework", error.text);
  mount_all(s, plugins);
  s->tree = omadm_framework_tree(s->framework);
}

void scene_close(scene *s) {
  omadm_framework_free(s->framework);
  omadm_store_close(s->store);
}

/* ---- the stream ---- */

static omadm_status resolve(scene *s, const char *text, omadm_node *node) {
  char scratch[200];
  omadm_uri uri;
  omadm_limits limits;
  omadm_limits_init(&limits);
  omadm_status status = omadm_uri_parse(omadm_str_of(text), 0, &limits, scratch, NULL, &uri);
  return status == OMADM_ST_OK ? s->tree->resolve(s->tree->ctx, &s->origin, &uri, node) : status;
}

static omadm_status change(scene *s, omadm_verb verb, const char *uri, const char *text,
                           size_t size) {
  omadm_node node = {0};
  omadm_answer answer = {0};
  const omadm_tree *t = s->tree;
  const omadm_value value = {
      .format = OMADM_FORMAT_CHR, .data = {text, size}, .has_data = text != NULL};
  (void)resolve(s, uri, &node);
  if (verb == OMADM_VERB_DELETE) return t->remove(t->ctx, &s->origin, &node, &answer);
  if (verb == OMADM_VERB_ADD) return t->add(t->ctx, &s->origin, &node, &value, &answer);
  if (size < 60000) return t->replace(t->ctx, &s->origin, &node, &value, &answer);
  omadm_value head = value;
  head.data = (omadm_str){NULL, 0};
  omadm_status status = t->write_begin(t->ctx, &s->origin, &node, verb, &head, size, &answer);
  if (status != OMADM_ST_OK) return status;
  status = t->write_append(t->ctx, value.data);
  omadm_status ended = t->write_end(t->ctx, status == OMADM_ST_OK, &answer);
  return status != OMADM_ST_OK ? status : ended;
}

/* What becomes of an Atomic where nothing goes wrong beside it. */
static bool is_refused(unsigned i) {
  return i % 4 == 3; /* a member of it is refused */
}

static bool is_not_prepared(unsigned i) {
  return i % 5 == 4; /* the CSP that stages does not prepare it */
}

unsigned scene_effective(unsigned i) {
  while (i > 0 && (is_refused(i) || is_not_prepared(i)))
    i--;
  return i;
}

/* Every value that is large is written at each third Atomic only. */
static unsigned big_of(unsigned i) {
  while (i > 0 && (i % 3 != 0 || scene_effective(i) != i))
    i--;
  return i;
}

static void big_text(unsigned i, char text[BIG + 1]) {
  for (size_t at = 0; at < BIG; at++)
    text[at] = (char)('a' + (at / 100 + i) % 26);
  text[BIG] = '\0';
}

/* The leaf below Box is there behind every other Atomic that succeeds; it is found out by counting
 * those. */
static unsigned box_of(unsigned i) {
  unsigned n = 0;
  for (unsigned k = 1; k <= i; k++)
    n += scene_effective(k) == k;
  return n % 2;
}

static omadm_status members(scene *s, unsigned i) {
  static char big[BIG + 1];
  char text[20];
  snprintf(text, sizeof text, "%u", i);
  const size_t len = strlen(text);
  const bool large = i % 3 == 0;
  const bool adds = box_of(scene_effective(i - 1)) == 0;
  const char *staged = is_not_prepared(i) ? "refuse" : text;
  big_text(i, big);
  omadm_status status = change(s, OMADM_VERB_REPLACE, "./Vendor/Items/Text", text, len);
  if (status == 200) status = change(s, OMADM_VERB_REPLACE, "./Vendor/Keeps/Value", text, len);
  if (status == 200)
    status = change(s, OMADM_VERB_REPLACE, "./Vendor/Stages/Value", staged, strlen(staged));
  if (status == 200 && large)
    status = change(s, OMADM_VERB_REPLACE, "./Vendor/Keeps/Blob", big, BIG);
  if (status == 200)
    status = change(s, adds ? OMADM_VERB_ADD : OMADM_VERB_DELETE, "./Vendor/Keeps/Box/a/Name",
                    adds ? text : NULL, adds ? len : 0);
  if (status == 200 && large)
    status = change(s, OMADM_VERB_REPLACE, "./Vendor/Items/Big", big, BIG);
  if (status == 200) status = change(s, OMADM_VERB_REPLACE, "./Vendor/Stages/Other", text, len);
  if (status == 200) status = change(s, OMADM_VERB_REPLACE, "./Vendor/Keeps/Value", text, len);
  if (status == 200 && is_refused(i))
    status = change(s, OMADM_VERB_REPLACE, "./Vendor/Keeps/Refuses", text, len);
  return status;
}

bool scene_run(scene *s, unsigned i, omadm_status *told) {
  *told = s->tree->begin(s->tree->ctx, &s->origin);
  if (*told != OMADM_ST_OK) return false;
  *told = members(s, i);
  if (*told != OMADM_ST_OK) {
    s->tree->rollback(s->tree->ctx, NULL, 0);
    (void)s->tree->settle(s->tree->ctx);
    return false;
  }
  *told = s->tree->commit(s->tree->ctx, NULL, NULL, 0);
  bool settled = s->tree->settle(s->tree->ctx) == OMADM_OK;
  return *told == OMADM_ST_OK && settled;
}

/* ---- what is there ---- */

/* The value of a leaf; *n octets of it. */
static omadm_status read_leaf(scene *s, const char *uri, char octets[BIG + 100], size_t *n) {
  omadm_node node = {0};
  omadm_answer answer = {0};
  *n = 0;
  omadm_status status = resolve(s, uri, &node);
  if (status == OMADM_ST_OK) status = s->tree->get(s->tree->ctx, &s->origin, &node, &answer);
  if (status == OMADM_ST_OK && answer.data.len < BIG + 100) {
    if (answer.data.len > 0) memcpy(octets, answer.data.ptr, answer.data.len);
    *n = answer.data.len;
  }
  const omadm_token snapshot = answer.snapshot;
  while (status == OMADM_ST_OK && snapshot != 0 && *n < BIG) {
    status = s->tree->read(s->tree->ctx, snapshot, *n, BIG - *n, &answer);
    if (answer.data.len == 0) break;
    memcpy(octets + *n, answer.data.ptr, answer.data.len);
    *n += answer.data.len;
  }
  if (snapshot != 0) s->tree->release(s->tree->ctx, snapshot);
  octets[*n] = '\0';
  return status;
}

static bool looks(scene *s, const char *uri, const char *text, char why[300]) {
  static char octets[BIG + 100];
  size_t n = 0;
  omadm_status status = read_leaf(s, uri, octets, &n);
  /* The kill may hit this very question: then the next one has to be answered. */
  if (status == OMADM_ST_FAILED) status = read_leaf(s, uri, octets, &n);
  if (text == NULL && status == OMADM_ST_NOT_FOUND) return true;
  if (text != NULL && status == OMADM_ST_OK && strcmp(octets, text) == 0) return true;
  snprintf(why, 300, "%s: %u \"%.20s\", not \"%.20s\"", uri, status, octets,
           text != NULL ? text : "nothing");
  return false;
}

bool scene_is_after(scene *s, unsigned i, char why[300]) {
  static char big[BIG + 1];
  char text[20] = "";
  i = scene_effective(i);
  if (i > 0) snprintf(text, sizeof text, "%u", i);
  big[0] = '\0';
  if (big_of(i) > 0) big_text(big_of(i), big);
  return looks(s, "./Vendor/Items/Text", text, why) && looks(s, "./Vendor/Items/Big", big, why) &&
         looks(s, "./Vendor/Keeps/Value", text, why) && looks(s, "./Vendor/Keeps/Blob", big, why) &&
         looks(s, "./Vendor/Keeps/Box/a/Name", box_of(i) == 1 ? text : NULL, why) &&
         looks(s, "./Vendor/Stages/Value", text, why) &&
         looks(s, "./Vendor/Stages/Other", text, why);
}

static bool has_only(const scene *s, const char *below, const char *const *names, size_t most,
                     char why[300]) {
  char path[400];
  size_t n = 0;
  snprintf(path, sizeof path, "%s/%s", s->folder, below);
  DIR *all = opendir(path);
  if (all == NULL) fail(path, "cannot be listed");
  bool good = true;
  for (const struct dirent *e = readdir(all); good && e != NULL; e = readdir(all)) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    bool known = names == NULL;
    for (const char *const *name = names; !known && *name != NULL; name++)
      known = strcmp(e->d_name, *name) == 0;
    good = known && ++n <= most;
    if (!good) snprintf(why, 300, "%s/%s is left over", below, e->d_name);
  }
  closedir(all);
  return good;
}

bool scene_is_clean(scene *s, char why[300]) {
  static const char *const keeps[] = {"Value", "Blob", "Box+a", "Box+a+Name", NULL};
  static const char *const stages[] = {"values", NULL};
  static const char *const state[] = {"store.db", "store.db-wal", "store.db-shm", "values", NULL};
  const omadm_str none = {"", 0};
  omadm_str key, value;
  if (s->store->ops->next(s->store, OMADM_STORE_JOURNAL, none, none, &key, &value, NULL) == 0) {
    snprintf(why, 300, "the journal has a row of %.11s", key.ptr);
    return false;
  }
  return has_only(s, "Keeps", keeps, 4, why) && has_only(s, "Stages", stages, 1, why) &&
         has_only(s, "state", state, 4, why) && has_only(s, "state/values", NULL, 1, why);
}
