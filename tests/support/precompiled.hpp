// What nearly all test files need, read once for all of them. Each still includes what it uses.
#pragma once

#include <perdure/codec.hpp>
#include <perdure/external_storage.hpp>
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>
#include <perdure/testing.hpp>

#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/instances.hpp"
#include "support/log_collector.hpp"
#include "support/real_world.hpp"
#include "support/replay_checks.hpp"
#include "support/temporary_folder.hpp"
#include "support/virtual_world.hpp"
