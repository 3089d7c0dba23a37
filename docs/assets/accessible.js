// What the theme makes while a page is shown, for people who use a keyboard or a screen reader.
(() => {
  const SCROLLS = ".md-typeset pre > code, .md-typeset pre, .md-typeset .output, .md-typeset__scrollwrap, " +
    ".md-typeset__table, .md-typeset p, .md-sidebar__scrollwrap";

  // What scrolls can be reached with the tabulator key, as long as it does.
  const reach = (element) => {
    const scrolls = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
    const shown = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    if (scrolls && shown) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));

  // Buttons at a block of code are no landmark of the page, and each list of links has a name of its own.
  const name = () => {
    document.querySelectorAll(".md-code__nav:not([role])").forEach((buttons) => buttons.setAttribute("role", "none"));
    document.querySelectorAll("nav[aria-labelledby^='__nav_']").forEach((list) => {
      const label = document.getElementById(list.getAttribute("aria-labelledby"));
      if (!label) return;
      list.setAttribute("aria-label", `Pages of ${label.textContent.trim()}`);
      list.removeAttribute("aria-labelledby");
    });
  };

  const start = () => {
    document.querySelectorAll(SCROLLS).forEach((element) => sizes.observe(element));
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
