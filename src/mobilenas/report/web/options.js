// The options on the axis of a decision: a bar shows how many of the selected architectures have one; a click selects it.

/** Draws the labels of a decision's options as buttons. */
function optionTicks(data, axis, state, change) {
  const { title, options } = data.decisions[axis.decision];
  const { counts, sums } = countsOf(data, axis.decision, state.selection);
  const chosen = state.chosen.get(axis.decision);
  const buttons = options.map((label, option) => {
    const mean = counts[option] ? `, mean ${data.words.score} ${percent(sums[option] / counts[option])}` : "";
    const pick = () => change(({ chosen: all }) => ({ chosen: switched(all, axis.decision, option) }));
    return svg("g", {
      class: chosen && !chosen.has(option) ? "option off" : "option", role: "button",
      tabindex: option ? -1 : 0, "aria-pressed": String(Boolean(chosen?.has(option))),
      "data-decision": axis.decision, "data-option": option, onclick: pick, onkeydown: (event) => optionKey(event, pick),
    },
    svg("title", {}, `${title}, ${label}: ${counted(counts[option])} of ${counted(state.selection.count)}${mean}`),
    svg("rect", { class: "area", x: axis.x - 6, width: NARROWEST - 6, y: axis.y(option) - 10, height: 20 }),
    svg("rect", {
      class: "share", x: axis.x, width: (48 * counts[option]) / Math.max(state.selection.count, 1), y: axis.y(option) - 8,
      height: 16, rx: 2,
    }),
    svg("circle", { cx: axis.x, cy: axis.y(option), r: 2.4 }),
    text(axis.x + 6, axis.y(option) + 4, label));
  });
  const [, ...rest] = title.split(":");
  const heads = rest.length ? [title.split(":")[0], rest.join(":").trim()] : [title];
  return [...heads.map((words, row) => text(axis.x - 6, 18 + 14 * row, words, { class: "title" })), ...buttons];
}

function countsOf(data, decision, { mask }) {
  const counts = new Uint32Array(data.decisions[decision].options.length);
  const sums = new Float64Array(counts.length);
  for (let place = 0; place < data.count; place += 1) {
    if (!mask[place]) continue;
    const option = optionOf(data, place, decision);
    counts[option] += 1;
    sums[option] += data.figures.accuracy[place];
  }
  return { counts, sums };
}

/** Up and down go along the options of an axis; Enter and the space bar select. */
function optionKey(event, pick) {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  const button = event.currentTarget;
  if (event.key === "Enter" || event.key === " ") {
    const { decision, option } = button.dataset;
    pick();
    window.requestAnimationFrame(() => focusOption(decision, option));
  } else if (step) focusOption(button.dataset.decision, Number(button.dataset.option) + step);
  else return;
  event.preventDefault();
}

function focusOption(decision, option) {
  document.querySelector(`.option[data-decision="${decision}"][data-option="${option}"]`)?.focus();
}
