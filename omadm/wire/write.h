/* SPDX-License-Identifier: MIT */
/*
 * Writes a message, element by element in DTD order (OMA-TS-SyncML_RepPro 5-7), straight into a
 * buffer. Each write_ function appends one whole element or nothing: on LIMIT (the buffer's max,
 * which the session sets to the peer's MaxMsgSize less the tail) the buffer is as before, so that
 * the caller can put the element into the next message.
 */
#ifndef OMADM_WIRE_WRITE_H
#define OMADM_WIRE_WRITE_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "omadm/wire/model.h"

typedef struct wire_writer {
  omadm_buf *out;
  omadm_encoding encoding;
  unsigned char page; /* the writer's own: WBXML's code page behind what was written */
  bool type_before_format; /* windows: alerts carry Type, Format, Mark; oma: Format, Type, Mark */
} wire_writer;

/* Empty spans are elements left out, unless said otherwise. */
typedef struct wire_out_header {
  omadm_str session_id, msg_id, target, source, source_name;
  omadm_str cred_type, cred_data; /* data empty: no Cred */
  uint64_t max_msg_size, max_obj_size; /* 0: left out; both 0: no Meta */
} wire_out_header;

typedef struct wire_out_meta {
  omadm_format format; /* ABSENT: left out */
  omadm_str type;
  omadm_mark mark;
  uint64_t size; /* 0: left out */
} wire_out_meta;

typedef struct wire_out_item {
  omadm_str target, source;
  wire_out_meta meta;
  bool has_data;
  omadm_str
      data; /* written as character data: in XML escaped, CR as &#13;. What XML cannot carry
               goes as base64 there, Format b64, and in WBXML as octets, its Format as it is */
  bool is_text; /* the data was looked at before: XML can carry it */
  bool more_data;
} wire_out_item;

typedef struct wire_out_status {
  omadm_str cmd_id, msg_ref, cmd_ref, cmd; /* cmd_ref is written even when empty */
  omadm_str target_ref, source_ref;
  omadm_str chal_type, chal_nonce; /* type empty: no Chal */
  omadm_status code;
  const wire_out_item *items;
  size_t n_items;
} wire_out_status;

typedef struct wire_out_alert {
  omadm_str cmd_id;
  int code;
  omadm_str correlator;
  const wire_out_item *items;
  size_t n_items;
} wire_out_alert;

/* The octets that wire_write_end may need: keep them free in out->max. */
enum { WIRE_TAIL = 32 };

/* From "<SyncML" to the open SyncBody. */
omadm_err wire_write_begin(wire_writer *w, const wire_out_header *header);
omadm_err wire_write_status(wire_writer *w, const wire_out_status *status);
omadm_err wire_write_results(wire_writer *w, omadm_str cmd_id, omadm_str msg_ref, omadm_str cmd_ref,
                             const wire_out_item *items, size_t n_items);
omadm_err wire_write_alert(wire_writer *w, const wire_out_alert *alert);
omadm_err wire_write_replace(wire_writer *w, omadm_str cmd_id, const wire_out_item *items,
                             size_t n_items);
/* Final where asked, and the end of the document. Ignores out->max. */
omadm_err wire_write_end(wire_writer *w, bool final);

#endif
