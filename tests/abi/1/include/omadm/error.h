/* SPDX-License-Identifier: MIT */
/*
 * Local errors: what a person reads. Servers read <omadm/status.h>; omadm_status_from_err is the
 * one bridge.
 */
#ifndef OMADM_ERROR_H
#define OMADM_ERROR_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*  name, value, what it means */
/* clang-format off */
#define OMADM_ERRORS(X) \
  X(NOMEM, -1, "out of memory") \
  X(ARGUMENT, -2, "an argument is not usable") \
  X(STATE, -3, "the call is not allowed now") \
  X(LIMIT, -4, "a limit was reached") \
  X(SYNTAX, -5, "the input is malformed") \
  X(NOT_FOUND, -6, "there is no such thing") \
  X(EXISTS, -7, "it exists already") \
  X(UNSUPPORTED, -8, "not supported") \
  X(IO, -9, "the operating system refused") \
  X(STORE, -10, "the store failed") \
  X(LOCKED, -11, "another process owns it") \
  X(ABI, -12, "built for another ABI") \
  X(REFUSED, -13, "refused by policy") \
  X(RESOLVE, -20, "the host name has no address") \
  X(CONNECT, -21, "no connection") \
  X(TLS, -22, "the TLS handshake or a certificate failed") \
  X(SEND, -23, "sending failed") \
  X(RECEIVE, -24, "receiving failed") \
  X(TIMEOUT, -25, "no answer in time") \
  X(HTTP, -26, "the server answered with an HTTP error")
/* clang-format on */

enum {
  OMADM_OK = 0,
#define OMADM_ERROR_ENUM_(name, value, text) OMADM_E_##name = (value),
  OMADM_ERRORS(OMADM_ERROR_ENUM_)
#undef OMADM_ERROR_ENUM_
      OMADM_E_LAST_ = -999
};

/* A failure and its sentence: what happened, where, what to do. The caller owns it; a NULL pointer
 * is accepted everywhere. */
typedef struct omadm_error {
  omadm_err code;
  int os_errno; /* errno of the failing system call, or 0 */
  char text[512]; /* one line, always terminated; "" while code is 0 */
} omadm_error;

/* The meaning of a code from the table above; lives for ever. */
OMADM_EXPORT const char *omadm_err_text(omadm_err code);

/* Fills *e (where it is not NULL and holds no earlier failure) and returns code. os_errno is taken
 * when code is IO or STORE. */
OMADM_EXPORT omadm_err omadm_error_set(omadm_error *e, omadm_err code, const char *format, ...)
    OMADM_PRINTF(3, 4);

/* Empties *e. */
OMADM_EXPORT void omadm_error_clear(omadm_error *e);

#ifdef __cplusplus
}
#endif
#endif
