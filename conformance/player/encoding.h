/* SPDX-License-Identifier: MIT */
/*
 * Messages on the wire: XML as it stands, WBXML through the codec that the player was given. What a
 * transcript says is XML in both; the two meet after decoding.
 */
#ifndef OMADM_PLAYER_ENCODING_H
#define OMADM_PLAYER_ENCODING_H

#include <libxml/tree.h>

#include "conformance/player/client.h"

/* The media type of DM messages in that encoding (OMA-TS-DM_RepPro 5.1); lives for ever. */
omadm_str encoding_media_type(bool wbxml);

/* WBXML begins with its version, 1.1 to 1.3; no XML does. */
bool encoding_is_wbxml(omadm_str octets);

/*
 * The client's message, which must be in that encoding by its media type and by its octets. *out is
 * owned by the caller, free with xmlFreeDoc. SYNTAX with the reason.
 */
omadm_err encoding_read(const omadm_player_mode *mode, bool wbxml,
                        const omadm_player_request *request, xmlDoc **out, omadm_error *error);

/* A message in either encoding, by its octets. *out as above; UNSUPPORTED for WBXML without a
 * codec. */
omadm_err encoding_parse(const omadm_player_codec *codec, omadm_str octets, xmlDoc **out,
                         omadm_error *error);

/* Makes WBXML of a message in XML, in its place; on failure it is empty. SYNTAX where it has none;
 * UNSUPPORTED without a codec. */
omadm_err encoding_convert(const omadm_player_codec *codec, omadm_buf *message, omadm_error *error);

#endif
