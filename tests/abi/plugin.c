/* SPDX-License-Identifier: MIT */
/*
 * A plugin that uses every slot and every service of ABI 1. It is built from the kept headers, and
 * from headers in which structures have grown (ABI_GROWN), where ABI_NEEDS says that it cannot work
 * without what is new. What does not look as it should is answered 510, and logged.
 */
#include <omadm/csp.h>
#include <omadm/tpm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THINGS = 8, ROOM = 64 };
enum { NODE_ABI, NODE_REPORT, NODE_LATE, NODE_DO, NODE_THINGS, NODE_THING };

typedef struct thing {
  char name[ROOM], value[ROOM];
} thing;

typedef struct plugin {
  const omadm_csp_services *services;
  uint64_t host;
  thing things[THINGS], before[THINGS]; /* staged; as they were before the transaction */
  uint64_t staged;
  unsigned events, cancels;
  char seen[200];
} plugin;

typedef struct work {
  plugin *self;
  omadm_token token;
  int alerts;
  omadm_err http;
  uint32_t stage;
  omadm_tpm_status tpm;
  uint8_t octets[4];
} work;

static plugin *plugin_of(uint64_t self) {
  return (plugin *)(uintptr_t)self;
}

static omadm_status odd(plugin *p, const char *what) {
  char line[100];
  const int n = snprintf(line, sizeof line, "odd: %s", what);
  const omadm_str text = {line, (size_t)n};
  p->services->log(p->host, OMADM_CSP_LOG_ERROR, text);
  return OMADM_ST_STORE_FAILED;
}

static int same(omadm_str a, const char *b) {
  return a.len == strlen(b) && (a.len == 0 || memcmp(a.ptr, b, a.len) == 0);
}

/* Is the request whole? */
static omadm_status check(plugin *p, const omadm_csp_request *r) {
  if (r->struct_size < offsetof(omadm_csp_request, value_size) + sizeof r->value_size)
    return odd(p, "the request is too small");
  if (r->root != 0 || r->node > NODE_THING || r->token == 0) return odd(p, "root, node or token");
  if (r->uri.len < 12 || memcmp(r->uri.ptr, "./Vendor/Abi", 12) != 0) return odd(p, "uri");
  if (r->n_names != (r->node == NODE_THING)) return odd(p, "n_names");
  if (r->value_size < r->value.len) return odd(p, "value_size");
  if (r->server_id.len > 255 || r->session_id.len > 255) return odd(p, "server_id");
  return OMADM_ST_OK;
}

static omadm_status plugin_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  plugin *p = calloc(1, sizeof *p);
  omadm_str value;
  if (p == NULL) return OMADM_ST_FAILED;
  p->services = services;
  p->host = host;
  *self = (uint64_t)(uintptr_t)p;
  if (services->now(host) < 0) return odd(p, "now");
  if (services->setting(host, (omadm_str)OMADM_STR("greeting"), &value) != OMADM_OK ||
      !same(value, "hello Abi"))
    return odd(p, "setting");
  if (services->store_set(host, (omadm_str)OMADM_STR("key"), (omadm_str)OMADM_STR("kept")) != 0 ||
      services->store_get(host, (omadm_str)OMADM_STR("key"), &value) != 0 || !same(value, "kept"))
    return odd(p, "store");
  return OMADM_ST_OK;
}

static void plugin_close(uint64_t self) {
  free(plugin_of(self));
}

static thing *thing_find(plugin *p, omadm_str name) {
  for (size_t i = 0; i < THINGS; i++)
    if (p->things[i].name[0] != '\0' && same(name, p->things[i].name)) return &p->things[i];
  return NULL;
}

static void put(char room[ROOM], omadm_str text) {
  const size_t n = text.len < ROOM ? text.len : ROOM - 1;
  if (n > 0) memcpy(room, text.ptr, n);
  room[n] = '\0';
}

