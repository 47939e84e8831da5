/* SPDX-License-Identifier: MIT */
/*
 * bench MODE COMMANDS SIBLINGS DEPTH [ROUNDS]: runs one measurement; `bench/run` calls it and makes
 * the table.
 *
 * MODE is expat, sax (libxml2), engine (over the framework and the memory store), disk (over
 * SQLite), wbxml (engine, with the message in WBXML) or libwbxml (its conversion to XML). Only what
 * runs inside measured() counts: callgrind is told so, allocations and time are counted around it.
 */
#include <expat.h>
#include <libxml/parser.h>

#ifdef BENCH_LIBWBXML
#include <wbxml/wbxml.h>
#endif

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <omadm/ddf.h>
#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/store.h>
#include <omadm/wbxml.h>

#include "base/mem.h"
#include "base/str.h"
#include "message.h"

/* Allocations are counted by standing before the C library's. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
static unsigned long allocations;

/* Seen by the shared libraries too. */
#define COUNTED __attribute__((visibility("default")))

COUNTED void *malloc(size_t n) {
  allocations++;
  return __libc_malloc(n);
}

COUNTED void *calloc(size_t n, size_t size) {
  allocations++;
  return __libc_calloc(n, size);
}

COUNTED void *realloc(void *p, size_t n) {
  allocations++;
  return __libc_realloc(p, n);
}

typedef struct bench {
  bench_shape shape;
  omadm_buf message;
  omadm_store *store;
  omadm_framework *framework;
  omadm_host host;
  omadm_session *session;
  bool wbxml; /* the message is */
  size_t answer; /* octets of the answer: so that nothing is optimised away, and to see that all was
                    answered */
} bench;

static void must(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "bench: %s failed\n", what);
  exit(1);
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes) {
  (void)name;
  (void)attributes;
  ++*(size_t *)ctx;
}

static void on_end(void *ctx, const XML_Char *name) {
  (void)name;
  ++*(size_t *)ctx;
}

static void on_text(void *ctx, const XML_Char *text, int n) {
  (void)text;
  *(size_t *)ctx += (size_t)n;
}

static void run_expat(bench *b) {
  XML_Parser parser = XML_ParserCreate("UTF-8");
  XML_SetUserData(parser, &b->answer);
  XML_SetElementHandler(parser, on_start, on_end);
  XML_SetCharacterDataHandler(parser, on_text);
  must(XML_Parse(parser, b->message.ptr, (int)b->message.len, 1) == XML_STATUS_OK, "expat");
  XML_ParserFree(parser);
}

static void sax_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int n_namespaces, const xmlChar **namespaces, int n_attributes,
                      int n_defaulted, const xmlChar **attributes) {
  (void)name, (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces;
  (void)n_attributes, (void)n_defaulted, (void)attributes;
  ++*(size_t *)ctx;
}

static void sax_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)name, (void)prefix, (void)uri;
  ++*(size_t *)ctx;
}

static void sax_text(void *ctx, const xmlChar *text, int n) {
  (void)text;
  *(size_t *)ctx += (size_t)n;
}

static void run_sax(bench *b) {
  xmlSAXHandler handler = {.startElementNs = sax_start,
                           .endElementNs = sax_end,
                           .characters = sax_text,
                           .initialized = XML_SAX2_MAGIC};
  must(xmlSAXUserParseMemory(&handler, &b->answer, b->message.ptr, (int)b->message.len) == 0,
       "libxml2");
}

/* What libwbxml does with a message: a tree, then text. */
static void run_libwbxml(bench *b) {
#ifdef BENCH_LIBWBXML
  WBXMLConvWBXML2XML *converter = NULL;
  WB_UTINY *xml = NULL;
  WB_ULONG n = 0;
  must(wbxml_conv_wbxml2xml_create(&converter) == WBXML_OK, "libwbxml");
  wbxml_conv_wbxml2xml_set_gen_type(converter, WBXML_GEN_XML_COMPACT);
  must(wbxml_conv_wbxml2xml_run(converter, (WB_UTINY *)b->message.ptr, (WB_ULONG)b->message.len,
                                &xml, &n) == WBXML_OK,
       "libwbxml");
  b->answer += n;
  free(xml);
  wbxml_conv_wbxml2xml_destroy(converter);
#else
  (void)b;
  fputs("bench: it was built without libwbxml (libwbxml2-dev)\n", stderr);
  exit(3);
#endif
}

/* The message in WBXML, as `omadm wbxml encode` makes it. */
static void encode(bench *b) {
  omadm_buf wbxml;
  omadm_error error = {0};
  omadm_buf_init(&wbxml, NULL, 0);
  must(omadm_wbxml_encode(omadm_buf_str(&b->message), 0, &wbxml, &error) == 0, error.text);
  omadm_buf_dispose(&b->message);
  b->message = wbxml;
}

static void run_engine(bench *b) {
  static const omadm_str types[] = {OMADM_STR("application/vnd.syncml.dm+xml"),
                                    OMADM_STR("application/vnd.syncml.dm+wbxml")};
  omadm_out out = {0};
  must(omadm_session_begin(b->session, types[b->wbxml], (omadm_str){0}) == 0, "begin");
  must(omadm_session_feed(b->session, b->message.ptr, b->message.len) == 0, "feed");
  must(omadm_session_end(b->session) == 0, "end");
  omadm_step step = OMADM_WAIT;
  while (step == OMADM_WAIT)
    step = omadm_session_next(b->session, 1, &out);
  must(step == OMADM_SEND, "next");
  b->answer += out.body.len;
}

