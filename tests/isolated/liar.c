/* SPDX-License-Identifier: MIT */
/* A process that is none of ours: it loads nothing and says what it likes over the socket. Its
 * plugin's file says what: the name of a lie. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "csp-framework/isolated/wire.h"

static omadm_buf out;

static wire_outcome send_body(uint32_t type, uint64_t id, omadm_str body) {
  return wire_send(WIRE_FD, type, id, body, INT64_MAX);
}

static void say(uint32_t type, uint64_t id) {
  (void)send_body(type, id, omadm_buf_str(&out));
}

static void put_text(wire_writer *w, const char *text) {
  wire_put(w, 1);
  wire_put_str(w, omadm_str_of(text));
}

/* What a plugin of one leaf would say of itself. */
static void hello(const char *name, uint64_t mask) {
  static const char ddf[] =
      "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Liar</NodeName><Path>./Vendor</Path>"
      "<DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><Occurrence><One/>"
      "</Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType>"
      "</DFProperties></Node></MgmtTree>";
  wire_writer w = wire_begin(&out);
  wire_put(&w, 0);
  wire_put_str(&w, (omadm_str){"", 0});
  wire_put(&w, OMADM_CSP_ABI);
  wire_put(&w, sizeof(omadm_csp_descriptor));
  put_text(&w, name);
  put_text(&w, "1");
  put_text(&w, ddf);
  wire_put(&w, 1);
  wire_put(&w, mask);
  wire_put(&w, 0);
  wire_put(&w, 0);
  say(WIRE_HELLO, 0);
}

static void end_slot(uint64_t id, uint64_t status, uint64_t jobs) {
  wire_writer w = wire_begin(&out);
  wire_put(&w, status);
  wire_put(&w, jobs);
  say(WIRE_DONE, id);
}

static void done(uint64_t id, uint64_t status) {
  end_slot(id, status, 0);
}

/* Octets of a head without a body, or of more than there is. */
static void send_head(uint64_t size, uint64_t id, uint32_t type) {
  const struct {
    uint64_t size, id;
    uint32_t type, zero;
  } head = {size, id, type, 0};
  (void)!send(WIRE_FD, &head, sizeof head, MSG_NOSIGNAL);
}

static char zeros[1 << 20];

static void lie_huge(uint64_t id) {
  send_head(UINT64_C(1) << 40, id, WIRE_DONE);
}

static void lie_unfinished(uint64_t id) {
  send_head(100000, id, WIRE_DONE);
}

static void lie_empty(uint64_t id) {
  (void)id;
  (void)!send(WIRE_FD, "", 0, 0);
}

static void lie_oversized(uint64_t id) {
  (void)id;
  (void)!send(WIRE_FD, zeros, 70000, 0);
}

static void lie_unknown(uint64_t id) {
  send_head(0, id, 4711);
}

static void lie_host(uint64_t id) {
  send_head(0, id, WIRE_RESULT);
}

static void lie_other_id(uint64_t id) {
  done(id + 1, 200);
}

static void lie_status(uint64_t id) {
  done(id, 1 << 20);
}

static void lie_nothing_done(uint64_t id) {
  send_head(0, id, WIRE_DONE);
}

static void lie_service(uint64_t id) {
  (void)id;
  (void)send_body(WIRE_STORE_SET, 1, (omadm_str){zeros, 70});
}

static void lie_stray(uint64_t id) {
  (void)id;
  (void)send_body(WIRE_STRAY, 1, (omadm_str){"\377\377\377\377\377\377\377\377", 8});
}

static void lie_again(uint64_t id) {
  (void)id;
  hello("Liar", UINT64_MAX);
}

static void lie_twice(uint64_t id) {
  done(id, 200);
  done(id, 200);
}

static void lie_flood(uint64_t id) {
  (void)id;
  for (;;)
    if (send_body(WIRE_READY, 0, (omadm_str){zeros, 8}) != WIRE_OK) _exit(1);
}

/* More of the network at once than may be. */
static void lie_exchanges(uint64_t id) {
  enum { SPANS = 5, MANY = 65 };
  wire_writer w = wire_begin(&out);
  wire_put(&w, 0);
  for (int i = 0; i < SPANS; i++)
    wire_put_span(&w, (omadm_str){"", 0});
  for (int i = 0; i < 4; i++)
    wire_put(&w, 1);
  for (uint64_t i = 1; i <= MANY; i++)
    say(WIRE_HTTP, id + i);
}

