/* SPDX-License-Identifier: MIT */
/*
 * Many calls of <omadm/wbxml.h> in one process, for oracle.py. On standard input and output go
 * frames: an octet, a length of four octets (little-endian), that many octets. In: 'e' encode or
 * 'd' decode; out: 'k' and the result, or 'n' and the error.
 */
#include <omadm/wbxml.h>

#include "base/octets.h"
#include "base/str.h"

#include <stdio.h>

enum { HEAD = 5, MOST = 1 << 24 };

static int write_frame(char kind, omadm_str octets) {
  unsigned char head[HEAD] = {(unsigned char)kind};
  for (int i = 0; i < 4; i++)
    head[1 + i] = (unsigned char)(octets.len >> 8 * i);
  return fwrite(head, 1, HEAD, stdout) == HEAD &&
         fwrite(octets.ptr, 1, octets.len, stdout) == octets.len && fflush(stdout) == 0;
}

int main(void) {
  unsigned char head[HEAD];
  omadm_buf in, out;
  int good = 1;
  omadm_buf_init(&in, NULL, 0);
  omadm_buf_init(&out, NULL, 0);
  while (good && fread(head, 1, HEAD, stdin) == HEAD) {
    omadm_error error = {0};
    size_t n = omadm_le32(head + 1);
    in.len = out.len = 0;
    good = n <= MOST && omadm_buf_reserve(&in, n + 1) == 0 && fread(in.ptr, 1, n, stdin) == n;
    if (!good) break;
    omadm_str text = {in.ptr, n};
    omadm_err err = head[0] == 'e' ? omadm_wbxml_encode(text, 0, &out, &error)
                                   : omadm_wbxml_decode(text, 0, &out, &error);
    good = err == 0 ? write_frame('k', omadm_buf_str(&out))
                    : write_frame('n', omadm_str_of(error.text));
  }
  omadm_buf_dispose(&in);
  omadm_buf_dispose(&out);
  return good ? 0 : 1;
}
