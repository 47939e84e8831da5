/* SPDX-License-Identifier: MIT */
#include "tpm/eventlog/ipl.h"

#include "base/str.h"

/* GRUB writes what the text is in front of it, and measures the text alone; older ones (2.02 with
 * the distributions' patches) use other words and measure the zero at its end too. */
static const struct {
  const char *prefix;
  ipl_kind kind;
} prefixes[] = {
    {"kernel_cmdline: ", IPL_COMMAND_LINE},
    {"grub_kernel_cmdline ", IPL_COMMAND_LINE},
    {"grub_cmd: ", IPL_COMMAND},
    {"grub_cmd ", IPL_COMMAND},
    {"module_cmdline: ", IPL_COMMAND},
    {"grub_module_cmdline ", IPL_COMMAND},
};

static omadm_str without_zeros(omadm_str s) {
  while (s.len > 0 && s.ptr[s.len - 1] == '\0')
    s.len--;
  return s;
}

/* A command of GRUB is a word; the kernel's command line begins with the kernel's path. Told apart
 * by the text, because the prefix is not measured. */
static bool begins_like_path(omadm_str text) {
  return text.len > 0 && (text.ptr[0] == '/' || text.ptr[0] == '(');
}

static bool digest_fits(uint16_t bank, omadm_str digest, omadm_str text) {
  return digest_is_of(bank, digest, text) || digest_is_of(bank, digest, without_zeros(text));
}

static ipl read_prefixed(omadm_str data, omadm_str digest, uint16_t bank) {
  for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++) {
    size_t n = strlen(prefixes[k].prefix);
    if (!omadm_str_starts(data, prefixes[k].prefix)) continue;
    omadm_str text = {data.ptr + n, data.len - n};
    bool fits = begins_like_path(text) == (prefixes[k].kind == IPL_COMMAND_LINE);
    if (!fits || !digest_fits(bank, digest, text)) continue;
    return (ipl){prefixes[k].kind, without_zeros(text), false};
  }
  return (ipl){0};
}

/* Text in UTF-16 that begins with a letter of ASCII or a mark, as command lines do. */
static bool looks_like_utf16(omadm_str data) {
  if (data.len < 4) return false;
  for (size_t i = 0; i + 1 < data.len && (data.ptr[i] != '\0' || data.ptr[i + 1] != '\0'); i += 2) {
    uint16_t code = log_u16(data.ptr + i);
    if (code < 0x20 && code != '\t' && code != '\n') return false;
  }
  return data.ptr[0] > ' ' && data.ptr[0] <= '~' && data.ptr[1] == '\0';
}

/* systemd measures load options with their zero; old ones leave half of it out of the log. */
static bool is_of_with_zero(uint16_t bank, omadm_str digest, omadm_str data, omadm_buf *room) {
  room->len = 0;
  return data.len % 2 != 0 && omadm_buf_add_str(room, data) == 0 &&
         omadm_buf_add(room, "", 1) == 0 && digest_is_of(bank, digest, omadm_buf_str(room));
}

ipl ipl_read(const omadm_eventlog *log, size_t i, uint16_t bank) {
  omadm_str data = log->entries[i].event.data;
  omadm_str digest = omadm_eventlog_digest(log, i, bank);
  ipl found = read_prefixed(data, digest, bank);
  if (found.kind != IPL_OPAQUE) return found;
  bool utf16 = looks_like_utf16(data);
  bool whole = digest_is_of(bank, digest, data);
  if (!whole && utf16) {
    omadm_buf room = {0};
    omadm_buf_init(&room, NULL, 0);
    whole = is_of_with_zero(bank, digest, data, &room);
    omadm_buf_dispose(&room);
  }
  if (!whole) return (ipl){IPL_OPAQUE, {NULL, 0}, false};
  omadm_str text = {data.ptr, utf16 ? data.len & ~(size_t)1 : data.len};
  while (utf16 && text.len >= 2 && log_u16(text.ptr + text.len - 2) == 0)
    text.len -= 2;
  return (ipl){utf16 ? IPL_COMMAND_LINE : IPL_PLAIN, text, utf16};
}
