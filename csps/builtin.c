/* SPDX-License-Identifier: MIT */
#include <omadm/builtin.h>

#include "base/str.h"
#include "csps/csps.h"

/* By the bit that stands for each. */
static const struct {
  unsigned bit;
  const omadm_csp_descriptor *csp;
} coded[] = {{OMADM_BUILTIN_DEVINFO, &omadm_csp_devinfo},
             {OMADM_BUILTIN_DEVDETAIL, &omadm_csp_devdetail},
             {OMADM_BUILTIN_REBOOT, &omadm_csp_reboot}};

omadm_err omadm_builtin_mount_some(omadm_framework *framework, unsigned which, omadm_error *error) {
  const struct {
    unsigned bit;
    omadm_str text;
  } stored[] = {{OMADM_BUILTIN_DMACC, {omadm_csp_dmacc_ddf, omadm_csp_dmacc_ddf_len}},
                {OMADM_BUILTIN_INBOX, {omadm_csp_inbox_ddf, omadm_csp_inbox_ddf_len}}};
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < sizeof coded / sizeof *coded; i++)
    if ((which & coded[i].bit) != 0)
      err = omadm_framework_mount_csp(framework, coded[i].csp, "built in", error);
  for (size_t i = 0; err == 0 && i < sizeof stored / sizeof *stored; i++) {
    omadm_ddf *ddf = NULL;
    if ((which & stored[i].bit) == 0) continue;
    err = omadm_ddf_parse(stored[i].text, "built in", NULL, NULL, &ddf, error);
    if (err == 0) err = omadm_framework_mount_own_ddf(framework, ddf, error);
  }
  return err;
}

omadm_err omadm_builtin_mount(omadm_framework *framework, omadm_error *error) {
  return omadm_builtin_mount_some(framework, OMADM_BUILTIN_ALL, error);
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
