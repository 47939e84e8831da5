# SPDX-License-Identifier: MIT
# What a plugin's build needs beside the headers: its DDF as octets, and the numbers of its nodes. Part of the package omadm.

# omadm_csp_headers(TARGET DDF NAME PREFIX): for the sources of TARGET, NAME_ddf.h with the text of the file DDF as NAME_ddf, and
# NAME_nodes.h with an enum of the numbers of its nodes, PREFIX_….
function(omadm_csp_headers target ddf name prefix)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
  set(tools ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  get_filename_component(ddf ${ddf} ABSOLUTE)
  file(MAKE_DIRECTORY ${made})
  add_custom_command(OUTPUT ${made}/${name}_ddf.h
    COMMAND ${CMAKE_COMMAND} -DIN=${ddf} -DOUT=${made}/${name}_ddf.h -DNAME=${name}_ddf -P ${tools}/embed.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${made}/${name}_ddf.h
    DEPENDS ${ddf} ${tools}/embed.cmake VERBATIM)
  add_custom_command(OUTPUT ${made}/${name}_nodes.h
    COMMAND ${CMAKE_COMMAND} -DIN=${ddf} -DOUT=${made}/${name}_nodes.h -DPREFIX=${prefix} -P ${tools}/nodes.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${made}/${name}_nodes.h
    DEPENDS ${ddf} ${tools}/nodes.cmake VERBATIM)
  add_custom_target(omadm_csp_${name}_made DEPENDS ${made}/${name}_ddf.h ${made}/${name}_nodes.h)
  add_dependencies(${target} omadm_csp_${name}_made)
  target_include_directories(${target} PRIVATE ${made})
endfunction()

# omadm_add_csp(NAME SOURCE...): the target NAME, a plugin NAME.so that shows its descriptor and no other name.
function(omadm_add_csp name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
  target_link_libraries(${name} PRIVATE omadm::csp)
endfunction()
