#!/usr/bin/env python3
"""What the library costs to compile, beside what including nlohmann/json.hpp costs, with the same flags.

    benchmarks/compile_time.py [--runs N] [--many N] [--headers] [--compiler PATH] [--max-ratio R] [-- FLAG...]

 * perdure.hpp included, the standard headers it needs, and the module imported, in a file that has nothing else;
 * one more workflow and one more activity, each with structures of its own as argument and result, in a file that
   gives them to a worker: a share of what many (--many) cost;
 * the first program of the README, including the library and importing it;
 * the same files where the program compiles the library once (perdure/source.hpp), and that one file;
 * with --headers, each other header that users include, by itself: those of which a library is missing are left out.

Each run compiles all in turns, so that a machine that slows down slows all. Figures are medians of processor time
(user and system), in seconds, the first less the cost of an empty file. Modules are measured where Clang 19 can build
them. With --max-ratio it exits 1 when perdure.hpp costs more than R times nlohmann/json.hpp.
"""
import argparse
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))
import modules

ROOT = Path(__file__).resolve().parents[1]
MANY = 20


def processor_seconds(command: list[str]) -> float:
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed (nlohmann/json.hpp is in the package nlohmann-json3-dev)")
    return usage.ru_utime + usage.ru_stime


def program_of(workflows: int, activities: int) -> str:
    """That many workflows, and one that calls that many activities."""
    lines = ["#include <perdure/perdure.hpp>", "using namespace std::chrono_literals;"]
    for i in range(workflows):
        lines += [f"struct order_{i} {{ std::string id{{}}; int count{{}}; }};",
                  f"struct receipt_{i} {{ std::string id{{}}; double price{{}}; }};",
                  f"perdure::workflow<receipt_{i}> workflow_{i}(order_{i} order) {{",
                  f"  co_await perdure::sleep(1s); co_return {{order.id, 1.5 * order.count}}; }}"]
    for i in range(activities):
        lines += [f"struct question_{i} {{ std::string text{{}}; int count{{}}; }};",
                  f"struct answer_{i} {{ std::string text{{}}; std::vector<int> all{{}}; }};",
                  f"answer_{i} activity_{i}(question_{i} asked) {{ return {{asked.text, {{asked.count}}}}; }}"]
    lines.append("perdure::workflow<int> calls() {")
    lines += [f'  co_await perdure::execute_activity<activity_{i}>({{.text = "a", .count = {i}}}, '
              "{.start_to_close_timeout = 10s});" for i in range(activities)]
    names = ["calls", *(f"workflow_{i}" for i in range(workflows)), *(f"activity_{i}" for i in range(activities))]
    return "\n".join([*lines, "  co_return 1; }", "void add(perdure::worker<perdure::memory_backend>& to) {",
                      f"  to.add<{', '.join(names)}>(); }}"]) + "\n"


def standard_headers() -> str:
    """The headers that perdure.hpp takes from the standard library and the system: it cannot cost less."""
    lines = (ROOT / "single_include/perdure/perdure.hpp").read_text().splitlines()
    return "".join(f"{line}\n" for line in sorted({line for line in lines if line.startswith("#include <")}))


# Measured by themselves, or in no file of a program but one.
OTHERS = {"perdure.hpp", "internals.hpp", "source.hpp", "sqlite_source.hpp"}


def public_headers() -> list[str]:
    """What users include besides perdure.hpp, which is measured anyway."""
    return sorted(each.name for each in (ROOT / "single_include/perdure").glob("*.hpp") if each.name not in OTHERS)


@functools.cache
def can_include(compiler: str, header: str) -> bool:
    """Whether the libraries that it needs are here."""
    command = [compiler, "-std=c++20", f"-I{ROOT / 'include'}", "-E", "-include", f"perdure/{header}", "-x", "c++"]
    return subprocess.run([*command, os.devnull], capture_output=True).returncode == 0


def header_costs(compiler: str, flags: list[str], runs: int) -> dict[str, float]:
    """Of each header that can be included here, in seconds, less the cost of an empty file."""
    headers = [each for each in public_headers() if can_include(compiler, each)]
    seconds: dict[str, list[float]] = {each: [] for each in ["", *headers]}
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "file.cpp", Path(folder) / "file.o"
        command = [compiler, "-std=c++20", *flags, "-pthread", f"-I{ROOT / 'include'}"]
        command += ["-c", str(source), "-o", str(made)]
        for _ in range(runs):
            for each, found in seconds.items():
                source.write_text(f"#include <perdure/{each}>\n" if each else "")
                found.append(processor_seconds(command))
    return {each: median(found) - median(seconds[""]) for each, found in seconds.items() if each}


