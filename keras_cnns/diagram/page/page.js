"use strict";
(async () => {
  // Python has laid out the picture and the inside of each thing that can be opened. All that happens here is
  // that blocks are stretched: docs/design.md says how.
  const $ = (id) => document.getElementById(id);
  const packed = Uint8Array.from(atob($("data").textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = JSON.parse(await new Response(stream).text());
  const view = $("view"), svg = view.querySelector("svg"), NS = svg.namespaceURI;
  const A = data.vertical ? 1 : 0, X = 1 - A; // along and across
  const BOX = 0, COPIES = 1, SLOT = 2, CELL = 3, NEAR = 0.1;
  const { calls, boxes, modules, totals } = data;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  const make = (tag, attributes = {}, parent = null) => {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (parent) parent.append(node);
    return node;
  };
  const html = (tag, text = "", parent = null) => {
    const node = document.createElement(tag);
    node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };

  // ---- blocks: what Python has said of them -------------------------------------------------------------
  const placeOf = ([kind, within, l, t, r, b, axis, ref, inside]) =>
    ({ kind, within, low: [l, t], high: [r, b], axis, ref, inside });

  function readBlock(said, nodes, owners, ties) {
    const [l, t, r, b, axis] = said.size;
    const block = { places: said.places.map(placeOf), low: [l, t], high: [r, b], axis, items: [], module: said.module };
    block.inside = block.places.map(() => []); // which places brackets are around
    block.places.forEach((_, i) => {
      for (let p = block.places[i].within; p >= 0; p = block.places[p].within) block.inside[p].push(i);
    });
    const tied = new Map();
    for (let i = 0; i < ties.length; i += 3) tied.set(ties[i], [ties[i + 1], ties[i + 2]]);
    nodes.forEach((node, i) => {
      const number = (name) => +node.getAttribute(name);
      const item = { node, owner: owners[i] };
      if (node.localName === "path") {
        item.points = (node.getAttribute("d").match(/-?[\d.]+/g) || []).map(Number)
          .reduce((all, n, k) => (k % 2 ? all[all.length - 1].push(n) : all.push([n]), all), []);
        const before = block.items[block.items.length - 1];
        if (node.getAttribute("d").endsWith("z") && before && before.points) { // the head of the arrow before
          before.head = item;
          const end = before.points.length - 1, tip = item.points[0];
          before.back = [0, 1].map((axis) => before.points[end][axis] - tip[axis]);
          before.points[end] = tip;
          return;
        }
        item.kind = "line";
        item.ends = tied.get(i) || [-1, -1];
      } else if (node.localName === "rect") {
        item.kind = "rect";
        item.low = [number("x"), number("y")];
        item.high = [number("x") + number("width"), number("y") + number("height")];
      } else {
        item.kind = "rigid";
        item.at = node.localName === "circle" ? [number("cx"), number("cy")] : [number("x"), number("y")];
      }
      block.items.push(item);
    });
    return block;
  }

  const blocks = [], parser = new DOMParser();
  const nodesOf = (text) => [...parser.parseFromString(`<svg xmlns="${NS}">${text}</svg>`, "image/svg+xml").documentElement.children];
  const blockAt = (i) => blocks[i] ||= readBlock(data.blocks[i], nodesOf(data.blocks[i].svg), data.blocks[i].owners, data.blocks[i].ties);

  // ---- which layers a place stands for -------------------------------------------------------------------
  // A context has equal shares [k/d, (k+1)/d) of what each box stands for; or a layer of certain copies of a box.
  const WHOLE = { d: 1, s: [0] };
  const at = (value, i) => (Array.isArray(value) ? value[i] : value);

  function selected(box, context) {
    const each = box.n / context.d;
    if (!Number.isInteger(each)) return [...Array(box.n).keys()];
    return context.s.flatMap((k) => [...Array(each).keys()].map((j) => k * each + j));
  }
  const inModule = (box, chosen) =>
    ({ d: modules[box.module].times, s: [...new Set(chosen.map((i) => at(box.groups, i)))] });
  function rowsOf(box, chosen) {
    if (box.rows) return chosen.flatMap((i) => box.rows[i].flat());
    const context = inModule(box, chosen);
    return modules[box.module].boxes.flatMap((b) => rowsOf(boxes[b], selected(boxes[b], context)));
  }

  // ---- a block that is seen ------------------------------------------------------------------------------
  class Seen {
    constructor(block, context, path, parent, place) {
      Object.assign(this, { block, context, path, parent, place });
      this.g = make("g", { class: "block" });
      this.children = new Map();
      this.frames = new Map();
      this.colour = "kind";
      this.groups = block.places.map(({ kind }) => (kind === BOX || kind === CELL ? make("g", { class: "place" }) : null));
      this.items = [];
      this.draw();
    }

    draw() {
      const { block, g } = this;
      const adopt = (item) => (this.parent ? document.importNode(item.node, true) : item.node);
      const layers = { rect: [], line: [], rigid: [] };
      for (const item of block.items) {
        const node = adopt(item), mine = { item, node };
        node.firstElementChild?.remove(); // its title: the card says more
        if (item.head) mine.head = adopt(item.head);
        const group = this.groups[item.owner];
        if (group) {
          group.append(node);
          if (mine.head) group.append(mine.head);
        } else {
          layers[item.kind].push(mine);
          this.items.push(mine);
        }
      }
      for (const { node, head } of [...layers.rect, ...layers.line, ...layers.rigid]) g.append(...(head ? [node, head] : [node]));
      block.places.forEach((place, i) => {
        const group = this.groups[i];
        if (!group) {
          if (place.kind === COPIES && place.inside >= 0) this.addBracketButton(i);
          if (place.kind === SLOT) this.open(i);
          return;
        }
        g.append(group);
        this.say(i, group);
      });
    }

    addBracketButton(i) {
      // The brackets' words are what opens them: a rectangle behind them is large enough for a finger.
      this.words ||= new Map(this.items.filter(({ item }) => item.node.localName === "text").map((one) => [one.item.owner, one]));
      const word = this.words.get(i);
      if (!word) return;
      const group = make("g", { class: "place opens" });
      const [x, y] = word.item.at, width = Math.max(32, +word.node.getAttribute("textLength") + 10);
      make("rect", { x: x - width / 2, y: y - 10, width, height: 20, rx: 4, fill: "none", "pointer-events": "all" }, group);
      group.append(word.node);
      word.node = group; // which moves as the words did
      this.groups[i] = null;
      this.frames.set(i, { words: group });
      this.button(group, i, false);
      this.g.append(group);
    }

    box(i) { return this.context.cell ? boxes[this.context.cell.box] : boxes[this.block.places[i].ref]; }
    chosen(i) { return this.context.cell ? this.context.cell.chosen : selected(this.box(i), this.context); }
    rows(i) {
      const place = this.block.places[i], { cell } = this.context;
      if (place.kind === CELL) return cell.chosen.flatMap((k) => [boxes[cell.box].rows[k][cell.j]].flat());
      if (place.kind === BOX) return rowsOf(this.box(i), this.chosen(i));
      return this.block.inside[i].flatMap((k) => (this.block.places[k].kind === BOX ? this.rows(k) : []));
    }
    /** What is seen if it is opened: a block and its context; null if nothing can be. */
    inside(i) {
      const place = this.block.places[i], { cell } = this.context;
      if (place.kind === SLOT && cell) return [place.inside, { ...WHOLE, cell: { ...cell, j: place.ref } }];
      if (place.kind === SLOT) {
        const n = this.block.places.length, { d, s } = this.context;
        return [place.inside, { d: d * n, s: s.map((k) => k * n + place.ref) }];
      }
      if (place.kind === COPIES) return place.inside < 0 ? null : [place.inside, this.context];
      if (place.kind === CELL || place.inside === -1) return null;
      const box = this.box(i), chosen = this.chosen(i);
      if (place.inside >= 0) return [place.inside, inModule(box, chosen)];
      const number = at(box.layers, chosen.find((k) => at(box.layers, k) >= 0));
      if (number === undefined || number < 0) return null;
      const alike = chosen.filter((k) => at(box.layers, k) === number);
      return [number, { ...WHOLE, cell: { box: place.ref, chosen: alike, j: 0 } }];
    }

    /** Write what is particular to these copies, and what a screen reader says. */
    say(i, group) {
      const place = this.block.places[i], box = this.box(i), chosen = this.chosen(i), rows = this.rows(i);
      const anchor = (k) => (place.kind === CELL ? box.rows[k][this.context.cell.j] : box.rows?.[k][at(box.anchor, k)]);
      const ends = place.kind === CELL || box.rows ? chosen.map(anchor).flat().filter((k) => k !== undefined) : rows.slice(-1);
      const shapes = [...new Set(ends.map((k) => word("shape", k)))];
      const texts = [...group.querySelectorAll("text")];
      const write = (name, string) => {
        const text = texts.find((one) => one.classList.contains(name));
        if (!text) return;
        text.textContent = string;
        text.removeAttribute("textLength");
      };
      write("s1", shapes[0] ?? "");
      write("s2", shapes.length > 1 ? `… ${shapes[shapes.length - 1]}` : "");
      if (chosen.length < box.n && place.kind === BOX && this.parent !== null) this.writeNotes(texts, box, chosen);
      if (!rows.length && place.kind === BOX) group.classList.add("absent");
      this.button(group, i, this.inside(i) !== null);
    }
    writeNotes(texts, box, chosen) {
      const notes = (k) => (box.notes ? box.notes[box.notes.length > 1 ? k : 0] : []);
      const common = notes(chosen[0]).filter((note) => chosen.every((k) => notes(k).includes(note)) && note.length < 19);
      for (const text of texts.filter((one) => one.classList.contains("note"))) {
        text.textContent = common.shift() ?? "";
        text.removeAttribute("textLength");
      }
    }
    button(group, i, opens) {
      const isCopies = this.block.places[i].kind === COPIES;
      group.setAttribute("role", opens || isCopies ? "button" : "img");
      group.setAttribute("tabindex", opens || isCopies ? 0 : -1);
      group.setAttribute("aria-label", this.name(i));
      if (opens || isCopies) { group.classList.add("opens"); group.setAttribute("aria-expanded", "false"); }
      seenAt.set(group, [this, i]);
    }
    name(i) {
      const place = this.block.places[i], rows = this.rows(i), params = sum(rows, "params");
      const times = place.kind === COPIES ? place.ref : this.chosen(i).length;
      const much = params ? `, ${count(params)} parameters${times > 1 ? " in all" : ""}` : "";
      if (place.kind === COPIES) return `repeats ${times} times${much}`;
      return `${this.title(i)}${times > 1 ? `, ${times} times` : ""}${much}`;
    }
    title(i) {
      const place = this.block.places[i];
      return place.kind === CELL ? word("kind", this.rows(i)[0]) : place.kind === COPIES ? `×${place.ref}` : this.box(i).text;
    }

    open(i) {
      if (this.children.has(i)) return this.children.get(i);
      const found = this.inside(i);
      if (!found) return null;
      const child = new Seen(blockAt(found[0]), found[1], `${this.path}.${i}`, this, i);
      this.children.set(i, child);
      const after = this.groups[i] || this.frames.get(i)?.words;
      if (after) after.after(child.g); else this.g.append(child.g);
      if (this.block.places[i].kind !== SLOT) {
        child.closer = closer(child, this, i);
        child.g.append(child.closer);
        if (!reduced.matches && ready) child.g.classList.add("fresh");
      }
      return child;
    }
    close(i) {
      this.children.get(i)?.g.remove();
      this.children.delete(i);
    }
    hidden(owner) {
      for (let p = owner; p >= 0; p = this.block.places[p].within) {
        if (this.block.places[p].kind !== SLOT && this.children.has(p)) return true;
      }
      return false;
    }

    // ---- the one rule of layout: coordinates move apart, the least that makes room ----------------------
    measure() {
      const needs = [[], []];
      for (const [i, child] of this.children) {
        const place = this.block.places[i];
        if (this.hidden(place.within)) continue;
        child.measure();
        needs[A].push([place.low[A], place.high[A], child.size[A]]);
        if (this.path === "") needs[X].push([place.low[X], place.high[X], child.size[X]]);
        else needs[X].push([place.low[X], place.axis, child.above], [place.axis, place.high[X], child.below]);
      }
      this.maps = needs.map(stretch);
      const { low, high, axis } = this.block, f = (a, v) => this.at(a, v);
      this.size = [0, 1].map((a) => f(a, high[a]) - f(a, low[a]));
      this.above = f(X, axis) - f(X, low[X]);
      this.below = f(X, high[X]) - f(X, axis);
    }
    at(a, value) { return value + shiftAt(this.maps[a], value); }

    /** Take up as much room along as there is: the far end moves. */
    widen(room) {
      const [positions, shifts] = this.maps[A];
      positions.push(this.block.high[A]);
      shifts.push((shifts.length ? shifts[shifts.length - 1] : 0) + room - this.size[A]);
      this.size[A] = room;
    }
    /** Put everything in its place; where nothing has changed since, all is. */
    arrange() {
      const { block } = this, now = JSON.stringify([this.maps, [...this.children.keys()]]);
      if (now !== this.before) this.arrangeOwn();
      this.before = now;
      for (const [i, child] of this.children) {
        const place = block.places[i], origin = [0, 0];
        show(child.g, !this.hidden(place.within));
        if (this.hidden(place.within)) continue;
        const room = this.path === "" ? 0 : this.at(A, place.high[A]) - this.at(A, place.low[A]);
        if (room > child.size[A] + NEAR) child.widen(room);
        origin[A] = this.at(A, place.low[A]) - child.block.low[A];
        origin[X] = this.path === "" ? this.at(X, place.low[X]) - child.block.low[X]
          : this.at(X, place.axis) - child.at(X, child.block.axis);
        this.move(child.g, origin);
        child.origin = origin.map((v, a) => v + (this.origin?.[a] || 0));
        child.arrange();
        if (child.closer) {
          const corner = [0, 1].map((a) => child.at(a, a ? child.block.low[1] : child.block.high[0]));
          this.move(child.closer, corner);
        }
      }
    }
    arrangeOwn() {
      this.block.places.forEach((place, i) => {
        const group = this.groups[i] || this.frames.get(i)?.words;
        if (!group) return;
        if (this.groups[i]) {
          show(group, !this.hidden(i));
          this.move(group, this.delta(i));
        }
        if (group.classList.contains("opens")) group.setAttribute("aria-expanded", this.children.has(i));
      });
      for (const mine of this.items) this.arrangeItem(mine);
    }
    move(node, [dx, dy]) {
      const said = dx || dy ? `translate(${round(dx)} ${round(dy)})` : "";
      if ((node.getAttribute("transform") || "") !== said) node.setAttribute("transform", said);
    }
    /** How far a box moves: as its middle does along, and as its axis across. */
    delta(i) {
      const place = this.block.places[i], moved = [0, 0];
      moved[A] = shiftAt(this.maps[A], (place.low[A] + place.high[A]) / 2);
      moved[X] = shiftAt(this.maps[X], place.axis);
      return moved;
    }
    /** Whether brackets keep their depth, whatever else becomes deeper: all in them is closed, and on one axis. */
    isShallow(owner) {
      const { places } = this.block;
      if (owner < 0 || places[owner].kind !== COPIES) return false;
      return this.block.inside[owner].every((k) => places[k].axis === places[owner].axis && !this.children.has(k));
    }
    arrangeItem({ item, node, head }) {
      const gone = item.owner >= 0 && this.hidden(item.owner);
      show(node, !gone);
      if (head) show(head, !gone);
      if (gone) return;
      if (item.kind === "rigid") this.move(node, this.mapped(item.at, item.owner).map((v, a) => v - item.at[a]));
      else if (item.kind === "rect") {
        const low = [0, 1].map((a) => this.at(a, item.low[a])), high = [0, 1].map((a) => this.at(a, item.high[a]));
        const said = { x: low[0], y: low[1], width: high[0] - low[0], height: high[1] - low[1] };
        for (const key in said) node.setAttribute(key, round(said[key]));
      } else {
        const points = this.line(item), end = points.length - 1, tip = points[end];
        if (head) {
          this.move(head, [0, 1].map((a) => tip[a] - item.points[end][a]));
          points[end] = [0, 1].map((a) => tip[a] + item.back[a]);
        }
        const d = "M" + points.map((point) => point.map(round).join(" ")).join("L");
        if (d !== node.getAttribute("d")) node.setAttribute("d", d);
      }
    }
    /** Where a point goes that belongs to brackets, or to nothing. */
    mapped(point, owner) {
      const moved = [0, 1].map((a) => this.at(a, point[a]));
      if (this.isShallow(owner)) {
        const { axis } = this.block.places[owner];
        moved[X] = point[X] - axis + this.at(X, axis);
      }
      return moved;
    }
    line(item) {
      const old = item.points, end = old.length - 1;
      const points = old.map((point) => this.mapped(point, item.owner));
      for (const [k, tie, next] of [[0, item.ends[0], 1], [end, item.ends[1], end - 1]]) {
        if (tie < 0) continue;
        points[k] = this.tied(old[k], tie);
        const free = next > 0 && next < end ? true : item.ends[next === 0 ? 0 : 1] < 0;
        for (const a of [0, 1]) if (free && old[next][a] === old[k][a]) points[next][a] = points[k][a];
      }
      return points;
    }
    /** Where a point goes that touches a box, or what is open instead of the box. */
    tied(point, tie) {
      let open = -1;
      for (let p = tie; p >= 0; p = this.block.places[p].within) {
        if (this.children.has(p) && this.block.places[p].kind !== SLOT) open = p;
      }
      const moved = [0, 1].map((a) => this.at(a, point[a]));
      if (open < 0) {
        if (this.block.places[tie].kind === COPIES) return moved;
        return this.delta(tie).map((d, a) => point[a] + d);
      }
      const { low, high, axis } = this.block.places[open];
      const onEdge = Math.min(Math.abs(point[X] - low[X]), Math.abs(point[X] - high[X])) < NEAR;
      if (!onEdge) {
        moved[A] = this.at(A, point[A] < (low[A] + high[A]) / 2 ? low[A] : high[A]);
        moved[X] = this.at(X, axis) + point[X] - axis;
        return moved;
      }
      // The frame is as deep as what is in it, which may be less than there is room for.
      const child = this.children.get(open);
      moved[X] = this.at(X, axis) + (point[X] < axis ? -child.above : child.below);
      return moved;
    }
  }

  /** The map for intervals that need more room: positions, and by how much all from there on moves. */
  function stretch(needs) {
    const positions = [], shifts = [];
    needs.sort((one, other) => one[1] - other[1] || one[0] - other[0]);
    for (const [low, high, length] of needs) {
      const now = shifts.length ? shifts[shifts.length - 1] : 0;
      const wanted = low + shiftAt([positions, shifts], low) + length - high;
      if (wanted > now) { positions.push(high); shifts.push(wanted); }
    }
    return [positions, shifts];
  }
  function shiftAt([positions, shifts], value) {
    let low = 0, high = positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (positions[middle] <= value + 0.01) low = middle + 1; else high = middle;
    }
    return low ? shifts[low - 1] : 0;
  }
  function show(node, is) { if ((node.style.display !== "none") !== is) node.style.display = is ? "" : "none"; }
  const round = (value) => Math.round(value * 100) / 100;

  function closer(child, parent, i) {
    const g = make("g", { class: "close", role: "button", tabindex: 0, "aria-expanded": "true" });
    g.setAttribute("aria-label", `close ${parent.title(i)}`);
    make("rect", { x: -26, y: -6, width: 32, height: 32, rx: 16, fill: "none", stroke: "none", class: "reach", "pointer-events": "all" }, g);
    make("rect", { x: -19, y: 3, width: 16, height: 16, rx: 8 }, g);
    make("path", { d: "M-14 8l6 6m0-6l-6 6" }, g);
    seenAt.set(g, [parent, i]);
    return g;
  }

  // ---- words and numbers ---------------------------------------------------------------------------------
  const word = (key, row) => {
    const value = calls[key][row];
    if (key !== "name") return calls.words[value];
    return typeof value === "string" ? value : calls.words[value[0]] + value[1];
  };
  const sum = (rows, key) => rows.reduce((all, row) => all + (calls[key][row] || 0), 0);
  const format = new Intl.NumberFormat("en-US"), count = (n) => format.format(n);
  function short(n, unit = "") {
    for (const [letter, factor] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
      if (n >= 0.9995 * factor) return `${n / factor < 999 ? (n / factor).toPrecision(3) : count(Math.round(n / factor))} ${letter}${unit}`;
    }
    return `${n} ${unit}`.trim();
  }
  const percent = (share) => (share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);

  // ---- the sheet -----------------------------------------------------------------------------------------
  const seenAt = new Map();
  let ready = false, sheet;
  function build() {
    const group = svg.querySelector("g");
    group.remove();
    const nodes = [...group.children];
    const { parts, owners, ties } = data.sheet, n = data.parts.length;
    const sorted = [...Array(n + 1)].map(() => ({ nodes: [], owners: [], ties: [], number: new Map() }));
    nodes.forEach((node, i) => {
      const one = sorted[parts[i]];
      one.number.set(i, one.nodes.length);
      one.nodes.push(node);
      one.owners.push(owners[i]);
    });
    for (let i = 0; i < ties.length; i += 3) {
      const one = sorted[parts[ties[i]]];
      one.ties.push(one.number.get(ties[i]), ties[i + 1], ties[i + 2]);
    }
    const box = svg.viewBox.baseVal, places = [], children = [];
    sorted.forEach((one, i) => {
      if (!one.nodes.length) return;
      const said = data.parts[i] || { places: [], size: legendSize(one.nodes), module: -1 };
      const block = readBlock(said, one.nodes, one.owners, one.ties);
      places.push({ kind: SLOT, within: -1, low: block.low, high: block.high, axis: block.low[X], ref: i, inside: 0 });
      children.push(block);
    });
    const whole = { places, items: [], low: [0, 0], high: [box.width, box.height], axis: 0 };
    sheet = Object.create(Seen.prototype);
    Object.assign(sheet, { block: whole, context: WHOLE, path: "", parent: null, g: group, children: new Map(),
      frames: new Map(), groups: places.map(() => null), items: [] });
    children.forEach((block, i) => {
      const part = new Seen(block, WHOLE, String(places[i].ref), null, i);
      sheet.children.set(i, part);
      group.append(part.g);
    });
    svg.append(group);
    svg.setAttribute("role", "group");
    svg.querySelector("title")?.remove();
    document.body.classList.add("on");
    $("tools").hidden = false;
  }
  function legendSize(nodes) {
    const corners = nodes.map((node) => {
      const [x, y, r, width, height, text] = ["x", "y", "r", "width", "height", "textLength"].map((key) => +node.getAttribute(key));
      if (node.localName === "rect") return [x, y, x + width, y + height];
      const [middle, half, up] = r ? [+node.getAttribute("cx"), r, r] : [x, text / 2, 7], at = r ? +node.getAttribute("cy") : y;
      return [middle - half, at - up, middle + half, at + up];
    });
    const [l, t, right, bottom] = [0, 1, 2, 3].map((k) => Math[k < 2 ? "min" : "max"](...corners.map((c) => c[k])));
    return [l, t, right, bottom, data.vertical ? l : t];
  }
  function relayout() {
    sheet.measure();
    sheet.arrange();
  }

  // ---- opening and closing -------------------------------------------------------------------------------
  function toggle(seen, i) {
    const anchor = screenPoint(seen, i);
    if (seen.children.has(i)) seen.close(i); else if (!seen.open(i)) return;
    afterChange();
    const group = seen.children.get(i)?.closer || seen.groups[i] || seen.frames.get(i)?.words;
    keep(seen, i, anchor);
    group?.focus({ preventScroll: true });
    showCard(null);
  }
  function afterChange() {
    relayout();
    colour();
    remember();
  }
  /** Where on the sheet the place begins: that stays on the screen when it is opened. */
  function screenPoint(seen, i) {
    return seen.block.places[i].low.map((v, a) => seen.origin[a] + seen.at(a, v));
  }
  function keep(seen, i, before) {
    const now = screenPoint(seen, i);
    camera.x += now[0] - before[0];
    camera.y += now[1] - before[1];
    look();
  }
  function* allSeen(seen = sheet) {
    if (seen !== sheet) yield seen;
    for (const child of seen.children.values()) yield* allSeen(child);
  }

  // ---- the camera ----------------------------------------------------------------------------------------
  const camera = { x: 0, y: 0, scale: 1 };
  function look() {
    const { clientWidth: w, clientHeight: h } = view;
    svg.setAttribute("viewBox", `${round(camera.x)} ${round(camera.y)} ${round(w / camera.scale)} ${round(h / camera.scale)}`);
  }
  function pan(dx, dy) { camera.x -= dx / camera.scale; camera.y -= dy / camera.scale; look(); }
  function zoom(factor, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    const scale = Math.min(8, Math.max(0.02, camera.scale * factor));
    camera.x += x / camera.scale - x / scale;
    camera.y += y / camera.scale - y / scale;
    camera.scale = scale;
    look();
  }
  function fit(least = 0) {
    const [width, height] = sheet.size, { clientWidth: w, clientHeight: h } = view;
    camera.scale = Math.max(least, Math.min(1.5, w / width, h / height));
    camera.x = Math.min(0, (width - w / camera.scale) / 2);
    camera.y = Math.min(0, (height - h / camera.scale) / 2);
    look();
  }
  function reveal(node) {
    const box = node.getBoundingClientRect(), around = view.getBoundingClientRect(), edge = 24;
    const shift = (low, high, from, to) => (high - low > to - from - 2 * edge || low < from + edge ? from + edge - low : high > to - edge ? to - edge - high : 0);
    const dx = shift(box.left, box.right, around.left, around.right), dy = shift(box.top, box.bottom, around.top, around.bottom);
    if (dx || dy) pan(dx, dy);
  }

  // ---- what a card says ----------------------------------------------------------------------------------
  const card = $("card");
  let shown = null;
  const names = (rows) => (rows.length <= 3 ? rows.map((row) => word("name", row)).join(", ")
    : `${word("name", rows[0])} … ${word("name", rows[rows.length - 1])} (${rows.length} layers)`);
  const sources = (row) => [calls.reads[row]].flat().map((back) => row - back);
  function shapes(seen, i) {
    const rows = seen.rows(i), inside = new Set(rows);
    const read = sources(rows[0]).map((row) => word("shape", row));
    const given = rows.filter((row) => sources(row).some((from) => !inside.has(from))).length > 1;
    const first = read.length ? [...new Set(read)].join(" and ") : "";
    const last = word("shape", rows[rows.length - 1]);
    return `${first ? `${first}${given && seen.chosen?.(i)?.length > 1 ? " …" : ""} → ` : ""}${last}`;
  }
  function line(table, head, text, share = null) {
    const row = html("tr", "", table);
    html("th", head, row).scope = "row";
    const cell = html("td", text, row);
    if (!share) return;
    const bar = html("meter", "", cell.appendChild(document.createElement("span")));
    bar.value = share;
    bar.setAttribute("aria-label", `share of all ${head}`);
    cell.lastChild.prepend(" ");
    cell.lastChild.append(` ${percent(share)}`);
  }
  function showCard(node, extra = "", byTouch = false) {
    document.querySelectorAll(".lit").forEach((one) => one.classList.remove("lit"));
    shown = node;
    card.hidden = !node;
    card.replaceChildren();
    if (!node) return;
    const [seen, i] = seenAt.get(node), rows = seen.rows(i), place = seen.block.places[i];
    light(seen, i);
    const times = place.kind === COPIES ? 1 : seen.chosen(i).length;
    html("h2", seen.title(i) + (times > 1 ? `, ${times} of them` : ""), card);
    if (extra) html("p", extra, card);
    if (!rows.length) { html("p", "not there", card); return void beside(node); }
    const table = html("table", "", card);
    line(table, "layers", names(rows));
    if (rows.length === 1 && calls.given) line(table, word("kind", rows[0]), word("given", rows[0]));
    line(table, "shape", shapes(seen, i));
    const one = rows.length === 1 ? rows[0] : -1, formula = (key) => (one >= 0 && word(key, one) ? ` = ${word(key, one)}` : "");
    const params = sum(rows, "params"), macs = sum(rows, "macs"), size = sum(rows, "size");
    if (totals.known) {
      line(table, "parameters", count(params) + (params ? formula("pf") : ""), totals.params ? params / totals.params : null);
      const unknown = rows.some((row) => calls.macs[row] === null);
      line(table, "multiply-adds", unknown && !macs ? "not counted" : count(macs) + (macs ? formula("mf") : ""), totals.macs ? macs / totals.macs : null);
      line(table, "memory", size ? short(size, "B") : "0", totals.size ? size / totals.size : null);
      const field = word("field", rows[rows.length - 1]);
      if (field) line(table, "receptive field", field);
    }
    const notes = new Set(rows.map((row) => word("note", row)).filter(Boolean));
    if (seen.box && place.kind === BOX && seen.box(i).notes) {
      const own = seen.box(i).notes;
      for (const k of seen.chosen(i)) for (const note of own[own.length > 1 ? k : 0]) notes.add(note);
    }
    if (notes.size) html("p", [...notes].slice(0, 8).join("; "), card);
    if (rows.length > 1 && rows.length <= 8) {
      const each = html("table", "", card);
      each.className = "rows";
      for (const row of rows) {
        const cells = html("tr", "", each);
        const much = [calls.params[row] ? `${short(calls.params[row])} parameters` : "", calls.macs[row] ? `${short(calls.macs[row])} multiply-adds` : ""];
        for (const text of [word("name", row), word("shape", row), ...much]) html("td", text, cells);
      }
    }
    card.classList.toggle("held", byTouch);
    if (byTouch && seen.inside(i)) {
      const button = html("button", seen.children.has(i) ? "close" : "open", card);
      button.type = "button";
      button.addEventListener("click", () => toggle(seen, i));
    }
    beside(node);
  }
  function beside(node) {
    const box = node.getBoundingClientRect(), { offsetWidth: w, offsetHeight: h } = card, gap = 10;
    const x = Math.max(8, Math.min(box.left, innerWidth - w - 8)), y = Math.max(8, Math.min(box.top, innerHeight - h - 8));
    const places = [[x, box.bottom + gap], [x, box.top - gap - h], [box.right + gap, y], [box.left - gap - w, y]];
    const [left, top] = places.find(([l, t]) => l >= 0 && t >= 0 && l + w <= innerWidth && t + h <= innerHeight) || [x, Math.max(8, innerHeight - h - 8)];
    card.style.left = `${left}px`;
    card.style.top = `${top}px`;
  }
  /** A module's boxes and the panel that explains it are lit together. */
  function light(seen, i) {
    const place = seen.block.places[i];
    const module = place.kind === BOX ? seen.box(i).module : seen.block.module;
    if (module === undefined || module < 0) return;
    lightModule(module);
  }
  function lightModule(module) {
    for (const one of allSeen()) {
      one.groups.forEach((group, k) => {
        if (group && one.block.places[k].kind === BOX && one.box(k).module === module) group.classList.add("lit");
      });
      if (one.block.module === module) one.items.find(({ item }) => item.kind === "rect")?.node.classList.add("lit");
    }
  }

  // ---- colour by cost ------------------------------------------------------------------------------------
  const LIGHT = [235, 243, 251], DEEP = [8, 69, 140];
  function colour() {
    const key = $("colour").value;
    for (const seen of allSeen()) {
      if (seen.colour !== key) seen.groups.forEach((group, i) => group && paint(seen, i, group, key));
      seen.colour = key;
    }
  }
  function paint(seen, i, group, key) {
    group.querySelector(".pill")?.remove();
    const rectangle = [...group.children].filter((node) => node.localName === "rect").pop(), place = seen.block.places[i];
    const said = [...group.children].filter((node) => node.localName === "text" && isOn(place, node));
    const rows = seen.rows(i);
    if (key === "kind" || !rows.length) {
      for (const node of [rectangle, ...said]) node.style.fill = "";
      return;
    }
    const value = sum(rows, key), share = Math.sqrt(Math.min(1, value / (largest[key] ||= most(key))));
    const rgb = LIGHT.map((from, k) => Math.round(from + (DEEP[k] - from) * share));
    rectangle.style.fill = `rgb(${rgb})`;
    for (const node of said) node.style.fill = share > 0.55 ? "#fff" : "#000";
    if (!value) return;
    const pill = make("g", { class: "pill" }, group), text = short(value, key === "size" ? "B" : ""), width = 6.2 * text.length + 8;
    const x = (place.low[0] + place.high[0]) / 2, y = place.high[1] - 5;
    make("rect", { x: x - width / 2, y: y - 7, width, height: 14, rx: 7 }, pill);
    make("text", { x, y, dy: "0.35em", "font-size": 11 }, pill).textContent = text;
  }
  const largest = {};
  const isOn = ({ low, high }, node) => {
    const at = [+node.getAttribute("x"), +node.getAttribute("y")];
    return [0, 1].every((a) => at[a] > low[a] + 3 && at[a] < high[a] - 3);
  };
  /** What the costliest box of the closed lane has: the scale stays when something is opened. */
  function most(key) {
    const lane = sheet.children.get(0);
    return Math.max(1, ...lane.block.places.map((place, i) => (place.kind === BOX ? sum(lane.rows(i), key) : 0)));
  }

  // ---- search --------------------------------------------------------------------------------------------
  let texts = null, hits = [], current = -1;
  function find(query) {
    texts ||= calls.kind.map((_, row) => ["name", "kind", "shape", "given"].map((key) => (calls[key] ? word(key, row) : "")).join(" ").toLowerCase());
    if (!texts.named) {
      texts.named = true;
      for (const box of boxes) {
        (box.rows || []).forEach((rows, i) => {
          const row = rows.length ? [rows[at(box.anchor, i)]].flat()[0] : -1;
          if (row >= 0) texts[row] += ` ${box.text.toLowerCase()}`;
        });
      }
    }
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    hits = words.length ? texts.map((_, row) => row).filter((row) => words.every((one) => texts[row].includes(one))) : [];
    current = -1;
    $("hits").textContent = words.length ? `${count(hits.length)} found` : "";
    mark();
  }
  function mark() {
    const wanted = new Set(hits);
    for (const seen of allSeen()) seen.groups.forEach((group, i) => group?.classList.toggle("hit", wanted.size > 0 && seen.rows(i).some((row) => wanted.has(row))));
  }
  function goOn(by) {
    if (!hits.length) return;
    current = (current + by + hits.length) % hits.length;
    $("hits").textContent = `${current + 1} of ${count(hits.length)}`;
    const group = uncover(hits[current]);
    mark();
    if (group) { reveal(group); showCard(group); group.classList.add("lit"); }
  }
  /** Open what hides a layer, and return the box that it is in. */
  function uncover(row) {
    let seen = sheet.children.get(0), changed = false, group = null;
    for (let depth = 0; seen && depth < 200; depth += 1) {
      const places = seen.block.places;
      let i = places.findIndex((place, k) => place.kind !== COPIES && holds(seen, k, row));
      if (i < 0) break;
      for (let p = places[i].within; p >= 0; p = places[p].within) if (places[p].inside >= 0 && places[p].kind === COPIES) i = p;
      group = seen.groups[i];
      const place = places[i], stops = place.kind === CELL || (place.kind === BOX && place.inside < 0 && !seen.children.has(i));
      if (stops) break;
      if (!seen.children.has(i)) { if (!seen.open(i)) break; changed = true; }
      seen = seen.children.get(i);
    }
    if (changed) afterChange();
    return group;
  }
  function holds(seen, i, row) {
    if (seen.block.places[i].kind !== SLOT) return seen.rows(i).includes(row);
    const child = seen.children.get(i);
    return child.block.places.some((place, k) => place.kind !== SLOT && child.rows(k).includes(row));
  }

  // ---- step by step --------------------------------------------------------------------------------------
  let step = -1;
  function stops() {
    const lane = sheet.children.get(0).g;
    return [...lane.querySelectorAll(".place[aria-label]")].filter((node) => isVisible(node) && seenAt.get(node)[0].block.places[seenAt.get(node)[1]].kind !== COPIES);
  }
  const isVisible = (node) => node.getClientRects().length > 0;
  function setStep(number) {
    document.querySelectorAll(".now").forEach((node) => node.classList.remove("now"));
    const all = stops();
    step = number < 0 ? -1 : Math.min(number, all.length - 1);
    svg.classList.toggle("stepping", step >= 0);
    $("step").setAttribute("aria-pressed", step >= 0);
    if (step < 0) return void showCard(null);
    const node = all[step], [seen, i] = seenAt.get(node);
    node.classList.add("now");
    reveal(node);
    const rows = seen.rows(i);
    showCard(node, `Step ${step + 1} of ${all.length}${rows.length ? `: ${sentence(seen, i, rows)}` : ""}`);
  }
  function sentence(seen, i, rows) {
    const out = word("shape", rows[rows.length - 1]), read = sources(rows[0]).map((row) => word("shape", row));
    if (!read.length) return `${out} comes in.`;
    const all = read.length > 1 ? `${read.length} maps are joined: ${[...new Set(read)].join(" and ")}` : read[0];
    return read.length === 1 && read[0] === out ? `the shape stays ${out}.` : `${all} → ${out}.`;
  }

  // ---- the state in the address --------------------------------------------------------------------------
  function remember() {
    const open = [...allSeen()].filter((seen) => seen.parent && seen.closer).map((seen) => seen.path);
    const by = $("colour").value, said = [open.length ? `open=${open.join(",")}` : "", by === "kind" ? "" : `colour=${by}`].filter(Boolean).join("&");
    try { history.replaceState(null, "", said ? `#${said}` : "#"); } catch { /* a notebook's frame has no address */ }
  }
  function recall() {
    for (const part of location.hash.slice(1, 20000).split("&")) {
      const [, key, value] = part.match(/^(open|colour)=([a-z0-9.,]+)$/) || [];
      if (key === "colour" && ["params", "macs", "size"].includes(value)) $("colour").value = value;
      if (key !== "open") continue;
      for (const path of value.split(",").slice(0, 2000)) {
        if (!/^\d{1,6}(\.\d{1,6}){1,100}$/.test(path)) continue;
        let seen = sheet;
        for (const i of path.split(".").map(Number)) seen = seen && (seen === sheet ? seen.children.get(i) : seen.block.places[i] && seen.open(i));
      }
    }
  }

  // ---- to take along -------------------------------------------------------------------------------------
  function asSvg() {
    const copy = svg.cloneNode(true), [width, height] = sheet.size;
    copy.querySelectorAll(".close").forEach((node) => node.remove());
    copy.querySelectorAll("*").forEach((node) => {
      if (node.style.display === "none") node.remove();
      if (node.classList.contains("frame")) node.setAttribute("stroke", "#777777");
      if (node.parentNode?.classList.contains("pill") && node.localName === "rect") { node.setAttribute("fill", "#ffffff"); node.setAttribute("stroke", "#777777"); }
    });
    copy.querySelectorAll("*").forEach((node) => ["class", "tabindex", "role", "aria-expanded", "aria-label"].forEach((name) => node.removeAttribute(name)));
    for (const [key, value] of Object.entries({ width: round(width), height: round(height), viewBox: `0 0 ${round(width)} ${round(height)}` })) copy.setAttribute(key, value);
    const ground = copy.querySelector(":scope > rect");
    if (ground) { ground.setAttribute("width", width); ground.setAttribute("height", height); }
    make("title").textContent = data.title;
    const title = make("title");
    title.textContent = data.title;
    copy.prepend(title);
    return new XMLSerializer().serializeToString(copy);
  }
  const file = (data.title.replace(/[^\w-]+/g, "_") || "network").slice(0, 60);
  function download(address, name) {
    const link = html("a");
    link.href = address;
    link.download = name;
    link.click();
  }
  function saveSvg() {
    const address = URL.createObjectURL(new Blob([asSvg()], { type: "image/svg+xml" }));
    download(address, `${file}.svg`);
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
  async function savePng() {
    const image = new Image(), [width, height] = sheet.size, scale = Math.min(2, Math.sqrt(6e7 / (width * height)));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(asSvg())}`;
    await image.decode();
    const canvas = html("canvas");
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    download(canvas.toDataURL("image/png"), `${file}.png`);
  }

  // ---- what people do ------------------------------------------------------------------------------------
  const touched = (event) => event.target.closest?.(".place[aria-label], .close");
  const pointers = new Map();
  let dragged = false, lastType = "mouse";
  view.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (pointers.size === 1) dragged = false;
    lastType = event.pointerType;
  });
  view.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY], [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    if (!dragged) { dragged = true; view.classList.add("moving"); view.setPointerCapture(event.pointerId); showCard(null); }
    if (pointers.size === 1) pan(dx, dy);
    else {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1, box = view.getBoundingClientRect();
      zoom(distance(now) / distance(before), (now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top);
    }
    pointers.set(event.pointerId, now);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    view.addEventListener(name, (event) => { pointers.delete(event.pointerId); view.classList.remove("moving"); });
  }
  view.addEventListener("click", (event) => {
    if (dragged) return;
    const node = touched(event);
    if (!node) return void showCard(null);
    const [seen, i] = seenAt.get(node);
    if (lastType === "touch" && shown !== node && !node.classList.contains("close")) return void showCard(node, "", true);
    toggle(seen, i);
  });
  view.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || step >= 0 || pointers.size) return;
    const node = touched(event);
    if (node) return void (node !== shown && showCard(node));
    showCard(null);
    const ground = event.target.localName === "rect" && [...sheet.children.values()].find((part) => part.block.module >= 0 && part.items.some((one) => one.node === event.target));
    if (ground) lightModule(ground.block.module);
  });
  view.addEventListener("pointerleave", () => step < 0 && showCard(null));
  view.addEventListener("wheel", (event) => {
    if (window !== window.top && !event.ctrlKey) return;
    event.preventDefault();
    const box = view.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
    if (step < 0) showCard(null);
  }, { passive: false });
  view.addEventListener("focusin", (event) => {
    const node = touched(event);
    if (!node || !node.matches(":focus-visible")) return;
    view.scrollTo(0, 0);
    reveal(node);
    if (step < 0) showCard(node);
  });
  view.addEventListener("scroll", () => view.scrollTo(0, 0));

  const KEYS = {
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "−": () => zoom(0.8), 0: () => fit(),
    "/": () => $("search").focus(), s: () => setStep(step < 0 ? 0 : -1), "?": help,
  };
  function help() {
    $("keys").hidden = !$("keys").hidden;
    $("help").setAttribute("aria-expanded", !$("keys").hidden);
    look();
  }
  function walk(node, key) {
    const all = [...svg.querySelectorAll(".place[aria-label], .close")].filter(isVisible), at = all.indexOf(node);
    const [next, before] = data.vertical ? ["ArrowDown", "ArrowUp"] : ["ArrowRight", "ArrowLeft"];
    const frame = node?.closest(".block");
    if (key === next) return all[at + 1];
    if (key === before) return all[Math.max(0, at - 1)];
    if (key === (data.vertical ? "ArrowRight" : "ArrowDown")) return node?.classList.contains("close") ? all.find((one) => one !== node && frame.contains(one)) : all[at + 1];
    for (let block = node?.classList.contains("close") ? frame.parentNode.closest(".block") : frame; block; block = block.parentNode.closest(".block")) {
      const sign = [...block.children].find((one) => one.classList.contains("close"));
      if (sign) return sign;
    }
    return all[0];
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, details, #tools button")) {
      if (event.key === "Escape") { showCard(null); setStep(-1); view.focus(); }
      return;
    }
    const node = touched(event), arrow = event.key.startsWith("Arrow");
    if (step >= 0 && (arrow || ["PageDown", "PageUp"].includes(event.key))) setStep(Math.max(0, step + (/Right|Down/.test(event.key) ? 1 : -1)));
    else if (arrow) walk(node, event.key)?.focus();
    else if (node && ["Enter", " "].includes(event.key)) toggle(...seenAt.get(node));
    else if (event.key === "Escape") escape(node);
    else if (KEYS[event.key]) KEYS[event.key]();
    else return;
    event.preventDefault();
  });
  function escape(node) {
    if (step >= 0) return setStep(-1);
    if (!card.hidden) return showCard(null);
    for (let [seen, i] = node ? seenAt.get(node) : []; seen; [seen, i] = [seen.parent, seen.place]) {
      if (seen.children.get(i)?.closer) return toggle(seen, i);
    }
    return undefined;
  }
  const on = (id, act) => $(id).addEventListener("click", act);
  on("in", () => zoom(1.25));
  on("out", () => zoom(0.8));
  on("fit", () => fit());
  on("svg", saveSvg);
  on("png", savePng);
  on("help", help);
  on("step", () => setStep(step < 0 ? 0 : -1));
  on("none", () => {
    for (const part of sheet.children.values()) for (const i of [...part.children.keys()]) part.close(i);
    afterChange();
    fit(least());
  });
  on("all", () => {
    const lane = sheet.children.get(0);
    let room = 1500;
    for (const seen of [lane, ...allSeen(lane)]) {
      if (seen.isDone) continue;
      seen.block.places.forEach((place, i) => {
        if (room > 0 && place.kind !== SLOT && !seen.hidden(i) && !seen.children.has(i) && seen.open(i)) { room -= 1; seen.children.get(i).isDone = true; }
      });
    }
    for (const seen of allSeen()) delete seen.isDone;
    afterChange();
    fit(least());
  });
  $("colour").addEventListener("change", () => { colour(); remember(); });
  $("search").addEventListener("input", (event) => find(event.target.value));
  $("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); goOn(event.shiftKey ? -1 : 1); }
  });
  const least = () => Math.min(0.6, view.clientHeight / sheet.size[1]);
  new ResizeObserver(look).observe(view);
  addEventListener("beforeprint", () => svg.setAttribute("viewBox", `0 0 ${sheet.size.join(" ")}`));
  addEventListener("afterprint", look);
  addEventListener("hashchange", () => { recall(); afterChange(); });

  build();
  relayout();
  recall();
  relayout();
  colour();
  const facts = totals.known
    ? [`${count(totals.params)} parameters`, `${short(totals.macs)} multiply-adds`, `${short(totals.size, "B")} of activations`, `${totals.depth} weighted layers deep`]
    : [totals.why];
  $("facts").textContent = facts.join(" · ");
  fit(innerWidth < 700 ? least() : 0);
  ready = true;
  document.body.dataset.ready = "yes";
})();
