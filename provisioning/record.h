/* SPDX-License-Identifier: MIT */
/*
 * An account as the configuration or a document brings it, and the one place where it becomes nodes
 * of DMAcc. Private to provisioning.
 */
#ifndef OMADM_PROVISIONING_RECORD_H
#define OMADM_PROVISIONING_RECORD_H

#include <omadm/error.h>
#include <omadm/framework.h>
#include <omadm/types.h>

#include <stdbool.h>

#include "provisioning/layout.h"

enum {
  RECORD_ADDRESSES = 8,
  RECORD_PORTS = 4,
  RECORD_CREDENTIALS = 16,
  RECORD_CONNECTIONS = 8,
};

typedef struct record_address {
  omadm_str address;
  omadm_str type; /* URI, IPv4, IPv6 */
  omadm_str ports[RECORD_PORTS];
  size_t n_ports;
} record_address;

typedef struct record_credentials {
  const char *node; /* its name below AppAuth; NULL: its number */
  omadm_str level; /* CLCRED, SRVCRED, OBEX, HTTP */
  omadm_str type; /* BASIC, DIGEST, HMAC … */
  omadm_str name;
  omadm_str secret;
  omadm_str data; /* the first nonce, octets */
} record_credentials;

/* Spans are borrowed from where it comes from; empty: not said. */
typedef struct account_record {
  omadm_str server_id;
  omadm_str name;
  omadm_str preference; /* AAuthPref */
  omadm_str connections[RECORD_CONNECTIONS];
  size_t n_connections;
  record_address addresses[RECORD_ADDRESSES];
  size_t n_addresses;
  record_credentials credentials[RECORD_CREDENTIALS];
  size_t n_credentials;
  bool starts; /* INIT: a session is wanted at once */
  bool configured; /* by the administrator of the device, who alone says what is below Ext */
  bool authenticated; /* by a document whose MAC is right */
  omadm_str own[ACCOUNT_NODE_COUNT]; /* that, by account_nodes; without name and address */
} account_record;

/* May this be an account? A ServerID that ACLs can name, an address that a session can be sent to,
 * sizes that fit, credentials that are understood. SYNTAX with a sentence; UNSUPPORTED: the server
 * would prove itself in no way that the device can check. */
omadm_err account_record_check(const account_record *record, omadm_error *error);

/* The address that a session goes to; empty where there is none. */
omadm_str account_record_url(const account_record *record);

/* Writes a checked record: what an account of that ServerID had goes first, then all is new. Of a
 * document it belongs to its server (OMA-TS-DM_Bootstrap 5.3.4) and Ext stays as it is. Nothing is
 * settled. */
omadm_err account_record_write(omadm_framework *framework, const account_record *record,
                               omadm_error *error);

#endif
