// perdure as a C++20 module: `import perdure;` gives what perdure.hpp declares for programs.
//
// Reading it costs a file 0.02 s. The library's classes are instantiated once, here: the first
// program of the README compiles in a fifth of the time that it takes with the headers. CMake 3.28
// and later build the target perdure::module with Ninja and -DPERDURE_MODULES=ON. By hand, with
// Clang 19 or later:
//
//     clang++ -std=c++20 -pthread -Iinclude -Xclang -fmodules-codegen --precompile \
//       include/perdure/perdure.cppm -o perdure.pcm
//     clang++ -std=c++20 -pthread -c perdure.pcm -o perdure.o
//     clang++ -std=c++20 -pthread -fmodule-file=perdure=perdure.pcm main.cpp perdure.o \
//       -Wl,--gc-sections
//
// (-fmodules-codegen compiles inline functions once, into perdure.o: it may be left out.) Include
// what you use of the standard library before the import, and <coroutine> where there is a
// workflow. Macros are not exported. A program may import this in one file and include perdure.hpp
// in another.
module;

#include "perdure/perdure.hpp"

export module perdure;

// Instantiated here, once, and not in every file that imports this.
namespace perdure::inline v0 {
template class engine::engine<engine::memory_store>;
template class embedded_operations<memory_backend>;
template class message_operations<memory_backend>;
template class detail::memory_reading<memory_backend>;
template class basic_memory_backend<void>;
template class detail::basic_workflow_executor<void>;
template class detail::workflow_side<memory_backend>;
template class detail::activity_side<memory_backend>;
template class detail::basic_worker_core<memory_backend>;
template class worker<memory_backend>;
template class client<memory_backend>;
} // namespace perdure::inline v0

