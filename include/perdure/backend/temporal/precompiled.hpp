// What nearly every file of this folder includes, parsed once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"
