/* SPDX-License-Identifier: MIT */
#include "omadm/wire/write.h"

#include "omadm/wire/emitter.h"

static emitter emit_begin(const wire_writer *writer) {
  return (emitter){.xml = xml_writer_begin(writer->out),
                   .wbxml = writer->encoding == OMADM_ENCODING_WBXML,
                   .page = writer->page};
}

/* The code page of an element that was taken back is taken back with it. */
static omadm_err emit_end(wire_writer *writer, emitter *e) {
  omadm_err err = xml_writer_end(&e->xml);
  if (err == 0) writer->page = e->page;
  return err;
}

/* Left out when empty. */
static void leaf_if(emitter *w, wire_element element, omadm_str text) {
  if (text.len > 0) emit_leaf(w, element, text);
}

static void number(emitter *w, wire_element element, uint64_t value) {
  char digits[OMADM_U64_DIGITS];
  emit_leaf(w, element, omadm_u64_text(value, digits));
}

static void number_if(emitter *w, wire_element element, uint64_t value) {
  if (value > 0) number(w, element, value);
}

/* Target or Source. */
static void address(emitter *w, wire_element element, omadm_str uri, omadm_str name) {
  if (uri.len == 0) return;
  emit_open(w, element);
  emit_leaf(w, WIRE_EL_LOC_URI, uri);
  leaf_if(w, WIRE_EL_LOC_NAME, name);
  emit_close(w, element);
}

/* Meta of Cred and Chal: what they carry is base64 (OMA-TS-DM_Security 5.3). */
static void authentication_meta(emitter *w, omadm_str type, omadm_str nonce) {
  emit_open(w, WIRE_EL_META);
  emit_leaf(w, WIRE_EL_FORMAT, omadm_str_of(omadm_format_text(OMADM_FORMAT_B64)));
  emit_leaf(w, WIRE_EL_TYPE, type);
  leaf_if(w, WIRE_EL_NEXT_NONCE, nonce);
  emit_close(w, WIRE_EL_META);
}

static void meta(emitter *w, const wire_out_meta *m, omadm_format format, bool type_first) {
  omadm_str word = omadm_str_of(omadm_format_text(format));
  omadm_str mark = omadm_str_of(omadm_mark_text(m->mark));
  if (word.len == 0 && m->type.len == 0 && mark.len == 0 && m->size == 0) return;
  emit_open(w, WIRE_EL_META);
  if (type_first) leaf_if(w, WIRE_EL_TYPE, m->type);
  leaf_if(w, WIRE_EL_FORMAT, word);
  if (!type_first) leaf_if(w, WIRE_EL_TYPE, m->type);
  leaf_if(w, WIRE_EL_MARK, mark);
  number_if(w, WIRE_EL_SIZE, m->size);
  emit_close(w, WIRE_EL_META);
}

/* Data in XML. A value of control characters, or of no characters at all, is still a value: as
   base64. */
static void xml_data(emitter *w, const wire_out_item *i, bool base64) {
  if (base64) {
    emit_open(w, WIRE_EL_DATA);
    xml_writer_base64(&w->xml, i->data);
    emit_close(w, WIRE_EL_DATA);
  } else {
    emit_leaf(w, WIRE_EL_DATA, i->data);
  }
}

static void data(emitter *w, const wire_out_item *i, bool octets) {
  if (!w->wbxml)
    xml_data(w, i, octets);
  else if (octets && i->data.len > 0)
    wbxml_writer_octets(&w->xml, &w->page, WIRE_EL_DATA, i->data);
  else
    emit_leaf(w, WIRE_EL_DATA, i->data);
}

static void item(emitter *w, const wire_out_item *i, bool type_first) {
  bool octets = i->has_data && !i->is_text &&
                (i->meta.format == OMADM_FORMAT_BIN || !xml_writer_carries(i->data));
  bool base64 = octets && !w->wbxml;
  emit_open(w, WIRE_EL_ITEM);
  address(w, WIRE_EL_TARGET, i->target, (omadm_str){NULL, 0});
  address(w, WIRE_EL_SOURCE, i->source, (omadm_str){NULL, 0});
  meta(w, &i->meta, base64 ? OMADM_FORMAT_B64 : i->meta.format, type_first);
  if (i->has_data) data(w, i, octets);
  if (i->more_data) emit_empty(w, WIRE_EL_MORE_DATA);
  emit_close(w, WIRE_EL_ITEM);
}

static void item_list(emitter *w, const wire_out_item *items, size_t n, bool type_first) {
  for (size_t i = 0; i < n && w->xml.err == 0; i++)
    item(w, &items[i], type_first);
}

