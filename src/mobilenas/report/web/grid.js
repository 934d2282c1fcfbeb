// Finds the nearest point in a moment: points are sorted into square cells once, and only near cells are searched.

const CELL = 24; // pixels

/** Returns a function from a place in pixels to the number of the nearest point within `reach`, or -1. */
function gridIndex(xs, ys, width, height) {
  const columns = Math.max(1, Math.ceil(width / CELL));
  const rows = Math.max(1, Math.ceil(height / CELL));
  const clamp = (value, most) => Math.min(Math.max(Math.floor(value / CELL), 0), most - 1);
  const cellOf = (point) => clamp(ys[point], rows) * columns + clamp(xs[point], columns);
  const begins = new Uint32Array(columns * rows + 1);
  for (let point = 0; point < xs.length; point += 1) begins[cellOf(point) + 1] += 1;
  for (let cell = 0; cell < columns * rows; cell += 1) begins[cell + 1] += begins[cell];
  const free = begins.slice();
  const sorted = new Uint32Array(xs.length);
  for (let point = 0; point < xs.length; point += 1) sorted[free[cellOf(point)]++] = point;

  return (x, y, reach, counts = () => true) => {
    let nearest = -1;
    let least = reach * reach;
    for (let row = clamp(y - reach, rows); row <= clamp(y + reach, rows); row += 1) {
      for (let column = clamp(x - reach, columns); column <= clamp(x + reach, columns); column += 1) {
        const cell = row * columns + column;
        for (let at = begins[cell]; at < begins[cell + 1]; at += 1) {
          const point = sorted[at];
          const distance = (xs[point] - x) ** 2 + (ys[point] - y) ** 2;
          if (distance <= least && counts(point)) {
            least = distance;
            nearest = point;
          }
        }
      }
    }
    return nearest;
  };
}
