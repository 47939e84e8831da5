/* SPDX-License-Identifier: MIT */
#include "csp-framework/isolated/wire.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"

/* In front of the first packet of each message. */
typedef struct head {
  uint64_t size; /* of the whole body */
  uint64_t id;
  uint32_t type;
  uint32_t zero;
} head;

/* Waits until one may read or write, or the clock stands at `until`. */
static wire_outcome wait_for(int fd, short events, int64_t until) {
  struct pollfd ready = {.fd = fd, .events = events};
  for (;;) {
    int64_t left = until - omadm_clock_ms();
    if (left < 0) return WIRE_LATE;
    int n = poll(&ready, 1, left < INT_MAX ? (int)left : INT_MAX);
    if (n > 0) return WIRE_OK;
    if (n < 0 && errno != EINTR) return WIRE_GONE;
  }
}

static wire_outcome send_packet(int fd, struct iovec *parts, size_t n, int64_t until) {
  const struct msghdr packet = {.msg_iov = parts, .msg_iovlen = n};
  const int flags = MSG_NOSIGNAL | (until == INT64_MAX ? 0 : MSG_DONTWAIT);
  while (sendmsg(fd, &packet, flags) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return WIRE_GONE;
    wire_outcome outcome = wait_for(fd, POLLOUT, until);
    if (outcome != WIRE_OK) return outcome;
  }
  return WIRE_OK;
}

wire_outcome wire_send(int fd, uint32_t type, uint64_t id, omadm_str body, int64_t until) {
  head first = {.size = body.len, .id = id, .type = type};
  size_t n = body.len < WIRE_PACKET ? body.len : WIRE_PACKET;
  struct iovec parts[2] = {{.iov_base = &first, .iov_len = sizeof first},
                           {.iov_base = (void *)(uintptr_t)body.ptr, .iov_len = n}};
  wire_outcome outcome = send_packet(fd, parts, n > 0 ? 2 : 1, until);
  for (size_t sent = n; outcome == WIRE_OK && sent < body.len; sent += n) {
    n = body.len - sent < WIRE_PACKET ? body.len - sent : WIRE_PACKET;
    struct iovec part = {.iov_base = (void *)(uintptr_t)(body.ptr + sent), .iov_len = n};
    outcome = send_packet(fd, &part, 1, until);
  }
  return outcome;
}

/* One packet; *got: its octets. `wait` false: NONE where there is none. */
static wire_outcome receive_packet(int fd, struct iovec *parts, size_t n, int64_t until, bool wait,
                                   size_t *got) {
  struct msghdr packet = {.msg_iov = parts, .msg_iovlen = n};
  const bool timed = wait && until != INT64_MAX;
  const int flags = wait && !timed ? 0 : MSG_DONTWAIT;
  ssize_t len = 0;
  *got = 0;
  do {
    wire_outcome outcome = timed ? wait_for(fd, POLLIN, until) : WIRE_OK;
    if (outcome != WIRE_OK) return outcome;
    len = recvmsg(fd, &packet, flags);
  } while (len < 0 && (errno == EINTR || (timed && (errno == EAGAIN || errno == EWOULDBLOCK))));
  if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return WIRE_NONE;
  if (len <= 0) return WIRE_GONE;
  *got = (size_t)len;
  return (packet.msg_flags & MSG_TRUNC) != 0 ? WIRE_BAD : WIRE_OK;
}

/* The rest of a body. */
static wire_outcome receive_rest(int fd, wire_message *m, size_t size, int64_t until) {
  while (m->body.len < size) {
    size_t want = size - m->body.len < WIRE_PACKET ? size - m->body.len : WIRE_PACKET, got = 0;
    if (omadm_buf_reserve(&m->body, want) != 0) return WIRE_BAD;
    struct iovec part = {.iov_base = m->body.ptr + m->body.len, .iov_len = want};
    wire_outcome outcome = receive_packet(fd, &part, 1, until, true, &got);
    if (outcome != WIRE_OK) return outcome;
    m->body.len += got;
  }
  return WIRE_OK;
}

