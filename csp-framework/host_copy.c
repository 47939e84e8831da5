/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "csp-framework/host.h"

omadm_status host_call(const omadm_framework *fw, host_slot slot, uint64_t self,
                       const omadm_csp_request *request) {
  if ((fw->config.host_flags & OMADM_HOST_COPYING) != 0) return host_copy_call(slot, self, request);
  return slot(self, request);
}

/* The numbers of a request in the order in which they are written, and its spans after them. */
static omadm_err write_request(const omadm_csp_request *r, omadm_buf *out) {
  const uint64_t numbers[] = {r->root,        r->node,   r->n_names,   r->token,
                              r->transaction, r->format, r->has_value, r->value_size};
  const omadm_str spans[] = {r->uri,  r->server_id, r->session_id, r->correlator,
                             r->type, r->value,     r->name};
  omadm_err err = omadm_buf_add(out, numbers, sizeof numbers);
  for (size_t i = 0; err == 0 && i < sizeof spans / sizeof *spans + r->n_names; i++) {
    size_t fixed = sizeof spans / sizeof *spans;
    omadm_str s = i < fixed ? spans[i] : r->names[i - fixed];
    uint64_t len = s.len;
    err = omadm_buf_add(out, &len, sizeof len);
    if (err == 0) err = omadm_buf_add_str(out, s);
  }
  return err;
}

typedef struct reader {
  const char *at;
  bool failed;
} reader;

static void read_octets(reader *r, void *out, size_t n) {
  memcpy(out, r->at, n);
  r->at += n;
}

/* A span in memory of exactly its size, so that a read beyond it is found too. */
static omadm_str read_span(reader *r) {
  uint64_t len = 0;
  read_octets(r, &len, sizeof len);
  char *copy = malloc(len > 0 ? (size_t)len : 1);
  if (copy == NULL) {
    r->failed = true;
    return (omadm_str){NULL, 0};
  }
  if (len > 0) read_octets(r, copy, (size_t)len);
  return (omadm_str){copy, (size_t)len};
}

static void free_request(omadm_csp_request *r, omadm_str *names) {
  omadm_str spans[] = {r->uri,  r->server_id, r->session_id, r->correlator,
                       r->type, r->value,     r->name};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    free((void *)(uintptr_t)spans[i].ptr);
  for (size_t i = 0; names != NULL && i < r->n_names; i++)
    free((void *)(uintptr_t)names[i].ptr);
  free(names);
  free(r);
}

static omadm_status call_read(host_slot slot, uint64_t self, reader *in) {
  uint64_t numbers[8];
  read_octets(in, numbers, sizeof numbers);
  omadm_csp_request *r = calloc(1, sizeof *r);
  if (r == NULL) return OMADM_ST_FAILED;
  omadm_str *names = calloc((size_t)numbers[2] + 1, sizeof *names);
  r->struct_size = sizeof *r;
  r->root = (uint32_t)numbers[0];
  r->node = (uint32_t)numbers[1];
  r->n_names = (uint32_t)numbers[2];
  r->token = numbers[3];
  r->transaction = numbers[4];
  r->format = (omadm_format)numbers[5];
  r->has_value = (uint32_t)numbers[6];
  r->value_size = numbers[7];
  omadm_str *spans[] = {&r->uri,  &r->server_id, &r->session_id, &r->correlator,
                        &r->type, &r->value,     &r->name};
  for (size_t i = 0; !in->failed && i < sizeof spans / sizeof *spans; i++)
    *spans[i] = read_span(in);
  for (size_t i = 0; names != NULL && !in->failed && i < r->n_names; i++)
    names[i] = read_span(in);
  r->names = names;
  omadm_status status = in->failed || names == NULL ? OMADM_ST_FAILED : slot(self, r);
  free_request(r, names);
  return status;
}

omadm_status host_copy_call(host_slot slot, uint64_t self, const omadm_csp_request *request) {
  omadm_buf octets;
  omadm_buf_init(&octets, NULL, 0);
  omadm_status status = OMADM_ST_FAILED;
  if (write_request(request, &octets) == 0) {
    reader in = {.at = octets.ptr};
    status = call_read(slot, self, &in);
  }
  omadm_buf_dispose(&octets);
  return status;
}

char *host_copy_str(omadm_str s) {
  char *copy = malloc(s.len > 0 ? s.len : 1);
  if (copy != NULL && s.len > 0) memcpy(copy, s.ptr, s.len);
  return copy;
}
