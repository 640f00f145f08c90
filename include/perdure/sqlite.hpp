// Opt-in: workflows that live in an SQLite file (libsqlite3 3.40 or later).
#pragma once

#include "perdure/backend/sqlite_backend.hpp"
#include "perdure/perdure.hpp"
