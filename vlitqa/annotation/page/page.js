"use strict";
// Texts of data are set as text, never as markup. What is not saved yet waits in the browser and is sent again.
const keys = { quality: ["1", "2", "3"], characteristics: ["q", "w", "e", "r"], causes: ["4", "5", "6", "7", "8"] };
const find = (id) => document.getElementById(id);
const root = location.pathname;
const state = { guide: null, view: null, label: null, begun: 0, edits: null, captions: false, busy: false };

function make(tag, text, attributes) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
}

const draftKey = (item) => `vlitqa ${root} ${item}`;
const queueKey = `vlitqa ${root} unsaved`;
const unsaved = () => JSON.parse(localStorage.getItem(queueKey) || "[]");
const keepUnsaved = (requests) => localStorage.setItem(queueKey, JSON.stringify(requests));

function emptyLabel() { return { quality: null, characteristics: [], cause: null, turn: null, note: "" }; }

async function ask(path) {
  const response = await fetch(root + path);
  if (!response.ok) throw new Error((await response.json()).error);
  return response.json();
}

async function load(position) {
  try {
    if (!state.guide) state.guide = await ask("guide");
    state.view = await ask(position === undefined ? "item" : `item/${position}`);
  } catch (problem) {
    say(problem.message);
    setTimeout(() => load(position), 2000);
    return;
  }
  find("title").textContent = `${state.guide.dataset}: ${state.guide.annotator}`;
  find("done").hidden = Boolean(state.view);
  find("choices").hidden = !state.view;
  if (!state.view) { find("conversation").replaceChildren(); find("progress").textContent = "All done"; return; }
  begin();
}

function begin() {
  const kept = localStorage.getItem(draftKey(state.view.item));
  const stored = state.view.state.label;
  const draft = kept ? JSON.parse(kept) : null;
  state.label = draft ? draft.label : stored ? { ...emptyLabel(), ...stored } : emptyLabel();
  state.edits = draft ? draft.edits : stored && stored.edited && stored.edited.length ? stored.edited : null;
  state.begun = performance.now();
  say("");
  draw();
}

function keepDraft() {
  localStorage.setItem(draftKey(state.view.item), JSON.stringify({ label: state.label, edits: state.edits }));
}

function say(problem) { find("problem").textContent = problem; }

function draw() {
  const view = state.view;
  find("progress").textContent = `Item ${view.position + 1} of ${view.total}, ${view.done} done`;
  find("saved").textContent = view.state.label ? "labelled" : view.state.skipped !== null ? "skipped" : "not labelled yet";
  drawConversation();
  drawChoices("quality", state.guide.qualities, (name) => state.label.quality === name, chooseQuality);
  drawChoices("characteristics", state.guide.characteristics, (name) => state.label.characteristics.includes(name), toggle);
  drawChoices("causes", state.guide.causes, (name) => state.label.cause === name, (name) => change({ cause: name }));
  find("why").hidden = state.label.quality !== "poor";
  find("turn").max = String(Math.ceil(view.messages.length / 2));
  find("turn").value = state.label.turn === null ? "" : String(state.label.turn);
  find("note").value = state.label.note;
  find("edit").setAttribute("aria-pressed", String(state.edits !== null));
  find("captions").setAttribute("aria-pressed", String(state.captions));
  find("others").replaceChildren(...view.others.map((label) => make("p", `Somebody says ${label.quality}: ${label.note || label.cause || "no note"}`)));
}

function drawChoices(id, choices, isChosen, choose) {
  const lines = Object.entries(choices).map(([name, meaning], place) => {
    const line = make("div", null, { class: "choice" });
    const button = make("button", name, { type: "button", "aria-pressed": String(isChosen(name)), "data-choice": name });
    button.append(" ", make("kbd", keys[id][place]));
    button.addEventListener("click", () => choose(name));
    line.append(button, make("span", meaning));
    return line;
  });
  const held = document.activeElement && document.activeElement.dataset.choice;
  find(id).replaceChildren(...lines);
  const again = held && find(id).querySelector(`[data-choice="${CSS.escape(held)}"]`);
  if (again) again.focus();
}

