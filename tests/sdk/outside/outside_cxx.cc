// SPDX-License-Identifier: MIT
// A plugin in C++11: no designated initialisers, no exception leaves a slot.
#include <omadm/csp.h>

#include <new>
#include <string>

namespace {

struct Plugin {
  const omadm_csp_services *services;
  uint64_t host;
  std::string text;
};

omadm_status plugin_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  Plugin *plugin = new (std::nothrow) Plugin{services, host, "built in C++"};
  *self = reinterpret_cast<uintptr_t>(plugin);
  return plugin != nullptr ? omadm_status{OMADM_ST_OK} : omadm_status{OMADM_ST_FAILED};
}

void plugin_close(uint64_t self) {
  delete reinterpret_cast<Plugin *>(static_cast<uintptr_t>(self));
}

omadm_status plugin_get(uint64_t self, const omadm_csp_request *request) {
  const Plugin *plugin = reinterpret_cast<Plugin *>(static_cast<uintptr_t>(self));
  const omadm_str text = {plugin->text.data(), plugin->text.size()};
  const bool told = plugin->services->value(plugin->host, request->token, text) == OMADM_OK;
  return told ? omadm_status{OMADM_ST_OK} : omadm_status{OMADM_ST_FAILED};
}

const char ddf[] = "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>OutsideCxx</NodeName>"
                   "<Path>./Vendor</Path><DFProperties><AccessType><Get/></AccessType>"
                   "<DFFormat><chr/></DFFormat><Scope><Permanent/></Scope><DFType>"
                   "<MIME>text/plain</MIME></DFType></DFProperties></Node></MgmtTree>";

omadm_csp_slots make_slots() {
  omadm_csp_slots slots = omadm_csp_slots();
  slots.struct_size = sizeof slots;
  slots.open = plugin_open;
  slots.close = plugin_close;
  slots.get = plugin_get;
  return slots;
}

const omadm_csp_slots slots = make_slots();
const omadm_csp_descriptor descriptor = {OMADM_CSP_ABI,
                                         sizeof(omadm_csp_descriptor),
                                         "OutsideCxx",
                                         "1.0",
                                         ddf,
                                         sizeof ddf - 1,
                                         &slots,
                                         0,
                                         0};

} // namespace

OMADM_CSP_PLUGIN(descriptor)
