// Opt-in: messages of Protocol Buffers as arguments and results. A program that includes it links
// protobuf::libprotobuf.
#pragma once

#include "perdure/data/protobuf_payload.hpp"
#include "perdure/perdure.hpp"
