/* SPDX-License-Identifier: MIT */
/*
 * Random changes of one octet, to the decoded evidence: each is refused, or gives the report that
 * the unchanged evidence gives, octet by octet (its time aside). OMADM_SEED and OMADM_CHANGES set
 * where the random numbers begin and how many changes are made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/dha_codes.h"
#include "device.h"

typedef struct scene {
  bench b;
  device d;
  parts boot, now;
  omadm_buf blob; /* an honest certificate */
  omadm_buf honest; /* the report */
  uint64_t random;
} scene;

/* Where octets of one kind stand: in the boot evidence, in the evidence of now, or in the blob. */
typedef enum phase { BOOT, NOW, BLOB } phase;
typedef struct place {
  phase phase;
  size_t offset; /* in `parts` */
} place;

typedef struct part {
  const char *name;
  place places[2];
  size_t n;
  unsigned refused, same;
} part;

#define AT(member) offsetof(parts, member)
static part all[] = {
    {"quote", {{BOOT, AT(quote)}, {NOW, AT(quote)}}, 2, 0, 0},
    {"signature", {{BOOT, AT(signature)}, {NOW, AT(signature)}}, 2, 0, 0},
    {"PCR values", {{BOOT, AT(pcrs)}, {NOW, AT(pcrs)}}, 2, 0, 0},
    {"log", {{BOOT, AT(log)}}, 1, 0, 0},
    /* KAClaim and AIKPublic */
    {"AK public", {{BOOT, AT(ak)}, {BOOT, AT(ak_blob)}}, 2, 0, 0},
    {"EK certificate", {{BOOT, AT(ek_certificate)}}, 1, 0, 0},
    {"blob", {{BLOB, 0}}, 1, 0, 0},
};
enum { PARTS = sizeof all / sizeof all[0] };

/* xorshift64* */
static uint64_t next_random(scene *s) {
  s->random ^= s->random >> 12;
  s->random ^= s->random << 25;
  s->random ^= s->random >> 27;
  return s->random * 0x2545F4914F6CDD1D;
}

static uint64_t setting(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

/* A new certificate; nonces are forgotten. */
static void certify_again(scene *s) {
  s->b.time += s->b.config.lifetime;
  device_certify(&s->d, &s->b, &s->blob);
}

static int open_scene(void **state) {
  scene *s = calloc(1, sizeof *s);
  s->random = setting("OMADM_SEED", 20240521);
  print_message("seed %llu\n", (unsigned long long)s->random);
  device_open(&s->d);
  bench_open(&s->b, s->d.tpm);
  parts_take(&s->boot, &s->d, "");
  parts_take(&s->now, &s->d, NONCE_A);
  if (outcome(&s->b, &s->d, &s->boot, &s->honest) != DHA_OK) return -1;
  certify_again(s);
  *state = s;
  return 0;
}

static int close_scene(void **state) {
  scene *s = *state;
  parts_dispose(&s->boot);
  parts_dispose(&s->now);
  omadm_buf_dispose(&s->blob);
  omadm_buf_dispose(&s->honest);
  bench_close(&s->b);
  device_close(&s->d);
  free(s);
  return 0;
}

static omadm_buf *find(scene *s, const place *where) {
  char *const in[] = {(char *)&s->boot, (char *)&s->now, (char *)&s->blob};
  return (omadm_buf *)(void *)(in[where->phase] + where->offset);
}

static void change_one(scene *s, part *p) {
  omadm_buf report = {.mem = NULL};
  const place *where = &p->places[next_random(s) % p->n];
  bool boot = where->phase == BOOT;
  omadm_buf *octets = find(s, where);
  size_t at = next_random(s) % octets->len;
  uint8_t by = (uint8_t)(1 + next_random(s) % 255);
  octets->ptr[at] = (char)(octets->ptr[at] ^ by);
  int code = boot ? outcome(&s->b, &s->d, &s->boot, &report)
                  : outcome_now(&s->b, &s->now, NONCE_A, omadm_buf_str(&s->blob), &report);
  octets->ptr[at] = (char)(octets->ptr[at] ^ by);
  if (code != DHA_OK) {
    p->refused++;
    assert_int_not_equal(code, DHA_FAILED);
    assert_int_not_equal(code, -500);
    assert_int_not_equal(code, DHA_NONCE_USED);
  } else {
    p->same++;
    if (!omadm_str_equal(omadm_buf_str(&report), omadm_buf_str(&s->honest)))
      fail_msg("%s of %s: octet %zu ^ %02x gives another report", p->name, boot ? "boot" : "now",
               at, by);
    omadm_buf_dispose(&report);
  }
  /* A granted report has used the nonce up, a later clock the certificate. */
  if (boot || code == DHA_OK) certify_again(s);
}

static void a_changed_octet_is_refused_or_changes_nothing(void **state) {
  scene *s = *state;
  uint64_t changes = setting("OMADM_CHANGES", 10000);
  for (uint64_t i = 0; i < changes; i++)
    change_one(s, &all[i % PARTS]);
  for (size_t i = 0; i < PARTS; i++)
    print_message("%-16s %5u refused, %5u the same report\n", all[i].name, all[i].refused,
                  all[i].same);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_changed_octet_is_refused_or_changes_nothing, open_scene,
                                      close_scene),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
