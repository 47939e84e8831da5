/* SPDX-License-Identifier: MIT */
/* One line for a person about an entry. What it shows comes from the log and is shown as text only
 * after omadm_str_tame. */
#include "tpm/eventlog/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"
#include "tpm/eventlog/variable.h"

enum { TEXT_MAX = 200, IMAGE_HEAD = 32, DEVICE_PATH_FILE = 0x0404, DEVICE_PATH_END = 0x7F };

/* A line that grows to its room and no further. */
typedef struct line {
  char *text;
  size_t size;
  size_t n;
  bool cut; /* there was more to say */
} line;

static void put(line *l, const char *format, ...) OMADM_PRINTF(2, 3);
static void put(line *l, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(l->text + l->n, l->size - l->n, format, args);
  va_end(args);
  if (n <= 0) return;
  l->cut = l->cut || (size_t)n >= l->size - l->n;
  l->n = (size_t)n < l->size - l->n ? l->n + (size_t)n : l->size - 1;
}

static void put_hex(line *l, omadm_str octets, size_t most) {
  for (size_t i = 0; i < octets.len && i < most; i++)
    put(l, "%02x", (unsigned)(uint8_t)octets.ptr[i]);
  if (octets.len > most) put(l, "…");
}

static bool is_ascii(omadm_str s) {
  size_t shown = 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '\0' && i + 1 == s.len) break;
    if ((c < ' ' || c > '~') && c != '\n' && c != '\t') return false;
    shown++;
  }
  return shown > 0;
}

/* Text where it is text, its first octets where it is not. */
static void put_data(line *l, omadm_str data) {
  char text[TEXT_MAX];
  omadm_str utf16 = data;
  while (utf16.len >= 2 && omadm_le16(utf16.ptr + utf16.len - 2) == 0)
    utf16.len -= 2;
  if (is_ascii(data))
    put(l, "%.*s%s", data.len < TEXT_MAX ? (int)data.len : TEXT_MAX, data.ptr,
        data.len > TEXT_MAX ? "…" : "");
  else if (utf16.len >= 4 && utf16.ptr[1] == '\0' && utf16_text(utf16, text, sizeof text))
    put(l, "%s%s", text, utf16.len / 2 >= sizeof text ? "…" : "");
  else if (data.len == 0)
    put(l, "no data");
  else
    put_hex(l, data, 32);
}

static void describe_variable(line *l, omadm_str data) {
  static const char *const vendors[] = {"", "global", "image security", "shim", "Microsoft"};
  variable v;
  char name[TEXT_MAX];
  if (!variable_parse(data, &v)) {
    put(l, "not a variable: ");
    put_hex(l, data, 16);
    return;
  }
  if (!utf16_text(v.name, name, sizeof name))
    put(l, "a name that is no text");
  else
    put(l, "%s", name);
  if (v.vendor != VENDOR_OTHER) put(l, " (%s)", vendors[v.vendor]);
  if (v.data.len <= 8)
    put(l, " = ");
  else
    put(l, ", %zu octets: ", v.data.len);
  if (v.vendor == VENDOR_SHIM && is_ascii(v.data))
    put_data(l, v.data);
  else
    put_hex(l, v.data, 8);
  if (v.data.len == 0) put(l, "nothing");
}

/* The file names of a device path (UEFI 10.3.5.4); the rest of it is hints that help nobody. */
static void describe_path(line *l, omadm_str path) {
  bool any = false;
  while (path.len >= 4 && (uint8_t)path.ptr[0] != DEVICE_PATH_END) {
    unsigned kind = (unsigned)(uint8_t)path.ptr[0] << 8 | (uint8_t)path.ptr[1];
    size_t n = omadm_le16(path.ptr + 2);
    char text[TEXT_MAX];
    if (n < 4 || n > path.len) break;
    omadm_str name = {path.ptr + 4, n - 4};
    while (name.len >= 2 && omadm_le16(name.ptr + name.len - 2) == 0)
      name.len -= 2;
    if (kind == DEVICE_PATH_FILE && utf16_text(name, text, sizeof text)) {
      put(l, "%s", text);
      any = true;
    }
    path.ptr += n;
    path.len -= n;
  }
  if (!any) put(l, "an image without a file name");
}

static void describe_image(line *l, omadm_str data) {
  if (data.len < IMAGE_HEAD) {
    put_hex(l, data, 16);
    return;
  }
  uint64_t n = omadm_le64(data.ptr + 24);
  size_t rest = data.len - IMAGE_HEAD;
  describe_path(l, (omadm_str){data.ptr + IMAGE_HEAD, n < rest ? (size_t)n : rest});
  put(l, ", %" PRIu64 " octets", omadm_le64(data.ptr + 8));
}

