/* SPDX-License-Identifier: MIT */
#include "omadm/wire/rules.h"

#include "omadm/wire/model.h"

#include <stddef.h>

#define TEXT(rank, type, field)                                                                    \
  { WIRE_STORE_TEXT, WIRE_IN_TEXT, rank, 0, offsetof(type, field) }
#define TRIMMED(rank, type, field)                                                                 \
  { WIRE_STORE_TRIMMED, WIRE_IN_TEXT, rank, 0, offsetof(type, field) }
#define OUTSIDE(type, field)                                                                       \
  { WIRE_STORE_TRIMMED, WIRE_IN_TEXT, 0, WIRE_OUTSIDE, offsetof(type, field) }
#define FIRST(rank, type, field)                                                                   \
  { WIRE_STORE_FIRST, WIRE_IN_TEXT, rank, WIRE_REPEATS, offsetof(type, field) }
#define FLAG(rank, type, field)                                                                    \
  { WIRE_STORE_FLAG, WIRE_IN_EMPTY, rank, 0, offsetof(type, field) }
#define META(rank, type, field)                                                                    \
  { WIRE_STORE_META, WIRE_IN_META, rank, 0, offsetof(type, field) }
#define ADDRESS(rank, type, field)                                                                 \
  { WIRE_STORE_ADDRESS, WIRE_IN_ADDRESS, rank, 0, offsetof(type, field) }
#define ITEMS(rank)                                                                                \
  { WIRE_STORE_ITEM, WIRE_IN_ITEM, rank, WIRE_REPEATS, 0 }
#define SKIP(rank)                                                                                 \
  { WIRE_STORE_SKIP, WIRE_IN_SKIPPED, rank, 0, 0 }
#define COMMAND(kind, context)                                                                     \
  { WIRE_STORE_COMMAND, context, COMMAND_RANK, WIRE_REPEATS, kind }

enum { COMMAND_RANK = 4 };

#define COMMANDS                                                                                   \
  [WIRE_EL_ADD] = COMMAND(WIRE_ADD, WIRE_IN_COMMAND),                                              \
  [WIRE_EL_ALERT] = COMMAND(WIRE_ALERT, WIRE_IN_ALERT),                                            \
  [WIRE_EL_ATOMIC] = COMMAND(WIRE_ATOMIC, WIRE_IN_GROUP),                                          \
  [WIRE_EL_COPY] = COMMAND(WIRE_COPY, WIRE_IN_COMMAND),                                            \
  [WIRE_EL_DELETE] = COMMAND(WIRE_DELETE, WIRE_IN_COMMAND),                                        \
  [WIRE_EL_EXEC] = COMMAND(WIRE_EXEC, WIRE_IN_COMMAND),                                            \
  [WIRE_EL_GET] = COMMAND(WIRE_GET, WIRE_IN_COMMAND),                                              \
  [WIRE_EL_MAP] = COMMAND(WIRE_MAP, WIRE_IN_OTHER),                                                \
  [WIRE_EL_MOVE] = COMMAND(WIRE_MOVE, WIRE_IN_OTHER),                                              \
  [WIRE_EL_PUT] = COMMAND(WIRE_PUT, WIRE_IN_OTHER),                                                \
  [WIRE_EL_REPLACE] = COMMAND(WIRE_REPLACE, WIRE_IN_COMMAND),                                      \
  [WIRE_EL_RESULTS] = COMMAND(WIRE_RESULTS, WIRE_IN_RESULTS),                                      \
  [WIRE_EL_SEARCH] = COMMAND(WIRE_SEARCH, WIRE_IN_OTHER),                                          \
  [WIRE_EL_SEQUENCE] = COMMAND(WIRE_SEQUENCE, WIRE_IN_GROUP),                                      \
  [WIRE_EL_STATUS] = COMMAND(WIRE_STATUS, WIRE_IN_STATUS),                                         \
  [WIRE_EL_SYNC] = COMMAND(WIRE_SYNC, WIRE_IN_OTHER)

const wire_rule wire_rule_unknown_command = COMMAND(WIRE_UNKNOWN, WIRE_IN_OTHER);
const wire_rule wire_rule_unknown = SKIP(0);

/* The children of Target and Source are two spans in a row. */
_Static_assert(offsetof(wire_item, target_name) == offsetof(wire_item, target) + sizeof(omadm_str),
               "pair");
_Static_assert(offsetof(wire_item, source_name) == offsetof(wire_item, source) + sizeof(omadm_str),
               "pair");
_Static_assert(offsetof(wire_message, target_name) ==
                   offsetof(wire_message, target) + sizeof(omadm_str),
               "pair");
