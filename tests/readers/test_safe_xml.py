"""Hostile and broken XML is refused with a sentence; what a shape names is read and nothing else is remembered."""

import io
import time
from collections.abc import Callable

import pytest

from core.safe_xml import (
    MAX_DEPTH,
    MAX_NAMES,
    MAX_TEXT,
    MAX_TOKEN,
    MAX_VALUES,
    Anywhere,
    Record,
    RefusedXml,
    Shape,
    document,
    records,
)

DOCTYPES = [
    "<!DOCTYPE a>",
    "<!DOCTYPE a SYSTEM 'file:///etc/hostname'>",
    "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'>",
    "<!DOCTYPE a PUBLIC '-//X//Y' 'http://127.0.0.1:9/x.dtd'>",
    "<!DOCTYPE a []>",
    "<!DOCTYPE a [<!ENTITY t 'x'>]>",
    "<!DOCTYPE a [<!ENTITY t SYSTEM 'file:///etc/hostname'>]>",
    "<!DOCTYPE a [<!ENTITY t SYSTEM 'http://127.0.0.1:9/'>]>",
    "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x'> %p;]>",
    "<!DOCTYPE a [<!ENTITY % p '<!ENTITY t SYSTEM \"file:///etc/hostname\">'> %p;]>",
    "<!DOCTYPE a [<!ENTITY t 'lol'><!ENTITY u '&t;&t;&t;&t;&t;&t;&t;&t;'><!ENTITY v '&u;&u;&u;&u;&u;&u;&u;'>]>",
    "<!DOCTYPE a [<!ATTLIST a x CDATA 'given'>]>",
    "<!DOCTYPE a [<!NOTATION n SYSTEM 'n'>]>",
    "<!DOCTYPE a [<?pi?><!-- c --><!ELEMENT a ANY>]>",
    "<!-- before --><?pi?>\n\n<!DOCTYPE a>",
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"]


def wanting(**fields: str) -> Shape:
    """The shape of an `a` anywhere, with one field at each path."""
    shape = Anywhere()
    shape.want("a", {name: (path,) for name, path in fields.items()}, "a")
    return shape


def read(data: bytes, shape: Shape | None = None) -> list[Record]:
    return list(records(io.BytesIO(data), wanting(t="t") if shape is None else shape))


def refusal(data: bytes, reading: Callable[[bytes], object] = read) -> str:
    with pytest.raises(RefusedXml) as refused:
        reading(data)
    (problem,) = refused.value.problems
    assert problem.where
    return problem.message


def whole(data: bytes) -> object:
    return document(io.BytesIO(data))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_document_type_is_refused_in_every_encoding(doctype: str, encoding: str) -> None:
    data = f"{doctype}<a><t>&t;</t></a>".encode(encoding)
    began = time.process_time()
    assert "DOCTYPE" in refusal(data)
    assert "DOCTYPE" in refusal(data, whole)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_document_type_is_refused_behind_a_declaration_of_the_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY t "x">]><a><t>&t;</t></a>'
    assert "DOCTYPE" in refusal(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-7", "UTF-7", "unicode_escape", "idna", "rot13", "cp037", "utf-32", "x" * 99])
def test_encodings_that_could_hide_something_are_refused(encoding: str) -> None:
    hidden = "+ADwAIQ-DOCTYPE a +AFsAPAAh-ENTITY t SYSTEM 'file:///etc/hostname'+AD4AXQA+-"
    data = f'<?xml version="1.0" encoding="{encoding}"?>{hidden}<a><t>&t;</t></a>'.encode("ascii")
    assert "is not accepted" in refusal(data)


@pytest.mark.parametrize("codec", ["utf-7", "utf-32", "cp037"])
def test_a_file_written_in_such_an_encoding_is_refused_too(codec: str) -> None:
    assert refusal("<!DOCTYPE a [<!ENTITY t 'x'>]><a><t>&t;</t></a>".encode(codec))


def test_an_entity_nobody_declared_is_refused() -> None:
    assert "undefined entity" in refusal(b"<a><t>&t;</t></a>")


def test_a_document_type_behind_the_root_is_no_xml() -> None:
    assert refusal(b"<a><!DOCTYPE a><t>x</t></a>")
    assert refusal(b"<a><t>x</t></a><!DOCTYPE a>")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-8", '<?xml version="1.0" encoding="UTF-8"?>'),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("utf-16-be", '<?xml version="1.0" encoding="UTF-16"?>'),
        ("iso-8859-15", '<?xml version="1.0" encoding="ISO-8859-15"?>'),
        ("windows-1252", "<?xml version='1.0' encoding='windows-1252'?>"),
    ],
)
def test_letters_arrive_as_they_were_written(encoding: str, declared: str) -> None:
    data = f"{declared}<a><t>Prévôt &amp; Söhne 5 €</t></a>".encode(encoding)
    assert read(data) == [Record("a", {"t": ["Prévôt & Söhne 5 €"]})]


