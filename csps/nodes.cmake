# SPDX-License-Identifier: MIT

# Makes the numbers of a DDF's nodes from the DDF, so that nobody types them:
#   cmake -DIN=reboot.ddf.xml -DOUT=reboot_nodes.h -DPREFIX=REBOOT -P nodes.cmake
# gives an enum with one name for each Node element, in document order: PREFIX, then the names of the nodes on the way in capital
# letters ("REBOOT_REBOOTNOW"; the root itself is "PREFIX_ROOT"; an unnamed node is "ANY"), and PREFIX_NODES, their count.
foreach(needed PREFIX OUT IN)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "nodes.cmake needs -D${needed}=…")
  endif()
endforeach()

file(READ "${IN}" text)
string(REPLACE ";" "," text "${text}")
string(REGEX REPLACE "<!--[^>]*-->" "" text "${text}")
string(REGEX MATCHALL "<Node>|</Node>|<NodeName>[^<]*</NodeName>|<NodeName/>" tokens "${text}")

set(depth 0)
set(rows "")
set(count 0)
foreach(token IN LISTS tokens)
  if(token STREQUAL "<Node>")
    math(EXPR depth "${depth} + 1")
  elseif(token STREQUAL "</Node>")
    math(EXPR depth "${depth} - 1")
  else()
    string(REGEX REPLACE "<NodeName>(.*)</NodeName>" "\\1" name "${token}")
    if(name STREQUAL "<NodeName/>" OR name STREQUAL "")
      set(name ANY)
    endif()
    string(TOUPPER "${name}" name)
    string(REGEX REPLACE "[^A-Z0-9]" "_" name "${name}")
    if(depth EQUAL 1)
      set(path_1 "${PREFIX}")
      string(APPEND rows "  ${PREFIX}_ROOT = ${count},\n")
    else()
      math(EXPR above "${depth} - 1")
      set(path_${depth} "${path_${above}}_${name}")
      string(APPEND rows "  ${path_${depth}} = ${count},\n")
    endif()
    math(EXPR count "${count} + 1")
  endif()
endforeach()
if(NOT depth EQUAL 0 OR count EQUAL 0)
  message(FATAL_ERROR "${IN}: Node elements do not match")
endif()

get_filename_component(source "${IN}" NAME)
file(WRITE "${OUT}.new" "/* Made from ${source} by nodes.cmake. */
enum {
${rows}  ${PREFIX}_NODES = ${count}
};
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
