"""Letters drawn and mails made and handed over: how many a CPU-second of one core.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_letters.py [letters] [mails]

Letters of one page with three invoices, drawn in one and in two fenced worker processes at once. The CPU of the workers
counts, their start does not. The baseline is WeasyPrint over an almost empty page in the same style. Mails carry a PDF
of 12 kB and go over one connection of the real transport to a server on loopback whose CPU does not count.
"""

import multiprocessing
import os
import resource
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection

from dunning.letter import Letter, LetterRow, Recipient, Sender
from dunning.rendering import letter_style, render_letter_pdf, render_mail
from runtime.mail import Attachment, Mail, Mailbox, compose
from runtime.pdf import FencedRenderer, PdfRenderer
from runtime.smtp import SmtpTransport

TODAY = date(2026, 11, 20)
SENDER = Sender(
    name="Nordwind", legal_name="Nordwind SL", address=("Calle Mayor 1", "28013 Madrid"), country="ES",
    email="cobros@nordwind.example", iban="ES9121000418450200051332", phone="+34 910 000 000",
)  # fmt: skip
BARE_PAGE = "<html lang='en'><head><title>Bare</title></head><body><p>Please pay.</p></body></html>"


def a_letter(number: int) -> Letter:
    rows = tuple(
        LetterRow(
            number=f"F-{number:05}-{nth}", issued_on=TODAY - timedelta(days=60 + nth),
            due_on=TODAY - timedelta(days=30 + nth), days_overdue=30 + nth, level=1, open_minor=123_450 + number,
        )
        for nth in range(3)
    )  # fmt: skip
    recipient = Recipient(
        name=f"Acme {number} Ltd", customer_id=f"K{number}", address=("1 High Street", "London N1 1AA"), country="GB",
        email="ap@acme.example",
    )  # fmt: skip
    return Letter(
        number=f"M-{number}", level=2, language="en", on=TODAY, currency="EUR", sender=SENDER, recipient=recipient,
        rows=rows, pay_by=TODAY + timedelta(days=7),
    )  # fmt: skip


def cpu() -> float:
    """CPU seconds of this process and of those of its children that have ended."""
    ours, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return ours.ru_utime + ours.ru_stime + theirs.ru_utime + theirs.ru_stime


def cost(workers: int, letters: int, *, is_bare: bool = False) -> tuple[float, float]:
    """CPU and wall seconds of drawing so many letters with so many workers, their start included."""
    renderers = [FencedRenderer(letter_style()) for _ in range(workers)]
    began, wall = cpu(), time.perf_counter()

    def draw(place: int) -> None:
        for number in range(place, letters, workers):
            _draw(renderers[place], number, is_bare=is_bare)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(draw, range(workers)))
    elapsed = time.perf_counter() - wall
    for each in renderers:
        each.close()
    return cpu() - began, elapsed


def _draw(renderer: PdfRenderer, number: int, *, is_bare: bool) -> None:
    if is_bare:
        renderer.render(BARE_PAGE)
    else:
        render_letter_pdf(a_letter(number), renderer)


def drawing(letters: int) -> None:
    for workers, is_bare in ((1, False), (2, False), (1, True)):
        start, start_wall = cost(workers, workers, is_bare=is_bare)
        whole, wall = cost(workers, workers + letters, is_bare=is_bare)
        spent, elapsed = whole - start, wall - start_wall
        what = "bare pages" if is_bare else "letters"
        print(
            f"{letters} {what}, {workers} worker(s): {spent:.2f} CPU-s, {letters / spent:.1f} a CPU-second; "
            f"{letters / elapsed:.1f} a second of the clock"
        )


def mailing(mails: int) -> None:
    receiver, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    transport = SmtpTransport(f"smtp://127.0.0.1:{receiver.recv()}")
    pdf = os.urandom(12_000)
    began = time.process_time()
    for number in range(mails):
        transport.send(a_mail(number, pdf), "cobros@nordwind.example", ["ap@acme.example"])
    spent = time.process_time() - began
    began = time.process_time()
    for number in range(mails):
        a_mail(number, pdf)
    made = time.process_time() - began
    transport.close()
    server.kill()
    print(
        f"{mails} mails written, made and handed over: {mails / spent:,.0f} a CPU-second; only made {mails / made:,.0f}"
    )


def a_mail(number: int, pdf: bytes) -> bytes:
    written = render_mail(a_letter(number))
    return compose(
        Mail(
            message_id=f"<notice.{number}@nordwind.example>", at=datetime(2026, 11, 20, tzinfo=UTC),
            sender=Mailbox("cobros@nordwind.example", "Nordwind"), recipients=(Mailbox("ap@acme.example"),),
            subject=written.subject, text=written.text, html=written.html, attachments=(Attachment("m.pdf", pdf),),
        )
    )  # fmt: skip


def serve(pipe: Connection) -> None:
    """Takes every message, over one connection after the other."""
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        stream, is_data = connection.makefile("rb"), False
        connection.sendall(b"220 here\r\n")
        for line in stream:
            if is_data and line != b".\r\n":
                continue
            is_data = not is_data and line[:4].upper() == b"DATA"
            connection.sendall(b"354 go on\r\n" if is_data else b"250 ok\r\n")


if __name__ == "__main__":
    letters, mails = (int(each) for each in (*sys.argv[1:3], "100", "500")[:2])
    drawing(letters)
    mailing(mails)
    print(f"load {os.getloadavg()[0]:.1f}")
