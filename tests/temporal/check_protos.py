#!/usr/bin/env python3
"""Compares our trimmed .proto files with the descriptors that the temporalio package carries.

Every message, field, oneof, enum, enum value and call that our files declare must exist in the
official API under the same name, with the same number and the same type. What our files leave out
is no difference; an enum that we declare must be whole, so that no value arrives nameless.
Written against temporalio 1.35.0: a later one may bring enum values that we must add.

usage: check_protos.py [--self-test] PROTO_FOLDER PROTOC

Exit codes: 0 all equal, 1 a difference or too little to compare, 2 misuse, 77 no temporalio.
"""

import argparse
import importlib
import pathlib
import pkgutil
import subprocess
import sys
import tempfile
import types

skipped = 77

# Fewer than these means that the wrong folder was given or that files were lost, not that all is
# well. Raise them when the protos grow; lower them only on purpose.
least_compared = {"messages": 300, "fields": 1200, "enums": 40, "enum values": 300, "calls": 45}

# C++ cannot have a package called "namespace" with protobuf 3.21, so its messages have ours.
renamed_packages = {
    "temporal.api.perdure.v1": "temporal.api.namespace.v1",
    "temporal.api.perdure.rpc": "google.rpc",  # a program may carry Google's own
}

# Messages that we read from their bytes.
kept_as_bytes = {
    "temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse.history",
    "temporal.api.workflowservice.v1.PollWorkflowTaskQueueResponse.history",
}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(skipped)


try:
    import temporalio.api
    from google.protobuf import descriptor_pb2, descriptor_pool
except ImportError as missing:
    skip(f"this python cannot import temporalio ({missing})")

field_proto = descriptor_pb2.FieldDescriptorProto


# --- reading both sides --------------------------------------------------------------------------


def stand_in_for_http_annotations():
    """Lets the official service load where googleapis-common-protos is not installed.

    The service imports google/api/annotations.proto for HTTP options alone, which we do not read.
    """
    try:
        importlib.import_module("google.api.annotations_pb2")
        return
    except ImportError:
        pass
    empty_file = descriptor_pb2.FileDescriptorProto(
        name="google/api/annotations.proto", package="google.api", syntax="proto3"
    )
    descriptor_pool.Default().AddSerializedFile(empty_file.SerializeToString())
    package = types.ModuleType("google.api")
    package.__path__ = []
    package.annotations_pb2 = types.ModuleType("google.api.annotations_pb2")
    sys.modules["google.api"] = package
    sys.modules["google.api.annotations_pb2"] = package.annotations_pb2


def official_files():
    """The descriptor of every file under temporalio.api that can be loaded."""
    stand_in_for_http_annotations()
    files = {}
    for module in pkgutil.walk_packages(temporalio.api.__path__, "temporalio.api."):
        if not module.name.endswith("_pb2"):
            continue
        try:
            loaded = importlib.import_module(module.name)
        except ImportError as problem:
            # Only what our files declare matters, and that is looked for by name later on.
            print(f"note: {module.name} does not load: {problem}")
            continue
        file = descriptor_pb2.FileDescriptorProto()
        loaded.DESCRIPTOR.CopyToProto(file)
        files[file.name] = file
    files["google/rpc/status.proto"] = official_status_file()
    return list(files.values())


def official_status_file():
    """google.rpc.Status as Google publishes it; temporalio does not carry it."""
    file = descriptor_pb2.FileDescriptorProto(name="google/rpc/status.proto", package="google.rpc")
    status = file.message_type.add(name="Status")
    one, many = field_proto.LABEL_OPTIONAL, field_proto.LABEL_REPEATED
    status.field.add(name="code", number=1, label=one, type=field_proto.TYPE_INT32)
    status.field.add(name="message", number=2, label=one, type=field_proto.TYPE_STRING)
    details = status.field.add(name="details", number=3, label=many, type=field_proto.TYPE_MESSAGE)
    details.type_name = ".google.protobuf.Any"
    return file


def our_files(proto_folder, protoc):
    """Compiles every .proto file under the folder and returns the descriptors."""
    folder = pathlib.Path(proto_folder)
    sources = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.proto"))
    if not sources:
        print(f"no .proto file under {folder}")
        sys.exit(1)
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "descriptors"
        command = [protoc, f"--proto_path={folder}", f"--descriptor_set_out={output}", *sources]
        try:
            compiled = subprocess.run(command, check=False)
        except OSError as problem:
            print(f"protoc cannot be run: {problem}")
            sys.exit(2)
        if compiled.returncode != 0:
            print("protoc refused our files")
            sys.exit(1)
        return descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file


