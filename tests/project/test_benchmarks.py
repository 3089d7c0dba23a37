"""The benchmarks run and say how; nothing is timed here. What they measure, a person looks at."""

import csv
import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
sys.path[:0] = [str(FOLDER), str(ROOT / "docs" / "generate")]

import benchmark_tables  # noqa: E402
import harness  # noqa: E402

QUESTIONS = re.search(r"^BENCHMARKS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[
    1
].split()


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.head", dict)
    return harness.Report("A title", tmp_path / "found.csv", head={"machine": "a stub, 2 cores"})


@pytest.mark.parametrize("name", QUESTIONS)
def test_help_says_how_it_is_called_and_what_it_asks(name, capsys):
    benchmark = importlib.import_module(name)
    with pytest.raises(SystemExit) as ended:
        benchmark.main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"python benchmarks/{name}.py [--quick] [--csv FILE]" in said
    assert "--worker" not in said and max(map(len, said.splitlines())) <= 110
    assert len(benchmark.__doc__.splitlines()) > 4


def test_every_question_has_its_file_its_figures_and_its_place_on_the_page():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert benchmark_tables.PLACE.findall(page) == QUESTIONS
    assert {path.stem for path in (ROOT / "docs" / "benchmarks").glob("*.csv")} == set(QUESTIONS)
    shown = benchmark_tables.with_tables(page, ROOT / "docs" / "benchmarks")
    assert "<!--" not in shown and shown.count("Load at the start: ") == len(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_kept_figures_are_of_this_form(name):
    head, rows = benchmark_tables.read(ROOT / "docs" / "benchmarks" / f"{name}.csv")
    assert list(head) == ["date", "machine", "flags", "load at the start", "versions"]
    for row in rows:
        assert row["case"] and row["who"] and row["unit"]
        assert bool(row["minimum"]) == (row["runs"] != "0")
        assert not row["minimum"] or float(row["minimum"]) <= float(row["median"])
        assert bool(row["met"]) == bool(row["goal"] and row["minimum"])


def test_contenders_take_turns_the_other_way_round_every_other_time():
    turns = []
    contenders = {name: lambda name=name: turns.append(name) or len(turns) for name in "abc"}
    assert harness.alternate(contenders, 3) == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}
    assert "".join(turns) == "abccbaabc"


def test_the_first_of_a_case_is_ours_and_the_ratio_is_that_of_the_least(report):
    report.add("draw", "ours", [5.0, 2.0, 4.0], "ms", harness.at_most(3))
    report.add("draw", "theirs", [70.0, 50.0], "ms", harness.theirs_at_least(30))
    report.add("draw", "ours", [7.0], "kB")
    report.add("run", "ours", [12.0], "ms")
    report.add("run", "theirs", [10.0], "ms", harness.ours_at_most(1.1))
    report.add("run", "too slow", [], "ms", harness.theirs_at_least(20))
    found = [
        [row[key] for key in ("minimum", "median", "times_ours", "goal", "result", "met")]
        for row in report.rows()
    ]
    assert found == [
        ["2", "4", "1", "≤ 3 ms", "2", "yes"],
        ["50", "60", "25", "≥ 30× ours", "25", "no"],
        ["7", "7", "1", "", "", ""],
        ["12", "12", "1", "", "", ""],
        ["10", "10", "0.833", "ours ≤ 1.1×", "1.2", "no"],
        ["", "", "", "≥ 20× ours", "", ""],
    ]


def test_the_table_is_printed_and_the_file_written_whole_and_read_again(report, capsys):
    report.add(
        "a long case with many words, batch 8", "ours, predict_on_batch", [1234.5], "ms", harness.at_most(9)
    )
    report.add("a long case with many words, batch 8", "given up", [], "ms")
    assert report.finish() == 0
    said = capsys.readouterr().out
    assert "missed" in said and max(map(len, said.splitlines())) <= 100
    assert [path.name for path in report.csv.parent.iterdir()] == ["found.csv"]
    head, rows = benchmark_tables.read(report.csv)
    assert head == report.head and rows == report.rows()
    table = benchmark_tables.table(report.csv)
    assert "| 1,234 ms |" in table and "**missed**" in table and "| given up | given up |" in table
    assert "Machine: a stub, 2 cores." in table


def test_a_file_with_other_columns_is_refused(tmp_path):
    file = tmp_path / "x.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerow(["case", "seconds"])
    with pytest.raises(ValueError, match="x.csv must have the columns case, who, "):
        benchmark_tables.read(file)


def test_a_missing_folder_is_named_before_anything_is_measured(capsys, tmp_path):
    with pytest.raises(SystemExit):
        harness.options("A text", ["--csv", str(tmp_path / "none" / "x.csv")])
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak")
def test_a_worker_answers_and_its_end_is_an_error(tmp_path):
    import processes

    file = tmp_path / "worker.py"
    file.write_text(
        f"import sys, time\nsys.path.insert(0, {str(FOLDER)!r})\nimport processes\n"
        "def answer(x):\n"
        "    print('noise', flush=True)\n"
        "    return time.sleep(9) if x == 'sleep' else exit(3) if x == 'end' else x * 2\n"
        "processes.serve(answer)\n"
    )
    with processes.Worker(str(file), "a") as worker:
        assert [worker.ask(2), worker.ask("ab")] == [4, "abab"]
        with pytest.raises(RuntimeError, match="a ended with 3"):
            worker.ask("end")
    with processes.Worker(str(file), "b") as worker, pytest.raises(TimeoutError, match="b: no answer"):
        worker.ask("sleep", 0.5)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak")
def test_the_memory_of_a_command_is_its_own(tmp_path):
    import processes

    small, large = (
        processes.whole([sys.executable, "-c", f"bytearray({size})"], tmp_path)[1]
        for size in (1, 200_000_000)
    )
    assert small < 60 < 200 < large
    with pytest.raises(RuntimeError, match="ended with 3"):
        processes.whole([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)
