/* SPDX-License-Identifier: MIT */
/*
 * A received message as plain structures in one arena (OMA-TS-SyncML_RepPro 5-7). Spans point into
 * the body or the arena and die with them. Built by read_xml.c and read_wbxml.c through
 * build.c; nothing here judges a message beyond its syntax.
 */
#ifndef OMADM_WIRE_MODEL_H
#define OMADM_WIRE_MODEL_H

#include <omadm/error.h>
#include <omadm/host.h>
#include <omadm/limits.h>
#include <omadm/quirk.h>
#include <omadm/types.h>

#include "base/mem.h"

#include <stdbool.h>

/* What an element in command position is. Names and what is known of each stand in the table of
 * commands.c. */
typedef enum wire_kind {
  WIRE_UNKNOWN = 0, /* an element that is no command: `name` says which */
  WIRE_ADD,
  WIRE_ALERT,
  WIRE_ATOMIC,
  WIRE_COPY,
  WIRE_DELETE,
  WIRE_EXEC,
  WIRE_GET,
  WIRE_MAP,
  WIRE_MOVE,
  WIRE_PUT,
  WIRE_REPLACE,
  WIRE_RESULTS,
  WIRE_SEARCH,
  WIRE_SEQUENCE,
  WIRE_STATUS,
  WIRE_SYNC,
  WIRE_KINDS
} wire_kind;

/* Meta or MetInf (OMA-TS-SyncML_MetaInfo 5). Texts are trimmed, but for NextNonce, which may be
 * octets in WBXML; ptr NULL: the element was absent.
 */
typedef struct wire_meta {
  omadm_str format;
  omadm_str type;
  omadm_str mark;
  omadm_str size;
  omadm_str next_nonce;
  omadm_str max_msg_size;
  omadm_str max_obj_size;
  bool octets; /* next_nonce, or the Data of the Cred that it is of, came as OPAQUE in WBXML */
} wire_meta;

typedef struct wire_item {
  struct wire_item *next;
  omadm_str target; /* LocURI as written, not trimmed; ptr NULL: absent */
  omadm_str target_name;
  omadm_str source;
  omadm_str source_name;
  wire_meta meta;
  omadm_str
      data; /* characters as parsed; of inline XML the source octets. ptr NULL: no Data element */
  bool data_has_elements;
  bool more_data;
  uint32_t quirks; /* 1 << OMADM_QUIRK_* seen in this Item */
} wire_item;

typedef struct wire_command {
  struct wire_command *next;
  wire_kind kind;
  omadm_str name; /* of the element */
  omadm_str cmd_id; /* trimmed; ptr NULL: absent */
  bool no_resp;
  wire_meta meta; /* of the command: the default of its items, per element */
  omadm_str data; /* of Alert (its code) and Status, trimmed */
  omadm_str correlator;
  wire_item *items;
  size_t n_items;
  struct wire_command *members; /* of Atomic and Sequence, in order */
  /* Status and Results, trimmed; ptr NULL: absent */
  omadm_str msg_ref;
  omadm_str cmd_ref;
  omadm_str cmd;
  omadm_str target_ref; /* the first */
  omadm_str source_ref;
  wire_meta chal;
  bool has_chal;
  uint32_t quirks; /* seen in this command outside its items */
  uint32_t line; /* of the body, for the log; 0 in WBXML */
} wire_command;

typedef struct wire_cred {
  bool present;
  wire_meta meta;
  omadm_str data;
} wire_cred;

typedef struct wire_message {
  bool has_header; /* false: no SyncHdr, or an empty one */
  omadm_str ver_dtd, ver_proto, session_id, msg_id; /* trimmed; ptr NULL: absent */
  omadm_str target, target_name, source, source_name, resp_uri; /* trimmed */
  bool no_resp;
  wire_cred cred;
  wire_meta meta;
  wire_command *commands; /* of SyncBody, in document order */
  size_t n_commands; /* members included */
  bool final;
  uint32_t quirks; /* seen outside commands */
} wire_message;

/*
 * Reads a message from XML. Everything of *message lives in `arena` or points into `body`, which
 * must stay. `charset` is that of the Content-Type (may be empty): a BOM, then it, then UTF-8
 * decide the encoding; a declaration inside is only a quirk. A DOCTYPE is skipped; one with an
 * internal subset or an entity declaration is refused. SYNTAX: not a SyncML document (the error
 * says line and reason); LIMIT: a limit of `limits` was met (depth, data_depth, commands, items,
 * decoded); NOMEM.
 */
omadm_err omadm_wire_read_xml(omadm_str body, omadm_str charset, const omadm_limits *limits,
                              omadm_arena *arena, wire_message **message, omadm_error *error);

/*
 * The same from WBXML 1.1 to 1.3: its text is UTF-8, and OPAQUE gives the octets of a value as they
 * are. Elements inside a Data become the text that they would be in XML. The error names an octet
 * instead of a line; UNSUPPORTED: another version, or another charset.
 */
omadm_err omadm_wire_read_wbxml(omadm_str body, const omadm_limits *limits, omadm_arena *arena,
                                wire_message **message, omadm_error *error);

/* The element's name of a kind ("Get"); "" for UNKNOWN. */
omadm_str omadm_wire_kind_name(wire_kind kind);

#endif
