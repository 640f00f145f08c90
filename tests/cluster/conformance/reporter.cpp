// A reporter of Catch2 that runs the behaviours in several processes at once, and holds what they
// say against known.txt.
#include "cluster/conformance/parts.hpp"
#include "cluster/conformance/report.hpp"
#include "cluster/conformance/this_test.hpp"
#include "support/catch.hpp"

#if __has_include(<catch2/reporters/catch_reporter_streaming_base.hpp>)
  #include <catch2/catch_test_case_info.hpp>
  #include <catch2/reporters/catch_reporter_registrars.hpp>
  #include <catch2/reporters/catch_reporter_streaming_base.hpp>
#endif

#include <perdure/log.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace perdure_test::conformance {

namespace {

constexpr unsigned longest_behaviour_seconds = 60;
constexpr int skipped = 77; ///< As ctest knows it.

[[nodiscard]] auto sentence_of(std::string const& test) -> std::string {
  auto const colon = test.find(": "); // after the name of the world
  return colon == std::string::npos ? test : test.substr(colon + 2);
}

} // namespace

#if __has_include(<catch2/reporters/catch_reporter_streaming_base.hpp>)
using reporter_base = Catch::StreamingReporterBase;
using said_nothing = void;
#else
class server_reporter;
using reporter_base = Catch::StreamingReporterBase<server_reporter>;
using said_nothing = bool;
#endif

class server_reporter final : public reporter_base {
public:
  using reporter_base::reporter_base;
  static auto getDescription() -> std::string {
    return "Runs in several processes, and compares with what is known";
  }

  void testRunStarting(Catch::TestRunInfo const& run) override {
    reporter_base::testRunStarting(run);
    bool const all = !m_config->hasTestFilters();
    if (all || std::getenv("PERDURE_LOG") == nullptr) perdure::set_log_sink([](auto&) {});
    if (char const* const file = std::getenv("PERDURE_DEV_SERVER");
        file != nullptr && ::access(file, R_OK) != 0) {
      std::puts("skipped: there is no server");
      std::fflush(stdout);
      std::_Exit(skipped);
    }
    part_ = split(all);
    known_ = read_known(PERDURE_KNOWN_DIFFERENCES);
  }
  void testCaseStarting(Catch::TestCaseInfo const& test) override {
    reporter_base::testCaseStarting(test);
    name_ = sentence_of(test.name);
    failures_.clear();
    begun_ = std::chrono::steady_clock::now();
    if (!part_.may_run(name_)) this_test::do_not_begin(other_part);
    for (known_difference const& each : known_)
      if (each.never && each.behaviour == name_) this_test::do_not_begin(each.why);
    write(part_, {name_, outcome::kind::begun, {}, 0});
    ::alarm(longest_behaviour_seconds);
  }
#if !__has_include(<catch2/reporters/catch_reporter_streaming_base.hpp>)
  void assertionStarting(Catch::AssertionInfo const&) override {}
#endif
  auto assertionEnded(Catch::AssertionStats const& stats) -> said_nothing override {
    auto const& result = stats.assertionResult;
    if (!result.isOk()) {
      std::string const file = result.getSourceInfo().file;
      failures_ += file.substr(file.rfind('/') + 1) + ":" +
                   std::to_string(result.getSourceInfo().line) + ": " +
                   static_cast<std::string>(result.getExpression()) + "\n    " +
                   static_cast<std::string>(result.getExpandedExpression()) + "\n";
      if (result.hasMessage())
        failures_ += "    " + static_cast<std::string>(result.getMessage()) + "\n";
    }
    return said_nothing(true);
  }
  void testCaseEnded(Catch::TestCaseStats const& stats) override {
    ::alarm(0);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begun_;
    auto const reason = this_test::take_reason();
    outcome made{name_, outcome::kind::ran, failures_, took.count()};
    if (is_broken_) // the last that is known of this process is that it has begun
      return;
    if (!reason.empty())
      made = {name_, outcome::kind::left, reason, took.count()};
    else if (!stats.totals.assertions.allOk())
      made.what = outcome::kind::failed;
    write(part_, made);
    reporter_base::testCaseEnded(stats);
  }
  void fatalErrorEncountered(Catch::StringRef what) override {
    std::fprintf(stderr, "%s: %s\n", name_.c_str(), static_cast<std::string>(what).c_str());
    is_broken_ = true;
  }
  void testRunEnded(Catch::TestRunStats const&) override {
    std::_Exit(is_broken_ ? 1 : 0); // calls that were given up may still be waiting
  }

private:
  part part_{};
  std::vector<known_difference> known_{};
  std::string name_{};
  std::string failures_{};
  bool is_broken_{false}; ///< By a signal: nothing more is run.
  std::chrono::steady_clock::time_point begun_{};
};

} // namespace perdure_test::conformance

using perdure_test::conformance::server_reporter;
CATCH_REGISTER_REPORTER("server", server_reporter)