_Static_assert(offsetof(wire_message, source_name) ==
                   offsetof(wire_message, source) + sizeof(omadm_str),
               "pair");

const wire_rule wire_rules[WIRE_CONTEXTS][WIRE_ELEMENTS] = {
    [WIRE_IN_DOCUMENT] =
        {
            [WIRE_EL_SYNCML] = {WIRE_STORE_PLAIN, WIRE_IN_SYNCML, 0, 0, 0},
        },
    [WIRE_IN_SYNCML] =
        {
            [WIRE_EL_SYNC_HDR] = {WIRE_STORE_PLAIN, WIRE_IN_HEADER, 1, WIRE_ONCE, 0},
            [WIRE_EL_SYNC_BODY] = {WIRE_STORE_PLAIN, WIRE_IN_BODY, WIRE_RANK_OF_BODY, WIRE_ONCE, 0},
        },
    [WIRE_IN_HEADER] =
        {
            [WIRE_EL_VER_DTD] = TRIMMED(1, wire_message, ver_dtd),
            [WIRE_EL_VER_PROTO] = TRIMMED(2, wire_message, ver_proto),
            [WIRE_EL_SESSION_ID] = TRIMMED(3, wire_message, session_id),
            [WIRE_EL_MSG_ID] = TRIMMED(4, wire_message, msg_id),
            [WIRE_EL_TARGET] = ADDRESS(5, wire_message, target),
            [WIRE_EL_SOURCE] = ADDRESS(6, wire_message, source),
            [WIRE_EL_RESP_URI] = TRIMMED(7, wire_message, resp_uri),
            [WIRE_EL_NO_RESP] = FLAG(8, wire_message, no_resp),
            [WIRE_EL_CRED] = {WIRE_STORE_PART, WIRE_IN_CRED, 9, 0,
                              offsetof(wire_message, cred.present)},
            [WIRE_EL_META] = META(10, wire_message, meta),
        },
    [WIRE_IN_BODY] =
        {
            COMMANDS,
            [WIRE_EL_FINAL] = FLAG(COMMAND_RANK + 1, wire_message, final),
        },
    /* Cred is for the header only (OMA-TS-DM_RepPro 6.1.6); Archive, SftDel and Lang are of
       data synchronisation. */
    [WIRE_IN_COMMAND] =
        {
            [WIRE_EL_CMD_ID] = TRIMMED(1, wire_command, cmd_id),
            [WIRE_EL_NO_RESP] = FLAG(2, wire_command, no_resp),
            [WIRE_EL_ARCHIVE] = SKIP(3),
            [WIRE_EL_SFT_DEL] = SKIP(4),
            [WIRE_EL_LANG] = SKIP(5),
            [WIRE_EL_CRED] = SKIP(6),
            [WIRE_EL_META] = META(7, wire_command, meta),
            [WIRE_EL_CORRELATOR] = TEXT(8, wire_command, correlator),
            [WIRE_EL_ITEM] = ITEMS(9),
        },
    [WIRE_IN_ALERT] =
        {
            [WIRE_EL_CMD_ID] = TRIMMED(1, wire_command, cmd_id),
            [WIRE_EL_NO_RESP] = FLAG(2, wire_command, no_resp),
            [WIRE_EL_CRED] = SKIP(3),
            [WIRE_EL_DATA] = TRIMMED(4, wire_command, data),
            [WIRE_EL_CORRELATOR] = TEXT(5, wire_command, correlator),
            [WIRE_EL_ITEM] = ITEMS(6),
        },
    [WIRE_IN_STATUS] =
        {
            [WIRE_EL_CMD_ID] = TRIMMED(1, wire_command, cmd_id),
            [WIRE_EL_MSG_REF] = TRIMMED(2, wire_command, msg_ref),
            [WIRE_EL_CMD_REF] = TRIMMED(3, wire_command, cmd_ref),
            [WIRE_EL_CMD] = TRIMMED(4, wire_command, cmd),
            [WIRE_EL_TARGET_REF] = FIRST(5, wire_command, target_ref),
            [WIRE_EL_SOURCE_REF] = FIRST(6, wire_command, source_ref),
            [WIRE_EL_CRED] = SKIP(7),
            [WIRE_EL_CHAL] = {WIRE_STORE_PART, WIRE_IN_CHAL, 8, 0,
                              offsetof(wire_command, has_chal)},
            [WIRE_EL_DATA] = TRIMMED(9, wire_command, data),
            [WIRE_EL_ITEM] = ITEMS(10),
        },
    /* Cmd is not of the DTD, but [MS-MDM] 2.2.7.8 prints it. */
    [WIRE_IN_RESULTS] =
        {
            [WIRE_EL_CMD_ID] = TRIMMED(1, wire_command, cmd_id),
            [WIRE_EL_MSG_REF] = TRIMMED(2, wire_command, msg_ref),
            [WIRE_EL_CMD_REF] = TRIMMED(3, wire_command, cmd_ref),
            [WIRE_EL_CMD] = TRIMMED(0, wire_command, cmd),
            [WIRE_EL_META] = META(4, wire_command, meta),
            [WIRE_EL_TARGET_REF] = FIRST(5, wire_command, target_ref),
            [WIRE_EL_SOURCE_REF] = FIRST(6, wire_command, source_ref),
            [WIRE_EL_ITEM] = ITEMS(7),
        },
    [WIRE_IN_GROUP] =
        {
            COMMANDS,
            [WIRE_EL_CMD_ID] = TRIMMED(1, wire_command, cmd_id),
            [WIRE_EL_NO_RESP] = FLAG(2, wire_command, no_resp),
            [WIRE_EL_META] = META(3, wire_command, meta),
        },
    [WIRE_IN_OTHER] =
        {
            [WIRE_EL_CMD_ID] = TRIMMED(0, wire_command, cmd_id),
            [WIRE_EL_NO_RESP] = FLAG(0, wire_command, no_resp),
        },
    [WIRE_IN_ITEM] =
        {
            [WIRE_EL_TARGET] = ADDRESS(1, wire_item, target),
            [WIRE_EL_SOURCE] = ADDRESS(2, wire_item, source),
            [WIRE_EL_SOURCE_PARENT] = SKIP(3),
            [WIRE_EL_TARGET_PARENT] = SKIP(4),
            [WIRE_EL_META] = META(5, wire_item, meta),
            [WIRE_EL_FORMAT] = OUTSIDE(wire_item, meta.format),
            [WIRE_EL_TYPE] = OUTSIDE(wire_item, meta.type),
            [WIRE_EL_MARK] = OUTSIDE(wire_item, meta.mark),
            [WIRE_EL_DATA] = {WIRE_STORE_DATA, WIRE_IN_DATA, 6, 0, offsetof(wire_item, data)},
            [WIRE_EL_MORE_DATA] = FLAG(7, wire_item, more_data),
        },
    [WIRE_IN_ADDRESS] =
        {
            [WIRE_EL_LOC_URI] = {WIRE_STORE_TEXT, WIRE_IN_TEXT, 1, 0, 0},
            [WIRE_EL_LOC_NAME] = {WIRE_STORE_TEXT, WIRE_IN_TEXT, 2, 0, sizeof(omadm_str)},
            [WIRE_EL_FILTER] = SKIP(3),
        },
    /* Any order is right here; what only data synchronisation knows is skipped. */
    [WIRE_IN_META] =
        {
            [WIRE_EL_MET_INF] = {WIRE_STORE_META, WIRE_IN_META, 0, 0, 0},
            [WIRE_EL_FORMAT] = TRIMMED(0, wire_meta, format),
            [WIRE_EL_TYPE] = TRIMMED(0, wire_meta, type),
            [WIRE_EL_MARK] = TRIMMED(0, wire_meta, mark),
            [WIRE_EL_SIZE] = TRIMMED(0, wire_meta, size),
            [WIRE_EL_NEXT_NONCE] = TEXT(0, wire_meta, next_nonce),
            [WIRE_EL_MAX_MSG_SIZE] = TRIMMED(0, wire_meta, max_msg_size),
            [WIRE_EL_MAX_OBJ_SIZE] = TRIMMED(0, wire_meta, max_obj_size),
            [WIRE_EL_EMI] = SKIP(0),
            [WIRE_EL_ANCHOR] = SKIP(0),
            [WIRE_EL_VERSION] = SKIP(0),
            [WIRE_EL_MEM] = SKIP(0),
            [WIRE_EL_FREE_ID] = SKIP(0),
            [WIRE_EL_FREE_MEM] = SKIP(0),
            [WIRE_EL_SHARED_MEM] = SKIP(0),
            [WIRE_EL_LAST] = SKIP(0),
            [WIRE_EL_NEXT] = SKIP(0),
            [WIRE_EL_FIELD_LEVEL] = SKIP(0),
        },
    [WIRE_IN_CRED] =
        {
            [WIRE_EL_META] = META(1, wire_message, cred.meta),
            [WIRE_EL_DATA] = TEXT(2, wire_message, cred.data),
        },
    [WIRE_IN_CHAL] =
        {
            [WIRE_EL_META] = META(1, wire_command, chal),
        },
};