/* Asks and asks, and takes no answer. */
static void lie_deaf(uint64_t id) {
  for (uint64_t i = 1; i <= 100000; i++)
    if (send_body(WIRE_NOW, id + i, (omadm_str){NULL, 0}) != WIRE_OK) _exit(1);
}

/* The same when its slot has ended. */
static void lie_deaf_later(uint64_t id) {
  end_slot(id, OMADM_ST_PENDING, 1);
  lie_deaf(id);
}

/* Takes a large answer one packet at a time. */
static void lie_slow(uint64_t id) {
  wire_message m = {0};
  wire_writer w = wire_begin(&out);
  wire_put_span(&w, (omadm_str){"k", 1});
  wire_put_span(&w, (omadm_str){zeros, sizeof zeros});
  say(WIRE_STORE_SET, id + 1);
  (void)wire_receive(WIRE_FD, &m, SIZE_MAX, INT64_MAX, true);
  w = wire_begin(&out);
  wire_put(&w, 1);
  wire_put_span(&w, (omadm_str){"k", 1});
  say(WIRE_STORE_GET, id + 2);
  for (;;) {
    usleep(1000000);
    (void)!recv(WIRE_FD, zeros, sizeof zeros, MSG_DONTWAIT);
  }
}

/* Lines without end, each of which is one that a plugin may send. */
static void lie_log(uint64_t id) {
  wire_writer w = wire_begin(&out);
  wire_put(&w, OMADM_CSP_LOG_ERROR);
  wire_put_span(&w, (omadm_str){"", 0});
  for (int i = 0; i < 5000; i++)
    say(WIRE_LOG, 0);
  done(id, 200);
}

/* Of the first slot that is not open. */
static const struct {
  const char *name;
  void (*tell)(uint64_t id);
} lies[] = {
    {"huge", lie_huge},
    {"unfinished", lie_unfinished},
    {"empty", lie_empty},
    {"oversized", lie_oversized},
    {"unknown", lie_unknown},
    {"host", lie_host},
    {"other-id", lie_other_id},
    {"status", lie_status},
    {"service", lie_service},
    {"nothing-done", lie_nothing_done},
    {"stray", lie_stray},
    {"again", lie_again},
    {"twice", lie_twice},
    {"flood", lie_flood},
    {"exchanges", lie_exchanges},
    {"deaf", lie_deaf},
    {"slow", lie_slow},
    {"deaf-later", lie_deaf_later},
    {"log", lie_log},
};

static void answer(const char *lie, uint64_t id) {
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    if (strcmp(lie, lies[i].name) != 0) continue;
    lies[i].tell(id);
    return;
  }
  fprintf(stderr, "liar: %s is no lie\n", lie);
  _exit(1);
}

int main(void) {
  wire_message m = {0};
  if (wire_receive(WIRE_FD, &m, SIZE_MAX, INT64_MAX, true) != WIRE_OK) return 1;
  wire_reader r = {.left = omadm_buf_str(&m.body)};
  for (int i = 0; i < 6; i++)
    (void)wire_get(&r);
  char lie[64] = "";
  omadm_str path = wire_get_str(&r);
  snprintf(lie, sizeof lie, "%.*s", (int)path.len, path.ptr);
  const char *slash = NULL;
  for (size_t i = 0; i < path.len; i++) {
    if (path.ptr[i] == '/') slash = path.ptr + i + 1;
  }
  snprintf(lie, sizeof lie, "%.*s", (int)(path.ptr + path.len - slash), slash);
  if (strcmp(lie, "silent") == 0) sleep(60);
  if (strcmp(lie, "slots") == 0) hello("Liar", UINT64_C(1) << 1);
  if (strcmp(lie, "name") == 0) hello("../Liar", 0x3E);
  if (strcmp(lie, "cut") == 0)
    (void)send_body(WIRE_HELLO, 0, (omadm_str){"\0\0\0\0\0\0\0\0\377", 9});
  if (strcmp(lie, "reason") == 0) {
    wire_writer w = wire_begin(&out);
    wire_put(&w, 9);
    wire_put_str(&w, (omadm_str)OMADM_STR("is \033[31mred\n"));
    say(WIRE_HELLO, 0);
  }
  hello("Liar", 0x3E); /* open, close, find, list, get */
  for (int slots = 0; wire_receive(WIRE_FD, &m, SIZE_MAX, INT64_MAX, true) == WIRE_OK; slots++) {
    if (slots == 0)
      done(m.id, 200);
    else
      answer(lie, m.id);
  }
  _exit(0);
}
