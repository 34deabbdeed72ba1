"""
Learns the weights of the checks from the labelled answers of strangers, and writes them beside the room's code.

Run: .venv/bin/uv run --with lightgbm --with scikit-learn python bench/weigh_checks.py [--write]

It prints how the checks do on authors whose answers were left out of the learning, some authors at a time, at several
limits. `--write` learns from all of them, and writes `src/signoff/checks/weights.json`. The same answers always give
the same weights.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from signoff.checks.answer_words import Signs
from signoff.checks.doubting import doubts_of
from signoff.checks.parts import Part, parts_of
from signoff.checks.reading import Reading
from signoff.checks.record import Record
from signoff.checks.signs import COLUMNS, Evidence
from signoff.checks.tests.labelled import Case, authors, digest, load
from signoff.checks.weighing import BASE, FILE, second_look

FOLDS = 4
WORD_AT_LEAST, COLUMN_AT_LEAST = 3, 8  # parts in which a sign must have stood, to be learned from
SHORTEST = 25  # characters of a sentence that is an answer of its own
COMMON_AT_LEAST = 3  # records in whose answers a word must have stood, to be kept as common
STRICTNESS = 0.1  # scikit-learn's C: smaller lets single words say less
SCALED = 0.3  # how much a counted sign may say beside a word
SMALLEST = 0.02  # weights below are left out
LESS = 0.3  # what a part of a single sentence counts, or of an answer whose author knew the readers
NOT_FOR_TREES = ("r:", "d:r:")  # the sum holds them as well, and trees do better without
FEW = 9  # parts of a short answer, as the figures tell them apart
LIMITS = (0.3, 0.4, 0.45, 0.5, 0.52, 0.55, 0.6, 0.7)


class Read:
    """The answers of one author, part by part, with their signs and whether something in a part is wrong."""

    def __init__(self, cases: Iterable[Case], common: Counter[str], records: int) -> None:
        self.cases = [case for whole in cases for case in (whole, *_short(whole))]
        self.parts: list[list[Part]] = []
        self.signs: list[list[Signs]] = []
        self.wrong: list[bool] = []
        self.kinds: list[str] = []
        for case in self.cases:
            reading = Reading(case["answer"], Record(case["record"], case.get("facts")), None)
            parts = parts_of(reading)
            self.parts.append(parts)
            self.signs.append(Evidence(reading, doubts_of(reading), common, records).signs(parts))
            faults = [[fault["kind"] for fault in case["faults"] if _over(part, fault)] for part in parts]
            self.wrong.extend(bool(kinds) for kinds in faults)
            self.kinds.extend(kinds[0] if kinds else "" for kinds in faults)


def _short(case: Case) -> Iterable[Case]:
    """Yield one of three sentences of an answer as an answer of its own, so that short answers are weighed well too."""
    text = case["answer"]
    for number, sentence in enumerate(Reading(text, Record({}), None).text.sentences):
        said = text[sentence.start : sentence.end].rstrip()
        if (number + len(text)) % 3 or len(said) < SHORTEST:
            continue
        begin, end = sentence.start, sentence.start + len(said)
        faults = [
            fault | {"start": fault["start"] - begin, "end": min(fault["end"], end) - begin}
            for fault in case["faults"]
            if begin <= fault["start"] < end
        ]
        yield case | {"id": f"{case['id']}-{number}", "answer": said, "faults": faults, "short": True}


def _over(part: Part, fault: dict[str, Any]) -> bool:
    return bool(part.start < fault["end"] and fault["start"] < part.end)


class Answers:
    """The parts of many answers as matrices: words and signs, columns, and which author's they are."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self.reads = reads
        signs = [one for read in reads for several in read.signs for one in several]
        self.signs = signs
        self.wrong = np.array([wrong for read in reads for wrong in read.wrong])
        less = [
            bool(case.get("short")) or case["id"][1:].isdigit()
            for read in reads
            for case, parts in zip(read.cases, read.parts, strict=True)
            for _ in parts
        ]
        self.worth = np.where(np.array(less), LESS, 1.0)
        self.author = np.array([at for at, read in enumerate(reads) for _ in read.wrong])
        words, columns = DictVectorizer(sort=True), DictVectorizer(sparse=False, sort=True)
        sparse = words.fit_transform([{k: v for k, v in s.items() if not k.startswith("d:")} for s in signs])
        kept = np.asarray((sparse > 0).sum(0)).ravel() >= WORD_AT_LEAST
        self.words = list(words.get_feature_names_out()[kept])
        dense = columns.fit_transform(
            [{k: float(v) for k, v in s.items() if k.startswith(COLUMNS)} for s in signs]
        )
        held = (dense != 0).sum(0) >= COLUMN_AT_LEAST
        self.columns = list(columns.get_feature_names_out()[held])
        dense = dense[:, held]
        self.middle, self.spread = dense.mean(0), dense.std(0) + 1e-6
        self.both = hstack(
            [sparse[:, kept], csr_matrix((dense - self.middle) / self.spread * SCALED)]
        ).tocsr()
        grown = [at for at, name in enumerate(self.columns) if not name.startswith(NOT_FOR_TREES)]
        self.grown = [self.columns[at] for at in grown]
        self.dense = dense[:, grown]


