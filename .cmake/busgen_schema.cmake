# How busgen is called: the target that DEPENDS knows (an alias by its real name only), and -I for each
# include root behind.
function(busgen_private_call compiler_name roots_name)
  get_target_property(compiler busgen::busgen ALIASED_TARGET)
  if(NOT compiler)
    set(compiler busgen::busgen)
  endif()
  set(roots)
  foreach(root IN LISTS ARGN)
    get_filename_component(root ${root} ABSOLUTE)
    list(APPEND roots -I ${root})
  endforeach()
  set(${compiler_name} ${compiler} PARENT_SCOPE)
  set(${roots_name} "${roots}" PARENT_SCOPE)
endfunction()

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
  busgen_private_call(compiler roots ${arg_INCLUDE})

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

# busgen_schema_tests(TARGET FILE.bus [IMPORT.bus ...] [LOCK FILE.lock] [GOLDEN FILE] [SOURCES FILE.c ...]
#                     [INCLUDE ROOT...] [FUZZ])
#
# Tests of the messages of FILE that nobody writes (bus/testing.h): adds the program TARGET, and a test of
# that name to ctest (enable_testing() before it). List imported schemas behind FILE.
#   LOCK     messages of every version that FILE.lock has are read, too (busgen lock)
#   GOLDEN   where the fixed bytes are kept; FILE.bus.golden beside FILE.bus if nothing is said. Commit it.
#            Build the target TARGET_golden to write it: the first time, and when the schema changes on
#            purpose
#   SOURCES  what the generated code wants from you: upgrade functions, handlers of programs
#   FUZZ     TARGET_fuzz, too, a target of libFuzzer with the address and undefined behaviour sanitizers;
#            clang only, with other compilers it is left out
function(busgen_schema_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "FUZZ" "LOCK;GOLDEN" "INCLUDE;SOURCES")
  if(TARGET ${target})
    message(FATAL_ERROR "busgen_schema_tests: ${target} is a target already; it makes one of its own")
  endif()
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "busgen_schema_tests(${target}): no .bus file given")
  endif()
  list(GET arg_UNPARSED_ARGUMENTS 0 schema)
  get_filename_component(path ${schema} ABSOLUTE)
  get_filename_component(name ${schema} NAME)

  set(golden ${path}.golden)
  if(DEFINED arg_GOLDEN)
    get_filename_component(golden ${arg_GOLDEN} ABSOLUTE)
  endif()
  set(against)
  set(lock)
  if(DEFINED arg_LOCK)
    get_filename_component(lock ${arg_LOCK} ABSOLUTE)
    if(NOT EXISTS ${lock})
      message(FATAL_ERROR "busgen_schema_tests(${target}): there is no ${lock}; 'busgen lock FILE.bus' makes it")
    endif()
    set(against --against ${lock})
  endif()
  set(include)
  if(arg_INCLUDE)
    set(include INCLUDE ${arg_INCLUDE})
  endif()
  busgen_private_call(compiler roots ${arg_INCLUDE})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.bus.d)
  set(source ${folder}/${name}.test.c)
  add_custom_command(OUTPUT ${source}
    COMMAND ${compiler} gen ${path} -o ${folder} --emit tests ${against} ${roots}
      --depfile ${folder}/${name}.test.d
    DEPENDS ${path} ${lock} ${compiler}
    DEPFILE ${folder}/${name}.test.d
    COMMENT "busgen ${name}: tests"
    VERBATIM)

  set(programs ${target})
  if(arg_FUZZ AND CMAKE_C_COMPILER_ID MATCHES Clang)
    list(APPEND programs ${target}_fuzz)
  elseif(arg_FUZZ)
    message(STATUS "${target}_fuzz is left out: libFuzzer comes with clang (cmake -DCMAKE_C_COMPILER=clang)")
  endif()
  foreach(program IN LISTS programs)
    add_executable(${program} ${source} ${arg_SOURCES})
    busgen_schema(${program} ${arg_UNPARSED_ARGUMENTS} ${include})
    target_link_libraries(${program} PRIVATE busgen::testing)
  endforeach()
  if(TARGET ${target}_fuzz)
    set(flags -fsanitize=fuzzer,address,undefined)
    target_compile_definitions(${target}_fuzz PRIVATE BUSGEN_FUZZ)
    target_compile_options(${target}_fuzz PRIVATE ${flags} -fno-sanitize-recover=all -g)
    target_link_options(${target}_fuzz PRIVATE ${flags})
  endif()

  add_test(NAME ${target} COMMAND ${target} --golden ${golden})
  get_filename_component(golden_folder ${golden} DIRECTORY)
  add_custom_target(${target}_golden
    COMMAND ${CMAKE_COMMAND} -E make_directory ${golden_folder}
    COMMAND ${target} --update --golden ${golden} VERBATIM)
endfunction()
