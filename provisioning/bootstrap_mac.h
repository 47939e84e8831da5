/* SPDX-License-Identifier: MIT */
/* What a bootstrap document is believed by: HMAC-SHA1 with a secret of the network, of the user, or
 * of both (OMA-TS-DM_Security 5.7, OMA-WAP-TS-ProvBoot 6). Private to provisioning. */
#ifndef OMADM_PROVISIONING_BOOTSTRAP_MAC_H
#define OMADM_PROVISIONING_BOOTSTRAP_MAC_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

typedef enum mac_method {
  MAC_NETWORK = 0, /* the numbers are those of WSP's SEC */
  MAC_USER,
  MAC_BOTH,
  MAC_PIN_CARRIES_MAC, /* USERPINMAC: there is no MAC in the document */
  MAC_METHODS
} mac_method;

/* By the words of either profile, or the number. SYNTAX. */
omadm_err mac_method_find(omadm_str word, mac_method *method);

/* Appends what a network id is as a key: of an IMSI the semi-octets of the SIM. SYNTAX. */
omadm_err mac_network_key(omadm_str network_id, omadm_buf *key);

typedef struct mac_check {
  mac_method method;
  bool dm_profile; /* decides how MAC_BOTH is put together */
  omadm_str mac; /* hexadecimal; of MAC_PIN_CARRIES_MAC empty */
  omadm_str network_id;
  omadm_str body;
} mac_check;

/* Does it fit with that PIN? Compared in constant time. 0, or REFUSED. */
omadm_err mac_verify(const mac_check *check, omadm_str pin);

#endif
