/* SPDX-License-Identifier: MIT */
/*
 * Between the XML and the WBXML of the documents of device management: SyncML messages with
 * meta-information (OMA-TS-SyncML_RepPro 8, OMA-TS-SyncML_MetaInfo 6), device descriptions and
 * serialised trees (OMA-TS-DM_TND 10, OMA-TS-DM_TNDS 6), whose root is MgmtTree, and the device
 * information of data synchronisation (OMA-TS-SyncML_DevInf), whose root is DevInf.
 *
 * Both calls keep no state: any thread may use them at any time. Nothing is appended to *out where
 * they fail. Elements that the token tables lack go as literal names. Attributes, comments,
 * processing instructions, and white space between the elements of a structure are not kept; the
 * text of every leaf is, octet by octet.
 */
#ifndef OMADM_WBXML_H
#define OMADM_WBXML_H

#include <omadm/error.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /* The value of a Data of Meta Format b64 becomes octets with Format bin when encoded (decoding
   * always makes b64 of bin, as XML has to). Without it base64 text stays text: both are right
   * (OMA-TS-DM_TND 7.7.2). */
  OMADM_WBXML_RAW = 1,
  /* A serialised tree in a Data changes with what carries it: elements of Type
   * application/vnd.syncml.dmtnds+xml become a WBXML document of their own, of Type …+wbxml and
   * Format bin, and back; so does a DevInf, of Type application/vnd.syncml-devinf+xml, which may be
   * without Format. Without it such elements become the text that they are, and a WBXML
   * document in a Data becomes base64. */
  OMADM_WBXML_EMBED = 2
};

/*
 * Appends the WBXML of an XML document (UTF-8; version 1.3, public id 0x1201 for a message,
 * 0x1203 for a DevInf, or 0x0FD4 where its VerDTD is 1.1): the same octets for the same text,
 * always. SYNTAX: not well-formed, or another root than SyncML, MgmtTree or DevInf (the error says
 * line and reason); LIMIT: nested too deep, or too large (limits depth, data-depth, decoded at
 * their defaults); NOMEM.
 */
OMADM_EXPORT omadm_err omadm_wbxml_encode(omadm_str xml, unsigned flags, omadm_buf *out,
                                          omadm_error *error);

/*
 * Appends the XML of a WBXML document: one line, without a declaration. SYNTAX: no WBXML, or
 * another root (the error says the octet and the reason); UNSUPPORTED: a version or a charset that
 * is not known; LIMIT, NOMEM as above.
 */
OMADM_EXPORT omadm_err omadm_wbxml_decode(omadm_str wbxml, unsigned flags, omadm_buf *out,
                                          omadm_error *error);

#ifdef __cplusplus
}
#endif
#endif
