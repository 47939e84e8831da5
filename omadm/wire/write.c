/* SPDX-License-Identifier: MIT */
#include "omadm/wire/write.h"

#include "omadm/wire/xml_writer.h"

/* Left out when empty. */
static void leaf_if(xml_writer *w, wire_element element, omadm_str text) {
  if (text.len > 0) xml_writer_leaf(w, element, text);
}

static void number(xml_writer *w, wire_element element, uint64_t value) {
  char digits[OMADM_U64_DIGITS];
  xml_writer_leaf(w, element, omadm_u64_text(value, digits));
}

static void number_if(xml_writer *w, wire_element element, uint64_t value) {
  if (value > 0) number(w, element, value);
}

/* Target or Source. */
static void address(xml_writer *w, wire_element element, omadm_str uri, omadm_str name) {
  if (uri.len == 0) return;
  xml_writer_open(w, element);
  xml_writer_leaf(w, WIRE_EL_LOC_URI, uri);
  leaf_if(w, WIRE_EL_LOC_NAME, name);
  xml_writer_close(w, element);
}

/* Meta of Cred and Chal: what they carry is base64 (OMA-TS-DM_Security 5.3). */
static void authentication_meta(xml_writer *w, omadm_str type, omadm_str nonce) {
  xml_writer_open(w, WIRE_EL_META);
  xml_writer_leaf(w, WIRE_EL_FORMAT, omadm_str_of(omadm_format_text(OMADM_FORMAT_B64)));
  xml_writer_leaf(w, WIRE_EL_TYPE, type);
  leaf_if(w, WIRE_EL_NEXT_NONCE, nonce);
  xml_writer_close(w, WIRE_EL_META);
}

static void meta(xml_writer *w, const wire_out_meta *m, omadm_format format, bool type_first) {
  omadm_str word = omadm_str_of(omadm_format_text(format));
  omadm_str mark = omadm_str_of(omadm_mark_text(m->mark));
  if (word.len == 0 && m->type.len == 0 && mark.len == 0 && m->size == 0) return;
  xml_writer_open(w, WIRE_EL_META);
  if (type_first) leaf_if(w, WIRE_EL_TYPE, m->type);
  leaf_if(w, WIRE_EL_FORMAT, word);
  if (!type_first) leaf_if(w, WIRE_EL_TYPE, m->type);
  leaf_if(w, WIRE_EL_MARK, mark);
  number_if(w, WIRE_EL_SIZE, m->size);
  xml_writer_close(w, WIRE_EL_META);
}

static void item(xml_writer *w, const wire_out_item *i, bool type_first) {
  /* A value of control characters, or of no characters at all, is still a value: as base64. */
  bool base64 = i->has_data && !i->is_text && !xml_writer_carries(i->data);
  xml_writer_open(w, WIRE_EL_ITEM);
  address(w, WIRE_EL_TARGET, i->target, (omadm_str){NULL, 0});
  address(w, WIRE_EL_SOURCE, i->source, (omadm_str){NULL, 0});
  meta(w, &i->meta, base64 ? OMADM_FORMAT_B64 : i->meta.format, type_first);
  if (base64) {
    xml_writer_open(w, WIRE_EL_DATA);
    xml_writer_base64(w, i->data);
    xml_writer_close(w, WIRE_EL_DATA);
  } else if (i->has_data) {
    xml_writer_leaf(w, WIRE_EL_DATA, i->data);
  }
  if (i->more_data) xml_writer_empty(w, WIRE_EL_MORE_DATA);
  xml_writer_close(w, WIRE_EL_ITEM);
}

static void item_list(xml_writer *w, const wire_out_item *items, size_t n, bool type_first) {
  for (size_t i = 0; i < n && w->err == 0; i++)
    item(w, &items[i], type_first);
}

