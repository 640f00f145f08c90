// Plays a program on a backend: a worker, and a client that does its script and says what was
// acknowledged. Also goes on where another process has died.
#pragma once

#include <perdure/perdure.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "durable_workflows.hpp"
#include "history_checks.hpp"

namespace reliability {

/// `Kind` says which backend and how to open it: `backend`, `open(place, seed of run ids)`,
/// `is_virtual`.
template <class Kind>
class player {
public:
  using backend_type = typename Kind::backend;

  /// `first_seed`: of run ids. Another for each process and each opening, or virtual time would
  /// give the same ids again.
  player(Kind kind, place where, program const& what, std::uint64_t first_seed)
      : kind_{kind}, where_{std::move(where)}, program_{&what}, seed_{first_seed} {
    perdure::set_log_sink(&perdure::log_to_stderr, perdure::log_level::error);
    if (side_log_file >= 0) return;
    side_log_file =
        ::open(where_.side_log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  player(player const&) = delete;
  auto operator=(player const&) -> player& = delete;
  ~player() { close(); }

  void open() { backend_ = kind_.open(where_, seed_++); }
  void start_worker() {
    worker_.emplace(*backend_, perdure::worker_options{.task_queue = "q"});
    try {
      worker_->template add<carry_out, work>();
      worker_->start();
    } catch (...) {
      worker_.reset();
      throw;
    }
  }
  void close() {
    worker_.reset();
    backend_.reset();
  }
  [[nodiscard]] auto backend() -> backend_type& { return *backend_; }
  /// How often each signal was sent from here: `<workflow id> <value>`.
  [[nodiscard]] auto sent() const -> std::map<std::string, int> const& { return sent_; }

  /// The whole script. `resumed`: an earlier process may have done a part of it.
  /// False if it gave up, which it only does when the disk fails.
  auto play(reporter const* acked, bool resumed) -> bool {
    for (client_step const& each : program_->script) {
      auto const said = insist(each, acked, resumed);
      if (!said) return false;
      if (acked != nullptr && !said->empty()) acked->say(*said);
    }
    return true;
  }

  /// The same where others do the work.
  auto play_as_client(reporter const& acked) -> bool {
    works_ = false;
    return play(&acked, false);
  }

private:
  /// One step of the client; tried again, from what is there, when the disk fails. Nothing: gives
  /// up.
  auto insist(client_step const& step, reporter const* acked, bool resumed)
      -> std::optional<std::string> {
    bool again = resumed;
    for (int tries = 0; tries < 6;) {
      try {
        if (!backend_) open();
        if (!worker_ && works_) start_worker();
        return take(step, acked, std::exchange(again, true));
      } catch (perdure::error const& e) {
        if (!io_shim_struck()) throw;
        // First with what is open; then as a program does that was started again.
        if (tries++ == 0 && backend_) continue;
        if (!Kind::is_durable && backend_) throw;
        close();
      } catch (std::bad_alloc const&) { // each time there is more memory
        if (!io_shim_struck()) throw;
      }
    }
    return std::nullopt;
  }
  auto take(client_step const& step, reporter const* acked, bool resumed) -> std::string {
    job const& j = program_->jobs[step.which];
    std::string const which = " " + std::to_string(step.which);
    switch (step.what) {
    case client_step::kind::start: start(j, resumed); return "started" + which;
    case client_step::kind::signal: {
      std::string const value = std::to_string(step.value);
      if (!resumed || !signals_of(survey_of(*backend_), j.name).contains(value)) {
        ++sent_[j.name + " " + value];
        if (acked != nullptr) acked->say("sending" + which + " " + value);
        handle_of(j).signal(note, step.value);
      }
      return "signalled" + which + " " + value;
    }
    case client_step::kind::cancel: cancel(j, resumed); return "cancelled" + which;
    case client_step::kind::settle: settle(); return {};
    case client_step::kind::result: return "result" + which + " " + result_of(j);
    }
    return {};
  }

  void start(job const& j, bool resumed) {
    perdure::workflow_options options{};
    options.id = j.name;
    options.task_queue = "q";
    options.id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate;
    try {
      perdure::client{*backend_}.template start_workflow<carry_out>(j, options);
    } catch (perdure::error const& e) {
      if (!resumed || e.code() != perdure::errc::already_started) throw;
    }
  }
  void cancel(job const& j, bool resumed) {
    constexpr auto asked = perdure::event_type::workflow_execution_cancel_requested;
    for (int looks = 0;; ++looks) {
      survey const all = survey_of(*backend_);
      if (resumed && has_event(all, j.name, asked)) return;
      if (waits_to_be_cancelled(all, j.name)) break;
      if (looks == 5'000) throw std::runtime_error{j.name + " never waits to be cancelled"};
      // An attempt whose end could not be kept is tried again when its time is up.
      if (looks < 100)
        settle();
      else if constexpr (Kind::is_virtual)
        backend_->advance(std::chrono::seconds{1});
      if (!Kind::is_virtual) std::this_thread::sleep_for(std::chrono::milliseconds{looks / 100});
    }
    handle_of(j).cancel("enough");
  }
  [[nodiscard]] static auto waits_to_be_cancelled(survey const& all, std::string const& id)
      -> bool {
    for (auto const& [run_id, run] : all)
      for (perdure::event const& e : run.events)
        if (auto const* x = e.attributes.get_if<perdure::events::timer_started>();
            x != nullptr && run.workflow_id == id &&
            x->start_to_fire_timeout == perdure::duration{std::chrono::hours{1000}})
          return true;
    return false;
  }
  void settle() {
    if constexpr (Kind::is_virtual) backend_->advance(std::chrono::milliseconds{2});
  }
  auto result_of(job const& j) -> std::string {
    try {
      return "=" + std::to_string(handle_of(j).result());
    } catch (perdure::application_error const& e) {
      return "failed: " + e.message();
    } catch (perdure::cancelled_error const&) {
      return "cancelled";
    }
  }
  auto handle_of(job const& j) {
    return perdure::client{*backend_}.template get_handle<carry_out>(j.name);
  }

  Kind kind_;
  place where_;
  program const* program_;
  std::uint64_t seed_;
  std::map<std::string, int> sent_{};
  bool works_{true};
  std::unique_ptr<backend_type> backend_{};
  std::optional<perdure::worker<backend_type>> worker_{};
};

} // namespace reliability
