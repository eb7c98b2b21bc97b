"""Every use case in which a person acts, by every role."""

import inspect
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import numpy as np
import pytest

import annotator
from annotator.answering import asking_next, leases, message, picking, queue, screen
from annotator.care import backups, disk, freeing, kept_backups
from annotator.errors import Deactivated, NotAllowed, Refused
from annotator.exporting import answers, datacard
from annotator.exporting.download import Download, examples_for_download
from annotator.exporting.preview import preview_examples
from annotator.exporting.run import Asked, Written, export_examples
from annotator.exporting.summary import Summary
from annotator.exporting.writing import NotCarried
from annotator.importing import run, undoing, undoing_wording, uploads
from annotator.importing.upload_settings import UploadSettings
from annotator.language_model.run import SuggestSettings, suggest
from annotator.merging.run import merge_into_new, merge_projects
from annotator.outside.attaching import attach_pool
from annotator.project import (
    attached,
    guidelines,
    label_changes,
    labels,
    people,
    projects,
    sets,
    settings,
    tags,
    word_rules,
)
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.putting_right import removing, replacing
from annotator.reviewing import (
    admitting,
    asking_again,
    browsing,
    history,
    my_work,
    people_figures,
    review,
    tallies,
    withdrawing,
    word_sentences,
)
from annotator.reviewing.message import Admission, Decision, ReviewMessage, Withdrawal
from annotator.reviewing.suggestion_figures import suggestion_figures
from annotator.rounds import again, logs, named, overview, seeds, serve, start
from annotator.rounds.asking import model_filters, opinion, scorer, trying, words
from annotator.rounds.asking.scorer_messages import Sentence
from annotator.rounds.learning import checkpoints, ordering, rebuild
from annotator.rounds.looking_again import look_again, surprises
from annotator.rounds.looking_again.cross_validation import Confidences
from annotator.rounds.measuring import changed, comparing, telling, worth
from annotator.rounds.settings import RoundSettings
from annotator.simulation import cost
from db.errors import StoreError
from db.finding.filters import EVERYTHING
from db.learning import rounds
from db.records import NewAnnotation, Person, Role
from db.store import Store
from db.team import people as db_people
from learner.errors import LearnerError
from learner.judging.judged import Judged
from learner.judging.pairs import Pair

Act = Callable[[Store, Person, Path], object]
_NOTHING = np.zeros(0, dtype=np.int64)
NO_SURPRISES = surprises.Surprises(
    None,  # type: ignore[arg-type]
    0,
    (),
    Confidences(_NOTHING, _NOTHING, _NOTHING.astype(np.float32), _NOTHING, _NOTHING.astype(np.float16)),
    settled=0,
)
NOTHING = Written(Asked("csv"), Summary(), {}, NotCarried())
ROLES: tuple[Role, ...] = ("annotator", "researcher", "admin")


def _nothing_compared(store: Store) -> comparing.RoundComparison:
    """Return a comparison of a round with itself on no sentence."""
    columns = dict.fromkeys((each.name for each in fields(Judged)), np.zeros(0, int))
    none = Judged(**columns | {"ids": np.zeros(0, int), "looks": np.zeros(0, bool), "probabilities": np.zeros((0, 2))})
    queued = rounds.queue(store, config={}, seed=0, last_annotation=None)
    rest = dict.fromkeys(each.name for each in fields(comparing.RoundComparison))
    made = rest | {"before": queued, "after": queued, "pair": Pair(none, none), "labels": ()}
    return comparing.RoundComparison(**made)  # type: ignore[arg-type]


def _answer(person: Person) -> NewAnnotation:
    return NewAnnotation(1, person.id, "answer", "key-of-answer", label=0)


