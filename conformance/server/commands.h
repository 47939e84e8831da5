/* SPDX-License-Identifier: MIT */
/*
 * The file of commands that drives a device:
 *
 *   <commands xmlns="SYNCML:SYNCML1.2" xmlns:omadm="urn:omadm:commands:1">
 *     <package>
 *       <Get omadm:expect-status="200" omadm:expect-value="*">…</Get>
 *     </package>
 *     <expect-alert type="…" data="…"/>
 *     <omadm:await type="…" uri="…" ready="3" running="0 1"/>
 *     <omadm:validate nonce="{{nonce}}" expect="healthy"/>
 *     <omadm:token nonce="{{nonce-2}}" expect="healthy"/>
 *   </commands>
 *
 * Each package is one message. Packages may be grouped in <session> elements, one for each session;
 * without any, all belong to the first, and a further session gets no command. omadm:claim names a
 * line of the final table; * expects anything.
 *
 * Between packages the server does something itself (steps.h). await: the value of `uri`, as it was
 * read last, is `ready`: go on; is one of `running`: the session ends, and the next one goes on
 * here as soon as an alert of `type` says `ready`; anything else ends it all. validate: DHA-Data,
 * as it was read last, goes to the Device Health Attestation service. token: the report that was
 * read last is verified. What the last two expect is "healthy", "not healthy", "not shown"
 * (policy.h) or "refused".
 *
 * {{name}} in a text or an attribute is what was given for it: nonce, nonce-2 and nonce-3 are 16
 * random octets in hexadecimal, new in each run.
 */
#ifndef OMADM_SERVER_COMMANDS_H
#define OMADM_SERVER_COMMANDS_H

#include <stdbool.h>

#include <libxml/tree.h>

#include <omadm/error.h>

#include "conformance/player/bindings.h"

#define COMMANDS_NAMESPACE "urn:omadm:commands:1"

/* Reads and checks the file, and puts in the values of {{names}}. *out is owned by the caller, free
 * with xmlFreeDoc. */
omadm_err commands_read(const char *path, const bindings *values, xmlDoc **out, omadm_error *error);

/* What stands first in a session, counted from 0: a package or a step; NULL: nothing. */
xmlNode *commands_begin(const xmlDoc *doc, unsigned session);

/* The first child element, and the next sibling element. */
xmlNode *commands_first(const xmlNode *parent);
xmlNode *commands_next(const xmlNode *node);

/* True for a command that holds commands. */
bool commands_is_container(const xmlNode *command);
/* True for an element that is a command: no CmdID, Meta or Item inside a container. */
bool commands_is_command(const xmlNode *node);

/* The attribute of our namespace, owned by the caller, free with xmlFree; NULL where it does not
 * stand. */
char *commands_attribute(const xmlNode *node, const char *name);

/* The LocURI of an item's Target, else of its Source, owned by the caller, free with xmlFree; NULL
 * where there is none. */
char *commands_item_uri(const xmlNode *item);

/* The trimmed text of a child element, owned by the caller, free with xmlFree; NULL where there is
 * none. */
char *commands_child_text(const xmlNode *parent, const char *name);

#endif
