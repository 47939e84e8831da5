/* SPDX-License-Identifier: MIT */
#include "omadm/tree/tnds_elements.h"

#include "base/str.h"

static const omadm_str names[TNDS_EL_END] = {
#define NAME_(id, text) [TNDS_EL_##id] = OMADM_STR(text),
    TNDS_ELEMENTS(NAME_)
#undef NAME_
};

tnds_element tnds_element_find(omadm_str name) {
  for (unsigned i = TNDS_EL_BEFORE_ + 1; i < TNDS_EL_END; i++) {
    if (omadm_str_equal(names[i], name)) return (tnds_element)i;
  }
  return TNDS_EL_NONE;
}

tnds_element tnds_element_of_token(unsigned token) {
  return token > TNDS_EL_BEFORE_ && token < TNDS_EL_END ? (tnds_element)token : TNDS_EL_NONE;
}

omadm_str tnds_element_name(tnds_element element) {
  return names[element];
}
