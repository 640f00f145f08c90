#include "perdure/workflow/member_message.hpp"

#include "support/catch.hpp"

#include <string>

using namespace perdure;

namespace perdure_test::member_messages {

/// Its members are named, never called.
struct order {
  workflow<int> run(int);
  void approve(std::string const&);
  workflow<void> note(int, std::string);
  void close();
  int total() const;
  bool costs_more(int) const noexcept;
  workflow<int> add(int);
  std::string rename(std::string);
  workflow<void> wipe();
  void check_add(int) const;
};

// Kinds, names and signatures are known while compiling.
static_assert(member_message<&order::approve>::kind == message_kind::signal);
static_assert(member_message<&order::note>::kind == message_kind::signal);
static_assert(member_message<&order::total>::kind == message_kind::query);
static_assert(member_message<&order::costs_more>::kind == message_kind::query);
static_assert(member_message<&order::add>::kind == message_kind::update);
static_assert(member_message<&order::rename>::kind == message_kind::update);
static_assert(member_message<as_update<&order::wipe>>::kind == message_kind::update);
static_assert(member_message<&order::wipe>::kind == message_kind::signal);

template <auto M>
using declared = std::remove_const_t<decltype(message_of<M>)>;
static_assert(std::is_same_v<declared<&order::approve>, perdure::signal<std::string>>);
static_assert(std::is_same_v<declared<&order::close>, perdure::signal<>>);
static_assert(std::is_same_v<declared<&order::total>, query<int()>>);
static_assert(std::is_same_v<declared<&order::costs_more>, query<bool(int)>>);
static_assert(std::is_same_v<declared<&order::add>, update<int(int)>>);
static_assert(std::is_same_v<declared<&order::rename>, update<std::string(std::string)>>);
static_assert(std::is_same_v<declared<as_update<&order::wipe>>, update<void()>>);

using wrapped =
    detail::listed_member<abandonable<validated<as_update<&order::wipe>, &order::check_add>>>;
static_assert(wrapped::member == &order::wipe && wrapped::is_update && wrapped::abandonable);
static_assert(wrapped::validator == &order::check_add);

static_assert(detail::registered_name<&order::run>() == "order");

TEST_CASE("the declaration of a member has its name and encodes its parameters",
          "[unit][workflow][class]") {
  CHECK(message_of<&order::costs_more>.name == "costs_more");
  CHECK(message_of<&order::note>.encode(1, "x") == to_payloads(1, std::string{"x"}));
  CHECK(message_of<&order::close>.encode().empty());
  CHECK(message_of<as_update<&order::wipe>>.name == "wipe");
}

} // namespace perdure_test::member_messages