class catalogue:
    """What a set of files declares, by full name (without the leading dot)."""

    def __init__(self, files):
        self.messages, self.enums, self.calls = {}, {}, {}
        self.syntaxes = {}
        for file in files:
            prefix = official_name(file.package)
            self.syntaxes[file.name] = file.syntax
            for message in file.message_type:
                self._add_message(prefix, message)
            for enum in file.enum_type:
                self.enums[f"{prefix}.{enum.name}"] = enum
            for service in file.service:
                for method in service.method:
                    self.calls[f"{prefix}.{service.name}.{method.name}"] = method

    def _add_message(self, prefix, message):
        name = f"{prefix}.{message.name}"
        self.messages[name] = message
        for nested in message.nested_type:
            self._add_message(name, nested)
        for enum in message.enum_type:
            self.enums[f"{name}.{enum.name}"] = enum


def official_name(name):
    """The official name of a type or package of ours."""
    leading_dot = "." if name.startswith(".") else ""
    bare = name.removeprefix(".")
    for ours, theirs in renamed_packages.items():
        if bare == ours or bare.startswith(f"{ours}."):
            return leading_dot + theirs + bare[len(ours):]
    return name


# --- comparing -----------------------------------------------------------------------------------


class comparison:
    """Compares our catalogue with the official one; collects differences and counts."""

    def __init__(self, ours, official):
        self.differences = []
        self.counts = dict.fromkeys(least_compared, 0)
        for name, syntax in ours.syntaxes.items():
            if syntax != "proto3":
                self._differ(name, "syntax", syntax or "proto2", "proto3")
        for name, message in ours.messages.items():
            self._compare_message(name, message, official.messages.get(name))
        for name, enum in ours.enums.items():
            self._compare_enum(name, enum, official.enums.get(name))
        for name, call in ours.calls.items():
            self._compare_call(name, call, official.calls.get(name))

    def too_little(self):
        return [
            f"only {self.counts[what]} {what} were compared, at least {least} were expected"
            for what, least in least_compared.items()
            if self.counts[what] < least
        ]

    def _differ(self, name, what, ours, official):
        self.differences.append(f"{name}: {what} is {ours}, official is {official}")

    def _compare_message(self, name, ours, official):
        if official is None:
            self.differences.append(f"{name}: no such message in the official API")
            return
        self.counts["messages"] += 1
        if ours.options.map_entry != official.options.map_entry:
            self._differ(name, "map entry", ours.options.map_entry, official.options.map_entry)
        official_fields = {field.name: field for field in official.field}
        for field in ours.field:
            field_name = f"{name}.{field.name}"
            counterpart = official_fields.get(field.name)
            if counterpart is None:
                self.differences.append(f"{field_name}: no such field in the official message")
                continue
            self.counts["fields"] += 1
            ours_traits = field_traits(ours, field)
            official_traits = field_traits(official, counterpart)
            if field_name in kept_as_bytes and is_kept_as_bytes(field, counterpart):
                del ours_traits["type"], ours_traits["type name"]
            for what, value in ours_traits.items():
                if value != official_traits[what]:
                    self._differ(field_name, what, value, official_traits[what])

    def _compare_enum(self, name, ours, official):
        if official is None:
            self.differences.append(f"{name}: no such enum in the official API")
            return
        self.counts["enums"] += 1
        our_numbers = {value.name: value.number for value in ours.value}
        official_numbers = {value.name: value.number for value in official.value}
        for value, number in our_numbers.items():
            if value not in official_numbers:
                self.differences.append(f"{name}.{value}: no such value in the official enum")
                continue
            self.counts["enum values"] += 1
            if number != official_numbers[value]:
                self._differ(f"{name}.{value}", "number", number, official_numbers[value])
        for value in official_numbers.keys() - our_numbers.keys():
            self.differences.append(f"{name}.{value}: our enum lacks this official value")

    def _compare_call(self, name, ours, official):
        if official is None:
            self.differences.append(f"{name}: no such call in the official service")
            return
        self.counts["calls"] += 1
        our_traits, official_traits = call_traits(ours), call_traits(official)
        for what, value in our_traits.items():
            if value != official_traits[what]:
                self._differ(name, what, value, official_traits[what])


def is_kept_as_bytes(ours, official):
    """Whether ours is `bytes` where the official one is one message: the same on the wire."""
    one_message = (field_proto.TYPE_MESSAGE, field_proto.LABEL_OPTIONAL)
    return ours.type == field_proto.TYPE_BYTES and (official.type, official.label) == one_message


def field_traits(message, field):
    """All that decides how a field looks on the wire, in JSON and in generated code."""
    in_named_oneof = field.HasField("oneof_index") and not field.proto3_optional
    return {
        "number": field.number,
        "type": field_proto.Type.Name(field.type),
        "type name": official_name(field.type_name) or "(none)",
        "label": field_proto.Label.Name(field.label),
        "oneof": message.oneof_decl[field.oneof_index].name if in_named_oneof else "(none)",
        "explicit presence": field.proto3_optional,
        "JSON name": field.json_name or json_name(field.name),
        "packed option": field.options.packed if field.options.HasField("packed") else "(unset)",
    }


