// The library's own classes are compiled once for all test files, and not in each. Clang compiles
// what a precompiled header defines once; for others instances.cpp does.
#pragma once

#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>

#if defined(__clang__) || defined(PERDURE_DEFINE_INSTANCES)
  #define PERDURE_INSTANCE template class
#else
  #define PERDURE_INSTANCE extern template class
#endif

namespace perdure::inline v0 {

PERDURE_INSTANCE engine::engine<engine::memory_store>;
PERDURE_INSTANCE embedded_operations<memory_backend>;
PERDURE_INSTANCE message_operations<memory_backend>;
PERDURE_INSTANCE detail::memory_reading<memory_backend>;
PERDURE_INSTANCE basic_memory_backend<void>;
PERDURE_INSTANCE detail::basic_workflow_executor<void>;
PERDURE_INSTANCE detail::workflow_side<memory_backend>;
PERDURE_INSTANCE detail::activity_side<memory_backend>;
PERDURE_INSTANCE detail::basic_worker_core<memory_backend>;
PERDURE_INSTANCE worker<memory_backend>;
PERDURE_INSTANCE client<memory_backend>;

PERDURE_INSTANCE engine::engine<sqlite::sqlite_store>;
PERDURE_INSTANCE sqlite::worker_side<void>;
PERDURE_INSTANCE embedded_operations<sqlite_backend>;
PERDURE_INSTANCE message_operations<sqlite_backend>;
PERDURE_INSTANCE basic_sqlite_backend<void>;
PERDURE_INSTANCE detail::workflow_side<sqlite_backend>;
PERDURE_INSTANCE detail::activity_side<sqlite_backend>;
PERDURE_INSTANCE detail::basic_worker_core<sqlite_backend>;
PERDURE_INSTANCE worker<sqlite_backend>;
PERDURE_INSTANCE client<sqlite_backend>;

} // namespace perdure::inline v0

#undef PERDURE_INSTANCE
