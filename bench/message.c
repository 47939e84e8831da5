/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "base/str.h"

enum { PATH_LENGTH = 127 }; /* octets between "./Vendor/B/" and "/leaf-…" where depth matters */

static void add(omadm_buf *out, const char *text) {
  if (omadm_buf_add_text(out, text) != 0) __builtin_trap();
}

/* The name of segment i on the way: one letter, but for the last, which fills up the length. */
static omadm_str segment(const bench_shape *shape, size_t i) {
  static char letters[PATH_LENGTH];
  memset(letters, 'a', sizeof letters);
  size_t before = 2 * (shape->depth - 1);
  return (omadm_str){letters, i + 1 < shape->depth ? 1 : PATH_LENGTH - before};
}

/* "a/a/…/aaa/", as long for every depth; nothing for depth 0. */
static void add_path(const bench_shape *shape, omadm_buf *out) {
  for (size_t i = 0; i < shape->depth; i++) {
    if (omadm_buf_add_str(out, segment(shape, i)) != 0) __builtin_trap();
    add(out, "/");
  }
}

void bench_uri(const bench_shape *shape, size_t i, omadm_buf *out) {
  add(out, "./Vendor/B/");
  add_path(shape, out);
  if (omadm_buf_printf(out, "leaf-%08zu", i) != 0) __builtin_trap();
}

void bench_message(const bench_shape *shape, size_t round, omadm_buf *out) {
  add(out, "<SyncML "
           "xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</"
           "VerProto><SessionID>1</SessionID>"
           "<MsgID>1</MsgID><Target><LocURI>urn:bench</LocURI></Target><Source><LocURI>https://"
           "bench.example/</LocURI></Source>"
           "</SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</"
           "CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data>"
           "</Status>");
  for (size_t i = 0; i < shape->commands; i++) {
    const char *name = i % 2 == 0 ? "Get" : "Replace";
    if (omadm_buf_printf(out, "<%s><CmdID>%zu</CmdID><Item><Target><LocURI>", name, i + 2) != 0)
      __builtin_trap();
    /* Spread over all siblings, so that no cache of neighbours helps. */
    bench_uri(shape, (round * shape->commands + i) * 7919 % shape->siblings, out);
    add(out, "</LocURI></Target>");
    if (i % 2 != 0) {
      add(out, "<Meta><Format xmlns=\"syncml:metinf\">chr</Format><Type "
               "xmlns=\"syncml:metinf\">text/plain</Type></Meta>"
               "<Data>thirteen octs</Data>");
    }
    if (omadm_buf_printf(out, "</Item></%s>", name) != 0) __builtin_trap();
  }
  add(out, "<Final/></SyncBody></SyncML>");
}

static void add_node(omadm_buf *out, omadm_str name, const char *path, int leaf) {
  add(out, "<Node><NodeName>");
  if (omadm_buf_add_str(out, name) != 0) __builtin_trap();
  add(out, "</NodeName>");
  if (path != NULL) {
    add(out, "<Path>");
    add(out, path);
    add(out, "</Path>");
  }
  add(out, "<DFProperties><AccessType><Add/><Get/><Replace/></AccessType><DFFormat>");
  add(out, leaf ? "<chr/>" : "<node/>");
  add(out, leaf ? "</DFFormat><Occurrence><ZeroOrMore/></Occurrence><Scope><Dynamic/></"
                  "Scope><DFType><MIME>text/plain</MIME>"
                : "</DFFormat><Scope><Permanent/></Scope><DFType><DDFName/>");
  add(out, "</DFType></DFProperties>");
}

void bench_ddf(const bench_shape *shape, omadm_buf *out) {
  add(out, "<MgmtTree><VerDTD>1.2</VerDTD>");
  add_node(out, (omadm_str)OMADM_STR("B"), "./Vendor", 0);
  for (size_t i = 0; i < shape->depth; i++)
    add_node(out, segment(shape, i), NULL, 0);
  add_node(out, (omadm_str)OMADM_STR(""), NULL, 1);
  add(out, "</Node>");
  for (size_t i = 0; i < shape->depth; i++)
    add(out, "</Node>");
  add(out, "</Node></MgmtTree>");
}
