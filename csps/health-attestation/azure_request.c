/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_request.h"

#include "health-attestation/azure_json.h"

/* Text that begins a member, then the octets. */
static void add_octets(octets *out, const char *before, omadm_str from) {
  octets_add_text(out, before);
  octets_add_base64url(out, from);
  octets_add_text(out, "\"");
}

/* What both versions begin with. */
static void begin(const attest_request *r, octets *out) {
  octets_add_text(out, "{\"att_type\":\"basic\",\"att_data\":{\"rp_id\":");
  json_quote(out, octets_str(&r->trigger->rp_id));
  add_octets(out, ",\"rp_data\":\"", octets_str(&r->trigger->nonce));
  octets_add_text(out, ",\"challenge\":");
  json_quote(out, octets_str(&r->challenge->text));
  octets_add_text(out, ",\"tpm_att_data\":{");
}

static void end(const attest_request *r, octets *out) {
  octets_add_text(out, ",\"service_context\":");
  json_quote(out, octets_str(&r->challenge->context));
  octets_add_text(out, "}}");
}

/* In the order of the quote; the bank may not be named by more than its number. */
static bool add_pcrs(const omadm_tpm_pcrs *pcrs, octets *out) {
  const char *before = "";
  size_t size = omadm_tpm_digest_size(pcrs->bank);
  if (size == 0 || size != pcrs->digest_len) return false;
  octets_add_format(out, ",\"pcrs\":[{\"algorithm\":%u,\"values\":[", pcrs->bank);
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((pcrs->mask >> i & 1) == 0) continue;
    octets_add_format(out, "%s{\"index\":%u", before, i);
    add_octets(out, ",\"digest\":\"", (omadm_str){(const char *)pcrs->values[i], size});
    octets_add_text(out, "}");
    before = ",";
  }
  octets_add_text(out, "]}]");
  return true;
}

static void add_logs(const evidence *e, octets *out) {
  const struct {
    const char *type;
    const octets *log;
  } logs[] = {{"TCG", &e->boot_log}, {"IMA", &e->ima_log}};
  const char *before = "";
  octets_add_text(out, "\"logs\":[");
  for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
    if (logs[i].log->len == 0) continue;
    octets_add_format(out, "%s{\"type\":\"%s\"", before, logs[i].type);
    add_octets(out, ",\"log\":\"", octets_str(logs[i].log));
    octets_add_text(out, "}");
    before = ",";
  }
  octets_add_text(out, "]");
}

static void add_info(const attest_request *r, octets *out) {
  if (r->key->software != NULL) {
    octets_add_text(out, "{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}");
    return;
  }
  add_octets(out, "{\"tpm_certify\":{\"public\":\"", evidence_str(&r->key->tpm.public_area));
  add_octets(out, ",\"certification\":\"", evidence_str(&r->certified.attest));
  add_octets(out, ",\"signature\":\"", evidence_str(&r->certified.signature));
  octets_add_text(out, "}}");
}

bool attest_request_write_2(const attest_request *r, octets *out) {
  begin(r, out);
  octets_add_text(out, "\"current_attestation\":{");
  add_logs(r->evidence, out);
  octets_add_text(out, ",\"aik_pub\":");
  jwk_write(&r->aik, out);
  if (!add_pcrs(&r->quote.pcrs, out)) return false;
  add_octets(out, ",\"quote\":\"", evidence_str(&r->quote.attest));
  add_octets(out, ",\"signature\":\"", evidence_str(&r->quote.signature));
  octets_add_text(out, "}},\"request_key\":{\"jwk\":");
  octets_add_str(out, octets_str(&r->key->jwk));
  octets_add_text(out, ",\"info\":");
  add_info(r, out);
  octets_add_text(out, "}");
  end(r, out);
  return !out->failed;
}

/* NCRYPT_TPM_PLATFORM_ATTESTATION_STATEMENT: six words, signature, quote, the values of 24 PCRs. */
static bool add_claim(const omadm_tpm_quote *quote, octets *out) {
  size_t size = omadm_tpm_digest_size(quote->pcrs.bank);
  if (size == 0 || size != quote->pcrs.digest_len) return false;
  octets_add_text(out, "TPLA");
  octets_add_u32le(out, 0);
  octets_add_u32le(out, quote->pcrs.bank);
  octets_add_u32le(out, quote->signature.len);
  octets_add_u32le(out, quote->attest.len);
  octets_add_u32le(out, (uint32_t)(OMADM_TPM_PCRS * size));
  octets_add_str(out, evidence_str(&quote->signature));
  octets_add_str(out, evidence_str(&quote->attest));
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    octets_add(out, quote->pcrs.values[i], size);
  return true;
}

bool attest_request_write_1(const attest_request *r, octets *out) {
  octets claim = {0};
  bool good = add_claim(&r->quote, &claim);
  begin(r, out);
  if (r->evidence->boot_log.len > 0) {
    add_octets(out, "\"srtm_boot_log\":\"", octets_str(&r->evidence->boot_log));
    octets_add_text(out, ",");
  }
  octets_add_text(out, "\"aik_pub\":");
  jwk_write(&r->aik, out);
  add_octets(out, ",\"current_claim\":\"", octets_str(&claim));
  octets_add_text(out, "},\"attest_key\":");
  octets_add_str(out, octets_str(&r->key->jwk));
  end(r, out);
  good = good && !claim.failed && !out->failed;
  octets_dispose(&claim);
  return good;
}

void attest_wrap(omadm_str message, octets *out) {
  octets_add_text(out, "{\"data\":\"");
  octets_add_base64url(out, message);
  octets_add_text(out, "\"}");
}
