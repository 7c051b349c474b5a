// Sets the colours before the first paint: loaded in <head>, blocking, and therefore tiny.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme") || root.dataset.theme; } catch { return root.dataset.theme; }
  };
  const apply = () => {
    const theme = chosen();
    root.dataset.bsTheme = theme === "dark" || (theme === "auto" && system.matches) ? "dark" : "light";
  };
  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("theme", apply);
})();
