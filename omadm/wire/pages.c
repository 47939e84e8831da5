/* SPDX-License-Identifier: MIT */
#include "omadm/wire/pages.h"

#include "omadm/tree/tnds_elements.h"
#include "omadm/wire/elements.h"

enum { FIRST = 0x05 };

static const char *const ddf_names[] = {
#define DDF_NAME_(id, name) name,
    TNDS_ELEMENTS(DDF_NAME_)
#undef DDF_NAME_
};

/* NULL: a token that stands for nothing. */
static const char *const devinf_names[] = {"CTCap",
                                           "CTType",
                                           "DataStore",
                                           "DataType",
                                           "DevID",
                                           "DevInf",
                                           "DevTyp",
                                           "DisplayName",
                                           "DSMem",
                                           "Ext",
                                           "FwV",
                                           "HwV",
                                           "Man",
                                           "MaxGUIDSize",
                                           "MaxID",
                                           "MaxMem",
                                           "Mod",
                                           "OEM",
                                           "ParamName",
                                           "PropName",
                                           "Rx",
                                           "Rx-Pref",
                                           "SharedMem",
                                           "MaxSize",
                                           "SourceRef",
                                           "SwV",
                                           "SyncCap",
                                           "SyncType",
                                           "Tx",
                                           "Tx-Pref",
                                           "ValEnum",
                                           "VerCT",
                                           "VerDTD",
                                           "XNam",
                                           "XVal",
                                           "UTC",
                                           "SupportNumberOfChanges",
                                           "SupportLargeObjs",
                                           "Property",
                                           "PropParam",
                                           "MaxOccur",
                                           "NoTruncate",
                                           NULL,
                                           "Filter-Rx",
                                           "FilterCap",
                                           "FilterKeyword",
                                           "FieldLevel",
                                           "SupportHierarchicalSync"};
enum { N_DDF = sizeof ddf_names / sizeof *ddf_names };
_Static_assert(N_DDF == 0x3C - FIRST + 1, "the tokens of DMDDF are 05 to 3C");

enum { N_DEVINF = sizeof devinf_names / sizeof *devinf_names };
_Static_assert(N_DEVINF == 0x34 - FIRST + 1, "the tokens of DevInf are 05 to 34");

static const struct {
  omadm_str uri;
  const char *start;
} pages[WIRE_PAGES] = {
    {OMADM_STR("SYNCML:SYNCML1.2"), "SYNCML:SYNCML1."},
    {OMADM_STR("syncml:metinf"), "syncml:metinf"},
    {OMADM_STR("syncml:dmddf1.2"), "syncml:dmddf"},
    {OMADM_STR("syncml:devinf"), "syncml:devinf"},
};

/* Pages that are not among the elements of a message. */
static const struct {
  const char *const *names;
  unsigned n;
} tables[WIRE_PAGES] = {
    [WIRE_PAGE_DDF] = {ddf_names, N_DDF},
    [WIRE_PAGE_DEVINF] = {devinf_names, N_DEVINF},
};

omadm_str wire_page_name(unsigned page, unsigned token) {
  const omadm_str none = {NULL, 0};
  if (token < FIRST || page >= WIRE_PAGES) return none;
  if (page >= WIRE_PAGE_DDF)
    return token - FIRST < tables[page].n ? omadm_str_of(tables[page].names[token - FIRST]) : none;
  unsigned element = page * 0x40 + token;
  return element < WIRE_ELEMENTS ? wire_element_names[element] : none;
}

unsigned wire_page_token(unsigned page, omadm_str name) {
  if (page >= WIRE_PAGES) return 0;
  for (unsigned i = 0; i < tables[page].n; i++)
    if (tables[page].names[i] != NULL && omadm_str_is(name, tables[page].names[i]))
      return FIRST + i;
  if (page >= WIRE_PAGE_DDF) return 0;
  wire_element element = wire_element_find(name);
  return element >> 6 == page ? element & 0x3F : 0;
}

omadm_str wire_page_uri(unsigned page) {
  return pages[page].uri;
}

unsigned wire_page_find(omadm_str uri) {
  unsigned page = 0;
  while (page < WIRE_PAGES && !omadm_str_starts(omadm_str_trim(uri), pages[page].start))
    page++;
  return page;
}
