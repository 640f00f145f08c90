// Opt-in: what tests of workflows need, in any test framework.
#pragma once

#include "perdure/internals.hpp"
#include "perdure/perdure.hpp"
#include "perdure/testing/budget_growth.hpp"
#include "perdure/testing/contract.hpp"
#include "perdure/testing/explorer.hpp"
#include "perdure/testing/replay_folder.hpp"
#include "perdure/testing/test_environment.hpp"
