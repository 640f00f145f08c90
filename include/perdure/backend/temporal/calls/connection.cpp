#include "perdure/backend/temporal/calls/connection.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "perdure/backend/temporal/calls/channel.hpp"
#include "perdure/backend/temporal/calls/open_calls.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/version.hpp"

namespace perdure::inline v0::temporal {

namespace {

constexpr int largest_message_bytes = 128 << 20; // the default, 4 MiB, breaks long histories

[[nodiscard]] auto is_encrypted(temporal_options const& options) -> bool {
  return options.tls ? !options.tls->disabled : !options.api_key.empty();
}

/// That take whoever answers. gRPC has them among its experiments alone.
[[nodiscard]] auto unverified_credentials(tls_options const& tls)
    -> std::shared_ptr<grpc::ChannelCredentials> {
  grpc::experimental::TlsChannelCredentialsOptions with;
  with.set_verify_server_certs(false);
  with.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  with.set_check_call_host(false);
  if (!tls.client_certificate.empty()) {
    std::vector<grpc::experimental::IdentityKeyCertPair> const own{
        {tls.client_private_key, tls.client_certificate}};
    with.set_certificate_provider(
        std::make_shared<grpc::experimental::StaticDataCertificateProvider>(own));
    with.watch_identity_key_cert_pairs();
  }
  return grpc::experimental::TlsCredentials(with);
}

[[nodiscard]] auto credentials_of(temporal_options const& options)
    -> std::shared_ptr<grpc::ChannelCredentials> {
  if (!is_encrypted(options)) return grpc::InsecureChannelCredentials();
  tls_options const tls = options.tls.value_or(tls_options{});
  if (tls.disable_host_verification) return unverified_credentials(tls);
  return grpc::SslCredentials(
      {tls.server_root_certificates, tls.client_private_key, tls.client_certificate});
}

[[nodiscard]] auto arguments_of(temporal_options const& options) -> grpc::ChannelArguments {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(largest_message_bytes);
  arguments.SetMaxSendMessageSize(largest_message_bytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 15'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Despite its name, how long one attempt may take: TLS with a far server needs several trips.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1); // a backend has a connection of its own
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);            // calls are tried again by us
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  if (is_encrypted(options) && options.tls && !options.tls->server_name.empty())
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, options.tls->server_name);
  return arguments;
}

[[noreturn]] void refuse(std::string const& why) {
  throw error{errc::invalid_argument, "temporal_options: " + why};
}

/// What HTTP/2 takes as the value of a header; gRPC ends the process for what it does not.
[[nodiscard]] auto is_header_value(std::string_view text) -> bool {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_header(std::string const& name, std::string const& value) {
  if (name.empty()) refuse("a header has no name");
  for (char const c : name)
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.')
      refuse("the name of header '" + name + "' is not of lower case letters, digits, - _ .");
  if (name.starts_with("grpc-")) refuse("header '" + name + "': grpc- is for gRPC's own headers");
  if (name == "client-name" || name == "client-version" || name == "temporal-namespace")
    refuse("header '" + name + "' is set by the library: remove it");
  if (!name.ends_with("-bin") && !is_header_value(value))
    refuse("the value of header '" + name + "' is not of printable ASCII characters");
}

/// `part`: CERTIFICATE, or PRIVATE KEY with something before it.
void check_pem(std::string_view field, std::string_view part, std::string const& text) {
  if (text.empty()) return;
  std::string const name = ".tls->" + std::string{field};
  if (text.find("-----BEGIN ") == std::string::npos)
    refuse(name + " is not PEM: it is the text of a file, not its name");
  if (text.find(std::string{part} + "-----") == std::string::npos)
    refuse(name + " holds no " + std::string{part});
}

void check_tls(tls_options const& tls) {
  if (tls.client_certificate.empty() != tls.client_private_key.empty())
    refuse(".tls has a client certificate without its key, or a key without its certificate");
  check_pem("server_root_certificates", "CERTIFICATE", tls.server_root_certificates);
  check_pem("client_certificate", "CERTIFICATE", tls.client_certificate);
  check_pem("client_private_key", "PRIVATE KEY", tls.client_private_key);
  if (tls.client_private_key.find("ENCRYPTED") != std::string::npos)
    refuse(".tls->client_private_key is encrypted with a password: give it decrypted");
  if (!is_header_value(tls.server_name))
    refuse(".tls->server_name is not of printable ASCII characters");
}

void check(temporal_options const& options) {
  if (options.address.empty()) refuse(".address is empty: it is host:port of the server");
  if (options.address.starts_with("http://") || options.address.starts_with("https://"))
    refuse(".address is '" + options.address +
           "': write host:port alone, and set .tls where it is to be encrypted");
  if (options.address.find(':') == std::string::npos)
    refuse(".address is '" + options.address + "', without a port: Temporal's is 7233");
  if (options.namespace_.empty()) refuse(".namespace_ is empty");
  if (!is_header_value(options.namespace_))
    refuse(".namespace_ is not of printable ASCII characters");
  if (!is_header_value(options.api_key))
    refuse(".api_key is not of printable ASCII characters: perhaps it ends with a line feed");
  if (options.identity.size() > 1'000) refuse(".identity has more than 1,000 bytes");
  if (options.tls && !options.tls->disabled) check_tls(*options.tls);
  for (auto const& [name, value] : options.headers) check_header(name, value);
}

} // namespace

channel::channel(temporal_options const& with)
    : raw{grpc::CreateCustomChannel(with.address, credentials_of(with), arguments_of(with))},
      stub{raw},
      // A header of that name is the caller's wish, as in other SDKs.
      authorization{with.api_key.empty() || with.headers.contains("authorization")
                        ? std::string{}
                        : "Bearer " + with.api_key},
      options{&with} {}

void channel::prepare(grpc::ClientContext& context, duration deadline) const {
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  context.AddMetadata("client-name", "perdure-cpp");
  context.AddMetadata("client-version", version);
  context.AddMetadata("temporal-namespace", options->namespace_);
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
  for (auto const& [name, value] : options->headers) context.AddMetadata(name, value);
}

auto channel::begin(grpc::ClientContext& context, std::string_view name,
                    grpc::ByteBuffer const& request, grpc::CompletionQueue& queue)
    -> std::unique_ptr<grpc::GenericClientAsyncResponseReader> {
  static constexpr std::string_view service = "/temporal.api.workflowservice.v1.WorkflowService/";
  std::string path;
  path.reserve(service.size() + name.size());
  path.append(service).append(name);
  auto reader = stub.PrepareUnaryCall(&context, path, request, &queue);
  reader->StartCall();
  return reader;
}

auto take_answer(grpc::Status const& status, grpc::ByteBuffer& buffer, grpc::Slice& bytes)
    -> call_status {
  if (!status.ok())
    return {static_cast<status_code>(status.error_code()), status.error_message(),
            status.error_details()};
  if (!buffer.TrySingleSlice(&bytes).ok() && !buffer.DumpToSingleSlice(&bytes).ok())
    return {status_code::internal, "the answer could not be read", {}};
  return {};
}

auto parse_answer(call_status status, std::string_view answered, google::protobuf::MessageLite& to)
    -> call_status {
  if (!status.ok()) return status;
  // The default, 100 levels, is what a failure with 45 causes takes.
  google::protobuf::io::CodedInputStream in{reinterpret_cast<std::uint8_t const*>(answered.data()),
                                            static_cast<int>(answered.size())};
  in.SetRecursionLimit(1'000);
  if (!to.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage())
    return {status_code::internal, "the answer is not of the expected type", {}};
  return status;
}

auto backoff_after(call_terms const& terms, int tries, call_status const& status) -> duration {
  bool const overloaded = status.code == status_code::resource_exhausted;
  duration wait = overloaded ? duration{std::chrono::seconds{1}} : terms.first_backoff;
  duration const longest = overloaded ? duration{std::chrono::seconds{10}} : terms.longest_backoff;
  for (int i = 1; i < tries && wait < longest; ++i) wait = wait * 17 / 10;
  return wait < longest ? wait : longest;
}

auto spread(duration wait) -> duration {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> parts{800, 1'200};
  return wait / 1'000 * parts(random);
}

namespace {

/// Whose answer a thread waits for.
class awaited_call final : public pending_call {
public:
  awaited_call(google::protobuf::MessageLite& response, call_status& end, call_loop& loop,
               loop_waiter& who)
      : response_{&response}, end_{&end}, loop_{&loop}, who_{&who} {}
  void done(call_status status, std::string_view answered) noexcept override {
    *end_ = parse_answer(std::move(status), answered, *response_);
    loop_->call(*who_);
  }

private:
  google::protobuf::MessageLite* response_;
  call_status* end_;
  call_loop* loop_;
  loop_waiter* who_;
};

} // namespace

connection::connection(temporal_options options) : options_{std::move(options)} {
  check(options_);
  if (options_.identity.empty()) options_.identity = detail::process_identity();
  channel_ = std::make_unique<channel>(options_);
  calls_ = std::make_unique<open_calls>(*this);
}
connection::~connection() = default;

auto connection::try_once(std::string_view name, google::protobuf::MessageLite const& request,
                          google::protobuf::MessageLite& response, duration deadline)
    -> call_status {
  loop_waiter me{loop_waiter::rank::caller};
  call_status end;
  calls_->start(name, request, deadline, std::make_unique<awaited_call>(response, end, loop_, me));
  (void)loop_.wait(me);
  loop_.hand_over();
  return end;
}

void connection::call(std::string_view name, google::protobuf::MessageLite const& request,
                      google::protobuf::MessageLite& response, call_terms const& terms) {
  auto const began = std::chrono::steady_clock::now();
  for (int tries = 1;; ++tries) {
    call_status status = try_once(name, request, response, terms.deadline);
    if (status.ok()) return;
    duration const wait = spread(backoff_after(terms, tries, status));
    bool const in_time = terms.patience == duration{} ||
                         std::chrono::steady_clock::now() - began + wait < terms.patience;
    if (!is_retryable(status) || !in_time) throw call_failed{name, std::move(status)};
    std::this_thread::sleep_for(wait);
  }
}

} // namespace perdure::inline v0::temporal
