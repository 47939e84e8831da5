/* SPDX-License-Identifier: MIT */
/* What a slot is asked. */
#ifndef OMADM_FRAMEWORK_REQUEST_H
#define OMADM_FRAMEWORK_REQUEST_H

#include "csp-framework/core.h"

/*
 * Fills the place of a request: root, node, names and, but for a stored CSP, the canonical URI of
 * the node `up` levels above `node`. Both must be described by one DDF. Spans point into node and
 * the framework, until the next request. NOMEM.
 */
omadm_err request_fill(omadm_framework *fw, const fw_node *node, size_t up,
                       omadm_csp_request *request);

/* The description of the node `up` levels above `node`; NONE where that one is above the mount's
 * root. */
uint32_t request_ddf(const fw_node *node, size_t up);

/* Appends the canonical URI of a node. */
omadm_err request_write_uri(omadm_framework *fw, const fw_node *node, size_t up, omadm_buf *out);

#endif
