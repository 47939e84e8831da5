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

/* A command of GRUB is a word; the kernel's command line begins with the kernel's path. Told apart
 * by the text, because the prefix is not measured. */
static bool begins_like_path(omadm_str text) {
  return text.len > 0 && (text.ptr[0] == '/' || text.ptr[0] == '(');
}

static ipl read_prefixed(omadm_str data, omadm_str digest, uint16_t bank) {
  for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++) {
    size_t n = strlen(prefixes[k].prefix);
    if (!omadm_str_starts(data, prefixes[k].prefix)) continue;
    omadm_str text = {data.ptr + n, data.len - n};
    bool fits = begins_like_path(text) == (prefixes[k].kind == IPL_COMMAND_LINE);
    if (!fits || !digest_is_of_text(bank, digest, text)) continue;
    return (ipl){prefixes[k].kind, text_without_zeros(text), false};
  }
  return (ipl){0};
}

/* Text in UTF-16 that begins with a character of Latin-1, as command lines do. */
static bool looks_like_utf16(omadm_str data) {
  if (data.len < 4) return false;
  for (size_t i = 0; i + 1 < data.len && (data.ptr[i] != '\0' || data.ptr[i + 1] != '\0'); i += 2) {
    uint16_t code = omadm_le16(data.ptr + i);
    if (code < 0x20 && code != '\t' && code != '\n') return false;
  }
  return data.ptr[0] != '\0' && data.ptr[1] == '\0';
}

/* systemd measures load options with their zero; old ones leave half of it out of the log. */
static bool is_of_with_zero(uint16_t bank, omadm_str digest, omadm_str data) {
  omadm_buf room = {0};
  omadm_buf_init(&room, NULL, 0);
  bool fits = data.len % 2 != 0 && omadm_buf_add_str(&room, data) == 0 &&
              omadm_buf_add(&room, "", 1) == 0 && digest_is_of(bank, digest, omadm_buf_str(&room));
  omadm_buf_dispose(&room);
  return fits;
}

ipl ipl_read(const omadm_eventlog *log, size_t i, uint16_t bank) {
  omadm_str data = log->entries[i].event.data;
  omadm_str digest = omadm_eventlog_digest(log, i, bank);
  ipl found = read_prefixed(data, digest, bank);
  if (found.kind != IPL_OPAQUE) return found;
  if (looks_like_utf16(data) &&
      (digest_is_of(bank, digest, data) || is_of_with_zero(bank, digest, data))) {
    omadm_str text = {data.ptr, data.len & ~(size_t)1};
    while (text.len >= 2 && omadm_le16(text.ptr + text.len - 2) == 0)
      text.len -= 2;
    return (ipl){IPL_BARE_LINE, text, true};
  }
  if (!digest_is_of_text(bank, digest, data)) return (ipl){IPL_OPAQUE, {NULL, 0}, false};
  /* Whatever is bare text there: a line whose prefix somebody took off would else not be one. */
  uint32_t pcr = log->entries[i].event.pcr;
  bool line = pcr == PCR_GRUB || pcr == PCR_STUB;
  return (ipl){line ? IPL_BARE_LINE : IPL_PLAIN, text_without_zeros(data), false};
}
