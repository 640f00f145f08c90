#include "workflows.hpp"

#include <perdure/perdure.hpp>

int main() {
#ifdef CONSUMER_IS_DURABLE
  perdure::sqlite_backend backend{CONSUMER_FILE};
#else
  perdure::memory_backend backend;
#endif
  perdure::worker worker{backend, {.task_queue = "consumer"}};
  worker.add<greeting, greet>();
  worker.start();
  perdure::client client{backend};
  auto const id = perdure::random_uuid();
  auto const text = client.execute_workflow<greeting>("package", {.id = id, .task_queue = "consumer"});
#ifdef CONSUMER_IS_DURABLE
  if (read_result(CONSUMER_FILE, id) != text) return 1;
#endif
  return text == "Hello, package" ? 0 : 1;
}
