# busgen_schema(TARGET FILE.bus ... [PUBLIC] [INLINE] [SPLIT N] [INCLUDE ROOT...])
#
# Turns schemas into C at build time and adds the result to TARGET: FILE.bus.c is compiled into it,
# FILE.bus.h is on its include path (and on that of its users with PUBLIC). Each FILE may lie in a
# folder of its own; list imported schemas too. INCLUDE names further roots that imports may reach.
# SPLIT is for schemas of hundreds of messages: the messages of each FILE go to N files of their own,
# FILE.bus.1.c to FILE.bus.N.c, which compile side by side; call it once for each schema of that size.
# INLINE: FILE.bus.inline.h, too, for who packs and unpacks many messages himself.
# Link TARGET with busgen::runtime yourself. A change of a schema, of what it imports or of busgen
# rebuilds; wrong use of the typed functions is an error (-Werror=incompatible-pointer-types).
#
# Works the same from an installed package and inside Busgen's own build.
function(busgen_schema target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PUBLIC;INLINE" "SPLIT" "INCLUDE")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "busgen_schema: ${target} is not a target; add_executable or add_library first")
  endif()
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "busgen_schema(${target}): no .bus file given")
  endif()

  set(split)
  if(DEFINED arg_SPLIT)
    if(NOT arg_SPLIT MATCHES "^[1-9][0-9]?[0-9]?$")
      message(FATAL_ERROR "busgen_schema(${target}): SPLIT takes a number from 1 to 999, not '${arg_SPLIT}'")
    endif()
    set(split --split ${arg_SPLIT})
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.bus.d)
  file(MAKE_DIRECTORY ${folder})
  set(roots)
  foreach(root IN LISTS arg_INCLUDE)
    get_filename_component(root ${root} ABSOLUTE)
    list(APPEND roots -I ${root})
  endforeach()

  # DEPENDS knows an alias by its real name only.
  get_target_property(compiler busgen::busgen ALIASED_TARGET)
  if(NOT compiler)
    set(compiler busgen::busgen)
  endif()

  foreach(schema IN LISTS arg_UNPARSED_ARGUMENTS)
    get_filename_component(path ${schema} ABSOLUTE)
    get_filename_component(name ${schema} NAME)
    if(NOT name MATCHES "\\.bus$")
      message(FATAL_ERROR "busgen_schema(${target}): ${schema} does not end in .bus")
    endif()
    set(header ${folder}/${name}.h)
    set(emit c)
    if(arg_INLINE)
      set(emit c,inline)
      list(APPEND header ${folder}/${name}.inline.h)
    endif()
    set(sources ${folder}/${name}.c)
    if(split)
      foreach(part RANGE 1 ${arg_SPLIT})
        list(APPEND sources ${folder}/${name}.${part}.c)
      endforeach()
    endif()
    add_custom_command(OUTPUT ${header} ${sources}
      COMMAND ${compiler} gen ${path} -o ${folder} --emit ${emit} ${split} ${roots} -MD
      DEPENDS ${path} ${compiler}
      DEPFILE ${folder}/${name}.d
      COMMENT "busgen ${name}"
      VERBATIM)
    target_sources(${target} PRIVATE ${sources} ${header})
  endforeach()

  set(scope PRIVATE)
  if(arg_PUBLIC)
    set(scope PUBLIC)
  endif()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${folder}>)
  target_compile_options(${target} ${scope}
    $<$<COMPILE_LANGUAGE:C>:-Werror=incompatible-pointer-types>)
endfunction()
