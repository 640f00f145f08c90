// The classes that sqlite_instances.hpp declares.
#include "support/sqlite_instances.hpp"

namespace perdure::inline v0 {

template class engine::engine<sqlite::sqlite_store>;
template class sqlite::worker_side<void>;
template class embedded_operations<sqlite_backend>;
template class message_operations<sqlite_backend>;
template class basic_sqlite_backend<void>;
template class detail::workflow_side<sqlite_backend>;
template class detail::activity_side<sqlite_backend>;
template class worker<sqlite_backend>;
template class client<sqlite_backend>;

} // namespace perdure::inline v0
