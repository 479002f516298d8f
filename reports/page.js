"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const one = (what, where = document) => where.querySelector(what);
  const made = (kind, text = "") => Object.assign(document.createElement(kind), { textContent: text });
  const plain = (value) => Number(value.toPrecision(4)).toLocaleString("en");

  // Tables are sorted by their numbers or words; rows without either stay last.
  for (const table of all("table[data-sortable]")) {
    all("th", table).forEach((head, column) => {
      const button = made("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all("th", table).forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column]?.dataset.value ?? row.cells[column]?.textContent.trim() ?? "";
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

  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const remember = () => {
    const text = state.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };

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
      const code = one("code", button.parentElement);
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "selected";
      }
    });
  }
  addEventListener("beforeprint", () => all("details").forEach((each) => { each.open = true; }));

  const data = JSON.parse(one("#data").textContent);
  if (data) explore(data);

  async function explore(data) {
    const unpacked = async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      return new Response(stream).arrayBuffer();
    };
    const rows = new Uint32Array(await unpacked(data.rows));
    const scores = await Promise.all(data.scores.map(async (score) => ({
      ...score, codes: new Uint16Array(await unpacked(score.codes)),
    })));
    const value = (score, at) => score.codes[at] === 0xffff ? null : score.levels[score.codes[at]];
    const at = new Map(Array.from(rows, (row, place) => [row, place]));
    const form = one(".controls");
    const cards = all(".card").map((node) => ({
      node, row: Number(node.dataset.row), why: node.dataset.why.split("|"), text: node.textContent.toLowerCase(),
    }));
    const rules = new Map();
    const step = 24;
    let room = step;
    const more = one("[data-more]");
    more.addEventListener("click", () => { room += step; update(); });
    all("details.later").forEach((each) => { each.replaceWith(...each.querySelectorAll(".card")); });

    for (const card of cards) {
      const list = one("[data-scores]", card.node);
      for (const score of scores) {
        const found = at.has(card.row) ? value(score, at.get(card.row)) : null;
        list.append(made("li", `${score.metric} ${found === null ? "not measured" : plain(found)}`));
      }
    }
    for (const why of [...new Set(cards.flatMap((card) => card.why))].sort()) form.mode.append(new Option(why, why));
    for (const score of scores) {
      form.sort.append(new Option(`${score.metric}, lowest first`, `${score.metric}:up`));
      form.sort.append(new Option(`${score.metric}, highest first`, `${score.metric}:down`));
      if (score.steps.length > 1 && score.direction !== "none") addRule(score);
    }

    function addRule(score) {
      const sign = score.direction === "up" ? ">=" : "<=";
      const label = made("label", score.metric);
      const slider = Object.assign(document.createElement("input"), {
        type: "range", min: 0, max: score.steps.length - 1, step: 1, name: `rule-${score.metric}`,
      });
      const loose = sign === ">=" ? 0 : score.steps.length - 1;
      slider.value = loose;
      const told = made("output");
      const read = () => {
        const bound = score.steps[slider.value];
        const on = Number(slider.value) !== loose;
        if (on) rules.set(score.metric, { score, sign, bound }); else rules.delete(score.metric);
        if (on) state.set(score.metric, sign + bound); else state.delete(score.metric);
        told.textContent = on ? `${sign} ${plain(bound)}` : "all";
        slider.setAttribute("aria-valuetext", told.textContent);
      };
      const given = state.get(score.metric);
      if (given?.startsWith(sign)) {
        const bound = Number(given.slice(2));
        const place = score.steps.findIndex((step) => step >= bound);
        if (place >= 0) slider.value = place;
      }
      read();
      slider.addEventListener("input", () => { read(); afresh(); });
      label.append(slider, told);
      one(".rules").append(label);
    }

    const keeps = (place) => {
      for (const { score, sign, bound } of rules.values()) {
        const found = value(score, place);
        if (found !== null && (sign === ">=" ? found < bound : found > bound)) return false;
      }
      return true;
    };
    const kept = () => {
      const found = [];
      for (let place = 0; place < rows.length; place++) if (keeps(place)) found.push(place);
      return found;
    };

    const afresh = () => { room = step; update(); };

    function update() {
      const side = form.side.value, mode = form.mode.value, words = form.search.value.trim().toLowerCase();
      for (const [name, given] of [["mode", mode], ["sort", form.sort.value], ["side", side === "all" ? "" : side], ["search", words]]) {
        if (given) state.set(name, given); else state.delete(name);
      }
      for (const card of cards) {
        const stays = !at.has(card.row) || keeps(at.get(card.row));
        const fits = (!mode || card.why.includes(mode)) && (!words || card.text.includes(words))
          && (side === "all" || (side === "kept") === stays);
        card.fits = fits;
      }
      const [metric, way] = form.sort.value.split(":");
      const score = scores.find((each) => each.metric === metric);
      const rank = (card) => score && at.has(card.row) ? value(score, at.get(card.row)) : null;
      const ordered = cards.map((card) => [score ? rank(card) : card.row, card]);
      ordered.sort(([first, one], [second, other]) => {
        if ((first === null) !== (second === null)) return first === null ? 1 : -1;
        return ((way === "down" ? second - first : first - second) || one.row - other.row);
      });
      one(".cards").append(...ordered.map(([, card]) => card.node));
      const fitting = ordered.map(([, card]) => card).filter((card) => card.fits);
      cards.forEach((card) => { card.node.hidden = true; });
      fitting.slice(0, room).forEach((card) => { card.node.hidden = false; });
      const shown = Math.min(room, fitting.length);
      more.hidden = shown === fitting.length;
      const count = kept().length;
      const part = rows.length < data.total ? ` (counted among ${plain(rows.length)} drawn rows)` : "";
      one(".count").textContent = `${shown} of ${fitting.length} fitting samples shown; the rules keep ${count.toLocaleString("en")} of `
        + `${rows.length.toLocaleString("en")} rows (${(100 * count / Math.max(rows.length, 1)).toFixed(1)} %)${part}.`;
      const line = one(".controls .command");
      line.hidden = rules.size === 0;
      one("code", line).textContent = data.command + " " + [...rules.values()]
        .map(({ score, sign, bound }) => `'${score.metric}${sign}${bound}'`).join(" --rule ");
      remember();
    }

    const save = (name, type, text) => {
      const link = made("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    const quoted = (text) => {
      const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const named = (place) => data.ids ? data.ids[place] : String(rows[place]);
    const savers = {
      ids: (places) => save("ids.txt", "text/plain", places.map((place) => named(place) || `row ${rows[place]}`).join("\n") + "\n"),
      csv: (places) => {
        const head = ["row", "id", ...scores.map((score) => score.metric)].join(",");
        const lines = places.map((place) => [rows[place], quoted(named(place)), ...scores.map((score) => value(score, place) ?? "")].join(","));
        save("rows.csv", "text/csv", [head, ...lines].join("\n") + "\n");
      },
      json: (places) => save("rows.json", "application/json", JSON.stringify(places.map((place) => ({
        row: rows[place], id: named(place), ...Object.fromEntries(scores.map((score) => [score.metric, value(score, place)])),
      })), null, 1) + "\n"),
    };
    for (const button of all("[data-save]", form)) {
      button.addEventListener("click", () => {
        const within = new Set(kept());
        const wanted = form.which.value === "kept";
        savers[button.dataset.save](Array.from(rows.keys()).filter((place) => within.has(place) === wanted));
      });
    }

    for (const name of ["mode", "sort", "search"]) if (state.get(name)) form[name].value = state.get(name);
    if (["kept", "dropped"].includes(state.get("side"))) form.side.value = state.get("side");
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["mode", "sort", "search"]) form[name].addEventListener("input", afresh);
    all("[name=side]", form).forEach((each) => each.addEventListener("change", afresh));
    for (const link of all("[data-mode]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        form.mode.value = link.dataset.mode;
        if (form.mode.selectedIndex < 0) form.mode.value = "";
        afresh();
        one("#samples").scrollIntoView();
      });
    }
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
      const seen = all(".card:not([hidden])");
      const here = seen.indexOf(document.activeElement);
      if (event.key === "/") form.search.focus();
      else if (event.key === "j") (seen[here + 1] ?? seen[0])?.focus();
      else if (event.key === "k") (seen[here - 1] ?? seen.at(-1))?.focus();
      else if (event.key === "t") theme.click();
      else return;
      event.preventDefault();
    });
    form.hidden = false;
    update();
    document.documentElement.dataset.ready = "yes";
  }
})();
