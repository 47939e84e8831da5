/* SPDX-License-Identifier: MIT */
/* The elements of the DDF's DTD, which TNDS uses a part of: names, and tokens of code page 2
 * (OMA-TS-DM_TND 10). */
#ifndef OMADM_TREE_TNDS_ELEMENTS_H
#define OMADM_TREE_TNDS_ELEMENTS_H

#include <omadm/types.h>

/* In the order of their tokens, from 0x05 on. */
#define TNDS_ELEMENTS(X)                                                                           \
  X(ACCESS_TYPE, "AccessType")                                                                     \
  X(ACL, "ACL")                                                                                    \
  X(ADD, "Add")                                                                                    \
  X(B64, "b64")                                                                                    \
  X(BIN, "bin")                                                                                    \
  X(BOOL, "bool")                                                                                  \
  X(CHR, "chr")                                                                                    \
  X(CASE_SENSE, "CaseSense")                                                                       \
  X(CIS, "CIS")                                                                                    \
  X(COPY, "Copy")                                                                                  \
  X(CS, "CS")                                                                                      \
  X(DATE, "date")                                                                                  \
  X(DDF_NAME, "DDFName")                                                                           \
  X(DEFAULT_VALUE, "DefaultValue")                                                                 \
  X(DELETE, "Delete")                                                                              \
  X(DESCRIPTION, "Description")                                                                    \
  X(DF_FORMAT, "DFFormat")                                                                         \
  X(DF_PROPERTIES, "DFProperties")                                                                 \
  X(DF_TITLE, "DFTitle")                                                                           \
  X(DF_TYPE, "DFType")                                                                             \
  X(DYNAMIC, "Dynamic")                                                                            \
  X(EXEC, "Exec")                                                                                  \
  X(FLOAT, "float")                                                                                \
  X(FORMAT, "Format")                                                                              \
  X(GET, "Get")                                                                                    \
  X(INT, "int")                                                                                    \
  X(MAN, "Man")                                                                                    \
  X(MGMT_TREE, "MgmtTree")                                                                         \
  X(MIME, "MIME")                                                                                  \
  X(MOD, "Mod")                                                                                    \
  X(NAME, "Name")                                                                                  \
  X(NODE, "Node")                                                                                  \
  X(FORMAT_NODE, "node")                                                                           \
  X(NODE_NAME, "NodeName")                                                                         \
  X(NULL, "null")                                                                                  \
  X(OCCURRENCE, "Occurrence")                                                                      \
  X(ONE, "One")                                                                                    \
  X(ONE_OR_MORE, "OneOrMore")                                                                      \
  X(ONE_OR_N, "OneOrN")                                                                            \
  X(PATH, "Path")                                                                                  \
  X(PERMANENT, "Permanent")                                                                        \
  X(REPLACE, "Replace")                                                                            \
  X(RT_PROPERTIES, "RTProperties")                                                                 \
  X(SCOPE, "Scope")                                                                                \
  X(SIZE, "Size")                                                                                  \
  X(TIME, "time")                                                                                  \
  X(TITLE, "Title")                                                                                \
  X(TSTAMP, "TStamp")                                                                              \
  X(TYPE, "Type")                                                                                  \
  X(VALUE, "Value")                                                                                \
  X(VER_DTD, "VerDTD")                                                                             \
  X(VER_NO, "VerNo")                                                                               \
  X(XML, "xml")                                                                                    \
  X(ZERO_OR_MORE, "ZeroOrMore")                                                                    \
  X(ZERO_OR_N, "ZeroOrN")                                                                          \
  X(ZERO_OR_ONE, "ZeroOrOne")

enum { TNDS_PAGE = 2 };

/* The values are the tokens. */
typedef enum tnds_element {
  TNDS_EL_NONE = 0,
  TNDS_EL_BEFORE_ = 4,
#define TNDS_ELEMENT_ENUM_(id, name) TNDS_EL_##id,
  TNDS_ELEMENTS(TNDS_ELEMENT_ENUM_)
#undef TNDS_ELEMENT_ENUM_
      TNDS_EL_END
} tnds_element;

/* NONE for a name that the DTD does not have. */
tnds_element tnds_element_find(omadm_str name);
/* NONE for a token that page 2 does not have. */
tnds_element tnds_element_of_token(unsigned token);
/* Lives for ever. */
omadm_str tnds_element_name(tnds_element element);

#endif
