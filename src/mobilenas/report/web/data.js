// The data of the page: figures as typed columns, and the options of each architecture.

const METRICS = ["latency", "params", "macs"];

/** Returns the run that a text describes; `options` has a row of numbers for each evaluation. */
function readData(text) {
  const raw = JSON.parse(text);
  const figures = {
    accuracy: Float64Array.from(raw.accuracy),
    latency: Float64Array.from(raw.latency),
    params: Float64Array.from(raw.params),
    macs: Float64Array.from(raw.macs),
  };
  const decisions = raw.decisions.map(([title, ...options]) => ({ title, options }));
  const onFront = new Uint8Array(raw.count);
  for (const place of raw.front) onFront[place] = 1;
  const measured = new Uint8Array(raw.count);
  for (const place of raw.measured) measured[place] = 1;
  const names = new Map();
  raw.networks.forEach((network, number) => {
    if (network.place !== null) names.set(network.place, number);
  });
  const options = unpacked(raw.architectures, raw.digits);
  const cells = raw.cells.map(readCell);
  return { ...raw, figures, decisions, onFront, measured, names, options, cells };
}

/** Returns the numbers of a text that has each in base 36 with the same number of digits. */
function unpacked(text, digits) {
  const numbers = new Uint16Array(text.length / digits);
  for (let place = 0, at = 0; place < numbers.length; place += 1) {
    let number = 0;
    for (let digit = 0; digit < digits; digit += 1, at += 1) {
      const code = text.charCodeAt(at);
      number = number * 36 + (code < 58 ? code - 48 : code - 87);
    }
    numbers[place] = number;
  }
  return numbers;
}

function readCell([label, role, kernel, expansion, hasSe, channels, map, ms, line]) {
  return { label, role, kernel, expansion, hasSe, channels, map, ms, line };
}

/** Returns the option that an evaluated architecture takes in a decision. */
function optionOf(data, place, decision) {
  return data.options[place * data.decisions.length + decision];
}

function architectureOf(data, place) {
  const begin = place * data.decisions.length;
  return Array.from(data.options.subarray(begin, begin + data.decisions.length));
}

/** Returns the cells of an evaluated network, from the image to the classes. */
function layersOf(data, place) {
  if (data.parts) {
    return data.parts.map(([decision, ...options]) =>
      data.cells[decision < 0 ? options[0] : options[optionOf(data, place, decision)]]);
  }
  return data.paths ? Array.from(unpacked(data.paths[place], data.pathDigits), (cell) => data.cells[cell]) : [];
}

/** Returns the YAML of a network, or an empty text if a part of it is no whole layer. */
function yamlOf(data, layers, name) {
  const lines = layers.filter((cell) => cell.role !== "head").map((cell) => cell.line);
  if (!data.yaml || !lines.length || lines.includes("")) return "";
  const [head, last] = data.yaml;
  return `name: ${name}\n${head}${lines.map((line) => `  - ${line}\n`).join("")}${last}`;
}

/** Returns the members of the front that no other one beats in accuracy and in this figure, by rising figure. */
function curveOf(data, metric) {
  const { accuracy, [metric]: cost } = data.figures;
  const members = data.front.slice().sort((a, b) => cost[a] - cost[b] || accuracy[b] - accuracy[a]);
  let best = -Infinity;
  return members.filter((place) => {
    const better = accuracy[place] > best;
    if (better) best = accuracy[place];
    return better;
  });
}
