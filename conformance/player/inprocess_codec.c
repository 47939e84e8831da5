/* SPDX-License-Identifier: MIT */
#include "conformance/player/inprocess.h"

#include <omadm/wbxml.h>

static omadm_err encode(omadm_str xml, omadm_buf *out, omadm_error *error) {
  return omadm_wbxml_encode(xml, OMADM_WBXML_RAW | OMADM_WBXML_EMBED, out, error);
}

static omadm_err decode(omadm_str wbxml, omadm_buf *out, omadm_error *error) {
  return omadm_wbxml_decode(wbxml, OMADM_WBXML_EMBED, out, error);
}

const omadm_player_codec omadm_inprocess_codec = {encode, decode};
