// The classes that instances.hpp declares, for compilers that do not take them from precompiled headers.
#define PERDURE_DEFINE_INSTANCES
#include "support/instances.hpp"
