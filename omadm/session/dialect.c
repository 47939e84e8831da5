/* SPDX-License-Identifier: MIT */
#include "omadm/session/dialect.h"

static const dialect dialects[] = {
    [OMADM_DIALECT_OMA] =
        {
#define OMA_VALUE(field, situation, oma, oma_text, windows, windows_text) .field = (oma),
            DIALECT_ROWS(OMA_VALUE)
#undef OMA_VALUE
        },
    [OMADM_DIALECT_WINDOWS] =
        {
#define WINDOWS_VALUE(field, situation, oma, oma_text, windows, windows_text) .field = (windows),
            DIALECT_ROWS(WINDOWS_VALUE)
#undef WINDOWS_VALUE
        },
};

const dialect *dialect_of(omadm_dialect which) {
  return &dialects[which == OMADM_DIALECT_WINDOWS ? OMADM_DIALECT_WINDOWS : OMADM_DIALECT_OMA];
}

const char *omadm_dialect_text(omadm_dialect which) {
  return which == OMADM_DIALECT_WINDOWS ? "windows" : "oma";
}