# The least role that each needs; the call may fail for another reason once the role has been checked.
USE_CASES: dict[str, tuple[Role, Act]] = {
    "answering.queue.lease_ahead": ("annotator", lambda s, p, _: queue.lease_ahead(s, p, rng=random.Random(0))),
    "answering.queue.lease_slots": (
        "annotator", lambda s, p, _: queue.lease_slots(s, p, holding=[], rng=random.Random(0))),
    "answering.queue.keep_slots": ("annotator", lambda s, p, _: queue.keep_slots(s, p, holding=[])),
    "answering.queue.submit": ("annotator", lambda s, p, _: queue.submit(s, p, _answer(p))),
    "answering.screen.screen": ("annotator", lambda s, p, _: screen.screen(s, p)),
    "answering.message.receive": ("annotator", lambda s, p, _: message.receive(s, p, message.read_message(
        {"outbox": [{"key": "key-of-answer", "sentence_id": 1, "kind": "answer", "label": 0}]}))),
    "reviewing.my_work.today": ("annotator", lambda s, p, _: my_work.today(s, p, since_ms=0)),
    "reviewing.my_work.learned": ("annotator", lambda s, p, _: my_work.learned(s, p)),
    "reviewing.my_work.list_own": ("annotator", lambda s, p, _: my_work.list_own(s, p, "answered")),
    "reviewing.review.list_shared": ("researcher", lambda s, p, _: review.list_shared(s, actor=p)),
    "reviewing.review.list_flagged": ("researcher", lambda s, p, _: review.list_flagged(s, actor=p)),
    "reviewing.review.read_sentences": ("researcher", lambda s, p, _: review.read_sentences(s, [], actor=p)),
    "reviewing.review.report": ("researcher", lambda s, p, _: review.report(s, [], actor=p)),
    "reviewing.review.settle_all": ("researcher", lambda s, p, _: review.settle_all(
        s, p, ReviewMessage(decisions=(Decision("decision-all", 1, 1, None),)))),
    "reviewing.review.list_surplus": ("researcher", lambda s, p, _: review.list_surplus(s, actor=p)),
    "reviewing.admitting.surplus_answers": ("researcher", lambda s, p, _: admitting.surplus_answers(s, actor=p)),
    "reviewing.admitting.admit": ("researcher", lambda s, p, _: admitting.admit(s, 1, actor=p)),
    "reviewing.admitting.admit_all": ("researcher", lambda s, p, _: admitting.admit_all(
        s, p, ReviewMessage(admissions=(Admission("admission-1", 1, True),)))),
    "reviewing.withdrawing.withdraw": ("researcher", lambda s, p, _: withdrawing.withdraw(s, 1, actor=p)),
    "reviewing.withdrawing.let_count": ("researcher",
        lambda s, p, _: withdrawing.let_count(s, 1, counts=False, actor=p)),
    "reviewing.withdrawing.withdraw_all": ("researcher", lambda s, p, _: withdrawing.withdraw_all(
        s, p, ReviewMessage(withdrawals=(Withdrawal("withdraw-1", 1, True),)))),
    "reviewing.review.settle": ("researcher",
        lambda s, p, _: review.settle(s, p, 1, label=0, marks=None, key="decision-1")),
    "reviewing.browsing.list_sentences": ("researcher",
        lambda s, p, _: browsing.list_sentences(s, EVERYTHING, actor=p)),
    "reviewing.browsing.count_sentences": ("researcher",
        lambda s, p, _: browsing.count_sentences(s, EVERYTHING, actor=p)),
    "reviewing.browsing.describe_sentence": ("researcher",
        lambda s, p, _: browsing.describe_sentence(s, "s1", actor=p)),
    "reviewing.browsing.choices": ("researcher", lambda s, p, _: browsing.choices(s, actor=p)),
    "reviewing.history.audit_log": ("researcher", lambda s, p, _: history.audit_log(s, 1, actor=p)),
    "reviewing.history.sentence_history": ("researcher", lambda s, p, _: history.sentence_history(s, "s1", actor=p)),
    "reviewing.history.removal_of": ("researcher", lambda s, p, _: history.removal_of(s, "s1", actor=p)),
    "simulation.cost.observed": ("researcher", lambda s, p, _: cost.observed(s, actor=p)),
    "exporting.answers.export_project": (
        "researcher", lambda s, p, d: answers.export_project(s, d / "x.jsonl", actor=p)),
    "exporting.answers.export_for_download": (
        "researcher", lambda s, p, _: answers.export_for_download(s, EVERYTHING, packed=False, actor=p).close()),
    "exporting.run.export_examples": (
        "researcher", lambda s, p, d: export_examples(s, d / "x.csv", Asked("csv"), actor=p)),
    "exporting.download.examples_for_download": (
        "researcher", lambda s, p, _: examples_for_download(s, Download(Asked("csv"), "x"), actor=p).close()),
    "exporting.preview.preview_examples": ("researcher", lambda s, p, _: preview_examples(s, Asked("csv"), actor=p)),
    "exporting.datacard.write_datacard": ("researcher", lambda s, p, _: datacard.write_datacard(s, NOTHING, actor=p)),
    "exporting.datacard.save_card": (
        "researcher", lambda s, p, d: datacard.save_card(s, d / "x.md", NOTHING, actor=p)),
    "importing.run.import_file": ("researcher", lambda s, p, d: run.import_file(s, d / "new.jsonl", actor=p)),
    "merging.run.merge_projects": ("researcher", lambda s, p, d: merge_projects(s, [d / "x.db"], actor=p)),
    "merging.run.merge_into_new": (
        "researcher", lambda s, p, d: merge_into_new(s, d / "new.db", [d / "x.db"], actor=p)),
    "importing.undoing.list_imports": ("researcher", lambda s, p, _: undoing.list_imports(s, actor=p)),
    "importing.undoing.find_import": ("researcher", lambda s, p, _: undoing.find_import(s, None, actor=p)),
    "importing.undoing.undo_import": ("researcher", lambda s, p, _: undoing.undo_import(s, actor=p)),
    "importing.undoing_wording.when_undone": (
        "researcher", lambda s, p, _: undoing_wording.when_undone(s, 1, actor=p)),
    "importing.uploads.keep_upload": ("researcher", lambda s, p, _: uploads.keep_upload(
        s, p, "a.txt", b"One.", UploadSettings())),
    "importing.uploads.start_upload": ("researcher", lambda s, p, _: uploads.start_upload(
        s, p, "a.none", b"One.", UploadSettings())),
    "importing.uploads.left_out_rows": (
        "researcher", lambda s, p, _: uploads.left_out_rows(s, 1, actor=p)),
    "importing.uploads.cancel": ("researcher", lambda s, p, _: uploads.cancel(s, 1, actor=p)),
    "rounds.overview.rounds_overview": ("researcher", lambda s, p, _: overview.rounds_overview(s, actor=p)),
    "rounds.overview.all_rounds": ("researcher", lambda s, p, _: overview.all_rounds(s, actor=p)),
    "rounds.start.queue_round": ("researcher", lambda s, p, _: start.queue_round(
        s, actor=p, settings=RoundSettings())),
    "rounds.start.start_round": ("researcher", lambda s, p, _: start.start_round(s, actor=p)),
    "rounds.overview.refresh": ("researcher", lambda s, p, _: overview.refresh(
        s, overview.rounds_overview(s, actor=OWNER), actor=p)),
    "rounds.again.start_again": ("researcher", lambda s, p, _: again.start_again(s, 1, actor=p)),
    "rounds.logs.read_log": ("researcher", lambda s, p, _: logs.read_log(s, 1, actor=p)),
    "rounds.named.find_round": ("researcher", lambda s, p, _: named.find_round(s, "1", actor=p)),
    "rounds.asking.words.words_of_round": ("researcher", lambda s, p, _: words.words_of_round(s, actor=p)),
    "rounds.asking.trying.rounds_to_try": ("researcher", lambda s, p, _: trying.rounds_to_try(s, actor=p)),
    "rounds.asking.trying.try_sentence": ("researcher", lambda s, p, _: trying.try_sentence(s, " ", [1], actor=p)),
    "rounds.asking.trying.change_word": ("researcher", lambda s, p, _: trying.change_word(
        s, "ship", 9, "", trying.Trial(0, "", (1,), trying.Version("ship", ())), actor=p)),
    "rounds.asking.trying.list_tried": ("researcher", lambda s, p, _: trying.list_tried(s, actor=p)),
    "rounds.asking.trying.remove_tried": ("researcher", lambda s, p, _: trying.remove_tried(s, 1, actor=p)),
    "rounds.asking.scorer.score": (
        "researcher", lambda s, p, _: scorer.score(s, [], [Sentence(("x",) * 500_000)], actor=p)),
    "rounds.asking.scorer.load_ahead": (
        "researcher", lambda s, p, _: scorer.load_ahead(s, [], Sentence(("x",) * 500_000), actor=p)),
    "rounds.asking.scorer.without_word": (
        "researcher", lambda s, p, _: scorer.without_word(s, 1, "x" * 2_000_000, actor=p)),
    "rounds.start.cancel_round": ("researcher", lambda s, p, _: start.cancel_round(s, 1, actor=p)),
    "rounds.measuring.comparing.compare_rounds": (
        "researcher", lambda s, p, _: comparing.compare_rounds(s, -1, 1, actor=p)),
    "rounds.measuring.comparing.compare_judged": (
        "researcher", lambda s, p, _: comparing.compare_judged(s, -1, 1, actor=p)),
    "rounds.measuring.comparing.comparable_rounds": (
        "researcher", lambda s, p, _: comparing.comparable_rounds(s, actor=p)),
    "rounds.measuring.comparing.default_pair": ("researcher", lambda s, p, _: comparing.default_pair(s, actor=p)),
    "rounds.measuring.comparing.shared_splits": (
        "researcher", lambda s, p, _: comparing.shared_splits(s, -1, 1, actor=p)),
    "rounds.measuring.changed.list_changed": ("researcher", lambda s, p, _: changed.list_changed(
        s, _nothing_compared(s), "now right", limit=1, actor=p)),
    "rounds.measuring.changed.key_of_changed": ("researcher", lambda s, p, _: changed.key_of_changed(
        s, _nothing_compared(s), ["now right"], limit=1, actor=p)),
    "rounds.measuring.changed.all_compared": ("researcher", lambda s, p, _: changed.all_compared(
        s, _nothing_compared(s), actor=p)),
    "rounds.measuring.telling.twin_to_show": ("researcher", lambda s, p, _: telling.twin_to_show(s, actor=p)),
    "rounds.measuring.telling.compare_with_twin": ("researcher", lambda s, p, _: telling.compare_with_twin(s, actor=p)),
    "rounds.measuring.telling.key_of_telling": ("researcher", lambda s, p, _: telling.key_of_telling(
        s, _nothing_compared(s), actor=p)),
    "rounds.measuring.telling.list_telling": ("researcher", lambda s, p, _: telling.list_telling(
        s, _nothing_compared(s), actor=p)),
    "rounds.asking.model_filters.sentences_found": ("researcher", lambda s, p, _: model_filters.sentences_found(
        s, "wrong", actor=p)),
    "rounds.asking.model_filters.sentences_changed_since": ("researcher",
        lambda s, p, _: model_filters.sentences_changed_since(s, 1, actor=p)),
    "rounds.asking.model_filters.earlier_rounds": (
        "researcher", lambda s, p, _: model_filters.earlier_rounds(s, actor=p)),
    "rounds.asking.opinion.opinion_of": ("researcher", lambda s, p, _: opinion.opinion_of(s, "s1", actor=p)),
    "project.guidelines.write_guidelines": ("researcher",
        lambda s, p, _: guidelines.write_guidelines(s, "Mark.", actor=p)),
    "project.settings.change_settings": ("researcher", lambda s, p, _: settings.change_settings(
        s, settings.SettingsChange(lease_minutes=20), actor=p)),
    "project.labels.add_label": ("researcher", lambda s, p, _: labels.add_label(s, "new", actor=p)),
    "project.labels.retire_label": ("researcher", lambda s, p, _: labels.retire_label(s, "event", actor=p)),
    "project.labels.reinstate_label": ("researcher", lambda s, p, _: labels.reinstate_label(s, "event", actor=p)),
    "project.word_rules.list_rules": ("researcher", lambda s, p, _: word_rules.list_rules(s, actor=p)),
    "project.word_rules.add_rule": ("researcher", lambda s, p, _: word_rules.add_rule(s, "ship", actor=p)),
    "project.word_rules.withdraw_rule": ("researcher", lambda s, p, _: word_rules.withdraw_rule(s, "ship", actor=p)),
    "answering.leases.held_sentences": ("researcher", lambda s, p, _: leases.held_sentences(s, actor=p)),
    "answering.leases.release_abandoned": ("researcher", lambda s, p, _: leases.release_abandoned(s, actor=p)),
    "project.projects.describe_project": ("researcher", lambda s, p, _: projects.describe_project(s, actor=p)),
    "answering.queue.upcoming": ("researcher", lambda s, p, _: queue.upcoming(s, 5, actor=p)),
    "project.people.add_person": ("admin", lambda s, p, _: people.add_person(s, "Zoe", actor=p)),
    "project.people.set_active": ("admin", lambda s, p, _: people.set_active(s, "Zed", False, actor=p)),
    "project.people.set_role": ("admin", lambda s, p, _: people.set_role(s, "Zed", "annotator", actor=p)),
    "project.people.link_identity": ("admin", lambda s, p, _: people.link_identity(s, "Zed", "i", "s", actor=p)),
    "care.backups.backup_project": ("admin", lambda s, p, d: backups.backup_project(s, d / "copy.db", actor=p)),
    "care.backups.save_rows": ("admin", lambda s, p, d: backups.save_rows(s, d / "rows.db", actor=p)),
    "care.freeing.free_rounds": ("admin", lambda s, p, _: freeing.free_rounds(s, [], actor=p)),
    "care.freeing.delete_round": ("admin", lambda s, p, _: freeing.delete_round(s, 1, actor=p)),
    "rounds.learning.ordering.order_pool": ("researcher", lambda s, p, _: ordering.order_pool(s, "random", actor=p)),
    "rounds.start.start_twin": ("researcher", lambda s, p, _: start.start_twin(s, 1, actor=p)),
    "rounds.serve.serve_round": ("researcher", lambda s, p, _: serve.serve_round(s, 1, actor=p)),
    "rounds.learning.rebuild.rebuild_round": ("researcher", lambda s, p, _: rebuild.rebuild_round(s, 1, actor=p)),
    "rounds.learning.checkpoints.copy_checkpoint": (
        "researcher", lambda s, p, d: checkpoints.copy_checkpoint(s, 1, d / "copy", actor=p)),
    "rounds.learning.checkpoints.predict_texts": (
        "researcher", lambda s, p, _: checkpoints.predict_texts(s, 1, [], actor=p)),
    "rounds.measuring.worth.measure_worth": ("researcher", lambda s, p, _: worth.measure_worth(s, actor=p)),
    "rounds.looking_again.look_again.look_again_state": (
        "researcher", lambda s, p, _: look_again.look_again_state(s, actor=p)),
    "rounds.looking_again.look_again.start_look_again": (
        "researcher", lambda s, p, _: look_again.start_look_again(s, actor=p)),
    "rounds.looking_again.look_again.follow_look_again": (
        "researcher", lambda s, p, _: list(look_again.follow_look_again(s, actor=p))),
    "rounds.looking_again.look_again.cancel_look_again": (
        "researcher", lambda s, p, _: look_again.cancel_look_again(s, actor=p)),
    "rounds.looking_again.surprises.find_surprises": (
        "researcher", lambda s, p, _: surprises.find_surprises(s, actor=p)),
    "rounds.looking_again.surprises.read_surprising": ("researcher", lambda s, p, _: surprises.read_surprising(
        s, NO_SURPRISES, [], actor=p)),
    "reviewing.asking_again.ask_again": ("researcher", lambda s, p, _: asking_again.ask_again(s, "pool-0", actor=p)),
    "reviewing.review.list_with_reopened": (
        "researcher", lambda s, p, _: review.list_with_reopened(s, [], actor=p)),
    "answering.picking.pick_sentence": ("researcher", lambda s, p, _: picking.pick_sentence(s, p, "pool-0")),
    "reviewing.word_sentences.sentences_with_word": (
        "researcher", lambda s, p, _: word_sentences.sentences_with_word(s, p, "ship")),
    "reviewing.word_sentences.must_not_matter": (
        "researcher", lambda s, p, _: word_sentences.must_not_matter(s, p, "pool-0", "ship")),
    "reviewing.word_sentences.take_back": (
        "researcher", lambda s, p, _: word_sentences.take_back(s, p, "pool-0", "ship")),
    "reviewing.people_figures.figures_of_people": (
        "researcher", lambda s, p, _: people_figures.figures_of_people(s, actor=p)),
    "reviewing.suggestion_figures.suggestion_figures": (
        "researcher", lambda s, p, _: suggestion_figures(s, actor=p)),
    "language_model.run.suggest": (
        "researcher", lambda s, p, _: suggest(
            s, SuggestSettings("http://127.0.0.1:9/v1", "m"), key=None, actor=p, progress=lambda done, total: None)),
    "rounds.seeds.start_more_seeds": (
        "researcher", lambda s, p, _: seeds.start_more_seeds(s, 1, number=1, twin=False, actor=p)),
    "rounds.seeds.start_seed_again": ("researcher", lambda s, p, _: seeds.start_seed_again(
        s, rounds.queue(s, config={}, seed=0, last_annotation=None), actor=p)),
    "care.freeing.free_vectors": ("admin", lambda s, p, _: freeing.free_vectors(s, actor=p)),
    "care.disk.measure_disk": ("admin", lambda s, p, _: disk.measure_disk(s, actor=p)),
    "care.kept_backups.list_backups": ("admin", lambda s, p, _: kept_backups.list_backups(s, actor=p)),
    "care.kept_backups.look_inside": ("admin", lambda s, p, d: kept_backups.look_inside(s, d / "x.db", actor=p)),
    "project.people.list_people": ("admin", lambda s, p, _: people.list_people(s, actor=p)),
    "project.label_changes.rename_label": (
        "researcher", lambda s, p, _: label_changes.rename_label(s, "event", "new", actor=p)),
    "project.label_changes.merge_labels": (
        "researcher", lambda s, p, _: label_changes.merge_labels(s, "none", "event", actor=p)),
    "project.label_changes.set_rationale": (
        "researcher", lambda s, p, _: label_changes.set_rationale(s, "none", True, actor=p)),
    "putting_right.removing.affected_by": ("researcher", lambda s, p, _: removing.affected_by(s, ["pool-1"], actor=p)),
    "putting_right.removing.remove_sentences": (
        "researcher", lambda s, p, _: removing.remove_sentences(s, ["pool-1"], actor=p)),
    "putting_right.removing.erase_removed": ("researcher", lambda s, p, _: removing.erase_removed(s, actor=p)),
    "putting_right.removing.list_removals": ("researcher", lambda s, p, _: removing.list_removals(s, actor=p)),
    "putting_right.replacing.preview_replacement": (
        "researcher", lambda s, p, _: replacing.preview_replacement(s, "pool-1", "A new text", actor=p)),
    "putting_right.replacing.replace_sentence": (
        "researcher", lambda s, p, _: replacing.replace_sentence(s, "pool-1", "A new text", actor=p)),
    "care.kept_backups.backups_holding": (
        "researcher", lambda s, p, _: kept_backups.backups_holding(s, actor=p)),
    "project.labels.set_colour": ("researcher", lambda s, p, _: labels.set_colour(s, "event", "red", actor=p)),
    "project.labels.list_labels": ("researcher", lambda s, p, _: labels.list_labels(s, actor=p)),
    "project.guidelines.list_versions": ("researcher", lambda s, p, _: guidelines.list_versions(s, actor=p)),
    "project.guidelines.compare_versions": (
        "researcher", lambda s, p, _: guidelines.compare_versions(s, 1, 1, actor=p)),
    "outside.attaching.attach_pool": ("researcher", lambda s, p, d: attach_pool(s, d / "none", actor=p)),
    "project.attached.list_pools": ("researcher", lambda s, p, _: attached.list_pools(s, actor=p)),
    "project.attached.show_pool": ("researcher", lambda s, p, _: attached.show_pool(s, actor=p)),
    "project.attached.detach_pool": ("researcher", lambda s, p, _: attached.detach_pool(s, actor=p)),
    "project.sets.save_set": ("researcher", lambda s, p, _: sets.save_set(s, "first", EVERYTHING, {}, actor=p)),
    "project.sets.list_sets": ("researcher", lambda s, p, _: sets.list_sets(s, actor=p)),
    "project.sets.set_names": ("researcher", lambda s, p, _: sets.set_names(s, actor=p)),
    "project.sets.rename_set": ("researcher", lambda s, p, _: sets.rename_set(s, "none", "x", actor=p)),
    "project.sets.delete_set": ("researcher", lambda s, p, _: sets.delete_set(s, "none", actor=p)),
    "answering.asking_next.ask_next": ("researcher", lambda s, p, _: asking_next.ask_next(s, "none", actor=p)),
    "answering.asking_next.take_back": ("researcher", lambda s, p, _: asking_next.take_back(s, "none", actor=p)),
    "answering.asking_next.people_to_ask": ("researcher", lambda s, p, _: asking_next.people_to_ask(s, actor=p)),
    "reviewing.tallies.tally": ("researcher", lambda s, p, _: tallies.tally(s, EVERYTHING, actor=p)),
    "rounds.asking.model_filters.count_judged": (
        "researcher", lambda s, p, _: model_filters.count_judged(s, None, actor=p)),
    "project.tags.count_tags": ("researcher", lambda s, p, _: tags.count_tags(s, actor=p)),
    "project.tags.tag_found": ("researcher", lambda s, p, _: tags.tag_found(s, "x", EVERYTHING, actor=p)),
    "project.tags.tag_sentence": ("researcher", lambda s, p, _: tags.tag_sentence(s, "x", "pool-0", actor=p)),
    "project.tags.untag_found": ("researcher", lambda s, p, _: tags.untag_found(s, "x", EVERYTHING, actor=p)),
    "project.tags.untag_sentence": ("researcher", lambda s, p, _: tags.untag_sentence(s, "x", "pool-0", actor=p)),
    "project.tags.take_back_tag": ("researcher", lambda s, p, _: tags.take_back_tag(s, "x", at_ms=1, actor=p)),
}  # fmt: skip

