/* SPDX-License-Identifier: MIT */
/*
 * What a host and the process of a plugin say to each other, over one socket that keeps the borders
 * of packets. A message is a head and a body; one that is larger than a packet goes on in the next
 * ones, which have no head. Numbers are those of the machine, on which both run.
 *
 * Who reads distrusts: a body is read by a reader that does not go beyond its end, and what is
 * wrong once stays wrong.
 */
#ifndef OMADM_ISOLATED_WIRE_H
#define OMADM_ISOLATED_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <omadm/csp.h>

#include "base/str.h"

enum {
  WIRE_FD = 3, /* the socket, in the child */
  WIRE_PACKET = 65536, /* octets of a body in one packet */
  WIRE_MOST = 18 * 1024 * 1024, /* of a body that a host takes */
  WIRE_PIECE = 65000, /* of a value in one message, so that all of it is one packet */
  WIRE_ANSWERS = 16 * 1024 * 1024, /* of the body of an HTTP exchange */
  WIRE_HEADERS = 1024 * 1024
};

typedef enum wire_type {
  /* The host's. */
  WIRE_START = 1, /* how to be, and what to load; the answer is HELLO */
  WIRE_SLOT, /* the number of a slot, and what goes with it; the answer is DONE */
  WIRE_RESULT, /* of the service that was called by that id */
  /* The child's. */
  WIRE_HELLO, /* what was loaded, or why not */
  WIRE_DONE, /* of a slot: what it answered, how many jobs are under way, and values */
  WIRE_READY, /* so many more jobs have ended: each waits for the slot WIRE_SLOT_DONE */
  WIRE_LOG,
  WIRE_STRAY, /* a service was called from a thread that may not */
  WIRE_ANSWER, /* values or names for a request: as at the end of DONE; no answer */
  WIRE_NOW,
  WIRE_VALUE,
  WIRE_CHILD,
  WIRE_COMPLETE,
  WIRE_ALERT,
  WIRE_CHANGED,
  WIRE_STORE_GET,
  WIRE_STORE_SET,
  WIRE_SETTING,
  WIRE_JOB, /* of which only STRAY tells */
  WIRE_READ,
  WIRE_HTTP,
  WIRE_TPM
} wire_type;

/* The slots by number: that of a verb is its place in omadm_csp_slots. */
#define WIRE_SLOT_OF(slot) (offsetof(omadm_csp_slots, slot) / sizeof(void *))
/* `done` of a job that has ended has the place of struct_size, which is no slot. */
enum { WIRE_SLOT_DONE = 0, WIRE_SLOTS = sizeof(omadm_csp_slots) / sizeof(void *) };

/* A message; its memory is used again. Zeros are an empty one. */
typedef struct wire_message {
  uint32_t type;
  uint64_t id;
  omadm_buf body;
} wire_message;

typedef enum wire_outcome {
  WIRE_OK = 0,
  WIRE_NONE, /* nothing is there */
  WIRE_LATE, /* it did not come in time */
  WIRE_GONE, /* the other side is */
  WIRE_BAD /* it is no message, or too large a one, or there is no memory for it */
} wire_outcome;

/* Sends a message, all of it before the clock's `until` (INT64_MAX: it has time); else LATE or
 * GONE, and then the other side may have a part of it. */
wire_outcome wire_send(int fd, uint32_t type, uint64_t id, omadm_str body, int64_t until);
/* Receives a message of at most `most` octets, whose last part comes before `until`. `wait` false:
 * NONE where none has begun. */
wire_outcome wire_receive(int fd, wire_message *message, size_t most, int64_t until, bool wait);

/* A body is written with these; the first failure is kept and the rest does nothing. */
typedef struct wire_writer {
  omadm_buf *out;
  omadm_err err;
} wire_writer;

wire_writer wire_begin(omadm_buf *out);
void wire_put(wire_writer *w, uint64_t number);
void wire_put_str(wire_writer *w, omadm_str s);
void wire_put_octets(wire_writer *w, const void *octets, size_t n);
/* A span of a plugin's, which may be octets at NULL: the other side gets one that is too, and says
 * what it thinks of it. */
void wire_put_span(wire_writer *w, omadm_str s);
void wire_put_request(wire_writer *w, const omadm_csp_request *request);
void wire_put_alert(wire_writer *w, const omadm_csp_alert *alert);

/* And read with these: zero and empty spans behind the end. Spans point into the body. */
typedef struct wire_reader {
  omadm_str left;
  bool failed;
} wire_reader;

uint64_t wire_get(wire_reader *r);
/* A number that fits, else the body is wrong. */
uint32_t wire_get_u32(wire_reader *r);
omadm_str wire_get_str(wire_reader *r);
omadm_str wire_get_octets(wire_reader *r, size_t n);
/* What wire_put_span wrote. */
omadm_str wire_get_span(wire_reader *r);
void wire_get_alert(wire_reader *r, omadm_csp_alert *alert);
/* All of it was read, and nothing was wrong. */
bool wire_end(const wire_reader *r);

#endif
