#include "workflows.hpp"

int main() {
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "consumer"}};
  worker.add<greeting, greet>();
  worker.start();
  perdure::client client{backend};
  auto const text = client.execute_workflow<greeting>("package", {.id = "consumer", .task_queue = "consumer"});
  return text == "Hello, package" ? 0 : 1;
}
