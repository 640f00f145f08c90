// Queries between processes: one asks, another answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/event_codec.hpp"

namespace perdure::inline v0::sqlite {

/// The column `query`.
struct stored_query {
  std::string type{};
  payloads arguments{};
  indirect<payload_map> header{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("queryType", self.type);
    on("queryArgs", self.arguments);
    on("header", "fields", self.header);
  }
};
/// The column `answer`.
struct stored_answer {
  std::string id{};
  payloads result{};
  indirect<failure> failed{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("id", self.id);
    on("answer", self.result);
    on("failure", self.failed);
  }
};

/// The table `queries`. A row lives until the time at which who asked stops waiting; the next one
/// who asks takes it away.
class query_table {
public:
  explicit query_table(connection& db)
      : insert_{db, "INSERT INTO queries(run, until, member, query) VALUES(?,?,0,?) RETURNING id"},
        purge_{db, "DELETE FROM queries WHERE until < ?"},
        open_{db,
              "SELECT id, run, query, until FROM queries WHERE answer IS NULL AND until >= ? AND"
              " member NOT IN (SELECT id FROM members) ORDER BY id"},
        claim_{db, "UPDATE queries SET member = ? WHERE id = ?"},
        answer_{db, "UPDATE queries SET answer = ? WHERE id = ?"} {}

  [[nodiscard]] auto add(run_number run, time_point until, stored_query const& query)
      -> std::int64_t {
    std::string text;
    append_struct(text, &query, perdure::detail::schema_of<stored_query>());
    statement::use row{insert_};
    row.bind(run).bind(until.time_since_epoch().count()).bind(text);
    return row.next() ? row.number(0) : 0;
  }
  void purge(time_point now) { statement::use{purge_}.bind(now.time_since_epoch().count()).run(); }

  struct open_query {
    std::int64_t id{};
    run_number run{};
    stored_query query{};
    time_point until{};
  };
  /// Those that no living member has taken.
  [[nodiscard]] auto open(time_point now) -> std::vector<open_query> {
    std::vector<open_query> found;
    statement::use row{open_};
    row.bind(now.time_since_epoch().count());
    while (row.next())
      found.push_back({row.number(0), row.number(1), struct_from_json<stored_query>(row.text(2)),
                       time_point{duration{row.number(3)}}});
    return found;
  }
  void claim(std::int64_t id, std::int64_t member) {
    statement::use{claim_}.bind(member).bind(id).run();
  }
  void answer(std::int64_t id, query_answer const& given) {
    stored_answer const kept{given.id, given.result, given.failed};
    std::string text;
    append_struct(text, &kept, perdure::detail::schema_of<stored_answer>());
    statement::use{answer_}.bind(text).bind(id).run();
  }

  /// What has become of a query: whether a member took it, and its answer.
  struct outcome {
    bool taken{false};
    std::optional<query_answer> answer{};
  };
  [[nodiscard]] static auto look(connection& db, std::int64_t id) -> outcome {
    statement asked{db, "SELECT member, answer FROM queries WHERE id = ?"};
    statement::use row{asked};
    outcome found{};
    if (!row.bind(id).next()) return found;
    found.taken = row.number(0) != 0;
    if (row.is_null(1)) return found;
    auto kept = struct_from_json<stored_answer>(row.text(1));
    found.answer = query_answer{std::move(kept.id), std::move(kept.result), std::move(kept.failed)};
    return found;
  }

private:
  statement insert_, purge_, open_, claim_, answer_;
};

} // namespace perdure::inline v0::sqlite
