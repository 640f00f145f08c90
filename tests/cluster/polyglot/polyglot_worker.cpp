// The C++ half of polyglot.py: workflows and activities that Python calls, and that call Python's.
//   perdure_polyglot worker ADDRESS CPP_QUEUE
//   perdure_polyglot client ADDRESS PY_QUEUE CPP_QUEUE PREFIX
#include "polyglot.hpp"

#include <perdure/telemetry.hpp>

#include <iostream>
#include <stdexcept>

namespace polyglot {
namespace {

// ---- an order: activities and children of the other language, values of all kinds

inline constexpr perdure::remote_activity<"py_price", double(line, shipping)> py_price;
inline constexpr perdure::remote_activity<"py_reversed", bytes(bytes)> py_reversed;
inline constexpr perdure::remote_workflow<"py_receipt", receipt(order, double)> py_receipt;

auto cpp_price(line each, shipping how) -> double {
  return each.count * each.price + (how == shipping::express ? 5 : 0);
}
auto cpp_reversed(bytes data) -> bytes { return {data.rbegin(), data.rend()}; }

perdure::workflow<receipt> cpp_receipt(order placed, double total) {
  receipt made{.customer = placed.customer, .how = placed.how, .total = total};
  for (line const& each : placed.lines)
    if (each.note) made.notes.push_back(*each.note);
  for (auto const& [kind, count] : placed.points) made.points += count;
  made.gift = placed.gift;
  made.made_by = "C++";
  co_return made;
}

perdure::workflow<receipt> cpp_order(order placed, std::string py_queue) {
  perdure::activity_options const there{.start_to_close_timeout = 30s, .task_queue = py_queue};
  double total = 0;
  for (line const& each : placed.lines)
    total += co_await perdure::execute_activity<py_price>(each, placed.how, there);
  bytes const plain{std::byte{0}, std::byte{1}, std::byte{255}};
  bytes const seal = co_await perdure::execute_activity<py_reversed>(plain, there);
  perdure::child_workflow_options const as{.id = perdure::info().workflow_id + "/receipt",
                                           .task_queue = py_queue};
  receipt made = co_await perdure::execute_child_workflow<py_receipt>(placed, total, as);
  for (std::byte const each : seal) made.seal.push_back(std::to_integer<int>(each));
  co_return made;
}

// ---- errors: how they arrive at the other side

inline constexpr perdure::remote_activity<"py_decline", void(std::string)> py_decline;
inline constexpr perdure::remote_activity<"py_stumble", int()> py_stumble;
inline constexpr perdure::remote_workflow<"py_declined", int(std::string)> py_declined;
inline constexpr perdure::remote_workflow<"py_relays", void(std::string)> py_relays;

[[noreturn]] void decline(std::string const& who) {
  perdure::application_error const deeper{"no funds: " + who, {.type = "NoFunds"}};
  throw perdure::application_error{"card declined",
                                   {.type = "CardDeclined",
                                    .non_retryable = true,
                                    .details = perdure::to_payloads(reason{7, "ask the bank"}),
                                    .cause = deeper.failure()}};
}
void cpp_decline(std::string who) { decline(who); }
auto cpp_stumble() -> int { throw std::runtime_error{"out of paper"}; }
perdure::workflow<int> cpp_declined(std::string who) {
  co_await perdure::sleep(1ms);
  decline(who);
}

/// Lets an error of the other language through.
perdure::workflow<void> cpp_relays(std::string py_queue) {
  perdure::activity_options const there{.start_to_close_timeout = 30s, .task_queue = py_queue};
  co_await perdure::execute_activity<py_decline>("Zoë", there);
}

auto link_of(perdure::failure const& why) -> std::string {
  if (auto const* const it = std::get_if<perdure::application_failure_info>(&why.info))
    return it->type + ": " + why.message;
  if (auto const* const it = std::get_if<perdure::activity_failure_info>(&why.info))
    return "activity " + it->activity_type.str();
  if (auto const* const it = std::get_if<perdure::child_workflow_failure_info>(&why.info))
    return "child " + it->workflow_type.str();
  return why.message;
}

auto seen(perdure::failure_error const& error, perdure::retry_state state) -> seen_error {
  seen_error made{.chain = chain_of(error.failure()), .retry_state = static_cast<int>(state)};
  for (auto const* at = &error.failure(); at != nullptr; at = at->cause.get()) {
    auto const* const it = std::get_if<perdure::application_failure_info>(&at->info);
    if (it == nullptr) continue;
    made.non_retryable = it->non_retryable;
    if (!it->details.empty())
      made.details = std::get<0>(perdure::from_payloads<reason>(it->details));
    break;
  }
  return made;
}

perdure::workflow<std::vector<seen_error>> cpp_sees_errors(std::string py_queue,
                                                           std::string cpp_queue) {
  std::vector<seen_error> all;
  perdure::activity_options there{.start_to_close_timeout = 30s, .task_queue = py_queue};
  there.retry_policy = {.initial_interval = 1ms, .maximum_attempts = 2};
  perdure::child_workflow_options as{.task_queue = py_queue};
  try {
    co_await perdure::execute_activity<py_decline>("Zoë", there);
  } catch (perdure::activity_error const& error) {
    all.push_back(seen(error, error.retry_state()));
  }
  try {
    (void)co_await perdure::execute_activity<py_stumble>(there);
  } catch (perdure::activity_error const& error) {
    all.push_back(seen(error, error.retry_state()));
  }
  as.id = perdure::info().workflow_id + "/declined";
  try {
    (void)co_await perdure::execute_child_workflow<py_declined>("Zoë", as);
  } catch (perdure::child_workflow_error const& error) {
    all.push_back(seen(error, error.retry_state()));
  }
  as.id = perdure::info().workflow_id + "/relays";
  try {
    co_await perdure::execute_child_workflow<py_relays>(cpp_queue, as);
  } catch (perdure::child_workflow_error const& error) {
    all.push_back(seen(error, error.retry_state()));
  }
  co_return all;
}

// ---- a ledger: signals, queries and updates from the other language

class cpp_ledger {
public:
  perdure::workflow<std::vector<entry>> run() {
    co_await perdure::wait_until([this] { return closed_; });
    co_return entries_;
  }
  void note(entry more) { entries_.push_back(std::move(more)); }
  void close() { closed_ = true; }
  auto total(std::string unit) const -> balance {
    balance made{.unit = std::move(unit)};
    for (entry const& each : entries_) {
      made.total += each.amount;
      made.whats.push_back(each.what);
    }
    return made;
  }
  auto add(entry more) -> std::int64_t {
    if (more.amount > 1000) throw perdure::application_error{"too much", {.type = "TooMuch"}};
    entries_.push_back(std::move(more));
    return total("").total;
  }
  void check_add(entry const& more) const {
    if (more.amount > 0) return;
    throw perdure::application_error{
        "no amount", {.type = "NoAmount", .details = perdure::to_payloads(reason{1, more.what})}};
  }
  using messages = perdure::messages<&cpp_ledger::note, &cpp_ledger::close, &cpp_ledger::total,
                                     perdure::validated<&cpp_ledger::add, &cpp_ledger::check_add>>;

private:
  std::vector<entry> entries_{};
  bool closed_{false};
};

// ---- a trace that a Python client has begun

inline constexpr perdure::remote_activity<"py_traceparent", std::string()> py_traceparent;

perdure::workflow<std::vector<std::string>> cpp_traced(std::string py_queue) {
  using carrier = std::map<std::string, std::string>;
  auto const sent = perdure::info().header.get<carrier>("_tracer-data").value_or(carrier{});
  std::vector<std::string> seen{sent.contains("traceparent") ? sent.at("traceparent") : "none"};
  seen.push_back(co_await perdure::execute_activity<py_traceparent>(
      {.start_to_close_timeout = 30s, .task_queue = py_queue}));
  co_return seen;
}

class no_spans final : public perdure::tracer {
  void ended(perdure::span const&) override {}
};

} // namespace

auto chain_of(perdure::failure const& why) -> std::vector<std::string> {
  std::vector<std::string> chain;
  for (auto const* at = &why; at != nullptr; at = at->cause.get()) chain.push_back(link_of(*at));
  return chain;
}

void serve(perdure::temporal_backend& backend, std::string const& queue) {
  perdure::worker worker{backend,
                         {.task_queue = queue,
                          .interceptors = {std::make_shared<perdure::tracing_interceptor>(
                              std::make_shared<no_spans>())}}};
  worker.add<cpp_price, cpp_reversed, cpp_receipt, cpp_order>();
  worker.add<cpp_decline, cpp_stumble, cpp_declined, cpp_relays, cpp_sees_errors>();
  worker.add<&cpp_ledger::run, cpp_traced>();
  worker.run();
}

} // namespace polyglot

auto main(int count, char** words) -> int {
  std::vector<std::string> const said(words + 1, words + count);
  if (said.size() < 3) {
    std::cerr << "usage: perdure_polyglot worker ADDRESS CPP_QUEUE | client ADDRESS PY_QUEUE "
                 "CPP_QUEUE PREFIX\n";
    return 2;
  }
  try {
    perdure::temporal_backend backend{{.address = said[1], .namespace_ = "default"}};
    if (said[0] == "worker")
      polyglot::serve(backend, said[2]);
    else
      polyglot::run_client(backend, said.at(2), said.at(3), said.at(4));
  } catch (std::exception const& error) {
    std::cerr << "perdure_polyglot: " << error.what() << '\n';
    return 1;
  }
}
