/* SPDX-License-Identifier: MIT */
/* Client provisioning. First octet: XML where it is odd, else WBXML. */
#include "base/str.h"
#include "provisioning/w7.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  cp_document document = {.root = NULL};
  account_record record;
  if (n == 0) return 0;
  omadm_str text = {(const char *)octets + 1, n - 1};
  omadm_err err = (octets[0] & 1) != 0 ? cp_read_xml(&document, text, NULL)
                                       : cp_read_wbxml(&document, text, NULL);
  require(err != 0 || document.root != NULL);
  const cp_characteristic *w7 = err == 0 ? w7_find(document.root->children) : NULL;
  for (; w7 != NULL; w7 = w7_find(w7->next)) {
    if (w7_read(&document, w7, &record, NULL) != 0) continue;
    require(record.server_id.len > 0 && account_record_url(&record).len > 0);
    require(record.n_credentials <= RECORD_CREDENTIALS && record.n_addresses <= RECORD_ADDRESSES);
  }
  cp_document_dispose(&document);
  return 0;
}
