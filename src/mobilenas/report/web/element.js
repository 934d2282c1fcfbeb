// Makes elements of HTML and SVG; texts are never read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Returns an HTML element; `on...` attributes are listeners. */
function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Returns an SVG element. */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Returns a picture of this size that shrinks with its place. */
function picture(width, height, name) {
  return svg("svg", { class: name, viewBox: `0 0 ${width} ${height}`, width, height });
}

function text(x, y, words, attributes = {}) {
  return svg("text", { x, y, ...attributes }, words);
}

function line(x1, y1, x2, y2, name) {
  return svg("line", { x1, y1, x2, y2, class: name });
}
