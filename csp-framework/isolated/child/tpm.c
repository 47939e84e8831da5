/* SPDX-License-Identifier: MIT */
/* The TPM's calls of a plugin in its own process: the host makes them. */
#include "csp-framework/isolated/child/child.h"
#include "csp-framework/isolated/tpm_wire.h"
#include "csp-framework/tpm_table.h"

typedef struct call {
  tpm_wire number;
  uint64_t numbers[TPM_NUMBERS];
  omadm_str spans[TPM_SPANS];
  void *out;
  size_t size; /* of out */
  size_t *len; /* of it are written; NULL: all of it is */
} call;

static omadm_tpm_status take(const call *k, const wire_message *m) {
  wire_reader r = {.left = omadm_buf_str(&m->body)};
  omadm_tpm_status status = (omadm_tpm_status)wire_get_u32(&r);
  omadm_str octets = wire_get_str(&r);
  if (status != OMADM_TPM_OK) return status;
  if (octets.len > k->size || (k->len == NULL && octets.len != k->size)) return OMADM_TPM_IO;
  if (octets.len > 0) memcpy(k->out, octets.ptr, octets.len);
  if (k->len != NULL) *k->len = octets.len;
  return status;
}

static omadm_tpm_status ask(uint64_t host, const call *k) {
  child *c = child_of(host);
  omadm_buf body = {0};
  child_waiter waiter = {0};
  if (c == NULL || (k->out == NULL && k->size > 0)) return OMADM_TPM_ARGUMENT;
  wire_writer w = wire_begin(&body);
  wire_put(&w, k->number);
  for (size_t i = 0; i < TPM_NUMBERS; i++)
    wire_put(&w, k->numbers[i]);
  for (size_t i = 0; i < TPM_SPANS; i++) {
    if (k->spans[i].ptr == NULL && k->spans[i].len > 0) w.err = OMADM_E_ARGUMENT;
    if (k->spans[i].len > TPM_OCTETS) w.err = OMADM_E_ARGUMENT;
    wire_put_str(&w, k->spans[i]);
  }
  omadm_tpm_status status = OMADM_TPM_ARGUMENT;
  if (w.err == 0) {
    status = child_ask(c, WIRE_TPM, omadm_buf_str(&body), &waiter) ? take(k, &waiter.message)
                                                                   : OMADM_TPM_IO;
  }
  if (body.len > 0) explicit_bzero(body.ptr, body.len);
  if (waiter.message.body.len > 0) explicit_bzero(waiter.message.body.ptr, waiter.message.body.len);
  omadm_buf_dispose(&body);
  child_waiter_dispose(&waiter);
  return status;
}

static omadm_tpm_status tpm_info(uint64_t host, omadm_tpm_info *info) {
  const call k = {.number = TPM_INFO, .out = info, .size = sizeof *info};
  return ask(host, &k);
}

static omadm_tpm_status tpm_ek_public(uint64_t host, omadm_tpm_ek ek, omadm_tpm_data *area) {
  const call k = {.number = TPM_EK_PUBLIC, .numbers = {ek}, .out = area, .size = sizeof *area};
  return ask(host, &k);
}

static omadm_tpm_status tpm_ek_certificate(uint64_t host, omadm_tpm_ek ek, uint32_t number,
                                           omadm_tpm_data *der) {
  const call k = {
      .number = TPM_EK_CERTIFICATE, .numbers = {ek, number}, .out = der, .size = sizeof *der};
  return ask(host, &k);
}

static omadm_tpm_status tpm_key_open(uint64_t host, omadm_tpm_key_kind kind, omadm_str blob,
                                     omadm_tpm_key *key) {
  const call k = {
      .number = TPM_KEY_OPEN, .numbers = {kind}, .spans = {blob}, .out = key, .size = sizeof *key};
  return ask(host, &k);
}

static omadm_tpm_status tpm_key_close(uint64_t host, uint64_t key) {
  const call k = {.number = TPM_KEY_CLOSE, .numbers = {key}};
  return ask(host, &k);
}

static omadm_tpm_status tpm_activate(uint64_t host, uint64_t key, omadm_tpm_ek ek,
                                     omadm_str id_object, omadm_str secret,
                                     omadm_tpm_digest *opened) {
  const call k = {.number = TPM_ACTIVATE,
                  .numbers = {key, ek},
                  .spans = {id_object, secret},
                  .out = opened,
                  .size = sizeof *opened};
  return ask(host, &k);
}

static omadm_tpm_status tpm_quote(uint64_t host, uint64_t key, uint16_t bank, uint32_t mask,
                                  omadm_str nonce, omadm_tpm_quote *quote) {
  const call k = {.number = TPM_QUOTE,
                  .numbers = {key, bank, mask},
                  .spans = {nonce},
                  .out = quote,
                  .size = sizeof *quote};
  return ask(host, &k);
}

static omadm_tpm_status tpm_pcr_read(uint64_t host, uint16_t bank, uint32_t mask,
                                     omadm_tpm_pcrs *pcrs) {
  const call k = {
      .number = TPM_PCR_READ, .numbers = {bank, mask}, .out = pcrs, .size = sizeof *pcrs};
  return ask(host, &k);
}

static omadm_tpm_status tpm_clock(uint64_t host, omadm_tpm_clock *clock) {
  const call k = {.number = TPM_CLOCK, .out = clock, .size = sizeof *clock};
  return ask(host, &k);
}

static omadm_tpm_status tpm_certify(uint64_t host, uint64_t key, uint64_t subject, omadm_str nonce,
                                    omadm_tpm_signed *certified) {
  const call k = {.number = TPM_CERTIFY,
                  .numbers = {key, subject},
                  .spans = {nonce},
                  .out = certified,
                  .size = sizeof *certified};
  return ask(host, &k);
}

static omadm_tpm_status tpm_sign(uint64_t host, uint64_t key, uint16_t hash, omadm_str digest,
                                 omadm_tpm_data *signature) {
  const call k = {.number = TPM_SIGN,
                  .numbers = {key, hash},
                  .spans = {digest},
                  .out = signature,
                  .size = sizeof *signature};
  return ask(host, &k);
}

static omadm_tpm_status tpm_event_log(uint64_t host, omadm_tpm_log log, uint64_t offset,
                                      uint8_t *buffer, size_t size, size_t *len) {
  size_t most = size < TPM_OCTETS ? size : TPM_OCTETS;
  const call k = {.number = TPM_EVENT_LOG,
                  .numbers = {log, offset, most},
                  .out = buffer,
                  .size = most,
                  .len = len};
  return len != NULL ? ask(host, &k) : OMADM_TPM_ARGUMENT;
}

static omadm_tpm_status tpm_random(uint64_t host, uint8_t *octets, size_t n) {
  const call k = {.number = TPM_RANDOM, .numbers = {n}, .out = octets, .size = n};
  return n <= TPM_OCTETS ? ask(host, &k) : OMADM_TPM_ARGUMENT;
}

const omadm_tpm_calls child_tpm = TPM_TABLE;
