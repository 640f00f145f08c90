// Opt-in: big payloads are kept in a blob store, and histories hold references to them.
#pragma once

#include "perdure/backend/collect_blobs.hpp"
#include "perdure/codec.hpp"
#include "perdure/data/blob.hpp"
#include "perdure/data/blob_store.hpp"
#include "perdure/data/external_storage.hpp"
#include "perdure/data/file_blob_store.hpp"
