// Parallel coordinates: an axis for each decision, and two for the figures, linked to the picture of the front.

const NARROWEST = 62; // pixels between two axes

/** Returns the picture in its place. */
function makeParallel(root, data, change) {
  const canvas = html("canvas", { "aria-hidden": "true" });
  const over = picture(1, 1, "parallel");
  const still = svg("g");
  const live = svg("g");
  over.append(still, live);
  root.append(canvas, over);
  let axes = [];
  let dragged = null; // the axis of a figure
  onDrag(over, "y", {
    accepts: ({ target }) => {
      dragged = axes.find((axis) => axis.figure && axis.figure === target.dataset.figure);
      return Boolean(dragged);
    },
    drag: (high, low) => change((state) => ({
      ranges: { ...state.ranges, [dragged.figure]: [dragged.y.invert(low), dragged.y.invert(high)] },
    })),
    click: () => change((state) => ({ ranges: without(state.ranges, dragged.figure) })),
  });
  return {
    draw(state) {
      const size = sizeOf(root.clientWidth, data);
      axes = axesOf(data, state, size);
      sized(over, size);
      drawBands(canvas, data, axes, size, state.selection);
      still.replaceChildren(...axes.map((axis) => drawAxis(data, axis, state, change)));
      this.point(state);
    },
    point({ pinned, hovered }) {
      const path = (place, name) => svg("polyline", { class: name, points: pointsOf(data, axes, place) });
      live.replaceChildren(
        ...(pinned && pinned.place >= 0 ? [path(pinned.place, "pinned")] : []),
        ...(hovered >= 0 ? [path(hovered, "hovered")] : []),
      );
    },
  };
}

function sizeOf(width, data) {
  const most = Math.max(...data.decisions.map((one) => one.options.length), 6);
  return { width, height: Math.min(Math.max(100 + 21 * most, 260), 460) };
}

/** Returns how many decisions fit beside the two figures. */
function decisionsThatFit(width, data) {
  return Math.min(Math.max(Math.floor((width - 70) / NARROWEST) - 1, 1), data.decisions.length);
}

function axesOf(data, { metric, firstDecision }, { width, height }) {
  const shown = decisionsThatFit(width, data);
  const first = Math.max(Math.min(firstDecision, data.decisions.length - shown), 0);
  const step = (width - 70) / (shown + 1);
  const [top, bottom] = [46, height - 16];
  const decided = data.decisions.slice(first, first + shown).map((one, number) => {
    const place = (bottom - top) / one.options.length;
    return { decision: first + number, x: 14 + number * step, top, bottom, y: (option) => bottom - (option + 0.5) * place };
  });
  const figures = [metric, "accuracy"].map((figure, number) => {
    const span = spanOf(data.figures[figure], 0, 0);
    return { figure, x: 14 + (shown + number) * step, top, bottom, span, y: linear(span, [bottom, top]) };
  });
  return [...decided, ...figures];
}

function pointsOf(data, axes, place) {
  return axes.map((axis) => {
    const value = axis.figure ? data.figures[axis.figure][place] : optionOf(data, place, axis.decision);
    return `${axis.x},${axis.y(value)}`;
  }).join(" ");
}

function drawAxis(data, axis, state, change) {
  const own = axis.figure ? figureTicks(data, axis, state) : optionTicks(data, axis, state, change);
  return svg("g", { class: "axis" }, line(axis.x, axis.top, axis.x, axis.bottom, "rod"), ...own);
}

/** Draws the axis of a figure, on which a range can be dragged. */
function figureTicks(data, axis, { ranges }) {
  const { unit } = COSTS[axis.figure] ?? { unit: 0.01 };
  const words = { latency: "ms", params: "params, M", macs: "MAdds, M", accuracy: `${data.words.score}, %` };
  const found = ticks(axis.span.map((end) => end / unit), 6).map((tick) =>
    text(axis.x + 6, axis.y(tick * unit) + 4, tickText(tick)));
  const range = ranges[axis.figure];
  const marked = range && svg("rect", {
    class: "range", x: axis.x - 5, width: 10, y: axis.y(range[1]), height: Math.max(axis.y(range[0]) - axis.y(range[1]), 2),
  });
  const area = svg("rect", {
    class: "area", x: axis.x - 12, width: 48, y: axis.top - 8, height: axis.bottom - axis.top + 16, "data-figure": axis.figure,
  });
  return [text(axis.x - 6, 18, words[axis.figure], { class: "title" }), ...found, marked, area];
}

function without(ranges, figure) {
  const { [figure]: _, ...others } = ranges;
  return others;
}
