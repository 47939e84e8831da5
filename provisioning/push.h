/* SPDX-License-Identifier: MIT */
/*
 * What a WAP push wraps around a document: a user data header, the WSP header with its content
 * type. Private to provisioning.
 */
#ifndef OMADM_PROVISIONING_PUSH_H
#define OMADM_PROVISIONING_PUSH_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

/* What a content type says. Spans are borrowed; ptr NULL: not said. */
typedef struct push_type {
  omadm_str media; /* in small letters where it came as a number */
  omadm_str sec; /* "0" to "3" where it came as a number */
  omadm_str mac;
} push_type;

typedef struct push {
  push_type type;
  omadm_str body;
} push;

/* True where the octets are a push with a content type of device management; else *out is as it
 * was. A header that is cut or does not fit in its length makes it none. */
bool push_unwrap(omadm_str octets, push *out);

/* A content type as HTTP and people write it: "media/type; SEC=USERPIN; MAC=…". SYNTAX where it is
 * none. */
omadm_err push_type_parse(omadm_str text, push_type *out);

#define PUSH_NOTIFICATION "application/vnd.syncml.notification"
#define PUSH_DM_WBXML "application/vnd.syncml.dm+wbxml"
#define PUSH_DM_XML "application/vnd.syncml.dm+xml"
#define PUSH_CP_WBXML "application/vnd.wap.connectivity-wbxml"
#define PUSH_CP_XML "text/vnd.wap.connectivity-xml"
#define PUSH_CP_XML_TOO "application/vnd.wap.connectivity-xml"

#endif