static void describe_sipa(line *l, omadm_str run, unsigned depth) {
  omadm_sipa element;
  int got = 0;
  for (bool first = true; (got = omadm_sipa_next(&run, &element)) > 0 && l->n + 1 < l->size;
       first = false) {
    omadm_sipa_kind kind;
    uint64_t value = 0;
    const char *name = omadm_sipa_name(element.id, &kind);
    if (!first) put(l, " ");
    if (name[0] != '\0')
      put(l, "%s", name);
    else
      put(l, "0x%08" PRIx32, element.id);
    bool number = (kind == OMADM_SIPA_UINT || kind == OMADM_SIPA_BOOL) &&
                  omadm_sipa_uint(element.value, &value) != 0;
    if (number)
      put(l, "=%" PRIu64, value);
    else if (kind == OMADM_SIPA_TEXT) {
      put(l, "=");
      put_data(l, element.value);
    } else if (kind == OMADM_SIPA_NESTED && depth < OMADM_SIPA_DEPTH) {
      put(l, "{");
      describe_sipa(l, element.value, depth + 1);
      put(l, "}");
    }
  }
  if (got < 0) put(l, " (cut)");
}

static void describe_tag(line *l, omadm_str data) {
  static const uint32_t initrd = 0x8F3B22EC, load_options = 0x8F3B22ED;
  uint32_t id = data.len >= 8 ? omadm_le32(data.ptr) : 0;
  if (id == initrd || id == load_options)
    put_data(l, (omadm_str){data.ptr + 8, data.len - 8});
  else if (id != 0)
    describe_sipa(l, data, 1);
  else
    put_hex(l, data, 32);
}

static void describe_blob(line *l, omadm_str data) {
  if (data.len == 16)
    put(l, "%" PRIu64 " octets at 0x%" PRIx64, omadm_le64(data.ptr + 8), omadm_le64(data.ptr));
  else
    put_data(l, data);
}

static void describe_table(line *l, omadm_str data) {
  if (data.len >= 100 && memcmp(data.ptr, "EFI PART", 8) == 0) {
    put(l, "partition table with %" PRIu64 " partitions", omadm_le64(data.ptr + 92));
  } else {
    put_data(l, data);
  }
}

static void describe_no_action(line *l, omadm_str data) {
  static const omadm_str locality = {"StartupLocality", sizeof "StartupLocality"};
  size_t n = strnlen(data.len > 0 ? data.ptr : "", data.len);
  if (data.len == locality.len + 1 && memcmp(data.ptr, locality.ptr, locality.len) == 0) {
    put(l, "StartupLocality %u", (unsigned)(uint8_t)data.ptr[locality.len]);
  } else if (n < data.len && is_ascii((omadm_str){data.ptr, n})) {
    put_data(l, (omadm_str){data.ptr, n});
  } else {
    describe_tag(l, data);
  }
}

static const struct {
  uint32_t type;
  void (*describe)(line *l, omadm_str data);
} kinds[] = {
    {EV_NO_ACTION, describe_no_action},
    {EV_EVENT_TAG, describe_tag},
    {EV_EFI_VARIABLE_DRIVER_CONFIG, describe_variable},
    {EV_EFI_VARIABLE_BOOT, describe_variable},
    {EV_EFI_VARIABLE_BOOT2, describe_variable},
    {EV_EFI_VARIABLE_AUTHORITY, describe_variable},
    {EV_EFI_SPDM_DEVICE_POLICY, describe_variable},
    {EV_EFI_SPDM_DEVICE_AUTHORITY, describe_variable},
    {EV_EFI_BOOT_SERVICES_APPLICATION, describe_image},
    {EV_EFI_BOOT_SERVICES_DRIVER, describe_image},
    {EV_EFI_RUNTIME_SERVICES_DRIVER, describe_image},
    {EV_EFI_PLATFORM_FIRMWARE_BLOB, describe_blob},
    {EV_POST_CODE, describe_blob},
    {EV_EFI_GPT_EVENT, describe_table},
    {EV_EFI_GPT_EVENT2, describe_table},
};

void omadm_event_describe(const omadm_event *event, char *text, size_t size) {
  if (size == 0) return;
  line l = {.text = text, .size = size};
  static const char ellipsis[] = "…";
  void (*describe)(line *, omadm_str) = put_data;
  text[0] = '\0';
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    if (kinds[k].type == event->type) describe = kinds[k].describe;
  }
  describe(&l, event->data);
  for (size_t i = 0; i < l.n; i++) {
    if (text[i] == '\n' || text[i] == '\t') text[i] = ' ';
  }
  if (l.cut && l.n >= sizeof ellipsis) l.n -= sizeof ellipsis - 1;
  text[l.n] = '\0';
  /* A character that the room cut in two. */
  while (l.n > 0 && !omadm_utf8_is_valid((omadm_str){text, l.n}))
    text[--l.n] = '\0';
  if (l.cut && size - l.n >= sizeof ellipsis) memcpy(text + l.n, ellipsis, sizeof ellipsis);
  omadm_str_tame(text);
}
