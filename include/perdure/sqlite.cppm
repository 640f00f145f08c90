// perdure.hpp and sqlite.hpp as a C++20 module: `import perdure.sqlite;`. Built like perdure.cppm,
// with -fmodule-file=perdure=perdure.pcm; by CMake as the target perdure::sqlite_module.
module;

#include "perdure/sqlite.hpp"

export module perdure.sqlite;

export import perdure;

// Instantiated here, once, and not in every file that imports this.
namespace perdure::inline v0 {
template class engine::engine<sqlite::sqlite_store>;
template class sqlite::worker_side<void>;
template class embedded_operations<sqlite_backend>;
template class message_operations<sqlite_backend>;
template class basic_sqlite_backend<void>;
template class detail::workflow_side<sqlite_backend>;
template class detail::activity_side<sqlite_backend>;
template class detail::basic_worker_core<sqlite_backend>;
template class worker<sqlite_backend>;
template class client<sqlite_backend>;
} // namespace perdure::inline v0

// Written by tests/package/check_modules.py --write.
export namespace perdure {
using perdure::basic_sqlite_backend, perdure::sqlite_backend, perdure::sqlite_backend_options,
    perdure::sqlite_statistics, perdure::sqlite_synchronous;
}
