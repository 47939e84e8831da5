/* SPDX-License-Identifier: MIT */
/* A notification, or a push around one: what is read lies within the octets, and has the values
 * that the format allows. */
#include <omadm/notification.h>

#include "base/str.h"

#include "tests/fuzz/fuzz.h"

static int is_within(omadm_str part, const uint8_t *octets, size_t n) {
  const uint8_t *at = (const uint8_t *)part.ptr;
  return at >= octets && part.len <= n && (size_t)(at - octets) <= n - part.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_notification notification;
  omadm_err err =
      omadm_notification_read((omadm_str){(const char *)octets, n}, &notification, NULL);
  if (err != 0) {
    require(err == OMADM_E_SYNTAX || err == OMADM_E_UNSUPPORTED);
    return 0;
  }
  require(notification.session >= 1 && notification.session <= 65535);
  require(notification.version >= 10 && notification.version <= 12);
  require(notification.server_id.len > 0 && is_within(notification.server_id, octets, n));
  require(notification.digest.len == 16 && is_within(notification.digest, octets, n));
  require(notification.trigger.len > 8 && is_within(notification.trigger, octets, n));
  require(is_within(notification.vendor, octets, n));
  return 0;
}