function drawConversation() {
  const messages = state.edits || state.view.messages;
  find("conversation").replaceChildren(...messages.map((message, place) => {
    const box = make("article", null, { class: `message ${message.role}` });
    box.append(make("h2", message.role === "user" ? "Human" : "Assistant"));
    message.parts.forEach((part, number) => box.append(drawPart(message, place, part, number)));
    if (state.edits) box.append(drawShelf(place));
    return box;
  }));
}

function drawPart(message, place, part, number) {
  if (part.picture !== undefined && part.picture !== null) return drawPicture(place, part, number);
  if (!state.edits) return make("span", part.text || "");
  const box = make("textarea", null, { rows: "2", "aria-label": `text ${number + 1} of message ${place + 1}` });
  box.value = part.text || "";
  box.addEventListener("input", () => { part.text = box.value; keepDraft(); });
  return box;
}

function drawPicture(place, part, number) {
  const figure = make("figure");
  figure.append(make("img", null, { src: `${root}picture/${state.view.pictures[part.picture]}`, alt: `picture ${part.picture + 1}` }));
  if (state.captions) figure.append(make("figcaption", state.view.captions[part.picture] || "no caption"));
  if (state.edits) {
    const moves = [["earlier", -1], ["later", 1]].map(([name, step]) => {
      const button = make("button", name, { type: "button", "aria-label": `move picture ${part.picture + 1} ${name}` });
      button.addEventListener("click", () => movePicture(place, number, step));
      return button;
    });
    const remove = make("button", "remove", { type: "button", "aria-label": `remove picture ${part.picture + 1}` });
    remove.addEventListener("click", () => editParts(place, (parts) => parts.splice(number, 1)));
    figure.append(...moves, remove);
  }
  return figure;
}

function drawShelf(place) {
  const shown = new Set(state.edits.flatMap((message) => message.parts.map((part) => part.picture)));
  const shelf = make("div", null, { class: "bar" });
  state.view.pictures.forEach((_, picture) => {
    if (shown.has(picture)) return;
    const button = make("button", `add picture ${picture + 1} here`, { type: "button" });
    button.addEventListener("click", () => editParts(place, (parts) => parts.push({ picture })));
    shelf.append(button);
  });
  return shelf;
}

function movePicture(place, number, step) {
  editParts(place, (parts) => {
    const to = number + step;
    if (to < 0 || to >= parts.length) return;
    [parts[number], parts[to]] = [parts[to], parts[number]];
  });
}

function editParts(place, work) {
  work(state.edits[place].parts);
  keepDraft();
  drawConversation();
}

function change(part) { Object.assign(state.label, part); keepDraft(); say(""); draw(); }

function chooseQuality(name) { change(name === "poor" ? { quality: name } : { quality: name, cause: null, turn: null }); }

function toggle(name) {
  const chosen = new Set(state.label.characteristics);
  if (!chosen.delete(name)) chosen.add(name);
  change({ characteristics: Object.keys(state.guide.characteristics).filter((one) => chosen.has(one)) });
}

function request(kind, extra) {
  const view = state.view;
  const seconds = (performance.now() - state.begun) / 1000;
  return { item: view.item, digest: view.digest, revision: view.state.revision, kind, seconds, ...extra };
}

function submit() {
  const label = state.label;
  if (!label.quality) { say("Choose a quality first: keys 1, 2, 3."); return; }
  if (label.quality === "poor" && !label.cause) { say("Say why it is poor: keys 4 to 8."); return; }
  const edited = state.edits ? state.edits.map((message) => ({ role: message.role, parts: message.parts })) : [];
  send(request("label", { label: { ...label, edited } }), true);
}

function skip() {
  const reason = find("note").value.trim();
  if (!reason) { say("Write into the note why you skip it."); find("note").focus(); return; }
  send(request("skip", { reason }), true);
}

