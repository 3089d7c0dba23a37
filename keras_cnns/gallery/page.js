// Sorts and filters the networks, sets two of them side by side, and marks what scrolls. Without it all
// networks are there, in the order of the course. Nothing is stored, asked for or sent.
(async () => {
  const at = (id) => document.getElementById(id);
  const form = at("choice"), ten = at("ten"), rest = at("rest"), compare = at("compare");
  const articles = [...document.querySelectorAll("article")];
  const first = articles.filter((each) => ten.contains(each));
  const limits = [...form.querySelectorAll("input[data-of]")];
  const named = new Map(articles.map((each) => [each.id, each]));
  const title = (article) => article.querySelector("h3").firstChild.textContent.trim();
  // What is not known is neither within a limit nor before what is known.
  const figure = (article, key) => (article.dataset[key] === "" ? NaN : Number(article.dataset[key]));

  const within = (article) => limits.every((input) => {
    if (input.value === "" || !input.validity.valid) return true;
    const limit = Number(input.value) * Number(input.dataset.times || 1);
    const value = figure(article, input.dataset.of);
    return input.dataset.is === "to" ? value <= limit : value >= limit;
  });

  function order() {
    const key = at("sort").value.replace("-", ""), sign = at("sort").value.startsWith("-") ? -1 : 1;
    if (!key) {
      ten.append(...first);
      rest.append(...articles.filter((each) => !first.includes(each)));
    } else {
      const value = (article) => {
        const known = figure(article, key);
        return Number.isNaN(known) ? Infinity : sign * known;
      };
      ten.append(...[...articles].sort((one, other) => value(one) - value(other) || 0));
    }
    rest.closest("section").hidden = !rest.querySelector("article:not([hidden])");
  }

  function choose() {
    let count = 0;
    for (const article of articles) {
      article.hidden = !within(article);
      count += !article.hidden;
    }
    for (const link of document.querySelectorAll(".chart a, tbody a")) {
      const article = named.get(link.getAttribute("href").slice(1));
      if (!article) continue;
      link.classList.toggle("dim", article.hidden);
      if (link.closest("tr") && !compare.contains(link)) link.closest("tr").hidden = article.hidden;
    }
    order();
    at("count").textContent = `${count} of ${articles.length} networks`;
    mark();
  }

  const sideBySide = comparison(title, figure, () => mark());
  const chosen = () => sideBySide.show([at("one"), at("two")].map((select) => named.get(select.value)));

  function mark() {
    for (const each of document.querySelectorAll(".scroll")) {
      const more = each.scrollWidth - each.clientWidth;
      each.classList.toggle("scrolls", more > 1);
      each.classList.toggle("more", more - each.scrollLeft > 1);
    }
  }

  // An address such as #resnet50 or #compare=resnet50,resnext50; anything else is left alone.
  function go() {
    const pair = /^#compare=(\w+),(\w+)$/.exec(location.hash);
    if (pair && named.has(pair[1]) && named.has(pair[2])) {
      [at("one").value, at("two").value] = pair.slice(1);
      chosen();
      compare.scrollIntoView();
      return;
    }
    const article = named.get(location.hash.slice(1));
    if (!article) return;
    if (article.hidden) {
      form.reset();
      choose();
    }
    article.scrollIntoView();
  }

  // The pictures for a phone, and what differs between networks, come compressed.
  async function unpack() {
    const packed = at("data").content.textContent.trim();
    if (!packed) return;
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const data = JSON.parse(await new Response(stream).text());
    for (const [name, svg] of Object.entries(data.narrow)) {
      const wide = named.get(name).querySelector(".picture svg.wide");
      wide.insertAdjacentHTML("afterend", svg);
      wide.closest(".scroll").classList.add("has-narrow");
    }
    sideBySide.know(data);
  }

  // The page on which a picture opens takes the picture's place, and is loaded only then.
  function explore(button) {
    const figure = button.closest("figure"), open = figure.classList.toggle("exploring");
    button.setAttribute("aria-expanded", open);
    button.firstChild.textContent = open ? "Close" : "Explore";
    if (open) {
      const frame = document.createElement("iframe");
      frame.src = figure.querySelector(".explore a").getAttribute("href");
      frame.title = `${title(figure.closest("article"))}, to explore`;
      figure.querySelector(".explore").after(frame);
    } else {
      figure.querySelector("iframe").remove();
      mark();
    }
  }

  for (const button of document.querySelectorAll(".explore button")) {
    button.hidden = false;
    button.addEventListener("click", () => explore(button));
  }
  for (const each of document.querySelectorAll(".see")) each.hidden = false;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.id !== "one" && event.target.id !== "two") return choose();
    chosen();
    if (!compare.hidden) history.replaceState(null, "", `#compare=${at("one").value},${at("two").value}`);
  });
  form.addEventListener("reset", () => setTimeout(() => { choose(); chosen(); }));
  addEventListener("hashchange", go);
  addEventListener("resize", () => { sideBySide.size(); mark(); });
  document.addEventListener("change", mark);
  document.addEventListener("toggle", mark, true);
  document.querySelectorAll(".scroll").forEach((each) => each.addEventListener("scroll", mark, { passive: true }));
  choose();
  await unpack();
  document.body.dataset.ready = "yes";
  mark();
  go();
})();
