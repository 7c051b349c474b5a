// Looks at a painted page and says, in sentences, what is wrong with it: headings, labels, ids, contrast.
() => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const named = (element) => (element.getAttribute("aria-label") || element.textContent || element.title || "").trim();

  if (all("h1").length !== 1) wrong.push(`${all("h1").length} headings of the first rank`);
  if (!document.documentElement.lang) wrong.push("the page names no language");
  if (all("main").length !== 1) wrong.push("not exactly one main part");
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`two elements are called ${id}`);
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    if (!field.labels?.length && !field.getAttribute("aria-label")) wrong.push(`no label: ${field.outerHTML.slice(0, 90)}`);
  }
  for (const element of all("button, a[href]")) if (shown(element) && !named(element)) wrong.push(`no name: ${element.outerHTML.slice(0, 90)}`);
  for (const table of all("table")) if (!table.caption) wrong.push("a table without a caption");

  // ── Contrast (WCAG 2.2, 1.4.3) ──────────────────────────────────
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour[3] === 1 ? colour : over(colour, ground(element.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || seen.has(element) || !shown(element) || element.closest("[aria-busy], :disabled, .visually-hidden, .skip")) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const paper = ground(element);
    const [one, two] = [light(over(rgba(style.color), paper)), light(paper)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < enough) wrong.push(`“${words.currentNode.textContent.trim().slice(0, 40)}” has a contrast of ${ratio.toFixed(2)}`);
  }
  return [...new Set(wrong)].slice(0, 12);
}
