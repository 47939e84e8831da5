/* SPDX-License-Identifier: MIT */
/* One plugin, built once without a fault and once for each: FAULT is one of the words below. Its
 * values are in memory and, unless it stages, in its store as soon as they change. */
#include <omadm/csp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  NONE,
  STAGES, /* a plugin without a fault that stages */
  NEEDS_ATOMIC, /* one whose number may change in an Atomic only */
  ALTERNATES,
  LIES,
  STAYS,
  OMITS,
  GHOST,
  KEEPS_ON_ROLLBACK,
  WRONG_FORMAT,
  FORBIDDEN_VALUE,
  FORGETS,
  TWICE,
  NEVER,
  BLOCKS,
  NO_SLOT,
  OPENS_ONCE,
  CUTS,
  NAME_IS_PATH,
  FAILS,
  REFUSES, /* no fault: a plugin may say no */
  DEAF, /* a request that was given up never ends */
  CRASHES,
  ODD, /* no fault: its names have values that nobody makes up, and an odd description */
  NO_FIND,
  NO_LIST,
  LOWERS, /* lists names in another letter case than they were added in */
  LOWERS_RIGHTLY /* the same where their case does not count */
};

#define NODE(name, path, access, format, occurs, scope, type, more)                                \
  "<Node><NodeName>" name "</NodeName>" path "<DFProperties><AccessType>" access                   \
  "</AccessType><DFFormat><" format "/></DFFormat><Occurrence><" occurs                            \
  "/></Occurrence><Scope><" scope "/></Scope><DFType>" type "</DFType>" more "</DFProperties>"
#define INNER "<DDFName/>"
#define MIME "<MIME>text/plain</MIME>"
#define VALUES                                                                                     \
  "<MSFT:AllowedValues ValueType=\"Range\"><MSFT:Value>[0-10]</MSFT:Value></MSFT:AllowedValues>"
#define ALL "<Add/><Delete/><Get/><Replace/>"
#define SOME "<Get/><Replace/>"
#ifdef NOCASE
#define VENDOR "<Path>./Vendor/MSFT</Path>"
#else
#define VENDOR "<Path>./Vendor</Path>"
#endif

#ifdef RARE
#define TEXTS                                                                                      \
  "<MSFT:AllowedValues "                                                                           \
  "ValueType=\"RegEx\"><MSFT:Value>q[0-9]{3}z</MSFT:Value></MSFT:AllowedValues>"                   \
  "<Odd/>"
#else
#define TEXTS ""
#endif
#ifdef ATOMIC
#define RULES VALUES "<MSFT:AtomicRequired/>"
#else
#define RULES VALUES
#endif
#define XMLNS "xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\""
#define TOP NODE("Faulty", VENDOR, "<Get/>", "node", "One", "Permanent", INNER, "")
#define FIRST NODE("Number", "", SOME, "int", "One", "Permanent", MIME, RULES)
#define SECOND NODE("Names", "", "<Get/>", "node", "One", "Permanent", INNER, "")
#define BELOW NODE("", "", ALL, "chr", "ZeroOrMore", "Dynamic", MIME, TEXTS)
#define END "</Node>"

static const char ddf[] =
    "<MgmtTree " XMLNS "><VerDTD>1.2</VerDTD>" TOP FIRST END SECOND BELOW END END END "</MgmtTree>";
enum { ROOT, NUMBER, NAMES, TEXT };
enum { MOST = 8, LONGEST = 2048 };

typedef struct entry {
  char name[256];
  char value[LONGEST];
  size_t len;
  int used;
} entry;

typedef struct faulty {
  const omadm_csp_services *services;
  uint64_t host;
  unsigned gets;
  int staging, deaf;
  omadm_token late;
  entry now[MOST + 1], before[MOST + 1]; /* the last one is the number */
} faulty;

static faulty *of(uint64_t self) {
  return (faulty *)(uintptr_t)self;
}

static const omadm_str key = OMADM_STR("entries");

