/* SPDX-License-Identifier: MIT */
/* A boot of Linux by shim and GRUB. */
#include "base/mem.h"
#include "base/str.h"

#include "conformance/boot/bootlog.h"
#include "conformance/boot/parts.h"

/* GRUB writes a word in front of what it measures, and a zero behind. */
static void put_grub(bootlog *log, const char *prefix, const char *word, const char *text) {
  omadm_buf all;
  omadm_buf_init(&all, &omadm_mem_default, 0);
  (void)omadm_buf_add_text(&all, prefix);
  size_t begin = all.len;
  (void)omadm_buf_add_text(&all, word);
  (void)omadm_buf_add_text(&all, text);
  omadm_str measured = {all.ptr + begin, all.len - begin};
  (void)omadm_buf_add(&all, "", 1);
  measured.ptr = all.ptr + begin;
  bootlog_add(log, 8, EV_IPL, omadm_buf_str(&all), measured);
  omadm_buf_dispose(&all);
}

/* A file: the digest is that of what it holds, here of its name. */
static void put_file(bootlog *log, uint32_t pcr, const char *name) {
  omadm_str measured = omadm_str_of(name);
  bootlog_add(log, pcr, EV_IPL, (omadm_str){name, measured.len + 1}, measured);
}

static void put_shim(const bootlog_options *o, bootlog *log) {
  bootlog_image(log, "\\EFI\\debian\\shimx64.efi");
  put_file(log, 14, "MokList");
  put_file(log, 14, "MokListX");
  if (o->sbat != NULL) {
    bootlog_variable(log, 7, EV_EFI_VARIABLE_AUTHORITY, guid_shim, "SbatLevel",
                     omadm_str_of(o->sbat));
  }
  bootlog_variable(log, 7, EV_EFI_VARIABLE_AUTHORITY, guid_shim, "MokListTrusted",
                   (omadm_str)OMADM_STR("\1"));
  put_file(log, 14, "MokListTrusted");
  if (o->secure_boot == 1 && o->authority == 1) {
    bootlog_variable(log, 7, EV_EFI_VARIABLE_AUTHORITY, guid_shim, "Shim",
                     (omadm_str)OMADM_STR("a certificate that shim carries"));
  }
  bootlog_image(log, "\\EFI\\debian\\grubx64.efi");
}

void bootlog_linux(const bootlog_options *o, bootlog *log) {
  parts_firmware(o, log);
  parts_authority(o, log);
  parts_boot_option(log);
  put_shim(o, log);
  put_file(log, 9, "(hd0,gpt1)/EFI/debian/grub.cfg");
  put_grub(log, "grub_cmd: ", "", "search --set=root --fs-uuid 09e13685");
  put_grub(log, "grub_cmd: ", "", "insmod part_gpt");
  if (o->command_line != NULL) {
    put_grub(log, "grub_cmd: ", "linux ", o->command_line);
    put_file(log, 9, "/vmlinuz");
    put_grub(log, "kernel_cmdline: ", "", o->command_line);
    put_file(log, 9, "/initrd.img");
  }
  parts_exit(log);
}
