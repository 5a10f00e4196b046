"""The grammar of --input and the data sheet: what is read, and what is said about what can't be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import InputSpec, UsageError
from durometer.models.inputs import parse_input, read_input
from durometer.models.options import Known, Options, make_card, make_spec
from durometer.models.sheet import Sheet, read_sheet, sheet_path, write_sheet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size=224", {"size": (224, 224)}),
        ("size=224x192", {"size": (224, 192)}),
        ("size=canvas", {"size": None}),
        ("crop=0.875", {"crop": 0.875}),
        ("range=0..255", {"low": 0.0, "high": 255.0}),
        ("range=-1..1", {"low": -1.0, "high": 1.0}),
        ("mean=0.485/0.456/0.406", {"mean": (0.485, 0.456, 0.406)}),
        ("std=.5", {"std": (0.5,)}),
        ("mean=none", {"mean": ()}),
        ("channels=1", {"channels": 1}),
        (
            " order=bgr , layout=nhwc,fit=squash, interpolation=bicubic ",
            {"order": "bgr", "layout": "nhwc", "fit": "squash", "interpolation": "bicubic"},
        ),
        ("", {}),
    ],
)
def test_oracle_of_the_grammar(text, expected):
    assert parse_input(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("siez=224", "--input: there is no 'siez' of an input. Did you mean 'size'?"),
        ("colour=3", "Known are: size, crop, fit, interpolation, range, mean, std, order, layout, channels."),
        ("size", "--input: 'size' is not of the form key=value. Write key=value, such as size=224"),
        ("mean=0.5,0.5,0.5", "'0.5' is not of the form key=value. Several values of one key are joined by /"),
        ("size=224,size=32", "--input: 'size' is given twice."),
        ("size=0", "size=0 can't be. Give one side or height x width in pixels"),
        ("size=1x2x3", "size=1x2x3 can't be"),
        ("size=12.5", "size=12.5 can't be"),
        ("crop=87.5", "crop=87.5 can't be. Give a share of the short side, above 0 and at most 1"),
        ("crop=nan", "crop=nan can't be"),
        ("range=255", "range=255 can't be. Give low..high, such as range=0..255."),
        ("range=1..0", "range=1..0 can't be"),
        ("std=0", "std=0 can't be. Give numbers above 0 joined by /"),
        ("layout=hwc", "layout=hwc can't be. Give layout=nchw or layout=nhwc."),
        ("channels=4", "channels=4 can't be. Give channels=3, or channels=1 for gray."),
    ],
)
def test_errors_of_the_grammar(text, message):
    with pytest.raises(UsageError) as error:
        parse_input(text)
    assert message in str(error.value)


def test_errors_of_fields_that_do_not_fit_each_other():
    with pytest.raises(
        UsageError, match=r"^net: mean has 2 values for 3 channels. Give one a channel, such as mean="
    ):
        make_spec({"mean": (0.1, 0.2)}, where="net")
    with pytest.raises(
        UsageError, match=r"a mean of 123.7 lies far outside the range 0..1. .* say range=0..255"
    ):
        make_spec({"mean": (123.7, 116.3, 103.5)}, where="net")


def test_one_mean_is_every_channels():
    assert make_spec({"mean": (0.5,), "std": (0.25,)}, where="") == InputSpec(
        mean=(0.5,) * 3, std=(0.25,) * 3
    )


def test_a_mapping_says_the_same_as_the_text():
    said = {"size": [224, 192], "range": [0, 255], "mean": [1, 2, 3], "std": 4, "order": "bgr"}
    assert read_input(said) == parse_input("size=224x192,range=0..255,mean=1/2/3,std=4,order=bgr")
    spec = InputSpec(size=(4, 5), crop=0.5)
    assert InputSpec(**read_input(spec)) == spec


def test_oracle_what_was_said_goes_before_what_the_file_says():
    known = Known({"size": (32, 32), "mean": (0.1,) * 3}, labels=("a", "b"))
    card = make_card("net", "0", known=known, options=Options(input={"size": (64, 64)}, labels=("c", "d")))
    assert (card.input.size, card.input.mean, card.labels) == ((64, 64), (0.1,) * 3, ("c", "d"))


def test_guesses_are_sentences_and_vanish_when_all_is_said():
    (size, pixels) = make_card("net", "0", known=Known(), options=Options()).guesses
    assert size == "The input size was not said: the canvas is shown as it is (size=…)"
    assert pixels == "Pixels go in as 0 to 1 without mean and std (range=…, mean=…, std=…)"
    said = parse_input("size=224,crop=0.875,range=0..1")
    assert make_card("net", "0", known=Known(), options=Options(input=said)).guesses == ()


NUMBER = st.floats(-300, 300, allow_nan=False).map(lambda x: round(x, 4))
SAID = st.fixed_dictionaries(
    {},
    optional={
        "size": st.none() | st.tuples(st.integers(1, 999), st.integers(1, 999)),
        "crop": st.floats(0.1, 1),
        "mean": st.lists(NUMBER, min_size=1, max_size=3).map(tuple),
        "std": st.lists(st.floats(0.01, 300), min_size=1, max_size=3).map(tuple),
        "order": st.sampled_from(["rgb", "bgr"]),
        "channels": st.sampled_from([1, 3]),
    },
)


@given(SAID, st.sampled_from([None, "logits", "probabilities"]), st.none() | st.lists(st.text()).map(tuple))
def test_properties_a_sheet_comes_back_as_it_was_written(tmp_path_factory, said, output, labels):
    model = tmp_path_factory.mktemp("sheet") / "net.onnx"
    assert write_sheet(model, Sheet(said, output, labels)) == ""
    assert read_sheet(model) == Sheet(said, output, labels)


def test_golden_sheet_is_for_people_too(tmp_path):
    model = tmp_path / "net.onnx"
    write_sheet(model, Sheet(parse_input("size=224,range=0..255,mean=1/2/3"), "logits", ('a "b"', "ü")))
    assert sheet_path(model).name == "net.onnx.durometer.toml"
    assert sheet_path(model).read_text(encoding="utf-8").splitlines() == [
        "# How durometer shows images to net.onnx. Edit freely; options of a command go before it.",
        "schema = 1",
        'output = "logits"',
        "labels = [",
        '  "a \\"b\\"",',
        '  "ü",',
        "]",
        "",
        "[input]",
        "size = [224, 224]",
        "mean = [1.0, 2.0, 3.0]",
        "range = [0.0, 255.0]",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 1\n[inptu]\n", "unknown key 'inptu'. Did you mean 'input'?"),
        ("schema = 2\n", "the data sheet is of a newer durometer. Update durometer."),
        ("output = 'logit'\n", "output = 'logit' can't be. Give logits or probabilities."),
        ("input = 3\n", "input is not a table. Write [input] above its keys."),
        ("labels = [1]\n", "labels is not a list of texts."),
        ("[input]\nsize = -1\n", "size=-1 can't be"),
        ("size 224", "the data sheet can't be read"),
    ],
)
def test_errors_of_a_sheet_name_the_file(tmp_path, text, message):
    model = tmp_path / "net.onnx"
    sheet_path(model).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_sheet(model)
    assert message in str(error.value)
    assert str(sheet_path(model)) in str(error.value)


def test_a_sheet_that_can_not_be_kept_is_said(tmp_path):
    problem = write_sheet(tmp_path / "gone" / "net.onnx", Sheet())
    assert problem.startswith("The data sheet net.onnx.durometer.toml could not be kept beside the model")
    assert problem.endswith("say --input again")


def test_a_folder_that_is_marked_read_only_is_left_alone(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o555)
    problem = write_sheet(folder / "net.onnx", Sheet())
    folder.chmod(0o755)
    assert "(the folder is read-only): say --input again" in problem
    assert list(folder.iterdir()) == []
