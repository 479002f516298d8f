// The map of all pairs: its coefficient and correction can be chosen, and a click shows a pair as its scatter below.
(() => {
  const pairs = JSON.parse(one("#data").textContent)?.pairs;
  const map = one("table.map");
  if (!pairs || !map) return;
  const form = one(".switches");
  const cells = all("tbody tr", map).map((row) => all("td", row));
  const detail = one(".pair");
  const twin = one(".twin table", detail);
  const legend = pairs.legend ? [...one("svg", detail).children].slice(-pairs.legend) : [];
  let [row, column] = pairs.shown;

  const shape = (kind, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", kind);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (kind === "text") node.textContent = text;
    else if (text) node.append(shape("title", {}));
    if (kind !== "text" && text) node.firstChild.textContent = text;
    return node;
  };
  const wide = 640, high = 400, left = 62, right = 622, top = 18, foot = 354; // as in axes.py and scatter.py
  const inside = (y) => Math.min(Math.max(y, top), foot);
  const path = (places) => places.map(([x, y], number) => `${number ? "L" : "M"}${x} ${y}`).join(" ");

  const fitted = (places) => {
    const middle = (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
    const [x, y] = [middle(0), middle(1)];
    const across = places.reduce((sum, place) => sum + (place[0] - x) ** 2, 0);
    if (places.length < 2 || across < 1e-9) return null;
    const slope = places.reduce((sum, place) => sum + (place[0] - x) * (place[1] - y), 0) / across;
    return [y - slope * x, slope];
  };
  const band = (places) => {
    const lines = places.map((_, without) => fitted(places.filter((_, place) => place !== without)));
    if (places.length < 4 || lines.includes(null)) return [];
    const [start, end] = [Math.min(...places.map(([x]) => x)), Math.max(...places.map(([x]) => x))];
    const steps = Array.from({ length: 25 }, (_, number) => start + (end - start) * number / 24);
    const side = (choose) => steps.map((x) => [x, inside(choose(...lines.map(([height, slope]) => height + slope * x)))]);
    return [...side(Math.min), ...side(Math.max).reverse()];
  };
  const labels = (names, places) => {
    const taken = places.map(([x, y]) => [x - 4.5, y - 4.5, x + 4.5, y + 4.5]);
    const free = (box) => !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
    return names.flatMap((name, number) => {
      const [x, y] = places[number];
      const room = 7 * [...name].length;
      for (const lift of [4, -9, 17, -22, 30]) {
        for (const [anchor, begin, style] of [[x + 8, x + 8, "word"], [x - 8, x - 8 - room, "word end"]]) {
          const box = [begin, y + lift - 10, begin + room, y + lift + 2];
          if (begin < left || box[2] > wide || box[1] < top || !free(box)) continue;
          taken.push(box);
          return [shape("text", { x: anchor, y: y + lift, class: style }, name)];
        }
      }
      return [];
    });
  };
  const mark = (x, y, group, title) => {
    const style = `mark tone-${group}`;
    if (group % 3 === 0) return shape("circle", { cx: x, cy: y, r: 4.5, class: style }, title);
    if (group % 3 === 1) return shape("rect", { x: x - 4.05, y: y - 4.05, width: 8.1, height: 8.1, class: style }, title);
    return shape("path", { d: path([[x, y - 5.85], [x + 5.4, y + 4.5], [x - 5.4, y + 4.5]]), class: style }, title);
  };
  const line = (x1, y1, x2, y2, style) => shape("line", { x1, y1, x2, y2, class: style });

  const draw = (metric, exam) => {
    const seen = pairs.datasets.map((_, place) => place).filter((place) => metric.places[place] !== null && exam.places[place] !== null);
    const places = seen.map((place) => [metric.places[place], exam.places[place]]);
    const picture = one("svg", detail);
    const shapes = [line(left, foot, right, foot, "axis"), line(left, top, left, foot, "axis")];
    for (const [x, words] of metric.ticks) shapes.push(line(x, foot, x, foot + 4, "axis"), shape("text", { x, y: foot + 16, class: "word middle" }, words));
    for (const [y, words] of exam.ticks) shapes.push(line(left - 4, y, left, y, "axis"), shape("text", { x: left - 7, y: y + 4, class: "word end" }, words));
    shapes.push(shape("text", { x: (left + right) / 2, y: foot + 34, class: "word middle" }, metric.name));
    shapes.push(shape("text", { x: left + 5, y: top - 6, class: "word" }, exam.name));
    const around = band(places), through = fitted(places);
    if (around.length) shapes.push(shape("path", { d: path(around), class: "band" }));
    if (through) {
      const ends = [Math.min(...places.map(([x]) => x)), Math.max(...places.map(([x]) => x))];
      shapes.push(shape("path", { d: path(ends.map((x) => [x, inside(through[0] + through[1] * x)])), class: "line tone-7" }));
    }
    seen.forEach((place, number) => {
      const spread = exam.spreads?.[place];
      if (spread) shapes.push(line(places[number][0], inside(spread[0]), places[number][0], inside(spread[1]), "whisker"));
    });
    seen.forEach((place, number) => shapes.push(mark(...places[number], pairs.groups[place], pairs.datasets[place])));
    shapes.push(...labels(seen.map((place) => pairs.labels[place]), places));
    picture.setAttribute("aria-label", one(".pair-name", detail).textContent);
    picture.replaceChildren(...shapes, ...legend);
  };

  const tabulate = (metric, exam) => {
    one("caption", twin).textContent = one(".pair-name", detail).textContent;
    const heads = all("th", twin);
    [metric.name, exam.name].forEach((name, number) => { (one("button", heads[number + 2]) ?? heads[number + 2]).textContent = name; });
    twin.tBodies[0].replaceChildren(...pairs.datasets.flatMap((name, place) => {
      if (metric.places[place] === null || exam.places[place] === null) return [];
      const line = made("tr");
      line.append(made("td", name), made("td", pairs.done[place]));
      for (const text of [metric.texts[place], exam.texts[place], exam.around[place]]) {
        const cell = made("td", text || "–");
        if (text) Object.assign(cell, { className: "number" }).dataset.value = text.replaceAll(",", "");
        line.append(cell);
      }
      return [line];
    }));
  };

  const show = () => {
    const method = pairs.methods[form.method.selectedIndex];
    const correction = form.correction.selectedIndex;
    cells.forEach((line, metric) => line.forEach((cell, exam) => {
      const pair = method.pairs[metric][exam];
      const lacks = typeof pair === "string";
      cell.className = lacks ? "none" : `shade-${pair[0]}`;
      cell.textContent = lacks ? "" : pair[2][0] + pair[1][correction];
      if (lacks) cell.title = pair; else cell.removeAttribute("title");
      const chosen = metric === row && exam === column;
      cell.tabIndex = chosen ? 0 : -1;
      if (chosen) cell.setAttribute("aria-current", "true"); else cell.removeAttribute("aria-current");
    }));
    const pair = method.pairs[row][column];
    const facts = typeof pair === "string" ? [`no value: ${pair}`] : pair[2];
    one(".pair-name", detail).textContent = `${pairs.metrics[row].name} and ${pairs.exams[column].name}`;
    one("dl", detail).replaceChildren(...facts.flatMap((fact, number) => {
      if (!fact) return [];
      const part = made("div");
      part.append(made("dt", pairs.facts[number] || method.name), made("dd", fact));
      return [part];
    }));
    draw(pairs.metrics[row], pairs.exams[column]);
    tabulate(pairs.metrics[row], pairs.exams[column]);
  };
  const choose = (metric, exam) => {
    if (!cells[metric]?.[exam]) return false;
    [row, column] = [metric, exam];
    state.set("pair", `${metric + 1}.${exam + 1}`);
    remember();
    show();
    return true;
  };

  map.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    choose(cell.parentElement.sectionRowIndex, cell.cellIndex - 1);
    one("#pair").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
  map.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Enter" && event.target.matches("td")) one("#pair").scrollIntoView();
    if (!way || !event.target.matches("td")) return;
    event.preventDefault();
    if (choose(row + way[0], column + way[1])) cells[row][column].focus();
  });
  for (const name of ["method", "correction"]) {
    const place = [...form[name].options].findIndex((option) => option.value === state.get(name));
    if (place >= 0) form[name].selectedIndex = place;
    form[name].addEventListener("change", () => { state.set(name, form[name].value); remember(); show(); });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  const [metric, exam] = (state.get("pair") ?? "").split(".").map((part) => Number(part) - 1);
  if (cells[metric]?.[exam]) [row, column] = [metric, exam];
  show();
})();
