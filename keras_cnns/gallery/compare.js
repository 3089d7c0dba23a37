"use strict";
// Two networks side by side: their figures, what differs, and both pictures with the lanes in line. Pointing
// at a difference, in the list or in a picture, lights it in all three. page.js is the other half.
function comparison(title, figure, mark) {
  const at = (id) => document.getElementById(id), section = at("compare"), NS = "http://www.w3.org/2000/svg";
  const LEAST = 0.72, GAP = 3, PILL = 15; // the least scale; between a box and its frame; a pill's height
  const THREE = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  let known = { places: {}, pairs: {}, words: [] }, shown = null, pinned = null;

  const html = (tag, text, parent) => {
    const node = document.createElement(tag);
    node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };
  const draw = (tag, attributes, parent) => {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    parent.append(node);
    return node;
  };
  const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // ---- what Python has found -----------------------------------------------------------------------------
  function pairOf([one, two]) {
    const there = known.pairs[`${one.id} ${two.id}`], back = known.pairs[`${two.id} ${one.id}`];
    const found = there || back, turned = (both) => (there ? both : [...both].reverse());
    if (!found) return null;
    const rows = found.rows.map(([what, first, second, count, ...boxes]) => ({
      what: known.words[what],
      values: turned([known.words[first], known.words[second]]),
      count: Math.abs(count),
      isAlike: count > 0,
      boxes: turned(boxes.slice(0, 2)),
      after: turned(boxes.slice(2)),
    }));
    const [equal, ...layers] = found.equal;
    return { rows, found: found.found, equal, layers: turned(layers), columns: found.columns.map(turned) };
  }

  // ---- the figures and the list --------------------------------------------------------------------------
  function heads(table, words) {
    const line = document.createElement("tr");
    for (const text of words) {
      const cell = html(text ? "th" : "td", text, line);
      if (text) cell.scope = "col";
    }
    table.tHead.replaceChildren(line);
  }
  function figures(both) {
    heads(at("both-figures"), ["", ...both.map(title), "ratio"]);
    const facts = both.map((each) => new Map(
      [...each.querySelectorAll(".facts div")].map((pair) => [pair.children[0].textContent, pair.children[1].textContent])));
    const keys = new Map([["Parameters", "parameters"], ["Multiply-adds", "macs"]]);
    const row = (head, cells, ratio) => {
      const line = document.createElement("tr");
      html("th", head, line).scope = "row";
      for (const text of [...cells, ratio]) html("td", text, line);
      line.classList.toggle("differs", cells[0] !== cells[1]);
      return line;
    };
    const lines = [row("Year", both.map((each) => each.dataset.year), "")];
    for (const key of new Set([...facts[0].keys(), ...facts[1].keys()])) {
      const ratio = keys.has(key) ? figure(both[1], keys.get(key)) / figure(both[0], keys.get(key)) : NaN;
      const cells = facts.map((each) => each.get(key) ?? "–");
      lines.push(row(key, cells, Number.isNaN(ratio) ? "" : `×${ratio.toLocaleString("en", THREE)}`));
    }
    at("both-figures").tBodies[0].replaceChildren(...lines);
  }
  function sentence(both, pair) {
    if (!pair) return "";
    const [first, second] = both.map(title), [ofFirst, ofSecond] = pair.layers, all = pair.rows.length === pair.found;
    const same = `${counted(pair.equal, "layer")} of the ${ofFirst} of ${first} and the ${ofSecond} of ${second} ${pair.equal === 1 ? "is" : "are"} the same`;
    return all ? `${same}. ${counted(pair.found, "difference")}:`
      : `The two have little in common: ${same}. The first ${pair.rows.length} of ${pair.found} differences:`;
  }
  function list(both, pair) {
    at("common").textContent = sentence(both, pair);
    at("found").hidden = !pair;
    if (!pair) return;
    const table = at("found").querySelector("table");
    heads(table, ["", "what", ...both.map(title)]);
    table.tBodies[0].replaceChildren(...pair.rows.map((row, i) => {
      const line = document.createElement("tr"), head = html("th", "", line), button = html("button", String(i + 1), head);
      head.scope = "row";
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-label", `Show difference ${i + 1} in the pictures`);
      const what = html("td", row.what, line);
      if (row.count > 1) html("small", `at ${row.count} places${row.isAlike ? "" : ", with other numbers at some"}`, what);
      for (const value of row.values) html("td", value, line);
      line.dataset.row = i;
      return line;
    }));
  }

  // ---- the pictures --------------------------------------------------------------------------------------
  /** Shift what is in the lanes so that boxes of one column stand one under the other. */
  function shifts(both, columns) {
    const lanes = both.map((each) => {
      const { wide, lane } = known.places[each.id];
      return lane.map((number) => ({ number, left: wide[number][0], right: wide[number][0] + wide[number][2] }));
    });
    const found = lanes.map((lane) => lane.map(() => 0)), now = [0, 0];
    const index = lanes.map((lane) => new Map(lane.map(({ number }, i) => [number, i])));
    const done = [0, 0];
    const advance = (k, end) => { for (; done[k] < end; done[k] += 1) found[k][done[k]] = now[k]; };
    for (const column of columns) {
      const places = column.map((number, k) => index[k].get(number));
      places.forEach((place, k) => advance(k, place));
      const middles = places.map((place, k) => (lanes[k][place].left + lanes[k][place].right) / 2 + now[k]);
      const behind = middles[0] < middles[1] ? 0 : 1;
      now[behind] += middles[1 - behind] - middles[behind];
    }
    lanes.forEach((lane, k) => advance(k, lane.length));
    return lanes.map((lane, k) => ({
      ofBox: (number) => (index[k].has(number) ? found[k][index[k].get(number)] : 0),
      ofPoint: (x) => {
        let i = lane.length - 1;
        while (i > 0 && x < (lane[i - 1].right + lane[i].left) / 2) i -= 1;
        return found[k][i] ?? 0;
      },
      whole: now[k],
    }));
  }
  function stretch(svg, shift, bottom) {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    let right = width;
    for (const node of svg.querySelectorAll("g > *")) {
      const number = (name) => Number(node.getAttribute(name));
      if (node.localName === "path") {
        const points = node.getAttribute("d").match(/-?[\d.]+/g).map(Number), isHead = node.getAttribute("d").endsWith("z");
        if (points[1] > bottom) continue;
        const moved = points.map((value, i) => (i % 2 ? value : value + shift.ofPoint(isHead ? points[0] : value)));
        right = Math.max(right, ...moved.filter((_, i) => i % 2 === 0));
        const pairs = moved.reduce((all, value, i) => (i % 2 ? [...all.slice(0, -1), `${all[all.length - 1]} ${value}`] : [...all, value]), []);
        node.setAttribute("d", `M${pairs.join("L")}${isHead ? "z" : ""}`);
        continue;
      }
      const [key, top] = node.localName === "circle" ? ["cx", "cy"] : ["x", "y"];
      if (number(top) > bottom || !node.hasAttribute(key)) continue;
      const middle = number(key) + number("width") / 2, x = number(key) + shift.ofPoint(middle);
      node.setAttribute(key, x);
      right = Math.max(right, x + number("width") + 12);
    }
    svg.setAttribute("viewBox", `0 0 ${right} ${height}`);
    svg.querySelector(":scope > rect").setAttribute("width", right);
  }
  /** A frame around each box at which something differs, and its numbers on it. */
  function frame(svg, places, rows, side, ofBox) {
    const group = draw("g", { class: "marks" }, svg), marks = new Map();
    rows.forEach((row, i) => {
      for (const number of row.boxes[side]) (marks.get(number) || marks.set(number, []).get(number)).push([i, false]);
      for (const number of row.after[side]) (marks.get(number) || marks.set(number, []).get(number)).push([i, true]);
    });
    // The badges stay on top: a letter has the middle of its circle.
    const ends = new Map([...svg.querySelectorAll("circle")].map((one) => [`${one.getAttribute("cx")} ${one.getAttribute("cy")}`, one]));
    const letters = [...svg.querySelectorAll("text")].filter((one) => ends.has(`${one.getAttribute("x")} ${one.getAttribute("y")}`));
    const badges = draw("g", { class: "badges", "font-family": "Arial, Helvetica, sans-serif", "text-anchor": "middle" }, svg);
    badges.append(...ends.values(), ...letters);
    for (const [number, found] of [...marks].sort((one, other) => one[0] - other[0])) {
      const [left, top, width, height] = places[number], x = left + ofBox(number) - GAP, y = top - GAP;
      const numbers = [...new Set(found.map(([i]) => i))].sort((one, other) => one - other);
      const kind = found.every(([, isAfter]) => isAfter) ? "mark after" : "mark";
      const node = draw("g", { class: kind, "data-rows": numbers.join(" ") }, group);
      draw("rect", { x, y, width: width + 2 * GAP, height: height + 2 * GAP, rx: 3 }, node);
      const words = pill(numbers), long = Math.max(PILL, 6.4 * words.length + 7);
      const pillAt = draw("g", { class: "pill" }, node);
      const from = Math.min(x - 5, x + GAP + width / 2 - long); // a box's badge is at the right
      draw("rect", { x: from, y: y - PILL / 2, width: long, height: PILL, rx: PILL / 2 }, pillAt);
      draw("text", { x: from + long / 2, y, dy: ".36em" }, pillAt).textContent = words;
      draw("title", {}, node).textContent = numbers.map((i) => `${i + 1} ${rows[i].what}: ${rows[i].values.join(" | ")}`).join("\n");
    }
  }
  const pill = (numbers) => {
    const said = numbers.slice(0, numbers.length > 3 ? 2 : 3).map((i) => i + 1).join(" ");
    return numbers.length > 3 ? `${said} +${numbers.length - 2}` : said;
  };
  function pictures(both, pair) {
    const moved = pair ? shifts(both, pair.columns) : null;
    at("compared").replaceChildren(...both.map((each, side) => {
      const whole = document.createElement("figure"), caption = html("figcaption", "", whole), link = html("a", title(each), caption);
      link.href = `#${each.id}`;
      for (const name of ["wide", "narrow"]) {
        const found = each.querySelector(`.picture svg.${name}`);
        if (!found) continue;
        const svg = whole.appendChild(found.cloneNode(true)), places = known.places[each.id];
        if (!pair) continue;
        if (name === "wide" && pair.columns.length) stretch(svg, moved[side], places.bottom);
        frame(svg, places[name], pair.rows, side, name === "wide" && pair.columns.length ? moved[side].ofBox : () => 0);
      }
      return whole;
    }));
    size();
  }
  /** Both at one scale, so that what is in line stays so. */
  function size() {
    const all = [...at("compared").querySelectorAll("svg.wide")], frame = at("compared");
    const room = frame.clientWidth - 2 * parseFloat(getComputedStyle(frame).paddingLeft);
    if (room <= 0 || !all.length) return;
    const widths = all.map((svg) => Number(svg.getAttribute("viewBox").split(" ")[2]));
    const scale = Math.min(1, Math.max(LEAST, room / Math.max(...widths)));
    all.forEach((svg, i) => {
      svg.setAttribute("width", widths[i] * scale);
      svg.setAttribute("height", Number(svg.getAttribute("viewBox").split(" ")[3]) * scale);
    });
  }

  // ---- lighting ------------------------------------------------------------------------------------------
  function light(rows) {
    const lit = new Set(rows);
    section.classList.toggle("lighting", lit.size > 0);
    for (const line of section.querySelectorAll("[data-row]")) line.classList.toggle("lit", lit.has(Number(line.dataset.row)));
    for (const node of section.querySelectorAll(".mark")) {
      node.classList.toggle("lit", node.dataset.rows.split(" ").some((row) => lit.has(Number(row))));
    }
  }
  const settle = () => light(pinned === null ? [] : [pinned]);
  function pin(row) {
    pinned = pinned === row ? null : row;
    for (const line of section.querySelectorAll("[data-row]")) {
      line.querySelector("button").setAttribute("aria-pressed", String(Number(line.dataset.row) === pinned));
    }
    settle();
    if (pinned === null) return;
    const first = [...section.querySelectorAll(".mark.lit")].find((node) => node.checkVisibility());
    const box = first && first.getBoundingClientRect(), frame = at("compared").getBoundingClientRect();
    if (box && (box.left < frame.left || box.right > frame.right)) {
      at("compared").scrollLeft += box.left - frame.left - frame.width / 3;
    }
    if (box && (box.bottom > innerHeight || box.top < 0)) first.scrollIntoView({ block: "center", inline: "nearest" });
  }
  const rowsAt = (target) => {
    const line = target.closest?.("[data-row]"), node = target.closest?.(".mark");
    return line ? [Number(line.dataset.row)] : node ? node.dataset.rows.split(" ").map(Number) : null;
  };
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    section.addEventListener(enter, (event) => { const rows = rowsAt(event.target); if (rows) light(rows); });
    section.addEventListener(leave, (event) => { if (rowsAt(event.target)) settle(); });
  }
  section.addEventListener("click", (event) => {
    const rows = rowsAt(event.target);
    if (rows && !event.target.closest("a")) pin(rows.includes(pinned) && rows.length > 1 ? rows[(rows.indexOf(pinned) + 1) % rows.length] : rows[0]);
  });

  function show(both) {
    section.hidden = !(both[0] && both[1]);
    const key = section.hidden ? "" : both.map((each) => each.id).join(" ");
    if (key === shown) return;
    shown = key;
    pinned = null;
    if (!key) return;
    at("compare-title").textContent = both.map(title).join(" and ");
    const pair = pairOf(both);
    figures(both);
    list(both, pair);
    pictures(both, pair);
    light([]);
    mark();
  }
  return { show, size, know: (data) => { known = data; } };
}
