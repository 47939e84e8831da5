/* SPDX-License-Identifier: MIT */
/* A TPM that answers oddly: between the provider and the TPM in the process stands one who forges.
 */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>

#include "base/clock.h"
#include "tpm/inproc.h"
#include "tpm/tss2.h"

enum { ANSWER_MAX = 4096 };

/* What is forged next. */
static struct {
  uint32_t command; /* 0: each */
  unsigned after; /* so many of them go through before */
  unsigned times;
  uint32_t code; /* the answer, where len is 0 */
  const uint8_t *octets; /* the answer, of len octets */
  size_t len;
  uint32_t noise; /* not 0: the true answer with a changed octet, by this seed */
  TSS2_RC failure; /* not 0: no answer, but this from the connection */
  unsigned commands; /* counted */
} plan;

typedef struct forger {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  TSS2_TCTI_CONTEXT *inner;
  size_t len;
  uint8_t answer[ANSWER_MAX];
} forger;

static uint32_t next_random(void) {
  plan.noise ^= plan.noise << 13;
  plan.noise ^= plan.noise >> 17;
  plan.noise ^= plan.noise << 5;
  return plan.noise;
}

static bool is_meant(const uint8_t *command) {
  uint32_t code = (uint32_t)command[6] << 24 | (uint32_t)command[7] << 16 |
                  (uint32_t)command[8] << 8 | command[9];
  if (plan.times == 0 || (plan.command != 0 && plan.command != code)) return false;
  if (plan.after > 0) {
    plan.after--;
    return false;
  }
  plan.times--;
  return true;
}

static TSS2_RC forge(forger *f) {
  if (plan.failure != 0) return plan.failure;
  if (plan.len > 0) {
    memcpy(f->answer, plan.octets, plan.len);
    f->len = plan.len;
    return 0;
  }
  const uint8_t header[] = {0x80, 0x01, 0, 0, 0, 10};
  memcpy(f->answer, header, sizeof header);
  for (int i = 0; i < 4; i++)
    f->answer[6 + i] = (uint8_t)(plan.code >> (24 - 8 * i));
  f->len = 10;
  return 0;
}

static TSS2_RC forger_transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command) {
  forger *f = (forger *)context;
  plan.commands++;
  bool meant = is_meant(command);
  if (meant && plan.noise == 0) return forge(f);
  TSS2_RC rc = Tss2_Tcti_Transmit(f->inner, size, command);
  f->len = sizeof f->answer;
  if (rc == 0) rc = Tss2_Tcti_Receive(f->inner, &f->len, f->answer, -1);
  if (rc == 0 && meant) f->answer[next_random() % f->len] ^= (uint8_t)(1u << next_random() % 8);
  return rc;
}

static TSS2_RC forger_receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
                              int32_t timeout) {
  forger *f = (forger *)context;
  (void)timeout;
  if (response != NULL && *size < f->len) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  *size = f->len;
  if (response != NULL) memcpy(response, f->answer, f->len);
  return 0;
}

static void forger_finalize(TSS2_TCTI_CONTEXT *context) {
  (void)context;
}

static omadm_tpm_status port_open(void *ctx, tss2_link *link, TSS2_TCTI_CONTEXT **tcti) {
  (void)ctx, (void)link;
  forger *f = calloc(1, sizeof *f);
  f->inner = inproc_tcti_new();
  f->common = (TSS2_TCTI_CONTEXT_COMMON_V2){.v1 = {.magic = 1,
                                                   .version = 2,
                                                   .transmit = forger_transmit,
                                                   .receive = forger_receive,
                                                   .finalize = forger_finalize}};
  *tcti = (TSS2_TCTI_CONTEXT *)f;
  return OMADM_TPM_OK;
}

static void port_close(void *ctx, TSS2_TCTI_CONTEXT **tcti) {
  (void)ctx;
  free(((forger *)*tcti)->inner);
  free(*tcti);
  *tcti = NULL;
}

