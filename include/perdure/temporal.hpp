// Opt-in: workflows on a Temporal cluster. Link perdure::temporal, which needs gRPC and protobuf.
#pragma once

#include "perdure/backend/temporal/configuration/environment.hpp"
#include "perdure/backend/temporal_backend.hpp"
#include "perdure/perdure.hpp"
