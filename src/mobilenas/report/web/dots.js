// Draws the evaluated architectures as dots, as many as there are.

const SHADES = 24;
const MANY = 5000; // from here on squares, which are drawn much faster than circles

/** Draws all dots of a picture; what is not selected is faint, and what is on the front has a rim. */
function drawDots(canvas, data, view, { mask, isAll }) {
  const context = cleared(canvas, view.width, view.height);
  const size = data.count > MANY ? 1.6 : data.count > 1000 ? 2.4 : 3.2;
  const colours = rampOf(SHADES);
  const { shades, order, begins } = (data.shaded ??= shadedBy(data.figures.params));
  if (!isAll) fillDots(context, view, order, (place) => !mask[place], styleOf("--faint"), size * 0.8);
  for (let shade = 0; shade < SHADES; shade += 1) {
    const own = order.subarray(begins[shade], begins[shade + 1]);
    fillDots(context, view, own, (place) => mask[place], colours[shade], size);
  }
  context.strokeStyle = styleOf("--ink");
  context.lineWidth = 1.2;
  const isWithin = withinOf(view);
  for (const place of data.front) {
    if (!mask[place] || !isWithin(place)) continue;
    context.fillStyle = colours[shades[place]];
    context.beginPath();
    context.arc(view.xs[place], view.ys[place], 4.6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** Returns a function that tells whether a dot is within the axes, which end earlier if the person has zoomed. */
function withinOf({ xs, ys, left, right, top, bottom }) {
  return (place) => xs[place] >= left && xs[place] <= right && ys[place] >= top && ys[place] <= bottom;
}

/** Returns the shade of each value, and all places in the order of their shades. */
function shadedBy(values) {
  const [low, high] = spanOf(values, 0, 0);
  const shades = Uint8Array.from(values, (value) => Math.min(((value - low) / (high - low || 1)) * SHADES, SHADES - 1));
  const begins = new Uint32Array(SHADES + 1);
  for (const shade of shades) begins[shade + 1] += 1;
  for (let shade = 0; shade < SHADES; shade += 1) begins[shade + 1] += begins[shade];
  const free = begins.slice();
  const order = new Uint32Array(shades.length);
  for (let place = 0; place < shades.length; place += 1) order[free[shades[place]]++] = place;
  return { shades, order, begins };
}

function fillDots(context, view, places, isShown, colour, size) {
  const { xs, ys } = view;
  const isWithin = withinOf(view);
  context.fillStyle = colour;
  const isSquare = xs.length > MANY;
  context.beginPath();
  for (const place of places) {
    if (!isShown(place) || !isWithin(place)) continue;
    if (isSquare) context.fillRect(xs[place] - size, ys[place] - size, 2 * size, 2 * size);
    else {
      context.moveTo(xs[place] + size, ys[place]);
      context.arc(xs[place], ys[place], size, 0, 2 * Math.PI);
    }
  }
  context.fill();
}