static void port_dispose(void *ctx) {
  (void)ctx;
}

/* ---- the bench, with a second provider that goes through the forger ---- */

typedef struct forged {
  bench *b;
  omadm_tpm tpm;
} forged;

#define FORGED_CALL(f, name, ...) ((f)->tpm.calls->name((f)->tpm.self, __VA_ARGS__))

static void forged_open(forged *f, unsigned deadline_ms) {
  const tss2_port port = {NULL, port_open, port_close, port_dispose, true};
  omadm_tpm_config config;
  omadm_tpm_config_init(&config);
  config.log = &f->b->log;
  config.deadline_ms = deadline_ms;
  omadm_tpm_close(&f->tpm);
  assert_int_equal(tss2_provider_open(&port, NULL, NULL, &config, &f->tpm, NULL), 0);
}

static int setup(void **state) {
  forged *f = calloc(1, sizeof *f);
  memset(&plan, 0, sizeof plan);
  bench_setup((void **)&f->b);
  forged_open(f, 5000);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  forged *f = *state;
  omadm_tpm_close(&f->tpm);
  bench_teardown((void **)&f->b);
  free(f);
  return 0;
}

static const omadm_str none = {NULL, 0};

static omadm_tpm_status quote(forged *f) {
  omadm_tpm_key key = {0};
  omadm_tpm_quote quote = {0};
  omadm_tpm_status status = FORGED_CALL(f, key_open, OMADM_TPM_AK_P256, none, &key);
  if (status != OMADM_TPM_OK) return status;
  status = FORGED_CALL(f, quote, key.handle, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, none, &quote);
  FORGED_CALL(f, key_close, key.handle);
  return status;
}

static unsigned commands_of_a_quote(forged *f) {
  unsigned before = plan.commands;
  assert_int_equal(quote(f), OMADM_TPM_OK);
  return plan.commands - before;
}

/* ---- tests ---- */

static void a_tpm_that_is_busy_for_a_while_is_asked_again(void **state) {
  forged *f = *state;
  const uint32_t codes[] = {TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE};
  for (size_t i = 0; i < 4; i++) {
    plan.code = codes[i];
    plan.times = 8;
    plan.command = i % 2 == 0 ? 0 : TPM2_CC_Quote;
    assert_int_equal(quote(f), OMADM_TPM_OK);
    assert_int_equal(plan.times, 0);
    assert_int_equal(bench_count(f->b), 0);
  }
}

static void a_tpm_that_stays_busy_is_called_so_before_the_deadline(void **state) {
  forged *f = *state;
  omadm_tpm_clock clock;
  forged_open(f, 400);
  plan.code = TPM2_RC_RETRY;
  plan.times = UINT32_MAX;
  int64_t begin = omadm_clock_ms();
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_BUSY);
  assert_true(omadm_clock_ms() - begin < 2000);
  plan.times = 0;
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_OK);
}

static void an_object_is_flushed_though_the_tpm_is_busy(void **state) {
  forged *f = *state;
  plan.command = TPM2_CC_FlushContext;
  plan.code = TPM2_RC_RETRY;
  plan.times = 40;
  assert_int_equal(quote(f), OMADM_TPM_OK);
  assert_int_equal(bench_count(f->b), 0);
}

