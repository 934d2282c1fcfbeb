// Scales of axes, their ticks, and figures as people read them.

/** Returns a function from values to pixels, with its inverse. */
function linear([low, high], [begin, end]) {
  const factor = (end - begin) / (high - low || 1);
  const scale = (value) => begin + (value - low) * factor;
  scale.invert = (pixel) => low + (pixel - begin) / factor;
  scale.domain = [low, high];
  return scale;
}

/** Returns round values between two ends, at most `most` of them. */
function ticks([low, high], most) {
  const rough = (high - low) / Math.max(most, 1) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  const found = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high + step * 1e-9; number += 1) {
    found.push(Number((number * step).toPrecision(12)));
  }
  return found;
}

/** Returns the ends of some values, with a share of their distance added at both ends. */
function spanOf(values, before, after) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const wide = high - low || Math.abs(high) * 0.1 || 1;
  return [low - before * wide, high + after * wide];
}

/** Returns a figure with this number of significant digits, and never an exponent. */
function significant(value, digits = 3) {
  if (!value) return "0";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 12));
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function counted(number) {
  return Math.round(number).toLocaleString("en");
}

/** What can stand on the axis of costs: its title, its unit of drawing and its text. */
const COSTS = {
  latency: { title: (data) => data.words.latency, unit: 1, text: (value) => `${significant(value)} ms` },
  params: { title: () => "million parameters", unit: 1e6, text: (value) => counted(value) },
  macs: { title: () => "million multiply-adds", unit: 1e6, text: (value) => counted(value) },
};

function tickText(value) {
  return String(Number(value.toPrecision(6)));
}