// Written by tests/package/check_modules.py --write.
export namespace perdure {
using perdure::abandonable, perdure::activity, perdure::activity_answerer, perdure::activity_call,
    perdure::activity_cancel_reason, perdure::activity_error, perdure::activity_failure_info,
    perdure::activity_handle, perdure::activity_info, perdure::activity_info_now,
    perdure::activity_options, perdure::activity_stop_token, perdure::activity_task,
    perdure::activity_task_failed_cause, perdure::activity_task_token, perdure::activity_token,
    perdure::all_handlers_finished, perdure::any_result, perdure::append_duration,
    perdure::append_event_json, perdure::append_time, perdure::application_error,
    perdure::application_error_category, perdure::application_error_options,
    perdure::application_failure_info, perdure::as_outcome, perdure::as_update,
    perdure::async_activity_answer, perdure::async_activity_handle, perdure::attribute_value,
    perdure::audit_record, perdure::awaited_condition, perdure::backend, perdure::basic_json_reader,
    perdure::basic_json_writer, perdure::basic_memory_backend, perdure::by_data_converter,
    perdure::byte_size, perdure::cancel_external_workflow_execution_failed_cause,
    perdure::cancel_workflow_request, perdure::canceled_failure_info, perdure::cancellation_reason,
    perdure::cancellation_requested, perdure::cancellation_scope, perdure::cancellation_type,
    perdure::cancelled_error, perdure::channel, perdure::child_workflow_error,
    perdure::child_workflow_failure_info, perdure::child_workflow_handle,
    perdure::child_workflow_options, perdure::client, perdure::client_interceptor,
    perdure::client_interceptors, perdure::client_options, perdure::clock_mode, perdure::command,
    perdure::command_type, perdure::command_type_of, perdure::compensation_options,
    perdure::compensations, perdure::complete_asynchronously, perdure::continue_as_new,
    perdure::continue_as_new_initiator, perdure::continue_as_new_options,
    perdure::continue_as_new_versioning_behavior, perdure::create_schedule_options,
    perdure::create_schedule_request, perdure::current_details, perdure::data_converter,
    perdure::default_activity_options, perdure::default_failure, perdure::default_from_payload,
    perdure::default_local_activity_options, perdure::default_to_payload, perdure::default_version,
    perdure::delivered_update, perdure::deployment, perdure::deployment_description,
    perdure::deprecate_patch, perdure::describe, perdure::describe_with_place,
    perdure::describe_workflow_request, perdure::divergence_report, perdure::durable_awaitable,
    perdure::duration, perdure::embedded_operations, perdure::engine_limits, perdure::enum_bounds,
    perdure::enum_from_name, perdure::enum_range, perdure::errc, perdure::error, perdure::event,
    perdure::event_attributes, perdure::event_extras, perdure::event_from_json, perdure::event_id,
    perdure::event_log, perdure::event_type, perdure::event_type_of, perdure::event_view,
    perdure::execute_activity, perdure::execute_child_workflow, perdure::execute_local_activity,
    perdure::external_workflow, perdure::external_workflow_handle, perdure::failure,
    perdure::failure_converter, perdure::failure_error, perdure::failure_info,
    perdure::failure_policy, perdure::for_each_field, perdure::for_each_field_difference,
    perdure::fork_request, perdure::from_json, perdure::from_payload, perdure::from_payloads,
    perdure::get_version, perdure::handle, perdure::handle_any_query, perdure::handle_any_update,
    perdure::handler_options, perdure::handler_registration, perdure::has_heartbeat_details,
    perdure::heartbeat, perdure::heartbeat_details, perdure::history, perdure::history_json_options,
    perdure::in_activity, perdure::incoming_call, perdure::indirect, perdure::info,
    perdure::is_transient, perdure::is_unset, perdure::json_kind, perdure::json_reader,
    perdure::json_writer, perdure::keyword, perdure::keyword_list, perdure::last_completion_result,
    perdure::last_failure, perdure::latch, perdure::lazy_operation, perdure::list_filter,
    perdure::list_order, perdure::list_page, perdure::literal_of, perdure::local_activity_options,
    perdure::log, perdure::log_field, perdure::log_level, perdure::log_record, perdure::log_sink,
    perdure::log_to_stderr, perdure::logger, perdure::map, perdure::map_options,
    perdure::map_reduce, perdure::member_message, perdure::memo, perdure::memory_backend,
    perdure::memory_backend_options, perdure::message_kind, perdure::message_of,
    perdure::message_operations, perdure::messages, perdure::metadata_of, perdure::meter,
    perdure::metering_metadata, perdure::metric_kind, perdure::metric_point, perdure::metric_sink,
    perdure::metric_tag, perdure::metrics, perdure::mutex, perdure::name_of, perdure::named_values,
    perdure::next_activity, perdure::next_activity_coroutine, perdure::next_call,
    perdure::next_delay, perdure::next_run, perdure::nexus_handler_error_retry_behavior,
    perdure::nexus_handler_failure_info, perdure::nexus_operation_error,
    perdure::nexus_operation_failure_info, perdure::nondeterminism_error, perdure::now,
    perdure::oldest_live_release, perdure::on, perdure::on_any_signal, perdure::operand_type_of,
    perdure::operation_handle, perdure::operator==, perdure::outcome, perdure::outgoing_call,
    perdure::outgoing_kind, perdure::override_request, perdure::parent_close_policy,
    perdure::parse_duration, perdure::parse_run_query, perdure::parse_time, perdure::patched,
    perdure::payload, perdure::payload_map, perdure::payload_metadata, perdure::payload_traits,
    perdure::payload_type, perdure::payloads, perdure::payloads_map, perdure::permit,
    perdure::poll_request, perdure::poll_update_request, perdure::polled_task, perdure::principal,
    perdure::priority, perdure::protocol_message_command, perdure::query, perdure::query_answer,
    perdure::query_options, perdure::query_reject_condition, perdure::query_result,
    perdure::query_workflow_request, perdure::queue_of_worker, perdure::race, perdure::random,
    perdure::random_stream, perdure::random_uuid, perdure::raw_json, perdure::read_json,
    perdure::read_search_attribute, perdure::receive, perdure::received, perdure::recorded_call,
    perdure::register_failure_type, perdure::release, perdure::remote_activity,
    perdure::remote_workflow, perdure::renamed, perdure::renamed_fields, perdure::replay_result,
    perdure::replayer, perdure::replayer_options, perdure::report_limits,
    perdure::require_payload_type, perdure::reset_request, perdure::reset_workflow_failure_info,
    perdure::retry_policy, perdure::retry_state, perdure::run_condition, perdure::run_number,
    perdure::run_query, perdure::satisfies, perdure::schedule, perdure::schedule_action_result,
    perdure::schedule_backfill, perdure::schedule_calendar, perdure::schedule_description,
    perdure::schedule_filter, perdure::schedule_handle, perdure::schedule_info,
    perdure::schedule_interval, perdure::schedule_overlap_policy, perdure::schedule_page,
    perdure::schedule_patch, perdure::schedule_policies, perdure::schedule_range,
    perdure::schedule_spec, perdure::schedule_state, perdure::sdk_metadata,
    perdure::search_attribute, perdure::search_attribute_type, perdure::semaphore,
    perdure::server_error, perdure::server_failure_info, perdure::set_current_details,
    perdure::set_log_sink, perdure::shared_string, perdure::shield, perdure::shielded,
    perdure::side_effect, perdure::signal, perdure::signal_external_workflow_execution_failed_cause,
    perdure::signal_with_start_request, perdure::signal_workflow_request, perdure::sleep,
    perdure::sleep_until, perdure::start_activity, perdure::start_child_workflow,
    perdure::start_child_workflow_execution_failed_cause, perdure::start_local_activity,
    perdure::start_timer, perdure::start_workflow_action, perdure::start_workflow_request,
    perdure::start_workflow_result, perdure::started_with_update, perdure::stopped_attempt,
    perdure::string_map, perdure::struct_from_json, perdure::struct_to_json,
    perdure::sufficient_map_options, perdure::suggest_continue_as_new_reason, perdure::task_lease,
    perdure::task_queue, perdure::task_queue_kind, perdure::terminate_workflow_request,
    perdure::terminated_error, perdure::terminated_failure_info, perdure::text, perdure::text_of,
    perdure::this_program, perdure::throw_failure, perdure::time_point, perdure::timed,
    perdure::timeout_error, perdure::timeout_failure_info, perdure::timeout_type,
    perdure::timer_handle, perdure::timer_options, perdure::to_json, perdure::to_payload,
    perdure::to_payloads, perdure::to_text, perdure::tolerant_map_options, perdure::transparent,
    perdure::try_heartbeat, perdure::unfinished_handlers, perdure::unknown_fields,
    perdure::unread_signals, perdure::update, perdure::update_admitted_event_origin,
    perdure::update_end, perdure::update_handle, perdure::update_input, perdure::update_message,
    perdure::update_meta, perdure::update_options, perdure::update_outcome, perdure::update_request,
    perdure::update_schedule_request, perdure::update_stage, perdure::update_status,
    perdure::update_with_start_request, perdure::update_with_start_result,
    perdure::update_workflow_request, perdure::upsert_memo, perdure::upsert_search_attributes,
    perdure::user_metadata, perdure::uuid4, perdure::validate, perdure::validated, perdure::version,
    perdure::versioning_behavior, perdure::wait_until, perdure::when_all, perdure::when_all_options,
    perdure::when_all_settled, perdure::when_any, perdure::wire_name, perdure::wire_name_of,
    perdure::with_compensations, perdure::with_outcome, perdure::with_timeout, perdure::worker,
    perdure::worker_deployment_options, perdure::worker_deployment_version,
    perdure::worker_interceptor, perdure::worker_interceptors, perdure::worker_link,
    perdure::worker_options, perdure::worker_version_stamp, perdure::workflow,
    perdure::workflow_description, perdure::workflow_end, perdure::workflow_ending,
    perdure::workflow_execution, perdure::workflow_execution_status, perdure::workflow_handle,
    perdure::workflow_id_conflict_policy, perdure::workflow_id_reuse_policy, perdure::workflow_info,
    perdure::workflow_interceptor, perdure::workflow_options, perdure::workflow_query,
    perdure::workflow_task, perdure::workflow_task_completion, perdure::workflow_task_failed_cause,
    perdure::workflow_task_failure, perdure::workflow_task_token, perdure::write_json,
    perdure::zone_files;
}