wire_outcome wire_receive(int fd, wire_message *m, size_t most, int64_t until, bool wait) {
  head first = {0};
  size_t got = 0;
  m->body.len = 0;
  if (omadm_buf_reserve(&m->body, WIRE_PACKET) != 0) return WIRE_BAD;
  struct iovec parts[2] = {{.iov_base = &first, .iov_len = sizeof first},
                           {.iov_base = m->body.ptr, .iov_len = WIRE_PACKET}};
  wire_outcome outcome = receive_packet(fd, parts, 2, until, wait, &got);
  if (outcome != WIRE_OK) return outcome;
  if (got < sizeof first || first.size > most || got - sizeof first > first.size) return WIRE_BAD;
  m->type = first.type;
  m->id = first.id;
  m->body.len = got - sizeof first;
  return receive_rest(fd, m, (size_t)first.size, until);
}

wire_writer wire_begin(omadm_buf *out) {
  out->len = 0;
  return (wire_writer){.out = out};
}

void wire_put_octets(wire_writer *w, const void *octets, size_t n) {
  if (w->err == 0) w->err = omadm_buf_add(w->out, octets, n);
}

void wire_put(wire_writer *w, uint64_t number) {
  wire_put_octets(w, &number, sizeof number);
}

void wire_put_str(wire_writer *w, omadm_str s) {
  wire_put(w, s.len);
  wire_put_octets(w, s.ptr, s.len);
}

void wire_put_span(wire_writer *w, omadm_str s) {
  bool good = s.ptr != NULL || s.len == 0;
  wire_put(w, good);
  wire_put_str(w, good ? s : (omadm_str){NULL, 0});
}

void wire_put_request(wire_writer *w, const omadm_csp_request *r) {
  const uint64_t numbers[] = {r->root,       r->node,        r->n_names,
                              r->token,      r->transaction, (uint64_t)r->format,
                              r->value_size, r->has_value};
  const omadm_str spans[] = {r->uri,  r->server_id, r->session_id, r->correlator,
                             r->type, r->value,     r->name};
  wire_put_octets(w, numbers, sizeof numbers);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    wire_put_str(w, spans[i]);
  for (size_t i = 0; i < r->n_names; i++)
    wire_put_str(w, r->names[i]);
}

void wire_put_alert(wire_writer *w, const omadm_csp_alert *a) {
  const omadm_str spans[] = {a->type, a->source, a->data, a->correlator, a->server_id};
  wire_put(w, (uint64_t)(int64_t)a->code);
  wire_put(w, (uint64_t)(int64_t)a->format);
  wire_put(w, (uint64_t)(int64_t)a->mark);
  wire_put(w, a->session_now != 0);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    wire_put_str(w, spans[i]);
}

omadm_str wire_get_octets(wire_reader *r, size_t n) {
  if (r->failed || n > r->left.len) {
    r->failed = true;
    return (omadm_str){"", 0};
  }
  omadm_str s = {r->left.ptr, n};
  if (n > 0) r->left.ptr += n;
  r->left.len -= n;
  return s;
}

uint64_t wire_get(wire_reader *r) {
  uint64_t number = 0;
  omadm_str s = wire_get_octets(r, sizeof number);
  if (s.len == sizeof number) memcpy(&number, s.ptr, sizeof number);
  return number;
}

uint32_t wire_get_u32(wire_reader *r) {
  uint64_t number = wire_get(r);
  if (number > UINT32_MAX) r->failed = true;
  return (uint32_t)number;
}

omadm_str wire_get_str(wire_reader *r) {
  uint64_t len = wire_get(r);
  if (len > r->left.len) r->failed = true;
  return wire_get_octets(r, r->failed ? 0 : (size_t)len);
}

omadm_str wire_get_span(wire_reader *r) {
  bool good = wire_get(r) != 0;
  omadm_str s = wire_get_str(r);
  return good ? s : (omadm_str){NULL, 1};
}

/* A number of at least 0 that is an int, else -1. */
static int get_int(wire_reader *r) {
  uint64_t number = wire_get(r);
  return number <= INT32_MAX ? (int)number : -1;
}

void wire_get_alert(wire_reader *r, omadm_csp_alert *a) {
  *a = (omadm_csp_alert){.struct_size = sizeof *a};
  omadm_str *spans[] = {&a->type, &a->source, &a->data, &a->correlator, &a->server_id};
  a->code = get_int(r);
  a->format = (omadm_format)get_int(r);
  a->mark = get_int(r);
  a->session_now = wire_get(r) != 0;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    *spans[i] = wire_get_str(r);
}

bool wire_end(const wire_reader *r) {
  return !r->failed && r->left.len == 0;
}
