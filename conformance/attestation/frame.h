/* SPDX-License-Identifier: MIT */
/*
 * The HTTP(S) server around the services: one thread, the caller's; a request is read whole under a
 * cap, answered at once, and its connection kept for the next one.
 */
#ifndef CONFORMANCE_ATTESTATION_FRAME_H
#define CONFORMANCE_ATTESTATION_FRAME_H

#include <omadm/error.h>

#include "conformance/attestation/service.h"

/* Octets of a request's body: a log of 16 MiB in base64, and what stands around it. */
#define FRAME_BODY_MAX ((size_t)24 << 20)

typedef struct frame frame;

typedef struct frame_options {
  const char *host; /* a numeric address; NULL: 127.0.0.1 */
  unsigned short port; /* 0: any free one */
  const char *certificate; /* file, PEM; NULL: plain HTTP */
  const char *key; /* file, PEM */
} frame_options;

/* Fills *reply; its body is an empty buffer of the frame's. */
typedef void frame_answer(void *ctx, const service_request *request, service_reply *reply);

/* Binds and listens, and answers nothing yet. *out is owned by the caller, free with frame_free. */
omadm_err frame_new(const frame_options *options, frame **out, omadm_error *error);
void frame_free(frame *self);

/* The port that it listens on, and "http://host:port" or "https://…"; borrowed until free. */
unsigned frame_port(const frame *self);
const char *frame_origin(const frame *self);

/* Serves for at most so many milliseconds; *served becomes the number of requests answered. */
omadm_err frame_run(frame *self, frame_answer *answer, void *ctx, unsigned milliseconds,
                    unsigned *served, omadm_error *error);

#endif
