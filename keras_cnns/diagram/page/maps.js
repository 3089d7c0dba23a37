  // The second part of one script: how large the maps are, what boxes cost, and what is left out where nobody sees it.

  // ---- words are laid out only near the screen -----------------------------------------------------------
  const CROWD = 200, TINY = 0.12;
  /** Most of the time of a picture with thousands of boxes goes into laying out words that nobody sees. */
  function cull(w, h) {
    svg.classList.toggle("far", camera.scale < TINY);
    const start = [camera.x, camera.y], room = [w / camera.scale, h / camera.scale];
    for (const seen of allSeen()) {
      if (seen.groups.length < CROWD || !seen.origin) continue;
      seen.groups.forEach((group, i) => {
        if (!group) return;
        const { low, high } = seen.block.places[i];
        const isOff = (a) => {
          const from = seen.origin[a] + seen.at(a, low[a]) - start[a];
          return from > 2 * room[a] || from + high[a] - low[a] < -room[a];
        };
        const off = isOff(0) || isOff(1);
        if (group.classList.contains("off") !== off) group.classList.toggle("off", off);
      });
    }
  }

  // ---- the ribbon: a bar for each map, as high as it is wide, as thick as it has channels -----------------
  const ribbon = $("ribbon");
  const HIGH = 40, WORDS = 13;
  let bars = new Map();
  /** What comes out of a place: a call for each copy that it stands for. */
  function ends(seen, i) {
    if (seen.context.cell) return seen.rows(i);
    const box = seen.box(i);
    const of = (k) => (box.rows ? [box.rows[k][at(box.anchor, k)] ?? []].flat() : rowsOf(box, [k]));
    return seen.chosen(i).flatMap((k) => seen.here(of(k)).slice(-1));
  }
  const shapesOf = (seen, i) => [...new Set(ends(seen, i).map((row) => word("shape", row)))];
  function leaves(seen) {
    return seen.groups.flatMap((group, i) => {
      const child = seen.children.get(i), { kind, within } = seen.block.places[i];
      if (seen.hidden(within)) return [];
      if (child) return leaves(child);
      if (!group || kind === COPIES) return [];
      return ends(seen, i).map((row) => ({ group, row, shape: word("shape", row) }));
    });
  }
  function drawRibbon() {
    ribbon.replaceChildren();
    bars = new Map();
    if (ribbon.hidden || !ribbon.clientWidth) return;
    const all = leaves(sheet.children.get(0)).sort((one, other) => one.row - other.row)
      .map((one) => ({ ...one, sides: one.shape.split("×").map(Number) })).filter(({ sides }) => sides.every((n) => n > 0));
    const width = ribbon.clientWidth - 24, slot = Math.min(130, width / all.length);
    const side = ({ sides }) => (sides.length < 2 ? 1 : sides[0]), log = (n) => Math.log2(1 + n);
    const most = [side, ({ sides }) => sides[sides.length - 1]].map((of) => Math.max(1, ...all.map(of)));
    const said = `sizes of the maps: ${all[0]?.shape} … ${all[all.length - 1]?.shape}`;
    const picture = make("svg", { width, height: HIGH + WORDS, role: "img", "aria-label": said }, ribbon);
    let before = "", free = 0;
    all.forEach(({ group, shape, sides }, k) => {
      const high = Math.max(2, HIGH * log(side({ sides })) / log(most[0]));
      const thick = Math.max(1, 0.9 * slot * Math.sqrt(sides[sides.length - 1] / most[1])), middle = (k + 0.5) * slot;
      const bar = [...group.children].filter((node) => node.localName === "rect").pop().cloneNode();
      const said = { x: middle - thick / 2, y: HIGH - high, width: thick, height: high };
      for (const key in said) bar.setAttribute(key, said[key]);
      picture.append(bar);
      bars.set(group, [...(bars.get(group) || []), bar]);
      bar.addEventListener("click", () => { reveal(group); showCard(group); });
      const half = 2.8 * shape.length, x = Math.min(Math.max(middle, half), width - half);
      if (shape === before || x - half < free) return;
      make("text", { x, y: HIGH + WORDS - 2 }, picture).textContent = shape;
      [before, free] = [shape, x + half + 6];
    });
  }

  // ---- shapes on the boxes -------------------------------------------------------------------------------
  function showShapes() {
    const on = !ribbon.hidden;
    for (const seen of allSeen()) {
      if (seen.shaped === on) continue;
      seen.shaped = on;
      seen.groups.forEach((group, i) => {
        group?.querySelector(":scope > .shape")?.remove();
        const { kind, low, high } = seen.block.places[i];
        if (!on || !group || kind === COPIES || group.querySelector(".s1")) return;
        const [first, more] = shapesOf(seen, i);
        if (!first) return;
        const one = pill(group, more ? `${first} …` : first, (low[0] + high[0]) / 2, low[1] - 5, 9.5), badge = group.querySelector("circle");
        one.classList.add("shape");
        if (!badge) return;
        one.setAttribute("transform", `translate(${Math.min(0, (high[0] - low[0]) / 2 - 10 - one.firstChild.getAttribute("width") / 2)} 0)`);
        badge.before(one);
      });
    }
    drawRibbon();
  }
  function pill(group, text, x, y, size) {
    const g = make("g", { class: "pill" }, group), width = 0.56 * size * text.length + 8, high = size + 3;
    make("rect", { x: x - width / 2, y: y - high / 2, width, height: high, rx: high / 2 }, g);
    make("text", { x, y, dy: "0.35em", "font-size": size }, g).textContent = text;
    return g;
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
    group.querySelector(":scope > .pill:not(.shape)")?.remove();
    const rectangle = [...group.children].filter((node) => node.localName === "rect").pop(), place = seen.block.places[i];
    const said = [...group.children].filter((node) => node.localName === "text" && isOn(place, node));
    const rows = seen.rows(i);
    for (const node of said) node.removeAttribute("transform");
    if (key === "kind" || !rows.length) {
      for (const node of [rectangle, ...said]) node.style.fill = "";
      return;
    }
    const value = sum(rows, key), share = Math.sqrt(Math.min(1, value / (largest[key] ||= most(key))));
    const rgb = LIGHT.map((from, k) => Math.round(from + (DEEP[k] - from) * share));
    rectangle.style.fill = `rgb(${rgb})`;
    for (const node of said) node.style.fill = share > 0.55 ? "#fff" : "#000";
    if (!value) return;
    if (said.length === 1) said[0].setAttribute("transform", "translate(0 -5)"); // room for the number
    pill(group, short(value, key === "size" ? "B" : ""), (place.low[0] + place.high[0]) / 2, place.high[1] - 5, 11);
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

  // ---- what the data is written in -----------------------------------------------------------------------
  /** Five letters are four bytes. */
  function bytes(text) {
    const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=:?@^_`{|}~", value = {};
    [...letters].forEach((letter, i) => { value[letter.charCodeAt(0)] = i; });
    const short = (5 - (text.length % 5)) % 5, whole = text + "~".repeat(short), found = new DataView(new ArrayBuffer(whole.length * 0.8));
    for (let i = 0; i < whole.length; i += 5) {
      let number = 0;
      for (let k = i; k < i + 5; k += 1) number = number * 85 + value[whole.charCodeAt(k)];
      found.setUint32(i * 0.8, number);
    }
    return found.buffer.slice(0, found.byteLength - short);
  }
