// Opt-in: spans of everything in one trace, and metrics kept in memory for Prometheus.
#pragma once

#include "perdure/client/tracing_interceptor.hpp"
#include "perdure/metric_store.hpp"
#include "perdure/perdure.hpp"
#include "perdure/tracing.hpp"
