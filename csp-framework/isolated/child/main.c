/* SPDX-License-Identifier: MIT */
/* omadm-csp-host: the process that a plugin has for itself. The agent starts it; nobody else has a
 * use for it. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "csp-framework/isolated/child/child.h"
#include "csp-framework/isolated/sandbox.h"

enum { GONE = 3 }; /* the exit status where the agent does not speak to it */

static child self;

child *child_of(uint64_t host) {
  return host == (uint64_t)(uintptr_t)&self ? &self : NULL;
}

/* What start asks for; spans are terminated copies. */
typedef struct order {
  sandbox_config sandbox;
  char *allow[SANDBOX_ALLOWED];
  char *path;
} order;

static char *text(wire_reader *r) {
  omadm_str s = wire_get_str(r);
  return omadm_str_dup(&omadm_mem_default, s);
}

static bool read_order(const wire_message *m, order *o) {
  wire_reader r = {.left = omadm_buf_str(&m->body)};
  *o = (order){.sandbox = {.socket = WIRE_FD}};
  o->sandbox.change_user = wire_get(&r) != 0;
  o->sandbox.uid = wire_get_u32(&r);
  o->sandbox.gid = wire_get_u32(&r);
  o->sandbox.parent = (int64_t)wire_get(&r);
  o->sandbox.memory = wire_get(&r);
  o->sandbox.cpu_seconds = wire_get_u32(&r);
  o->path = text(&r);
  o->sandbox.plugin = o->path;
  o->sandbox.allow = (const char *const *)o->allow;
  o->sandbox.n_allow = (size_t)wire_get(&r);
  if (o->path == NULL || o->sandbox.n_allow > SANDBOX_ALLOWED) return false;
  for (size_t i = 0; i < o->sandbox.n_allow; i++) {
    o->allow[i] = text(&r);
    if (o->allow[i] == NULL) return false;
  }
  return wire_end(&r);
}

static void dispose_order(order *o) {
  for (size_t i = 0; i < o->sandbox.n_allow; i++)
    omadm_mem_free(&omadm_mem_default, o->allow[i]);
  omadm_mem_free(&omadm_mem_default, o->path);
}

/* Slots of our ABI none of which can be seen, for they do not say how large they are. */
static bool has_no_size(const omadm_csp_descriptor *given) {
  omadm_csp_descriptor d = {0};
  if (given->abi != OMADM_CSP_ABI) return false;
  memcpy(&d, given, given->struct_size < sizeof d ? given->struct_size : sizeof d);
  return d.slots != NULL && d.slots->struct_size == 0;
}

/* The plugin's descriptor; else an error and a sentence. */
static omadm_err load(const char *path, void **library, const omadm_csp_descriptor **found,
                      char *why, size_t size) {
  *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (*library == NULL) {
    const char *said = dlerror();
    size_t n = strlen(path); /* which it begins with */
    if (strncmp(said, path, n) == 0 && strncmp(said + n, ": ", 2) == 0) said += n + 2;
    snprintf(why, size, "cannot be loaded: %s", said);
    return OMADM_E_IO;
  }
  omadm_csp_descriptor_fn get = NULL;
  void *symbol = dlsym(*library, OMADM_CSP_SYMBOL);
  memcpy(&get, &symbol, sizeof get); /* how POSIX turns what dlsym gives into a function */
  if (get == NULL) snprintf(why, size, "is no plugin: it does not export " OMADM_CSP_SYMBOL);
  *found = get != NULL ? get() : NULL;
  if (get != NULL && *found == NULL)
    snprintf(why, size, "is no plugin: its " OMADM_CSP_SYMBOL " gives NULL");
  if (*found != NULL && has_no_size(*found)) {
    snprintf(why, size,
             "has slots whose struct_size is 0, so none of them is seen: set it to "
             "sizeof(omadm_csp_slots)");
    *found = NULL;
  }
  return *found != NULL ? OMADM_OK : OMADM_E_ABI;
}

static void put_text(wire_writer *w, const char *s) {
  wire_put(w, s != NULL);
  wire_put_str(w, omadm_str_of(s));
}

