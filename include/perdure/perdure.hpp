// perdure: durable workflows as coroutines. The whole core; needs nothing but the standard library.
#pragma once

#include "perdure/backend/backend.hpp"
#include "perdure/client/client.hpp"
#include "perdure/client/start_workflow_action.hpp"
#include "perdure/execution/replayer.hpp"
#include "perdure/history/forked_from.hpp"
#include "perdure/history/history.hpp"
#include "perdure/worker/worker.hpp"
#include "perdure/workflow.hpp"
#ifdef PERDURE_SEPARATE_COMPILATION // see perdure/source.hpp
  #include "perdure/backend/compiled/memory_backend.hpp"
#else
  #include "perdure/backend/memory_backend.hpp"
#endif