@pytest.mark.parametrize(
    "data",
    [
        b"<a><t>Caf\xe9</t></a>",
        b'<?xml version="1.0" encoding="UTF-8"?><a><t>Caf\xe9</t></a>',
        b'<?xml version="1.0" encoding="UTF-16"?><a><t>x</t></a>',
        b'<?xml version="1.0" encoding="windows-1252"?><a><t>\x81</t></a>',
        b"<a><t>\x00</t></a>",
    ],
)
def test_bytes_that_are_not_of_the_encoding_are_refused_not_replaced(data: bytes) -> None:
    assert refusal(data)


def test_depth_is_limited() -> None:
    deepest = b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH
    assert len(read(deepest)) == 1
    assert f"more than {MAX_DEPTH} deep" in refusal(b"<a>" + deepest + b"</a>")
    assert f"more than {MAX_DEPTH} deep" in refusal(b"<x>" * 1_000_000)


def test_a_kept_text_is_limited() -> None:
    assert read(b"<a><t>" + b"x" * MAX_TEXT + b"</t></a>")
    assert "characters of text" in refusal(b"<a><t>" + b"x" * (MAX_TEXT + 1) + b"</t></a>")
    assert "characters of text" in refusal(b"<a><t>" + b"&#65;" * (MAX_TEXT + 1) + b"</t></a>")


def test_a_text_nobody_wants_costs_nothing() -> None:
    assert read(b"<a><u>" + b"x" * 5_000_000 + b"</u><t>y</t></a>") == [Record("a", {"t": ["y"]})]


@pytest.mark.parametrize("begun", [b"<!-- ", b"<?pi ", b'<a x="', b"<a ", b"<"])
def test_a_tag_or_comment_without_end_is_refused_before_it_is_all_held(begun: bytes) -> None:
    fed = io.BytesIO(begun + b"x" * 20_000_000)
    with pytest.raises(RefusedXml, match="longer than"):
        list(records(fed, wanting()))
    assert fed.tell() <= MAX_TOKEN + 2 * 65_536


def test_the_number_of_names_is_limited() -> None:
    names = b"".join(b"<n%d/>" % number for number in range(100_000))
    assert f"more than {MAX_NAMES:,} different names" in refusal(b"<a>" + names + b"</a>")


def test_the_values_of_one_record_are_limited() -> None:
    assert f"more than {MAX_VALUES:,} values" in refusal(b"<a>" + b"<t>1</t>" * (MAX_VALUES * 2) + b"</a>")


def test_a_file_cut_anywhere_is_refused() -> None:
    data = '<?xml version="1.0"?><!-- c --><x:a xmlns:x="u"><t k="v">é &amp; <![CDATA[x]]></t></x:a>'.encode()
    assert read(data)
    for length in range(len(data)):
        assert refusal(data[:length])
    assert "cut short" in refusal(data[: len(data) // 2])


def test_a_refusal_names_line_and_column() -> None:
    with pytest.raises(RefusedXml) as refused:
        read(b"<a>\n<t>x</u></a>")
    assert refused.value.problems[0].where == "line 2, column 7"


def test_records_are_yielded_as_they_end_whatever_their_prefix_and_depth() -> None:
    shape = Anywhere()
    shape.want("outer", {"name": ("n", "alias/n")}, "a")
    shape.want("inner", {"amount": ("m@c",), "itself": ("",)}, "a/list/b")
    data = """<e:envelope xmlns:e='e' xmlns='urn:1'><h><n>no</n></h>
      <x:a xmlns:x='urn:2'> <n> first </n> <list><b><m c='EUR'>1</m><m>2</m></b><b>text</b></list>
      <other><n>no</n></other> <alias><n>second</n></alias> <n/> </x:a></e:envelope>"""
    assert read(data.encode(), shape) == [
        Record("inner", {"amount": ["1", "2"], "amount@c": ["EUR", ""]}),
        Record("inner", {"itself": ["text"]}),
        Record("outer", {"name": ["first", "second"]}),
    ]


def test_an_element_inside_a_text_is_refused_and_not_read_over() -> None:
    assert "only text may stand" in refusal(b"<a><t>1<u>9</u>0</t></a>")


def test_records_are_handed_on_before_the_file_is_read_to_its_end() -> None:
    source = io.BytesIO(b"<a>" + b"<b><t>1</t></b>" * 100_000 + b"</a>")
    shape = Anywhere()
    shape.want("b", {"t": ("t",)}, "a/b")
    assert next(records(source, shape)) == Record("b", {"t": ["1"]})
    assert source.tell() < 100_000


def test_a_whole_document_can_be_searched_by_path() -> None:
    root = document(io.BytesIO(b"<x:a xmlns:x='urn:2'><x:t>1</x:t></x:a>"))
    assert root.findtext("{urn:2}t") == "1"


@pytest.mark.parametrize("data", [b"", b"<a>", b"<a></b>", b"<a>" * 65 + b"</a>" * 65, b"plain text"])
def test_a_whole_document_is_refused_for_the_same_reasons(data: bytes) -> None:
    assert refusal(data, whole) == refusal(data)


def test_a_whole_document_with_an_endless_text_is_refused() -> None:
    assert "not well-formed" in refusal(b"<a>" + b"x" * 10_000_001 + b"</a>", whole)