function undo() {
  if (!state.view.state.revision) { say("There is nothing to undo."); return; }
  localStorage.removeItem(draftKey(state.view.item));
  send(request("undo", {}), false);
}

// Everything goes through a queue in the browser: what the server has not acknowledged is sent until it has.
function send(what, goesOn) {
  if (state.busy) return;
  state.busy = true;
  keepUnsaved([...unsaved(), what]);
  flush(goesOn);
}

async function flush(goesOn) {
  const queue = unsaved();
  if (!queue.length) { state.busy = false; return; }
  let response, body;
  try {
    response = await fetch(`${root}save`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(queue[0]) });
    body = await response.json();
  } catch (problem) {
    find("saved").textContent = "not saved yet: the server does not answer; it is tried again";
    setTimeout(() => flush(goesOn), 1000);
    return;
  }
  keepUnsaved(queue.slice(1));
  state.busy = false;
  if (response.ok) {
    localStorage.removeItem(draftKey(queue[0].item));
    load(goesOn ? undefined : state.view.position);
  } else if (response.status === 409) {
    await conflict(queue[0], body);
  } else {
    say(body.error);
  }
}

async function conflict(mine, body) {
  const same = mine.kind === "label" && body.state.label && sameLabel(mine.label, body.state.label);
  if (same) { localStorage.removeItem(draftKey(mine.item)); load(); return; } // it had arrived, and its answer was lost
  if (state.view && state.view.item === mine.item) {
    state.view.state = body.state;
    keepDraft();
    draw();
  }
  say("This item was saved in another window since. Yours is kept here: save again to replace it, or Undo.");
}

function sameLabel(mine, theirs) {
  return ["quality", "cause", "turn", "note"].every((name) => (mine[name] ?? null) === (theirs[name] ?? null) || (name === "note" && !mine.note && !theirs.note))
    && JSON.stringify(mine.characteristics) === JSON.stringify(theirs.characteristics || [])
    && textOf(mine.edited) === textOf(theirs.edited);
}

function textOf(messages) {
  return JSON.stringify((messages || []).map((message) => [message.role, message.parts.map((part) => [part.text || "", part.picture ?? null])]));
}

function pressed(event) {
  if (!state.view || event.ctrlKey || event.altKey || event.metaKey) return;
  const writes = ["TEXTAREA", "INPUT"].includes(event.target.tagName);
  if (event.key === "Escape" && writes) { event.target.blur(); return; }
  if (writes || (event.key === "Enter" && event.target.tagName === "BUTTON")) return;
  const act = actions()[event.key];
  if (act) { event.preventDefault(); act(); }
}

function actions() {
  const chosen = { Enter: submit, s: skip, u: undo, b: back, n: next, x: edit, c: captions };
  const lists = [["quality", "qualities", chooseQuality], ["characteristics", "characteristics", toggle]];
  if (state.label.quality === "poor") lists.push(["causes", "causes", (name) => change({ cause: name })]);
  for (const [id, guide, choose] of lists) Object.keys(state.guide[guide]).forEach((name, place) => { chosen[keys[id][place]] = () => choose(name); });
  return chosen;
}

function back() { if (state.view.position > 0) load(state.view.position - 1); }
function next() { load(Math.min(state.view.position + 1, state.view.total - 1)); }
function captions() { state.captions = !state.captions; draw(); }
function edit() {
  state.edits = state.edits ? null : JSON.parse(JSON.stringify(state.view.messages));
  keepDraft();
  draw();
}

document.addEventListener("keydown", pressed);
for (const [id, act] of Object.entries({ submit, skip, undo, back, next, edit, captions })) find(id).addEventListener("click", () => act());
find("note").addEventListener("input", () => { state.label.note = find("note").value; keepDraft(); });
find("turn").addEventListener("input", () => { state.label.turn = find("turn").value ? Number(find("turn").value) : null; keepDraft(); });
flush(false).then(() => load());
