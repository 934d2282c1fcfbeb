// Steps through the decisions where not all of their axes fit side by side.

/** Returns the function that shows which decisions are drawn. */
function makePager(root, place, data, change) {
  const go = (step) => () => change((state) => {
    const fit = decisionsThatFit(place.clientWidth, data);
    const last = data.decisions.length - fit;
    return { firstDecision: Math.min(Math.max(state.firstDecision + step * fit, 0), last) };
  });
  const back = html("button", { type: "button", "aria-label": "earlier decisions", onclick: go(-1) }, "‹");
  const words = html("span");
  const on = html("button", { type: "button", "aria-label": "later decisions", onclick: go(1) }, "›");
  root.append(back, words, on);
  return ({ firstDecision }) => {
    const fit = decisionsThatFit(place.clientWidth, data);
    const [first, all] = [Math.min(firstDecision, data.decisions.length - fit), data.decisions.length];
    root.hidden = fit >= all;
    back.disabled = first <= 0;
    on.disabled = first + fit >= all;
    words.textContent = `decisions ${first + 1} to ${first + fit} of ${all}`;
  };
}
