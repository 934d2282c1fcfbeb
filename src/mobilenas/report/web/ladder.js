// A network as a ladder of blocks, as the page shows its trained networks too: map, block, channels, share of latency.

/** Returns the list of a network's layers. */
function ladder(layers, [inputChannels, inputHeight, inputWidth]) {
  const most = Math.max(...layers.map((cell) => cell.channels), 2);
  const slowest = Math.max(...layers.map((cell) => cell.ms ?? 0), 1e-12);
  let before = `${inputHeight}x${inputWidth}`;
  const image = html("li", { class: "rung image" }, part("map", before), part("block", "image"), part("channels", inputChannels));
  const rungs = layers.map((cell) => {
    const map = cell.map.join("x");
    const shrinks = map !== before && cell.role !== "head";
    before = cell.role === "head" ? before : map;
    return html("li", { class: shrinks ? "rung shrinks" : "rung" },
      part("map", shrinks ? map : ""), block(cell, most), part("channels", cell.channels), ...share(cell.ms, slowest));
  });
  return html("ol", { class: "ladder" }, image, ...rungs);
}

function part(name, words) {
  return html("span", { class: name }, String(words));
}

function block({ label, role, kernel, expansion, hasSe, channels }, most) {
  const names = ["block", role, kernel ? `k${KERNELS.has(kernel) ? kernel : "other"}` : "", hasSe ? "se" : ""];
  const width = 40 + (60 * Math.log2(Math.max(channels, 1))) / Math.log2(most);
  const strength = 30 + 10 * Math.min(expansion || 1, 6);
  const one = html("span", { class: names.filter(Boolean).join(" ") }, label);
  one.style.setProperty("--wide", `${width.toFixed(1)}%`);
  one.style.setProperty("--strength", `${strength.toFixed(0)}%`);
  return one;
}

const KERNELS = new Set([1, 3, 5, 7]);

function share(ms, slowest) {
  if (ms === null) return [];
  const bar = html("i");
  bar.style.width = `${((42 * Math.max(ms, 0)) / slowest).toFixed(1)}%`;
  return [html("span", { class: "took" }, bar, significant(ms))];
}
