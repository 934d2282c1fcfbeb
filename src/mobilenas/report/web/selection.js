// What the person has selected, and what that means for the evaluations.

/** Returns the state of a page on which nothing is selected. */
function newState(data) {
  return {
    metric: "latency",
    ranges: {}, // ends by figure
    chosen: new Map(), // options by decision
    frontOnly: false,
    zoomed: false, // whether the axes of the front end where the selection ends
    pinned: null, // { place, network }: the number of an evaluation, or of a chosen network; -1 for none
    hovered: -1,
    firstDecision: 0,
    hidden: new Set(), // kinds of marks
    selection: selectionOf(data, { ranges: {}, chosen: new Map(), frontOnly: false }),
  };
}

/** Returns which evaluations are selected, their number, and their mean and best accuracy. */
function selectionOf(data, { ranges, chosen, frontOnly }) {
  const mask = new Uint8Array(data.count).fill(1);
  const isAll = !Object.keys(ranges).length && !chosen.size && !frontOnly;
  for (const [figure, [low, high]] of Object.entries(ranges)) {
    const values = data.figures[figure];
    for (let place = 0; place < data.count; place += 1) {
      if (values[place] < low || values[place] > high) mask[place] = 0;
    }
  }
  for (const [decision, options] of chosen) {
    for (let place = 0; place < data.count; place += 1) {
      if (mask[place] && !options.has(optionOf(data, place, decision))) mask[place] = 0;
    }
  }
  if (frontOnly) for (let place = 0; place < data.count; place += 1) mask[place] &= data.onFront[place];
  return { mask, isAll, ...summed(data.figures.accuracy, mask) };
}

function summed(accuracy, mask) {
  let count = 0;
  let sum = 0;
  let best = -1;
  for (let place = 0; place < mask.length; place += 1) {
    if (!mask[place]) continue;
    count += 1;
    sum += accuracy[place];
    if (best < 0 || accuracy[place] > accuracy[best]) best = place;
  }
  return { count, mean: count ? sum / count : NaN, best };
}

/** Returns the selection in words. */
function inWords(data, { selection }) {
  const { count, mean, best } = selection;
  const all = `${counted(count)} of ${counted(data.count)} selected`;
  if (!count) return `${all}.`;
  const { score } = data.words;
  return `${all}: mean ${score} ${percent(mean)}, best ${score} ${percent(data.figures.accuracy[best])}.`;
}

/** Returns the options of a decision after one of them was switched; none chosen means all. */
function switched(chosen, decision, option) {
  const next = new Map(chosen);
  const options = new Set(next.get(decision));
  if (!options.delete(option)) options.add(option);
  if (options.size) next.set(decision, options);
  else next.delete(decision);
  return next;
}
