# What `cmake --install` puts where. Included last, when every target is known.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/busgen)

set(not_built)
if(NOT TARGET busgen_store)
  set(not_built PATTERN sqlite_store.h EXCLUDE)
endif()
if(NOT TARGET busgen_http)
  list(APPEND not_built PATTERN http.h EXCLUDE)
endif()
install(DIRECTORY runtime/include/bus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" ${not_built})
install(FILES generated/bus_system.bus.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} OPTIONAL)
install(FILES generated/bus_system.bus generated/bus_system.fbs
  DESTINATION ${CMAKE_INSTALL_DATADIR}/busgen OPTIONAL)
install(DIRECTORY codegen/editors DESTINATION ${CMAKE_INSTALL_DATADIR}/busgen)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(TARGET busgen_runtime AND TARGET busgen)
  set(libraries busgen_runtime busgen_testing)
  if(TARGET busgen_runtime_shared)
    list(APPEND libraries busgen_runtime_shared)
  endif()
  install(TARGETS busgen ${libraries} EXPORT busgen
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT busgen NAMESPACE busgen:: FILE busgen-targets.cmake DESTINATION ${package_folder})
endif()
if(TARGET busgen_store AND TARGET busgen)
  set(stores busgen_store)
  if(TARGET busgen_store_shared)
    list(APPEND stores busgen_store_shared)
  endif()
  install(TARGETS ${stores} EXPORT busgen-store
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT busgen-store NAMESPACE busgen:: FILE busgen-store-targets.cmake
    DESTINATION ${package_folder})
endif()
if(TARGET busgen_http AND TARGET busgen)
  set(https busgen_http)
  if(TARGET busgen_http_shared)
    list(APPEND https busgen_http_shared)
  endif()
  install(TARGETS ${https} EXPORT busgen-http
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT busgen-http NAMESPACE busgen:: FILE busgen-http-targets.cmake
    DESTINATION ${package_folder})
endif()

set(pages)
if(TARGET busgen_page)
  list(APPEND pages ${PROJECT_BINARY_DIR}/man/busgen.1)
endif()
if(TARGET busadm)
  list(APPEND pages runtime/admin/man/busadm.1)
  install(TARGETS busadm RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES runtime/admin/completion/busadm
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

configure_package_config_file(.cmake/busgen-config.cmake.in ${PROJECT_BINARY_DIR}/busgen-config.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/busgen-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/busgen-config.cmake ${PROJECT_BINARY_DIR}/busgen-config-version.cmake
  .cmake/busgen_schema.cmake DESTINATION ${package_folder})

# pkg-config: paths below the prefix stay relative to the .pc file, so that the prefix can be chosen
# at install time, and moved.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" up ${up})
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
foreach(kind BINDIR LIBDIR INCLUDEDIR)
  string(TOLOWER ${kind} name)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${kind}})
    set(pc_${name} ${CMAKE_INSTALL_${kind}})
  else()
    set(pc_${name} "\${prefix}/${CMAKE_INSTALL_${kind}}")
  endif()
endforeach()
configure_file(.cmake/busgen.pc.in ${PROJECT_BINARY_DIR}/busgen.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/busgen.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach(part store http testing)
  if(TARGET busgen_${part})
    configure_file(.cmake/busgen-${part}.pc.in ${PROJECT_BINARY_DIR}/busgen-${part}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/busgen-${part}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endif()
endforeach()
