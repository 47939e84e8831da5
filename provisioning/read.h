/* SPDX-License-Identifier: MIT */
/* Reading the tree as its owner: values and names of children. Private to provisioning. */
#ifndef OMADM_PROVISIONING_READ_H
#define OMADM_PROVISIONING_READ_H

#include <omadm/framework.h>

#include "base/mem.h"
#include "base/str.h"

/* Appends the value of a node below the one at *uri, which comes back as it was. NOT_FOUND. */
omadm_err read_value(omadm_framework *framework, omadm_buf *uri, const char *node, omadm_buf *out);

/* The same as a string of the arena; "" where there is none. */
omadm_err read_text(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                    const char *node, const char **text);

/* Appends the names of the children of a node, each followed by a zero octet. None where there is
 * no such node; LIMIT: there are more than `most`. */
omadm_err read_names(omadm_framework *framework, omadm_str uri, size_t most, omadm_buf *names,
                     size_t *n);

/* Appends the name of the first child of a node, and a zero octet; the tree's order is a stable
 * one. NOT_FOUND: there is none. */
omadm_err read_first_child(omadm_framework *framework, omadm_str uri, omadm_buf *name);

/* The address that sessions of the account at *uri go to, with its port; "" where there is none.
 * *uri comes back as it was. (read_url.c) */
omadm_err read_url(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                   const char **url);

/* Makes *uri that of the account of a server, the first one that carries its ServerID. NOT_FOUND.
 */
omadm_err read_account_uri(omadm_framework *framework, omadm_str server_id, omadm_buf *uri);

#endif
