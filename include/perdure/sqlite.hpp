// Opt-in: workflows that live in an SQLite file (libsqlite3 3.40 or later).
#pragma once

#include "perdure/perdure.hpp"
#ifdef PERDURE_SEPARATE_COMPILATION // see perdure/sqlite_source.hpp
  #include "perdure/backend/compiled/sqlite_backend.hpp"
#else
  #include "perdure/backend/sqlite_backend.hpp"
#endif
