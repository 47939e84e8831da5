# SPDX-License-Identifier: MIT

# One library for those who embed: libomadm.a is one object made of all the archives, in which every symbol that no public header
# exports (OMADM_EXPORT) is local, so that names of ours and of a vendor's program cannot meet. The CSPs that are built into omadm(1)
# are part of it (<omadm/builtin.h>); the command itself, the plugins and the test tools are not: no public header reaches them.
set(parts omadm_base omadm_uri omadm_engine omadm_framework omadm_sandbox_host omadm_tpm_digest omadm_tpm omadm_attestation omadm_eventlog
    omadm_transport omadm_settings omadm_provisioning omadm_csps omadm_builtin)
set(archives ${parts})
list(TRANSFORM archives PREPEND "$<TARGET_FILE:")
list(TRANSFORM archives APPEND ">")
set(object ${PROJECT_BINARY_DIR}/omadm.o)
set(library ${PROJECT_BINARY_DIR}/libomadm.a)
add_custom_command(OUTPUT ${library} ${object}
  COMMAND ${CMAKE_LINKER} -r --whole-archive ${archives} -o ${object}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${library}
  COMMAND ${CMAKE_AR} rcs ${library} ${object}
  DEPENDS ${parts} VERBATIM)
add_custom_target(omadm_all ALL DEPENDS ${library})


# The same object as a shared library.
add_library(omadm_shared SHARED ${object})
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
omadm_target(omadm_shared)
set_target_properties(omadm_shared PROPERTIES OUTPUT_NAME omadm LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
                      SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/omadm.map)
target_link_options(omadm_shared PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/omadm.map)
target_link_libraries(omadm_shared PRIVATE PkgConfig::EXPAT PkgConfig::LIBXML2 PkgConfig::SQLITE PkgConfig::CURL PkgConfig::CRYPTO
                      PkgConfig::TSS2 PkgConfig::PCRE2 Threads::Threads ${CMAKE_DL_LIBS})
add_dependencies(omadm_shared omadm_all)

include(cmake/install.cmake)