ASKS_NOBODY = {
    "outside.bringing": "a step of attaching a pool, or of a round, that was allowed",
    "outside.choosing": "a step of a round that was allowed",
    "rounds.outside_checks": "a step of rounds.start.queue_round",
    "project.attached.check_shown": "compares what was shown",
    "project.attached.check_unchanged": "looks whether files are there",
    "project.attached.way_back": "a sentence",
    "project.attached.outside_in_words": "two counts",
    "project.sets.find_set": "reads a name and no sentence",
    "merging.around": "a step of merging.merge_projects",
    "importing.adding": "a step of importing.import_file",
    "importing.updating": "a step of importing.import_file",
    "importing.new_texts": "a step of importing.import_file",
    "importing.corrected_text": "a step of importing.import_file",
    "putting_right.correcting": "a step of a correction that was allowed",
    "reviewing.browsing.choose": "reads a filter and no sentence",
    "importing.cut_off": "what serve says as it starts",
    "care.doctor": "reads a file that may be too damaged to name any person",
    "exporting.answers.record_export": "writes the audit line of an export that was allowed",
    "exporting.chosen": "a step of an export that was allowed",
    "exporting.run.about_examples": "a step of an export that was allowed",
    "exporting.run.record_examples": "writes the audit line of an export that was allowed",
    "rounds.learning.deciding": "a step of a round or an export that was allowed",
    "care.file_checks": "a part of the doctor",
    "care.freeing.freeable": "names numbers for free_rounds, which asks",
    "care.freeing.measure": "counts bytes for free_rounds, which asks",
    "project.guidelines.current": "what every annotator reads",
    "project.guidelines.read_version": "what every annotator reads",
    "importing.asked": "a step of importing.import_file",
    "importing.checks": "a step of importing.import_file",
    "answering.leases.why_nothing_is_next": "says why the queue is empty, without names",
    "project.people.acting_person": "finds out who acts",
    "project.people.find_person": "finds out who acts",
    "project.people.may_sign_in": "signs in",
    "project.people.whom_to_ask": "tells anyone whom to ask",
    "project.people.name_admins": "tells anyone whom to ask",
    "project.people.sign_in": "signs in",
    "project.people.sign_in_by_identity": "signs in",
    "project.permissions": "asks",
    "care.freeing.measure_vectors": "the size of a folder",
    "rounds.learning.pool": "a step of a round that was allowed",
    "rounds.learning.pool_scores": "a step of a round that was allowed",
    "rounds.promise": "computes with rounds that were read",
    "rounds.learning.reading": "a step of a round that was allowed",
    "rounds.asking.scoring": "works for the process that was asked, whose asker was allowed to",
    "rounds.asking.words.without_held_out": "leaves out sentences of a question that was allowed",
    "rounds.measuring.best": "computes with rounds that were read",
    "rounds.measuring.measured": "computes with rounds that were read",
    "rounds.measuring.charted": "computes with rounds that were read",
    "rounds.repeats": "computes with rounds that were read",
    "rounds.measuring.page_facts": "puts a round that was read into words",
    "rounds.learning.rest": "a step of a round that was allowed, and how far it is",
    "rounds.learning.rest_process": "a step of a round that was allowed",
    "rounds.settings": "looks at settings",
    "project.settings.agreement_sample": "two counts",
    "answering.shading": "a part of answering.screen",
    "answering.suggested": "a part of answering.screen and of answering.queue",
    "answering.queue.reject": "refuses an answer, and reads and stores none",
    "care.round_copies": "a step of a backup or a restore that was allowed",
    "rounds.files": "paths of files",
    "rounds.learning.decided": "a step of a comparison or a filter that was allowed",
    "rounds.learning.kept_scores": "a step of a comparison or a filter that was allowed",
    "rounds.measuring.parts": "a step of a comparison that was allowed",
    "rounds.learning.judgement": "a step of a round that was allowed, and what it stored",
    "answering.reasons": "says why the acting person's own sentences are there",
    "rounds.learning.filling": "a step of a round that was allowed",
    "rounds.again.settings_again": "a part of rounds.again.start_again, which asks",
    "rounds.by_itself": "what the project's own setting starts, on behalf of its owner",
    "rounds.measuring.holding_back": "a step of a round that was allowed",
    "rounds.serve.serve": "a step of a round that was allowed",
    "rounds.learning.landing": "a step of a round that was allowed",
    "rounds.twins": "a step of a round that was allowed",
    "rounds.start.start_next": "starts what was allowed to start",
    "rounds.learning.process": "a step of a round that was allowed",
    "rounds.learning.teaching": "a step of a round that was allowed",
    "rounds.watch": "looks after the processes of rounds",
    "rounds.start.follow_round": "follows a round that was allowed",
    "rounds.files.make_round_folder": "a step of a round that was allowed",
    "rounds.start.settle": "gives up what a dead process worked on",
    "rounds.looking_again.cross_validation": "a step of a look that was allowed",
    "rounds.looking_again.look_again_process": "a look that was allowed",
    "rounds.looking_again.look_again_files": "a step of a look that was allowed",
    "rounds.measuring.random_share": "a part of rounds.worth.measure_worth, which asks",
    "rounds.measuring.stop_set": "a part of rounds.worth.measure_worth, which asks",
    "commands.terminal": "draws",
    "rounds.learning.training_set": "a step of a round that was allowed",
    "importing.run.complete_imports": "ends what was allowed and cut off",
    "importing.upload_process": "imports an upload that was allowed, on behalf of the person in its row",
    "importing.uploads.settle": "gives up what a dead process worked on",
    "importing.uploads.dismiss": "hides the outcome of the acting person's own upload",
    "importing.uploads.latest_upload": "returns the acting person's own upload, or the one at work",
    "importing.upload_files": "the paths of files",
    "care.work_checks": "a part of the doctor",
    "rounds.at_work.refuse_working": "looks whether a round is at work",
    "putting_right.removing.find_all": "a step of a removal that was allowed",
    "putting_right.removing.erase": "a step of a removal that was allowed",
    "putting_right.at_work": "a step of a removal that was allowed",
    "putting_right.still_holding.still_holding": "a step of a removal that was allowed",
    "putting_right.traces": "a step of a removal that was allowed",
    "simulation.playing": "works in a project of its own that no person shares",
    "simulation.template": "works in a project of its own that no person shares",
}
"""Public functions, or whole modules, that take a store but no actor, and why."""


