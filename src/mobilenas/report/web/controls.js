// The controls: the axis of costs, what is shown, the range in numbers, and what is selected in words.

/** Returns the row of controls over the pictures, and the function that shows the state in it. */
function makeControls(root, data, change) {
  const known = METRICS.filter((metric) => data.figures[metric].some((value) => value > 0));
  const names = { latency: "latency", params: "parameters", macs: "multiply-adds" };
  const tabs = known.map((metric) => {
    const choose = () => change(() => ({ metric, ranges: {} }));
    return html("button", { type: "button", "data-metric": metric, onclick: choose }, names[metric]);
  });
  const all = { metric: "latency", hidden: new Set() };
  const checks = Object.entries(KINDS).filter(([kind]) => marksOfKind(data, kind, all).length).map(([kind, words]) =>
    check(words, kind, true, (on) => change(({ hidden }) => ({ hidden: toggled(hidden, kind, !on) }))));
  root.append(html("div", { class: "tabs", role: "group", "aria-label": "horizontal axis" }, ...tabs), ...checks);
  return ({ metric }) => {
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.metric === metric));
  };
}

function check(words, name, isOn, listen) {
  const box = html("input", { type: "checkbox", "data-name": name, onchange: () => listen(box.checked) });
  box.checked = isOn;
  return html("label", { class: `check ${name}` }, box, html("span", { class: "swatch" }), words);
}

function toggled(set, item, isIn) {
  const next = new Set(set);
  if (isIn) next.add(item);
  else next.delete(item);
  return next;
}

/** Returns the row that tells what is selected, with the range as numbers, and the function that shows the state. */
function makeSelected(root, data, change) {
  const words = html("output", { "aria-live": "polite" });
  const ends = ["from", "to"].map((name, at) => html("input", {
    type: "number", step: "any", "aria-label": `selected range ${name}`,
    onchange: (event) => change((state) => typed(data, state, at, event)),
  }));
  const unit = html("span");
  const front = check("only the front", "front", false, (on) => change(() => ({ frontOnly: on })));
  const nothing = () => ({ ranges: {}, chosen: new Map(), frontOnly: false, zoomed: false });
  const clear = html("button", { type: "button", onclick: () => change(nothing) }, "Clear");
  const zoom = check("zoom", "zoom", false, (on) => change(() => ({ zoomed: on })));
  const pinBest = () => change((state) => pinOf(data, state.selection.best));
  const best = html("button", { type: "button", onclick: pinBest }, "Pin the best");
  root.append(words, html("span", { class: "ends" }, ends[0], "to", ends[1], unit), front, zoom, best, clear);
  return (state) => {
    const range = state.ranges[state.metric];
    const { unit: of } = COSTS[state.metric];
    ends.forEach((end, at) => {
      if (end !== document.activeElement) end.value = range ? Number((range[at] / of).toPrecision(4)) : "";
    });
    unit.textContent = { latency: "ms", params: "M parameters", macs: "M multiply-adds" }[state.metric];
    front.firstChild.checked = state.frontOnly;
    zoom.firstChild.checked = state.zoomed;
    best.disabled = state.selection.best < 0;
    clear.disabled = state.selection.isAll && !state.zoomed;
    words.textContent = state.selection.isAll ? `All ${counted(data.count)} evaluations.` : inWords(data, state);
  };
}

/** Returns the range after one of its ends was typed; an empty one is the end of the axis. */
function typed(data, { metric, ranges }, at, event) {
  const whole = spanOf(data.figures[metric], 0, 0);
  const range = [...(ranges[metric] ?? whole)];
  range[at] = event.target.value === "" ? whole[at] : Number(event.target.value) * COSTS[metric].unit;
  return { ranges: { ...ranges, [metric]: range } };
}
