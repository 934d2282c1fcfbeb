// Draws what the selected architectures decide as bands: one from each option to each option of the next axis.
//
// However many architectures there are, two axes of 12 options have at most 144 bands; a figure has BINS bins.

const BINS = 60;
const TONES = 24;
const SAMPLE = 5000; // evaluations that the ends of the ramp are found by

/** Returns the numbers of all evaluations' bins on an axis. */
function binsAlong(data, axis) {
  const bins = new Uint16Array(data.count);
  if (axis.decision !== undefined) {
    for (let place = 0; place < data.count; place += 1) bins[place] = optionOf(data, place, axis.decision);
    return bins;
  }
  const values = data.figures[axis.figure];
  const [low, high] = axis.span;
  const factor = BINS / (high - low || 1);
  for (let place = 0; place < data.count; place += 1) bins[place] = Math.min((values[place] - low) * factor, BINS - 1);
  return bins;
}

function binsOf(data, axis) {
  return axis.decision !== undefined ? data.decisions[axis.decision].options.length : BINS;
}

/** Returns the number of evaluations of each band between two axes, and the sum of their accuracies. */
function bandsOf(data, [from, fromBins], [to, toBins], mask) {
  const columns = binsOf(data, to);
  const counts = new Uint32Array(binsOf(data, from) * columns);
  const sums = new Float64Array(counts.length);
  for (let place = 0; place < data.count; place += 1) {
    if (!mask[place]) continue;
    const band = fromBins[place] * columns + toBins[place];
    counts[band] += 1;
    sums[band] += data.figures.accuracy[place];
  }
  return { counts, sums, columns };
}

/** Returns the height of a bin's middle. */
function heightOf(axis, bin, bins) {
  return axis.decision !== undefined ? axis.y(bin) : axis.bottom - ((bin + 0.5) / bins) * (axis.bottom - axis.top);
}

/** Draws the bands between all neighbouring axes; a stronger one has more architectures, its colour is their accuracy. */
function drawBands(canvas, data, axes, size, selection) {
  const { mask, count } = selection;
  const context = cleared(canvas, size.width, size.height);
  const colours = rampOf(TONES);
  const [low, high] = toneSpan(data, selection);
  context.lineCap = "round";
  const bins = axes.map((axis) => binsAlong(data, axis));
  for (let number = 1; number < axes.length; number += 1) {
    const [from, to] = [axes[number - 1], axes[number]];
    const { counts, sums, columns } = bandsOf(data, [from, bins[number - 1]], [to, bins[number]], mask);
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    const drawn = Array.from(counts.keys()).filter((band) => counts[band]).sort((a, b) => counts[a] - counts[b]);
    const shares = drawn.reduce((sum, band) => sum + counts[band] / most, 0);
    const crowd = Math.min(1, Math.sqrt(25 / shares)); // many bands of equal strength are thin and faint
    for (const band of drawn) {
      const share = counts[band] / most;
      const tone = (sums[band] / counts[band] - low) / (high - low || 1);
      context.strokeStyle = colours[Math.min(Math.max(Math.floor(tone * TONES), 0), TONES - 1)];
      context.globalAlpha = count < 40 ? 0.85 : (0.12 + 0.8 * share) * crowd;
      context.lineWidth = (0.8 + 4.2 * share) * crowd;
      curveBetween(context, from, to, Math.floor(band / columns), band % columns, data);
    }
  }
  context.globalAlpha = 1;
}

/** Returns the accuracies that the ends of the ramp stand for: most of the selected ones lie between them. */
function toneSpan({ figures: { accuracy } }, { mask, count }) {
  const step = Math.max(Math.ceil(count / SAMPLE), 1);
  let seen = 0;
  const shown = accuracy.filter((_, place) => mask[place] && seen++ % step === 0).sort();
  if (!shown.length) return [0, 1];
  return [shown[Math.floor(0.1 * (shown.length - 1))], shown[Math.floor(0.9 * (shown.length - 1))]];
}

function curveBetween(context, from, to, bin, other, data) {
  const [y, nextY] = [heightOf(from, bin, binsOf(data, from)), heightOf(to, other, binsOf(data, to))];
  const middle = (from.x + to.x) / 2;
  context.beginPath();
  context.moveTo(from.x, y);
  context.bezierCurveTo(middle, y, middle, nextY, to.x, nextY);
  context.stroke();
}