export namespace perdure::base64 {
using perdure::base64::decode, perdure::base64::encode, perdure::base64::encoded_size,
    perdure::base64::try_decode;
}

export namespace perdure::encodings {
using perdure::encodings::json, perdure::encodings::json_protobuf, perdure::encodings::null,
    perdure::encodings::plain, perdure::encodings::protobuf;
}

export namespace perdure::events {
using perdure::events::activity_properties_modified_externally,
    perdure::events::activity_task_cancel_requested, perdure::events::activity_task_canceled,
    perdure::events::activity_task_completed, perdure::events::activity_task_failed,
    perdure::events::activity_task_scheduled, perdure::events::activity_task_started,
    perdure::events::activity_task_timed_out, perdure::events::child_workflow_execution_canceled,
    perdure::events::child_workflow_execution_completed,
    perdure::events::child_workflow_execution_failed,
    perdure::events::child_workflow_execution_started,
    perdure::events::child_workflow_execution_terminated,
    perdure::events::child_workflow_execution_timed_out,
    perdure::events::external_workflow_execution_cancel_requested,
    perdure::events::external_workflow_execution_signaled, perdure::events::marker_recorded,
    perdure::events::nexus_operation_cancel_request_completed,
    perdure::events::nexus_operation_cancel_request_failed,
    perdure::events::nexus_operation_cancel_requested, perdure::events::nexus_operation_canceled,
    perdure::events::nexus_operation_completed, perdure::events::nexus_operation_failed,
    perdure::events::nexus_operation_scheduled, perdure::events::nexus_operation_started,
    perdure::events::nexus_operation_timed_out,
    perdure::events::request_cancel_external_workflow_execution_failed,
    perdure::events::request_cancel_external_workflow_execution_initiated,
    perdure::events::signal_external_workflow_execution_failed,
    perdure::events::signal_external_workflow_execution_initiated,
    perdure::events::start_child_workflow_execution_failed,
    perdure::events::start_child_workflow_execution_initiated, perdure::events::timer_canceled,
    perdure::events::timer_fired, perdure::events::timer_started, perdure::events::unknown_event,
    perdure::events::upsert_workflow_search_attributes,
    perdure::events::workflow_execution_cancel_requested,
    perdure::events::workflow_execution_canceled, perdure::events::workflow_execution_completed,
    perdure::events::workflow_execution_continued_as_new,
    perdure::events::workflow_execution_failed, perdure::events::workflow_execution_options_updated,
    perdure::events::workflow_execution_paused, perdure::events::workflow_execution_signaled,
    perdure::events::workflow_execution_started, perdure::events::workflow_execution_terminated,
    perdure::events::workflow_execution_time_skipping_transitioned,
    perdure::events::workflow_execution_timed_out, perdure::events::workflow_execution_unpaused,
    perdure::events::workflow_execution_update_accepted,
    perdure::events::workflow_execution_update_admitted,
    perdure::events::workflow_execution_update_completed,
    perdure::events::workflow_execution_update_rejected,
    perdure::events::workflow_properties_modified,
    perdure::events::workflow_properties_modified_externally,
    perdure::events::workflow_task_completed, perdure::events::workflow_task_failed,
    perdure::events::workflow_task_scheduled, perdure::events::workflow_task_started,
    perdure::events::workflow_task_timed_out;
}

export namespace perdure::limits {
using perdure::limits::await_depth_max, perdure::limits::call_arity_max,
    perdure::limits::history_bytes_suggest, perdure::limits::history_events_suggest,
    perdure::limits::id_bytes_max, perdure::limits::json_depth_max,
    perdure::limits::payload_bytes_max;
}

export namespace perdure::reflect {
using perdure::reflect::apply, perdure::reflect::enum_from_name, perdure::reflect::enum_name,
    perdure::reflect::field_count, perdure::reflect::field_name, perdure::reflect::for_each_field,
    perdure::reflect::type_name;
}
