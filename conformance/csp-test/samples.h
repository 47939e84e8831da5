/* SPDX-License-Identifier: MIT */
/* Values to try a leaf with, and names to try an unnamed node with: made from its DDF. */
#ifndef OMADM_CSP_TEST_SAMPLES_H
#define OMADM_CSP_TEST_SAMPLES_H

#include <omadm/ddf.h>
#include <omadm/status.h>

#include <stdbool.h>

typedef enum sample_kind {
  SAMPLE_INSIDE = 0, /* to be taken and read back */
  SAMPLE_OUTSIDE, /* a value of the format that the DDF forbids */
  SAMPLE_SPELLING, /* an odd spelling, to be read back as `canonical` */
  SAMPLE_MALFORMED /* no value of the format */
} sample_kind;

typedef struct sample {
  sample_kind kind;
  omadm_str value, canonical; /* borrowed from `text`, or for ever */
  omadm_status expected; /* OUTSIDE: 413 or 415 */
} sample;

enum { SAMPLES_MOST = 96 };

typedef struct samples {
  const omadm_ddf *ddf;
  const omadm_ddf_node *node;
  sample sample[SAMPLES_MOST];
  size_t n;
  char text[98304]; /* of what was made up */
  size_t used;
} samples;

/* The values for a leaf: those that its rule is made of, its default, and plain ones of its format.
 */
void samples_make(samples *self, const omadm_ddf *ddf, const omadm_ddf_node *node, uint64_t seed);
/* One more value, which lives as long as the samples. */
void samples_also(samples *self, omadm_str value);
/* The i-th of that kind; NULL beyond the end. */
const sample *samples_at(const samples *self, sample_kind kind, size_t i);

/* The i-th name for an instance of the unnamed node; false beyond the end. */
bool samples_name(const omadm_ddf *ddf, uint32_t node, size_t i, omadm_str *name);
/* A name that the DDF forbids; false where none was found. */
bool samples_bad_name(const omadm_ddf *ddf, uint32_t node, omadm_str *name);

#endif
