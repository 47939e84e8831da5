/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE(name)                                                                                \
  DDF(ROOT(                                                                                        \
      name, "./Vendor",                                                                            \
      LEAF("Value", GR, "chr", ONE, "Permanent") LEAF("Number", GR, "int", ONE, "Permanent")       \
          LEAF("Secret", "<Replace/>", "chr", ONE, "Permanent") INNER(                             \
              "List", G, ONE, "Permanent", LEAF("", ADGR, "chr", AT_MOST("3"), "Dynamic"))         \
              INNER("Box", G, ONE, "Permanent",                                                    \
                    INNER("", ADG, MANY, "Dynamic", LEAF("Name", ADGR, "chr", MAYBE, "Dynamic")))  \
                  LEAF("Run", "<Exec/><Get/>", "chr", ONE, "Permanent")))

probe_orders probe_do;
char probe_calls[4096];
omadm_token probe_token;
omadm_token probe_exec_token;
uint64_t probe_transaction;
const omadm_csp_services *probe_services;
uint64_t probe_host;
const omadm_csp_request *probe_kept;

/* Values by URI. The staging probe keeps those of an open transaction apart. */
enum { ROOM = 32 };
typedef struct entry {
  char uri[100];
  char value[200];
  int set;
} entry;
static entry kept[ROOM], staged[ROOM];
static uint64_t open_transaction;

void probe_reset(void) {
  memset(&probe_do, 0, sizeof probe_do);
  memset(kept, 0, sizeof kept);
  memset(staged, 0, sizeof staged);
  probe_calls[0] = '\0';
  probe_token = 0;
  open_transaction = 0;
}

static void note(const char *format, ...) {
  size_t used = strlen(probe_calls);
  va_list ap;
  va_start(ap, format);
  vsnprintf(probe_calls + used, sizeof probe_calls - used, format, ap);
  va_end(ap);
}

static entry *find(entry *table, omadm_str uri, int make) {
  entry *free_one = NULL;
  for (size_t i = 0; i < ROOM; i++) {
    if (table[i].set && omadm_str_is(uri, table[i].uri)) return &table[i];
    if (!table[i].set && free_one == NULL) free_one = &table[i];
  }
  if (!make || free_one == NULL) return NULL;
  snprintf(free_one->uri, sizeof free_one->uri, "%.*s", (int)uri.len, uri.ptr);
  free_one->set = 1;
  return free_one;
}

static entry *values(uint64_t self) {
  return self == 2 && open_transaction != 0 ? staged : kept;
}

static omadm_status opened(const omadm_csp_services *services, uint64_t host, uint64_t *self,
                           uint64_t number) {
  probe_services = services;
  probe_host = host;
  *self = number;
  note("open ");
  return OMADM_ST_OK;
}

static omadm_status probe_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  return opened(services, host, self, 1);
}

static omadm_status staging_open(const omadm_csp_services *services, uint64_t host,
                                 uint64_t *self) {
  return opened(services, host, self, 2);
}

static void probe_close(uint64_t self) {
  (void)self;
  note("close ");
}

static void done(void *arg) {
  free(arg);
  note("done ");
  probe_complete(probe_do.job_status);
}

static void run(void *arg) {
  *(int *)arg = 1;
}

/* The order for a verb: 0 go on; else what is answered. */
static omadm_status ordered(omadm_status order, const omadm_csp_request *r) {
  if (order == OMADM_ST_PENDING || order == OMADM_ST_ACCEPTED) probe_token = r->token;
  if (order == OMADM_ST_PENDING && probe_do.by_job)
    probe_services->job(probe_host, run, done, calloc(1, sizeof(int)));
  return order;
}

static const char *last_name(const omadm_csp_request *r) {
  static char name[60];
  size_t i = r->uri.len;
  while (i > 0 && r->uri.ptr[i - 1] != '/')
    i--;
  snprintf(name, sizeof name, "%.*s", (int)(r->uri.len - i), r->uri.ptr + i);
  return name;
}

