/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAF(name, access, format, more)                                                           \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType>" access                           \
  "</AccessType><DFFormat><" format "/></DFFormat>" more                                           \
  "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
#define ROOT(name)                                                                                 \
  "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>" name "</NodeName><Path>./Vendor</Path>"         \
  "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>"                      \
  "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType>"          \
  "</DFProperties>"
#define PERMANENT "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"
#define CHANGE "<Get/><Replace/>"
#define END "</Node></MgmtTree>"

static const char stored_ddf[] =
    ROOT("S") LEAF("Bin", CHANGE, "bin", PERMANENT) LEAF("Text", CHANGE, "chr", PERMANENT)
        LEAF("Coded", CHANGE, "b64", PERMANENT) LEAF("Number", CHANGE, "int", PERMANENT)
            LEAF("Secret", "<Replace/>", "bin",
                 PERMANENT) "<Node><NodeName/><DFProperties><AccessType><Add/><Delete/><Get/"
                            "><Replace/></AccessType>"
                            "<DFFormat><node/></DFFormat><Occurrence><ZeroOrMore/></"
                            "Occurrence><Scope><Dynamic/></Scope>"
                            "<DFType><DDFName/></DFType></DFProperties>" LEAF(
                                "V", "<Add/><Delete/><Get/><Replace/>", "bin",
                                "<Occurrence><ZeroOrOne/></Occurrence><Scope><Dynamic/></"
                                "Scope>") "</Node>" END;
static const char pieces_ddf[] =
    ROOT("P") LEAF("V", CHANGE "<Exec/>", "bin", PERMANENT) LEAF("T", CHANGE, "chr", PERMANENT) END;
static const char whole_ddf[] = ROOT("W") LEAF("V", CHANGE "<Exec/>", "bin", PERMANENT) END;

kept pieces, whole;
static const omadm_csp_services *services;
static uint64_t hosts[2];

static kept *kept_of(uint64_t self) {
  return self == 1 ? &pieces : &whole;
}

static omadm_status open_pieces(const omadm_csp_services *given, uint64_t host, uint64_t *self) {
  services = given;
  hosts[0] = host;
  *self = 1;
  return OMADM_ST_OK;
}

static omadm_status open_whole(const omadm_csp_services *given, uint64_t host, uint64_t *self) {
  services = given;
  hosts[1] = host;
  *self = 2;
  return OMADM_ST_OK;
}

static void close_csp(uint64_t self) {
  omadm_buf_dispose(&kept_of(self)->value);
  *kept_of(self) = (kept){.calls = 0};
}

/* Takes the value as <omadm/csp.h> says: from the request, or by read. */
static omadm_status take(uint64_t self, const omadm_csp_request *r) {
  kept *k = kept_of(self);
  k->calls = k->longest = 0;
  k->value.len = 0;
  if (k->value.mem == NULL) omadm_buf_init(&k->value, NULL, 0);
  if (r->value.len == r->value_size)
    return omadm_buf_add_str(&k->value, r->value) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
  for (uint64_t at = 0; at < r->value_size; k->calls++) {
    omadm_str piece;
    if (services->read(hosts[self - 1], r->token, at, 7777, &piece) != 0 || piece.len == 0)
      return OMADM_ST_FAILED;
    if (piece.len > k->longest) k->longest = piece.len;
    if (omadm_buf_add_str(&k->value, piece) != 0) return OMADM_ST_FAILED;
    at += piece.len;
  }
  return OMADM_ST_OK;
}

static omadm_status replace(uint64_t self, const omadm_csp_request *r) {
  omadm_status status = take(self, r);
  kept *k = kept_of(self);
  if (!k->late || status != OMADM_ST_OK) return status;
  k->asked = r->token;
  services->complete(hosts[self - 1], r->token, OMADM_ST_OK, NULL);
  return OMADM_ST_PENDING;
}

/* In pieces of odd lengths. */
static omadm_status get(uint64_t self, const omadm_csp_request *r) {
  const kept *k = kept_of(self);
  for (size_t at = 0, n = 1; at < k->value.len; at += n, n = n * 2 + 1) {
    if (n > k->value.len - at) n = k->value.len - at;
    if (services->value(hosts[self - 1], r->token, (omadm_str){k->value.ptr + at, n}) != 0)
      return OMADM_ST_TOO_LARGE;
  }
  return OMADM_ST_OK;
}

