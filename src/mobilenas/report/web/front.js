// The picture of the front: accuracy over latency, parameters or multiply-adds.

/** Returns the picture in its place, which the page draws again as a whole or only where the pointer is. */
function makeFront(root, data, change) {
  const back = picture(1, 1, "axes");
  const canvas = html("canvas", { "aria-hidden": "true" });
  const over = picture(1, 1, "marks");
  const frame = svg("rect");
  const marks = svg("g", { "clip-path": "url(#front-window)" });
  const live = svg("g", { "clip-path": "url(#front-window)" });
  over.append(svg("clipPath", { id: "front-window" }, frame), marks, live);
  const tip = html("div", { class: "tip", role: "status" });
  root.append(back, canvas, over, tip);
  let view = null;

  const nearest = ({ x, y }, reach) => view.nearest(x, y, reach);
  onDrag(over, "x", {
    drag: (low, high) => change((state) => ({ ranges: { ...state.ranges, [state.metric]: view.range(low, high) } })),
    click: (at) => change(() => pinOf(data, nearest(at, 24))),
  });
  over.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch" && !event.buttons) {
      change(() => ({ hovered: nearest(placeIn(over, event), 20) }));
    }
  });
  over.addEventListener("pointerleave", () => change(() => ({ hovered: -1 })));
  root.addEventListener("keydown", (event) => byKey(event, data, change));

  return {
    draw(state) {
      view = viewOf(root.clientWidth, data, state);
      for (const one of [back, over]) sized(one, view);
      fill(frame, { x: view.left - 12, y: 0, width: view.right - view.left + 24, height: view.bottom + 6 }, []);
      back.replaceChildren(...axes(data, view, state));
      drawDots(canvas, data, view, state.selection);
      marks.replaceChildren(curve(data, view, state), ...marksOf(data, view, state));
      this.point(state);
    },
    point(state) {
      live.replaceChildren(...liveMarks(data, view, state));
      showTip(tip, data, view, state.hovered);
    },
  };
}

function sized(one, { width, height }) {
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height })) {
    one.setAttribute(name, value);
  }
}

/** Returns what is pinned after a click on an evaluation, or near none. */
function pinOf(data, place) {
  if (place < 0) return {};
  return { hovered: place, pinned: { place, network: data.names.get(place) ?? -1 } };
}

/** Returns the geometry of the picture: its scales, the pixels of all dots, and the index that finds them. */
function viewOf(width, data, state) {
  const height = Math.round(Math.min(Math.max(width * 0.72, 300), 560));
  const box = { left: 46, right: width - 12, top: 14, bottom: height - 46 };
  const costs = data.figures[state.metric];
  const { zoomed, selection } = state;
  const extra = zoomed ? [] : extraPoints(data, state);
  const within = zoomed && selection.mask.some(Boolean);
  const ends = (figures) => spanOf(within ? figures.filter((_, place) => selection.mask[place]) : figures, 0, 0);
  const x = linear(spanOf([...ends(costs), ...extra.map((one) => one.x)], 0.04, 0.05), [box.left, box.right]);
  const accuracy = [...ends(data.figures.accuracy), ...extra.map((one) => one.y)];
  const y = linear(spanOf(accuracy, 0.06, 0.1), [box.bottom, box.top]);
  const xs = Float32Array.from(costs, x);
  const ys = Float32Array.from(data.figures.accuracy, y);
  const nearest = gridIndex(xs, ys, width, height);
  const range = (low, high) => [x.invert(low), x.invert(high)];
  return { ...box, width, height, x, y, xs, ys, nearest, range };
}

function axes(data, view, { metric }) {
  const { left, right, top, bottom, x, y } = view;
  const { unit, title } = COSTS[metric];
  const across = ticks(x.domain.map((end) => end / unit), view.width / 90);
  const up = ticks(y.domain.map((end) => end * 100), view.height / 60);
  return [
    ...up.map((tick) => line(left, y(tick / 100), right, y(tick / 100), "grid")),
    ...up.map((tick) => text(left - 6, y(tick / 100) + 4, `${tickText(tick)}%`, { "text-anchor": "end" })),
    ...across.map((tick) => line(x(tick * unit), top, x(tick * unit), bottom, "grid")),
    ...across.map((tick) => text(x(tick * unit), bottom + 17, tickText(tick), { "text-anchor": "middle" })),
    text(right, bottom + 36, title(data), { "text-anchor": "end", class: "title" }),
  ];
}

function curve(data, { xs, ys }, { metric }) {
  const path = curveOf(data, metric).map((place, at) => (at ? `H${xs[place]}V${ys[place]}` : `M${xs[place]},${ys[place]}`));
  return svg("path", { class: "curve", d: path.join("") || "M0,0" });
}
