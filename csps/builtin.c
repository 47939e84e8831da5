/* SPDX-License-Identifier: MIT */
#include "csps/builtin.h"

#include "base/str.h"
#include "csps/csps.h"

static const omadm_csp_descriptor *const built_in[] = {&omadm_csp_devinfo, &omadm_csp_devdetail,
                                                       &omadm_csp_reboot};

omadm_err omadm_builtin_mount(omadm_framework *framework, omadm_error *error) {
  omadm_ddf *dmacc = NULL;
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < sizeof built_in / sizeof *built_in; i++) {
    err = omadm_framework_mount_csp(framework, built_in[i], "built in", error);
  }
  if (err == 0) {
    err = omadm_ddf_parse((omadm_str){omadm_csp_dmacc_ddf, omadm_csp_dmacc_ddf_len}, "built in",
                          NULL, NULL, &dmacc, error);
  }
  return err != 0 ? err : omadm_framework_mount_own_ddf(framework, dmacc, error);
}

omadm_err omadm_builtin_setting(const char *csp, omadm_str key, omadm_str device_id,
                                const omadm_limits *limits, omadm_buf *out) {
  const struct {
    const char *csp, *key;
    uint64_t number;
  } numbers[] = {
      {"DevDetail", "uri-depth", limits->uri_depth},
      {"DevDetail", "uri-length", limits->uri_length},
      {"DevDetail", "uri-segment", limits->uri_segment},
  };
  if (omadm_str_is(omadm_str_of(csp), "DevInfo") && omadm_str_is(key, "id"))
    return omadm_buf_add_str(out, device_id);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    if (!omadm_str_is(omadm_str_of(csp), numbers[i].csp) || !omadm_str_is(key, numbers[i].key))
      continue;
    return omadm_buf_add_u64(out, numbers[i].number);
  }
  return OMADM_E_NOT_FOUND;
}
