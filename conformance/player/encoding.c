/* SPDX-License-Identifier: MIT */
#include "conformance/player/encoding.h"

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/message.h"

omadm_str encoding_media_type(bool wbxml) {
  return wbxml ? (omadm_str)OMADM_STR("application/vnd.syncml.dm+wbxml")
               : (omadm_str)OMADM_STR("application/vnd.syncml.dm+xml");
}

bool encoding_is_wbxml(omadm_str octets) {
  return octets.len > 0 && octets.ptr[0] >= 1 && octets.ptr[0] <= 3;
}

/* The media type without its parameters; none at all is not looked at. */
static bool is_type(omadm_str content_type, omadm_str wanted) {
  size_t len = 0;
  while (len < content_type.len && content_type.ptr[len] != ';')
    len++;
  omadm_str bare = omadm_str_trim((omadm_str){content_type.ptr, len});
  return content_type.len == 0 || omadm_str_equal_nocase(bare, wanted);
}

omadm_err encoding_parse(const omadm_player_codec *codec, omadm_str octets, xmlDoc **out,
                         omadm_error *error) {
  *out = NULL;
  if (!encoding_is_wbxml(octets)) return omadm_message_parse(octets, out, error);
  if (codec == NULL) return omadm_error_set(error, OMADM_E_UNSUPPORTED, "WBXML is not read here");
  omadm_buf xml;
  omadm_buf_init(&xml, &omadm_mem_default, 0);
  omadm_err err = codec->decode(octets, &xml, error);
  if (err == OMADM_OK) err = omadm_message_parse(omadm_buf_str(&xml), out, error);
  omadm_buf_dispose(&xml);
  return err;
}

omadm_err encoding_read(const omadm_player_mode *mode, bool wbxml,
                        const omadm_player_request *request, xmlDoc **out, omadm_error *error) {
  static const char *const names[] = {"XML", "WBXML"};
  omadm_str type = encoding_media_type(wbxml);
  *out = NULL;
  if (encoding_is_wbxml(request->body) != wbxml)
    return omadm_error_set(error, OMADM_E_SYNTAX, "%s is expected, %s found", names[wbxml],
                           names[!wbxml]);
  if (!is_type(request->content_type, type))
    return omadm_error_set(error, OMADM_E_SYNTAX, "content-type: expected \"%.*s\", found \"%.*s\"",
                           (int)type.len, type.ptr, (int)request->content_type.len,
                           request->content_type.ptr);
  return encoding_parse(mode->codec, request->body, out, error);
}

omadm_err encoding_convert(const omadm_player_codec *codec, omadm_buf *message,
                           omadm_error *error) {
  if (codec == NULL)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "WBXML is not written here");
  omadm_buf octets;
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  omadm_err err = codec->encode(omadm_buf_str(message), &octets, error);
  message->len = 0;
  if (err == OMADM_OK) err = omadm_buf_add_str(message, omadm_buf_str(&octets));
  omadm_buf_dispose(&octets);
  return err;
}
