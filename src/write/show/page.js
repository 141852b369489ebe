"use strict";
// Light one thing wherever it stands; walk the derivation; draw the picture for the sliders.

const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const numbers = (text) => (text || "").split(" ").filter(Boolean);
const said = document.getElementById("said");
let pinned = null;

function kinOf(row) {
  return (row?.dataset.kin || "").split("|").filter(Boolean).map((entry) => {
    const at = entry.indexOf(":");
    return { number: entry.slice(0, at), words: entry.slice(at + 1) };
  });
}

const rowOf = (number) => document.querySelector(`.entry[data-t="${CSS.escape(number)}"]`);

function say(row) {
  said.replaceChildren();
  if (!row) return;
  const copies = (of) => Array.from(of?.childNodes ?? [], (node) => node.cloneNode(true));
  const symbol = (of) => copies(of.querySelector("button"));
  said.append(...symbol(row), ": ", ...copies(row.querySelector(".meaning")));
  const estimate = row.querySelector(".estimate");
  if (estimate) said.append(" ", ...copies(estimate));
  for (const { number, words } of kinOf(row)) {
    const other = rowOf(number);
    if (other) said.append(" ", ...symbol(other), ` ${words}.`);
  }
  // Copies say what is lit; they do not light.
  for (const piece of all("[data-t]", said)) piece.removeAttribute("data-t");
}

function light(number) {
  const row = number === null ? null : rowOf(number);
  const kin = kinOf(row).map((entry) => entry.number);
  document.body.classList.toggle("lit", row !== null);
  for (const piece of all("[data-t]")) {
    const own = numbers(piece.dataset.t);
    const on = row !== null && own.includes(number);
    piece.classList.toggle("on", on);
    piece.classList.toggle("kin", row !== null && !on && own.length === 1 && kin.includes(own[0]));
  }
  say(row);
}

function pin(number) {
  pinned = pinned === number ? null : number;
  for (const row of all(".entry[data-t]")) {
    row.querySelector("button").setAttribute("aria-pressed", String(row.dataset.t === pinned));
  }
  light(pinned);
  history.replaceState(null, "", pinned === null ? "#" : `#t=${pinned}`);
}

const pointed = (event) => {
  const piece = event.target.closest?.("[data-t]");
  return piece ? numbers(piece.dataset.t)[0] : null;
};

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse") light(pointed(event) ?? pinned);
});
document.addEventListener("focusin", (event) => light(pointed(event) ?? pinned));
document.addEventListener("focusout", () => light(pinned));
document.addEventListener("click", (event) => {
  const number = pointed(event);
  if (number !== null && !event.target.closest("input, label")) pin(number);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && pinned !== null) pin(pinned);
});

// One stop of the tab key for many buttons: the arrow keys go from one to the next.
function roving(buttons) {
  const stop = (at) => buttons.forEach((button, own) => (button.tabIndex = own === at ? 0 : -1));
  const keys = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  buttons.forEach((button, at) => {
    button.addEventListener("focus", () => stop(at));
    button.addEventListener("keydown", (event) => {
      const by = keys[event.key];
      if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      buttons[Math.min(Math.max(at + by, 0), buttons.length - 1)].focus();
    });
  });
  stop(0);
}
roving(all("button.term"));

