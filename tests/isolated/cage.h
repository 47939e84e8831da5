/* SPDX-License-Identifier: MIT */
/* A rig whose plugin has a process of its own. */
#ifndef OMADM_TESTS_ISOLATED_CAGE_H
#define OMADM_TESTS_ISOLATED_CAGE_H

#include "rig.h"

/* Loads a plugin of this folder ("trial_plain") into the rig. */
void cage_load(rig *r, const char *name);
omadm_err cage_try(rig *r, const char *path, const char *program, omadm_error *error);
/* A rig with the plugin; options may be NULL. */
rig *cage_new(const char *name, const rig_options *options);
/* The process of the plugin that was loaded first; 0: there is none. */
int cage_process(const rig *r);
/* Pumps until there is an answer, or nothing more to wait for. */
void cage_pump(rig *r);
/* Fails unless Get answers that. */
void cage_expect_status(rig *r, const char *uri, omadm_status status);

#endif
