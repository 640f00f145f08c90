// The procedures of WorkflowService.
#pragma once

#include "perdure/backend/temporal/calls/connection.hpp"

namespace temporal::api::workflowservice::v1 {
class DescribeNamespaceRequest;
class DescribeNamespaceResponse;
class StartWorkflowExecutionRequest;
class StartWorkflowExecutionResponse;
class ExecuteMultiOperationRequest;
class ExecuteMultiOperationResponse;
class GetWorkflowExecutionHistoryRequest;
class GetWorkflowExecutionHistoryResponse;
class PollWorkflowTaskQueueRequest;
class PollWorkflowTaskQueueResponse;
class RespondWorkflowTaskCompletedRequest;
class RespondWorkflowTaskCompletedResponse;
class RespondWorkflowTaskFailedRequest;
class RespondWorkflowTaskFailedResponse;
class PollActivityTaskQueueRequest;
class PollActivityTaskQueueResponse;
class RecordActivityTaskHeartbeatRequest;
class RecordActivityTaskHeartbeatResponse;
class RecordActivityTaskHeartbeatByIdRequest;
class RecordActivityTaskHeartbeatByIdResponse;
class RespondActivityTaskCompletedRequest;
class RespondActivityTaskCompletedResponse;
class RespondActivityTaskCompletedByIdRequest;
class RespondActivityTaskCompletedByIdResponse;
class RespondActivityTaskFailedRequest;
class RespondActivityTaskFailedResponse;
class RespondActivityTaskFailedByIdRequest;
class RespondActivityTaskFailedByIdResponse;
class RespondActivityTaskCanceledRequest;
class RespondActivityTaskCanceledResponse;
class RespondActivityTaskCanceledByIdRequest;
class RespondActivityTaskCanceledByIdResponse;
class RequestCancelWorkflowExecutionRequest;
class RequestCancelWorkflowExecutionResponse;
class SignalWorkflowExecutionRequest;
class SignalWorkflowExecutionResponse;
class SignalWithStartWorkflowExecutionRequest;
class SignalWithStartWorkflowExecutionResponse;
class ResetWorkflowExecutionRequest;
class ResetWorkflowExecutionResponse;
class TerminateWorkflowExecutionRequest;
class TerminateWorkflowExecutionResponse;
class DeleteWorkflowExecutionRequest;
class DeleteWorkflowExecutionResponse;
class ListWorkflowExecutionsRequest;
class ListWorkflowExecutionsResponse;
class CountWorkflowExecutionsRequest;
class CountWorkflowExecutionsResponse;
class RespondQueryTaskCompletedRequest;
class RespondQueryTaskCompletedResponse;
class ShutdownWorkerRequest;
class ShutdownWorkerResponse;
class QueryWorkflowRequest;
class QueryWorkflowResponse;
class DescribeWorkflowExecutionRequest;
class DescribeWorkflowExecutionResponse;
class GetSystemInfoRequest;
class GetSystemInfoResponse;
class CreateScheduleRequest;
class CreateScheduleResponse;
class DescribeScheduleRequest;
class DescribeScheduleResponse;
class UpdateScheduleRequest;
class UpdateScheduleResponse;
class PatchScheduleRequest;
class PatchScheduleResponse;
class ListScheduleMatchingTimesRequest;
class ListScheduleMatchingTimesResponse;
class DeleteScheduleRequest;
class DeleteScheduleResponse;
class ListSchedulesRequest;
class ListSchedulesResponse;
class SetWorkerDeploymentCurrentVersionRequest;
class SetWorkerDeploymentCurrentVersionResponse;
class DescribeWorkerDeploymentRequest;
class DescribeWorkerDeploymentResponse;
class UpdateWorkflowExecutionRequest;
class UpdateWorkflowExecutionResponse;
class PollWorkflowExecutionUpdateRequest;
class PollWorkflowExecutionUpdateResponse;
class StartBatchOperationRequest;
class StartBatchOperationResponse;
class StopBatchOperationRequest;
class StopBatchOperationResponse;
class DescribeBatchOperationRequest;
class DescribeBatchOperationResponse;
class ResetActivityRequest;
class ResetActivityResponse;
class RecordWorkerHeartbeatRequest;
class RecordWorkerHeartbeatResponse;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;

inline constexpr method<api::workflowservice::v1::DescribeNamespaceRequest,
                        api::workflowservice::v1::DescribeNamespaceResponse>
    describe_namespace{"DescribeNamespace"};
inline constexpr method<api::workflowservice::v1::StartWorkflowExecutionRequest,
                        api::workflowservice::v1::StartWorkflowExecutionResponse>
    start_workflow_execution{"StartWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::ExecuteMultiOperationRequest,
                        api::workflowservice::v1::ExecuteMultiOperationResponse>
    execute_multi_operation{"ExecuteMultiOperation"};
inline constexpr method<api::workflowservice::v1::GetWorkflowExecutionHistoryRequest,
                        api::workflowservice::v1::GetWorkflowExecutionHistoryResponse>
    get_workflow_execution_history{"GetWorkflowExecutionHistory"};
inline constexpr method<api::workflowservice::v1::PollWorkflowTaskQueueRequest,
                        api::workflowservice::v1::PollWorkflowTaskQueueResponse>
    poll_workflow_task_queue{"PollWorkflowTaskQueue"};
inline constexpr method<api::workflowservice::v1::RespondWorkflowTaskCompletedRequest,
                        api::workflowservice::v1::RespondWorkflowTaskCompletedResponse>
    respond_workflow_task_completed{"RespondWorkflowTaskCompleted"};
inline constexpr method<api::workflowservice::v1::RespondWorkflowTaskFailedRequest,
                        api::workflowservice::v1::RespondWorkflowTaskFailedResponse>
    respond_workflow_task_failed{"RespondWorkflowTaskFailed"};
inline constexpr method<api::workflowservice::v1::PollActivityTaskQueueRequest,
                        api::workflowservice::v1::PollActivityTaskQueueResponse>
    poll_activity_task_queue{"PollActivityTaskQueue"};
inline constexpr method<api::workflowservice::v1::RecordActivityTaskHeartbeatRequest,
                        api::workflowservice::v1::RecordActivityTaskHeartbeatResponse>
    record_activity_task_heartbeat{"RecordActivityTaskHeartbeat"};
inline constexpr method<api::workflowservice::v1::RecordActivityTaskHeartbeatByIdRequest,
                        api::workflowservice::v1::RecordActivityTaskHeartbeatByIdResponse>
    record_activity_task_heartbeat_by_id{"RecordActivityTaskHeartbeatById"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskCompletedRequest,
                        api::workflowservice::v1::RespondActivityTaskCompletedResponse>
    respond_activity_task_completed{"RespondActivityTaskCompleted"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskCompletedByIdRequest,
                        api::workflowservice::v1::RespondActivityTaskCompletedByIdResponse>
    respond_activity_task_completed_by_id{"RespondActivityTaskCompletedById"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskFailedRequest,
                        api::workflowservice::v1::RespondActivityTaskFailedResponse>
    respond_activity_task_failed{"RespondActivityTaskFailed"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskFailedByIdRequest,
                        api::workflowservice::v1::RespondActivityTaskFailedByIdResponse>
    respond_activity_task_failed_by_id{"RespondActivityTaskFailedById"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskCanceledRequest,
                        api::workflowservice::v1::RespondActivityTaskCanceledResponse>
    respond_activity_task_canceled{"RespondActivityTaskCanceled"};
inline constexpr method<api::workflowservice::v1::RespondActivityTaskCanceledByIdRequest,
                        api::workflowservice::v1::RespondActivityTaskCanceledByIdResponse>
    respond_activity_task_canceled_by_id{"RespondActivityTaskCanceledById"};
inline constexpr method<api::workflowservice::v1::RequestCancelWorkflowExecutionRequest,
                        api::workflowservice::v1::RequestCancelWorkflowExecutionResponse>
    request_cancel_workflow_execution{"RequestCancelWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::SignalWorkflowExecutionRequest,
                        api::workflowservice::v1::SignalWorkflowExecutionResponse>
    signal_workflow_execution{"SignalWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::SignalWithStartWorkflowExecutionRequest,
                        api::workflowservice::v1::SignalWithStartWorkflowExecutionResponse>
    signal_with_start_workflow_execution{"SignalWithStartWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::ResetWorkflowExecutionRequest,
                        api::workflowservice::v1::ResetWorkflowExecutionResponse>
    reset_workflow_execution{"ResetWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::TerminateWorkflowExecutionRequest,
                        api::workflowservice::v1::TerminateWorkflowExecutionResponse>
    terminate_workflow_execution{"TerminateWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::DeleteWorkflowExecutionRequest,
                        api::workflowservice::v1::DeleteWorkflowExecutionResponse>
    delete_workflow_execution{"DeleteWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::ListWorkflowExecutionsRequest,
                        api::workflowservice::v1::ListWorkflowExecutionsResponse>
    list_workflow_executions{"ListWorkflowExecutions"};
inline constexpr method<api::workflowservice::v1::CountWorkflowExecutionsRequest,
                        api::workflowservice::v1::CountWorkflowExecutionsResponse>
    count_workflow_executions{"CountWorkflowExecutions"};
inline constexpr method<api::workflowservice::v1::RespondQueryTaskCompletedRequest,
                        api::workflowservice::v1::RespondQueryTaskCompletedResponse>
    respond_query_task_completed{"RespondQueryTaskCompleted"};
inline constexpr method<api::workflowservice::v1::ShutdownWorkerRequest,
                        api::workflowservice::v1::ShutdownWorkerResponse>
    shutdown_worker{"ShutdownWorker"};
inline constexpr method<api::workflowservice::v1::QueryWorkflowRequest,
                        api::workflowservice::v1::QueryWorkflowResponse>
    query_workflow{"QueryWorkflow"};
inline constexpr method<api::workflowservice::v1::DescribeWorkflowExecutionRequest,
                        api::workflowservice::v1::DescribeWorkflowExecutionResponse>
    describe_workflow_execution{"DescribeWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::GetSystemInfoRequest,
                        api::workflowservice::v1::GetSystemInfoResponse>
    get_system_info{"GetSystemInfo"};
inline constexpr method<api::workflowservice::v1::CreateScheduleRequest,
                        api::workflowservice::v1::CreateScheduleResponse>
    create_schedule{"CreateSchedule"};
inline constexpr method<api::workflowservice::v1::DescribeScheduleRequest,
                        api::workflowservice::v1::DescribeScheduleResponse>
    describe_schedule{"DescribeSchedule"};
inline constexpr method<api::workflowservice::v1::UpdateScheduleRequest,
                        api::workflowservice::v1::UpdateScheduleResponse>
    update_schedule{"UpdateSchedule"};
inline constexpr method<api::workflowservice::v1::PatchScheduleRequest,
                        api::workflowservice::v1::PatchScheduleResponse>
    patch_schedule{"PatchSchedule"};
inline constexpr method<api::workflowservice::v1::ListScheduleMatchingTimesRequest,
                        api::workflowservice::v1::ListScheduleMatchingTimesResponse>
    list_schedule_matching_times{"ListScheduleMatchingTimes"};
inline constexpr method<api::workflowservice::v1::DeleteScheduleRequest,
                        api::workflowservice::v1::DeleteScheduleResponse>
    delete_schedule{"DeleteSchedule"};
inline constexpr method<api::workflowservice::v1::ListSchedulesRequest,
                        api::workflowservice::v1::ListSchedulesResponse>
    list_schedules{"ListSchedules"};
inline constexpr method<api::workflowservice::v1::SetWorkerDeploymentCurrentVersionRequest,
                        api::workflowservice::v1::SetWorkerDeploymentCurrentVersionResponse>
    set_worker_deployment_current_version{"SetWorkerDeploymentCurrentVersion"};
inline constexpr method<api::workflowservice::v1::DescribeWorkerDeploymentRequest,
                        api::workflowservice::v1::DescribeWorkerDeploymentResponse>
    describe_worker_deployment{"DescribeWorkerDeployment"};
inline constexpr method<api::workflowservice::v1::UpdateWorkflowExecutionRequest,
                        api::workflowservice::v1::UpdateWorkflowExecutionResponse>
    update_workflow_execution{"UpdateWorkflowExecution"};
inline constexpr method<api::workflowservice::v1::PollWorkflowExecutionUpdateRequest,
                        api::workflowservice::v1::PollWorkflowExecutionUpdateResponse>
    poll_workflow_execution_update{"PollWorkflowExecutionUpdate"};
inline constexpr method<api::workflowservice::v1::StartBatchOperationRequest,
                        api::workflowservice::v1::StartBatchOperationResponse>
    start_batch_operation{"StartBatchOperation"};
inline constexpr method<api::workflowservice::v1::StopBatchOperationRequest,
                        api::workflowservice::v1::StopBatchOperationResponse>
    stop_batch_operation{"StopBatchOperation"};
inline constexpr method<api::workflowservice::v1::DescribeBatchOperationRequest,
                        api::workflowservice::v1::DescribeBatchOperationResponse>
    describe_batch_operation{"DescribeBatchOperation"};
inline constexpr method<api::workflowservice::v1::ResetActivityRequest,
                        api::workflowservice::v1::ResetActivityResponse>
    reset_activity{"ResetActivity"};
inline constexpr method<api::workflowservice::v1::RecordWorkerHeartbeatRequest,
                        api::workflowservice::v1::RecordWorkerHeartbeatResponse>
    record_worker_heartbeat{"RecordWorkerHeartbeat"};

} // namespace perdure::inline v0::temporal
