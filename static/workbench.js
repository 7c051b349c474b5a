// The hands of the cash workbench: the entry under the cursor is shown beside the list, and the tray takes lines.
// Amounts are never computed here: the server weighs the tray as it is typed, and judges it when it is posted.
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// ── The entry beside the list ────────────────────────────────────
let waiting = 0;

function showEntry(row) {
  const pane = find("#pane");
  if (!pane || !row.id.startsWith("entry-") || find("[data-entry]", pane)?.dataset.entry === row.id) return clearTimeout(waiting);
  // Until the entry is there, no key may act on the one before it.
  for (const keyed of all("[data-key]", pane)) keyed.removeAttribute("data-key");
  find("[data-entry]", pane)?.removeAttribute("data-entry");
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const view = new URLSearchParams({ view: pane.dataset.view });
    htmx.ajax("GET", `/bank-entries/${row.id.replace("entry-", "")}/pane?${view}`, { target: "#pane", source: "#pane" });
    history.replaceState(null, "", find("a[href]", row).href);
  }, 30);
}

document.addEventListener("chosen", (event) => showEntry(event.target));
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-row] a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !link.closest("tr").id.startsWith("entry-")) return;
  event.preventDefault();
});

// ── Answers ──────────────────────────────────────────────────────
function walkAnswers(step) {
  const answers = all("[data-answer]");
  const at = answers.findIndex((answer) => answer.classList.contains("on"));
  const next = answers[Math.min(Math.max(at + step, 0), answers.length - 1)];
  if (next && next !== answers[at]) next.click();
  return answers.length > 0;
}

// ── The tray ─────────────────────────────────────────────────────
const tray = () => find("#tray");
const lines = () => all("[data-line]", tray());
const isEmpty = (line) => !find("[name=invoice]", line).value.trim();
const weigh = () => tray().dispatchEvent(new Event("weigh"));

function number() {
  lines().forEach((line, index) => { find("[id^=after-]", line).id = `after-${index}`; });
}

function addLine({ invoice = "", kind = "payment", amount = "" } = {}) {
  const line = lines().find(isEmpty) || tray().querySelector("template").content.firstElementChild.cloneNode(true);
  find("[name=invoice]", line).value = invoice;
  find("[name=kind]", line).value = kind;
  find("[name=amount]", line).value = amount;
  find("tbody", tray()).append(line);
  number();
  weigh();
  find(invoice ? "[name=amount]" : "[name=invoice]", line).focus();
  if (invoice) find("[name=amount]", line).select();
}

function addFound({ kind, invoice, amount, open, customer }) {
  const rest = find("#weighed").dataset;
  const isLess = kind === "payment" && Number(rest.remaining) > 0 && Number(rest.remaining) < Number(open);
  if (customer && lines().every(isEmpty)) find("[name=customer]", tray()).value = customer;
  addLine({ kind, invoice, amount: isLess ? rest.remainingText : amount });
}

function takeOut(button) {
  const line = button.closest("[data-line]");
  if (lines().length > 1) line.remove();
  else for (const input of all("input", line)) input.value = "";
  number();
  weigh();
}

document.addEventListener("click", (event) => {
  const found = event.target.closest("[data-add]");
  if (found) addFound(found.dataset);
  if (event.target.closest("[data-add-line]")) addLine({ amount: Number(find("#weighed").dataset.remaining) ? find("#weighed").dataset.remainingText : "" });
  const out = event.target.closest("[data-take-out]");
  if (out) takeOut(out);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".finder input[type=search]")) {
    event.preventDefault();
    find("#found [data-add]")?.click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) return;
  if (event.key === "Enter" && find("#tray [data-refused]") && !event.target.closest("a, button, summary")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    find("#tray [name=invoice]").focus();
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step && walkAnswers(step)) event.preventDefault();
}, true);
