// What stands on the picture of the front beside its dots: target, baselines, chosen networks and what was found of them.

/** The kinds of marks that can be hidden, with their words. */
const KINDS = {
  measured: "measured latency, ± its spread",
  tested: "accuracy on test after training",
  baselines: "published networks on this device, accuracy on test",
};

function costOf(one, metric) {
  return metric === "latency" ? (one.measured ?? one.predicted ?? one.latency ?? null) : one[metric];
}

/** Returns the figures of the marks of a kind that are shown with this cost on the axis. */
function marksOfKind(data, kind, { metric, hidden }) {
  if (hidden.has(kind)) return [];
  const known = (one) => one.y !== null && one.y !== undefined && one.x !== null && one.x !== undefined;
  if (kind === "measured") {
    if (metric !== "latency") return [];
    return data.networks
      .filter((one) => one.place !== null && one.measured !== null)
      .map((one) => ({ of: one, x: one.measured, y: data.figures.accuracy[one.place], xError: one.measuredError }));
  }
  const from = kind === "tested" ? data.networks : data.baselines;
  return from
    .map((one) => ({ of: one, x: costOf(one, metric), y: one.test, yError: one.testError }))
    .filter(known);
}

/** Returns all places of marks, for which the axes must have room. */
function extraPoints(data, state) {
  return Object.keys(KINDS).flatMap((kind) => marksOfKind(data, kind, state));
}

function marksOf(data, view, state) {
  return [
    ...target(data, view, state),
    ...baselines(marksOfKind(data, "baselines", state), view),
    ...errors(marksOfKind(data, "measured", state), view),
    ...tests(marksOfKind(data, "tested", state), view),
    ...chosenNames(data, view),
  ];
}

function target(data, { x, top, bottom, left, right }, { metric }) {
  if (data.target === null || metric !== "latency") return [];
  const at = x(data.target);
  if (at < left || at > right) return [];
  const words = `target ${significant(data.target)} ms`;
  return [line(at, top, at, bottom, "target"), text(at + 5, bottom - 6, words, { class: "target" })];
}

/** Draws published networks as grey lines, one for each network at its widths; their names keep apart. */
function baselines(found, { x, y }) {
  const places = (members) => members.toSorted((a, b) => a.x - b.x).map((one) => [x(one.x), y(one.y)]);
  const families = [...grouped(found, (mark) => mark.of.network)].map(([name, members]) => ({ name, members, line: places(members) }));
  families.sort((a, b) => a.line.at(-1)[1] - b.line.at(-1)[1]);
  const labels = [];
  return families.map(({ name, members, line: points }) => {
    const [endX, endY] = points.at(-1);
    const label = { left: endX - 7 * name.length, right: endX, bottom: endY - 8 };
    for (const one of labels) {
      if (one.left < label.right && label.left < one.right) label.bottom = Math.max(label.bottom, one.bottom + 13);
    }
    labels.push(label);
    const path = points.join(" ");
    const dots = members.map((one) => svg("circle", { cx: x(one.x), cy: y(one.y), r: 3.5 }, titleOf(one, one.of.name)));
    return svg("g", { class: "baseline" }, svg("polyline", { points: path, class: "halo" }),
      svg("polyline", { points: path }), ...dots, text(endX, label.bottom, name, { "text-anchor": "end" }));
  });
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const one of items) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function errors(found, { x, y }) {
  return found.map((one) => {
    const error = one.xError ?? 0;
    return svg("g", { class: "measured" },
      line(x(one.x - error), y(one.y), x(one.x + error), y(one.y), "bar"),
      line(x(one.x - error), y(one.y) - 4, x(one.x - error), y(one.y) + 4, "bar"),
      line(x(one.x + error), y(one.y) - 4, x(one.x + error), y(one.y) + 4, "bar"),
      titleOf(one, `${one.of.name}, measured`));
  });
}

/** Draws accuracy on test as a diamond, tied to the same network's place in the search. */
function tests(found, { x, y, xs, ys }) {
  return found.map((one) => {
    const [atX, atY, error] = [x(one.x), y(one.y), one.yError ?? 0];
    const { place } = one.of;
    return svg("g", { class: "tested" },
      place === null ? "" : line(xs[place], ys[place], atX, atY, "tie"),
      line(atX, y(one.y - error), atX, y(one.y + error), "bar"),
      svg("path", { d: `M${atX},${atY - 5}l5,5l-5,5l-5,-5z` }),
      place === null ? text(atX + 8, atY + 4, one.of.name) : "",
      titleOf(one, `${one.of.name} on test`));
  });
}

function titleOf(one, name) {
  return svg("title", {}, `${name}: ${percent(one.y)}${one.yError ? ` ± ${percent(one.yError)}` : ""}`);
}

function chosenNames(data, { xs, ys, left, right }) {
  return data.networks.filter((one) => one.place !== null).map((one) => {
    const [x, y] = [xs[one.place], ys[one.place]];
    const toLeft = x > left + (right - left) * 0.3;
    return svg("g", { class: "chosen" }, svg("circle", { cx: x, cy: y, r: 8.5 }),
      text(x + (toLeft ? -8 : 8), y - 11, one.name, { "text-anchor": toLeft ? "end" : "start" }));
  });
}
