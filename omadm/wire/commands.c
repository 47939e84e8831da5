/* SPDX-License-Identifier: MIT */
#include "omadm/wire/elements.h"
#include "omadm/wire/model.h"

static const unsigned char elements[WIRE_KINDS] = {
    [WIRE_UNKNOWN] = WIRE_EL_NONE,      [WIRE_ADD] = WIRE_EL_ADD,
    [WIRE_ALERT] = WIRE_EL_ALERT,       [WIRE_ATOMIC] = WIRE_EL_ATOMIC,
    [WIRE_COPY] = WIRE_EL_COPY,         [WIRE_DELETE] = WIRE_EL_DELETE,
    [WIRE_EXEC] = WIRE_EL_EXEC,         [WIRE_GET] = WIRE_EL_GET,
    [WIRE_MAP] = WIRE_EL_MAP,           [WIRE_MOVE] = WIRE_EL_MOVE,
    [WIRE_PUT] = WIRE_EL_PUT,           [WIRE_REPLACE] = WIRE_EL_REPLACE,
    [WIRE_RESULTS] = WIRE_EL_RESULTS,   [WIRE_SEARCH] = WIRE_EL_SEARCH,
    [WIRE_SEQUENCE] = WIRE_EL_SEQUENCE, [WIRE_STATUS] = WIRE_EL_STATUS,
    [WIRE_SYNC] = WIRE_EL_SYNC,
};

omadm_str omadm_wire_kind_name(wire_kind kind) {
  return wire_element_name((wire_element)elements[kind]);
}
