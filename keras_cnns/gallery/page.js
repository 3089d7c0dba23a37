"use strict";
// Sorts and filters the networks, sets two of them side by side, and marks what scrolls. Without it all
// networks are there, in the order of the course. Nothing is stored, asked for or sent.
(() => {
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

  function row(head, cells) {
    const line = document.createElement("tr");
    [head, ...cells].forEach((text, i) => {
      const cell = document.createElement(i ? "td" : "th");
      if (!i) cell.scope = "row";
      cell.textContent = text;
      line.append(cell);
    });
    return line;
  }

  function sideBySide() {
    const both = [at("one"), at("two")].map((select) => named.get(select.value));
    compare.hidden = !(both[0] && both[1]);
    if (compare.hidden) return;
    at("compare-title").textContent = both.map(title).join(" and ");
    const heads = document.createElement("tr");
    ["", ...both.map(title), "ratio"].forEach((text) => {
      const cell = document.createElement(text ? "th" : "td");
      if (text) cell.scope = "col";
      cell.textContent = text;
      heads.append(cell);
    });
    compare.querySelector("thead").replaceChildren(heads);
    const facts = both.map((each) => new Map(
      [...each.querySelectorAll(".facts div")].map((pair) => [pair.children[0].textContent, pair.children[1].textContent])));
    const keys = new Map([["Parameters", "parameters"], ["Multiply-adds", "macs"]]);
    const lines = [row("Year", [...both.map((each) => each.dataset.year), ""])];
    for (const key of new Set([...facts[0].keys(), ...facts[1].keys()])) {
      const cells = facts.map((each) => each.get(key) ?? "–");
      const ratio = keys.has(key) ? figure(both[1], keys.get(key)) / figure(both[0], keys.get(key)) : NaN;
      lines.push(row(key, [...cells, Number.isNaN(ratio) ? "" : `×${ratio.toPrecision(3)}`]));
    }
    for (const line of lines) {
      line.classList.toggle("differs", line.children[1].textContent !== line.children[2].textContent);
    }
    compare.querySelector("tbody").replaceChildren(...lines);
    // Where `compare` has looked at these two, the later one's picture is the one with its findings on it.
    const ids = both.map((each) => each.id);
    const change = [ids, [...ids].reverse()]
      .map((pair) => document.querySelector(`[data-pair="${pair.join(" ")}"]`)).find((found) => found);
    const marked = change && change.dataset.pair.split(" ")[1];
    at("compared").replaceChildren(...both.map((each) => {
      if (each.id === marked) {
        const figure = change.querySelector("figure").cloneNode(true);
        figure.querySelector(".scroll").addEventListener("scroll", mark);
        return figure;
      }
      const figure = document.createElement("figure"), caption = document.createElement("figcaption");
      const link = document.createElement("a"), scroll = each.querySelector(".picture .scroll").cloneNode(true);
      figure.className = "picture";
      link.href = `#${each.id}`;
      link.textContent = title(each);
      caption.append(link);
      figure.append(caption, scroll);
      scroll.addEventListener("scroll", mark);
      return figure;
    }));
    mark();
  }

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
      sideBySide();
      compare.scrollIntoView();
      return;
    }
    const article = named.get(location.hash.slice(1));
    if (article && article.hidden) {
      form.reset();
      choose();
      article.scrollIntoView();
    }
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
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.id !== "one" && event.target.id !== "two") return choose();
    sideBySide();
    if (!compare.hidden) history.replaceState(null, "", `#compare=${at("one").value},${at("two").value}`);
  });
  form.addEventListener("reset", () => setTimeout(() => { choose(); sideBySide(); }));
  addEventListener("hashchange", go);
  addEventListener("resize", mark);
  document.addEventListener("change", mark);
  document.addEventListener("toggle", mark, true);
  document.querySelectorAll(".scroll").forEach((each) => each.addEventListener("scroll", mark, { passive: true }));
  choose();
  go();
})();
