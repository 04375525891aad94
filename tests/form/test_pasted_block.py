"""Several fields in one message: labelled blocks and email signatures, and what must not be taken for one."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.pasted_block import from_block
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Field

ALL = (*APPLICANT_FIELDS, *SIGNER_FIELDS)
SIGNER = {
    Field.NAME: "Anna Virtanen",
    Field.TITLE: "Professor",
    Field.AFFILIATION: "CMVS, University of Oulu",
    Field.EMAIL: "anna@oulu.fi",
    Field.ADDRESS: "Pentti Kaiteran katu 1\n90570 Oulu",
}


def block(*values: str) -> dict[Field, str]:
    return dict(zip(SIGNER_FIELDS, values, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "Name: Anna Virtanen\nTitle: Professor\nAffiliation: CMVS, University of Oulu\nEmail: anna@oulu.fi\n"
        "Address: Pentti Kaiteran katu 1\n90570 Oulu",
        # the LA's own labels, the value beneath
        "Name\nAnna Virtanen\nTitle\nProfessor\nAffiliation (Institute, University, ...)\nCMVS, University of Oulu\n"
        "Work email (at your affiliation)\nanna@oulu.fi\nDetail Address\nPentti Kaiteran katu 1\n90570 Oulu\n",
        "Name:\n\nAnna Virtanen\n\nTitle:\n\nProfessor\n\nAffiliation:\n\nCMVS, University of Oulu\n\nE-mail:\n\n"
        "anna@oulu.fi\n\nDetail address:\n\nPentti Kaiteran katu 1\n90570 Oulu\n\nThanks!\nLi",
        "*Prof. name:* Anna Virtanen\n*Position*: Professor\n*Institution* - CMVS, University of Oulu\n"
        "*Work email* = anna@oulu.fi\n*Postal address:* Pentti Kaiteran katu 1\n90570 Oulu\nBest regards,\nLi Wei",
        "Full name\tAnna Virtanen\nJob title\tProfessor\nInstitute\tCMVS, University of Oulu\nMail\tanna@oulu.fi\n"
        "Street\tPentti Kaiteran katu 1\nCity\t90570 Oulu\nPhone\t+358 40 1",
        "Hi, here it is:\r\n> 1. Name: Anna Virtanen\r\n> 2. Title: Professor\r\n> 3. Department: CMVS\r\n"
        "> 4. University: University of Oulu\r\n> 5. Work e-mail: anna@oulu.fi\r\n"
        "> 6. Detail address: Pentti Kaiteran katu 1\r\n> 90570 Oulu",
        "First name: Anna\nLast name: Virtanen\nTitle: Professor\nUniversity: CMVS, University of Oulu\n"
        "Email: anna@oulu.fi | Tel: 1\nAddress: Pentti Kaiteran katu 1\n90570 Oulu",
        "Country:\nName: Anna Virtanen\nDesignation: Professor\nOrganisation - CMVS, University of Oulu\n"
        "Email ID - anna@oulu.fi\nCountry - 90570 Oulu\nAddress - Pentti Kaiteran katu 1\n",
        "Signer: Anna Virtanen\nTitle: Professor\nAffiliation: CMVS, University of Oulu\nEmail: anna@oulu.fi\n"
        "Address: Pentti Kaiteran katu 1\n90570 Oulu\nPurpose: 4DME challenge",
        "Nimi: Anna Virtanen\nTitteli: Professor\nYliopisto: CMVS, University of Oulu\nSähköposti: anna@oulu.fi\n"
        "Osoite: Pentti Kaiteran katu 1\n90570 Oulu",
    ],
)
def test_a_labelled_block_fills_every_field(text: str) -> None:
    assert from_block(text, SIGNER_FIELDS) == SIGNER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Name: Anna Virtanen Title: Professor Affiliation: University of Oulu Work email: anna@oulu.fi "
            "Detail Address: P.O. Box 4500, 90014 Oulu",
            block("Anna Virtanen", "Professor", "University of Oulu", "anna@oulu.fi", "P.O. Box 4500, 90014 Oulu"),
        ),
        (
            "Name: Anna Virtanen, Title: Professor; Affiliation: Oulu University: CMVS | Email: a@oulu.fi, "
            "Address: PL 1",
            block("Anna Virtanen", "Professor", "Oulu University: CMVS", "a@oulu.fi", "PL 1"),
        ),
        (
            "姓名：李伟\n职称：教授\n单位：清华大学\n邮箱：li@tsinghua.edu.cn\n地址：北京市海淀区清华园1号",
            block("李伟", "教授", "清华大学", "li@tsinghua.edu.cn", "北京市海淀区清华园1号"),
        ),
        (
            "氏名：山田太郎\n役職：教授\n所属：東京大学\nメールアドレス：y@u-tokyo.ac.jp\n住所：東京都文京区本郷7-3-1",
            block("山田太郎", "教授", "東京大学", "y@u-tokyo.ac.jp", "東京都文京区本郷7-3-1"),
        ),
        (
            "Name: Erika Muster\nTitel: Professorin\nEinrichtung: TUM\nE-Mail: e@tum.de\n"
            "Anschrift: Arcisstr. 21\n80333 München",
            block("Erika Muster", "Professorin", "TUM", "e@tum.de", "Arcisstr. 21\n80333 München"),
        ),
        (
            "Nom et prénom : Marie Curie\nFonction : Professeure\nÉtablissement : Sorbonne\nCourriel : m@sorbonne.fr\n"
            "Adresse postale : 4 place Jussieu, 75005 Paris",
            block("Marie Curie", "Professeure", "Sorbonne", "m@sorbonne.fr", "4 place Jussieu, 75005 Paris"),
        ),
        (
            "Nombre: Ana García\nCargo: Catedrática\nInstitución: UPM\nCorreo electrónico: a@upm.es\n"
            "Dirección: Calle 1, 28040 Madrid",
            block("Ana García", "Catedrática", "UPM", "a@upm.es", "Calle 1, 28040 Madrid"),
        ),
    ],
)
def test_labels_may_stand_in_one_line_and_in_other_languages(text: str, expected: dict[Field, str]) -> None:
    assert from_block(text, SIGNER_FIELDS) == expected


def test_labels_say_whose_the_values_are() -> None:
    expected = {
        Field.APPLICANT_NAME: "Li Wei",
        Field.APPLICANT_EMAIL: "li@oulu.fi",
        Field.NAME: "Guoying Zhao",
        Field.EMAIL: "g@oulu.fi",
    }
    for text in (
        "My name: Li Wei\nMy email: li@oulu.fi\nSigner name: Guoying Zhao\nSigner's email: g@oulu.fi",
        "My name: Li Wei My email: li@oulu.fi Signer name: Guoying Zhao Signer email: g@oulu.fi",
        "Signer:\nName: Guoying Zhao\nEmail: g@oulu.fi\n\nApplicant:\nName: Li Wei\nEmail: li@oulu.fi",
        "Supervisor name: Guoying Zhao; Supervisor email: g@oulu.fi; Student name: Li Wei; Student email: li@oulu.fi",
        "My name is Li Wei and my email is li@oulu.fi, "
        "my professor's name is Guoying Zhao, my professor's email is g@oulu.fi",
        "Mein Name: Li Wei\nMeine E-Mail: li@oulu.fi\nSupervisor: Guoying Zhao\nPI's email: g@oulu.fi",
        "Professor: Guoying Zhao\nProf. email: g@oulu.fi\nStudent: Li Wei\nStudent email: li@oulu.fi",
    ):
        assert from_block(text, ALL) == expected


def test_my_name_is_the_signers_where_nobody_else_is_asked_for_or_named() -> None:
    assert from_block("My name: Guoying Zhao", SIGNER_FIELDS) == {Field.NAME: "Guoying Zhao"}
    assert from_block("My name: Li Wei\nName: Guoying Zhao", SIGNER_FIELDS) == {Field.NAME: "Guoying Zhao"}


def test_labels_without_an_owner_mean_the_person_who_is_asked_for() -> None:
    own = {Field.APPLICANT_NAME: "Li Wei", Field.APPLICANT_EMAIL: "l@oulu.fi"}
    assert from_block("Name: Li Wei\nEmail: l@oulu.fi", ALL) == own
    assert from_block("Name: Li Wei\nTitle: PhD student\nAffiliation: Oulu\nEmail: l@oulu.fi", ALL) == own
    assert from_block("Name: Li Wei\nEmail: l@oulu.fi", SIGNER_FIELDS) == {
        Field.NAME: "Li Wei",
        Field.EMAIL: "l@oulu.fi",
    }


def test_a_whole_sign_block_means_the_signer_even_while_the_applicant_is_asked_for() -> None:
    text = "Name: G Zhao\nTitle: Professor\nAffiliation: Oulu\nEmail: g@oulu.fi"
    assert from_block(text, ALL) == from_block(text, SIGNER_FIELDS) != {}


SIGNATURE = """Best regards,
Anna Virtanen, PhD
Professor, Head of CMVS
Center for Machine Vision and Signal Analysis
University of Oulu
P.O. Box 4500
FI-90014 Oulu
Finland
Tel: +358 40 1234567
Email: anna@oulu.fi
www.oulu.fi/cmvs
"""


def test_an_email_signature_fills_every_field_that_it_holds() -> None:
    assert from_block(SIGNATURE, SIGNER_FIELDS) == block(
        "Anna Virtanen",
        "Professor, Head of CMVS",
        "Center for Machine Vision and Signal Analysis, University of Oulu",
        "anna@oulu.fi",
        "P.O. Box 4500\nFI-90014 Oulu\nFinland",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "--\nDr. Hans Müller\nGroup Leader at the Max Planck Institute for Informatics\nCampus E1 4\n"
            "66123 Saarbrücken\nGermany\nhans@mpi-inf.mpg.de\n+49 681 9325 0",
            block(
                "Dr. Hans Müller",
                "Group Leader",
                "Max Planck Institute for Informatics",
                "hans@mpi-inf.mpg.de",
                "Campus E1 4\n66123 Saarbrücken\nGermany",
            ),
        ),
        (
            "李伟\n教授\n清华大学 计算机系\nli@tsinghua.edu.cn\n北京市海淀区清华园1号",
            block("李伟", "教授", "清华大学 计算机系", "li@tsinghua.edu.cn", "北京市海淀区清华园1号"),
        ),
        (
            "Anna Virtanen\nProfessor\nUniversity of Oulu\nE: a@oulu.fi | T: +358 40 123\nKatu 1, 90570 Oulu",
            block("Anna Virtanen", "Professor", "University of Oulu", "a@oulu.fi", "Katu 1, 90570 Oulu"),
        ),
        (
            "Hi!\nThis is my professor's signature:\n\nAnna Virtanen\nProfessor\nUniversity of Oulu\na@oulu.fi",
            {
                Field.NAME: "Anna Virtanen",
                Field.TITLE: "Professor",
                Field.AFFILIATION: "University of Oulu",
                Field.EMAIL: "a@oulu.fi",
            },
        ),
        (
            "Best,\nAnna\n\nAnna Virtanen (Professor)\nTU München\nInstitut für Informatik\nBoltzmannstraße 3\n"
            "Tel. +49 89 1, Fax +49 89 2\n@anna\na@tum.de",
            block("Anna Virtanen", "Professor", "Institut für Informatik", "a@tum.de", "Boltzmannstraße 3"),
        ),
        (
            "山田 太郎\n東京大学 情報理工学系研究科 教授\n〒113-8656 東京都文京区本郷7-3-1\ny@u-tokyo.ac.jp",
            block(
                "山田 太郎",
                "教授",
                "東京大学 情報理工学系研究科",
                "y@u-tokyo.ac.jp",
                "〒113-8656 東京都文京区本郷7-3-1",
            ),
        ),
        (
            "Prof. Anna Virtanen | University of Oulu | <a@oulu.fi>",
            {Field.NAME: "Prof. Anna Virtanen", Field.AFFILIATION: "University of Oulu", Field.EMAIL: "a@oulu.fi"},
        ),
        (
            "Anna Virtanen, Professor, University of Oulu",
            {Field.NAME: "Anna Virtanen", Field.TITLE: "Professor", Field.AFFILIATION: "University of Oulu"},
        ),
    ],
)
def test_signatures_come_in_many_shapes(text: str, expected: dict[Field, str]) -> None:
    assert from_block(text, SIGNER_FIELDS) == expected


def test_a_signature_is_the_applicants_while_the_applicant_is_asked_for() -> None:
    text = "Li Wei\nDoctoral researcher\nUniversity of Oulu\nli.wei@oulu.fi"
    assert from_block(text, ALL) == {Field.APPLICANT_NAME: "Li Wei", Field.APPLICANT_EMAIL: "li.wei@oulu.fi"}


def test_only_fields_that_are_still_open_are_filled() -> None:
    assert from_block(SIGNATURE, [Field.TITLE, Field.EMAIL]) == {
        Field.TITLE: "Professor, Head of CMVS",
        Field.EMAIL: "anna@oulu.fi",
    }
    assert from_block(SIGNATURE, []) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800",
        "Anna Virtanen",
        "Prof. Anna Virtanen, Professor",
        "Professor",
        "Professor of Computing at the University of Oulu",
        "University of Oulu, Finland",
        "CMVS\nUniversity of Oulu\nFinland",
        "Department of Computing\nUniversity: Oulu",
        "anna@oulu.fi",
        "Anna Virtanen <anna@oulu.fi>",
        "Pentti Kaiteran katu 1, 90570 Oulu",
        "Pentti Kaiteran katu 1\n90570 Oulu\nFinland",
        "University of Oulu\nCMVS\nP.O. Box 4500\n90014 Oulu\nFinland",
        "Prof. Anna Virtanen\nUniversity of Oulu\nPentti Kaiteran katu 1\n90570 Oulu\nFinland",
        "Room 5, Building: E\nKatu 1\n90570 Oulu\nTel: +358 1\nEmail: anna@oulu.fi",
        "北京市海淀区清华园1号\n清华大学",
        "name anna virtanen title professor",
        "What does the title mean: a fixed position?",
        "Title is what exactly",
        "The address is not ready",
        "Title:\nEmail: -",
        "Name: A B\nName: C D",
    ],
)
@pytest.mark.parametrize("expected", [ALL, SIGNER_FIELDS, SIGNER_FIELDS[1:], SIGNER_FIELDS[2:], SIGNER_FIELDS[4:]])
def test_the_answer_to_one_question_is_no_block(text: str, expected: Sequence[Field]) -> None:
    assert from_block(text, expected) == {}


def test_a_postal_address_is_no_signature_even_with_a_name_and_an_email() -> None:
    text = "Anna Virtanen\nUniversity of Oulu\nKatu 1\n90570 Oulu\nanna@oulu.fi"
    assert from_block(text, [Field.ADDRESS]) == {}
    assert from_block(text, [Field.AFFILIATION, Field.EMAIL, Field.ADDRESS])[Field.ADDRESS] == "Katu 1\n90570 Oulu"


def test_one_label_is_enough_where_the_message_begins_with_it() -> None:
    assert from_block("Email: anna@oulu.fi", SIGNER_FIELDS) == {Field.EMAIL: "anna@oulu.fi"}
    assert from_block("Address: Katu 1\n90570 Oulu", [Field.ADDRESS]) == {Field.ADDRESS: "Katu 1\n90570 Oulu"}


def test_a_field_given_twice_and_differently_is_asked_for() -> None:
    assert from_block("Name: A B\nName: C D\nTitle: Professor", SIGNER_FIELDS) == {Field.TITLE: "Professor"}
    assert from_block("Email: a@x.fi\nWork email: b@x.fi\nTitle: Professor", SIGNER_FIELDS) == {
        Field.TITLE: "Professor"
    }
    assert from_block("Anna Virtanen\nProfessor\nUniversity of Oulu\na@x.fi, b@x.fi", SIGNER_FIELDS) == {}


def test_a_text_too_long_for_a_form_is_none() -> None:
    assert from_block("Name: Anna Virtanen\nTitle: Professor" + "\n" * 10_000, SIGNER_FIELDS) == {}


PIECES = st.sampled_from(
    [
        "Name",
        "My email",
        "Signer",
        ":",
        "：",
        " - ",
        "\n",
        "\t",
        " ",
        "Anna",
        "a@x.fi",
        "1",
        "University",
        "(",
        "\ud800",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(st.characters(codec=None)), st.permutations(list(Field)))
def test_any_text_gives_values_only_of_the_fields_expected(text: str, fields: list[Field]) -> None:
    expected = fields[:4]
    found = from_block(text, expected)
    assert set(found) <= set(expected)
    assert all(value.strip() for value in found.values())


def test_beside_my_name_a_bare_name_is_the_signers_whatever_the_title() -> None:
    text = "My name: Matti Meikäläinen\nMy email: matti@oulu.fi\nName: Anna Virtanen\nTitle: postdoc"
    assert from_block(text, (*APPLICANT_FIELDS, *SIGNER_FIELDS)) == {
        Field.APPLICANT_NAME: "Matti Meikäläinen",
        Field.APPLICANT_EMAIL: "matti@oulu.fi",
        Field.NAME: "Anna Virtanen",
        Field.TITLE: "postdoc",
    }
