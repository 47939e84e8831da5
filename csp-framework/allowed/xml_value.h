/* SPDX-License-Identifier: MIT */
/* XML that a server sends as a value, and schemas: libxml2 held on a short line. */
#ifndef OMADM_FRAMEWORK_ALLOWED_XML_VALUE_H
#define OMADM_FRAMEWORK_ALLOWED_XML_VALUE_H

#include <libxml/tree.h>

#include <omadm/status.h>
#include <omadm/types.h>

enum { XML_VALUE_MAX = 256 * 1024 };

/*
 * Parses a document: no DOCTYPE and so no entities of its own, nothing fetched, bounded in size,
 * depth and attributes. 200 and *doc, owned by the caller, free with xmlFreeDoc; else 415, 413 or
 * 500 and *why, the rest of a sentence that begins with the value.
 */
omadm_status xml_value_parse(omadm_str text, xmlDoc **doc, const char **why);

/* The next node in the order of the document below top, NULL at its end. skip: without what is
 * below `node`. */
xmlNode *xml_value_next(const xmlNode *top, xmlNode *node, int skip);

#endif
