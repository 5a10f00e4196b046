"""Tables of labels: which column is what, several accepted labels, facts, and every way to be wrong."""

import pytest

from durometer.core import DataError
from durometer.data import open_data
from durometer.data.lean import Coded, typed
from durometer.data.table import split_cell


@pytest.fixture
def folder(tmp_path, paint):
    for name in "abc":
        paint(tmp_path / f"{name}.png")
    return tmp_path


def table(folder, text, name="labels.csv", encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return folder


def test_columns_are_found_by_name_and_said(folder):
    data = open_data(table(folder, "weather,Image,Class\nrain,a.png,dog\nsun,b.png,cat\nsun,c.png,dog\n"))
    assert data.labels == ("cat", "dog")
    assert [sorted(data[i].y) for i in range(3)] == [[1], [0], [1]]
    assert [data[i].facts for i in range(3)] == [{"weather": "rain"}, {"weather": "sun"}, {"weather": "sun"}]
    assert data.guesses == ("labels.csv: 'Image' is the file, 'Class' the label.",)


@pytest.mark.parametrize(
    "text",
    [
        "file\tlabel\na.png\tx, y\nb.png\tz\n",
        "file;label\na.png;x, y\nb.png;z\n",
        'file,label\na.png,"x, y"\nb.png,z\n',
    ],
)
def test_delimiters(folder, text):
    assert open_data(table(folder, text)).labels == ("x, y", "z")


def test_a_byte_order_mark_windows_lines_and_empty_lines(folder):
    data = open_data(table(folder, "\ufefffile,label\r\na.png,x\r\n\r\nb.png,z\r\n"))
    assert list(data.ids()) == ["a.png", "b.png"]


def test_without_a_header(folder):
    data = open_data(table(folder, "a.png\t3\nb.png\t5\n", "labels.txt"))
    assert data.labels == ("3", "5")
    assert len(data) == 2


def test_indices_sort_by_number_and_names_by_text(folder):
    assert open_data(table(folder, "file,label\na.png,10\nb.png,9\nc.png,100\n")).labels == ("9", "10", "100")
    assert open_data(table(folder, "file,label\na.png,x10\nb.png,x9\n")).labels == ("x10", "x9")


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("281 282, 285", {"281", "282", "285"}),
        ("281|282", {"281", "282"}),
        ("n01440764 n02123045", {"n01440764", "n02123045"}),
        ("great white shark", {"great white shark"}),
        ("tabby | tiger cat", {"tabby", "tiger cat"}),
        ("n01440764 tench", {"n01440764 tench"}),
        ("  ", set()),
        ("", set()),
        ("|", set()),
    ],
)
def test_cells_with_several_labels(cell, wanted):
    assert split_cell(cell) == wanted


def test_rows_without_a_label_are_left_out_and_counted(folder):
    data = open_data(table(folder, "file,label\na.png,7 8\nb.png,\nc.png,8\n"))
    assert list(data.ids()) == ["a.png", "c.png"]
    assert data[0].y == {0, 1}
    assert data.labels == ("7", "8")
    assert data.left_out == (("rows", 1, "their column 'label' is empty"),)


def test_a_file_listed_twice_counts_once(folder):
    data = open_data(table(folder, "file,label\na.png,x\n./a.png,y\nb.png,x\n"))
    assert list(data.ids()) == ["a.png", "b.png"]
    assert data.left_out == (("rows", 1, "their file is listed a second time; its first row counts"),)


def test_columns_that_spell_out_the_label_are_titles_and_no_facts(folder):
    goldfish, tench = "1,n00000001,goldfish", "0,n00000000,tench"
    rows = f"a.png,{goldfish},x\nb.png,{tench},x\nc.png,{goldfish},y\n"
    data = open_data(table(folder, "file,class_index,synset,name,site\n" + rows))
    assert data.labels == ("0", "1")
    assert data.titles == ("tench", "goldfish")
    assert data[2].facts == {"site": "y"}
    chosen = open_data(folder, label_column="synset")
    assert chosen.labels == ("n00000000", "n00000001")
    assert chosen[2].facts == {"site": "y"}