static omadm_status probe_find(uint64_t self, const omadm_csp_request *r) {
  if (probe_do.find != 0) return probe_do.find;
  return find(values(self), r->uri, 0) != NULL ? 200 : 404;
}

static omadm_status probe_get(uint64_t self, const omadm_csp_request *r) {
  note("get(%s) ", last_name(r));
  probe_kept = r;
  const entry *e = find(values(self), r->uri, 0);
  omadm_status order = ordered(probe_do.get, r);
  if (order != 0 && order != OMADM_ST_PENDING) return order;
  const omadm_str value = omadm_str_of(e != NULL ? e->value : "");
  const omadm_str half = {value.ptr, value.len / 2},
                  rest = {value.ptr + half.len, value.len - half.len};
  assert_int_equal(probe_services->value(probe_host, r->token, half), 0);
  assert_int_equal(probe_services->value(probe_host, r->token, rest), 0);
  if (probe_do.complete_at_once) assert_int_equal(probe_complete(OMADM_ST_OK), 0);
  return order != 0 ? order : OMADM_ST_OK;
}

static omadm_status probe_list(uint64_t self, const omadm_csp_request *r) {
  omadm_status order = ordered(probe_do.list, r);
  if (order != 0 && order != OMADM_ST_PENDING) return order;
  const entry *table = values(self);
  for (size_t i = 0; i < ROOM; i++) {
    const char *uri = table[i].uri;
    if (!table[i].set || strncmp(uri, r->uri.ptr, r->uri.len) != 0 || uri[r->uri.len] != '/')
      continue;
    const char *name = uri + r->uri.len + 1;
    if (strchr(name, '/') == NULL) probe_services->child(probe_host, r->token, omadm_str_of(name));
  }
  return order != 0 ? order : OMADM_ST_OK;
}

static omadm_status put(uint64_t self, const omadm_csp_request *r) {
  entry *e = find(values(self), r->uri, 1);
  assert_non_null(e);
  snprintf(e->value, sizeof e->value, "%.*s", (int)r->value.len,
           r->value.len > 0 ? r->value.ptr : "");
  return OMADM_ST_OK;
}

static omadm_status probe_add(uint64_t self, const omadm_csp_request *r) {
  note("add(%s)=%.*s ", last_name(r), (int)r->value.len, r->value.len > 0 ? r->value.ptr : "");
  omadm_status order = ordered(probe_do.add, r);
  if (probe_do.fail_leaf && r->format != OMADM_FORMAT_NODE) return OMADM_ST_FAILED;
  return order != 0 ? order : put(self, r);
}

static omadm_status probe_replace(uint64_t self, const omadm_csp_request *r) {
  note("replace(%s)=%.*s ", last_name(r), (int)r->value.len, r->value.len > 0 ? r->value.ptr : "");
  omadm_status order = ordered(probe_do.replace, r);
  if (order == OMADM_ST_PENDING) put(self, r);
  if (order != 0) return order;
  return put(self, r);
}

static omadm_status probe_remove(uint64_t self, const omadm_csp_request *r) {
  note("remove(%s) ", last_name(r));
  omadm_status order = ordered(probe_do.remove, r);
  if (order != 0) return order;
  entry *table = values(self);
  for (size_t i = 0; i < ROOM; i++) {
    if (strncmp(table[i].uri, r->uri.ptr, r->uri.len) == 0) table[i].set = 0;
  }
  return OMADM_ST_OK;
}

static omadm_status probe_exec(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  probe_exec_token = r->token;
  note("exec(%s)=%.*s ", last_name(r), (int)r->value.len, r->value.len > 0 ? r->value.ptr : "");
  omadm_status order = ordered(probe_do.exec, r);
  if (probe_do.complete_at_once) assert_int_equal(probe_complete(OMADM_ST_OK), 0);
  return order != 0 ? order : OMADM_ST_OK;
}