// The calls of other programs: one at a time.
const tabs = all("button.tab");
function choose(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", String(other === tab));
    document.getElementById(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
}
if (tabs.length > 0) {
  for (const tab of tabs) {
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    panel.setAttribute("role", "tabpanel");
    tab.addEventListener("focus", () => choose(tab));
    tab.addEventListener("click", () => choose(tab));
  }
  roving(tabs);
  choose(tabs.find((tab) => !tab.classList.contains("cannot")) ?? tabs[0]);
  document.querySelector(".tabs").hidden = false;
}

// The derivation.
const steps = all(".step");
const derivation = document.querySelector(".derivation");
let current = 0;

function walk(to) {
  current = Math.min(Math.max(to, 0), steps.length - 1);
  steps.forEach((step, at) => {
    step.classList.toggle("now", at === current);
    step.classList.toggle("later", at > current);
    if (at === current) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  document.getElementById("step").textContent = `${current + 1} of ${steps.length}`;
  document.getElementById("back").disabled = current === 0;
  document.getElementById("next").disabled = current === steps.length - 1;
  derivation.classList.toggle("done", current === steps.length - 1);
}

if (steps.length > 1) {
  for (const step of steps) {
    const touched = numbers(step.dataset.touched);
    for (const piece of all("[data-t]", step)) {
      const own = numbers(piece.dataset.t);
      piece.classList.toggle("touched", own.length > 0 && own.some((number) => touched.includes(number)));
    }
  }
  document.querySelector(".walk").hidden = false;
  derivation.classList.add("walking");
  document.getElementById("back").addEventListener("click", () => walk(current - 1));
  document.getElementById("next").addEventListener("click", () => walk(current + 1));
  document.getElementById("all").addEventListener("click", (event) => {
    const walking = derivation.classList.toggle("walking");
    event.target.setAttribute("aria-pressed", String(!walking));
  });
  walk(0);
}

// The picture. Steps, axes and lines are made as the program makes them (axis.rs, svg.rs, picture.rs).
const across = (frame, x) =>
  frame.across[0] + ((x - frame.x[0]) / (frame.x[1] - frame.x[0])) * (frame.across[1] - frame.across[0]);
const up = (frame, y) => frame.up[0] + ((y - frame.y[0]) / (frame.y[1] - frame.y[0])) * (frame.up[1] - frame.up[0]);

function scale(low, high) {
  if (!(high > low)) high = low + 1;
  const raw = (high - low) / 5;
  const power = Math.floor(Math.log10(raw) + 1e-9);
  const size = 10 ** power;
  const times = [1, 2, 5].find((n) => n * size >= raw * (1 - 1e-9)) ?? 10;
  const step = times * size;
  const ends = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return { step, ends, range: ends.map((end) => end * step), decimals: Math.max(0, -power - (times === 10 ? 1 : 0)) };
}

// With a minus sign, and none before a zero.
function written(value, decimals) {
  const text = value.toFixed(decimals);
  if (!text.startsWith("-")) return text;
  return /^-[0.]*$/.test(text) ? text.slice(1) : `−${text.slice(1)}`;
}

function label(ticks, frame, { step, ends, decimals }) {
  const first = ticks.querySelector("text");
  ticks.replaceChildren(
    ...Array.from({ length: ends[1] - ends[0] + 1 }, (_, at) => {
      const tick = first.cloneNode();
      const value = (ends[0] + at) * step;
      tick.setAttribute("y", (up(frame, value) + 4).toFixed(2));
      tick.textContent = written(value, decimals);
      return tick;
    }),
  );
}

function draw(figure, data) {
  const given = Object.entries(data.roles);
  const value = (kind, column) => {
    const found = given.find(([, role]) => kind in role && role[kind] === column);
    return found ? data.values[found[0]] : 0;
  };
  const fixed = given.filter(([, role]) => role.fixed).map(([what, role]) => [data.values[what], ...role.fixed]);
  const mean = (at, part) =>
    fixed.reduce((sum, [size, x, z]) => sum + size * (x === null ? 1 : data.over.corners[x][at]) * (z === null ? 1 : data.parts[part][z]), 0);
  // How much of each column of the draws lies in a line: that of the intercept, then what is left of each slope.
  const loads = (over, at) => {
    const made = [Math.sqrt(value("variance", null))];
    over.forEach((basis, column) => {
      const size = Math.sqrt(value("variance", column)) * basis[at];
      const rho = value("correlation", column);
      made[0] += rho * size;
      made.push(Math.sqrt(Math.max(0, 1 - rho * rho)) * size);
    });
    return made;
  };
  const places = [...data.corners.keys()];
  const shares = places.map((at) => loads(data.over.corners, at));
  const groups = data.draws.map((draws, group) =>
    places.map((at) => draws.reduce((sum, draw, column) => sum + draw * shares[at][column], mean(at, group % data.parts.length))),
  );
  const means = data.parts.map((_, part) => places.map((at) => mean(at, part)));
  const between = data.points.map((_, at) => loads(data.over.points, at).reduce((sum, load) => sum + load * load, 0));
  const shown = [...groups, ...means].flat();
  const lines = scale(Math.min(data.home[0], ...shown), Math.max(data.home[1], ...shown));
  const spread = scale(0, Math.max(data.most, ...between));
  data.lines.y = lines.range;
  data.variance.y = spread.range;
  const [below, above] = all("g.ticks", figure);
  label(below, data.lines, lines);
  label(above, data.variance, spread);
  const place = (line, frame, xs, ys) => {
    const points = xs.map((x, at) => `${across(frame, x).toFixed(2)},${up(frame, ys[at]).toFixed(2)}`);
    line.setAttribute("points", points.join(" "));
  };
  all(".group", figure).forEach((line, group) => place(line, data.lines, data.corners, groups[group]));
  all(".mean", figure).forEach((line, part) => place(line, data.lines, data.corners, means[part]));
  place(figure.querySelector(".variance"), data.variance, data.points, between);
}

for (const figure of all(".figure")) {
  const data = JSON.parse(figure.querySelector("script.data").textContent);
  const first = { ...data.values };
  const show = (knob) => {
    knob.parentElement.querySelector("output").textContent = written(data.values[knob.name], Number(knob.dataset.decimals));
  };
  figure.addEventListener("input", (event) => {
    data.values[event.target.name] = Number(event.target.value);
    show(event.target);
    draw(figure, data);
  });
  figure.querySelector(".reset").addEventListener("click", () => {
    for (const knob of all("input", figure)) {
      data.values[knob.name] = first[knob.name];
      knob.value = first[knob.name];
      show(knob);
    }
    draw(figure, data);
  });
}

// Copy buttons.
function copied(button) {
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
}

for (const button of all("button.copy")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    copied(button);
  });
}

// A link may say what is lit.
const told = /^#t=(\d+)$/.exec(location.hash);
if (told && rowOf(told[1])) pin(told[1]);
