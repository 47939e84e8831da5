/* SPDX-License-Identifier: MIT */
/*
 * Stands before EVP_PKEY_Q_keygen (EVP_RSA_gen) in tests. To make an RSA-2048 key takes a tenth of
 * a second, and tests make thousands: so a key whose owner has freed it is given out again, to
 * another one. Two keys that exist at the same time always differ, and so does a key from the ones
 * that were freed just before it was asked for: what a test says about other keys holds.
 */
#include <openssl/evp.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 2048, MOST = 64, REST = 6 /* freed keys that are kept back */ };

/* The keys that rest, the one that was freed first in front. */
static EVP_PKEY *resting[MOST];
static size_t n_resting;
static int mark = -1; /* index of the ex_data of a key in use, which is its original */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

EVP_PKEY *__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...);

/* A key in use has been freed: its original rests. */
static void key_freed(void *parent, void *data, CRYPTO_EX_DATA *all, int index, long argl,
                      void *argp) {
  (void)parent, (void)all, (void)index, (void)argl, (void)argp;
  if (data == NULL) return;
  pthread_mutex_lock(&lock);
  bool room = n_resting < MOST;
  if (room) resting[n_resting++] = data;
  pthread_mutex_unlock(&lock);
  if (!room) EVP_PKEY_free(data);
}

/* A duplicate of a key in use is a key like any other. */
static int key_duplicated(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **data, int index,
                          long argl, void *argp) {
  (void)to, (void)from, (void)index, (void)argl, (void)argp;
  *data = NULL;
  return 1;
}

static EVP_PKEY *take(void) {
  EVP_PKEY *taken = NULL;
  pthread_mutex_lock(&lock);
  if (mark < 0)
    mark =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_EVP_PKEY, 0, NULL, NULL, key_duplicated, key_freed);
  if (n_resting > REST) {
    taken = resting[0];
    memmove(resting, resting + 1, --n_resting * sizeof resting[0]);
  }
  pthread_mutex_unlock(&lock);
  return taken;
}

static EVP_PKEY *rsa(OSSL_LIB_CTX *ctx, const char *query) {
  EVP_PKEY *original = take();
  if (original == NULL) original = __real_EVP_PKEY_Q_keygen(ctx, query, "RSA", (size_t)BITS);
  EVP_PKEY *key = original != NULL ? EVP_PKEY_dup(original) : NULL;
  if (key == NULL || EVP_PKEY_set_ex_data(key, mark, original) != 1) abort();
  return key;
}

EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *ctx, const char *query, const char *type, ...) {
  va_list more;
  EVP_PKEY *key = NULL;
  va_start(more, type);
  if (strcmp(type, "RSA") == 0) {
    size_t bits = va_arg(more, size_t);
    key = bits == BITS ? rsa(ctx, query) : __real_EVP_PKEY_Q_keygen(ctx, query, type, bits);
  } else if (strcmp(type, "EC") == 0) {
    key = __real_EVP_PKEY_Q_keygen(ctx, query, type, va_arg(more, char *));
  } else {
    key = __real_EVP_PKEY_Q_keygen(ctx, query, type);
  }
  va_end(more);
  return key;
}
