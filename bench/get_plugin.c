/* SPDX-License-Identifier: MIT */
/* A plugin of NODES leaves, below one root or (ROOTS) each a root of its own, each with a value of
 * thirteen octets: what bench/get asks. */
#include <omadm/csp.h>

#include <stdio.h>
#include <stdlib.h>

#define PROPERTIES(format)                                                                         \
  "<DFProperties><AccessType><Get/></AccessType><DFFormat><" format                                \
  "/></DFFormat><Scope><Permanent/></Scope><DFType>"
#define LEAF PROPERTIES("chr") "<MIME>text/plain</MIME></DFType></DFProperties></Node>"

enum { LEAF_OCTETS = 320 };
static char ddf[NODES * LEAF_OCTETS + 1024];

typedef struct many {
  const omadm_csp_services *services;
  uint64_t host;
} many;

static omadm_status many_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  many *m = malloc(sizeof *m);
  if (m == NULL) return OMADM_ST_FAILED;
  *m = (many){services, host};
  *self = (uint64_t)(uintptr_t)m;
  return OMADM_ST_OK;
}

static void many_close(uint64_t self) {
  free((many *)(uintptr_t)self);
}

static omadm_status many_get(uint64_t self, const omadm_csp_request *request) {
  const many *m = (const many *)(uintptr_t)self;
  const omadm_str value = OMADM_STR("hello, world!");
  return m->services->value(m->host, request->token, value) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = many_open, .close = many_close, .get = many_get};

static size_t write_ddf(void) {
  size_t n = 0;
  const char *path = ROOTS ? "<Path>./Vendor</Path>" : "";
  n += (size_t)snprintf(ddf + n, sizeof ddf - n, "<MgmtTree><VerDTD>1.2</VerDTD>");
  if (!ROOTS)
    n += (size_t)snprintf(ddf + n, sizeof ddf - n,
                          "<Node><NodeName>Many</NodeName><Path>./Vendor</Path>" PROPERTIES(
                              "node") "<DDFName/></DFType></DFProperties>");
  for (int i = 0; i < NODES; i++)
    n +=
        (size_t)snprintf(ddf + n, sizeof ddf - n, "<Node><NodeName>N%d</NodeName>%s" LEAF, i, path);
  if (!ROOTS) n += (size_t)snprintf(ddf + n, sizeof ddf - n, "</Node>");
  return n + (size_t)snprintf(ddf + n, sizeof ddf - n, "</MgmtTree>");
}

OMADM_EXPORT const omadm_csp_descriptor *omadm_csp_descriptor_get(void);
const omadm_csp_descriptor *omadm_csp_descriptor_get(void) {
  static omadm_csp_descriptor made;
  made = (omadm_csp_descriptor){.abi = OMADM_CSP_ABI,
                                .struct_size = sizeof made,
                                .name = "Many",
                                .version = "1.0",
                                .ddf = ddf,
                                .ddf_len = write_ddf(),
                                .slots = &slots};
  return &made;
}
