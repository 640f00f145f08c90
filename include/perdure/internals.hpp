// What perdure.hpp brings only where each file compiles the library: see perdure/source.hpp. Not
// for programs.
#pragma once

#include "perdure/backend/memory_backend.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/detail/event_json.hpp"
#include "perdure/perdure.hpp"
#include "perdure/worker/worker_core.hpp"
#ifdef PERDURE_SEPARATE_COMPILATION
  #include "perdure/backend/compiled/compiled_backend_calls.hpp"
#endif
