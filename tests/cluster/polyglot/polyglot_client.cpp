// A C++ client of Python's workflows.
#include "polyglot.hpp"

#include <iostream>
#include <stdexcept>
#include <type_traits>

namespace polyglot {
namespace {

inline constexpr perdure::remote_workflow<"py_order", receipt(order, std::string)> py_order;
inline constexpr perdure::remote_workflow<"py_declined", int(std::string)> py_declined;
inline constexpr perdure::remote_workflow<"py_ledger", std::vector<entry>()> py_ledger;

inline constexpr perdure::signal<entry> note{"note"};
inline constexpr perdure::signal<> close{"close"};
inline constexpr perdure::query<balance(std::string)> total{"total"};
inline constexpr perdure::update<std::int64_t(entry)> add{"add"};

using texts = std::vector<std::string>;

template <class T>
void expect(std::string const& what, T const& found, std::type_identity_t<T> const& wanted) {
  if (found == wanted) return;
  throw std::runtime_error{what + ": " + perdure::to_text(found) + ", not " +
                           perdure::to_text(wanted)};
}

/// What `call` fails with.
template <class Call>
auto failure_of(std::string const& what, Call call) -> perdure::application_error {
  try {
    (void)call();
  } catch (perdure::application_error const& error) {
    return error;
  }
  throw std::runtime_error{what + ": no error"};
}

using client_type = perdure::client<perdure::temporal_backend>;

void plays_order(client_type const& client, perdure::workflow_options const& options,
                 std::string const& cpp_queue) {
  order const placed{.customer = "Zoë \"Z\" \\ \n😀",
                     .how = shipping::express,
                     .lines = {{"lamp", 2, 12.25, "fragile"}, {"pen", 3, 0.5, {}}},
                     .points = {{"big", 9'007'199'254'740'993}, {"small", -3}},
                     .gift = true};
  receipt const wanted{.customer = placed.customer,
                       .how = shipping::express,
                       .total = 36.0,
                       .notes = {"fragile"},
                       .points = 9'007'199'254'740'990,
                       .gift = true,
                       .seal = {255, 1, 0},
                       .made_by = "C++"};
  expect("the order", client.execute_workflow<py_order>(placed, cpp_queue, options), wanted);
  std::cout << "a C++ client has a Python workflow take an order\n";
}

void plays_errors(client_type const& client, perdure::workflow_options const& options) {
  auto const error = failure_of(
      "a declined card", [&] { return client.execute_workflow<py_declined>("Zoë", options); });
  expect("its chain", chain_of(error.failure()),
         texts{"CardDeclined: card declined", "NoFunds: no funds: Zoë"});
  expect("its type", error.type(), "CardDeclined");
  expect("whether it is final", error.non_retryable(), true);
  expect("its details", std::get<0>(perdure::from_payloads<reason>(error.details())),
         reason{7, "ask the bank"});
  std::cout << "a C++ client gets the error of a Python workflow\n";
}

void plays_ledger(client_type const& client, perdure::workflow_options const& options) {
  auto const handle = client.start_workflow<py_ledger>(options);
  handle.signal(note, entry{"rent", 700});
  expect("after a signal", handle.query(total, "EUR"), balance{"EUR", 700, {"rent"}});
  expect("an update", handle.update(add, entry{"tea", 5}), 705);
  auto const started = handle.start_update(add, entry{"milk", 2});
  expect("a started update", started.result(), 707);

  auto const rejected =
      failure_of("a rejected update", [&] { return handle.update(add, entry{"air", 0}); });
  expect("why it was rejected", rejected.type() + ": " + rejected.message(), "NoAmount: no amount");
  expect("the details of that", std::get<0>(perdure::from_payloads<reason>(rejected.details())),
         reason{1, "air"});
  auto const failed =
      failure_of("a failed update", [&] { return handle.update(add, entry{"car", 9000}); });
  expect("why it failed", failed.type() + ": " + failed.message(), "TooMuch: too much");

  expect("after all that", handle.query(total, "USD"),
         balance{"USD", 707, {"rent", "tea", "milk"}});
  handle.signal(close);
  expect("the result", handle.result(), std::vector<entry>{{"rent", 700}, {"tea", 5}, {"milk", 2}});
  std::cout << "a C++ client signals, queries and updates a Python workflow\n";
}

} // namespace

void run_client(perdure::temporal_backend& backend, std::string const& py_queue,
                std::string const& cpp_queue, std::string const& prefix) {
  perdure::client const client{backend};
  auto const options = [&](std::string const& scene) {
    return perdure::workflow_options{
        .id = prefix + scene, .task_queue = py_queue, .workflow_execution_timeout = 60s};
  };
  plays_order(client, options("order"), cpp_queue);
  plays_errors(client, options("errors"));
  plays_ledger(client, options("ledger"));
}

} // namespace polyglot
