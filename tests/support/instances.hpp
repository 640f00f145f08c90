// The library's own classes are compiled once for all test files, and not in each: what these
// declarations name is in instances.cpp.
#pragma once

#include <perdure/perdure.hpp>

namespace perdure::inline v0 {

extern template class engine::engine<engine::memory_store>;
extern template class embedded_operations<memory_backend>;
extern template class message_operations<memory_backend>;
extern template class detail::memory_reading<memory_backend>;
extern template class basic_memory_backend<void>;
extern template class detail::basic_workflow_executor<void>;
extern template class detail::workflow_side<memory_backend>;
extern template class detail::activity_side<memory_backend>;
extern template class worker<memory_backend>;
extern template class client<memory_backend>;

} // namespace perdure::inline v0
