/* SPDX-License-Identifier: MIT */
/* A plugin that does not stage: each leaf is a file, each verb all or nothing in itself. */
#include <stdlib.h>

#include "files.h"

#define LEAF(name, access)                                                                         \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType>" access                           \
  "</AccessType><DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/>"     \
  "</Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
#define INNER(name, access, occurrence, scope, ...)                                                \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType>" access                           \
  "</AccessType><DFFormat><node/></DFFormat><Occurrence><" occurrence "/></Occurrence><Scope>"     \
  "<" scope "/></Scope><DFType><DDFName/></DFType></DFProperties>" __VA_ARGS__ "</Node>"

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Keeps</NodeName><Path>./Vendor</Path>"
    "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/>"
    "</Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>" LEAF(
        "Value", "<Get/><Replace/>") LEAF("Blob", "<Get/><Replace/>") LEAF("Refuses",
                                                                           "<Get/><Replace/>")
        INNER("Box", "<Get/>", "One", "Permanent",
              INNER("", "<Add/><Delete/><Get/>", "ZeroOrMore", "Dynamic",
                    "<Node><NodeName>Name</NodeName><DFProperties><AccessType><Add/><Delete/><Get/>"
                    "<Replace/></AccessType><DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/>"
                    "</Occurrence><Scope><Dynamic/></Scope><DFType><MIME>text/plain</MIME></DFType>"
                    "</DFProperties></Node>")) "</Node></MgmtTree>";

typedef struct keeps {
  const omadm_csp_services *services;
  uint64_t host;
  folder folder;
} keeps;

enum { ROOM = 300000 };

static keeps *of(uint64_t self) {
  return (keeps *)(uintptr_t)self;
}

static omadm_status keeps_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  keeps *k = calloc(1, sizeof *k);
  if (k == NULL) return OMADM_ST_FAILED;
  k->services = services;
  k->host = host;
  if (!folder_open(&k->folder, services, host)) {
    free(k);
    return OMADM_ST_FAILED;
  }
  folder_clean(&k->folder, NULL);
  *self = (uint64_t)(uintptr_t)k;
  return OMADM_ST_OK;
}

static void keeps_close(uint64_t self) {
  close(of(self)->folder.fd);
  free(of(self));
}

/* "./Vendor/Keeps/Box/a/Name" is the file "Box+a+Name". */
static const char *file_of(const omadm_csp_request *r, char text[200]) {
  const size_t skip = sizeof "./Vendor/Keeps/" - 1;
  snprintf(text, 200, "%.*s", (int)(r->uri.len - skip), r->uri.ptr + skip);
  for (char *c = text; *c != '\0'; c++) {
    if (*c == '/') *c = '+';
  }
  return text;
}

static omadm_status keeps_find(uint64_t self, const omadm_csp_request *r) {
  char name[200];
  return folder_has(&of(self)->folder, file_of(r, name)) ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

static omadm_status keeps_get(uint64_t self, const omadm_csp_request *r) {
  static char octets[ROOM];
  char name[200];
  keeps *k = of(self);
  ssize_t n = folder_read(&k->folder, file_of(r, name), octets, sizeof octets);
  const omadm_str value = {octets, n > 0 ? (size_t)n : 0};
  if (k->services->value(k->host, r->token, value) != 0) return OMADM_ST_FAILED;
  return OMADM_ST_OK;
}

static omadm_status keeps_list(uint64_t self, const omadm_csp_request *r) {
  (void)self, (void)r;
  return OMADM_ST_OK; /* nobody asks it here */
}

static omadm_status keeps_put(uint64_t self, const omadm_csp_request *r) {
  char name[200];
  keeps *k = of(self);
  file_of(r, name);
  if (strcmp(name, "Refuses") == 0) return OMADM_ST_DEVICE_FULL;
  int fd = folder_make(&k->folder);
  if (fd < 0) return OMADM_ST_FAILED;
  bool good = folder_put(fd, r->value.ptr, r->value.len);
  for (uint64_t at = r->value.len; good && at < r->value_size;) {
    omadm_str piece;
    good = k->services->read(k->host, r->token, at, 65536, &piece) == 0 && piece.len > 0 &&
           folder_put(fd, piece.ptr, piece.len);
    at += piece.len;
  }
  return folder_take(&k->folder, fd, good, name) ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status keeps_remove(uint64_t self, const omadm_csp_request *r) {
  char name[200];
  return folder_remove(&of(self)->folder, file_of(r, name)) ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = keeps_open,
                                      .close = keeps_close,
                                      .find = keeps_find,
                                      .list = keeps_list,
                                      .get = keeps_get,
                                      .add = keeps_put,
                                      .replace = keeps_put,
                                      .remove = keeps_remove};
static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Keeps",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots,
                                                .flags = OMADM_CSP_PIECES};
OMADM_CSP_PLUGIN(descriptor)