class Learned:
    """The three steps of `signoff.checks.weighing`, learned from the parts where `seen` is true."""

    def __init__(self, answers: Answers, seen: np.ndarray) -> None:
        wrong, worth, self.answers = answers.wrong, answers.worth, answers
        self.linear = _line().fit(answers.both[seen], wrong[seen], worth[seen])
        # Each step must see the one before it as it is for answers that that one was not learned from.
        sums, first = np.zeros(len(wrong)), np.zeros(len(wrong))
        folds = [seen & (answers.author % (FOLDS + 1) == fold) for fold in range(FOLDS + 1)]
        for out in folds:
            sums[out] = (
                _line()
                .fit(answers.both[seen & ~out], wrong[seen & ~out])
                .decision_function(answers.both[out])
            )
        rows = np.c_[answers.dense, sums]
        for out in folds:
            if out.any():
                first[out] = (
                    _trees()
                    .fit(rows[seen & ~out], wrong[seen & ~out], sample_weight=worth[seen & ~out])
                    .predict(rows[out], raw_score=True)
                )
        self.trees = _trees().fit(rows[seen], wrong[seen], sample_weight=worth[seen])
        self.second = _second().fit(
            _looked(answers, sums, first)[seen], wrong[seen], sample_weight=worth[seen]
        )

    def chances(self) -> np.ndarray:
        """Return the chance of every part of the answers."""
        sums = self.linear.decision_function(self.answers.both)
        first = self.trees.predict(np.c_[self.answers.dense, sums], raw_score=True)
        return self.second.predict_proba(_looked(self.answers, sums, first))[:, 1]

    def told(self) -> dict[str, Any]:
        """Return what was learned, as `signoff.checks.weighing` reads it."""
        answers, weights = self.answers, self.linear.coef_[0]
        several = len(answers.words)
        total = {
            n: round(float(w), 3) for n, w in zip(answers.words, weights, strict=False) if abs(w) >= SMALLEST
        }
        counted = weights[several:] * SCALED / answers.spread
        for name, weight in zip(answers.columns, counted, strict=True):
            total[name] = round(total.get(name, 0.0) + float(weight), 5)
        total[BASE] = round(float(self.linear.intercept_[0] - (counted * answers.middle).sum()), 5)
        return {
            "kinds": _kinds(answers),
            "sum": dict(sorted(total.items())),
            "columns": answers.grown,
            "trees": _nested(self.trees),
            "second": _nested(self.second),
        }


def _kinds(answers: Answers) -> dict[str, dict[str, float]]:
    """Return for each kind of fault a linear sum over the columns, learned from the parts that have one."""
    kinds = np.array([kind for read in answers.reads for kind in read.kinds])[answers.wrong]
    columns = answers.both[answers.wrong][:, len(answers.words) :]
    cut = kinds.size * 3 // 4
    tried = _line().fit(columns[:cut], kinds[:cut]).score(columns[cut:], kinds[cut:])
    print(f"kind of a fault: right for {tried:.2f} of the parts of the last quarter, learned from the others")
    line = _line().fit(columns, kinds)
    found = {}
    for at, kind in enumerate(line.classes_):
        counted = line.coef_[at] * SCALED / answers.spread
        sums = {
            n: round(float(w), 4) for n, w in zip(answers.columns, counted, strict=True) if abs(w) >= 0.001
        }
        found[str(kind)] = {
            BASE: round(float(line.intercept_[at] - (counted * answers.middle).sum()), 4)
        } | sums
    return found


def _line() -> LogisticRegression:
    return LogisticRegression(C=STRICTNESS, max_iter=300, tol=1e-3)


def _trees() -> lightgbm.LGBMClassifier:
    return _grown(
        n_estimators=110,
        learning_rate=0.1,
        num_leaves=16,
        min_child_samples=30,
        colsample_bytree=0.3,
        subsample=0.8,
        subsample_freq=1,
    )