static void save(faulty *f) {
  const omadm_str all = {(const char *)f->now, sizeof f->now};
  if (FAULT != FORGETS) f->services->store_set(f->host, key, all);
}

static omadm_status on_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  omadm_str all;
  faulty *f = calloc(1, sizeof *f);
  if (f == NULL) return OMADM_ST_FAILED;
  *f = (faulty){.services = services, .host = host};
  f->now[MOST] = (entry){.value = "7", .len = 1, .used = 1};
  if (FAULT == FORBIDDEN_VALUE) f->now[MOST] = (entry){.value = "99", .len = 2, .used = 1};
  if (services->store_get(host, key, &all) == 0 && all.len == sizeof f->now) {
    memcpy(f->now, all.ptr, all.len);
    if (FAULT == OPENS_ONCE) {
      free(f);
      return OMADM_ST_FAILED;
    }
  }
  *self = (uint64_t)(uintptr_t)f;
  return OMADM_ST_OK;
}

static void on_close(uint64_t self) {
  free(of(self));
}

static int lower(int c) {
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int is_called(const entry *e, omadm_str name) {
  if (strlen(e->name) != name.len) return 0;
  for (size_t i = 0; i < name.len; i++)
    if (FAULT == LOWERS_RIGHTLY ? lower(e->name[i]) != lower(name.ptr[i])
                                : e->name[i] != name.ptr[i])
      return 0;
  return 1;
}

static entry *find(faulty *f, const omadm_csp_request *r) {
  if (r->node == NUMBER) return &f->now[MOST];
  for (size_t i = 0; i < MOST && r->n_names > 0; i++)
    if (f->now[i].used && is_called(&f->now[i], r->names[0])) return &f->now[i];
  return NULL;
}

static void changed(faulty *f) {
  if (!f->staging) save(f);
}

static omadm_status on_find(uint64_t self, const omadm_csp_request *r) {
  return r->node != TEXT || find(of(self), r) != NULL ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

static omadm_status on_list(uint64_t self, const omadm_csp_request *r) {
  faulty *f = of(self);
  static const omadm_str ghost = OMADM_STR("ghost");
  if (r->node != NAMES) return OMADM_ST_OK;
  if (FAULT == GHOST) f->services->child(f->host, r->token, ghost);
  for (size_t i = FAULT == OMITS; i < MOST; i++) {
    char name[sizeof f->now[i].name];
    if (!f->now[i].used) continue;
    memcpy(name, f->now[i].name, sizeof name);
    for (char *c = name; FAULT >= LOWERS && *c != '\0'; c++)
      *c = (char)lower(*c);
    f->services->child(f->host, r->token, (omadm_str){name, strlen(name)});
  }
  return OMADM_ST_OK;
}

static void work(void *arg) {
  (void)arg;
}

static void worked(void *arg) {
  faulty *f = arg;
  if (!f->deaf) f->services->complete(f->host, f->late, OMADM_ST_OK, NULL);
}

static void on_cancel(uint64_t self, omadm_token token) {
  of(self)->deaf = of(self)->late == token;
}

static omadm_status on_get(uint64_t self, const omadm_csp_request *r) {
  faulty *f = of(self);
  const entry *e = find(f, r);
  static const omadm_str many = OMADM_STR("many");
  const struct timespec long_time = {0, 300 * 1000 * 1000};
  omadm_str value = {e->value, e->len};
  if (FAULT == CRASHES && r->node == NUMBER) abort();
  if (FAULT == NEVER) return OMADM_ST_PENDING;
  if (FAULT == FAILS && r->node == NUMBER) return OMADM_ST_FAILED;
  if (FAULT == REFUSES && r->node == NUMBER) return OMADM_ST_FORBIDDEN;
  if (FAULT == BLOCKS && f->gets == 0) nanosleep(&long_time, NULL);
  if (FAULT == WRONG_FORMAT && r->node == NUMBER) value = many;
  if (FAULT == ALTERNATES && f->gets % 2 == 1 && r->node == TEXT) value = many;
  f->gets++;
  f->services->value(f->host, r->token, value);
  if (FAULT == DEAF && r->node == NUMBER) {
    f->late = r->token;
    f->services->job(f->host, work, worked, f);
    return OMADM_ST_PENDING;
  }
  if (FAULT == TWICE) {
    f->services->complete(f->host, r->token, OMADM_ST_OK, NULL);
    f->services->complete(f->host, r->token, OMADM_ST_OK, NULL);
    return OMADM_ST_PENDING;
  }
  return OMADM_ST_OK;
}

static void set(entry *e, omadm_str value) {
  e->len = FAULT == CUTS && value.len > 100 ? 100 : value.len;
  if (e->len > 0) memcpy(e->value, value.ptr, e->len);
  e->used = 1;
}

static omadm_status on_replace(uint64_t self, const omadm_csp_request *r) {
  faulty *f = of(self);
  if (FAULT == LIES) return OMADM_ST_OK;
  if (r->value.len > LONGEST) return OMADM_ST_TOO_LARGE;
  set(find(f, r), r->value);
  changed(f);
  return OMADM_ST_OK;
}

static omadm_status on_add(uint64_t self, const omadm_csp_request *r) {
  faulty *f = of(self);
  size_t i = 0;
  omadm_str name = r->names[0];
  while (i < MOST && f->now[i].used)
    i++;
  if (i == MOST) return OMADM_ST_DEVICE_FULL;
  if (r->value.len > LONGEST || name.len >= sizeof f->now[i].name) return OMADM_ST_TOO_LARGE;
  if (FAULT == NAME_IS_PATH && memchr(name.ptr, '/', name.len) != NULL)
    name.len = (size_t)((const char *)memchr(name.ptr, '/', name.len) - name.ptr);
  memset(f->now[i].name, 0, sizeof f->now[i].name);
  memcpy(f->now[i].name, name.ptr, name.len);
  set(&f->now[i], r->value);
  changed(f);
  return OMADM_ST_OK;
}

static omadm_status on_remove(uint64_t self, const omadm_csp_request *r) {
  faulty *f = of(self);
  if (FAULT != STAYS) find(f, r)->used = 0;
  changed(f);
  return OMADM_ST_OK;
}

static omadm_status on_begin(uint64_t self, uint64_t transaction) {
  faulty *f = of(self);
  (void)transaction;
  memcpy(f->before, f->now, sizeof f->now);
  f->staging = 1;
  return OMADM_ST_OK;
}

static omadm_status on_prepare(uint64_t self, uint64_t transaction) {
  (void)transaction;
  save(of(self));
  return OMADM_ST_OK;
}

static omadm_status on_commit(uint64_t self, uint64_t transaction) {
  (void)transaction;
  of(self)->staging = 0;
  return OMADM_ST_OK;
}

static omadm_status on_rollback(uint64_t self, uint64_t transaction) {
  faulty *f = of(self);
  (void)transaction;
  if (FAULT != KEEPS_ON_ROLLBACK) memcpy(f->now, f->before, sizeof f->now);
  f->staging = 0;
  return OMADM_ST_OK;
}

#define IF_STAGING(slot) (FAULT == STAGES || FAULT == KEEPS_ON_ROLLBACK ? (slot) : NULL)
static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = on_open,
                                      .close = on_close,
                                      .find = FAULT == NO_FIND ? NULL : on_find,
                                      .list = FAULT == NO_LIST ? NULL : on_list,
                                      .get = on_get,
                                      .add = on_add,
                                      .replace = FAULT == NO_SLOT ? NULL : on_replace,
                                      .remove = on_remove,
                                      .cancel = on_cancel,
                                      .begin = IF_STAGING(on_begin),
                                      .prepare = IF_STAGING(on_prepare),
                                      .commit = IF_STAGING(on_commit),
                                      .rollback = IF_STAGING(on_rollback)};

static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Faulty",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
