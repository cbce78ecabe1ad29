// Keys, the theme's button and what to say when the server does not answer. Every form works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const order = ["", "light", "dark"];
  const words = { "": "As system", light: "Light", dark: "Dark" };

  function showTheme() {
    const now = root.dataset.theme || "";
    all("[data-theme-word]").forEach((place) => { place.textContent = `Theme: ${words[now].toLowerCase()}`; });
    all("[data-theme-turn]").forEach((button) => { button.setAttribute("aria-label", `Theme: ${words[now].toLowerCase()}. Press to change`); });
  }

  function turnTheme() {
    const next = order[(order.indexOf(root.dataset.theme || "") + 1) % order.length];
    if (next) { root.dataset.theme = next; localStorage.setItem("theme", next); }
    else { delete root.dataset.theme; localStorage.removeItem("theme"); }
    showTheme();
  }

  const rows = () => all("[data-row], table.list tbody tr").filter((row) => row.offsetParent !== null);
  const rowOf = (element) => element?.closest("[data-row], table.list tbody tr");
  let lastRow = 0;

  function step(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(rowOf(document.activeElement));
    const next = list[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by, 0), list.length - 1)];
    const target = next.matches("[data-row]") ? next : next.querySelector("a") || next;
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const firstAnswer = (row) => row.querySelector(".choices input:not([type=hidden]), .choices button, .answer button")
    || row.querySelector("a[href]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const active = document.activeElement;
    const typing = active?.matches("input, select, textarea");
    if (event.key === "Escape" && rowOf(active)?.matches("[data-row]")) { rowOf(active).focus(); return; }
    if (typing || document.querySelector("dialog[open]")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "Enter" && active?.matches("[data-row]")) { firstAnswer(active)?.focus(); event.preventDefault(); }
    else if (event.key === "/" && document.getElementById("q")) { document.getElementById("q").focus(); event.preventDefault(); }
    else if (event.key === "?") document.getElementById("keys")?.showModal();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-turn]")) turnTheme();
    if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
    if (event.target.closest("[data-reload]")) location.reload();
  });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.submit(); });

  const failed = document.getElementById("failed");
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.addEventListener(name, (event) => {
    if (!failed) return;
    if (event.detail.xhr?.status === 401 || event.detail.xhr?.status === 403) location.reload();
    failed.hidden = false;
    failed.scrollIntoView({ block: "nearest" });
  }));
  document.addEventListener("htmx:beforeRequest", (event) => {
    lastRow = rows().indexOf(rowOf(event.detail.elt));
    if (failed) failed.hidden = true;
  });
  // A swapped row keeps the place of the person who answered it.
  document.addEventListener("htmx:afterSettle", (event) => {
    const row = event.detail.elt?.closest?.("[data-row]") || (event.detail.target?.id && document.getElementById(event.detail.target.id));
    if (row?.matches?.("[data-row]") && !row.contains(document.activeElement) && lastRow >= 0) {
      (row.querySelector("[aria-invalid]") || row).focus();
    }
  });
  showTheme();
})();
