// Runs before the page is drawn, so that it does not flash in the other theme. Without a choice the system's holds.
(() => {
  const kept = localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  document.documentElement.classList.add("scripted");
})();
