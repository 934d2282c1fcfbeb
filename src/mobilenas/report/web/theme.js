// Colours of canvases: those of the style sheet, so that light, dark and print are decided in one place.

function styleOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Returns `count` colours along the ramp of the style sheet, from low to high. */
function rampOf(count) {
  const stops = styleOf("--ramp").split(/\s+/).map(channels);
  return Array.from({ length: count }, (_, number) => {
    const at = (number / Math.max(count - 1, 1)) * (stops.length - 1);
    const left = Math.min(Math.floor(at), stops.length - 2);
    const mixed = stops[left].map((value, part) => value + (stops[left + 1][part] - value) * (at - left));
    return `rgb(${mixed.map(Math.round).join(",")})`;
  });
}

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** Calls back when light becomes dark, and before and after printing. */
function onTheme(redraw) {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    window.matchMedia(query).addEventListener("change", redraw);
  }
  window.addEventListener("beforeprint", redraw);
  window.addEventListener("afterprint", redraw);
}

/** Returns the context of a canvas of this size in CSS pixels, cleared. */
function cleared(canvas, width, height) {
  const dots = Math.max(window.devicePixelRatio || 1, 1);
  canvas.width = Math.round(width * dots);
  canvas.height = Math.round(height * dots);
  const context = canvas.getContext("2d");
  context.scale(dots, dots);
  return context;
}
