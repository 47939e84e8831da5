/* SPDX-License-Identifier: MIT */
#include <omadm/transport.h>

void omadm_transport_free(omadm_transport *t) {
  if (t != NULL) t->ops->free(t);
}