def _takes_a_store(function: Callable[..., object]) -> bool:
    return any(each.annotation is Store for each in inspect.signature(function).parameters.values())


def _functions_on_a_store() -> dict[str, Callable[..., object]]:
    found = {}
    for module in walk_packages(annotator.__path__, "annotator."):
        room, _, _ = module.name.removeprefix("annotator.").partition(".")
        if module.ispkg or room in ("__main__", "cli", "commands", "pages"):
            continue
        loaded = import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_") and _takes_a_store(function):
                found[f"{module.name}.{name}".removeprefix("annotator.")] = function
    return found


def test_every_function_on_a_store_is_in_a_table() -> None:
    found = _functions_on_a_store().keys()
    asks_nobody = {name for name in found if name in ASKS_NOBODY or name.rpartition(".")[0] in ASKS_NOBODY}
    assert found - asks_nobody == USE_CASES.keys()
    assert not asks_nobody & USE_CASES.keys()


def test_the_actor_has_no_default_and_is_never_none() -> None:
    found = _functions_on_a_store()
    for name in USE_CASES:
        parameters = inspect.signature(found[name]).parameters
        (actor,) = (each for each in parameters.values() if each.annotation in (Actor, Person))
        assert actor.default is actor.empty, name
        assert actor.name == "actor" or actor.annotation is Person, name


