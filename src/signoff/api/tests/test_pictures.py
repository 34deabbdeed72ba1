"""Records that carry pictures: how large, in which forms, and what is refused before it is stored."""

from __future__ import annotations

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from signoff.api.tests.test_intake import problem_of
from signoff.runs.models import Picture, Run
from signoff_sandbox.ai.pictures import practice_jpeg, practice_png

CARD = practice_png("company: Acme")


@pytest.fixture
def reads_cards(shop, put):
    """The shop's integration, with a picture in its records."""
    return put("task: Answer the question in the record.", "task: Read the card., pictures: [card, back]")[0]


def data_url(data):
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def test_a_picture_in_a_json_record_is_stored_beside_it(reads_cards, post):
    reply = post({"email": "ada@example.test", "card": data_url(CARD)})

    assert reply.status_code == 202
    run = Run.objects.get(pk=reply.json()["run"])
    assert run.record == {"email": "ada@example.test", "card": "(picture)"}
    assert bytes(Picture.objects.get(run=run).data) == CARD


def test_a_form_with_a_file_is_taken_where_a_picture_is_named(reads_cards, client):
    front, back = SimpleUploadedFile("f.png", CARD), SimpleUploadedFile("b.jpg", practice_jpeg("x"))

    reply = client.post(f"/in/{reads_cards.key}", {"email": "ada@example.test", "card": front, "back": back})

    assert reply.status_code == 202
    kept = {row.name: row.media_type for row in Picture.objects.all()}
    assert kept == {"card": "image/png", "back": "image/jpeg"}


def test_a_form_in_which_no_file_was_chosen_is_a_record_without_a_picture(reads_cards, client):
    # As browsers send it: the field is there, with no name of a file and nothing in it.
    parts = ('name="email"\r\n\r\nada@example.test', 'name="card"; filename=""\r\n\r\n')
    body = "".join(f"--x\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--x--\r\n"

    reply = client.post(
        f"/in/{reads_cards.key}", body.encode(), content_type="multipart/form-data; boundary=x"
    )

    assert reply.status_code == 202
    assert not Picture.objects.exists()


def test_a_file_under_another_name_is_refused(reads_cards, client):
    file = SimpleUploadedFile("f.png", CARD)

    reply = client.post(f"/in/{reads_cards.key}", {"email": "ada@example.test", "photo": file})

    assert "files are not taken" in problem_of(reply, 400)


def test_a_photograph_larger_than_a_record_may_be_is_taken_where_a_picture_is_named(
    reads_cards, client, post
):
    photo = practice_jpeg("company: Acme") + b"\0" * 4_900_000

    by_form = client.post(
        f"/in/{reads_cards.key}", {"email": "a@example.test", "card": SimpleUploadedFile("p", photo)}
    )
    by_json = post({"email": "b@example.test", "card": data_url(photo)})

    assert (by_form.status_code, by_json.status_code) == (202, 202)
    assert {len(row.data) for row in Picture.objects.all()} == {len(photo)}


def test_elsewhere_a_record_stays_small(post):
    reply = post({"email": "a@example.test", "card": data_url(CARD + b"\0" * 1_000_000)})

    assert "1000 kB" in problem_of(reply, 413)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("data:image/png;base64,AAAA", "JPEG, PNG, WebP or GIF"),
        (data_url(CARD + b"\0" * 5_000_000), "larger than 5 MB"),
        (data_url(b"\0\0\0\x18ftypheic"), "send it as a JPEG"),
    ],
)
def test_what_is_no_picture_is_refused_before_it_is_stored(reads_cards, post, card, words):
    told = problem_of(post({"email": "a@example.test", "card": card}), 400)

    assert words in told
    assert not Run.objects.exists()


def test_the_same_picture_again_is_the_same_run_and_another_is_another(reads_cards, post):
    other = practice_png("company: Other")
    first, again = (post({"email": "a@example.test", "card": data_url(CARD)}) for _ in range(2))
    third = post({"email": "a@example.test", "card": data_url(other)})

    assert (first.status_code, again.status_code, third.status_code) == (202, 200, 202)
    assert first.json()["run"] == again.json()["run"] != third.json()["run"]
