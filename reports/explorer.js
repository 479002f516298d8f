// The rows of a page: which are shown, in what order, and what rules keep of all rows.
(async () => {
  const data = JSON.parse(one("#data").textContent);
  const form = one(".controls");
  if (!data || !form) { document.documentElement.dataset.ready = "yes"; return; }
  const plain = (value) => Number(value.toPrecision(4)).toLocaleString("en");
  const whole = (value) => value.toLocaleString("en");
  const unpacked = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  };
  const rows = new Uint32Array(await unpacked(data.rows));
  for (let place = 1; place < rows.length; place++) rows[place] += rows[place - 1];
  const ids = data.ids ? JSON.parse(new TextDecoder().decode(await unpacked(data.ids))) : null;
  const scores = await Promise.all(data.scores.map(async (score) => ({
    ...score, codes: new Uint16Array(await unpacked(score.codes)),
  })));
  const value = (score, place) => score.levels[score.codes[place]] ?? null;

  all("details.later").forEach((each) => each.replaceWith(...all(".card", each)));
  const cards = all(".card").map((node, place) => ({
    node, place, row: Number(node.dataset.row), why: JSON.parse(node.dataset.why), tasks: JSON.parse(node.dataset.task),
    values: new Map(all("[data-value]", node).map((each) => [each.dataset.metric, Number(each.dataset.value)])), words: null,
  }));
  const says = (card, words) => (card.words ??= card.node.textContent.toLowerCase()).includes(words);

  const offer = (select, lists) => {
    const counts = new Map();
    lists.flat().forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
    for (const name of [...counts.keys()].sort()) select.append(new Option(`${name} (${counts.get(name)})`, name));
    select.closest("label").hidden = counts.size === 0;
  };
  offer(form.mode, cards.map((card) => card.why));
  offer(form.task, cards.map((card) => card.tasks));
  for (const score of scores) {
    form.sort.append(new Option(`${score.metric}, lowest first`, `${score.metric}:up`));
    form.sort.append(new Option(`${score.metric}, highest first`, `${score.metric}:down`));
  }

  // A rule keeps the rows on one side of a bound, and those that have no value.
  const rules = new Map();
  const addRule = (score) => {
    const sign = score.direction === "up" ? ">=" : "<=";
    const loose = sign === ">=" ? 0 : score.steps.length - 1;
    const label = made("label", score.metric);
    const slider = Object.assign(made("input"), {
      type: "range", min: 0, max: score.steps.length - 1, step: 1, name: `rule-${score.metric}`,
    });
    const told = made("output");
    const read = () => {
      const bound = score.steps[slider.value];
      const on = Number(slider.value) !== loose;
      if (on) rules.set(score.metric, { score, sign, bound }); else rules.delete(score.metric);
      if (on) state.set(score.metric, sign + bound); else state.delete(score.metric);
      told.textContent = on ? `${sign} ${score.share ? `${plain(100 * bound)} %` : plain(bound)}` : "all";
      slider.setAttribute("aria-valuetext", told.textContent);
    };
    const given = state.get(score.metric);
    const place = given?.startsWith(sign) ? score.steps.findIndex((step) => step >= Number(given.slice(2))) : -1;
    slider.value = place < 0 ? loose : place;
    read();
    slider.addEventListener("input", () => { read(); update(); });
    label.append(slider, told);
    one(".rules").append(label);
  };
  const stays = (found) => {
    for (const { score, sign, bound } of rules.values()) {
      const own = found(score);
      if (own !== null && (sign === ">=" ? own < bound : own > bound)) return false;
    }
    return true;
  };
  const keeps = (place) => stays((score) => value(score, place));
  const kept = () => Array.from(rows.keys()).filter(keeps);

  let room = 24;
  let asked = false; // the first view is that of the address, and leaves it as it is
  const arrange = () => {
    const [metric, way] = form.sort.value.split(":");
    const rank = (card) => metric === "" ? card.place : metric === "row" ? card.row : card.values.get(metric) ?? null;
    cards.forEach((card) => { card.rank = rank(card); });
    cards.sort((one, other) => {
      if ((one.rank === null) !== (other.rank === null)) return one.rank === null ? 1 : -1;
      return (way === "down" ? other.rank - one.rank : one.rank - other.rank) || one.place - other.place;
    });
    one(".cards").append(...cards.map((card) => card.node));
  };
  const fits = (card) => {
    const { mode, task, side } = form;
    const kept = stays((score) => card.values.get(score.metric) ?? null);
    const words = form.search.value.trim().toLowerCase();
    return (!mode.value || card.why.includes(mode.value)) && (!task.value || card.tasks.includes(task.value))
      && (side.value === "all" || (side.value === "kept") === kept) && (!words || says(card, words));
  };
  function update(more = 24) {
    room = more;
    for (const name of ["mode", "task", "sort", "search", "side"]) {
      const given = form[name].value;
      if (given && given !== "all") state.set(name, given); else state.delete(name);
    }
    const fitting = new Set(cards.filter(fits).slice(0, room));
    const total = cards.filter(fits).length;
    for (const card of cards) if (card.node.hidden === fitting.has(card)) card.node.hidden = !card.node.hidden;
    one(".more").hidden = fitting.size === total;
    const count = kept().length;
    const part = rows.length < data.total ? `, counted among ${whole(rows.length)} that were drawn of ${whole(data.total)}` : "";
    one(".count").textContent = `${fitting.size} of ${total} matching samples shown; the rules keep ${whole(count)} of `
      + `${whole(rows.length)} rows (${(100 * count / Math.max(rows.length, 1)).toFixed(1)} %${part}).`;
    one("[data-part]").textContent = part ? `Downloads hold ${whole(rows.length)} drawn rows.` : "";
    const line = one(".controls .command");
    line.hidden = rules.size === 0;
    one("code", line).textContent = data.command + " " + [...rules.values()]
      .map(({ score, sign, bound }) => `'${score.metric}${sign}${bound}'`).join(" --rule ");
    if (asked) remember();
    asked = true;
  }

  const save = (name, type, text) => {
    const link = Object.assign(made("a"), { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const quoted = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const named = (place) => ids ? ids[place] : data.named ? String(rows[place]) : "";
  const savers = {
    ids: (places) => save("ids.txt", "text/plain", places.map((place) => `${named(place) || `row ${rows[place]}`}\n`).join("")),
    csv: (places) => {
      const head = ["row", "id", ...scores.map((score) => score.metric)].join(",");
      const cells = (place) => [rows[place], quoted(named(place)), ...scores.map((score) => value(score, place) ?? "")];
      save("rows.csv", "text/csv", [head, ...places.map((place) => cells(place).join(","))].join("\n") + "\n");
    },
    json: (places) => save("rows.json", "application/json", JSON.stringify(places.map((place) => ({
      row: rows[place], id: named(place), ...Object.fromEntries(scores.map((score) => [score.metric, value(score, place)])),
    })), null, 1) + "\n"),
  };
  for (const button of all("[data-save]", form)) {
    const wanted = () => form.which.value === "kept";
    button.addEventListener("click", () =>
      savers[button.dataset.save](Array.from(rows.keys()).filter((place) => keeps(place) === wanted())));
  }

  for (const button of all("[data-more]")) {
    button.addEventListener("click", () => update(button.dataset.more === "all" ? Infinity : room + 24));
  }
  const visit = (row) => {
    const card = cards.find((each) => each.row === row);
    if (!card) return;
    card.node.hidden = false;
    card.node.scrollIntoView();
    card.node.focus({ preventScroll: true });
    history.replaceState(null, "", `#row-${row}`);
  };
  for (const link of all("a[href^='#row-']")) {
    link.addEventListener("click", (event) => { event.preventDefault(); visit(Number(link.hash.slice(5))); });
  }
  for (const link of all("[data-mode]")) {
    link.hidden = !cards.some((card) => card.why.includes(link.dataset.mode));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      form.mode.value = link.dataset.mode;
      update();
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
    else return;
    event.preventDefault();
  });

  const visited = () => { if (/^#row-\d+$/.test(location.hash)) visit(Number(location.hash.slice(5))); };
  addEventListener("hashchange", visited);
  for (const score of scores) if (score.steps.length > 1 && score.direction !== "none") addRule(score);
  for (const name of ["mode", "task", "sort", "search"]) if (state.get(name)) form[name].value = state.get(name);
  for (const name of ["mode", "task", "sort"]) if (form[name].selectedIndex < 0) form[name].value = "";
  if (["kept", "dropped"].includes(state.get("side"))) form.side.value = state.get("side");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["mode", "task", "search"]) form[name].addEventListener("input", () => update());
  form.sort.addEventListener("input", () => { arrange(); update(); });
  all("[name=side]", form).forEach((each) => each.addEventListener("change", () => update()));
  form.hidden = false;
  arrange();
  update();
  visited();
  document.documentElement.dataset.ready = "yes";
})();