def test_acting_as_no_person_is_refused_and_acting_as_the_owner_is_not(store: Store) -> None:
    with pytest.raises(TypeError, match="on behalf of None; expected a Person or OWNER"):
        check_may_act(store, None)  # type: ignore[arg-type]
    check_may_act(store, OWNER, least="admin")


def test_what_the_owner_does_has_no_person_in_the_audit(store: Store) -> None:
    people.add_person(store, "Zed", actor=OWNER)
    assert history.audit_log(store, 1, actor=OWNER)[0].person is None


@pytest.mark.slow
def test_the_type_checker_refuses_a_forgotten_actor(tmp_path: Path) -> None:
    script, configuration = tmp_path / "forgotten.py", tmp_path / "mypy.ini"
    script.write_text(FORGOTTEN)
    configuration.write_text(OWN_MODULES_ONLY)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(configuration), "--cache-dir", str(tmp_path), str(script)],
        capture_output=True,
        text=True,
        cwd=Path(annotator.__file__).parents[1],
    )
    assert 'Missing named argument "actor" for "rounds_overview"' in done.stdout
    assert 'Argument "actor" to "rounds_overview" has incompatible type "Person | None"' in done.stdout
    assert "Found 2 errors" in done.stdout


# What others wrote has no part in this, and reading it takes a quarter of a minute.
OWN_MODULES_ONLY = """
[mypy]
strict = True
follow_imports = silent

[mypy-torch.*,numpy.*,pandas.*,scipy.*,sklearn.*,sqlite_utils.*,streamlit.*,click.*,rich.*,regex.*,safetensors.*]
follow_imports = skip
"""

