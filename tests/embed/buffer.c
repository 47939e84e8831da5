/* SPDX-License-Identifier: MIT */
/* A buffer of a vendor's program that names no allocator. */
#include <omadm/account.h>
#include <omadm/builtin.h>
#include <omadm/limits.h>

#include <stdio.h>
#include <string.h>

int main(void) {
  omadm_limits limits;
  omadm_buf out = {0};
  omadm_str key = OMADM_STR("id");
  omadm_str id = OMADM_STR("device-1");
  omadm_limits_init(&limits);
  omadm_buf_dispose(&out);
  for (int i = 0; i < 100; i++)
    if (omadm_builtin_setting("DevInfo", key, id, &limits, &out) != 0) return 1;
  if (out.len != 100 * id.len || memcmp(out.ptr, id.ptr, id.len) != 0) return 1;
  omadm_buf_dispose(&out);
  if (out.len != 0 || out.ptr != NULL) return 1;
  if (omadm_builtin_setting("DevInfo", key, id, &limits, &out) != 0) return 1;
  omadm_buf_dispose(&out);
  return 0;
}
