/* SPDX-License-Identifier: MIT */
#include "omadm/wire/elements.h"

const omadm_str wire_element_names[WIRE_ELEMENTS] = {[WIRE_EL_NONE] = OMADM_STR(""),
#define ELEMENT_NAME(name, number, text) [number] = OMADM_STR(text),
                                                     WIRE_SYNCML_ELEMENTS(ELEMENT_NAME)
                                                         WIRE_METINF_ELEMENTS(ELEMENT_NAME)
#undef ELEMENT_NAME
};

/*
 * Element numbers by hash. The multiplier was found by trying, the slots follow from it; a name
 * added to the header needs both anew, and the test that finds every name says so.
 */
/* clang-format off */
const unsigned char wire_element_slots[256] = {
    0x16, 0, 0, 0x0F, 0x09, 0, 0, 0, 0x2D, 0, 0, 0, 0, 0, 0, 0x48,
    0, 0, 0, 0x2C, 0, 0x3A, 0, 0, 0x28, 0, 0, 0, 0, 0, 0, 0x27,
    0x0B, 0x19, 0, 0x0C, 0, 0, 0x06, 0, 0, 0, 0, 0x10, 0, 0x45, 0, 0x34,
    0x2A, 0, 0, 0, 0, 0, 0, 0x46, 0, 0x35, 0, 0, 0, 0, 0x31, 0,
    0, 0, 0, 0, 0, 0, 0x53, 0x4E, 0, 0, 0, 0, 0x29, 0, 0, 0,
    0x36, 0x1A, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x49, 0, 0, 0, 0, 0x23, 0,
    0, 0, 0, 0x3C, 0, 0x14, 0, 0x3B, 0x08, 0x0A, 0, 0, 0x21, 0, 0, 0,
    0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x51, 0, 0x17,
    0, 0, 0, 0, 0, 0x15, 0x33, 0x1C, 0x1E, 0x24, 0, 0, 0x4B, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0x22, 0, 0, 0x0E, 0, 0, 0, 0, 0x1B, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x4C, 0, 0, 0, 0, 0, 0x18,
    0x1D, 0x38, 0x13, 0x4A, 0x2E, 0x37, 0, 0, 0, 0, 0x2B, 0, 0, 0x25, 0x52, 0,
    0, 0, 0, 0x55, 0, 0, 0, 0, 0x32, 0x11, 0, 0, 0, 0, 0x0D, 0,
    0x05, 0, 0, 0, 0x4F, 0, 0x20, 0, 0, 0x4D, 0, 0, 0, 0, 0x26, 0,
    0x39, 0x47, 0x1F, 0, 0, 0, 0, 0x07, 0, 0, 0x2F, 0x54, 0, 0, 0, 0,
};
/* clang-format on */

static const struct {
  omadm_str uri;
  wire_ns ns;
} namespaces[] = {
    {OMADM_STR("syncml:metinf"), WIRE_NS_METINF},
    {OMADM_STR("SYNCML:SYNCML1.2"), WIRE_NS_SYNCML},
    {OMADM_STR("SYNCML:SYNCML1.1"), WIRE_NS_SYNCML_11},
    {OMADM_STR(""), WIRE_NS_NONE},
};

wire_ns wire_ns_find(omadm_str uri) {
  for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
    if (omadm_str_equal(uri, namespaces[i].uri)) return namespaces[i].ns;
  }
  /* "syncml:metinf " and "syncml:metinfo" were printed, and copied. */
  return omadm_str_starts(omadm_str_trim(uri), "syncml:metinf") ? WIRE_NS_METINF_LIKE
                                                                : WIRE_NS_FOREIGN;
}
