# SPDX-License-Identifier: MIT
# omadm_operations_plugin(NAME PREFIX): NAME.so among the plugins, of NAME.c and the sources that plugins with operations share. It
# sees <omadm/csp.h>, its own folder and csps/operations, like a plugin of a stranger.
function(omadm_operations_plugin name prefix)
  set(shared ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(target omadm_csp_${name}_plugin)
  add_library(${target} MODULE ${name}.c ${shared}/command.c ${shared}/keeper.c ${shared}/object.c ${shared}/outcome.c
              ${shared}/output.c ${shared}/packages.c ${shared}/rows.c ${shared}/run.c ${shared}/settings.c ${shared}/work.c)
  omadm_target(${target})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plugins)
  target_include_directories(${target} PRIVATE ${shared}/..)
  target_compile_definitions(${target} PRIVATE CSP_VERSION="${PROJECT_VERSION}")
  omadm_csp_ddf(${target} ${name} ${prefix})
  install(TARGETS ${target} LIBRARY DESTINATION ${OMADM_PLUGIN_DIR} COMPONENT plugins)
endfunction()
