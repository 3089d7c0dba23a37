// What the theme makes while a page is shown, for people who use a keyboard or a screen reader.
(() => {
  const SCROLLS = ".md-typeset pre, .md-typeset pre > code, .md-typeset .output, .md-typeset p, " +
    ".md-typeset__scrollwrap, .md-typeset__table, .md-sidebar__scrollwrap";

  // What scrolls can be reached with the tabulator key, as long as it does.
  const reach = (element) => {
    const longer = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    if (longer && scrolls) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  };

  // Buttons at a block of code are no landmark of the page, and each list of pages has a name of its own.
  const name = () => {
    document.querySelectorAll(".md-code__nav:not([role])").forEach((buttons) => buttons.setAttribute("role", "none"));
    document.querySelectorAll("nav[aria-labelledby^='__nav_']").forEach((list) => {
      const label = document.getElementById(list.getAttribute("aria-labelledby"));
      if (!label) return;
      list.setAttribute("aria-label", `Pages of ${label.textContent.trim()}`);
      list.removeAttribute("aria-labelledby");
    });
    const trees = [...document.body.children].map((element) => element.shadowRoot);
    trees.filter((tree) => tree && !seen.has(tree)).forEach(search);
  };

  // The search has a tree of its own. A result is called by all of its text, and where it is from is not too pale.
  const seen = new Set();
  const search = (tree) => seen.add(tree) && watch(tree, () => {
    tree.querySelectorAll("[role=option][aria-labelledby]").forEach((result) => {
      result.removeAttribute("aria-labelledby");
      result.querySelectorAll("menu").forEach((path) => Object.assign(path.style, { color: "inherit", opacity: 1 }));
    });
  });

  const watch = (root, change) => {
    change();
    new MutationObserver(change).observe(root, { childList: true, subtree: true });
  };

  const start = () => {
    const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
    document.querySelectorAll(SCROLLS).forEach((element) => sizes.observe(element));
    watch(document.body, name);
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
