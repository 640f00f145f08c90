// Opt-in: payloads go through codecs on their way to any backend, and back.
#pragma once

#include "perdure/backend/coded_backend.hpp"
#include "perdure/data/payload_codec.hpp"
#include "perdure/perdure.hpp"
