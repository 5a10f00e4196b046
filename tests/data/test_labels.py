"""Labels meet the model: every way to name a class, and every way to miss."""

import pytest

from durometer.core import DataError
from durometer.data import match_labels, read_label_map
from durometer.data.names import plain

IMAGENET = (
    "tench, Tinca tinca",
    "great white shark, white shark, man-eater",
    "crane",
    "jack-o'-lantern",
    "crane",
)
SYNSETS = (
    "n01440764 tench",
    "n01484850 great_white_shark",
    "n02012849 crane",
    "n03590841 jack-o'-lantern",
    "n03126707 crane",
)


def outputs(data, model=(), n=None, mapping=None):
    match = match_labels(data, model, mapping=mapping, n_outputs=n or len(model))
    return [sorted(accepted) for accepted in match.accepted]


def how(data, model=(), n=None, mapping=None):
    return match_labels(data, model, mapping=mapping, n_outputs=n or len(model)).how


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("tench, Tinca tinca", [0]),
        ("Tench", [0]),
        ("tinca_tinca", [0]),
        ("great_white_shark", [1]),
        ("Great-White-Shark", [1]),
        ("white shark", [1]),
        ("jack o lantern", [3]),
        ("Jack_O'_Lantern", [3]),
        ("crane", [2, 4]),
        ("n01440764 tench", [0]),
        ("n01440764_tench", [0]),
        ("001.Tench", [0]),
        ("12_great_white_shark", [1]),
    ],
)
def test_names(label, wanted):
    assert outputs([label], IMAGENET) == [wanted]


@pytest.mark.parametrize("label", ["n02012849", "n02012849 crane", "n02012849_crane", "n02012849: crane"])
def test_a_synset_tells_apart_what_a_name_does_not(label):
    assert outputs([label], SYNSETS) == [[2]]


def test_a_name_used_twice_is_said():
    assert "'crane' names more than one output; each of them counts as right." in how(
        ["crane", "tench"], IMAGENET
    )


def test_the_whole_name_goes_before_a_part_of_another():
    assert outputs(["missile"], ("projectile, missile", "missile")) == [[1]]


def test_indices():
    assert outputs(["3", "10"], n=11) == [[3], [10]]
    assert outputs(["1", "0"], ("cat", "dog")) == [[1], [0]]
    assert "output indices" in how(["1"], ("cat", "dog"))


def test_numbers_that_are_the_models_own_labels_go_before_indices():
    assert outputs(["7", "3"], ("3", "7", "0")) == [[1], [0]]
    assert outputs(["2", "0"], ("1", "2", "0")) == [[1], [2]]


def test_alphabetical_order_is_a_guess_that_is_said():
    names = ["dog", "ant", "cat"]
    assert outputs(names, n=3) == [[2], [0], [1]]
    assert outputs(names, ("LABEL_0", "LABEL_1", "LABEL_2")) == [[2], [0], [1]]
    assert "alphabetical order" in how(names, n=3)


def test_all_thousand_synsets_are_in_standard_order():
    synsets = [f"n{i:08d}" for i in range(1000, 3000, 2)]
    assert outputs(synsets[::-1], n=1000) == [[i] for i in range(999, -1, -1)]
    assert "ImageNet's standard order" in how(synsets, n=1000)


def test_targets_are_united():
    match = match_labels(["crane", "tench"], IMAGENET, n_outputs=5)
    assert match.outputs(frozenset({0, 1})) == {0, 2, 4}
    assert match.present == (0, 2, 4)


class TestMap:
    def test_label_to_output(self):
        mapping = {"kitty": "cat", "hound": 0, "pet": ["cat", 0], "rock": "", "stone": None, "pebble": "-"}
        match = match_labels(list(mapping), ("dog", "cat"), mapping=mapping, n_outputs=2)
        assert [sorted(a) for a in match.accepted] == [[1], [0], [0, 1], [], [], []]
        assert match.unmatched == ("rock", "stone", "pebble")
        assert "It leaves out 'rock', 'stone', 'pebble'." in match.how

    def test_a_list_of_all_outputs_names_them_where_the_data_has_indices(self):
        assert outputs(["1", "0"], n=3, mapping={"crane": [0, 2], "tench": 1}) == [[1], [0]]
        assert outputs(["Crane", "tench"], n=3, mapping={"crane": [0, 2], "tench": 1}) == [[0, 2], [1]]

    def test_the_names_that_a_list_gives_are_handed_on(self):
        match = match_labels(
            ["2", "0"], ["0", "1", "2"], mapping={"0": "cat", "1": "dog", "2": "owl"}, n_outputs=3
        )
        assert match.names == ("cat", "dog", "owl")
        assert match.accepted == (frozenset({2}), frozenset({0}))

    def test_what_it_does_not_speak_of_is_looked_up(self):
        assert outputs(["kitty", "DOG", "1"], ("dog", "cat"), mapping={"kitty": "cat"}) == [[1], [0], [1]]

    def test_keys_by_any_name(self):
        lines = {"n01440764 tench": 0, "n01484850 great_white_shark": 1}
        assert outputs(["n01484850", "Tench"], n=2, mapping=lines) == [[1], [0]]

    def test_an_id2label_names_the_outputs(self):
        assert outputs(["dog", "cat"], n=2, mapping={"0": "cat", "1": "dog"}) == [[1], [0]]
        assert outputs(["0", "1"], n=2, mapping={"0": "cat", "1": "dog"}) == [[0], [1]]
        assert outputs(["tench", "n2"], n=2, mapping={"0": ["n01440764", "tench"], "1": ["n2", "x"]}) == [
            [0],
            [1],
        ]
        # where the model has names of its own, the numbers are the data's
        assert outputs(["0", "1"], ("dog", "cat"), mapping={"0": "cat", "1": "dog"}) == [[1], [0]]

    @pytest.mark.parametrize(
        ("mapping", "words"),
        [
            ({"kitty": "cat"}, "says nothing of 1 of 2 labels: 'rock'. Add them; an empty output"),
            (
                {"kitty": "cta", "rock": ""},
                "sends 'kitty' to 'cta', which is not one of the model's 2 outputs. Did you",
            ),
            ({"kitty": 2, "rock": ""}, "sends 'kitty' to 2, .* Give an index from 0 to 1"),
            ({"kitty": "", "rock": ""}, "leaves out every label"),
            ({"cow": 0}, "the map speaks of 'cow', the data of 'kitty', 'rock'"),
        ],
    )
    def test_errors(self, mapping, words):
        with pytest.raises(DataError, match=words):
            match_labels(["kitty", "rock"], ("dog", "cat"), mapping=mapping, n_outputs=2)


