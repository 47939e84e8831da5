/* SPDX-License-Identifier: MIT */
/*
 * The code pages as names: 0 SyncML, 1 MetInf (elements.h), 2 DMDDF (OMA-TS-DM_TND 10). DevInf is a
 * document of its own, whose only page is 0 on the wire (OMA-TS-SyncML_DevInf 6); here it is the
 * last.
 */
#ifndef OMADM_WIRE_PAGES_H
#define OMADM_WIRE_PAGES_H

#include <omadm/types.h>

enum { WIRE_PAGE_SYNCML = 0, WIRE_PAGE_METINF, WIRE_PAGE_DDF, WIRE_PAGE_DEVINF, WIRE_PAGES };

/* Some tokens of DMDDF. */
enum {
  DDF_TOKEN_BIN = 0x09,
  DDF_TOKEN_FORMAT = 0x1C,
  DDF_TOKEN_MGMT_TREE = 0x20,
  DDF_TOKEN_NODE = 0x24,
  DDF_TOKEN_RT_PROPERTIES = 0x2F,
  DDF_TOKEN_VALUE = 0x36
};

enum { DEVINF_TOKEN_DEVINF = 0x0A, DEVINF_TOKEN_VER_DTD = 0x25 };

/* The name of a token; ptr NULL where the page, or the token in it, is unknown. Lives for ever. */
omadm_str wire_page_name(unsigned page, unsigned token);
/* The token of a name in a page; 0 for none. */
unsigned wire_page_token(unsigned page, omadm_str name);
/* The namespace of a page. */
omadm_str wire_page_uri(unsigned page);
/* The page of a namespace, by its beginning, as others spell the version; WIRE_PAGES for none. */
unsigned wire_page_find(omadm_str uri);

#endif