FORGOTTEN = """
from annotator.project.permissions import OWNER
from annotator.rounds.overview import rounds_overview
from db.team import people
from db.store import Store

def see(store: Store) -> None:
    rounds_overview(store)
    rounds_overview(store, actor=people.read(store, 1))
    rounds_overview(store, actor=OWNER)
"""


@pytest.fixture
def actor(store: Store, tmp_path: Path) -> Callable[[Role, bool], Person]:
    (tmp_path / "new.jsonl").write_text('{"text": "One more."}')
    people.add_person(store, "Zed", actor=OWNER)

    def make(role: Role, active: bool) -> Person:
        return db_people.add(store, "Max", role=role, active=active)

    return make


def _may(role: Role, least: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(least)


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name, (least, _) in USE_CASES.items() for role in ROLES if _may(role, least)]
)
def test_a_role_does_what_it_may(
    store: Store, tmp_path: Path, actor: Callable[..., Person], name: str, role: Role
) -> None:
    try:
        USE_CASES[name][1](store, actor(role, True), tmp_path)
    except (NotAllowed, Deactivated):
        raise
    except (Refused, StoreError, LearnerError):
        return  # because of the request, not the person


# What is refused changes nothing: one project is enough for all of these.


def _raises(expected: type[Exception] | tuple[type[Exception], ...], act: Callable[[], object], says: str = "") -> bool:
    """Return whether `act` raises one of these errors with these words in it; let any other through."""
    try:
        act()
    except expected as error:
        return re.search(says, str(error)) is not None
    return False


