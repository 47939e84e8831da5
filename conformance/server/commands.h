/* SPDX-License-Identifier: MIT */
/*
 * The file of commands that drives a device:
 *
 *   <commands xmlns="SYNCML:SYNCML1.2" xmlns:omadm="urn:omadm:commands:1">
 *     <package>
 *       <Get omadm:expect-status="200" omadm:expect-value="*">…</Get>
 *     </package>
 *     <expect-alert type="…" data="…"/>
 *   </commands>
 *
 * Each package is one message. Packages may be grouped in <session> elements, one for each session;
 * without any, all belong to the first, and a further session gets no command. omadm:claim names a
 * line of the final table; * expects anything.
 */
#ifndef OMADM_SERVER_COMMANDS_H
#define OMADM_SERVER_COMMANDS_H

#include <stdbool.h>

#include <libxml/tree.h>

#include <omadm/error.h>

#define COMMANDS_NAMESPACE "urn:omadm:commands:1"

/* Reads and checks the file. *out is owned by the caller, free with xmlFreeDoc. */
omadm_err commands_read(const char *path, xmlDoc **out, omadm_error *error);

/* The package so-and-so of a session, both counted from 0; NULL behind the last. */
xmlNode *commands_package(const xmlDoc *doc, unsigned session, unsigned package);

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
