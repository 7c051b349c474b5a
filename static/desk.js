// The keys and small manners of the desk. No dependency; every page also works without it.
// What a page must mark up: docs/how-to/write-a-page.md, "Keys".
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window: for this page only */ } };

  // ── Rows ────────────────────────────────────────────────────────
  const rows = () => all("[data-list] [data-row]").filter((row) => row.offsetParent !== null);
  const currentRow = () => find("[data-list] [data-row].sel");

  function choose(row, { focus = true } = {}) {
    for (const other of all("[data-row].sel")) other.classList.remove("sel");
    row.classList.add("sel");
    if (!focus) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    row.dispatchEvent(new Event("chosen", { bubbles: true }));
  }

  function move(step) {
    const list = rows();
    if (!list.length) return;
    const next = list.indexOf(currentRow()) + step;
    choose(list[Math.min(Math.max(next, 0), list.length - 1)]);
  }

  function act() {
    const row = currentRow();
    const target = row && (find("[data-do]", row) || find("a[href]", row) || find("button", row));
    if (target) target.click();
    return Boolean(target);
  }

  // ── Selecting ───────────────────────────────────────────────────
  let lastChecked = null;

  function countChecked() {
    for (const bar of all("[data-bulk]")) {
      const count = all(`[data-check][form="${bar.id}"]:checked`).length;
      find("[data-count]", bar).textContent = count;
      bar.hidden = count === 0;
    }
  }

  function checkRange(from, to, checked) {
    const boxes = all("[data-check]");
    const [first, last] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
    for (const box of boxes.slice(Math.max(first, 0), last + 1)) box.checked = checked;
  }

  function checkCurrent() {
    const box = currentRow() && find("[data-check]", currentRow());
    if (!box) return;
    box.checked = !box.checked;
    lastChecked = box;
    countChecked();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-check]");
    if (box) {
      if (event.shiftKey && lastChecked) checkRange(lastChecked, box, box.checked);
      lastChecked = box;
      countChecked();
    }
    const everything = event.target.closest("[data-check-all]");
    if (everything) {
      for (const one of all("[data-check]", everything.closest("table"))) one.checked = everything.checked;
      countChecked();
    }
    const row = event.target.closest("[data-list] [data-row]");
    if (row && !box) choose(row, { focus: Boolean(find("[data-arrows]")) });
  });

  // ── Keys ────────────────────────────────────────────────────────
  const usesSingleKeys = () => remembered("single-keys") !== "off";
  const label = (element) => element.dataset.keyLabel || element.getAttribute("aria-label") || element.placeholder || element.textContent.trim();
  const isTyping = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const ofRow = (key) => currentRow() && find(`[data-row-key="${CSS.escape(key)}"]`, currentRow());
  const ofPage = (key) => all(`[data-key="${CSS.escape(key)}"]`).find((element) => element.offsetParent !== null);

  function press(element) {
    if (isTyping(element)) element.focus();
    else element.click();
  }

  function singleKey(event) {
    const { key, target } = event;
    if (key === "Enter" && target.closest("a, button, summary, input, label")) return false;
    const element = ofRow(key) || ofPage(key);
    const step = { j: 1, k: -1, ...(find("[data-arrows]") && { ArrowDown: 1, ArrowUp: -1 }) }[key];
    if (element) press(element);
    else if (step) move(step);
    else if (key === "x") checkCurrent();
    else if (key === "/") openPalette();
    else if (key === "?") openKeys();
    else if (key === "Enter") return act();
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || find("dialog[open]")) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if ((usesSingleKeys() || event.key.length > 1) && singleKey(event)) event.preventDefault();
  });

  function keysOfPage() {
    const known = [["Ctrl K", "Find anything"]];
    const marked = new Map(all("[data-row-key], [data-key]").map((element) => [element.dataset.rowKey || element.dataset.key, label(element)]));
    if (find("[data-list] [data-row]")) known.push(["j k", "Next row, previous row"], ["Enter", "Do or open the row"]);
    if (find("[data-arrows]")) known.push(["↑ ↓", "Next entry, previous entry"], ["← →", "Next answer, previous answer"]);
    if (find("[data-check]")) known.push(["x", "Select the row"]);
    return [...known.filter(([keys]) => !marked.has(keys)), ...marked, ["/", "Find anything"], ["?", "This list"]];
  }

  function openKeys() {
    const dialog = find("#keys");
    const list = find("dl", dialog);
    list.replaceChildren(...keysOfPage().map(([keys, meaning]) => {
      const line = document.createElement("div");
      const term = line.appendChild(document.createElement("dt"));
      term.append(...keys.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
      line.appendChild(document.createElement("dd")).textContent = meaning;
      return line;
    }));
    find("[data-single-keys]", dialog).checked = usesSingleKeys();
    show(dialog);
  }

  // ── Dialogs and the palette ─────────────────────────────────────
  function show(dialog) {
    for (const open of all("[popover]:popover-open")) open.hidePopover();
    if (!dialog.open) dialog.showModal();
  }

  function openPalette() {
    const palette = find("#palette");
    if (!palette) return;
    show(palette);
    find("input", palette).select();
  }

  function walkPalette(event) {
    const stops = all("input, a[href]", find("#palette"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
    } else if (event.key === "Enter" && event.target.matches("input") && stops.length > 1) {
      event.preventDefault();
      stops[1].click();
    }
  }

  find("#palette")?.addEventListener("keydown", walkPalette);

  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog[open]")) event.target.close();
    if (event.target.closest("[data-opens-keys]")) openKeys();
    if (event.target.closest("[data-opens-palette]")) openPalette();
    const opener = event.target.closest("button[commandfor]");
    if (!opener || "commandForElement" in HTMLButtonElement.prototype) return;
    const dialog = document.getElementById(opener.getAttribute("commandfor"));
    if (opener.getAttribute("command") === "close") dialog.close();
    else show(dialog);
  });

  // ── Colours, single-letter keys ─────────────────────────────────
  function markTheme() {
    const chosen = remembered("theme") || document.documentElement.dataset.theme;
    for (const choice of all("[data-theme-choice]")) choice.setAttribute("aria-pressed", choice.dataset.themeChoice === chosen);
  }

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-choice]");
    if (!choice) return;
    remember("theme", choice.dataset.themeChoice);
    dispatchEvent(new Event("theme"));
    markTheme();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-single-keys]")) remember("single-keys", event.target.checked ? "on" : "off");
  });

  // ── Forms ───────────────────────────────────────────────────────
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.hasAttribute("aria-busy")) event.preventDefault();
    else form.setAttribute("aria-busy", "true");
    setTimeout(() => form.removeAttribute("aria-busy"), 5000); // an answer that is a download leaves the page in place
  });
  addEventListener("pageshow", () => { for (const form of all("form[aria-busy]")) form.removeAttribute("aria-busy"); });

  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // ── What the server says ────────────────────────────────────────
  function toast({ text, undo = null }) {
    const box = document.createElement("div");
    box.className = "toast-line";
    box.append(Object.assign(document.createElement("p"), { textContent: text }));
    if (undo) {
      const form = Object.assign(document.createElement("form"), { method: "post", action: undo });
      form.append(Object.assign(document.createElement("button"), { className: "btn btn-sm", textContent: "Undo" }));
      box.append(form);
    }
    const close = Object.assign(document.createElement("button"), { className: "btn btn-sm", type: "button", textContent: "Close" });
    close.addEventListener("click", () => box.remove());
    box.append(close);
    find("#toasts").append(box);
    if (!undo) setTimeout(() => box.remove(), 8000);
  }

  document.addEventListener("toast", (event) => toast(event.detail));
  document.addEventListener("htmx:responseError", () => toast({ text: "The server refused that. Nothing was changed; reload the page and try again." }));
  document.addEventListener("htmx:sendError", () => toast({ text: "The server does not answer. Nothing was changed; try again in a moment." }));
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[name];
  });
  document.addEventListener("htmx:afterSwap", () => begin());

  function begin() {
    const [first] = rows();
    if (first && !currentRow()) choose(first, { focus: false });
    countChecked();
  }

  begin();
  markTheme();
})();
