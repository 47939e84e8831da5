/* SPDX-License-Identifier: MIT */
#include "health-attestation/asked.h"

static const char asked_key[] = "asked";

static size_t find(const asked *list, omadm_str server_id) {
  size_t i = 0;
  while (i < list->n && !octets_same(octets_str(&list->server_id[i]), server_id))
    i++;
  return i;
}

void asked_add(asked *list, omadm_str server_id, omadm_str correlator) {
  size_t i = find(list, server_id);
  if (server_id.len == 0 || i == ASKED_MAX) return;
  if (i == list->n) octets_add_str(&list->server_id[list->n++], server_id);
  list->correlator[i].len = 0;
  octets_add_str(&list->correlator[i], correlator);
}

static void drop(asked *list, size_t i) {
  octets_dispose(&list->server_id[i]);
  octets_dispose(&list->correlator[i]);
}

void asked_remove(asked *list, omadm_str server_id) {
  size_t i = find(list, server_id);
  if (i == list->n) return;
  drop(list, i);
  list->n--;
  list->server_id[i] = list->server_id[list->n];
  list->correlator[i] = list->correlator[list->n];
  list->server_id[list->n] = list->correlator[list->n] = (octets){0};
}

void asked_clear(asked *list) {
  while (list->n > 0)
    drop(list, --list->n);
}

void asked_load(const attestation *self, asked *list) {
  octets record = {0};
  omadm_str server_id, correlator;
  (void)attestation_load(self, asked_key, &record);
  omadm_str rest = octets_str(&record);
  while (octets_take_field(&rest, &server_id) && octets_take_field(&rest, &correlator))
    asked_add(list, server_id, correlator);
  octets_dispose(&record);
}

void asked_save(const attestation *self, const asked *list) {
  octets record = {0};
  for (size_t i = 0; i < list->n; i++) {
    octets_add_field(&record, octets_str(&list->server_id[i]));
    octets_add_field(&record, octets_str(&list->correlator[i]));
  }
  if (!record.failed) (void)attestation_save(self, asked_key, octets_str(&record));
  octets_dispose(&record);
}
