// Tables about versions of workers: deployments, and which open runs are pinned to which build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "perdure/backend/sqlite/checksum.hpp"
#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/config.hpp"
#include "perdure/data/json.hpp"
#include "perdure/engine/deployments.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::sqlite {

/// Reads and writes `deployments`: one row, written when a build or a current version is new.
class deployment_table {
public:
  explicit deployment_table(connection& db)
      : read_{db, "SELECT book, checksum FROM deployments WHERE id = 0"},
        keep_{db, "REPLACE INTO deployments(id, book, checksum) VALUES(0,?,?)"} {}

  /// \throws error (history_corrupt)
  [[nodiscard]] auto read() -> engine::deployment_book {
    statement::use row{read_};
    if (!row.next()) return {};
    if (checksum{}.add(row.text(0)).value() != row.number(1))
      throw error{errc::history_corrupt, "table deployments is damaged"};
    return from_json<engine::deployment_book>(row.text(0));
  }
  void keep(engine::deployment_book const& book) {
    std::string const text = to_json(book);
    statement::use{keep_}.bind(text).bind(checksum{}.add(text).value()).run();
  }

private:
  statement read_, keep_;
};

/// Base of the store, which has `deployment_rows()`: the table. It is read once after each change
/// by another process.
template <class Store>
class deployment_side {
public:
  [[nodiscard]] auto deployments() -> engine::deployment_book const& {
    if (!known_) book_ = table().read();
    known_ = true;
    return book_;
  }
  void keep_deployments(engine::deployment_book book) {
    table().keep(book);
    book_ = std::move(book);
  }

protected:
  ~deployment_side() = default;
  void forget_deployments() noexcept { known_ = false; }

private:
  [[nodiscard]] auto table() -> deployment_table& {
    return static_cast<Store&>(*this).deployment_rows();
  }
  engine::deployment_book book_;
  bool known_{false};
};

/// Reads and writes `pins`, which says again what histories say: for counting.
class pin_table {
public:
  explicit pin_table(connection& db)
      : put_{db, "REPLACE INTO pins(run, deployment, build_id) VALUES(?,?,?)"},
        erase_{db, "DELETE FROM pins WHERE run = ?"},
        count_{db, "SELECT count(*) FROM pins WHERE deployment = ? AND build_id = ?"} {}

  void put(run_number run, worker_deployment_version const& on) {
    statement::use row{put_};
    row.bind(run).bind(on.deployment_name.view()).bind(on.build_id.view()).run();
  }
  void erase(run_number run) { statement::use{erase_}.bind(run).run(); }
  [[nodiscard]] auto count(worker_deployment_version const& on) -> std::size_t {
    statement::use row{count_};
    row.bind(on.deployment_name.view()).bind(on.build_id.view());
    return row.next() ? static_cast<std::size_t>(row.number(0)) : 0;
  }

private:
  statement put_, erase_, count_;
};

} // namespace perdure::inline v0::sqlite

PERDURE_SELDOM_END
