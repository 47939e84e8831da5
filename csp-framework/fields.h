/* SPDX-License-Identifier: MIT */
/* Rows that are a list of spans: each after its length in 8 octets. */
#ifndef OMADM_FRAMEWORK_FIELDS_H
#define OMADM_FRAMEWORK_FIELDS_H

#include "base/str.h"

omadm_err fields_write(const omadm_str *spans, size_t n, omadm_buf *out);
/* False where the octets do not hold exactly n spans. They point into octets. */
bool fields_read(omadm_str octets, omadm_str *spans, size_t n);
/* Takes the first n spans off. False where there are fewer. */
bool fields_take(omadm_str *octets, omadm_str *spans, size_t n);

#endif
