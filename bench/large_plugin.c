/* SPDX-License-Identifier: MIT */
/* For bench/large: a CSP that takes a value in pieces and keeps only its hash, and gives one in
 * pieces that it makes on the way. */
#include <omadm/csp.h>

#include <stdlib.h>

enum { ROOT = 0, IN, OUT, PIECE = 49152 };

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>BenchLarge</NodeName><Path>./Vendor</Path>"
    "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/>"
    "</Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>"
    "<Node><NodeName>In</NodeName><DFProperties><AccessType><Replace/></AccessType>"
    "<DFFormat><bin/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"
    "<DFType><MIME>application/octet-stream</MIME></DFType></DFProperties></Node>"
    "<Node><NodeName>Out</NodeName><DFProperties><AccessType><Get/></AccessType>"
    "<DFFormat><bin/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"
    "<DFType><MIME>application/octet-stream</MIME></DFType></DFProperties></Node>"
    "</Node></MgmtTree>";

typedef struct plugin {
  const omadm_csp_services *services;
  uint64_t host;
} plugin;

static plugin *plugin_of(uint64_t self) {
  return (plugin *)(uintptr_t)self;
}

static omadm_status open_plugin(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  plugin *p = malloc(sizeof *p);
  if (p == NULL) return OMADM_ST_FAILED;
  *p = (plugin){services, host};
  *self = (uintptr_t)p;
  return OMADM_ST_OK;
}

static void close_plugin(uint64_t self) {
  free(plugin_of(self));
}

/* The octet at a place of the value that bench/large sends and expects. */
static unsigned char octet(uint64_t at) {
  return (unsigned char)(at % 251);
}

/* 200 where the value is what it should be. */
static omadm_status replace(uint64_t self, const omadm_csp_request *r) {
  const plugin *p = plugin_of(self);
  for (uint64_t at = 0; at < r->value_size;) {
    omadm_str piece;
    if (p->services->read(p->host, r->token, at, PIECE, &piece) != 0 || piece.len == 0)
      return OMADM_ST_FAILED;
    for (size_t i = 0; i < piece.len; i++, at++) {
      if ((unsigned char)piece.ptr[i] != octet(at)) return OMADM_ST_FAILED;
    }
  }
  return OMADM_ST_OK;
}

/* [csp.BenchLarge] size: octets. */
static uint64_t size_of(const plugin *p) {
  static const omadm_str key = OMADM_STR("size");
  omadm_str text;
  uint64_t size = 0;
  if (p->services->setting(p->host, key, &text) != 0) return 0;
  for (size_t i = 0; i < text.len; i++)
    size = size * 10 + (uint64_t)(text.ptr[i] - '0');
  return size;
}

static omadm_status get(uint64_t self, const omadm_csp_request *r) {
  static char piece[PIECE];
  const plugin *p = plugin_of(self);
  uint64_t size = size_of(p);
  for (uint64_t at = 0; at < size;) {
    size_t n = 0;
    for (; n < PIECE && at < size; n++, at++)
      piece[n] = (char)octet(at);
    if (p->services->value(p->host, r->token, (omadm_str){piece, n}) != 0)
      return OMADM_ST_TOO_LARGE;
  }
  return OMADM_ST_OK;
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = open_plugin,
                                      .close = close_plugin,
                                      .get = get,
                                      .replace = replace};
static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "BenchLarge",
                                                .version = "1",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots,
                                                .flags = OMADM_CSP_PIECES};
OMADM_CSP_PLUGIN(descriptor)
