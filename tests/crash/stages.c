/* SPDX-License-Identifier: MIT */
/* A plugin that stages: all values in one file, what is prepared in another one beside it. */
#include <stdlib.h>

#include "files.h"

#define LEAF(name)                                                                                 \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType><Get/><Replace/></AccessType>"     \
  "<DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType>"  \
  "<MIME>text/plain</MIME></DFType></DFProperties></Node>"

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Stages</NodeName><Path>./Vendor</Path>"
    "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/>"
    "</Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>" LEAF(
        "Value") LEAF("Other") "</Node></MgmtTree>";

enum { VALUES = 2, ROOM = 64 };

typedef struct table {
  char value[VALUES][ROOM];
} table;

typedef struct stages {
  const omadm_csp_services *services;
  uint64_t host, number; /* of the transaction; 0: none */
  folder folder;
  table staged;
} stages;

static stages *of(uint64_t self) {
  return (stages *)(uintptr_t)self;
}

static void load(const stages *s, table *t) {
  if (folder_read(&s->folder, "values", t, sizeof *t) != (ssize_t)sizeof *t) *t = (table){0};
}

static omadm_status stages_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  stages *s = calloc(1, sizeof *s);
  if (s == NULL) return OMADM_ST_FAILED;
  s->services = services;
  s->host = host;
  if (!folder_open(&s->folder, services, host)) {
    free(s);
    return OMADM_ST_FAILED;
  }
  folder_clean(&s->folder, NULL);
  *self = (uint64_t)(uintptr_t)s;
  return OMADM_ST_OK;
}

static void stages_close(uint64_t self) {
  close(of(self)->folder.fd);
  free(of(self));
}

static size_t which(const omadm_csp_request *r) {
  return r->uri.ptr[r->uri.len - 1] == 'e' ? 0 : 1; /* Value, Other */
}

static omadm_status stages_get(uint64_t self, const omadm_csp_request *r) {
  stages *s = of(self);
  table t;
  load(s, &t);
  const char *text = (s->number != 0 ? &s->staged : &t)->value[which(r)];
  const omadm_str value = {text, strlen(text)};
  return s->services->value(s->host, r->token, value) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status stages_replace(uint64_t self, const omadm_csp_request *r) {
  stages *s = of(self);
  if (s->number != r->transaction || r->value.len >= ROOM) return OMADM_ST_FAILED;
  char *text = s->staged.value[which(r)];
  memset(text, 0, ROOM);
  if (r->value.len > 0) memcpy(text, r->value.ptr, r->value.len);
  return OMADM_ST_OK;
}

static void name_of(uint64_t number, char text[ROOM]) {
  snprintf(text, ROOM, "prepared-%llu", (unsigned long long)number);
}

static omadm_status stages_begin(uint64_t self, uint64_t number) {
  stages *s = of(self);
  folder_clean(&s->folder, "prepared-"); /* none of these was decided */
  s->number = number;
  load(s, &s->staged);
  return OMADM_ST_OK;
}

static omadm_status stages_prepare(uint64_t self, uint64_t number) {
  stages *s = of(self);
  char name[ROOM];
  if (s->number != number || strcmp(s->staged.value[0], "refuse") == 0) return OMADM_ST_DEVICE_FULL;
  name_of(number, name);
  int fd = folder_make(&s->folder);
  if (fd < 0) return OMADM_ST_FAILED;
  bool good = folder_put(fd, &s->staged, sizeof s->staged);
  return folder_take(&s->folder, fd, good, name) ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status stages_commit(uint64_t self, uint64_t number) {
  stages *s = of(self);
  char name[ROOM];
  name_of(number, name);
  if (s->number == number) s->number = 0;
  if (!folder_has(&s->folder, name)) return OMADM_ST_OK; /* it comes again */
  if (renameat(s->folder.fd, name, s->folder.fd, "values") != 0) return OMADM_ST_FAILED;
  return folder_sync(&s->folder) ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status stages_rollback(uint64_t self, uint64_t number) {
  stages *s = of(self);
  if (s->number == number) s->number = 0;
  folder_clean(&s->folder, "prepared-");
  return OMADM_ST_OK;
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = stages_open,
                                      .close = stages_close,
                                      .get = stages_get,
                                      .replace = stages_replace,
                                      .begin = stages_begin,
                                      .prepare = stages_prepare,
                                      .commit = stages_commit,
                                      .rollback = stages_rollback};
static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Stages",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