typedef void (*bench_run)(bench *b);

/* callgrind collects inside this function only (--toggle-collect=measured). */
void measured(bench_run run, bench *b);
__attribute__((noinline)) void measured(bench_run run, bench *b) {
  run(b);
}

static void open_tree(bench *b, int on_disk, const char *dir) {
  omadm_error error = {0};
  must((on_disk ? omadm_store_open(dir, &b->store, &error)
                : omadm_store_new_memory(&b->store, &error)) == 0,
       error.text);
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  config.store = b->store;
  must(omadm_framework_new(&config, &b->framework, &error) == 0, error.text);
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  bench_ddf(&b->shape, &text);
  omadm_ddf *ddf = NULL;
  must(omadm_ddf_parse(omadm_buf_str(&text), "bench.ddf.xml", NULL, NULL, &ddf, &error) == 0,
       error.text);
  must(omadm_framework_mount_ddf(b->framework, ddf, &error) == 0, error.text);
  for (size_t i = 0; i < b->shape.siblings; i++) {
    text.len = 0;
    bench_uri(&b->shape, i, &text);
    must(omadm_framework_poke(b->framework, omadm_buf_str(&text), OMADM_FORMAT_CHR, (omadm_str){0},
                              (omadm_str)OMADM_STR("thirteen octs"), &error) == 0,
         error.text);
  }
  omadm_buf_dispose(&text);
  const omadm_tree *tree = omadm_framework_tree(b->framework);
  must(tree->settle(tree->ctx) == 0, "settle");
  b->host.struct_size = sizeof b->host;
  omadm_framework_host(b->framework, &b->host);
}

/* A session that has sent package 1 and waits for the message. */
static void open_session(bench *b) {
  omadm_session_free(b->session);
  omadm_session_config config;
  omadm_session_config_init(&config);
  config.tree = omadm_framework_tree(b->framework);
  config.host = &b->host;
  config.dialect = OMADM_DIALECT_WINDOWS; /* no ACL between the framework and the measurement */
  config.server_id = (omadm_str)OMADM_STR("bench");
  config.server_uri = (omadm_str)OMADM_STR("https://bench.example/");
  config.device_id = (omadm_str)OMADM_STR("urn:bench");
  config.session_id = (omadm_str)OMADM_STR("1");
  omadm_error error = {0};
  must(omadm_session_new(&config, &b->session, &error) == 0, error.text);
  omadm_out out = {0};
  must(omadm_session_next(b->session, 0, &out) == OMADM_SEND, "package 1");
  must(omadm_session_next(b->session, 0, &out) == OMADM_RECEIVE, "receive");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  (void)status;
  (void)type;
  (void)ftw;
  return remove(path);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr,
            "usage: bench expat|sax|engine|disk|wbxml|libwbxml COMMANDS SIBLINGS DEPTH [ROUNDS]\n");
    return 2;
  }
  const char *mode = argv[1];
  bench b = {.shape = {mode, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10),
                       strtoul(argv[4], NULL, 10)}};
  size_t rounds = argc > 5 ? strtoul(argv[5], NULL, 10) : 1;
  int on_disk = strcmp(mode, "disk") == 0;
  int libwbxml = strcmp(mode, "libwbxml") == 0;
  b.wbxml = libwbxml || strcmp(mode, "wbxml") == 0;
  int engine = on_disk || strcmp(mode, "engine") == 0 || (b.wbxml && !libwbxml);
  bench_run run = engine ? run_engine : strcmp(mode, "sax") == 0 ? run_sax : run_expat;
  if (libwbxml) run = run_libwbxml;
  char dir[] = "/tmp/omadm-bench-XXXXXX";
  omadm_buf_init(&b.message, NULL, 0);
  if (on_disk) must(mkdtemp(dir) != NULL, "mkdtemp");
  if (engine) open_tree(&b, on_disk, dir);

  unsigned long allocated = 0;
  uint64_t statements = 0, syncs = 0, statements_before = 0, syncs_before = 0;
  double best = 1e9;
  /* The first round warms up: the best time counts here, and bench/run takes the difference of two
     runs for instructions. */
  for (size_t i = 0; i <= rounds; i++) {
    b.message.len = 0;
    bench_message(&b.shape, i, &b.message);
    if (b.wbxml) encode(&b);
    if (engine) open_session(&b);
    if (on_disk) omadm_store_counters(b.store, &statements_before, &syncs_before);
    unsigned long before = allocations;
    double start = seconds();
    measured(run, &b);
    double took = seconds() - start;
    allocated = allocations - before;
    if (took < best) best = took;
    if (on_disk) omadm_store_counters(b.store, &statements, &syncs);
  }
  printf("%s commands=%zu octets=%zu allocations=%lu microseconds=%.1f answer=%zu statements=%lu "
         "syncs=%lu\n",
         mode, b.shape.commands, b.message.len, allocated, best * 1e6, b.answer / (rounds + 1),
         (unsigned long)(statements - statements_before), (unsigned long)(syncs - syncs_before));
  omadm_session_free(b.session);
  omadm_framework_free(b.framework);
  if (b.store != NULL) omadm_store_close(b.store);
  if (on_disk) nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  omadm_buf_dispose(&b.message);
  return 0;
}
