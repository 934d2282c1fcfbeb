// What follows the pointer: the ring around a dot, the range on the axis, and the figures of an architecture.

/** Returns the marks that move: the selected range, and rings around what is pinned and pointed at. */
function liveMarks(data, view, { ranges, metric, pinned, hovered }) {
  const { xs, ys, x, top, bottom } = view;
  const found = [];
  if (ranges[metric]) {
    const [low, high] = ranges[metric].map(x);
    found.push(svg("rect", { class: "range", x: low, y: top, width: Math.max(high - low, 1), height: bottom - top }));
    found.push(line(low, bottom + 3, high, bottom + 3, "range"));
  }
  const ring = (place, name, r) => svg("circle", { class: name, cx: xs[place], cy: ys[place], r });
  if (pinned && pinned.place >= 0) found.push(ring(pinned.place, "pinned", 6));
  if (hovered >= 0) found.push(ring(hovered, "hovered", 7));
  return found;
}

function showTip(tip, data, view, place) {
  tip.hidden = place < 0;
  if (place < 0) return;
  const name = data.names.has(place) ? data.networks[data.names.get(place)].name : "";
  tip.replaceChildren(
    html("b", {}, name || architectureOf(data, place).join(" ") || `evaluation ${place + 1}`),
    ...figuresOf(data, place).map((words) => html("span", {}, words)),
  );
  const shown = tip.parentElement.clientWidth / view.width;
  const [x, y] = [view.xs[place] * shown, view.ys[place] * shown];
  const isRight = x > tip.parentElement.clientWidth / 2;
  tip.style.left = isRight ? "auto" : `${x + 14}px`;
  tip.style.right = isRight ? `${tip.parentElement.clientWidth - x + 14}px` : "auto";
  tip.style.top = `${Math.max(y - 20, 0)}px`;
}

/** Returns the figures of an evaluation, a text each. */
function figuresOf(data, place) {
  const { accuracy, latency, params, macs } = data.figures;
  const kind = data.measured[place] ? "measured" : "predicted";
  return [
    `${data.words.score} ${percent(accuracy[place])}`,
    `${significant(latency[place])} ms ${kind}`,
    `${counted(params[place])} parameters`,
    `${counted(macs[place])} multiply-adds`,
  ];
}
