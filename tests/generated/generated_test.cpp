// Model checking by generated programs: the library against an oracle that neither records nor
// replays.
//
//     PERDURE_SEED=n      runs one program
//     PERDURE_PROGRAMS=n  runs that many, from the first seed on
//     PERDURE_PLANTED=1   plants a fault in the workflow: the first test must then fail
#include "support/catch.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "generated/generator.hpp"
#include "generated/judge.hpp"
#include "generated/shrinker.hpp"

namespace {

using generated::judgement;
using generated::program;
using generated::verdict;

/// The library reports failing tasks on stderr; here they are in what the test says.
struct quiet {
  quiet() { perdure::set_log_sink(nullptr); }
  quiet(quiet const&) = delete;
  auto operator=(quiet const&) -> quiet& = delete;
  ~quiet() { perdure::set_log_sink(&perdure::log_to_stderr); }
};

auto number_from(char const* name, std::uint64_t otherwise) -> std::uint64_t {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

auto smallest(program const& p, int tries) -> program {
  return generated::shrinker{
      [](program const& less) { return generated::judge(less).what == verdict::wrong; }, tries}
      .shrink(p);
}

} // namespace

TEST_CASE("generated programs do what the oracle says, whatever is cached", "[generated]") {
  quiet const silence;
  bool const one = std::getenv("PERDURE_SEED") != nullptr;
  std::uint64_t const from = number_from("PERDURE_SEED", 1);
  std::uint64_t const count = one ? 1 : number_from("PERDURE_PROGRAMS", 1'500);
  generated::observed().planted = number_from("PERDURE_PLANTED", 0) != 0;
  std::size_t tally[4]{};
  std::size_t steps = 0;
  auto const start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = from; seed < from + count; ++seed) {
    program const p = generated::generator{seed}.make();
    steps += generated::count_steps(p.steps);
    judgement const judged = generated::judge(p);
    ++tally[static_cast<std::size_t>(judged.what)];
    if (judged.what == verdict::wrong) {
      program const small = smallest(p, 2'000);
      FAIL("run it alone with PERDURE_SEED=" << seed << "\n"
                                             << to_text(p) << "\n"
                                             << judged.why << "\nsmaller: " << to_text(small)
                                             << "\n"
                                             << generated::judge(small).why);
    }
    if (judged.what == verdict::undecided && one)
      std::printf("%s\nundecided:\n%s", to_text(p).c_str(), judged.why.c_str());
  }
  generated::observed().planted = false;
  std::printf("generated programs: seeds %llu to %llu, %zu steps, %.1f s; %zu as the oracle says, "
              "%zu in another order, %zu undecided\n",
              static_cast<unsigned long long>(from),
              static_cast<unsigned long long>(from + count - 1), steps,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
              tally[0], tally[1], tally[2]);
  CHECK(tally[2] * 100 <= count); // else the oracle says too little
}

TEST_CASE("generated programs do the same on a file that is opened again and again",
          "[generated]") {
  quiet const silence;
  bool const one = std::getenv("PERDURE_SEED") != nullptr;
  std::uint64_t const from = number_from("PERDURE_SEED", 1);
  std::uint64_t const count = one ? 1 : number_from("PERDURE_PROGRAMS", 2'000) / 40;
  for (std::uint64_t seed = from; seed < from + count; ++seed) {
    program const p = generated::generator{seed}.make();
    judgement const judged = generated::judge_in_file(p);
    if (judged.what == verdict::same) continue;
    program const small =
        generated::shrinker{[](program const& less) {
                              return generated::judge_in_file(less).what != verdict::same;
                            },
                            200}
            .shrink(p);
    FAIL("run it alone with PERDURE_SEED=" << seed << "\n"
                                           << to_text(p) << "\n"
                                           << judged.why << "\nsmaller: " << to_text(small) << "\n"
                                           << generated::judge_in_file(small).why);
  }
}

TEST_CASE("a workflow that decides by what is not recorded is found, and made small",
          "[generated]") {
  quiet const silence;
  generated::observed().planted = true;
  std::uint64_t seed = 1;
  program p = generated::generator{seed}.make();
  while (seed < 200 && generated::judge(p).what != verdict::wrong)
    p = generated::generator{++seed}.make();
  program const small = smallest(p, 2'000);
  bool const still_wrong = generated::judge(small).what == verdict::wrong;
  generated::observed().planted = false;
  CAPTURE(seed, to_text(small));
  CHECK(still_wrong);
  CHECK(generated::count_steps(small.steps) <= 20);
}

TEST_CASE("the oracle knows nothing of what it judges", "[generated]") {
  namespace fs = std::filesystem;
  fs::path const tests = PERDURE_TESTS_DIR; // __FILE__ may be relative to who compiled it
  auto const includes_of = [&](fs::path const& first) {
    std::set<std::string> seen;
    std::vector<fs::path> open{first};
    while (!open.empty()) {
      fs::path const file = open.back();
      open.pop_back();
      std::ifstream in{file};
      REQUIRE(in);
      for (std::string line; std::getline(in, line);) {
        auto const begin = line.find_first_of("\"<");
        if (line.rfind("#include", 0) != 0 || begin == std::string::npos) continue;
        std::string const name =
            line.substr(begin + 1, line.find_first_of("\">", begin + 1) - begin - 1);
        if (!seen.insert(name).second) continue;
        for (fs::path const& root : {tests, tests.parent_path() / "include"})
          if (fs::exists(root / name)) open.push_back(root / name);
      }
    }
    return seen;
  };
  auto const count_of_ours = [&](std::set<std::string> const& names) {
    std::size_t n = 0;
    for (auto const& each : names) n += each.rfind("perdure/", 0) == 0 ? 1U : 0U;
    return n;
  };
  auto const of_oracle = includes_of(tests / "generated" / "oracle" / "oracle.hpp");
  CHECK(of_oracle.count("generated/oracle/coroutine.hpp") == 1);
  CHECK(count_of_ours(of_oracle) == 0);
  auto const of_interpreter =
      includes_of(tests / "generated" / "interpreter.hpp"); // the way to look finds what is there
  CHECK(of_interpreter.count("perdure/replay/workflow_machine.hpp") == 1);
}
