/* SPDX-License-Identifier: MIT */
#include "provisioning/bootstrap_mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/str.h"

enum { MAC_OCTETS = 20, MOST_IMSI = 15, MOST_PIN = 64 };

static const struct {
  const char *word;
  mac_method method;
} words[] = {
    {"0", MAC_NETWORK},
    {"1", MAC_USER},
    {"2", MAC_BOTH},
    {"3", MAC_PIN_CARRIES_MAC},
    {"NETWPIN", MAC_NETWORK},
    {"USERPIN", MAC_USER},
    {"USERNETWPIN", MAC_BOTH},
    {"USERPINMAC", MAC_PIN_CARRIES_MAC},
    {"NETWORKID", MAC_NETWORK},
    {"USERPIN_NETWORKID", MAC_BOTH},
};

omadm_err mac_method_find(omadm_str word, mac_method *method) {
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (!omadm_str_equal_nocase(word, omadm_str_of(words[i].word))) continue;
    *method = words[i].method;
    return OMADM_OK;
  }
  return OMADM_E_SYNTAX;
}

static bool is_digits(omadm_str text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
  return text.len > 0;
}

/* As the SIM keeps it (EF IMSI, 3GPP TS 31.102 4.2.2): a nibble that tells whether the number of
 * digits is odd, the digits, and F where one nibble is left; two to an octet, the first one low. */
static omadm_err add_semi_octets(omadm_str digits, omadm_buf *key) {
  char nibbles[MOST_IMSI + 2];
  size_t n = 0;
  bool is_odd = digits.len % 2 == 1;
  nibbles[n++] = is_odd ? 9 : 1;
  for (size_t i = 0; i < digits.len; i++)
    nibbles[n++] = (char)(digits.ptr[i] - '0');
  if (!is_odd) nibbles[n++] = 15;
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < n; i += 2) {
    const char octet = (char)(nibbles[i + 1] << 4 | nibbles[i]);
    err = omadm_buf_add(key, &octet, 1);
  }
  return err;
}

omadm_err mac_network_key(omadm_str network_id, omadm_buf *key) {
  if (network_id.len == 0) return OMADM_E_SYNTAX;
  if (is_digits(network_id) && network_id.len <= MOST_IMSI) return add_semi_octets(network_id, key);
  if (omadm_str_starts(network_id, "0x"))
    return omadm_hex_decode((omadm_str){network_id.ptr + 2, network_id.len - 2}, key);
  return omadm_buf_add_str(key, network_id);
}

/* Client provisioning puts the network's octets in front of the PIN, the DM profile PIN and colon
 * in front of the network's (OMA-TS-DM_Security 5.7.2.3). */
static omadm_err make_key(const mac_check *check, omadm_str pin, omadm_buf *key) {
  bool network = check->method == MAC_NETWORK || check->method == MAC_BOTH;
  bool pin_first = check->method == MAC_BOTH && check->dm_profile;
  omadm_err err = OMADM_OK;
  if (pin_first) err = omadm_buf_add_str(key, pin);
  if (err == 0 && pin_first) err = omadm_buf_add_text(key, ":");
  if (err == 0 && network) err = mac_network_key(check->network_id, key);
  if (err == 0 && !pin_first && check->method != MAC_NETWORK) err = omadm_buf_add_str(key, pin);
  return err;
}

static bool make_mac(omadm_str key, omadm_str body, unsigned char mac[MAC_OCTETS]) {
  unsigned n = MAC_OCTETS;
  return HMAC(EVP_sha1(), key.ptr != NULL ? key.ptr : "", (int)key.len,
              (const unsigned char *)(body.ptr != NULL ? body.ptr : ""), body.len, mac,
              &n) != NULL &&
         n == MAC_OCTETS;
}

/* USERPINMAC: the second half of what the user types are digits made from the first octets of the
 * MAC. */
static bool fits_digits(omadm_str digits, const unsigned char mac[MAC_OCTETS]) {
  unsigned char wanted[MAC_OCTETS];
  for (size_t i = 0; i < digits.len; i++)
    wanted[i] = (unsigned char)(mac[i] % 10 + '0');
  return CRYPTO_memcmp(wanted, digits.ptr, digits.len) == 0;
}

static bool fits_mac(omadm_str text, const unsigned char mac[MAC_OCTETS]) {
  omadm_buf given;
  omadm_buf_init(&given, NULL, MAC_OCTETS);
  bool fits = omadm_hex_decode(text, &given) == OMADM_OK && given.len == MAC_OCTETS &&
              CRYPTO_memcmp(given.ptr, mac, MAC_OCTETS) == 0;
  omadm_buf_dispose(&given);
  return fits;
}

omadm_err mac_verify(const mac_check *check, omadm_str pin) {
  unsigned char mac[MAC_OCTETS];
  omadm_str digits = {NULL, 0};
  omadm_buf key;
  if (pin.len > MOST_PIN || (pin.len == 0 && check->method != MAC_NETWORK)) return OMADM_E_REFUSED;
  if (check->method == MAC_PIN_CARRIES_MAC) {
    size_t half = pin.len / 2;
    if (pin.len % 2 != 0 || half > MAC_OCTETS || !is_digits(pin)) return OMADM_E_REFUSED;
    digits = (omadm_str){pin.ptr + half, half};
    pin.len = half;
  }
  omadm_buf_init(&key, NULL, 0);
  omadm_err err = make_key(check, pin, &key);
  bool fits = err == 0 && make_mac(omadm_buf_str(&key), check->body, mac);
  if (fits)
    fits =
        check->method == MAC_PIN_CARRIES_MAC ? fits_digits(digits, mac) : fits_mac(check->mac, mac);
  omadm_wipe(mac, sizeof mac);
  omadm_buf_wipe(&key);
  omadm_buf_dispose(&key);
  return err == OMADM_E_NOMEM ? err : fits ? OMADM_OK : OMADM_E_REFUSED;
}
