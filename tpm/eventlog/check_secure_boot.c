/* SPDX-License-Identifier: MIT */
/* PCR 7 (TCG PC Client PFP 3.3.4.8): the Secure Boot variables, then the separator; authorities as
 * images are checked; actions. */
#include "tpm/eventlog/check.h"

#include "tpm/eventlog/variable.h"

/* Variables of the configuration: measured once, before the separator. `db` names authorities too;
 * none of the others does. */
static const struct {
  variable_vendor vendor;
  const char *name;
  bool authority;
} config[] = {
    {VENDOR_GLOBAL, "SecureBoot", false}, {VENDOR_GLOBAL, "PK", false},
    {VENDOR_GLOBAL, "KEK", false},        {VENDOR_SECURITY, "db", true},
    {VENDOR_SECURITY, "dbx", false},      {VENDOR_SECURITY, "dbt", true},
    {VENDOR_SECURITY, "dbr", true},
};
enum { CONFIGS = sizeof config / sizeof config[0], CONFIG_SECURE_BOOT = 0, CONFIG_DB = 3 };

static size_t find_config(const variable *v) {
  size_t k = 0;
  while (k < CONFIGS && !variable_is(v, config[k].vendor, config[k].name))
    k++;
  return k;
}

/* Variables that boot loaders measure: PCR 7 stays open, so that the running system can measure
 * them again, otherwise. */
static omadm_err check_once(check *c, size_t i, const variable *v) {
  static const struct {
    variable_vendor vendor;
    const char *name;
  } once[CHECK_ONCE] = {{VENDOR_MICROSOFT, "CurrentPolicy"},
                        {VENDOR_SHIM, "SbatLevel"},
                        {VENDOR_SHIM, "MokListTrusted"}};
  for (size_t k = 0; k < CHECK_ONCE; k++) {
    if (!variable_is(v, once[k].vendor, once[k].name)) continue;
    if ((c->once & 1U << k) != 0)
      return check_refuse(c, i, "measures %s a second time", once[k].name);
    c->once |= 1U << k;
  }
  return OMADM_OK;
}

static omadm_err check_config(check *c, size_t i, const variable *v) {
  size_t k = find_config(v);
  if (v->vendor == VENDOR_SHIM) {
    return check_refuse(c, i, "names an authority, and stands as configuration");
  }
  /* A custom policy is measured by the Windows boot manager, after the firmware. */
  bool late = variable_is(v, VENDOR_MICROSOFT, "CurrentPolicy");
  if ((c->closed & 1U << PCR_SECURE_BOOT) != 0 && !late) {
    return check_refuse(c, i, "is Secure Boot configuration after the separator");
  }
  if (k == CONFIGS) return OMADM_OK;
  if ((c->secure_boot & 1U << k) != 0) {
    return check_refuse(c, i, "measures %s a second time", config[k].name);
  }
  c->secure_boot |= 1U << k;
  return OMADM_OK;
}

static omadm_err check_authority(const check *c, size_t i, const variable *v) {
  size_t k = find_config(v);
  if (k < CONFIGS && !config[k].authority) {
    return check_refuse(c, i, "is the variable %s, and stands as an authority", config[k].name);
  }
  return OMADM_OK;
}

/* An action is a sentence, so that no variable can pass for one. */
static omadm_err check_action(const check *c, size_t i) {
  omadm_str data = text_without_zeros(c->log->entries[i].event.data);
  for (size_t k = 0; k < data.len; k++) {
    if (data.ptr[k] < ' ' || data.ptr[k] > '~') {
      return check_refuse(c, i, "is an action without a readable text");
    }
  }
  return OMADM_OK;
}

omadm_err check_secure_boot(check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  variable v;
  if (e->type == EV_EFI_ACTION) return check_action(c, i);
  bool is_config = e->type == EV_EFI_VARIABLE_DRIVER_CONFIG || e->type == EV_EFI_SPDM_DEVICE_POLICY;
  bool is_authority =
      e->type == EV_EFI_VARIABLE_AUTHORITY || e->type == EV_EFI_SPDM_DEVICE_AUTHORITY;
  if (!is_config && !is_authority) {
    return check_refuse(c, i, "has a type that does not belong into PCR 7");
  }
  if (!variable_parse(e->data, &v)) return check_refuse(c, i, "holds no variable");
  bool spdm = e->type == EV_EFI_SPDM_DEVICE_POLICY || e->type == EV_EFI_SPDM_DEVICE_AUTHORITY;
  if (spdm &&
      (find_config(&v) < CONFIGS || v.vendor == VENDOR_SHIM || v.vendor == VENDOR_MICROSOFT)) {
    return check_refuse(c, i, "is a Secure Boot variable under another type");
  }
  if (c->windows && v.vendor == VENDOR_SHIM) {
    return check_refuse(c, i, "is of shim, in the log of a Windows boot");
  }
  omadm_err err = check_once(c, i, &v);
  if (err != 0) return err;
  return is_config ? check_config(c, i, &v) : check_authority(c, i, &v);
}

omadm_err check_secure_boot_end(const check *c) {
  if ((c->closed & 1U << PCR_SECURE_BOOT) == 0) {
    return omadm_error_set(
        c->error, OMADM_E_REFUSED,
        "the event log is not to be believed: PCR 7 has entries and no separator");
  }
  if ((c->secure_boot & 1U << CONFIG_SECURE_BOOT) != 0 && (c->secure_boot & 1U << CONFIG_DB) == 0) {
    return omadm_error_set(c->error, OMADM_E_REFUSED,
                           "the event log is not to be believed: PCR 7 has the variable SecureBoot "
                           "and not the variable db, which is measured with it");
  }
  return OMADM_OK;
}
