#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/backend/temporal/translation/wire_writer.hpp"
#include "perdure/history/detail/event_schemas.hpp"
#include "temporal/api/command/v1/message.pb.h"

namespace perdure::inline v0::temporal {

using api::command::v1::Command;

namespace {

/// Writes where a command says the same as its event under another name, or names the namespace of
/// its target: workflow code knows only its own, which other SDKs say, too.
using exceptions_writer = void (*)(command const& from, std::string_view own_namespace,
                                   Command& to);

struct command_plan {
  google::protobuf::FieldDescriptor const* theirs{};
  schema_plan const* plan{};
  exceptions_writer write_exceptions{}; ///< Null: it says the same as its event, field by field.
};

void write_cancel_target(command const& from, std::string_view own_namespace, Command& to) {
  auto const& target =
      from.attributes.get<events::request_cancel_external_workflow_execution_initiated>()
          .workflow_execution;
  auto& attributes = *to.mutable_request_cancel_external_workflow_execution_command_attributes();
  if (attributes.namespace_().empty()) attributes.set_namespace_(std::string{own_namespace});
  attributes.set_workflow_id(utf8_of(target.workflow_id));
  attributes.set_run_id(utf8_of(target.run_id));
}
void write_signal_target(command const& from, std::string_view own_namespace, Command& to) {
  auto const& target = from.attributes.get<events::signal_external_workflow_execution_initiated>()
                           .workflow_execution;
  auto& attributes = *to.mutable_signal_external_workflow_execution_command_attributes();
  if (attributes.namespace_().empty()) attributes.set_namespace_(std::string{own_namespace});
  attributes.mutable_execution()->set_workflow_id(utf8_of(target.workflow_id));
  attributes.mutable_execution()->set_run_id(utf8_of(target.run_id));
}
void write_continuation(command const& from, std::string_view, Command& to) {
  auto const& next = from.attributes.get<events::workflow_execution_continued_as_new>();
  auto& attributes = *to.mutable_continue_as_new_workflow_execution_command_attributes();
  if (next.retry_policy) write_retry_policy(*next.retry_policy, *attributes.mutable_retry_policy());
  attributes.clear_initiator(); // that of a command is always the workflow
}

[[nodiscard]] auto exceptions_of(command_type type) noexcept -> exceptions_writer {
  switch (type) {
  case command_type::request_cancel_external_workflow_execution: return write_cancel_target;
  case command_type::signal_external_workflow_execution: return write_signal_target;
  case command_type::continue_as_new_workflow_execution: return write_continuation;
  default: return nullptr;
  }
}

/// `scheduleActivityTaskCommandAttributes`, for number 1.
[[nodiscard]] auto attributes_name(int number) -> std::string {
  std::string name{detail::enum_name(detail::enum_table_of<command_type>, number)};
  if (!name.empty()) name.front() = static_cast<char>(name.front() - 'A' + 'a');
  return name + "CommandAttributes";
}

[[nodiscard]] auto schema_for(command_type type) -> detail::object_schema const* {
  if (type == command_type::protocol_message) return &detail::schema_of<protocol_message_command>();
  auto const* const event = detail::find_event_schema<>(event_type_of(type));
  return event == nullptr || event->schema == nullptr ? nullptr : &event->schema();
}

/// What the events have and the commands have not is dropped here: it is the server's to fill in.
[[nodiscard]] auto make_command_plans() -> std::vector<command_plan> {
  std::vector<command_plan> all(detail::enum_table_of<command_type>.count);
  auto const& fields = *Command::descriptor()->FindOneofByName("attributes");
  for (std::size_t number = 1; number < all.size(); ++number) {
    auto const* const schema = schema_for(static_cast<command_type>(number));
    auto const name = attributes_name(static_cast<int>(number));
    for (int i = 0; i < fields.field_count() && schema != nullptr; ++i)
      if (auto const* const field = fields.field(i); field->json_name() == name)
        all[number] = {field, &plan_of(*schema, *field->message_type(), other_fields::left_alone),
                       exceptions_of(static_cast<command_type>(number))};
  }
  return all;
}

[[nodiscard]] auto plan_for(command_type type) -> command_plan const& {
  static std::vector<command_plan> const all = make_command_plans();
  auto const index = static_cast<std::size_t>(type);
  if (index >= all.size() || all[index].plan == nullptr)
    throw error{errc::invalid_argument,
                "command: there is none of type " + std::to_string(static_cast<int>(type))};
  return all[index];
}

[[nodiscard]] auto attributes_of(command const& from, schema_plan const& plan) {
  auto const held = detail::view_of<>(from.attributes);
  if (held.object == nullptr || held.schema != plan.schema)
    throw error{errc::invalid_argument, "command " + std::string{name_of(from.type)} +
                                            ": its attributes are of type " +
                                            std::string{name_of(from.attributes.type())}};
  return held;
}

/// False: it takes a message to write the command.
[[nodiscard]] auto append_usual(command const& from, eager_start eager, std::string& to) -> bool {
  using api::command::v1::ScheduleActivityTaskCommandAttributes;
  auto const& [field, plan, write_exceptions] = plan_for(from.type);
  auto const held = attributes_of(from, *plan);
  if (write_exceptions != nullptr || from.user_metadata) return false;
  wire_output output{to};
  output.varint(Command::kCommandTypeFieldNumber, static_cast<std::uint64_t>(from.type));
  bool written = false;
  output.nested(field->number(), [&] {
    written = wire_writer{output}.write(*plan, held.object);
    if (eager == eager_start::requested)
      output.varint(ScheduleActivityTaskCommandAttributes::kRequestEagerExecutionFieldNumber, 1);
  });
  return written;
}

} // namespace

void write_command(command const& from, std::string_view own_namespace, Command& to) {
  auto const& [field, plan, write_exceptions] = plan_for(from.type);
  auto const held = attributes_of(from, *plan);
  to.set_command_type(static_cast<api::enums::v1::CommandType>(static_cast<int>(from.type)));
  write_message(*plan, held.object, *to.GetReflection()->MutableMessage(&to, field),
                {.what = name_of(from.type)});
  if (write_exceptions != nullptr) write_exceptions(from, own_namespace, to);
  if (from.user_metadata) write_user_metadata(*from.user_metadata, *to.mutable_user_metadata());
}

void append_command(command const& from, std::string_view own_namespace, eager_start eager,
                    std::string& to) {
  std::size_t const before = to.size();
  if (append_usual(from, eager, to)) return;
  to.resize(before);
  Command message;
  write_command(from, own_namespace, message);
  if (eager == eager_start::requested)
    message.mutable_schedule_activity_task_command_attributes()->set_request_eager_execution(true);
  message.AppendToString(&to);
}

} // namespace perdure::inline v0::temporal
