/* SPDX-License-Identifier: MIT */
#include "csp-framework/reboots.h"

#include "csp-framework/request.h"

enum { MANY = 64 * 1024 /* octets of URIs: a reboot is a reboot */ };

/* Each entry is 'a' (automatic) or 's', the URI, and a zero octet. An open Atomic has its own,
 * behind the mark. */
static bool is_noted(const omadm_framework *fw, omadm_str entry) {
  const omadm_buf *all = &fw->reboots;
  for (size_t at = fw->txn != NULL ? fw->reboots_mark : 0; at < all->len;
       at += strlen(all->ptr + at) + 1) {
    if (omadm_str_is(entry, all->ptr + at)) return true;
  }
  return false;
}

/* False where it does not fit. */
static bool note(omadm_framework *fw, omadm_str entry) {
  const size_t end = fw->reboots.len;
  if (is_noted(fw, entry)) return true;
  if (end <= MANY && omadm_buf_add_str(&fw->reboots, entry) == OMADM_OK &&
      omadm_buf_add(&fw->reboots, "", 1) == OMADM_OK)
    return true;
  fw->reboots.len = end;
  return false;
}

void reboots_note(omadm_framework *fw, const fw_node *node) {
  bool automatic = fw_described(node)->reboot_behavior == OMADM_REBOOT_AUTOMATIC;
  if (fw->config.reboot_wanted == NULL) return;
  fw->uri.len = 0;
  omadm_err err = omadm_buf_add_text(&fw->uri, automatic ? "a" : "s");
  if (err == OMADM_OK) err = request_write_uri(fw, node, 0, &fw->uri);
  if ((err != OMADM_OK || !note(fw, omadm_buf_str(&fw->uri))) && automatic)
    fw->reboots_automatic = true;
}

void reboots_begin(omadm_framework *fw) {
  fw->reboots_mark = fw->reboots.len;
  fw->reboots_automatic_mark |= fw->reboots_automatic;
  fw->reboots_automatic = false;
}

void reboots_undo(omadm_framework *fw) {
  if (fw->reboots.len > fw->reboots_mark) fw->reboots.len = fw->reboots_mark;
  fw->reboots_automatic = false;
}

void reboots_tell(omadm_framework *fw, bool settled) {
  const bool open = fw->txn != NULL;
  const size_t n = open ? fw->reboots_mark : fw->reboots.len;
  const bool automatic = fw->reboots_automatic_mark || (!open && fw->reboots_automatic);
  omadm_buf told; /* who is told may change the tree */
  if (n == 0 && !automatic) return;
  omadm_buf_init(&told, &fw->mem, 0);
  if (settled && omadm_buf_add(&told, fw->reboots.ptr, n) != OMADM_OK) return; /* the next time */
  if (fw->reboots.len > n) memmove(fw->reboots.ptr, fw->reboots.ptr + n, fw->reboots.len - n);
  fw->reboots.len -= n;
  fw->reboots_mark = 0;
  fw->reboots_automatic_mark = false;
  if (!open) fw->reboots_automatic = false;
  for (size_t at = 0; at < told.len; at += strlen(told.ptr + at) + 1)
    fw->config.reboot_wanted(fw->config.ctx, omadm_str_of(told.ptr + at + 1),
                             told.ptr[at] == 'a' || (at == 0 && automatic));
  if (settled && n == 0) fw->config.reboot_wanted(fw->config.ctx, (omadm_str)OMADM_STR("."), 1);
  omadm_buf_dispose(&told);
}