def _audited(store: Store) -> int:
    return int(store.db.execute("SELECT count(*) FROM audit").fetchone()[0])


@pytest.mark.parametrize("role", ["annotator", "researcher"])
def test_a_role_does_no_more_than_it_may(
    store: Store, tmp_path: Path, actor: Callable[..., Person], role: Role
) -> None:
    person = actor(role, True)
    before = _audited(store)
    for name, (least, act) in USE_CASES.items():
        says = f"Max is an? {role}, but this takes an? {least}; ask an admin"
        assert _may(role, least) or _raises(NotAllowed, partial(act, store, person, tmp_path), says), name
        assert _audited(store) == before, name


def test_a_deactivated_person_does_nothing(store: Store, tmp_path: Path, actor: Callable[..., Person]) -> None:
    person = actor("admin", False)
    for name, (_, act) in USE_CASES.items():
        assert _raises(Deactivated, partial(act, store, person, tmp_path)), name


def test_no_use_case_mistakes_no_person_for_the_owner(store: Store, tmp_path: Path, actor: object) -> None:
    before = _audited(store)
    for name, (least, act) in USE_CASES.items():
        refused = (TypeError, AttributeError)
        assert least == "annotator" or _raises(refused, partial(act, store, None, tmp_path)), name  # type: ignore[arg-type]
        assert _audited(store) == before, name


