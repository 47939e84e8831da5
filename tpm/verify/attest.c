/* SPDX-License-Identifier: MIT */
/* What a TPM attests: TPMS_ATTEST of a quote or of a certified key (TPM 2.0 Library, part
 * 2, 10.12). */
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

/* TPM2B_NAME holds at most an algorithm and a SHA-512 digest; TPM2B_DATA what TPMT_HA may be. */
enum { MOST_NAME = 2 + 64, MOST_EXTRA = 2 + 64, MOST_DIGEST = 64, MOST_SELECT = 4 };

/* TPML_PCR_SELECTION with one bank or none. A bank that is not allocated comes back with an empty
 * bitmap: nothing is quoted then, so it is no bank. */
static void read_selection(reader *r, omadm_attest *a) {
  uint32_t banks = reader_u32(r);
  if (banks > 1) r->failed = true;
  if (banks != 1) return;
  uint16_t bank = reader_u16(r);
  size_t octets = reader_u8(r);
  if (octets < 1 || octets > MOST_SELECT) r->failed = true;
  omadm_str bitmap = reader_span(r, octets);
  for (size_t i = 0; i < bitmap.len; i++)
    a->mask |= (uint32_t)(unsigned char)bitmap.ptr[i] << 8 * i;
  if ((a->mask & ~OMADM_TPM_ALL_PCRS) != 0) r->failed = true;
  if (a->mask != 0) a->bank = bank;
}

static omadm_err read_attested(reader *r, omadm_attest *a, omadm_error *error) {
  const char *what = a->type == VERIFY_ST_QUOTE ? "quote" : "certificate of a key";
  if (a->type == VERIFY_ST_QUOTE) {
    read_selection(r, a);
    a->pcr_digest = reader_sized(r, MOST_DIGEST);
  } else {
    a->name = reader_sized(r, MOST_NAME);
    a->qualified_name = reader_sized(r, MOST_NAME);
  }
  if (reader_done(r)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_SYNTAX, "the TPM's %s is not well formed", what);
}

omadm_err omadm_attest_parse(omadm_str tpms_attest, omadm_attest *parsed, omadm_error *error) {
  reader r = reader_of(tpms_attest);
  omadm_attest a = {0};
  uint32_t magic = reader_u32(&r);
  a.type = reader_u16(&r);
  if (r.failed) return omadm_error_set(error, OMADM_E_SYNTAX, "the TPM's attestation is cut short");
  if (magic != VERIFY_GENERATED)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the attestation was not made by a TPM: it begins with 0x%08X", magic);
  if (a.type != VERIFY_ST_QUOTE && a.type != VERIFY_ST_CERTIFY)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the attestation is of type 0x%04X, neither quote nor certify", a.type);
  a.signer = reader_sized(&r, MOST_NAME);
  a.extra = reader_sized(&r, MOST_EXTRA);
  a.clock.milliseconds = reader_u64(&r);
  a.clock.reset_count = reader_u32(&r);
  a.clock.restart_count = reader_u32(&r);
  a.clock.safe = reader_u8(&r);
  if (a.clock.safe > 1) r.failed = true; /* TPMI_YES_NO */
  a.firmware = reader_u64(&r);
  omadm_err err = read_attested(&r, &a, error);
  if (err == 0) *parsed = a;
  return err;
}