def test_a_column_that_is_not_one_to_one_stays_a_fact(folder):
    data = open_data(table(folder, "file,class_index,name\na.png,1,x\nb.png,1,y\nc.png,0,x\n"))
    assert data.titles == data.labels
    assert data[1].facts == {"name": "y"}


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "", "-2"], [1, None, -2]),
        (["1", "2.5", "nan"], [1.0, 2.5, None]),
        (["True", "false", ""], [True, False, None]),
        (["007", "12"], ["007", "12"]),  # a name, not a number
        (["1e3", "inf"], ["1e3", "inf"]),  # infinity has no place in a record
        (["1_000", "2"], ["1_000", "2"]),
        (["", ""], [None, None]),
        (["none", "3"], ["none", "3"]),
    ],
)
def test_types_of_facts(texts, values):
    column = typed(Coded(texts).frozen())
    found = [column[i] for i in range(len(texts))]
    assert found == values
    assert [type(v) for v in found] == [type(v) for v in values]


def test_paths_may_start_from_images_or_from_the_tables_folder(tmp_path, paint):
    paint(tmp_path / "images/a.png")
    paint(tmp_path / "set/part/b.png")
    table(tmp_path, "file,label\na.png,x\n")
    assert list(open_data(tmp_path).ids()) == ["images/a.png"]
    table(tmp_path / "set/part", "file,label\nb.png,x\n", "mine.csv")
    assert list(open_data(tmp_path, table=tmp_path / "set/part/mine.csv").ids()) == ["set/part/b.png"]
    assert list(open_data(tmp_path / "set/part/mine.csv").ids()) == ["b.png"]


def test_the_only_csv_beside_images_is_the_table(folder):
    assert open_data(table(folder, "file,label\na.png,x\n", "mine.csv")).labels == ("x",)
    table(folder, "file,label\na.png,x\n", "other.csv")
    with pytest.raises(DataError, match="neither in class folders nor in a table"):
        open_data(folder)


def test_a_table_elsewhere_and_absolute_paths(tmp_path, paint):
    path = paint(tmp_path / "data/a.png")
    (tmp_path / "tables").mkdir()
    table(tmp_path / "tables", f"file,label\n{path},x\n", "t.csv")
    assert list(open_data(tmp_path / "data", table=tmp_path / "tables/t.csv").ids()) == ["a.png"]


def test_the_mask_column_is_used_with_the_folder(folder, paint, tmp_path):
    paint(tmp_path / "m/first.png", size=(6, 4))
    table(folder, "file,label,mask\na.png,x,first.png\nb.png,y,\n")
    data = open_data(folder, masks=tmp_path / "m")
    assert data.mask_count == 1
    assert data[0].aux["mask"].all()
    assert "mask" not in data[0].facts
    without = open_data(folder)
    assert (
        "The column 'mask' names masks; they are used once the folder of masks is given." in without.guesses
    )


def test_a_missing_file_is_that_samples_error(folder):
    data = open_data(table(folder, "file,label\na.png,x\nno.png,y\n"))
    assert len(data) == 2
    with pytest.raises(DataError, match=r"no\.png: there is no such file"):
        data[1]


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("name,label\nx,y\n", "no column looks like the file; there are name, label"),
            ("file,weather\na.png,y\n", "no column looks like the label; there are file, weather"),
            ("file\na.png\n", "single column"),
            ("", "single column"),
            ("file,label\n", "the table has no rows"),
            ("file,label\na.png,\n", "no row has a label in column 'label'"),
            ("file,label\nz.png,x\n", r"no image is where its first rows say: 'z\.png'"),
            ("file,label\na.png,x\n../../etc/passwd,y\n", "is outside of the data folder"),
            ("file,label\na.png,x\n/etc/passwd,y\n", "is outside of the data folder"),
            ("file,label\na.png,x,y,z\n", "line 2 has 4 cells, the header 2"),
        ],
    )
    def test_tables(self, folder, text, words):
        with pytest.raises(DataError, match=words):
            open_data(table(folder, text))

    def test_not_text(self, folder):
        with pytest.raises(DataError, match="not a table in UTF-8 text"):
            open_data(table(folder, "file,label\na.png,é\n", encoding="latin-1"))

    def test_an_unknown_label_column(self, folder):
        with pytest.raises(DataError, match=r"no column 'bred'\. Did you mean 'breed'"):
            open_data(table(folder, "file,breed\na.png,x\n"), label_column="bred")

    def test_no_table(self, folder):
        with pytest.raises(DataError, match="no such table of labels"):
            open_data(folder, table=folder / "no.csv")