def test_the_role_is_the_one_that_the_store_has_now(store: Store, actor: Callable[..., Person]) -> None:
    person = actor("admin", True)
    db_people.set_role(store, person.id, "annotator")
    with pytest.raises(NotAllowed):
        overview.rounds_overview(store, actor=person)


def test_the_first_person_is_the_admin_and_the_others_annotate(empty_store: Store) -> None:
    assert people.sign_in(empty_store, "Ada").role == "admin"
    assert people.sign_in(empty_store, "Ben").role == "annotator"


def test_a_project_keeps_an_admin(empty_store: Store) -> None:
    people.sign_in(empty_store, "Ada")
    people.sign_in(empty_store, "Ben")
    with pytest.raises(Refused, match="Ada is the only admin"):
        people.set_role(empty_store, "Ada", "researcher", actor=OWNER)
    people.set_role(empty_store, "Ben", "admin", actor=OWNER)
    assert people.set_role(empty_store, "Ada", "researcher", actor=OWNER).role == "researcher"


IDENTITY = people.Identity("https://login.example.org", "248289", "Ada")


def test_an_unknown_identity_is_told_what_an_admin_needs(empty_store: Store) -> None:
    with pytest.raises(Refused, match="--subject 248289"):
        people.sign_in_by_identity(empty_store, IDENTITY, welcome=False)
    people.add_person(empty_store, "Ada", actor=OWNER)
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject, actor=OWNER)
    assert people.sign_in_by_identity(empty_store, IDENTITY, welcome=False).name == "Ada"


def test_an_identity_is_the_issuer_and_the_subject_and_never_the_name(empty_store: Store) -> None:
    people.add_person(empty_store, "Ada", role="admin", actor=OWNER)
    welcomed = people.sign_in_by_identity(empty_store, IDENTITY, welcome=True)
    assert (welcomed.name, welcomed.role) == ("Ada 2", "annotator")
    other = people.Identity("https://elsewhere.example.org", "248289", "Ada")
    assert people.sign_in_by_identity(empty_store, other, welcome=True).name == "Ada 3"
    assert people.sign_in_by_identity(empty_store, IDENTITY, welcome=False).id == welcomed.id


def test_an_identity_is_one_person_s(empty_store: Store) -> None:
    for name in ("Ada", "Ben"):
        people.add_person(empty_store, name, actor=OWNER)
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject, actor=OWNER)
    with pytest.raises(StoreError, match="already belongs to another person"):
        people.link_identity(empty_store, "Ben", IDENTITY.issuer, IDENTITY.subject, actor=OWNER)


def test_a_deactivated_identity_is_refused(empty_store: Store) -> None:
    people.add_person(empty_store, "Ada", actor=OWNER)
    people.link_identity(empty_store, "Ada", IDENTITY.issuer, IDENTITY.subject, actor=OWNER)
    people.set_active(empty_store, "Ada", False, actor=OWNER)
    with pytest.raises(Refused, match="Ada was deactivated"):
        people.sign_in_by_identity(empty_store, IDENTITY, welcome=True)
