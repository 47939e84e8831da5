/* SPDX-License-Identifier: MIT */
/* The symmetric cryptography of the services, on libcrypto. */
#ifndef CONFORMANCE_ATTESTATION_CRYPT_H
#define CONFORMANCE_ATTESTATION_CRYPT_H

#include <omadm/types.h>

#include <stdbool.h>

enum { CRYPT_KEY = 32, CRYPT_IV = 16, CRYPT_MAC = 32 };

/* Random octets from the operating system. */
bool crypt_random(uint8_t *octets, size_t n);
/* AES-256-CBC with PKCS #7; appends to *out. Opening fails where the padding is wrong. */
bool crypt_encrypt(const uint8_t key[CRYPT_KEY], const uint8_t iv[CRYPT_IV], omadm_str plain,
                   omadm_buf *out);
bool crypt_decrypt(const uint8_t key[CRYPT_KEY], const uint8_t iv[CRYPT_IV], omadm_str sealed,
                   omadm_buf *out);
/* HMAC-SHA-256 of two spans, one after the other. */
bool crypt_mac(const uint8_t key[CRYPT_KEY], omadm_str first, omadm_str second,
               uint8_t mac[CRYPT_MAC]);
/* In constant time. */
bool crypt_equal(const uint8_t *a, const uint8_t *b, size_t n);

#endif
