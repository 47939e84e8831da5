/* SPDX-License-Identifier: MIT */
/* Octets as they are printed: "03 A4 01 'text' 00"; a text in quotes stands for itself. */
#ifndef TESTS_WBXML_OCTETS_H
#define TESTS_WBXML_OCTETS_H

#include "base/codec.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Appends them. */
static inline void octets_add(omadm_buf *out, const char *text) {
  while (*text != '\0') {
    if (*text == '\'') {
      size_t n = strcspn(text + 1, "'");
      assert_int_equal(omadm_buf_add(out, text + 1, n), 0);
      text += n + 2;
    } else if (*text == ' ') {
      text++;
    } else {
      assert_int_equal(omadm_hex_decode((omadm_str){text, 2}, out), 0);
      text += 2;
    }
  }
}

static inline void octets_assert_equal(omadm_str found, omadm_str expected) {
  size_t at = 0;
  while (at < found.len && at < expected.len && found.ptr[at] == expected.ptr[at])
    at++;
  if (at < found.len || at < expected.len)
    fail_msg("%zu octets instead of %zu; octet %zu differs", found.len, expected.len, at);
}

/* The message of 102 octets that was made with libwbxml 0.11, piece by piece. */
#define KNOWN_HEADER "03 A4 01 6A 00"
#define KNOWN_SYNC_HDR                                                                             \
  "6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '1' 00 01 5B 03 '2' 00 01 6E 57 03 'S' 00 "  \
  "01 01 67 57 03 'D' 00 01 01 5A 00 01 4C 03 '5000' 00 01 01 01 00 00 "
#define KNOWN_STATUS                                                                               \
  "69 4B 03 '1' 00 01 5C 03 '1' 00 01 4C 03 '0' 00 01 4A 03 'SyncHdr' 00 01 4F 03 '200' 00 01 01 "
#define KNOWN_MESSAGE KNOWN_HEADER KNOWN_SYNC_HDR "6B" KNOWN_STATUS "12 01 01"
#define KNOWN_XML                                                                                  \
  "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"    \
  "<SessionID>1</SessionID><MsgID>2</MsgID><Target><LocURI>S</LocURI></Target><Source><LocURI>D"   \
  "</LocURI></Source><Meta><MaxMsgSize xmlns=\"syncml:metinf\">5000</MaxMsgSize></Meta></SyncHdr>" \
  "<SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"       \
  "<Data>200</Data></Status><Final/></SyncBody></SyncML>"

/* The serialised tree of 76 octets: a leaf B = "v". */
#define KNOWN_TREE                                                                                 \
  "03 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' 00 01 64 66 03 'B' 00 01 "  \
  "6F 5C 0B 01 75 61 03 'text/plain' 00 01 01 01 76 03 'v' 00 01 01 01"
#define KNOWN_TREE_XML                                                                             \
  "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>B</NodeName>"           \
  "<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>"       \
  "<Value>v</Value></Node></MgmtTree>"

/* A Replace of one Item with this Meta and Data; a message around commands. */
#define REPLACE(meta, data)                                                                        \
  "60 4B 03 '1' 00 01 54 6E 57 03 './Vendor/Test/Leaves/Text' 00 01 01" meta data "01 01"
#define MESSAGE_OF(commands) KNOWN_HEADER KNOWN_SYNC_HDR "6B" commands "12 01 01"
#define META_BIN " 5A 00 01 47 03 'bin' 00 01 01 00 00 "

#endif
