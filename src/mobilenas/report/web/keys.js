// The keyboard on the picture of the front: arrows go along the front, Enter pins, Escape unpins.

function byKey(event, data, change) {
  const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (step) change((state) => ({ hovered: neighbour(data, state, step) }));
  else if (event.key === "Home") change((state) => ({ hovered: curveOf(data, state.metric)[0] }));
  else if (event.key === "End") change((state) => ({ hovered: curveOf(data, state.metric).at(-1) }));
  else if (event.key === "Enter" || event.key === " ") change((state) => pinOf(data, state.hovered));
  else if (event.key === "Escape") change(() => ({ hovered: -1, pinned: null }));
  else return;
  event.preventDefault();
}

/** Returns the next network along the front, from what is pointed at or pinned; it ends at both ends. */
function neighbour(data, state, step) {
  const along = curveOf(data, state.metric);
  const from = state.hovered >= 0 ? state.hovered : (state.pinned?.place ?? -1);
  if (from < 0) return step > 0 ? along[0] : along.at(-1);
  const at = along.indexOf(from);
  if (at >= 0) return along[Math.min(Math.max(at + step, 0), along.length - 1)];
  const costs = data.figures[state.metric];
  const beyond = along.filter((place) => (costs[place] - costs[from]) * step > 0);
  return (step > 0 ? beyond[0] : beyond.at(-1)) ?? (step > 0 ? along.at(-1) : along[0]);
}
