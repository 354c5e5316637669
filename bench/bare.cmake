# What metrics, accounts and priorities cost: the library once more without them, and one program linked
# with either. Only these targets see BUSGEN_BARE.
find_package(Threads REQUIRED)
get_target_property(sources busgen_objects SOURCES)
add_library(bench_bare_runtime STATIC ${sources} $<TARGET_OBJECTS:busgen_wire>)
target_compile_definitions(bench_bare_runtime PRIVATE BUSGEN_BARE)
target_compile_options(bench_bare_runtime PRIVATE -fvisibility=hidden)
target_include_directories(bench_bare_runtime
  PUBLIC ${PROJECT_SOURCE_DIR}/runtime/include ${PROJECT_SOURCE_DIR}/generated
  PRIVATE ${PROJECT_SOURCE_DIR}/runtime)
target_link_libraries(bench_bare_runtime PRIVATE busgen_strict PUBLIC busgen::ck Threads::Threads)

foreach(kind full bare)
  add_executable(bench_${kind} bare_child.c transport.c clock.c message.c histogram.c busgen.c)
  busgen_schema(bench_${kind} bench.bus INLINE)
  target_include_directories(bench_${kind} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(bench_${kind} PRIVATE busgen_strict)
  add_dependencies(bench bench_${kind})
endforeach()
target_link_libraries(bench_full PRIVATE busgen::runtime)
target_link_libraries(bench_bare PRIVATE bench_bare_runtime)

find_program(BENCH_VALGRIND valgrind)
mark_as_advanced(BENCH_VALGRIND)
set_source_files_properties(bare.c instructions.c PROPERTIES COMPILE_DEFINITIONS
  "BENCH_FULL=\"$<TARGET_FILE:bench_full>\";BENCH_BARE=\"$<TARGET_FILE:bench_bare>\";BENCH_VALGRIND=\"${BENCH_VALGRIND}\"")
bench_group(bare bare.c)
bench_group(instructions instructions.c)
