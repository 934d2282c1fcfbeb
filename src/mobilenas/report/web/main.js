// Puts the parts together: one state, and one drawing for each frame in which it has changed.

const POINTED = new Set(["hovered"]);

function start() {
  const data = readData(document.getElementById("data").textContent);
  const find = (name) => document.querySelector(`#explorer .${name}`);
  let state = newState(data);
  const first = data.networks.findIndex((one) => one.place !== null);
  if (first >= 0) state.pinned = { place: data.networks[first].place, network: first };
  const pending = new Set();

  function change(update) {
    const patch = update(state);
    const names = Object.keys(patch).filter((name) => patch[name] !== state[name]);
    if (!names.length) return;
    const isIdle = !pending.size;
    for (const name of names) pending.add(name);
    state = { ...state, ...patch };
    if (names.some((name) => ["ranges", "chosen", "frontOnly"].includes(name))) state.selection = selectionOf(data, state);
    if (isIdle) window.requestAnimationFrame(draw);
  }

  const front = makeFront(find("front"), data, change);
  const parallel = data.decisions.length ? makeParallel(find("parallel"), data, change) : null;
  const controls = makeControls(find("controls"), data, change);
  const selected = makeSelected(find("selected"), data, change);
  const pager = makePager(find("pager"), find("parallel"), data, change);

  function draw() {
    const isPointed = [...pending].every((name) => POINTED.has(name) || name === "pinned");
    const isPinned = pending.has("pinned") || pending.has("all");
    pending.clear();
    if (isPinned) drawPinned(find("panel"), data, state, change);
    for (const one of [front, parallel]) {
      if (one && isPointed) one.point(state);
      else one?.draw(state);
    }
    if (!isPointed) for (const show of [controls, selected, pager]) show(state);
  }

  function drawAll() {
    pending.add("all");
    draw();
  }

  drawAll();
  onTheme(drawAll);
  let width = find("front").clientWidth;
  new ResizeObserver(() => {
    const isNew = width !== find("front").clientWidth;
    width = find("front").clientWidth;
    if (isNew) drawAll();
  }).observe(find("front"));
}

start();