static const omadm_csp_slots pieces_slots = {.struct_size = sizeof pieces_slots,
                                             .open = open_pieces,
                                             .close = close_csp,
                                             .get = get,
                                             .replace = replace,
                                             .exec = replace};
static const omadm_csp_slots whole_slots = {.struct_size = sizeof whole_slots,
                                            .open = open_whole,
                                            .close = close_csp,
                                            .get = get,
                                            .replace = replace,
                                            .exec = replace};
static const omadm_csp_descriptor descriptors[] = {
    {OMADM_CSP_ABI, sizeof(omadm_csp_descriptor), "Pieces", "1", pieces_ddf, sizeof pieces_ddf - 1,
     &pieces_slots, OMADM_CSP_PIECES, 0},
    {OMADM_CSP_ABI, sizeof(omadm_csp_descriptor), "Whole", "1", whole_ddf, sizeof whole_ddf - 1,
     &whole_slots, 0, 0}};

void device_begin(device *d, unsigned host_flags) {
  *d = (device){.flags = host_flags,
                .origin = {.server_id = OMADM_STR("srv"), .session_id = OMADM_STR("1")}};
  snprintf(d->folder, sizeof d->folder, "/tmp/omadm-large-XXXXXX");
  assert_non_null(mkdtemp(d->folder));
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  device *d = ctx;
  (void)token;
  d->arrived = true;
  d->late = status;
  d->answer = *answer;
}

void device_open(device *d) {
  omadm_framework_config config;
  omadm_error error = {0};
  omadm_ddf *ddf = NULL;
  char values[256];
  snprintf(values, sizeof values, "%s/values", d->folder);
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_store_open(d->folder, &d->store, &error), 0);
  config.store = d->store;
  config.limits.inline_value = INLINE;
  if (d->store_size > 0) config.limits.store_size = d->store_size;
  if (d->max_obj_size > 0) config.limits.max_obj_size = d->max_obj_size;
  if (d->transaction > 0) config.limits.transaction = d->transaction;
  config.mem = d->mem;
  config.host_flags = d->flags;
  config.ctx = d;
  config.completed = completed;
  config.values_dir = values;
  assert_int_equal(omadm_framework_new(&config, &d->framework, &error), 0);
  const omadm_str text = {stored_ddf, sizeof stored_ddf - 1};
  assert_int_equal(omadm_ddf_parse(text, "s", NULL, NULL, &ddf, &error), 0);
  assert_int_equal(omadm_framework_mount_ddf(d->framework, ddf, &error), 0);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(omadm_framework_mount_csp(d->framework, &descriptors[i], "test", &error), 0);
  d->tree = omadm_framework_tree(d->framework);
}

void device_close(device *d) {
  omadm_framework_free(d->framework);
  omadm_store_close(d->store);
}

void device_end(device *d) {
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", d->folder);
  assert_int_equal(system(command), 0);
}

omadm_str device_octets(size_t n, unsigned seed) {
  static char *octets;
  free(octets);
  octets = malloc(n + 1);
  assert_non_null(octets);
  uint32_t x = seed * 2654435761U + 1;
  for (size_t i = 0; i < n; i++) {
    x = x * 1664525U + 1013904223U;
    octets[i] = (char)('0' + (x >> 24) % 64);
  }
  return (omadm_str){octets, n};
}

static omadm_status resolve(device *d, const char *uri) {
  static char scratch[512];
  omadm_uri parsed;
  omadm_limits limits;
  omadm_limits_init(&limits);
  d->node = (omadm_node){0};
  if (omadm_uri_parse(omadm_str_of(uri), 0, &limits, scratch, NULL, &parsed) != OMADM_ST_OK)
    return OMADM_ST_BAD_REQUEST;
  return d->tree->resolve(d->tree->ctx, &d->origin, &parsed, &d->node);
}

static omadm_status finish(device *d, omadm_status status) {
  for (int i = 0; status == OMADM_ST_PENDING && !d->arrived && i < 100; i++)
    omadm_framework_pump(d->framework, 10);
  return status == OMADM_ST_PENDING ? d->late : status;
}

