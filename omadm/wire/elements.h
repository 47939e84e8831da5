/* SPDX-License-Identifier: MIT */
/*
 * The elements of SyncML and MetInf: names, numbers and namespaces. An element's number is its
 * WBXML token plus 0x40 times its code page (OMA-TS-SyncML_RepPro 8, OMA-TS-SyncML_MetaInfo 6).
 */
#ifndef OMADM_WIRE_ELEMENTS_H
#define OMADM_WIRE_ELEMENTS_H

#include <omadm/types.h>

#include "base/str.h"

/*  enum, number, name */
#define WIRE_SYNCML_ELEMENTS(X)                                                                    \
  X(ADD, 0x05, "Add")                                                                              \
  X(ALERT, 0x06, "Alert")                                                                          \
  X(ARCHIVE, 0x07, "Archive")                                                                      \
  X(ATOMIC, 0x08, "Atomic")                                                                        \
  X(CHAL, 0x09, "Chal")                                                                            \
  X(CMD, 0x0A, "Cmd")                                                                              \
  X(CMD_ID, 0x0B, "CmdID")                                                                         \
  X(CMD_REF, 0x0C, "CmdRef")                                                                       \
  X(COPY, 0x0D, "Copy")                                                                            \
  X(CRED, 0x0E, "Cred")                                                                            \
  X(DATA, 0x0F, "Data")                                                                            \
  X(DELETE, 0x10, "Delete")                                                                        \
  X(EXEC, 0x11, "Exec")                                                                            \
  X(FINAL, 0x12, "Final")                                                                          \
  X(GET, 0x13, "Get")                                                                              \
  X(ITEM, 0x14, "Item")                                                                            \
  X(LANG, 0x15, "Lang")                                                                            \
  X(LOC_NAME, 0x16, "LocName")                                                                     \
  X(LOC_URI, 0x17, "LocURI")                                                                       \
  X(MAP, 0x18, "Map")                                                                              \
  X(MAP_ITEM, 0x19, "MapItem")                                                                     \
  X(META, 0x1A, "Meta")                                                                            \
  X(MSG_ID, 0x1B, "MsgID")                                                                         \
  X(MSG_REF, 0x1C, "MsgRef")                                                                       \
  X(NO_RESP, 0x1D, "NoResp")                                                                       \
  X(NO_RESULTS, 0x1E, "NoResults")                                                                 \
  X(PUT, 0x1F, "Put")                                                                              \
  X(REPLACE, 0x20, "Replace")                                                                      \
  X(RESP_URI, 0x21, "RespURI")                                                                     \
  X(RESULTS, 0x22, "Results")                                                                      \
  X(SEARCH, 0x23, "Search")                                                                        \
  X(SEQUENCE, 0x24, "Sequence")                                                                    \
  X(SESSION_ID, 0x25, "SessionID")                                                                 \
  X(SFT_DEL, 0x26, "SftDel")                                                                       \
  X(SOURCE, 0x27, "Source")                                                                        \
  X(SOURCE_REF, 0x28, "SourceRef")                                                                 \
  X(STATUS, 0x29, "Status")                                                                        \
  X(SYNC, 0x2A, "Sync")                                                                            \
  X(SYNC_BODY, 0x2B, "SyncBody")                                                                   \
  X(SYNC_HDR, 0x2C, "SyncHdr")                                                                     \
  X(SYNCML, 0x2D, "SyncML")                                                                        \
  X(TARGET, 0x2E, "Target")                                                                        \
  X(TARGET_REF, 0x2F, "TargetRef")                                                                 \
  X(VER_DTD, 0x31, "VerDTD")                                                                       \
  X(VER_PROTO, 0x32, "VerProto")                                                                   \
  X(NUMBER_OF_CHANGES, 0x33, "NumberOfChanges")                                                    \
  X(MORE_DATA, 0x34, "MoreData")                                                                   \
  X(FIELD, 0x35, "Field")                                                                          \
  X(FILTER, 0x36, "Filter")                                                                        \
  X(RECORD, 0x37, "Record")                                                                        \
  X(FILTER_TYPE, 0x38, "FilterType")                                                               \
  X(SOURCE_PARENT, 0x39, "SourceParent")                                                           \
  X(TARGET_PARENT, 0x3A, "TargetParent")                                                           \
  X(MOVE, 0x3B, "Move")                                                                            \
  X(CORRELATOR, 0x3C, "Correlator")