# What is also measured where the library is compiled once: the name has this behind it.
DECLARED = ", declared"


def sources_of(many: int) -> dict[str, str]:
    ours = {"perdure": "#include <perdure/perdure.hpp>\n", "one": program_of(1, 1), "workflows": program_of(1 + many, 1),
            "activities": program_of(1, 1 + many), "example": (ROOT / "examples/batch.cpp").read_text()}
    declared = {name + DECLARED: text for name, text in ours.items()}
    return {"nothing": "", "nlohmann": "#include <nlohmann/json.hpp>\n", "standard": standard_headers(), **ours,
            **declared, "source" + DECLARED: "#include <perdure/source.hpp>\n"}


def costs(compiler: str, flags: list[str], runs: int, many: int = MANY) -> dict[str, float]:
    """The figures by name, in seconds; without those of modules where they cannot be built."""
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    sources = sources_of(many)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [compiler, "-std=c++20", *flags, "-pthread"]
        if modules.can_build(version):
            for step in modules.commands(command, folder):
                processor_seconds(step)
            sources |= {"import": "import perdure;\n", "example by import": modules.with_import(sources["example"])}
        for each, text in sources.items():
            (folder / f"{each}.cpp").write_text(text)
        seconds: dict[str, list[float]] = {each: [] for each in sources}
        for _ in range(runs):
            for each, text in sources.items():
                finds = modules.uses(folder) if "import" in each else [f"-I{ROOT / 'include'}"]
                finds += ["-DPERDURE_SEPARATE_COMPILATION"] if DECLARED in each else []
                seconds[each].append(processor_seconds([*command, *finds, "-c", str(folder / f"{each}.cpp"), "-o",
                                                        str(folder / "out.o")]))
    took = {each: median(values) for each, values in seconds.items()}
    for each in ("perdure", "perdure" + DECLARED, "nlohmann", "standard", *(["import"] if "import" in took else [])):
        took[each] = max(took[each] - took["nothing"], 0.001)  # less than the clock shows is not nothing
    for mode in ("", DECLARED):
        for each in ("workflows", "activities"):
            took[each + mode] = (took[each + mode] - took["one" + mode]) / many
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures what the library costs to compile.")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "c++"))
    parser.add_argument("--max-ratio", type=float)
    parser.add_argument("--headers", action="store_true", help="the other public headers, too")
    parser.add_argument("flags", nargs="*", default=["-O0"])
    options = parser.parse_args()

    took = costs(options.compiler, options.flags, options.runs, options.many)
    ratio = took["perdure"] / took["nlohmann"]
    once = "compiled once: "
    print(f"{options.compiler} -std=c++20 {' '.join(options.flags)}, median of {options.runs}")
    for what, name in [("nlohmann/json.hpp", "nlohmann"), ("perdure/perdure.hpp", "perdure"),
                       ("its standard headers alone", "standard"),
                       ("import perdure", "import"), ("one more workflow", "workflows"),
                       ("one more activity", "activities"), ("the batch example", "example"),
                       ("the batch example by import", "example by import"),
                       (once + "perdure/perdure.hpp", "perdure" + DECLARED),
                       (once + "one more workflow", "workflows" + DECLARED),
                       (once + "one more activity", "activities" + DECLARED),
                       (once + "the batch example", "example" + DECLARED),
                       (once + "perdure/source.hpp", "source" + DECLARED)]:
        print(f"{what:36}" + (f"{took[name]:.3f} s" if name in took else "not measured"))
    print(f"{'ratio':36}{ratio:.2f}")
    print(f"{once + 'ratio':36}{took['perdure' + DECLARED] / took['nlohmann']:.2f}")
    if options.headers:
        for name, seconds in header_costs(options.compiler, options.flags, options.runs).items():
            print(f"{'perdure/' + name:36}{seconds:.3f} s")
    return 1 if options.max_ratio is not None and ratio > options.max_ratio else 0


if __name__ == "__main__":
    sys.exit(main())