static void each_code_of_the_tpm_has_its_status(void **state) {
  forged *f = *state;
  const struct {
    uint32_t code;
    omadm_tpm_status status;
  } cases[] = {{TPM2_RC_LOCKOUT, OMADM_TPM_LOCKOUT},
               {TPM2_RC_OBJECT_MEMORY, OMADM_TPM_RESOURCE},
               {TSS2_RESMGR_TPM_RC_LAYER | TPM2_RC_OBJECT_MEMORY, OMADM_TPM_RESOURCE},
               {TPM2_RC_BAD_AUTH | 0x900, OMADM_TPM_AUTH},
               {TPM2_RC_AUTH_FAIL | 0x900, OMADM_TPM_AUTH},
               {TPM2_RC_HIERARCHY | 0x100, OMADM_TPM_UNSUPPORTED},
               {TPM2_RC_COMMAND_CODE, OMADM_TPM_UNSUPPORTED},
               {TSS2_RESMGR_RC_LAYER | TPM2_RC_COMMAND_CODE, OMADM_TPM_UNSUPPORTED},
               {TPM2_RC_FAILURE, OMADM_TPM_IO},
               {TPM2_RC_REFERENCE_H0, OMADM_TPM_IO},
               {TPM2_RC_VALUE | TPM2_RC_P | 0x200, OMADM_TPM_ARGUMENT},
               {0x12345678, OMADM_TPM_IO}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[16];
    plan.command = TPM2_CC_CreatePrimary;
    plan.code = cases[i].code;
    plan.times = 100;
    assert_int_equal(quote(f), cases[i].status);
    snprintf(text, sizeof text, "0x%08x", cases[i].code);
    assert_non_null(strstr(f->b->logged, text));
    assert_int_equal(bench_count(f->b), 0);
  }
}

/* TPM2_RC_COMMAND_CODE from a TPM 2.0 does not make it one of the old family. */
static void a_tpm_2_0_that_cannot_tell_of_itself_is_no_tpm_1_2(void **state) {
  forged *f = *state;
  omadm_tpm_info info = {.version = 9};
  plan.command = TPM2_CC_GetCapability;
  plan.code = TPM2_RC_COMMAND_CODE;
  plan.times = 100;
  assert_int_equal(FORGED_CALL(f, info, &info), OMADM_TPM_UNSUPPORTED);
  assert_int_equal(info.version, 9);
  plan.times = 0;
  assert_int_equal(FORGED_CALL(f, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 2);
}

/* Each command of a quote in turn fails, in each way. */
static void whichever_command_fails_the_next_quote_works(void **state) {
  forged *f = *state;
  static const uint8_t cut[] = {0x80, 0x01, 0, 0, 0, 40, 0, 0, 0, 0, 1, 2};
  static const uint8_t huge[] = {0x80, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0};
  static const uint8_t few[] = {0x80};
  static const uint8_t empty[] = {0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0};
  const struct {
    const uint8_t *octets;
    size_t len;
    uint32_t code;
    TSS2_RC failure;
  } ways[] = {
      {NULL, 0, TPM2_RC_FAILURE, 0},      {NULL, 0, TPM2_RC_MEMORY, 0}, {cut, sizeof cut, 0, 0},
      {huge, sizeof huge, 0, 0},          {few, sizeof few, 0, 0},      {empty, sizeof empty, 0, 0},
      {NULL, 0, 0, TSS2_TCTI_RC_IO_ERROR}};
  unsigned n = commands_of_a_quote(f);
  assert_true(n > 10);
  for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
    for (unsigned at = 0; at < n; at++) {
      forged_open(f, 5000);
      memset(&plan, 0, sizeof plan);
      f->b->logged[0] = '\0';
      plan.octets = ways[way].octets;
      plan.len = ways[way].len;
      plan.code = ways[way].code;
      plan.failure = ways[way].failure;
      plan.after = at;
      plan.times = 1;
      omadm_tpm_status status = quote(f);
      assert_true(status == OMADM_TPM_OK || status == OMADM_TPM_IO ||
                  status == OMADM_TPM_RESOURCE || status == OMADM_TPM_UNSUPPORTED);
      /* Refusals leave nothing but the object whose flushing was refused. Behind nonsense ESAPI
       * sends nothing more on that connection: a resource manager frees what was loaded there, but
       * this TPM has none. */
      bool nonsense = ways[way].code == 0;
      if (bench_count(f->b) > (nonsense ? 2 : 1)) {
        fail_msg("way %zu at %u\n%s", way, at, f->b->logged);
      }
      if (bench_count(f->b) > 0) inproc_reboot();
      assert_int_equal(quote(f), OMADM_TPM_OK);
    }
  }
}

