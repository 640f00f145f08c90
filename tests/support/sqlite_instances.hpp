// The same as instances.hpp for the backend in a file: what these declarations name is in
// sqlite_instances.cpp.
#pragma once

#include <perdure/sqlite.hpp>

#include "support/instances.hpp"

namespace perdure::inline v0 {

extern template class engine::engine<sqlite::sqlite_store>;
extern template class sqlite::worker_side<void>;
extern template class embedded_operations<sqlite_backend>;
extern template class message_operations<sqlite_backend>;
extern template class basic_sqlite_backend<void>;
extern template class detail::workflow_side<sqlite_backend>;
extern template class detail::activity_side<sqlite_backend>;
extern template class worker<sqlite_backend>;
extern template class client<sqlite_backend>;

} // namespace perdure::inline v0
