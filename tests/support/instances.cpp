// The classes that instances.hpp declares.
#include "support/instances.hpp"

namespace perdure::inline v0 {

template class engine::engine<engine::memory_store>;
template class embedded_operations<memory_backend>;
template class message_operations<memory_backend>;
template class detail::memory_reading<memory_backend>;
template class basic_memory_backend<void>;
template class detail::basic_workflow_executor<void>;
template class detail::workflow_side<memory_backend>;
template class detail::activity_side<memory_backend>;
template class worker<memory_backend>;
template class client<memory_backend>;

} // namespace perdure::inline v0