class TestErrors:
    def said(self, data, model=(), n=None):
        with pytest.raises(DataError) as error:
            match_labels(data, model, n_outputs=n or len(model))
        return str(error.value)

    def test_unknown_names_with_the_nearest(self):
        said = self.said(["dog", "great_wite_shark", "xyzzy"], ("dog", "great white shark", "tench"))
        assert (
            "does not know 2 of 3 labels: 'great_wite_shark' (nearest: 'great white shark'), 'xyzzy'." in said
        )
        assert "--labels MAP" in said

    def test_an_index_beyond(self):
        assert "the label 10 is beyond the model's 10 outputs, 0 to 9" in self.said(["1", "10"], n=10)

    def test_some_synsets_for_a_nameless_imagenet_model(self):
        said = self.said(["n01440764", "n02012849"], n=1000)
        assert "only 2 of ImageNet's 1000 synsets are here, so that their order is unknown" in said
        assert "class_index" in said

    def test_names_for_a_nameless_model(self):
        said = self.said(["cat", "dog"], n=10)
        assert (
            "the model does not say what its 10 outputs mean, and 2 labels of the data are no indices" in said
        )

    def test_wrong_number_of_model_labels(self):
        with pytest.raises(DataError, match="has 3 outputs but 2 labels"):
            match_labels(["a"], ("a", "b"), n_outputs=3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Jack-o'-Lantern", "jack o lantern"),
        ("  A__b ", "a b"),
        ("Straße", "strasse"),
        ("ﬁsh", "fish"),
        ("+", "+"),
    ],
)
def test_plain(text, wanted):
    assert plain(text) == wanted


class TestMapFiles:
    def read(self, tmp_path, name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_label_map(tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("m.csv", "label,output\nkitty,cat\nhound,3\nrock,\n"),
            ("m.csv", "kitty,cat\nhound,3\nrock,\n"),
            ("m.tsv", "folder\tmodel\nkitty\tcat\nhound\t3\nrock\t\n"),
        ],
    )
    def test_csv(self, tmp_path, name, text):
        assert self.read(tmp_path, name, text) == {"kitty": "cat", "hound": "3", "rock": ""}

    def test_csv_with_several_outputs(self, tmp_path):
        assert self.read(tmp_path, "m.csv", "pet,cat | dog\n") == {"pet": ["cat", "dog"]}

    def test_json_and_toml(self, tmp_path):
        wanted = {"kitty": "cat", "hound": 3, "pet": ["cat", 3]}
        assert self.read(tmp_path, "m.json", '{"kitty": "cat", "hound": 3, "pet": ["cat", 3]}') == wanted
        toml = 'kitty = "cat"\nhound = 3\npet = ["cat", 3]\n'
        assert self.read(tmp_path, "m.toml", toml) == wanted
        assert self.read(tmp_path, "n.toml", "[labels]\n" + toml) == wanted

    def test_one_label_a_line(self, tmp_path):
        lines = "n1 tench\nn2 crane, bird\n\nn3 shark\n"
        assert self.read(tmp_path, "m.txt", lines) == {"n1 tench": 0, "n2 crane, bird": 1, "n3 shark": 2}
        assert self.read(tmp_path, "m.json", '["a", "b"]') == {"a": 0, "b": 1}

    def test_a_list_may_name_two_outputs_alike(self, tmp_path):
        assert self.read(tmp_path, "m.txt", "crane\ntench\ncrane\n") == {"crane": [0, 2], "tench": 1}

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("m.json", "{", "can't be read"),
            ("m.json", '{"a": {"b": 1}}', "not a map from labels to outputs"),
            ("m.json", '{"a": true}', "not a map from labels to outputs"),
            ("m.toml", "a = ", "can't be read"),
            ("m.csv", "a\n", "line 1 is not label,output"),
            ("m.csv", "a,1\na,2\n", "'a' is mapped twice, differently"),
            ("m.csv", "\n", "is empty"),
            ("m.txt", "", "is empty"),
        ],
    )
    def test_errors(self, tmp_path, name, text, words):
        with pytest.raises(DataError, match=words):
            self.read(tmp_path, name, text)

    def test_missing(self, tmp_path):
        with pytest.raises(DataError, match="no such file"):
            read_label_map(tmp_path / "no.csv")
