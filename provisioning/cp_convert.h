/* SPDX-License-Identifier: MIT */
/*
 * Documents of client provisioning between XML and WBXML (OMA-WAP-TS-ProvCont 7), for those who
 * make them.
 */
#ifndef OMADM_PROVISIONING_CP_CONVERT_H
#define OMADM_PROVISIONING_CP_CONVERT_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

/* Is the root of an XML document wap-provisioningdoc? Does a WBXML document name its public id? */
bool omadm_cp_is_xml(omadm_str octets);
bool omadm_cp_is_wbxml(omadm_str octets);

/* Appends the document in the other encoding; on failure *out holds a part. SYNTAX with a sentence
 * for what is no such document; LIMIT for one larger than any is. */
omadm_err omadm_cp_encode(omadm_str xml, omadm_buf *out, omadm_error *error);
omadm_err omadm_cp_decode(omadm_str wbxml, omadm_buf *out, omadm_error *error);

#endif
