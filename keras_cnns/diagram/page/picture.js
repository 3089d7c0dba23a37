"use strict";
(async () => {
  // Python has laid out the picture and the inside of each thing that can be opened. All that happens here is
  // that blocks are stretched: docs/design.md says how. Sizes of maps are in maps.js, what people do with it in page.js.
  const $ = (id) => document.getElementById(id);
  const stream = new Blob([bytes($("data").textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = JSON.parse(await new Response(stream).text());
  const view = $("view"), svg = view.querySelector("svg"), NS = svg.namespaceURI;
  const A = data.vertical ? 1 : 0, X = 1 - A; // along and across
  const BOX = 0, COPIES = 1, SLOT = 2, CELL = 3, NEAR = 0.1;
  const { calls, boxes, modules, totals } = data;
  // A name is a word and a number, which most often is one more than when the word came before; or it begins like
  // the name before, with as many letters as the first number is below zero.
  const last = {};
  let before = "";
  calls.name = calls.name.map((name) => {
    const [word, number] = [name].flat();
    if (typeof word === "string") return (before = word);
    if (word < 0) return (before = [...before].slice(0, -word).join("") + calls.words[number]);
    last[word] = number ?? (last[word] || 0) + 1;
    return (before = calls.words[word] + last[word]);
  });
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
    /** The calls that are here: of a model that is called several times, those of the one that was opened. */
    here(rows) { return this.context.only ? rows.filter((row) => this.context.only.has(row)) : rows; }
    rows(i) { return this.here(this.rowsOfAll(i)); }
    rowsOfAll(i) {
      const place = this.block.places[i], { cell } = this.context;
      if (place.kind === CELL) return cell.chosen.flatMap((k) => [boxes[cell.box].rows[k][cell.j]].flat());
      if (place.kind === BOX) return rowsOf(this.box(i), this.chosen(i));
      return this.block.inside[i].flatMap((k) => (this.block.places[k].kind === BOX ? this.rows(k) : []));
    }
    /** What is seen if it is opened: a block and its context; null if nothing can be. */
    inside(i) {
      const place = this.block.places[i], { cell } = this.context;
      const { only } = this.context;
      if (place.kind === SLOT && cell) return [place.inside, { ...WHOLE, only, cell: { ...cell, j: place.ref } }];
      if (place.kind === SLOT) {
        const n = this.block.places.length, { d, s } = this.context;
        return [place.inside, { d: d * n, s: s.map((k) => k * n + place.ref), only }];
      }
      if (place.kind === COPIES) return place.inside < 0 ? null : [place.inside, this.context];
      if (place.kind === CELL || place.inside === -1) return null;
      const box = this.box(i), chosen = this.chosen(i);
      if (place.inside >= 0) return [place.inside, { ...inModule(box, chosen), only: box.rows ? new Set(this.rows(i)) : only }];
      const number = at(box.layers, chosen.find((k) => at(box.layers, k) >= 0));
      if (number === undefined || number < 0) return null;
      const alike = chosen.filter((k) => at(box.layers, k) === number);
      return [number, { ...WHOLE, only, cell: { box: place.ref, chosen: alike, j: 0 } }];
    }

    /** Write what is particular to these copies, and what a screen reader says. */
    say(i, group) {
      const place = this.block.places[i], box = this.box(i), chosen = this.chosen(i), rows = this.rows(i);
      const anchor = (k) => (place.kind === CELL ? box.rows[k][this.context.cell.j] : box.rows?.[k][at(box.anchor, k)]);
      const ends = place.kind === CELL || box.rows ? this.here(chosen.map(anchor).flat().filter((k) => k !== undefined)) : rows.slice(-1);
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