static omadm_status probe_begin(uint64_t self, uint64_t transaction) {
  (void)self;
  note("begin ");
  if (probe_do.begin != 0) return probe_do.begin;
  assert_int_equal(open_transaction, 0);
  open_transaction = probe_transaction = transaction;
  memcpy(staged, kept, sizeof staged);
  return OMADM_ST_OK;
}

static omadm_status probe_prepare(uint64_t self, uint64_t transaction) {
  (void)self;
  note("prepare ");
  assert_int_equal(open_transaction, transaction);
  return probe_do.prepare != 0 ? probe_do.prepare : OMADM_ST_OK;
}

static omadm_status probe_commit(uint64_t self, uint64_t transaction) {
  (void)self;
  note("commit ");
  if (open_transaction == 0) return OMADM_ST_OK; /* it comes again */
  assert_int_equal(open_transaction, transaction);
  if (probe_do.commit != 0) return probe_do.commit;
  memcpy(kept, staged, sizeof kept);
  open_transaction = 0;
  return OMADM_ST_OK;
}

static omadm_status probe_rollback(uint64_t self, uint64_t transaction) {
  (void)self;
  note("rollback ");
  assert_int_equal(open_transaction, transaction);
  open_transaction = 0;
  return probe_do.rollback != 0 ? probe_do.rollback : OMADM_ST_OK;
}

static void probe_cancel(uint64_t self, omadm_token token) {
  (void)self;
  assert_int_equal(token, probe_token);
  note("cancel ");
}

static omadm_status probe_resume(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  note("resume(%s,%.*s,%.*s) ", last_name(r), (int)r->server_id.len, r->server_id.ptr,
       (int)r->correlator.len, r->correlator.ptr);
  probe_token = r->token;
  return probe_do.resume != 0 ? probe_do.resume : OMADM_ST_PENDING;
}

static void probe_event(uint64_t self, omadm_csp_event event, omadm_str text) {
  (void)self;
  note("event(%d,%.*s) ", (int)event, (int)text.len, text.len > 0 ? text.ptr : "");
}

omadm_err probe_complete(omadm_status status) {
  return probe_services->complete(probe_host, probe_token, status, NULL);
}

#define VERBS                                                                                      \
  .struct_size = sizeof(omadm_csp_slots), .close = probe_close, .find = probe_find,                \
  .list = probe_list, .get = probe_get, .add = probe_add, .replace = probe_replace,                \
  .remove = probe_remove, .exec = probe_exec, .cancel = probe_cancel, .resume = probe_resume,      \
  .event = probe_event

static const omadm_csp_slots slots = {.open = probe_open, VERBS};
static const omadm_csp_slots staging_slots = {.open = staging_open,
                                              VERBS,
                                              .begin = probe_begin,
                                              .prepare = probe_prepare,
                                              .commit = probe_commit,
                                              .rollback = probe_rollback};
static const omadm_csp_slots bare_slots = {
    .struct_size = offsetof(omadm_csp_slots, find), .open = probe_open, .close = probe_close};

static const char ddf[] = SHAPE("Probe");
static const char staging_ddf[] = SHAPE("Stage");
static const char bare_ddf[] = SHAPE("Bare");

const omadm_csp_descriptor probe_csp = {OMADM_CSP_ABI,  sizeof probe_csp, "Probe", "1.0", ddf,
                                        sizeof ddf - 1, &slots,           0,       0};
const omadm_csp_descriptor probe_staging_csp = {
    OMADM_CSP_ABI,          sizeof probe_staging_csp, "Stage", "1.0", staging_ddf,
    sizeof staging_ddf - 1, &staging_slots,           0,       0};
const omadm_csp_descriptor probe_bare_csp = {
    OMADM_CSP_ABI,       sizeof probe_bare_csp, "Bare", "1.0", bare_ddf,
    sizeof bare_ddf - 1, &bare_slots,           0,      0};