#define WIRE_METINF_ELEMENTS(X)                                                                    \
  X(ANCHOR, 0x45, "Anchor")                                                                        \
  X(EMI, 0x46, "EMI")                                                                              \
  X(FORMAT, 0x47, "Format")                                                                        \
  X(FREE_ID, 0x48, "FreeID")                                                                       \
  X(FREE_MEM, 0x49, "FreeMem")                                                                     \
  X(LAST, 0x4A, "Last")                                                                            \
  X(MARK, 0x4B, "Mark")                                                                            \
  X(MAX_MSG_SIZE, 0x4C, "MaxMsgSize")                                                              \
  X(MEM, 0x4D, "Mem")                                                                              \
  X(MET_INF, 0x4E, "MetInf")                                                                       \
  X(NEXT, 0x4F, "Next")                                                                            \
  X(NEXT_NONCE, 0x50, "NextNonce")                                                                 \
  X(SHARED_MEM, 0x51, "SharedMem")                                                                 \
  X(SIZE, 0x52, "Size")                                                                            \
  X(TYPE, 0x53, "Type")                                                                            \
  X(VERSION, 0x54, "Version")                                                                      \
  X(MAX_OBJ_SIZE, 0x55, "MaxObjSize")                                                              \
  X(FIELD_LEVEL, 0x56, "FieldLevel")

typedef enum wire_element {
  WIRE_EL_NONE = 0, /* a name that the tables above lack */
  WIRE_EL_METINF =
      0x40, /* those above it belong to syncml:metinf, those below to SYNCML:SYNCML1.2 */
#define WIRE_ELEMENT_ENUM_(name, number, text) WIRE_EL_##name = (number),
  WIRE_SYNCML_ELEMENTS(WIRE_ELEMENT_ENUM_) WIRE_METINF_ELEMENTS(WIRE_ELEMENT_ENUM_)
#undef WIRE_ELEMENT_ENUM_
      WIRE_ELEMENTS
} wire_element;

/* What a namespace name is to a reader, from what is expected to what is not. */
typedef enum wire_ns {
  WIRE_NS_SYNCML = 0, /* SYNCML:SYNCML1.2 */
  WIRE_NS_SYNCML_11,
  WIRE_NS_NONE,
  WIRE_NS_METINF, /* syncml:metinf */
  WIRE_NS_METINF_LIKE, /* a misspelling that was seen: something behind the name, or blanks around
                          it */
  WIRE_NS_FOREIGN
} wire_ns;

/* The tables of elements.c, for wire_element_find. */
extern const omadm_str wire_element_names[WIRE_ELEMENTS];
extern const unsigned char wire_element_slots[256];

/* A perfect hash over length, first, middle and last octet of a name that is not empty. */
static inline unsigned wire_element_slot(omadm_str name) {
  uint32_t key = (uint32_t)(unsigned char)name.ptr[0] |
                 (uint32_t)(unsigned char)name.ptr[name.len - 1] << 8 |
                 (uint32_t)(unsigned char)name.ptr[name.len / 2] << 16 | (uint32_t)name.len << 24;
  return (key * 0x251A5E21U) >> 24;
}

/* The element of a local name, by its exact spelling; NONE for an unknown one. */
static inline wire_element wire_element_find(omadm_str name) {
  if (name.len == 0) return WIRE_EL_NONE;
  unsigned element = wire_element_slots[wire_element_slot(name)];
  return omadm_str_equal(wire_element_names[element], name) ? (wire_element)element : WIRE_EL_NONE;
}
/* Its name; empty for NONE. */
static inline omadm_str wire_element_name(wire_element element) {
  return wire_element_names[element];
}
wire_ns wire_ns_find(omadm_str uri);

#endif
