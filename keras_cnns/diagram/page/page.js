  // The last part of one script: picture.js is the first, maps.js the second.

  // ---- words and numbers ---------------------------------------------------------------------------------
  const word = (key, row) => (key === "name" ? calls.name[row] : calls.words[calls[key][row]]);
  const sum = (rows, key) => rows.reduce((all, row) => all + (calls[key][row] || 0), 0);
  const format = new Intl.NumberFormat("en-US"), count = (n) => format.format(n);
  function short(n, unit = "") {
    for (const [letter, factor] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
      if (n >= 0.9995 * factor) return `${n / factor < 999 ? (n / factor).toPrecision(3) : count(Math.round(n / factor))} ${letter}${unit}`;
    }
    return `${n} ${unit}`.trim();
  }
  const percent = (share) => (share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);

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
    showShapes();
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
  let unseen = null; // how small it may be, while it has no room at all, as in a frame that is closed
  function look() {
    const { clientWidth: w, clientHeight: h } = view;
    if (!w || !h) return;
    svg.setAttribute("viewBox", `${round(camera.x)} ${round(camera.y)} ${round(w / camera.scale)} ${round(h / camera.scale)}`);
    cull(w, h);
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
    unseen = w && h ? null : least;
    if (unseen !== null) return;
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
    bars.get(node)?.forEach((bar) => bar.classList.add("lit"));
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
  let byItself = "kind";
  function remember() {
    const open = [...allSeen()].filter((seen) => seen.parent && seen.closer).map((seen) => seen.path);
    const by = $("colour").value, said = [open.length ? `open=${open.join(",")}` : "", by === byItself ? "" : `colour=${by}`].filter(Boolean).join("&");
    try { history.replaceState(null, "", said ? `#${said}` : "#"); } catch { /* a notebook's frame has no address */ }
  }
  function recall() {
    for (const part of location.hash.slice(1, 20000).split("&")) {
      const [, key, value] = part.match(/^(open|colour)=([a-z0-9.,]+)$/) || [];
      if (key === "colour" && ["kind", "params", "macs", "size"].includes(value)) $("colour").value = value;
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

  function toggleShapes() {
    ribbon.hidden = !ribbon.hidden;
    $("shapes").setAttribute("aria-pressed", !ribbon.hidden);
    showShapes();
  }
  const KEYS = {
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "−": () => zoom(0.8), 0: fitOr, m: toggleShapes,
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
  on("fit", fitOr);
  on("shapes", toggleShapes);
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
  $("colour").addEventListener("change", () => { colour(); drawRibbon(); remember(); });
  $("search").addEventListener("input", (event) => find(event.target.value));
  $("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); goOn(event.shiftKey ? -1 : 1); }
  });
  const filling = () => Math.max(view.clientWidth / sheet.size[0], view.clientHeight / sheet.size[1]);
  const least = () => Math.min(0.6, filling());
  /** Show all; the second time in a row, as large as the other side of the screen allows. */
  let fitted = "";
  function fitOr() {
    const box = () => svg.getAttribute("viewBox"), again = box() === fitted;
    fit(again ? Math.min(1.5, filling()) : 0);
    fitted = again ? "" : box();
  }
  new ResizeObserver(() => { if (unseen === null) look(); else fit(unseen); drawRibbon(); }).observe(view);
  addEventListener("beforeprint", () => svg.setAttribute("viewBox", `0 0 ${sheet.size.join(" ")}`));
  addEventListener("afterprint", look);
  addEventListener("hashchange", () => { recall(); afterChange(); });

  build();
  for (const one of $("colour").options) one.selected = one.text === data.colour;
  byItself = $("colour").value;
  relayout();
  recall();
  relayout();
  colour();
  const facts = totals.known
    ? [`${count(totals.params)} parameters`, `${short(totals.macs)} multiply-adds`, `${short(totals.size, "B")} memory`, `depth ${totals.depth}`]
    : [totals.why];
  $("facts").textContent = facts.join(" · ");
  fit(Math.min(innerWidth < 700 ? 0.6 : 0.4, least()));
  ready = true;
  document.documentElement.className = "";
  document.body.dataset.ready = "yes";
})().finally(() => { document.documentElement.className = ""; });
