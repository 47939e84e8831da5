/* SPDX-License-Identifier: MIT */
#include "omadm/session/list.h"

#include "base/codec.h"
#include "base/str.h"

static const struct {
  omadm_str name;
  unsigned part;
} parts[] = {
    {OMADM_STR("ACL"), LIST_ACL},     {OMADM_STR("Format"), LIST_FORMAT},
    {OMADM_STR("Name"), LIST_NAME},   {OMADM_STR("Size"), LIST_SIZE},
    {OMADM_STR("Title"), LIST_TITLE}, {OMADM_STR("TStamp"), LIST_TSTAMP},
    {OMADM_STR("Type"), LIST_TYPE},   {OMADM_STR("VerNo"), LIST_VERNO},
    {OMADM_STR("Value"), LIST_VALUE},
};

/* The table of OMA-TS-DM_TNDS 6.3 has neither Name, which NodeName is, nor Size. */
static const unsigned usual =
    LIST_ACL | LIST_FORMAT | LIST_TITLE | LIST_TSTAMP | LIST_TYPE | LIST_VERNO | LIST_VALUE;

/* The '+' or '-' at the beginning of text, and how many octets it takes; 0: neither. */
static char sign_of(omadm_str text, size_t *n) {
  *n = 1;
  if (text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-')) return text.ptr[0];
  *n = 3;
  if (text.len < 3 || text.ptr[0] != '%' || text.ptr[1] != '2') return 0;
  if (text.ptr[2] == 'B' || text.ptr[2] == 'b') return '+';
  return text.ptr[2] == 'D' || text.ptr[2] == 'd' ? '-' : 0;
}

static unsigned part_of(omadm_str name) {
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (omadm_str_equal(parts[i].name, name)) return parts[i].part;
  }
  return 0;
}

static omadm_status parse_parts(omadm_str text, list_query *query) {
  unsigned named = 0;
  char all = 0;
  while (text.len > 0) {
    size_t n = 0, skip = 0;
    char sign = sign_of(text, &skip);
    if (sign == 0 || (all != 0 && all != sign)) return OMADM_ST_NOT_SUPPORTED;
    all = sign;
    text = (omadm_str){text.ptr + skip, text.len - skip};
    while (n < text.len && sign_of((omadm_str){text.ptr + n, text.len - n}, &skip) == 0)
      n++;
    unsigned part = part_of((omadm_str){text.ptr, n});
    if (part == 0) return OMADM_ST_NOT_SUPPORTED;
    named |= part;
    text = (omadm_str){text.ptr + n, text.len - n};
  }
  query->asked = all == '+' ? named : 0;
  query->parts = all == '+' ? named : usual & ~named;
  return OMADM_ST_OK;
}

omadm_status list_parse(omadm_str text, list_query *query) {
  static const omadm_str tnds = OMADM_STR("TNDS");
  *query = (list_query){.form = LIST_STRUCT};
  if (omadm_str_is(text, "Struct")) return OMADM_ST_OK;
  query->form = LIST_STRUCT_DATA;
  if (omadm_str_is(text, "StructData")) return OMADM_ST_OK;
  query->form = LIST_TNDS;
  query->parts = usual;
  if (text.len < tnds.len || memcmp(text.ptr, tnds.ptr, tnds.len) != 0)
    return OMADM_ST_NOT_SUPPORTED;
  return parse_parts((omadm_str){text.ptr + tnds.len, text.len - tnds.len}, query);
}
