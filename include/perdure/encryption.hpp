// Opt-in: payloads and blobs are encrypted (OpenSSL 3).
#pragma once

#include "perdure/codec.hpp"
#include "perdure/data/encrypted_blob_store.hpp"
#include "perdure/data/encryption_codec.hpp"
#include "perdure/external_storage.hpp"