/* A table of this program's size: what the plugin does not know is missing. */
static const omadm_csp_slots *take_slots(const omadm_csp_slots *given, omadm_csp_slots *own) {
  if (given == NULL) return NULL;
  memcpy(own, given, given->struct_size < sizeof *own ? given->struct_size : sizeof *own);
  return own;
}

static uint64_t slot_mask(const omadm_csp_slots *slots) {
  void (*slot)(void) = NULL;
  uint64_t mask = 0;
  for (size_t i = WIRE_SLOT_OF(open); slots != NULL && i < WIRE_SLOTS; i++) {
    memcpy(&slot, (const char *)slots + i * sizeof slot, sizeof slot);
    if (slot != NULL) mask |= UINT64_C(1) << i;
  }
  return mask;
}

/* Of another ABI nothing but its number is looked at. */
static void put_descriptor(wire_writer *w, const omadm_csp_descriptor *given, child *c,
                           omadm_csp_slots *own) {
  omadm_csp_descriptor d = {0};
  bool ours = given->abi == OMADM_CSP_ABI;
  size_t size = given->struct_size < sizeof d ? given->struct_size : sizeof d;
  if (ours) memcpy(&d, given, size);
  c->slots = take_slots(d.slots, own);
  wire_put(w, given->abi);
  wire_put(w, ours ? given->struct_size : 0);
  put_text(w, d.name);
  put_text(w, d.version);
  wire_put(w, d.ddf != NULL);
  wire_put_str(w, (omadm_str){d.ddf, d.ddf != NULL ? d.ddf_len : 0});
  wire_put(w, d.slots != NULL);
  wire_put(w, slot_mask(c->slots));
  wire_put(w, d.flags);
  wire_put(w, d.services_needed);
}

/* Loads what the host wants and says so. False: there is nothing to run. */
static bool start(child *c, omadm_csp_slots *slots, void **library) {
  wire_message m = {0};
  order o;
  char why[400] = "";
  if (wire_receive(WIRE_FD, &m, SIZE_MAX, INT64_MAX, true) != WIRE_OK || m.type != WIRE_START ||
      !read_order(&m, &o)) {
    omadm_buf_dispose(&m.body);
    return false;
  }
  const omadm_csp_descriptor *d = NULL;
  omadm_err err = OMADM_E_UNSUPPORTED;
  snprintf(why, sizeof why, "is not loaded: there are no descriptors left");
  if (sandbox_enter(&o.sandbox, why, sizeof why) == 0 && child_jobs_init(c))
    err = load(o.path, library, &d, why, sizeof why);
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, (uint64_t)-err);
  wire_put_str(&w, omadm_str_of(why));
  if (d != NULL) put_descriptor(&w, d, c, slots);
  bool said = w.err == 0 &&
              wire_send(WIRE_FD, WIRE_HELLO, m.id, omadm_buf_str(&c->out), INT64_MAX) == WIRE_OK;
  omadm_buf_dispose(&m.body);
  dispose_order(&o);
  return said && d != NULL;
}

static void dispose(child *c) {
  child_jobs_dispose(c);
  child_forget(c);
  child_waiter_dispose(&c->waiter);
  omadm_buf_dispose(&c->question.body);
  omadm_buf_dispose(&c->answers);
  omadm_buf_dispose(&c->out);
  pthread_cond_destroy(&c->changed);
  pthread_cond_destroy(&c->work);
  pthread_mutex_destroy(&c->lock);
  pthread_mutex_destroy(&c->sending);
}

int main(void) {
  static omadm_csp_slots slots;
  child *c = &self;
  void *library = NULL;
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* until the sandbox does it anew */
  c->main = pthread_self();
  pthread_mutex_init(&c->lock, NULL);
  pthread_mutex_init(&c->sending, NULL);
  pthread_cond_init(&c->changed, NULL);
  pthread_cond_init(&c->work, NULL);
  if (!start(c, &slots, &library)) return GONE;
  for (bool open = true; open;) {
    if (!child_listen(c)) _exit(GONE); /* the plugin's threads may be anywhere */
    child_jobs_tell(c);
    pthread_mutex_lock(&c->lock);
    bool asked = c->asked;
    pthread_mutex_unlock(&c->lock);
    if (asked) open = child_slot(c);
  }
  dispose(c);
  if (library != NULL) dlclose(library);
  return 0;
}
