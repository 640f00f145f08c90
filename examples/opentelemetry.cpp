// Traces and metrics in OpenTelemetry's own file format, OTLP as lines of JSON, which a collector
// reads with its receiver "otlpjsonfile". Debian 12 has no package of OpenTelemetry's C++ library;
// an exporter over that has the same two functions. The program ends by printing its spans as a
// tree.
#include <perdure/telemetry.hpp>

#include <fstream>
#include <iostream>
#include <mutex>
#include <string>
#include <vector>

using namespace std::chrono_literals;

/// Writes each span and each measurement as one line. The names of the members are OTLP's.
class otlp_file final : public perdure::tracer, public perdure::metric_sink {
public:
  explicit otlp_file(std::string const& path) : out_{path} {}

  void ended(perdure::span const& done) override {
    perdure::span_context const& ids = done.context;
    std::string line =
        R"({"resourceSpans":[{"resource":)" + resource + R"(,"scopeSpans":[{"spans":[{)";
    line +=
        R"("traceId":")" + perdure::hex_id(ids.trace_high) + perdure::hex_id(ids.trace_low) + '"';
    line += R"(,"spanId":")" + perdure::hex_id(ids.span_id) + '"';
    if (done.parent_id != 0) line += R"(,"parentSpanId":")" + perdure::hex_id(done.parent_id) + '"';
    line += R"(,"name":)" + perdure::to_json(done.name);
    line += R"(,"kind":)" + std::to_string(static_cast<int>(done.kind));
    line += R"(,"startTimeUnixNano":")" + nanoseconds(done.start) + '"';
    line += R"(,"endTimeUnixNano":")" + nanoseconds(done.end) + R"(","attributes":[)";
    for (auto const& [name, value] : done.attributes) line += attribute(name, value);
    if (line.back() == ',') line.pop_back();
    line += R"(],"status":{"code":)" + std::string{done.failed ? "2" : "1"};
    line += R"(,"message":)" + perdure::to_json(done.message) + "}}]}]}]}";
    std::lock_guard const lock{mutex_};
    out_ << line << '\n';
    spans_.push_back(done);
  }

  void record(perdure::metric_point const& point) noexcept override try {
    std::string data = R"({"dataPoints":[{"timeUnixNano":")" +
                       nanoseconds(std::chrono::system_clock::now()) + R"(","attributes":[)";
    for (perdure::metric_tag const& each : point.tags)
      if (!each.value.empty()) data += attribute(each.name, each.value);
    if (data.back() == ',') data.pop_back();
    std::string const value = perdure::to_json(point.value);
    std::string kind = "gauge";
    if (point.kind == perdure::metric_kind::histogram) { // of one value; 1 is a delta
      kind = "histogram";
      data += R"(],"count":"1","sum":)" + value + R"(}],"aggregationTemporality":1})";
    } else if (point.kind == perdure::metric_kind::counter) {
      kind = "sum";
      data += R"(],"asDouble":)" + value + R"(}],"aggregationTemporality":1,"isMonotonic":true})";
    } else {
      data += R"(],"asDouble":)" + value + "}]}";
    }
    std::lock_guard const lock{mutex_};
    out_ << R"({"resourceMetrics":[{"resource":)" << resource
         << R"(,"scopeMetrics":[{"metrics":[{"name":)" << perdure::to_json(std::string{point.name})
         << ",\"" << kind << "\":" << data << "}]}]}]}\n";
  } catch (...) {
  } // no memory: this measurement is lost

  /// The spans as a tree, each under its parent.
  void print(std::uint64_t parent = 0, std::string const& indent = {}) const {
    for (auto const& each : spans_) {
      if (each.parent_id != parent) continue;
      std::cout << indent << each.name << (each.failed ? " failed: " + each.message : "") << '\n';
      print(each.context.span_id, indent + "  ");
    }
  }

private:
  static auto nanoseconds(perdure::time_point at) -> std::string {
    return std::to_string(at.time_since_epoch().count());
  }
  static auto attribute(std::string_view name, std::string_view value) -> std::string {
    return R"({"key":)" + perdure::to_json(std::string{name}) + R"(,"value":{"stringValue":)" +
           perdure::to_json(std::string{value}) + "}},";
  }
  inline static std::string const resource =
      R"({"attributes":[{"key":"service.name","value":{"stringValue":"parcels"}}]})";
  std::mutex mutex_;
  std::ofstream out_;
  std::vector<perdure::span> spans_;
};

int weigh(std::string parcel) {
  if (parcel.empty())
    throw perdure::application_error{"nothing on the scale", {.non_retryable = true}};
  perdure::metrics().observe("parcel_weight", static_cast<double>(parcel.size()));
  return static_cast<int>(parcel.size());
}

perdure::workflow<int> send_parcel(std::string parcel) {
  perdure::metrics().count("parcels"); // once, however often this is replayed
  co_return co_await perdure::execute_activity<weigh>(parcel, {.start_to_close_timeout = 10s});
}

int main() {
  auto const otlp = std::make_shared<otlp_file>("telemetry.jsonl");
  auto const tracing = std::make_shared<perdure::tracing_interceptor>(otlp);
  perdure::memory_backend backend;
  {
    perdure::worker worker{backend,
                           {.task_queue = "parcels", .interceptors = {tracing}, .metrics = otlp}};
    worker.add<send_parcel, weigh>();
    worker.start();
    perdure::client const client{backend, {.interceptors = {tracing}, .metrics = otlp}};
    for (std::string const& parcel : {std::string{"books"}, std::string{}}) try {
        int const grams = client.execute_workflow<send_parcel>(
            parcel, {.id = "parcel of " + parcel, .task_queue = "parcels"});
        std::cout << parcel << " weigh " << grams << '\n';
      } catch (perdure::activity_error const& lost) {
        std::cout << "not sent: " << lost.root_cause().message << '\n';
      }
  }
  otlp->print();
}
