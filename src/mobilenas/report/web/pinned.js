// The network that is pinned: its figures, its layers, its latency by layer, its files, and the command that trains it.

const HINT = "Click on a dot, or go along the front with the arrow keys and press Enter: here come the layers of the network,"
  + " what each of them takes, and the command that trains it.";

/** Draws the panel of what is pinned. */
function drawPinned(root, data, { pinned }, change) {
  if (!pinned) {
    root.replaceChildren(html("p", { class: "hint" }, HINT));
    return;
  }
  const { place } = pinned;
  const network = data.networks[pinned.network] ?? null;
  const layers = place >= 0 ? layersOf(data, place) : network.path.map((cell) => data.cells[cell]);
  const digits = place >= 0 ? architectureOf(data, place) : [];
  const name = network?.name ?? (place >= 0 ? `Evaluation ${counted(place + 1)} of ${counted(data.count)}` : "");
  root.replaceChildren(
    html("div", { class: "top" }, html("h3", {}, name),
      html("button", { type: "button", class: "unpin", onclick: () => change(() => ({ pinned: null })) }, "Unpin")),
    digits.length ? html("p", { class: "architecture" }, digits.join(" ")) : "",
    figuresList(data, place, network),
    ...(layers.length ? [ladder(layers, data.input), sumInWords(data, layers, place, network)] : []),
    ...files(data, layers, network, digits),
    ...command(data, digits),
  );
}

function figuresList(data, place, network) {
  const found = place >= 0 ? figuresOf(data, place) : [];
  if (network && network.measured !== null) found.push(`${withError(network.measured, network.measuredError)} ms measured`);
  if (network && network.test !== null) {
    const error = network.testError === null ? "" : ` ± ${(100 * network.testError).toFixed(1)}`;
    found.push(`${data.words.score} ${(100 * network.test).toFixed(1)}${error} % on test`);
  }
  return html("ul", { class: "figures" }, ...found.map((words) => html("li", {}, words)));
}

function withError(value, error) {
  return error === null ? significant(value) : `${significant(value)} ± ${significant(error, 1)}`;
}

/** Returns the sum of the layers, the constant of the table, and what was predicted, so that they can be compared. */
function sumInWords(data, layers, place, network) {
  const known = layers.every((cell) => cell.ms !== null);
  if (!known || data.overhead === null) {
    return html("p", { class: "sum" }, "The latency by layer is not known: the run's table lacks a layer of this network.");
  }
  const sum = layers.reduce((total, cell) => total + cell.ms, 0);
  const predicted = place >= 0 && !data.measured[place] ? data.figures.latency[place] : (network?.predicted ?? null);
  const [layersMs, constant, wholeMs] = [sum, data.overhead, sum + data.overhead].map((ms) => significant(ms, 4));
  const whole = `Layers ${layersMs} + constant ${constant} = ${wholeMs} ms`;
  return html("p", { class: "sum" }, predicted === null ? `${whole}.` : `${whole}; predicted ${significant(predicted, 4)} ms.`);
}

function files(data, layers, network, digits) {
  const links = (network?.files ?? []).map((file) => html("a", { href: encodeURIComponent(file) }, file));
  const name = `${data.space}-${digits.join(".")}`.slice(0, 60).replace(/\.$/, "");
  const yaml = network ? "" : yamlOf(data, layers, name);
  if (yaml) {
    const save = (event) => {
      const link = event.currentTarget;
      link.href = URL.createObjectURL(new Blob([yaml], { type: "application/yaml" }));
      window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    };
    links.push(html("a", { href: "#", download: `${name}.yaml`, onclick: save }, `${name}.yaml`));
  }
  const listed = links.flatMap((link, at) => (at ? [", ", link] : [link]));
  return links.length ? [html("p", { class: "files" }, "Files: ", ...listed)] : [];
}

/** Returns the command that trains this architecture, with a button that copies it. */
function command(data, digits) {
  if (!data.command || !digits.length) return [];
  const words = data.command.replace(data.place, digits.join(","));
  const copy = html("button", { type: "button", onclick: () => copied(copy, words) }, "Copy");
  return [html("p", { class: "train" }, "This command trains it, in the folder where the search was started:"),
    html("div", { class: "command" }, html("code", {}, words), copy)];
}

async function copied(button, words) {
  try {
    await navigator.clipboard.writeText(words);
    button.textContent = "Copied";
  } catch {
    window.getSelection().selectAllChildren(button.previousElementSibling);
    button.textContent = "Selected";
  }
}
