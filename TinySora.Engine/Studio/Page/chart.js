'use strict';

/** Creates an SVG element. */
function draw(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/** Formats a number with four digits; very large and very small numbers have an exponent. */
const figure = value => value === 0 ? '0'
  : Number.isInteger(value) && Math.abs(value) < 1e9 ? value.toLocaleString('en')
  : Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3 ? value.toExponential(2)
  : Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(4))}`;

/** Returns about five round numbers between two limits, for the ticks of an axis. */
function ticks(low, high, logarithmic) {
  if (logarithmic) {
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      all.push(...[1, 2, 5].map(digit => digit * 10 ** power));
    }
    const within = all.filter(value => value >= low && value <= high);
    return within.length > 7 ? within.filter(value => /^1/.test(value.toExponential())) : within;
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(digit => digit * power).find(size => size >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => Number((first + i * step).toPrecision(12)));
}

/** Returns the point of a line that is nearest to x; points are sorted by x. */
function nearest(points, x) {
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    [low, high] = points[middle][0] < x ? [middle, high] : [low, middle];
  }
  return Math.abs(points[low][0] - x) <= Math.abs(points[high][0] - x) ? points[low] : points[high];
}

/**
  * Draws lines over steps. The chart shows the value of each line at the pointer or, if it has the focus, at a position that the arrow keys change.
  * @param lines Each { name, place: index of its color, points: pairs of step and value, dashed }.
  * @param shown { step }: the step whose values are shown, which the chart changes; null if none.
 */
function chart(label, lines, logarithmic, shown) {
  // Use a smaller chart on a phone, so that its text is readable.
  const [width, height, left, right, top, bottom] = [innerWidth < 740 ? 400 : 720, innerWidth < 740 ? 280 : 340, 54, 16, 10, 46];
  const drawn = lines.map(line => ({ ...line, points: logarithmic ? line.points.filter(point => point[1] > 0) : line.points })).filter(line => line.points.length);
  const told = make('div', { class: 'told', role: 'status' });
  if (!drawn.length) {
    return make('p', { class: 'dim' }, 'There are no measurements yet.');
  }
  const xs = drawn.flatMap(line => line.points.map(point => point[0]));
  // Exclude outliers, such as the first steps, because they would flatten the rest of the curve.
  const ys = drawn.flatMap(line => line.points.map(point => point[1])).sort((a, b) => a - b);
  // Spread arguments would overflow the stack, because many runs have more points than a call can have arguments.
  let [x0, x1] = xs.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  let [y0, y1] = [!logarithmic && ys[0] > 0 && ys[0] < ys[ys.length - 1] / 3 ? 0 : ys[0], logarithmic ? ys[ys.length - 1] : ys[Math.floor((ys.length - 1) * 0.99)] * 1.05];
  [x1, y1] = [x1 > x0 ? x1 : x0 + 1, y1 > y0 ? y1 : y0 + (Math.abs(y0) || 1)];
  const scale = logarithmic ? Math.log10 : value => value;
  const x = value => left + (value - x0) / (x1 - x0) * (width - left - right);
  const y = value => height - bottom - (scale(value) - scale(y0)) / (scale(y1) - scale(y0)) * (height - top - bottom);
  const grid = [
    ...ticks(y0, y1, logarithmic).flatMap(value => [
      draw('path', { class: 'grid', d: `M${left} ${y(value).toFixed(1)}H${width - right}` }),
      draw('text', { x: left - 8, y: (y(value) + 4).toFixed(1), 'text-anchor': 'end' }, figure(value))]),
    ...ticks(x0, x1, false).map(value => draw('text',
      { x: x(value).toFixed(1), y: height - 28, 'text-anchor': x(value) > width - right - 16 ? 'end' : 'middle' }, figure(value))),
    draw('text', { class: 'title', x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle' }, 'step'),
  ];
  const clip = `inside-${chart.count = (chart.count ?? 0) + 1}`;
  const cross = draw('g', { class: 'cross', visibility: 'hidden' });
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${label}; arrow keys show values`, tabindex: 0, class: 'chart' },
    draw('clipPath', { id: clip }, draw('rect', { x: left, y: top, width: width - left - right, height: height - top - bottom })), ...grid,
    draw('g', { 'clip-path': `url(#${clip})` }, ...drawn.map(line => draw('polyline',
      { class: `line c${line.place % 8}${line.dashed || line.place >= 8 ? ' dashed' : ''}`, points: line.points.map(point => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(' ') }))),
    cross);
  const tell = step => {
    const at = shown.step = Math.max(x0, Math.min(x1, step));
    const there = drawn.map(line => ({ ...line, point: nearest(line.points, at) }));
    cross.setAttribute('visibility', 'visible');
    cross.replaceChildren(draw('path', { d: `M${x(at).toFixed(1)} ${top}V${height - bottom}` }),
      ...there.map(line => draw('circle', { class: `c${line.place % 8}`, cx: x(line.point[0]).toFixed(1), cy: y(line.point[1]).toFixed(1), r: 4 })));
    told.replaceChildren(make('span', { class: 'dim' }, `at step ${figure(Math.round(at))}`),
      ...there.map(line => make('span', {}, make('i', { class: `key c${line.place % 8}` }), ` ${line.name}: `, make('b', {}, figure(line.point[1])),
        line.dashed || line.point[0] === Math.round(at) ? '' : make('span', { class: 'dim' }, ` (step ${figure(line.point[0])})`))));
  };
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    tell(x0 + ((event.clientX - box.left) / box.width * width - left) / (width - left - right) * (x1 - x0));
  });
  svg.addEventListener('keydown', event => {
    const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 }[event.key];
    if (by) {
      event.preventDefault();
      tell((shown.step ?? x1) + by * Math.max(1, (x1 - x0) / 100));
    }
  });
  shown.step === null || tell(shown.step);
  return make('div', {}, svg, told);
}