omadm_err wire_write_begin(wire_writer *writer, const wire_out_header *h) {
  xml_writer w = xml_writer_begin(writer->out);
  xml_writer_open(&w, WIRE_EL_SYNCML);
  xml_writer_open(&w, WIRE_EL_SYNC_HDR);
  xml_writer_leaf(&w, WIRE_EL_VER_DTD, (omadm_str)OMADM_STR("1.2"));
  xml_writer_leaf(&w, WIRE_EL_VER_PROTO, (omadm_str)OMADM_STR("DM/1.2"));
  xml_writer_leaf(&w, WIRE_EL_SESSION_ID, h->session_id);
  xml_writer_leaf(&w, WIRE_EL_MSG_ID, h->msg_id);
  address(&w, WIRE_EL_TARGET, h->target, (omadm_str){NULL, 0});
  address(&w, WIRE_EL_SOURCE, h->source, h->source_name);
  if (h->cred_data.len > 0) {
    xml_writer_open(&w, WIRE_EL_CRED);
    authentication_meta(&w, h->cred_type, (omadm_str){NULL, 0});
    xml_writer_leaf(&w, WIRE_EL_DATA, h->cred_data);
    xml_writer_close(&w, WIRE_EL_CRED);
  }
  if (h->max_msg_size > 0 || h->max_obj_size > 0) {
    xml_writer_open(&w, WIRE_EL_META);
    number_if(&w, WIRE_EL_MAX_MSG_SIZE, h->max_msg_size);
    number_if(&w, WIRE_EL_MAX_OBJ_SIZE, h->max_obj_size);
    xml_writer_close(&w, WIRE_EL_META);
  }
  xml_writer_close(&w, WIRE_EL_SYNC_HDR);
  xml_writer_open(&w, WIRE_EL_SYNC_BODY);
  return xml_writer_end(&w);
}

omadm_err wire_write_status(wire_writer *writer, const wire_out_status *s) {
  xml_writer w = xml_writer_begin(writer->out);
  xml_writer_open(&w, WIRE_EL_STATUS);
  xml_writer_leaf(&w, WIRE_EL_CMD_ID, s->cmd_id);
  xml_writer_leaf(&w, WIRE_EL_MSG_REF, s->msg_ref);
  xml_writer_leaf(&w, WIRE_EL_CMD_REF, s->cmd_ref);
  xml_writer_leaf(&w, WIRE_EL_CMD, s->cmd);
  leaf_if(&w, WIRE_EL_TARGET_REF, s->target_ref);
  leaf_if(&w, WIRE_EL_SOURCE_REF, s->source_ref);
  if (s->chal_type.len > 0) {
    xml_writer_open(&w, WIRE_EL_CHAL);
    authentication_meta(&w, s->chal_type, s->chal_nonce);
    xml_writer_close(&w, WIRE_EL_CHAL);
  }
  number(&w, WIRE_EL_DATA, s->code);
  item_list(&w, s->items, s->n_items, false);
  xml_writer_close(&w, WIRE_EL_STATUS);
  return xml_writer_end(&w);
}

omadm_err wire_write_results(wire_writer *writer, omadm_str cmd_id, omadm_str msg_ref,
                             omadm_str cmd_ref, const wire_out_item *items, size_t n_items) {
  xml_writer w = xml_writer_begin(writer->out);
  xml_writer_open(&w, WIRE_EL_RESULTS);
  xml_writer_leaf(&w, WIRE_EL_CMD_ID, cmd_id);
  xml_writer_leaf(&w, WIRE_EL_MSG_REF, msg_ref);
  xml_writer_leaf(&w, WIRE_EL_CMD_REF, cmd_ref);
  item_list(&w, items, n_items, false);
  xml_writer_close(&w, WIRE_EL_RESULTS);
  return xml_writer_end(&w);
}

omadm_err wire_write_alert(wire_writer *writer, const wire_out_alert *a) {
  xml_writer w = xml_writer_begin(writer->out);
  xml_writer_open(&w, WIRE_EL_ALERT);
  xml_writer_leaf(&w, WIRE_EL_CMD_ID, a->cmd_id);
  number(&w, WIRE_EL_DATA, (uint64_t)(a->code > 0 ? a->code : 0));
  leaf_if(&w, WIRE_EL_CORRELATOR, a->correlator);
  item_list(&w, a->items, a->n_items, writer->type_before_format);
  xml_writer_close(&w, WIRE_EL_ALERT);
  return xml_writer_end(&w);
}

omadm_err wire_write_replace(wire_writer *writer, omadm_str cmd_id, const wire_out_item *items,
                             size_t n_items) {
  xml_writer w = xml_writer_begin(writer->out);
  xml_writer_open(&w, WIRE_EL_REPLACE);
  xml_writer_leaf(&w, WIRE_EL_CMD_ID, cmd_id);
  item_list(&w, items, n_items, false);
  xml_writer_close(&w, WIRE_EL_REPLACE);
  return xml_writer_end(&w);
}

omadm_err wire_write_end(wire_writer *writer, bool final) {
  xml_writer w = xml_writer_begin(writer->out);
  size_t max = w.max;
  w.max = 0; /* WIRE_TAIL octets were kept free for this */
  if (final) xml_writer_empty(&w, WIRE_EL_FINAL);
  xml_writer_close(&w, WIRE_EL_SYNC_BODY);
  xml_writer_close(&w, WIRE_EL_SYNCML);
  omadm_err err = xml_writer_end(&w);
  writer->out->max = max;
  return err;
}
