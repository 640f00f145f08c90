#include "raw_queue.hpp"

#include <chrono>
#include <thread>

#include "raw_connection.hpp"

namespace reliability {
namespace {

constexpr char const* schema =
    "CREATE TABLE IF NOT EXISTS task(id INTEGER PRIMARY KEY, token INTEGER NOT NULL DEFAULT 0, "
    "lease_until INTEGER NOT NULL DEFAULT 0, outcome TEXT);"
    "CREATE TABLE IF NOT EXISTS completion(id INTEGER NOT NULL)";
constexpr long lease_ms = 50;

auto now_ms() -> long {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count());
}
void rest(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds{ms}); }

class raw_queue final : public subject {
public:
  raw_queue(std::uint64_t seed, bool fenced)
      : fenced_{fenced}, tasks_{dice{seed}.between(10, 40)} {}

  void prepare(place const& where) override { connection const db{where, "NORMAL", schema}; }

  void work(place const& where, std::uint64_t seed, std::atomic<bool> const& stop) override {
    connection const db{where, "NORMAL", schema};
    int const side_log =
        open(where.side_log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (dice roll{seed}; !stop;) {
      auto const [id, token] = claim(db);
      if (id.empty()) {
        rest(2);
        continue;
      }
      rest(roll.between(0, 2));
      std::string const line = "ran " + id + " " + token + "\n";
      (void)!write(side_log, line.data(), line.size());
      complete(db, id, token, std::to_string(getpid()) + "." + token);
    }
    (void)close(side_log);
  }

  void ask(place const& where, reporter const& acked) override {
    connection const db{where, "NORMAL", schema};
    for (int i = 1; i <= tasks_; ++i)
      db.execute("INSERT INTO task(id) VALUES(" + std::to_string(i) + ")");
    std::map<int, std::string> seen;
    while (static_cast<int>(seen.size()) < tasks_) {
      for (auto const& [id, outcome] :
           db.pairs("SELECT id, outcome FROM task WHERE outcome IS NOT NULL"))
        if (seen.emplace(id, outcome).second) acked.say(std::to_string(id) + " " + outcome);
      rest(2);
    }
  }

  void run(place const&, reporter const&) override {}
  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    connection const db{where, "NORMAL", schema};
    auto const outcomes = db.pairs("SELECT id, outcome FROM task");
    for (std::string const& line : acked) {
      std::size_t const space = line.find(' ');
      std::string const& now = outcomes.at(std::stoi(line.substr(0, space)));
      if (now != line.substr(space + 1))
        return "the outcome of task " + line + " was overwritten with " + now;
    }
    std::string const twice =
        db.text("SELECT id FROM completion GROUP BY id HAVING count(*) > 1 LIMIT 1");
    return twice.empty() ? "" : "task " + twice + " was completed twice";
  }

private:
  struct claimed {
    std::string id{};
    std::string token{};
  };
  static auto claim(connection const& db) -> claimed {
    db.execute("BEGIN IMMEDIATE");
    std::string const free =
        db.text("SELECT id FROM task WHERE outcome IS NULL AND lease_until < " +
                std::to_string(now_ms()) + " LIMIT 1");
    claimed got{free, ""};
    if (!free.empty()) {
      db.execute("UPDATE task SET token = token + 1, lease_until = " +
                 std::to_string(now_ms() + lease_ms) + " WHERE id = " + free);
      got.token = db.text("SELECT token FROM task WHERE id = " + free);
    }
    db.execute("COMMIT");
    return got;
  }
  void complete(connection const& db, std::string const& id, std::string const& token,
                std::string const& outcome) const {
    db.execute("BEGIN IMMEDIATE");
    bool const mine =
        db.text("SELECT token FROM task WHERE outcome IS NULL AND id = " + id) == token;
    if (mine || !fenced_) {
      db.execute("UPDATE task SET outcome = '" + outcome + "' WHERE id = " + id);
      db.execute("INSERT INTO completion VALUES(" + id + ")");
    }
    db.execute("COMMIT");
  }

  bool fenced_;
  int tasks_;
};

} // namespace

auto make_raw_queue(std::uint64_t seed, bool fenced) -> std::unique_ptr<subject> {
  return std::make_unique<raw_queue>(seed, fenced);
}

} // namespace reliability