omadm_err wire_write_begin(wire_writer *writer, const wire_out_header *h) {
  emitter w = emit_begin(writer);
  if (w.wbxml) wbxml_writer_header(&w.xml);
  w.page = 0;
  emit_open(&w, WIRE_EL_SYNCML);
  emit_open(&w, WIRE_EL_SYNC_HDR);
  emit_leaf(&w, WIRE_EL_VER_DTD, (omadm_str)OMADM_STR("1.2"));
  emit_leaf(&w, WIRE_EL_VER_PROTO, (omadm_str)OMADM_STR("DM/1.2"));
  emit_leaf(&w, WIRE_EL_SESSION_ID, h->session_id);
  emit_leaf(&w, WIRE_EL_MSG_ID, h->msg_id);
  address(&w, WIRE_EL_TARGET, h->target, (omadm_str){NULL, 0});
  address(&w, WIRE_EL_SOURCE, h->source, h->source_name);
  if (h->cred_data.len > 0) {
    emit_open(&w, WIRE_EL_CRED);
    authentication_meta(&w, h->cred_type, (omadm_str){NULL, 0});
    emit_leaf(&w, WIRE_EL_DATA, h->cred_data);
    emit_close(&w, WIRE_EL_CRED);
  }
  if (h->max_msg_size > 0 || h->max_obj_size > 0) {
    emit_open(&w, WIRE_EL_META);
    number_if(&w, WIRE_EL_MAX_MSG_SIZE, h->max_msg_size);
    number_if(&w, WIRE_EL_MAX_OBJ_SIZE, h->max_obj_size);
    emit_close(&w, WIRE_EL_META);
  }
  emit_close(&w, WIRE_EL_SYNC_HDR);
  emit_open(&w, WIRE_EL_SYNC_BODY);
  return emit_end(writer, &w);
}

omadm_err wire_write_status(wire_writer *writer, const wire_out_status *s) {
  emitter w = emit_begin(writer);
  emit_open(&w, WIRE_EL_STATUS);
  emit_leaf(&w, WIRE_EL_CMD_ID, s->cmd_id);
  emit_leaf(&w, WIRE_EL_MSG_REF, s->msg_ref);
  emit_leaf(&w, WIRE_EL_CMD_REF, s->cmd_ref);
  emit_leaf(&w, WIRE_EL_CMD, s->cmd);
  leaf_if(&w, WIRE_EL_TARGET_REF, s->target_ref);
  leaf_if(&w, WIRE_EL_SOURCE_REF, s->source_ref);
  if (s->chal_type.len > 0) {
    emit_open(&w, WIRE_EL_CHAL);
    authentication_meta(&w, s->chal_type, s->chal_nonce);
    emit_close(&w, WIRE_EL_CHAL);
  }
  number(&w, WIRE_EL_DATA, s->code);
  item_list(&w, s->items, s->n_items, false);
  emit_close(&w, WIRE_EL_STATUS);
  return emit_end(writer, &w);
}

omadm_err wire_write_results(wire_writer *writer, omadm_str cmd_id, omadm_str msg_ref,
                             omadm_str cmd_ref, const wire_out_item *items, size_t n_items) {
  emitter w = emit_begin(writer);
  emit_open(&w, WIRE_EL_RESULTS);
  emit_leaf(&w, WIRE_EL_CMD_ID, cmd_id);
  emit_leaf(&w, WIRE_EL_MSG_REF, msg_ref);
  emit_leaf(&w, WIRE_EL_CMD_REF, cmd_ref);
  item_list(&w, items, n_items, false);
  emit_close(&w, WIRE_EL_RESULTS);
  return emit_end(writer, &w);
}

omadm_err wire_write_alert(wire_writer *writer, const wire_out_alert *a) {
  emitter w = emit_begin(writer);
  emit_open(&w, WIRE_EL_ALERT);
  emit_leaf(&w, WIRE_EL_CMD_ID, a->cmd_id);
  number(&w, WIRE_EL_DATA, (uint64_t)(a->code > 0 ? a->code : 0));
  leaf_if(&w, WIRE_EL_CORRELATOR, a->correlator);
  item_list(&w, a->items, a->n_items, writer->type_before_format);
  emit_close(&w, WIRE_EL_ALERT);
  return emit_end(writer, &w);
}

omadm_err wire_write_replace(wire_writer *writer, omadm_str cmd_id, const wire_out_item *items,
                             size_t n_items) {
  emitter w = emit_begin(writer);
  emit_open(&w, WIRE_EL_REPLACE);
  emit_leaf(&w, WIRE_EL_CMD_ID, cmd_id);
  item_list(&w, items, n_items, false);
  emit_close(&w, WIRE_EL_REPLACE);
  return emit_end(writer, &w);
}

omadm_err wire_write_end(wire_writer *writer, bool final) {
  emitter w = emit_begin(writer);
  size_t max = w.xml.max;
  w.xml.max = 0; /* WIRE_TAIL octets were kept free for this */
  if (final) emit_empty(&w, WIRE_EL_FINAL);
  emit_close(&w, WIRE_EL_SYNC_BODY);
  emit_close(&w, WIRE_EL_SYNCML);
  omadm_err err = emit_end(writer, &w);
  writer->out->max = max;
  return err;
}
