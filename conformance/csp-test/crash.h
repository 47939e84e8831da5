/* SPDX-License-Identifier: MIT */
/* A plugin that crashes takes the process along: these words are the last ones. */
#ifndef OMADM_CSP_TEST_CRASH_H
#define OMADM_CSP_TEST_CRASH_H

/* From here to the end SIGSEGV and its like are told on standard error, with what was asked last,
 * before they do what they did before. For one plugin at a time. */
void crash_begin(const char *plugin);
void crash_end(void);
/* What is asked now, on which host: "Get", "./Vendor/A/B". */
void crash_note(const char *host, const char *what, const char *uri);

#endif
