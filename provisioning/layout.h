/* SPDX-License-Identifier: MIT */
/* Where the settings of an account stand in the tree. Private to provisioning. */
#ifndef OMADM_PROVISIONING_LAYOUT_H
#define OMADM_PROVISIONING_LAYOUT_H

#include <omadm/types.h>

#include <stdbool.h>

#define DMACC "./SyncML/DMAcc"

/* What an account's settings are stored in: setting, node below the account, format. */
#define ACCOUNT_NODES(X)                                                                           \
  X(NAME, "name", "Name", CHR)                                                                     \
  X(URL, "url", "AppAddr/1/Addr", CHR)                                                             \
  X(DIALECT, "dialect", "Ext/omadm/Dialect", CHR)                                                  \
  X(QUIRKS, "quirks", "Ext/omadm/Quirks", CHR)                                                     \
  X(CA, "ca", "Ext/omadm/CA", CHR)                                                                 \
  X(CLIENT_CERT, "client-cert", "Ext/omadm/ClientCert", CHR)                                       \
  X(CLIENT_KEY, "client-key", "Ext/omadm/ClientKey", CHR)                                          \
  X(HOSTS, "hosts", "Ext/omadm/Hosts", CHR)                                                        \
  X(ENCODING, "encoding", "Ext/omadm/Encoding", CHR)                                               \
  X(RIGHTS, "rights", "Ext/omadm/Rights", CHR)                                                     \
  X(MAX_MSG_SIZE, "max-msg-size", "Ext/omadm/MaxMsgSize", CHR)                                     \
  X(MAX_OBJ_SIZE, "max-obj-size", "Ext/omadm/MaxObjSize", CHR)

enum {
#define ACCOUNT_NODE_ENUM(name, setting, node, format) ACCOUNT_##name,
  ACCOUNT_NODES(ACCOUNT_NODE_ENUM)
#undef ACCOUNT_NODE_ENUM
      ACCOUNT_NODE_COUNT
};

typedef struct account_node {
  const char *setting;
  const char *node;
  omadm_format format;
} account_node;

extern const account_node account_nodes[ACCOUNT_NODE_COUNT];

#endif