def _second() -> lightgbm.LGBMClassifier:
    return _grown(
        n_estimators=40, learning_rate=0.15, num_leaves=6, min_child_samples=40, colsample_bytree=0.7
    )


def _grown(**how: Any) -> lightgbm.LGBMClassifier:
    return lightgbm.LGBMClassifier(
        reg_lambda=5, random_state=1, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1, **how
    )


def _looked(answers: Answers, sums: np.ndarray, first: np.ndarray) -> np.ndarray:
    rows, at = [], 0
    for read in answers.reads:
        for parts, signs in zip(read.parts, read.signs, strict=True):
            to = at + len(parts)
            rows.extend(second_look(parts, signs, list(sums[at:to]), list(first[at:to])))
            at = to
    return np.array(rows)


def _nested(model: lightgbm.LGBMClassifier) -> list[Any]:
    def tree(node: dict[str, Any]) -> Any:
        if "leaf_value" in node:
            return round(float(node["leaf_value"]), 4)
        limit = float(f"{node['threshold']:.6g}")
        return [node["split_feature"], limit, tree(node["left_child"]), tree(node["right_child"])]

    return [tree(one["tree_structure"]) for one in model.booster_.dump_model()["tree_info"]]


def words_of(cases: Iterable[Case]) -> set[str]:
    """Return the words of some answers, folded."""
    return {word for case in cases for _, _, word in Reading(case["answer"], Record({}), None).text.words}


def common_words(named: dict[str, list[Case]]) -> tuple[Counter[str], int]:
    """Return in how many records' answers each word stands, and how many records there are."""
    by_record: dict[str, list[Case]] = {}
    for name, cases in named.items():
        for case in cases:
            by_record.setdefault(f"{name} {re.sub(r'-[0-9]+$', '', case['id'])}", []).append(case)
    counted = Counter(word for cases in by_record.values() for word in words_of(cases))
    return Counter({word: times for word, times in counted.items() if times >= COMMON_AT_LEAST}), len(
        by_record
    )


def by_limit(answers: Answers, chances: np.ndarray, shown: np.ndarray, *, few: bool) -> np.ndarray:
    """Return for each limit: marks right, marks wrong, faults touched, faults, good answers marked, good answers."""
    rows = np.zeros((len(LIMITS), 6), dtype=int)
    at = 0
    for read in answers.reads:
        for case, parts in zip(read.cases, read.parts, strict=True):
            here = chances[at : at + len(parts)]
            mine, at = shown[at], at + len(parts)
            if not mine or case.get("short") or (len(parts) <= FEW) != few:
                continue
            for row, limit in zip(rows, LIMITS, strict=True):
                told = [part for part, chance in zip(parts, here, strict=True) if chance >= limit]
                right = sum(any(_over(part, fault) for fault in case["faults"]) for part in told)
                touched = sum(any(_over(part, fault) for part in told) for fault in case["faults"])
                row += [
                    right,
                    len(told) - right,
                    touched,
                    len(case["faults"]),
                    not case["faults"] and bool(told),
                    not case["faults"],
                ]
    return rows


def main() -> None:
    named = authors("strangers")
    common, records = common_words(named)
    reads = [Read(cases, common, records) for cases in [*named.values(), load("tuned")]]
    answers = Answers(reads)
    several = sum(len(read.cases) for read in reads)
    print(
        f"{len(named)} authors, {records} records, {several} answers with their sentences, {len(answers.wrong)} parts"
    )
    if "--write" in sys.argv:
        learned = Learned(answers, np.ones(len(answers.wrong), dtype=bool)).told()
        told = {
            "made_of": digest(named),
            "records": records,
            "common": dict(sorted(common.items())),
        } | learned
        FILE.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{FILE.name}: {len(told['sum'])} words and signs, {FILE.stat().st_size:,} bytes")
        return
    longer, shorter = np.zeros((2, len(LIMITS), 6), dtype=int)
    for fold in range(FOLDS):
        out = (answers.author % FOLDS == fold) & (answers.author < len(named))
        chances = Learned(answers, ~out).chances()
        longer += by_limit(answers, chances, out, few=False)
        shorter += by_limit(answers, chances, out, few=True)
    for name, totals in (("longer answers", longer), (f"answers of up to {FEW} parts", shorter)):
        print(f"{name}, their authors left out of the learning:")
        print("limit  marks right  faults touched  good ones marked")
        for limit, (right, wrong, touched, faults, marked, good) in zip(LIMITS, totals, strict=True):
            print(
                f"{limit:5.2f} {right / max(1, right + wrong):12.2f} {touched / faults:15.2f} {marked / good:17.2f}"
            )


if __name__ == "__main__":
    main()
