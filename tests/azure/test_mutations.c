/* SPDX-License-Identifier: MIT */
/*
 * Single octets of the evidence are changed at random: each change is refused, or the claims are
 * what they were. There is no third outcome. OMADM_CHANGES is how many there are; OMADM_SEED where
 * they begin.
 */
#include "forge.h"

#include <stdio.h>

#include <time.h>

typedef enum part { QUOTE, SIGNATURE, PCRS, TCG, IMA, AIK, PARTS } part;

static const char *const names[PARTS] = {"quote",   "signature", "PCR values",
                                         "TCG log", "IMA list",  "attestation key"};

static pair *p;
static forge f;

static uint64_t seed;

static size_t draw(size_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(seed >> 33) % below;
}

static void change(uint8_t *octets, size_t n) {
  octets[draw(n)] ^= (uint8_t)(1 + draw(255));
}

/* One octet of the modulus, in the text of the JWK. */
static void change_aik(void) {
  omadm_buf modulus;
  char *n = strstr(f.aik_pub, "\"n\":\"") + 5;
  decode((omadm_str){n, strcspn(n, "\"")}, &modulus);
  change((uint8_t *)modulus.ptr, modulus.len);
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  encode(omadm_buf_str(&modulus), &text);
  memcpy(n, text.ptr, text.len);
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&modulus);
}

static void change_part(part which) {
  omadm_tpm_quote *q = &f.quote;
  switch (which) {
  case QUOTE: change(q->attest.octets, q->attest.len); break;
  case SIGNATURE: change(q->signature.octets, q->signature.len); break;
  case PCRS: change(q->pcrs.values[draw(OMADM_TPM_PCRS)], q->pcrs.digest_len); break;
  case TCG: change((uint8_t *)f.tcg.ptr, f.tcg.len); break;
  case IMA: change((uint8_t *)f.ima.ptr, f.ima.len); break;
  case AIK: change_aik(); break;
  case PARTS: break;
  }
}

static size_t number(const char *name, size_t otherwise) {
  const char *text = getenv(name);
  return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

static void a_changed_octet_is_refused_or_changes_nothing(void **state) {
  size_t refused[PARTS] = {0}, same[PARTS] = {0}, n = number("OMADM_CHANGES", 600);
  omadm_buf answer = {0};
  (void)state;
  seed = number("OMADM_SEED", (size_t)time(NULL));
  print_message("seed %llu, %zu changes\n", (unsigned long long)seed, n);
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  p = pair_new();
  pair_measure(p, 3);
  forge_init(&f, p);
  forge_quote(&f);
  json_t *truth = forge_accepted(&f);
  for (size_t i = 0; i < n; i++) {
    forge saved = f;
    omadm_buf tcg = {0}, ima = {0};
    omadm_buf_init(&tcg, &omadm_mem_default, 0);
    omadm_buf_init(&ima, &omadm_mem_default, 0);
    (void)omadm_buf_add_str(&tcg, omadm_buf_str(&f.tcg));
    (void)omadm_buf_add_str(&ima, omadm_buf_str(&f.ima));
    f.tcg = tcg;
    f.ima = ima;
    f.challenge = (omadm_buf){0};
    forge_renew(&f);
    forge_quote(&f);
    change_part((part)(i % PARTS));
    int status = forge_send(&f, &answer);
    if (status == 200) {
      json_t *claims = forge_report(&answer);
      if (!json_equal(claims, truth)) fail_msg("change %zu of the %s", i, names[i % PARTS]);
      json_decref(claims);
    } else {
      assert_int_equal(status, 400);
    }
    (status == 200 ? same : refused)[i % PARTS]++;
    omadm_buf_dispose(&f.tcg);
    omadm_buf_dispose(&f.ima);
    omadm_buf_dispose(&f.challenge);
    f = saved;
  }
  for (size_t i = 0; i < PARTS; i++)
    print_message("%-16s %5zu refused, %5zu the same report\n", names[i], refused[i], same[i]);
  json_decref(truth);
  omadm_buf_dispose(&answer);
  forge_dispose(&f);
  pair_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_changed_octet_is_refused_or_changes_nothing),
  };
  return cmocka_run_group_tests_name("mutations", tests, NULL, NULL);
}
