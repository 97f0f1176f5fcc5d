// What a threshold and a heartbeat interval cost: the time until a stopped subject is suspected, and how often one that lives is.
// The subject is simulated: on a busy machine its signs of life are late by an exponential time, and one in fifty comes
// after a stall. The same seed gives the same figures. Prints the table; with a file's name it draws the plot.
//   node packages/failure-detector/bench/curve.mjs [plot.svg]
import { writeFileSync } from 'node:fs';
import { FailureDetector } from '../dist/index.js';

const TICK = 10;
const INTERVALS = [25, 50, 100];
const THRESHOLDS = [1, 2, 4, 6, 8, 10, 12, 16];
const HOURS = 5;
const STOPS = 200;
/** As the store has them at its default heartbeat interval of 100 ms. */
const RHYTHM = { acceptablePause: 125, deviationMin: 20 };
const BUSY = { lateMean: 8, stallShare: 0.02, stallMean: 60 };

/** mulberry32 */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const exponential = (random, mean) => -Math.log(1 - random()) * mean;

/** Calls back with each sign of life and each look, in order, until `stop` says so. */
function live(random, interval, act) {
  let next = interval;
  for (let now = TICK; ; now += TICK) {
    while (next <= now) {
      act.heard(next);
      const stall = random() < BUSY.stallShare ? exponential(random, BUSY.stallMean) : 0;
      next += interval + exponential(random, BUSY.lateMean) + stall;
    }
    if (act.look(now) === 'stop') return;
  }
}

function falseSuspicionsAnHour(interval, threshold) {
  const detector = new FailureDetector({ interval, checkEvery: TICK, threshold, ...RHYTHM }, 0);
  detector.watch('leader', 0);
  let count = 0;
  live(seeded(1), interval, {
    heard: (now) => detector.heard('leader', now),
    look: (now) => {
      count += detector.check(now).length;
      return now >= HOURS * 3_600_000 ? 'stop' : 'go on';
    },
  });
  return count / HOURS;
}

/** Median of the time from the stop to the suspicion. */
function detection(interval, threshold) {
  const times = Array.from({ length: STOPS }, (_, seed) => {
    const detector = new FailureDetector({ interval, checkEvery: TICK, threshold, ...RHYTHM }, 0);
    detector.watch('leader', 0);
    const random = seeded(1000 + seed);
    const stoppedAt = 20_000 + random() * 1000;
    let took = 0;
    live(random, interval, {
      heard: (now) => now < stoppedAt && detector.heard('leader', now),
      look: (now) => {
        const suspected = detector.check(now).length > 0 && now >= stoppedAt;
        took = now - stoppedAt;
        return suspected ? 'stop' : 'go on';
      },
    });
    return took;
  }).sort((one, other) => one - other);
  return times[STOPS >> 1];
}

const COLOURS = ['#2563eb', '#f59e0b', '#16a34a'];
const LEFT = { x: 64, width: 300 };
const RIGHT = { x: 440, width: 300 };
const [TOP, BOTTOM] = [64, 316];
const THRESHOLD_MAX = 16;
const DETECTION_MAX = 600;
const RATE_DECADES = 5;

function plot(rows) {
  const xOf = (panel, threshold) => (panel.x + (threshold / THRESHOLD_MAX) * panel.width).toFixed(1);
  const detectionY = (ms) => (BOTTOM - (ms / DETECTION_MAX) * (BOTTOM - TOP)).toFixed(1);
  const rateY = (rate) => (BOTTOM - ((Math.log10(Math.max(rate, 0.1)) + 1) / RATE_DECADES) * (BOTTOM - TOP)).toFixed(1);
  const axis = (panel, label, y) =>
    `<line x1="${panel.x}" y1="${y}" x2="${panel.x + panel.width}" y2="${y}" stroke="#e2e8f0"/>` +
    `<text x="${panel.x - 8}" y="${Number(y) + 4}" text-anchor="end" fill="#64748b">${label}</text>`;
  const lines = (panel, pick, scale) =>
    INTERVALS.map((interval, at) => {
      const points = rows
        .filter((row) => row.interval === interval)
        .map((row) => `${xOf(panel, row.threshold)},${scale(pick(row))}`);
      return `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[at]}" stroke-width="2"/>`;
    });
  const thresholds = [LEFT, RIGHT].flatMap((panel) =>
    THRESHOLDS.map(
      (threshold) => `<text x="${xOf(panel, threshold)}" y="334" text-anchor="middle" fill="#64748b">${threshold}</text>`,
    ),
  );
  const legend = INTERVALS.map(
    (interval, at) => `<text x="${64 + at * 150}" y="368" fill="${COLOURS[at]}">a sign of life every ${interval} ms</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" font-family="system-ui, sans-serif" font-size="12" fill="#0f172a" role="img" aria-label="Threshold against detection time and false suspicions">
<rect width="760" height="380" rx="8" fill="#ffffff"/>
<text x="64" y="26" font-size="15" font-weight="600">What a threshold of phi costs</text>
<text x="64" y="48" fill="#64748b">ms until a stopped subject is suspected, against phi</text>
<text x="440" y="48" fill="#64748b">false suspicions an hour on a busy machine</text>
${[0, 200, 400, 600].map((ms) => axis(LEFT, String(ms), detectionY(ms))).join('\n')}
${[0.1, 1, 10, 100, 1000, 10_000].map((rate) => axis(RIGHT, String(rate), rateY(rate))).join('\n')}
${lines(LEFT, (row) => row.detection, detectionY).join('\n')}
${lines(RIGHT, (row) => row.rate, rateY).join('\n')}
${thresholds.join('\n')}
${legend.join('\n')}
</svg>
`;
}

const rows = INTERVALS.flatMap((interval) =>
  THRESHOLDS.map((threshold) => ({
    interval,
    threshold,
    detection: detection(interval, threshold),
    rate: falseSuspicionsAnHour(interval, threshold),
  })),
);
console.log('interval  threshold  suspected after  false an hour');
for (const { interval, threshold, detection: ms, rate } of rows) {
  console.log(
    `${String(interval).padStart(5)} ms${String(threshold).padStart(11)}${`${ms.toFixed(0)} ms`.padStart(17)}${rate.toFixed(1).padStart(15)}`,
  );
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], plot(rows));
