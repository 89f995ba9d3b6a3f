import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from retain.learning import classifier
from retain.learning.classifier import ChurnClassifier
from retain.learning.components import (
    coded,
    disjoint_folds,
    log_design,
    log_rows,
    signed_log,
    tree_data,
    vocabularies,
)


@parametrize_with_checks([ChurnClassifier(n_jobs=1)])
def test_keeps_every_promise_of_a_scikit_learn_classifier(estimator, check):
    check(estimator)


def customers(n=600, seed=0):
    """Churn rises with the logarithm of the absence, falls with spend (missing for some), differs by plan."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "days_since_last_order": rng.exponential(40, n),
            "spend": np.where(rng.uniform(size=n) < 0.2, np.nan, rng.exponential(100, n)),
            "noise": rng.normal(size=n),
        },
        dtype=np.float32,
    )
    X["plan"] = pd.Categorical(rng.choice(["basic", "gold"], n))
    signal = np.log1p(X["days_since_last_order"]) - 3 - 2 * (X["plan"] == "gold")
    return X, (rng.logistic(size=n) < signal).to_numpy()


@pytest.fixture(scope="module")
def fitted():
    X, churned = customers()
    return ChurnClassifier(n_estimators=40).fit(X, churned)


def test_contributions_add_up_to_the_log_odds(fitted):
    X, _ = customers(50, seed=1)
    X.loc[:5, "days_since_last_order"] = np.nan
    total = fitted.contributions(X).sum(axis=1) + fitted.expected_value_
    assert fitted.contributions(X).shape == X.shape
    assert total == pytest.approx(fitted.decision_function(X))


def test_probabilities_are_the_log_odds_squeezed(fitted):
    X, _ = customers(50, seed=1)
    churn = fitted.predict_proba(X)[:, 1]
    assert np.log(churn / (1 - churn)) == pytest.approx(fitted.decision_function(X))


@pytest.mark.parametrize("blend", [0.0, 0.3, 1.0])
def test_the_log_odds_are_the_blend_of_both_parts(fitted, blend):
    X, churned = customers()
    parts = ChurnClassifier(n_estimators=40, blend=blend).fit(X, churned)
    trees = ChurnClassifier(n_estimators=40, blend=1.0).fit(X, churned).decision_function(X)
    linear = ChurnClassifier(n_estimators=40, blend=0.0).fit(X, churned).decision_function(X)
    assert parts.decision_function(X) == pytest.approx(blend * trees + (1 - blend) * linear)


def test_importances_are_shares_and_find_the_signal(fitted):
    importance = dict(zip(fitted.feature_names_in_, fitted.feature_importances_, strict=True))
    assert sum(importance.values()) == pytest.approx(1)
    assert min(importance["days_since_last_order"], importance["plan"]) > importance["noise"]


def test_an_unseen_category_counts_as_missing(fitted):
    X, _ = customers(20, seed=1)
    unseen = X.assign(plan=pd.Categorical(["platinum"] * 20))
    missing = X.assign(plan=pd.Categorical([None] * 20, categories=["gold"]))
    assert (fitted.predict_proba(unseen) == fitted.predict_proba(missing)).all()


def test_categories_are_known_by_value_not_by_position(fitted):
    X, _ = customers(20, seed=1)
    reordered = X.assign(plan=X["plan"].cat.reorder_categories(["gold", "basic"]))
    as_text = X.assign(plan=X["plan"].astype(str))
    assert (fitted.predict_proba(reordered) == fitted.predict_proba(X)).all()
    assert (fitted.predict_proba(as_text) == fitted.predict_proba(X)).all()


def test_a_number_can_be_named_a_category():
    X, churned = customers()
    numbers = X.assign(plan=np.where(X["plan"] == "gold", 7.0, 3.0))
    named = ChurnClassifier(n_estimators=40, categorical_features=["plan"]).fit(numbers, churned)
    same = ChurnClassifier(n_estimators=40).fit(X, churned)
    assert named.predict_proba(numbers) == pytest.approx(same.predict_proba(X))


def test_a_category_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="does not have: colour"):
        ChurnClassifier(categorical_features=["colour"]).fit(*customers())


def test_two_fits_give_identical_scores_and_so_does_a_pickle():
    X, churned = customers()
    first, again = (ChurnClassifier(random_state=3).fit(X, churned) for _ in range(2))
    assert (first.predict_proba(X) == again.predict_proba(X)).all()
    assert (pickle.loads(pickle.dumps(first)).predict_proba(X) == first.predict_proba(X)).all()


def test_the_number_of_threads_changes_nothing():
    X, churned = customers()
    one, two = (ChurnClassifier(n_jobs=n, n_estimators=40).fit(X, churned) for n in (1, 2))
    assert (one.predict_proba(X) == two.predict_proba(X)).all()


def test_text_labels_come_back_as_they_went_in():
    X, churned = customers()
    labels = np.where(churned, "lost", "kept")
    model = ChurnClassifier(n_estimators=40).fit(X, labels)
    assert model.classes_.tolist() == ["kept", "lost"]
    assert model.score(X, labels) > 0.6


def test_it_can_be_searched_inside_a_pipeline():
    X, churned = customers(300)
    pipeline = make_pipeline(FunctionTransformer(), ChurnClassifier(n_estimators=10))
    search = GridSearchCV(pipeline, {"churnclassifier__blend": [0.0, 0.5]}, cv=2).fit(X, churned)
    assert search.best_score_ > 0.6


def test_few_churners_get_a_fixed_number_of_trees_and_many_a_searched_one():
    X, churned = customers()
    few = np.flatnonzero(churned)[:50].tolist() + np.flatnonzero(~churned).tolist()
    assert ChurnClassifier(n_jobs=1).fit(X.iloc[few], churned[few]).n_estimators_ == 100
    assert ChurnClassifier(n_jobs=1).fit(X, churned, groups=np.arange(600) // 2).n_estimators_ != 100


def test_no_group_is_on_both_sides_of_a_fold():
    groups = np.repeat(np.arange(50), 3)
    folds = disjoint_folds(groups, seed=0, folds=3)
    assert all(not set(groups[train]) & set(groups[test]) for train, test in folds)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(150))


def test_rows_of_one_class_are_an_error():
    X, _ = customers(20)
    with pytest.raises(ValueError, match="two classes"):
        ChurnClassifier(n_jobs=1).fit(X, [True, False] * 10, sample_weight=[1, 0] * 10)


def test_a_frame_without_categories_is_not_copied():
    frame = customers(5)[0].drop(columns="plan")
    assert coded(frame, vocabularies(frame, [])) is frame


def test_the_signed_logarithm_keeps_sign_and_zero():
    assert signed_log(np.array([-(np.e - 1), 0, np.e - 1])) == pytest.approx([-1, 0, 1])


def test_every_design_column_has_mean_zero_and_knows_its_feature():
    values = np.array([[1.0, 0], [np.nan, 0], [5, 1], [2, 1]])
    design = log_design(values, np.array([10.0, 10, 20, 5]), categorical=[1])
    assert design.owner.tolist() == [0, 0, 1, 1]
    assert np.array([10.0, 10, 20, 5]) @ design.matrix(values) == pytest.approx(0)


def test_the_log_odds_of_the_logistic_are_its_design_times_its_coefficients():
    generator = np.random.default_rng(5)
    values = generator.normal(0, 50, (300, 4)).astype(np.float32)
    values[generator.random(values.shape) < 0.2] = np.nan
    values[:, 2] = generator.integers(0, 3, 300)
    rows = log_rows(values, values[:, 0] > 0, weight=np.ones(300), categorical=[2], seed=0)
    fitted = rows.fit(ridge=1.0)
    expected = fitted.design.matrix(values) @ fitted.coefficients + fitted.intercept
    np.testing.assert_allclose(fitted.margin(values), expected, rtol=1e-9, atol=1e-9)
    assert len(fitted.design.gaps) == 3
    assert fitted.design.levels


@pytest.mark.parametrize("order", ["C", "F"])
def test_lightgbm_is_handed_the_very_matrix(order, monkeypatch):
    values = np.asarray(np.random.default_rng(0).normal(size=(400, 3)), dtype=np.float32, order=order)
    X = pd.DataFrame(values, columns=["a", "b", "c"], copy=False)
    handed = []
    monkeypatch.setattr(
        classifier,
        "tree_data",
        lambda given, *rest, **how: handed.append(given) or tree_data(given, *rest, **how),
    )
    ChurnClassifier(n_estimators=2, n_jobs=1).fit(X, values[:, 0] > 0)
    assert np.shares_memory(handed[0], values)
    assert handed[0].flags[f"{order}_CONTIGUOUS"]  # LightGBM reads either as it lies


def test_very_many_rows_get_the_same_probabilities(fitted):
    X, _ = customers(3_000, seed=2)
    quick = fitted.by_columns()
    assert np.array_equal(quick.predict_proba(X), fitted.predict_proba(X))
    assert quick._forest is not None
    assert fitted._forest is None
