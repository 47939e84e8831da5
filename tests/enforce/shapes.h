/* SPDX-License-Identifier: MIT */
/* DDF texts with Microsoft's extension, and a plugin that is described by one. */
#ifndef OMADM_TESTS_ENFORCE_SHAPES_H
#define OMADM_TESTS_ENFORCE_SHAPES_H

#include "probe.h"

#include <string.h>

#define EXTENDED(...)                                                                              \
  "<MgmtTree xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD>"     \
  "" __VA_ARGS__ "</MgmtTree>"
/* A leaf with elements of the extension; `more` stands behind AccessType. */
#define RULED(name, access, occurrence, scope, more, extension)                                    \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, "chr", occurrence, scope, more)         \
      LEAF_TYPE extension "</DFProperties></Node>"
#define FIXED(name, access, extension) RULED(name, access, ONE, "Permanent", "", extension)
#define ONE_OF(tag, a, b)                                                                          \
  "<MSFT:" tag " ValueType=\"ENUM\"><MSFT:Enum><MSFT:Value>" a                                     \
  "</MSFT:Value></MSFT:Enum><MSFT:Enum><MSFT:Value>" b "</MSFT:Value></MSFT:Enum>"
#define ENUM(a, b) ONE_OF("AllowedValues", a, b) "</MSFT:AllowedValues>"
#define LIST_OF(a, b)                                                                              \
  ONE_OF("AllowedValues", a, b) "<MSFT:List Delimiter=\";\"/></MSFT:AllowedValues>"
#define GROUP(...)                                                                                 \
  "<MSFT:DependencyBehavior><MSFT:DependencyGroup FriendlyId=\"G\">" __VA_ARGS__                   \
  "</MSFT:DependencyGroup></MSFT:DependencyBehavior>"
/* `allowed` without its end tag. */
#define DEPENDENCY(uri, allowed)                                                                   \
  "<MSFT:Dependency Type=\"DependsOn\"><MSFT:DependencyUri>" uri "</MSFT:DependencyUri>" allowed   \
  "</MSFT:DependencyAllowedValue></MSFT:Dependency>"
#define HOLDS(uri, value) DEPENDENCY(uri, ONE_OF("DependencyAllowedValue", value, value))
#define DEPENDS_ON(uri, value) GROUP(HOLDS(uri, value))
/* `changed`, without its end tag, are the node's own values while the other one holds that. */
#define DEPENDS_CHANGING(uri, value, changed)                                                      \
  GROUP(changed "</MSFT:DependencyChangedAllowedValues>" HOLDS(uri, value))

/* The probe, described by that text. Lives as long as the program. */
static inline const omadm_csp_descriptor *plugin_of(const char *ddf) {
  static omadm_csp_descriptor plugin;
  plugin = probe_csp;
  plugin.ddf = ddf;
  plugin.ddf_len = strlen(ddf);
  return &plugin;
}

#endif
