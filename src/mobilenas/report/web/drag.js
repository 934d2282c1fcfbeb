// Tells a click from a drag, for mouse, pen and finger alike.

const STILL = 5; // pixels that a click may move

/**
 * Calls `drag` with both ends while a pointer moves over an element along an axis, or `click` if it stays.
 * `accepts` tells whether a press begins one. Places are in the units of the picture, which may be shown smaller than it was drawn.
 */
function onDrag(element, axis, { accepts = () => true, drag, click }) {
  let begin = null;
  let isDrag = false;
  element.addEventListener("pointerdown", (event) => {
    if (event.button || !accepts(event)) return;
    begin = placeIn(element, event);
    isDrag = false;
    element.setPointerCapture?.(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (!begin) return;
    const at = placeIn(element, event);
    isDrag ||= Math.abs(at[axis] - begin[axis]) > STILL;
    if (isDrag) drag(Math.min(begin[axis], at[axis]), Math.max(begin[axis], at[axis]));
  });
  element.addEventListener("pointerup", (event) => {
    if (begin && !isDrag) click?.(placeIn(element, event));
    begin = null;
  });
  element.addEventListener("pointercancel", () => {
    begin = null;
  });
}

/** Returns where a pointer is in the units of the picture that an element is in. */
function placeIn(element, event) {
  const whole = element.ownerSVGElement ?? element;
  const box = whole.getBoundingClientRect();
  const [, , width, height] = whole.getAttribute("viewBox").split(" ").map(Number);
  return {
    x: ((event.clientX - box.left) / (box.width || 1)) * width,
    y: ((event.clientY - box.top) / (box.height || 1)) * height,
  };
}
