// Where the coroutines of a run stand: each line of execution, what it waits for, and where.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include "perdure/config.hpp"
#include "perdure/workflow/message_desk.hpp"
#include "perdure/workflow/operand_group.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

/// Writes a trace of a run between two turns, when every coroutine is suspended.
template <class Unused = void>
class stack_trace {
public:
  [[nodiscard]] static auto of(run_context const& run) -> std::string {
    stack_trace trace{run};
    if (run.main_coroutine && !run.main_coroutine.done() && !run.ended)
      trace.line_of(run.main, "workflow " + run.identity.workflow_type.str(), 0);
    if (message_desk const* const desk = find_desk(run))
      for (message_handler const* const handler : desk->handlers())
        for (auto const& each : handler->running) trace.line_of(*each, name_of(*each), 0);
    return trace.text_.empty() ? "no coroutine of this run is alive" : trace.text_;
  }

private:
  explicit stack_trace(run_context const& run) noexcept : run_{&run} {}

  [[nodiscard]] static auto name_of(handler_strand const& at_work) -> std::string {
    bool const is_signal = at_work.handler->kind == message_kind::signal;
    std::string name = is_signal ? "handler of " : "handler of update ";
    name += at_work.handler->name.empty() ? "any" : "'" + at_work.handler->name.str() + "'";
    if (is_signal) return name.insert(11, "signal ");
    return name + " (update id " + at_work.update_id.str() + ")";
  }
  [[nodiscard]] static auto place(std::source_location at) -> std::string {
    if (at.line() == 0) return {};
    return " at " + std::string{at.file_name()} + ":" + std::to_string(at.line());
  }
  void write(std::uint32_t indent, std::string const& line) {
    if (!text_.empty()) text_ += '\n';
    text_.append(2 * indent, ' ') += line;
  }

  /// One strand: what it waits for, and the awaits that led there, innermost first.
  void line_of(strand const& line, std::string const& name, std::uint32_t indent) {
    write(indent, name);
    if (line.pending == nullptr) return write(indent + 1, "is about to go on" + place(line.at));
    wait_facts const facts = line.pending->waits_for();
    write(indent + 1, "waits for " + what_of(facts) + place(line.at));
    for (std::uint32_t i = 0; i < facts.count; ++i)
      if (child_strand const* const child = facts.operands[i].child)
        if (child->run != nullptr && !child->start.done())
          line_of(*child, "operand " + std::to_string(i), indent + 2);
    if (facts.inner != nullptr) line_of(*facts.inner, "coroutine", indent + 2);
    bool const of_handler = line.root == &line && line.root != &run_->main;
    for (call_site const* site = line.call; site != nullptr; site = site->outer)
      if (site->outer != nullptr || !of_handler) // the last one of a handler is the library's own
        write(indent + 1, "awaited" + place(site->source));
  }
  [[nodiscard]] auto what_of(wait_facts const& facts) const -> std::string {
    switch (facts.what) {
    case wait_facts::kind::operation: return describe(run_->machine.at(facts.operation));
    case wait_facts::kind::start:
      return "the start of " + describe(run_->machine.at(facts.operation));
    case wait_facts::kind::signal: return "signal '" + std::string{facts.name} + "'";
    case wait_facts::kind::condition: return "a condition";
    case wait_facts::kind::strand: return "a coroutine, for a limited time";
    case wait_facts::kind::line: return std::string{facts.name};
    case wait_facts::kind::operands: break;
    }
    std::string text = std::to_string(facts.count) + " operands";
    for (std::uint32_t i = 0; i < facts.count; ++i) {
      auto const index = facts.operands[i].operation;
      if (index != replay::no_operation && !run_->machine.at(index).resolved)
        text += (text.ends_with("operands") ? ": " : ", ") + describe(run_->machine.at(index));
    }
    return text;
  }
  [[nodiscard]] static auto describe(replay::operation const& op) -> std::string {
    static constexpr char const* kinds[] = {
        "activity",       "local activity",          "timer",
        "child workflow", "a signal to another run", "the cancellation of another run"};
    return kinds[static_cast<std::size_t>(op.kind)] + replay::detail::subject(op.command);
  }

  run_context const* run_;
  std::string text_;
};

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