static omadm_status plugin_find(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  if (status != OMADM_ST_OK) return status;
  return thing_find(p, r->names[0]) != NULL ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

static omadm_status plugin_list(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  omadm_status status = check(p, r);
  for (size_t i = 0; status == OMADM_ST_OK && i < THINGS; i++) {
    const omadm_str name = {p->things[i].name, strlen(p->things[i].name)};
    if (name.len > 0 && p->services->child(p->host, r->token, name) != OMADM_OK)
      status = odd(p, "child");
  }
  return status;
}

static omadm_status answer(plugin *p, omadm_token token, const char *text) {
  const omadm_str value = {text, strlen(text)};
  return p->services->value(p->host, token, value) == OMADM_OK ? OMADM_ST_OK : odd(p, "value");
}

/* On a worker: what may be called from any thread. */
static void work_run(void *arg) {
  work *w = arg;
  char body[16];
  omadm_csp_http_request request = {.struct_size = sizeof request,
                                    .method = OMADM_STR("GET"),
                                    .url = OMADM_STR("https://127.0.0.1:1/")};
  omadm_csp_http_reply reply = {
      .struct_size = sizeof reply, .body = body, .body_size = sizeof body};
  w->http = w->self->services->http(w->self->host, &request, &reply);
  w->stage = reply.stage;
  w->tpm = w->self->services->tpm->random(w->self->host, w->octets, sizeof w->octets);
}

static void work_done(void *arg) {
  work *w = arg;
  plugin *p = w->self;
  const omadm_csp_alert alert = {
#ifdef ABI_GROWN
      .grown = 7,
#endif
      .struct_size = sizeof alert,
      .type = OMADM_STR("com.example:abi"),
      .format = OMADM_FORMAT_INT,
      .mark = OMADM_CSP_MARK_MINOR,
      .data = OMADM_STR("42"),
  };
  omadm_status status = OMADM_ST_OK;
  if (w->http == OMADM_OK || w->stage != OMADM_CSP_HTTP_HANDLE) status = odd(p, "http");
  if (w->tpm != OMADM_TPM_ABSENT) status = odd(p, "tpm");
  if (w->alerts && p->services->alert(p->host, &alert) != OMADM_OK) status = odd(p, "alert");
  if (!w->alerts && status == OMADM_ST_OK) status = answer(p, w->token, "late");
  p->services->complete(p->host, w->token, status, NULL);
  free(w);
}

static omadm_status later(plugin *p, const omadm_csp_request *r, int alerts) {
  work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  w->self = p;
  w->token = r->token;
  w->alerts = alerts;
  if (p->services->job(p->host, work_run, work_done, w) == OMADM_OK) return OMADM_ST_PENDING;
  free(w);
  return odd(p, "job");
}

static const char *report(plugin *p, const omadm_csp_request *r) {
  const char *service = "old", *request = "old";
#ifdef ABI_GROWN
  if (OMADM_HAS(omadm_csp_services, p->services, grown)) service = "new";
  if (OMADM_KNOWS(omadm_csp_request, r, grown)) request = "new";
#else
  (void)r;
#endif
  snprintf(p->seen, sizeof p->seen, "services %s, request %s, events %u", service, request,
           p->events);
  return p->seen;
}

static omadm_status plugin_get(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  if (status != OMADM_ST_OK) return status;
  if (r->node == NODE_LATE) return later(p, r, 0);
  if (r->node == NODE_REPORT) return answer(p, r->token, report(p, r));
  const thing *t = thing_find(p, r->names[0]);
  return t != NULL ? answer(p, r->token, t->value) : odd(p, "a get of what is not there");
}

/* The value by pieces, as one that takes large values reads it. */
static omadm_status read_value(plugin *p, const omadm_csp_request *r, char room[ROOM]) {
  omadm_str piece = {NULL, 0};
  if (p->services->read(p->host, r->token, 0, ROOM - 1, &piece) != OMADM_OK) return odd(p, "read");
  put(room, piece);
  return same(r->value, room) ? OMADM_ST_OK : odd(p, "what read gives is not the value");
}

static omadm_status plugin_add(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  omadm_status status = check(p, r);
  if (status != OMADM_ST_OK) return status;
  if (p->staged == 0 || r->transaction != p->staged) return odd(p, "transaction");
  if (r->format != OMADM_FORMAT_CHR || !r->has_value || !same(r->type, "text/plain"))
    return odd(p, "format or type");
  for (size_t i = 0; i < THINGS; i++) {
    if (p->things[i].name[0] != '\0') continue;
    status = read_value(p, r, p->things[i].value);
    if (status == OMADM_ST_OK) put(p->things[i].name, r->names[0]);
    return status;
  }
  return OMADM_ST_DEVICE_FULL;
}

static omadm_status plugin_replace(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  thing *t = status == OMADM_ST_OK ? thing_find(p, r->names[0]) : NULL;
  return t != NULL ? read_value(p, r, t->value) : odd(p, "a replace of what is not there");
}

static omadm_status plugin_remove(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  thing *t = status == OMADM_ST_OK ? thing_find(p, r->names[0]) : NULL;
  if (t == NULL) return odd(p, "a remove of what is not there");
  memset(t, 0, sizeof *t);
  return OMADM_ST_OK;
}

static omadm_status plugin_exec(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  return status == OMADM_ST_OK ? later(p, r, 1) : status;
}

static omadm_status plugin_rename(uint64_t self, const omadm_csp_request *r) {
  plugin *p = plugin_of(self);
  const omadm_status status = check(p, r);
  thing *t = status == OMADM_ST_OK ? thing_find(p, r->names[0]) : NULL;
  if (t == NULL || r->name.len == 0) return odd(p, "a rename of what is not there");
  put(t->name, r->name);
  return OMADM_ST_OK;
}

static omadm_status plugin_begin(uint64_t self, uint64_t transaction) {
  plugin *p = plugin_of(self);
  memcpy(p->before, p->things, sizeof p->before);
  p->staged = transaction;
  return OMADM_ST_OK;
}

static omadm_status plugin_prepare(uint64_t self, uint64_t transaction) {
  plugin *p = plugin_of(self);
  return transaction == p->staged ? OMADM_ST_OK : odd(p, "prepare of another transaction");
}

static omadm_status plugin_commit(uint64_t self, uint64_t transaction) {
  plugin *p = plugin_of(self);
  if (transaction != p->staged) return odd(p, "commit of another transaction");
  p->staged = 0;
  return p->services->changed(p->host, (omadm_str)OMADM_STR("./Vendor/Abi/Report")) == OMADM_OK
             ? OMADM_ST_OK
             : odd(p, "changed");
}

static omadm_status plugin_rollback(uint64_t self, uint64_t transaction) {
  plugin *p = plugin_of(self);
  if (transaction == p->staged) memcpy(p->things, p->before, sizeof p->things);
  p->staged = 0;
  return OMADM_ST_OK;
}

static void plugin_cancel(uint64_t self, omadm_token token) {
  plugin_of(self)->cancels += token != 0;
}

static omadm_status plugin_resume(uint64_t self, const omadm_csp_request *r) {
  return check(plugin_of(self), r) == OMADM_ST_OK ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static void plugin_event(uint64_t self, omadm_csp_event event, omadm_str text) {
  plugin *p = plugin_of(self);
  if (event == OMADM_CSP_SESSION_BEGAN && same(text, "srv")) p->events++;
}

#ifdef ABI_GROWN
static omadm_status plugin_grown(uint64_t self) {
  (void)self;
  return OMADM_ST_OK;
}
#endif

#define ACCESS(words) "<DFProperties><AccessType>" words "</AccessType>"
#define IS(format, scope) "<DFFormat><" format "/></DFFormat><Scope><" scope "/></Scope>"
#define LEAF_END "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
#define INNER_END "<DFType><DDFName/></DFType></DFProperties>"
static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Abi</NodeName><Path>./Vendor</Path>" ACCESS(
        "<Get/>") IS("node", "Permanent") INNER_END
    "<Node><NodeName>Report</NodeName>" ACCESS("<Get/>") IS("chr", "Permanent") LEAF_END
    "<Node><NodeName>Late</NodeName>" ACCESS("<Get/>") IS("chr", "Permanent") LEAF_END
    "<Node><NodeName>Do</NodeName>" ACCESS("<Exec/>") IS("null", "Permanent") LEAF_END
    "<Node><NodeName>Things</NodeName>" ACCESS("<Get/>") IS("node", "Permanent") INNER_END
    "<Node><NodeName></NodeName>" ACCESS(
        "<Add/><Delete/><Get/><Replace/>") "<DFFormat><chr/>"
                                           "</DFFormat><Occurrence><ZeroOrMore/></"
                                           "Occurrence><Scope><Dynamic/></Scope>" LEAF_END
                                           "</Node></Node></MgmtTree>";

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = plugin_open,
    .close = plugin_close,
    .find = plugin_find,
    .list = plugin_list,
    .get = plugin_get,
    .add = plugin_add,
    .replace = plugin_replace,
    .remove = plugin_remove,
    .exec = plugin_exec,
    .rename = plugin_rename,
    .begin = plugin_begin,
    .prepare = plugin_prepare,
    .commit = plugin_commit,
    .rollback = plugin_rollback,
    .cancel = plugin_cancel,
    .resume = plugin_resume,
    .event = plugin_event,
#ifdef ABI_GROWN
    .grown = plugin_grown,
#endif
};

static const omadm_csp_descriptor descriptor = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof descriptor,
    .name = "Abi",
    .version = "1.0",
    .ddf = ddf,
    .ddf_len = sizeof ddf - 1,
    .slots = &slots,
    .flags = OMADM_CSP_PIECES,
#ifdef ABI_NEEDS
    .services_needed = sizeof(omadm_csp_services),
#endif
#ifdef ABI_GROWN
    .grown = 7,
#endif
};
OMADM_CSP_PLUGIN(descriptor)