omadm_status device_write(device *d, omadm_verb verb, const char *uri, omadm_str value,
                          size_t piece) {
  const omadm_tree *t = d->tree;
  omadm_value head = {.has_data = 1};
  omadm_status status = resolve(d, uri);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  head.format = d->node.format;
  d->arrived = false;
  d->answer = (omadm_answer){0};
  if (piece == 0) {
    head.data = value;
    omadm_status (*call)(void *, const omadm_origin *, const omadm_node *, const omadm_value *,
                         omadm_answer *) = verb == OMADM_VERB_ADD    ? t->add
                                           : verb == OMADM_VERB_EXEC ? t->exec
                                                                     : t->replace;
    return finish(d, call(t->ctx, &d->origin, &d->node, &head, &d->answer));
  }
  status = t->write_begin(t->ctx, &d->origin, &d->node, verb, &head, value.len, &d->answer);
  if (status != OMADM_ST_OK) return status;
  for (size_t at = 0; at < value.len && status == OMADM_ST_OK; at += piece) {
    size_t n = value.len - at < piece ? value.len - at : piece;
    status = t->write_append(t->ctx, (omadm_str){value.ptr + at, n});
  }
  omadm_status ended = t->write_end(t->ctx, status == OMADM_ST_OK, &d->answer);
  return status == OMADM_ST_OK ? finish(d, ended) : status;
}

omadm_status device_remove(device *d, const char *uri) {
  omadm_status status = resolve(d, uri);
  d->arrived = false;
  return status == OMADM_ST_OK
             ? finish(d, d->tree->remove(d->tree->ctx, &d->origin, &d->node, &d->answer))
             : status;
}

omadm_status device_copy(device *d, const char *from, const char *to) {
  omadm_status status = resolve(d, from);
  const omadm_node source = d->node;
  if (status == OMADM_ST_OK) status = resolve(d, to);
  d->arrived = false;
  return status == OMADM_ST_OK
             ? finish(d, d->tree->copy(d->tree->ctx, &d->origin, &source, &d->node, &d->answer))
             : status;
}

omadm_status device_rename(device *d, const char *uri, const char *name) {
  omadm_status status = resolve(d, uri);
  d->arrived = false;
  return status == OMADM_ST_OK ? finish(d, d->tree->rename(d->tree->ctx, &d->origin, &d->node,
                                                           omadm_str_of(name), &d->answer))
                               : status;
}

omadm_status device_get(device *d, const char *uri) {
  omadm_status status = resolve(d, uri);
  d->arrived = false;
  return status == OMADM_ST_OK
             ? finish(d, d->tree->get(d->tree->ctx, &d->origin, &d->node, &d->answer))
             : status;
}

void device_assert(device *d, const char *uri, omadm_str value) {
  assert_int_equal(device_get(d, uri), OMADM_ST_OK);
  if (d->answer.snapshot == 0) {
    assert_int_equal(d->answer.data.len, value.len);
    if (value.len > 0) assert_memory_equal(d->answer.data.ptr, value.ptr, value.len);
    return;
  }
  assert_int_equal(d->answer.size, value.len);
  for (uint64_t at = 0; at < value.len;) {
    omadm_answer piece;
    assert_int_equal(d->tree->read(d->tree->ctx, d->answer.snapshot, at, 12345, &piece),
                     OMADM_ST_OK);
    assert_true(piece.data.len > 0 && piece.data.len <= 12345);
    assert_memory_equal(piece.data.ptr, value.ptr + at, piece.data.len);
    at += piece.data.len;
  }
  d->tree->release(d->tree->ctx, d->answer.snapshot);
}

size_t device_files(const device *d, uint64_t *octets) {
  char path[600];
  size_t n = 0;
  snprintf(path, sizeof path, "%s/values", d->folder);
  DIR *folder = opendir(path);
  *octets = 0;
  assert_non_null(folder);
  for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
    struct stat facts;
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/values/%s", d->folder, e->d_name);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    *octets += (uint64_t)facts.st_size;
    n++;
  }
  closedir(folder);
  return n;
}
