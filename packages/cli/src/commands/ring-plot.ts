// Plots of a few dozen numbers: bars for the terminal, bars and lines as SVG. The SVG needs no script and no font of its own,
// and reads on light and dark pages because it brings its own background.

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of so many columns at `full`; eighths of a column are drawn. */
export function bar(value: number, full: number, columns: number): string {
  const eighths = Math.round((8 * columns * Math.min(value, full)) / full);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
}

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}
export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** Names of the values of each series: below bars, or along the axis of lines. */
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly kind: 'bars' | 'lines';
  /** A dashed line at this height, and what it means. */
  readonly mark?: { readonly value: number; readonly name: string };
  readonly format: (value: number) => string;
}

const SIZE = { width: 760, height: 380, left: 64, right: 20, top: 64, bottom: 64 } as const;
const COLOURS = ['#2563eb', '#f59e0b', '#059669', '#db2777', '#7c3aed', '#475569'];
const LABELS_MAX = 26;
const TICKS = 5;

export function toSvg(chart: Chart): string {
  const top = niceTop(Math.max(chart.mark?.value ?? 0, ...chart.series.flatMap(({ values }) => values)));
  const y = (value: number): number => SIZE.height - SIZE.bottom - ((SIZE.height - SIZE.top - SIZE.bottom) * value) / top;
  const parts = [
    `<rect width="${SIZE.width}" height="${SIZE.height}" rx="8" fill="#ffffff"/>`,
    text(SIZE.left, 26, chart.title, 'font-size="15" font-weight="600"'),
    text(SIZE.left, 44, chart.subtitle, 'fill="#64748b"'),
    ...grid(top, y, chart.format),
    ...(chart.kind === 'bars' ? bars(chart, y) : lines(chart, y)),
    ...marks(chart, y),
    ...xLabels(chart.labels),
    ...legend(chart.series),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="12" fill="#0f172a" role="img" aria-label="${quoted(chart.title)}">\n${parts.join('\n')}\n</svg>\n`;
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return power * ([1, 1.25, 1.5, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10);
}

const round = (value: number): number => Math.round(value * 10) / 10;
const quoted = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const text = (x: number, y: number, value: string, attributes: string): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${quoted(value)}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number, attributes: string): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${attributes}/>`;

function grid(top: number, y: (value: number) => number, format: Chart['format']): readonly string[] {
  return Array.from({ length: TICKS + 1 }, (_, at) => (top * at) / TICKS).flatMap((value) => [
    line(SIZE.left, y(value), SIZE.width - SIZE.right, y(value), 'stroke="#e2e8f0"'),
    text(SIZE.left - 8, y(value) + 4, format(value), 'text-anchor="end" fill="#64748b"'),
  ]);
}

const slotOf = (labels: readonly string[]): number => (SIZE.width - SIZE.left - SIZE.right) / labels.length;
const centre = (at: number, slot: number): number => SIZE.left + (at + 0.5) * slot;
const colourOf = (at: number): string => COLOURS[at % COLOURS.length]!;

function bars({ labels, series }: Chart, y: (value: number) => number): readonly string[] {
  const slot = slotOf(labels);
  const width = (slot * 0.8) / series.length;
  return series.flatMap(({ name, values }, which) =>
    values.map((value, at) => {
      const x = centre(at, slot) - slot * 0.4 + which * width;
      return `<rect x="${round(x)}" y="${round(y(value))}" width="${round(Math.max(1, width - 1))}" height="${round(y(0) - y(value))}" fill="${colourOf(which)}"><title>${quoted(`${name} · ${labels[at]}: ${value}`)}</title></rect>`;
    }),
  );
}

function lines({ labels, series }: Chart, y: (value: number) => number): readonly string[] {
  const slot = slotOf(labels);
  return series.flatMap(({ values }, which) => {
    const points = values.map((value, at) => `${round(centre(at, slot))},${round(y(value))}`);
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colourOf(which)}" stroke-width="2"/>`,
      ...points.map(
        (point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${colourOf(which)}"/>`,
      ),
    ];
  });
}

function marks({ mark }: Chart, y: (value: number) => number): readonly string[] {
  if (mark === undefined) return [];
  return [
    line(SIZE.left, y(mark.value), SIZE.width - SIZE.right, y(mark.value), 'stroke="#0f172a" stroke-dasharray="5 4"'),
    text(SIZE.width - SIZE.right, y(mark.value) - 5, mark.name, 'text-anchor="end"'),
  ];
}

function xLabels(labels: readonly string[]): readonly string[] {
  const every = Math.ceil(labels.length / LABELS_MAX);
  const slot = slotOf(labels);
  const crowded = Math.max(...labels.map(({ length }) => length)) * 7 > slot * every;
  return labels.flatMap((label, at) => {
    if (at % every !== 0) return [];
    const [x, y] = [centre(at, slot), SIZE.height - SIZE.bottom + 16];
    return [text(x, y, label, crowded ? `text-anchor="end" transform="rotate(-40 ${round(x)} ${y})"` : 'text-anchor="middle"')];
  });
}

function legend(series: readonly Series[]): readonly string[] {
  if (series.length < 2) return [];
  let x: number = SIZE.width - SIZE.right;
  return series
    .map(({ name }, at) => ({ name, at }))
    .toReversed()
    .flatMap(({ name, at }) => {
      x -= 7 * name.length + 24;
      return [`<rect x="${x}" y="17" width="10" height="10" rx="2" fill="${colourOf(at)}"/>`, text(x + 15, 26, name, '')];
    });
}
