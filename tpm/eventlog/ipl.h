/* SPDX-License-Identifier: MIT */
/* What boot loaders other than Windows' measure as EV_IPL: the digest covers a part of the data. */
#ifndef OMADM_EVENTLOG_IPL_H
#define OMADM_EVENTLOG_IPL_H

#include "tpm/eventlog/log.h"

/* Where GRUB, and systemd's stub, measure command lines. */
enum { PCR_GRUB = 8, PCR_STUB = 12 };

typedef enum ipl_kind {
  IPL_OPAQUE = 0, /* the digest is that of something else than the data */
  IPL_PLAIN, /* of the data as it stands, which is no text of the kinds below */
  IPL_COMMAND, /* a command of GRUB, or arguments of a module */
  IPL_COMMAND_LINE, /* of the kernel, as GRUB writes it */
  IPL_BARE_LINE /* the same without GRUB's words in front: of systemd in UTF-16, or anything else
                   that is text in their PCRs */
} ipl_kind;

typedef struct ipl {
  ipl_kind kind;
  omadm_str text; /* borrowed from the log: what was measured, without zeros at its end */
  bool utf16;
} ipl;

/* Reads entry i by its data and digest in that bank, whatever its type. */
ipl ipl_read(const omadm_eventlog *log, size_t i, uint16_t bank);

#endif