static void a_broken_connection_is_replaced_within_the_call(void **state) {
  forged *f = *state;
  omadm_tpm_clock clock;
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_OK);
  plan.failure = TSS2_TCTI_RC_IO_ERROR;
  plan.times = 1;
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_OK);
  plan.times = 2;
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_IO);
  assert_int_equal(FORGED_CALL(f, clock, &clock), OMADM_TPM_OK);
}

static void everything(forged *f) {
  omadm_tpm_info info;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_data data;
  omadm_tpm_key ak, key;
  omadm_tpm_quote quoted;
  omadm_tpm_signed certified;
  omadm_tpm_digest opened;
  uint8_t octets[64];
  char digest[64] = {0};
  FORGED_CALL(f, info, &info);
  FORGED_CALL(f, random, octets, sizeof octets);
  FORGED_CALL(f, pcr_read, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, &pcrs);
  FORGED_CALL(f, ek_public, OMADM_TPM_EK_P256, &data);
  FORGED_CALL(f, ek_certificate, OMADM_TPM_EK_P256, 0, &data);
  FORGED_CALL(f, ek_certificate, OMADM_TPM_EK_P256, 1, &data);
  if (FORGED_CALL(f, key_open, OMADM_TPM_AK_P256, none, &ak) != OMADM_TPM_OK) return;
  FORGED_CALL(f, quote, ak.handle, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, none, &quoted);
  FORGED_CALL(f, activate, ak.handle, OMADM_TPM_EK_P256, ((omadm_str){digest, 64}),
              ((omadm_str){digest, 64}), &opened);
  if (FORGED_CALL(f, key_open, OMADM_TPM_SIGN_P256, none, &key) == OMADM_TPM_OK) {
    FORGED_CALL(f, certify, ak.handle, key.handle, none, &certified);
    FORGED_CALL(f, sign, key.handle, OMADM_TPM_SHA256, ((omadm_str){digest, 32}), &data);
    FORGED_CALL(f, key_close, key.handle);
  }
  FORGED_CALL(f, key_close, ak.handle);
}

/* Any status will do; the sanitizers judge. */
static void answers_with_a_changed_octet_do_no_harm(void **state) {
  forged *f = *state;
  omadm_tpm_data der = {.len = 600, .octets = {0x30, 0x82, 0x01, 0x00}};
  bench_nv(f->b, 0x01C0000A, TPMA_NV_AUTHREAD | TPMA_NV_NO_DA, der.octets, der.len);
  bench_nv(f->b, 0x01C00100, TPMA_NV_AUTHREAD | TPMA_NV_NO_DA, der.octets, der.len);
  forged_open(f, 1000);
  for (uint32_t seed = 1; seed <= 150; seed++) {
    memset(&plan, 0, sizeof plan);
    plan.noise = seed * 2654435761u;
    plan.after = seed % 40;
    plan.times = 1 + seed % 3;
    f->b->logged[0] = '\0';
    everything(f);
    plan.times = 0;
    if (bench_count(f->b) > 0) inproc_reboot();
  }
  assert_int_equal(quote(f), OMADM_TPM_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_tpm_that_is_busy_for_a_while_is_asked_again),
      TEST(a_tpm_that_stays_busy_is_called_so_before_the_deadline),
      TEST(an_object_is_flushed_though_the_tpm_is_busy),
      TEST(each_code_of_the_tpm_has_its_status),
      TEST(a_tpm_2_0_that_cannot_tell_of_itself_is_no_tpm_1_2),
      TEST(whichever_command_fails_the_next_quote_works),
      TEST(a_broken_connection_is_replaced_within_the_call),
      TEST(answers_with_a_changed_octet_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
