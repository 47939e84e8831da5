/* SPDX-License-Identifier: MIT */
/*
 * The two dialects: one table that the code reads and docs/dialects.md is made from
 * (tests/session/test_dialect.c).
 */
#ifndef OMADM_SESSION_DIALECT_H
#define OMADM_SESSION_DIALECT_H

#include <omadm/session.h>
#include <omadm/status.h>
#include <omadm/uri.h>

/*  field, situation, value and text of oma, value and text of windows */
#define DIALECT_ROWS(X)                                                                            \
  X(replace_creates,                                                                               \
    "Replace of an absent dynamic leaf whose DDF has Add and Replace, parent there or creatable",  \
    0, "404", 1, "created, 200")                                                                   \
  X(unknown_command, "unknown command with CmdID", OMADM_ST_NOT_IMPLEMENTED, "501",                \
    OMADM_ST_BAD_REQUEST, "400")                                                                   \
  X(add_without_data, "Add of a leaf without Data", 0, "412", 1,                                   \
    "the DDF's default, else empty (quirk `add-no-data`)")                                         \
  X(single_item_refs, "TargetRef and SourceRef in the Status of a single Item", 1, "sent", 0,      \
    "left out")                                                                                    \
  X(status_each_item, "several Items that all end with one code", 0,                               \
    "one Status without references", 1, "one Status an Item, with TargetRef")                      \
  X(source_refs, "SourceRef in the Status of one of several Items", 1,                             \
    "sent where the Item has a Source", 0, "left out")                                             \
  X(header_refs, "TargetRef and SourceRef in the Status of the header", 1, "sent", 0, "left out")  \
  X(results_follow, "Results", 0, "after all Statuses", 1, "after their Get's Status")             \
  X(results_type, "Meta of Results", 1, "Format and Type unless chr, text/plain", 0,               \
    "Format unless chr")                                                                           \
  X(first_cmd_id, "first CmdID of a message without a Status for a header (package 1)", 1, "1", 2, \
    "2")                                                                                           \
  X(header_meta, "Meta of the header", 1, "MaxMsgSize, MaxObjSize", 0, "none")                     \
  X(login_status, "LoginStatus alert in package 1", 0, "none", 1, "sent")                          \
  X(alerts_first, "waiting alerts in package 1", 0, "after the Replace of DevInfo", 1,             \
    "before it")                                                                                   \
  X(devinfo_all, "Replace of DevInfo", 1, "all leaves below ./DevInfo", 0,                         \
    "exactly five Items without Meta")                                                             \
  X(session_decimal, "SessionID made by the device", 0, "hexadecimal, upper case", 1, "decimal")   \
  X(acl, "ACL", 1, "decides, 425", 0, "decides where the device guards nodes; `?prop=ACL` 406")    \
  X(user_alerts, "UI alerts 1100-1104", 1, "asked; 406 without a user", 0, "406")                  \
  X(copy, "Copy", 1, "done", 0, "406")                                                             \
  X(failed_parent, "Add whose missing parent cannot be made", 1,                                   \
    "an Item in the Status names the parent", 0, "no Item")                                        \
  X(uri_flags, "blanks inside a LocURI", 0, "400", OMADM_URI_CLEAN_SPACE,                          \
    "dropped (quirk `uri-space`)")                                                                 \
  X(uri_dot_optional, "LocURI without the leading `./`", 1, "the same node", 0,                    \
    "the same node (quirk `uri-no-dot`)")                                                          \
  X(correlator, "Correlator of an alert", 1, "that of the Exec it answers", 0, "left out")         \
  X(event_format, "Format of a client event (1224) that names none", OMADM_FORMAT_CHR, "chr",      \
    OMADM_FORMAT_ABSENT, "left out")                                                               \
  X(alert_type_first, "Meta of an alert", 0, "Format, Type, Mark", 1, "Type, Format, Mark")

/* Rows that need no switch: decided elsewhere, or alike. */
#define DIALECT_NOTES(X)                                                                           \
  X("`%2F` in a segment", "a slash in the name, written as `%2F` again", "the same")               \
  X("command without CmdID, or with CmdID 0", "400 with empty CmdRef", "the same")                 \
  X("Map, Move, Put, Search, Sync", "406", "the same")                                             \
  X("Add and Replace of one node in one Atomic", "accepted", "the same")                           \
  X("Exec in Atomic", "where the CSP stages; else 406 and 507", "the same")                        \
  X("a value that the DDF forbids; too long", "415; 413", "the same")                              \
  X("no Final over HTTP", "1222", "the same")

typedef struct dialect {
#define DIALECT_FIELD_(field, situation, oma, oma_text, windows, windows_text) int field;
  DIALECT_ROWS(DIALECT_FIELD_)
#undef DIALECT_FIELD_
} dialect;

/* The row of a dialect; lives for ever. */
const dialect *dialect_of(omadm_dialect which);

#endif