def json_name(field_name):
    """What protoc writes as the JSON name; an imported descriptor may leave it out."""
    first, *others = field_name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def call_traits(call):
    return {
        "request": official_name(call.input_type),
        "response": official_name(call.output_type),
        "client streaming": call.client_streaming,
        "server streaming": call.server_streaming,
    }


# --- self-test -----------------------------------------------------------------------------------


def find(files, package, name):
    messages = (m for file in files if file.package == package for m in file.message_type)
    return next(message for message in messages if message.name == name)


def field_of(message, name):
    return next(field for field in message.field if field.name == name)


common, failure = "temporal.api.common.v1", "temporal.api.failure.v1"
workflow_service = "temporal.api.workflowservice.v1"


def wrong_number(files):
    field_of(find(files, common, "RetryPolicy"), "maximum_attempts").number = 6
    return f"{common}.RetryPolicy.maximum_attempts: number is 6, official is 4"


def wrong_type(files):
    field = field_of(find(files, common, "WorkflowExecution"), "run_id")
    field.type = field_proto.TYPE_BYTES
    return f"{common}.WorkflowExecution.run_id: type is TYPE_BYTES, official is TYPE_STRING"


def wrong_message_type(files):
    field_of(find(files, failure, "Failure"), "cause").type_name = f".{common}.Payload"
    return f"{failure}.Failure.cause: type name is .{common}.Payload"


def wrong_label(files):
    field = field_of(find(files, common, "Payloads"), "payloads")
    field.label = field_proto.LABEL_OPTIONAL
    return f"{common}.Payloads.payloads: label is LABEL_OPTIONAL, official is LABEL_REPEATED"


def field_out_of_its_oneof(files):
    field = field_of(find(files, failure, "Failure"), "timeout_failure_info")
    field.ClearField("oneof_index")
    return f"{failure}.Failure.timeout_failure_info: oneof is (none), official is failure_info"


def unknown_field(files):
    field_of(find(files, common, "WorkflowType"), "name").name = "title"
    return f"{common}.WorkflowType.title: no such field in the official message"


def unknown_message(files):
    find(files, "temporal.api.perdure.v1", "NamespaceInfo").name = "NamespaceFacts"
    return "temporal.api.namespace.v1.NamespaceFacts: no such message in the official API"


def enum_named(files, name):
    return next(enum for file in files for enum in file.enum_type if enum.name == name)


def wrong_enum_value(files):
    enum = enum_named(files, "TimeoutType")
    next(v for v in enum.value if v.name == "TIMEOUT_TYPE_HEARTBEAT").number = 40
    return "temporal.api.enums.v1.TimeoutType.TIMEOUT_TYPE_HEARTBEAT: number is 40, official is 4"


def missing_enum_value(files):
    del enum_named(files, "TimeoutType").value[-1]
    return "temporal.api.enums.v1.TimeoutType.TIMEOUT_TYPE_HEARTBEAT: our enum lacks this"


def wrong_response(files):
    calls = (m for file in files for service in file.service for m in service.method)
    call = next(call for call in calls if call.name == "QueryWorkflow")
    call.output_type = f".{workflow_service}.GetSystemInfoResponse"
    return f"{workflow_service}.WorkflowService.QueryWorkflow: response is .{workflow_service}."


mutations = [
    wrong_number,
    wrong_type,
    wrong_message_type,
    wrong_label,
    field_out_of_its_oneof,
    unknown_field,
    unknown_message,
    wrong_enum_value,
    missing_enum_value,
    wrong_response,
]


def self_test(files, official):
    """Plants one fault at a time in a copy of our descriptors; each must be named."""
    untouched = comparison(catalogue(files), official)
    if untouched.differences or untouched.too_little():
        print("self-test: our files must be right before faults can be planted in them")
        return 1
    failures = 0
    for mutate in mutations:
        copy = descriptor_pb2.FileDescriptorSet(file=files).file
        expected = mutate(copy)
        found = comparison(catalogue(copy), official).differences
        detected = any(line.startswith(expected) for line in found)
        print(f"self-test: {mutate.__name__}: {'found' if detected else 'NOT FOUND'}")
        if not detected:
            failures += 1
            print(f"  expected: {expected}\n  reported: {found}")
    if not comparison(catalogue([]), official).too_little():
        failures += 1
        print("self-test: an empty set was accepted")
    return 1 if failures else 0


# --- the program ---------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="compare our .proto files with the official API")
    parser.add_argument("proto_folder", help="the folder that our .proto files' imports start from")
    parser.add_argument("protoc", help="the protobuf compiler")
    parser.add_argument("--self-test", action="store_true", help="plant faults and find them")
    arguments = parser.parse_args()

    official = catalogue(official_files())
    ours = our_files(arguments.proto_folder, arguments.protoc)
    if arguments.self_test:
        return self_test(ours, official)

    compared = comparison(catalogue(ours), official)
    problems = compared.differences + compared.too_little()
    for problem in problems:
        print(problem)
    print("compared: " + ", ".join(f"{count} {what}" for what, count in compared.counts.items()))
    print(f"{len(problems)} problems" if problems else "all equal")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
