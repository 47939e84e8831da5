/* SPDX-License-Identifier: MIT */
/* What a process says of the plugin that it loaded. It may say anything. */
#include "csp-framework/isolated/process.h"

#include "base/codec.h"

enum { NAME_MOST = 64, VERSION_MOST = 64, WHY_MOST = 300 };

/* As it comes: spans point into the message. ptr NULL: the plugin has none. */
typedef struct hello {
  uint32_t abi;
  omadm_str name, version, ddf;
  bool has_slots;
  uint64_t mask, flags;
  uint32_t services_needed;
} hello;

static omadm_str get_optional(wire_reader *r) {
  bool there = wire_get(r) != 0;
  omadm_str s = wire_get_str(r);
  return there ? s : (omadm_str){NULL, 0};
}

static void get_hello(wire_reader *r, hello *h) {
  *h = (hello){.abi = wire_get_u32(r)};
  (void)wire_get(r); /* of its own structure, which the process has read */
  h->name = get_optional(r);
  h->version = get_optional(r);
  h->ddf = get_optional(r);
  h->has_slots = wire_get(r) != 0;
  h->mask = wire_get(r);
  h->flags = wire_get(r);
  h->services_needed = wire_get_u32(r);
}

/* It becomes a part of sections, keys and log lines. */
static bool is_name(omadm_str name) {
  if (name.len == 0 || name.len > NAME_MOST) return false;
  for (size_t i = 0; i < name.len; i++) {
    unsigned char low = omadm_ascii_lower(name.ptr[i]);
    if ((low < 'a' || low > 'z') && (low < '0' || low > '9') && low != '-' && low != '_' &&
        low != '.')
      return false;
  }
  return true;
}

static bool is_version(omadm_str version) {
  for (size_t i = 0; i < version.len; i++) {
    if ((unsigned char)version.ptr[i] < 0x20 || version.ptr[i] == 0x7F) return false;
  }
  return version.len <= VERSION_MOST && omadm_utf8_is_valid(version);
}

static omadm_err check(const fw_isolated *p, const hello *h, omadm_error *error) {
  if (h->abi != OMADM_CSP_ABI || h->name.ptr == NULL || h->version.ptr == NULL) return OMADM_OK;
  if (is_name(h->name) && is_version(h->version)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_ABI,
                         "%s gives a name or version that is none: letters, digits and -_. make a "
                         "name, and %d octets are the most",
                         p->path, (int)NAME_MOST);
}

/* A span's place in p->life.hello, terminated. */
static omadm_err keep(fw_isolated *p, omadm_str s, size_t *at) {
  *at = p->life.hello.len;
  omadm_err err = omadm_buf_add_str(&p->life.hello, s);
  return err == 0 ? omadm_buf_add(&p->life.hello, "", 1) : err;
}

static omadm_err keep_all(fw_isolated *p, const hello *h) {
  size_t name = 0, version = 0, ddf = 0;
  p->life.hello.len = 0;
  omadm_err err = keep(p, h->name, &name);
  if (err == 0) err = keep(p, h->version, &version);
  if (err == 0) err = keep(p, h->ddf, &ddf);
  if (err != 0) return err;
  const char *text = p->life.hello.ptr;
  p->life.mask = h->mask;
  proxy_fill(p);
  p->life.descriptor = (omadm_csp_descriptor){
      .abi = h->abi,
      .struct_size = sizeof p->life.descriptor,
      .name = h->name.ptr != NULL ? text + name : NULL,
      .version = h->version.ptr != NULL ? text + version : NULL,
      .ddf = h->ddf.ptr != NULL ? text + ddf : NULL,
      .ddf_len = h->ddf.len,
      .slots = h->has_slots ? &p->life.slots : NULL,
      .flags = h->flags,
      .services_needed = h->services_needed,
  };
  return OMADM_OK;
}

/* What is mounted does not change while it is. */
static omadm_err compare(const fw_isolated *p, const hello *h, omadm_error *error) {
  const omadm_csp_descriptor *d = &p->life.descriptor;
  if (h->abi == d->abi && omadm_str_is(h->name, d->name) &&
      omadm_str_equal(h->ddf, (omadm_str){d->ddf, d->ddf_len}) && h->mask == p->life.mask &&
      h->flags == d->flags)
    return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "%s is another plugin now, or has another DDF or other slots; restart to "
                         "take it",
                         p->path);
}

omadm_err hello_read(fw_isolated *p, omadm_error *error) {
  hello h = {0};
  wire_reader r = {.left = omadm_buf_str(&p->message.body)};
  uint64_t failed = wire_get(&r);
  omadm_str why = wire_get_str(&r);
  if (!r.failed && failed == 0) get_hello(&r, &h);
  if (!wire_end(&r))
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s cannot be loaded: what its process says is no "
                           "message",
                           p->path);
  if (failed != 0) {
    char text[WHY_MOST];
    size_t n = why.len < sizeof text - 1 ? why.len : sizeof text - 1;
    if (n > 0) memcpy(text, why.ptr, n);
    text[n] = '\0';
    omadm_octets_tame(text, n);
    return omadm_error_set(error, failed == (uint64_t)-OMADM_E_ABI ? OMADM_E_ABI : OMADM_E_IO,
                           "%s %s", p->path, text);
  }
  omadm_err err = check(p, &h, error);
  if (err != 0) return err;
  if (p->life.hello.len > 0) return compare(p, &h, error);
  err = keep_all(p, &h);
  return err != 0 ? omadm_error_set(error, err, "out of memory for %s", p->path) : OMADM_OK;
}
