"use strict";
// What every page has: sorted tables, a theme, buttons that copy, and a view that the address remembers.
const all = (what, where = document) => [...where.querySelectorAll(what)];
const one = (what, where = document) => where.querySelector(what);
const made = (kind, text = "") => Object.assign(document.createElement(kind), { textContent: text });
const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
const remember = () => {
  const text = state.toString();
  history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
};

(() => {
  // Tables are sorted by their numbers or words; rows without either stay last.
  for (const table of all("table[data-sortable]")) {
    all("th", table).forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = made("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all("th", table).forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column]?.dataset.value ?? row.cells[column]?.textContent.trim().replace(/^–$/, "") ?? "";
        const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
        rows.sort(([first], [second]) => {
          if ((first === "") !== (second === "")) return first === "" ? 1 : -1;
          const apart = Number(first) - Number(second);
          const order = Number.isNaN(apart) ? first.localeCompare(second, "en") : apart;
          return down ? -order : order;
        });
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }

  const root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = one("[data-theme-switch]");
  const paint = (name) => {
    if (name) root.dataset.theme = name;
    theme.setAttribute("aria-pressed", String(dark()));
  };
  theme.addEventListener("click", () => {
    state.set("theme", dark() ? "light" : "dark");
    paint(state.get("theme"));
    remember();
  });
  one("[data-print]").addEventListener("click", () => print());
  one(".tools").hidden = false;
  paint(["dark", "light"].includes(state.get("theme")) ? state.get("theme") : "");

  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = one("code", button.dataset.copy ? document.getElementById(button.dataset.copy) : button.parentElement);
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "copied";
      } catch {
        const fold = code.closest("details");
        if (fold) fold.open = true;
        getSelection().selectAllChildren(code);
        button.textContent = "selected";
      }
    });
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    theme.click();
  });
  addEventListener("beforeprint", () => all("details").forEach((each) => { each.open = true; }));
})();
