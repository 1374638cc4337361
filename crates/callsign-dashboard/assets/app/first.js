// The theme, before anything is painted: what was chosen here, or else what the system says. Not a module, since modules come late.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("callsign.theme");
    } catch {
      // Storage may be forbidden; then the system decides.
    }
    const isChosen = chosen === "light" || chosen === "dark";
    document.documentElement.dataset.theme = isChosen ? chosen : system.matches ? "dark" : "light";
    dispatchEvent(new Event("callsign-theme"));
  };
  system.addEventListener("change", paint);
  addEventListener("storage", paint);
  addEventListener("callsign-theme-chosen", paint);
  paint();
})();
