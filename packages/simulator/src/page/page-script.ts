// The page's script, as text: it draws what lies in the visible part of the run on one canvas.
export const PAGE_SCRIPT = `
const data = JSON.parse(document.getElementById('data').textContent);
const canvas = document.getElementById('run');
const under = document.getElementById('under');
const pen = canvas.getContext('2d');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name);
const LEFT = 64, TOP = 34, LANE = 46, ROW = 7;
const clients = 1 + data.operations.reduce((most, [client]) => Math.max(most, client), 0);
const lanes = data.members.length;
const laneAt = (member) => TOP + member * LANE + LANE / 2;
const rowsTop = TOP + lanes * LANE + 26;
const height = rowsTop + clients * ROW + 24;
const whole = () => ({ from: 0, to: Math.max(1, data.endedAt) });
const focus = () => {
  const first = data.violations[0];
  return first === undefined ? whole() : { from: Math.max(0, first[0] - 4000), to: Math.min(data.endedAt, first[0] + 500) };
};
let view = focus();
let width = 0;
const x = (at) => LEFT + ((at - view.from) / (view.to - view.from)) * (width - LEFT - 8);
const seen = (from, to) => to >= view.from && from <= view.to;

function draw() {
  const ratio = devicePixelRatio || 1;
  width = canvas.clientWidth;
  canvas.style.height = height + 'px';
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '12px system-ui, sans-serif';
  drawTime();
  pen.save();
  pen.beginPath();
  pen.rect(LEFT, 0, width - LEFT, height);
  pen.clip();
  drawMessages();
  drawMembers();
  drawFaults();
  drawOperations();
  drawViolations();
  pen.restore();
  drawNames();
}

function drawTime() {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000];
  const step = steps.find((one) => (one / (view.to - view.from)) * width > 80) || 600000;
  pen.fillStyle = colour('faint');
  pen.strokeStyle = colour('up');
  pen.lineWidth = 0.5;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    pen.beginPath();
    pen.moveTo(x(at), 16);
    pen.lineTo(x(at), height);
    pen.stroke();
    pen.fillText(step < 1000 ? at + ' ms' : at / 1000 + ' s', x(at) + 3, 12);
  }
}

function drawNames() {
  pen.fillStyle = colour('text');
  data.members.forEach((name, member) => pen.fillText(name, 8, laneAt(member) + 4));
  pen.fillText('clients', 8, rowsTop + 8);
}

function drawMembers() {
  pen.fillStyle = colour('up');
  for (const [member, from, to] of data.lives) if (seen(from, to)) pen.fillRect(x(from), laneAt(member) - 5, x(to) - x(from), 10);
  data.reigns.forEach(([at, member, round], index) => {
    const life = data.lives.find((one) => one[0] === member && one[1] <= at && one[2] >= at);
    const next = data.reigns[index + 1];
    const end = Math.min(next ? next[0] : data.endedAt, life ? life[2] : data.endedAt);
    if (!seen(at, end)) return;
    pen.fillStyle = colour('leads');
    pen.fillRect(x(at), laneAt(member) - 5, Math.max(2, x(end) - x(at)), 10);
    if (x(end) - x(at) > 40) pen.fillText('round ' + round, Math.max(LEFT, x(at)) + 2, laneAt(member) - 9);
  });
}

function drawMessages() {
  pen.strokeStyle = colour('message');
  pen.lineWidth = 0.6;
  const shown = data.messages.filter(([, , sent, at]) => seen(sent, at));
  const every = Math.ceil(shown.length / 4000);
  pen.beginPath();
  shown.forEach(([from, to, sent, at], index) => {
    if (index % every !== 0) return;
    pen.moveTo(x(sent), laneAt(from));
    pen.lineTo(x(at), laneAt(to));
  });
  pen.stroke();
}

function drawFaults() {
  pen.fillStyle = pen.strokeStyle = colour('fault');
  pen.lineWidth = 1;
  let free = 0;
  for (const [at, number, kind] of data.faults) {
    if (!seen(at, at)) continue;
    pen.beginPath();
    pen.moveTo(x(at), TOP - 8);
    pen.lineTo(x(at), TOP + lanes * LANE);
    pen.stroke();
    const text = number + ' ' + kind;
    if (x(at) < free) continue;
    pen.fillText(text, x(at) + 3, TOP - 4);
    free = x(at) + pen.measureText(text).width + 10;
  }
}

function drawOperations() {
  for (const [client, from, to, outcome, , wrong] of data.operations) {
    const end = to === null ? data.endedAt : to;
    if (!seen(from, end)) continue;
    pen.fillStyle = colour(wrong ? 'wrong' : outcome === 'ok' ? 'done' : outcome === 'unknown' ? 'unknown' : 'faint');
    pen.globalAlpha = outcome === 'unknown' && !wrong ? 0.5 : 1;
    pen.fillRect(x(from), rowsTop + client * ROW, Math.max(1.5, x(end) - x(from)), wrong ? ROW : ROW - 3);
  }
  pen.globalAlpha = 1;
}

function drawViolations() {
  pen.fillStyle = pen.strokeStyle = colour('wrong');
  pen.lineWidth = 2;
  for (const [at, rule] of data.violations) {
    if (!seen(at, at)) continue;
    pen.beginPath();
    pen.moveTo(x(at), 16);
    pen.lineTo(x(at), height);
    pen.stroke();
    pen.textAlign = 'right';
    pen.fillText(rule, x(at) - 5, height - 6);
    pen.textAlign = 'left';
  }
}

const timeAt = (pixel) => view.from + ((pixel - LEFT) / (width - LEFT - 8)) * (view.to - view.from);

function show(from, to) {
  const span = Math.min(Math.max(to - from, 1), Math.max(1, data.endedAt));
  const start = Math.min(Math.max(0, from), Math.max(0, data.endedAt - span));
  view = { from: start, to: start + span };
  draw();
}

function tell(event) {
  const at = timeAt(event.offsetX);
  const client = Math.floor((event.offsetY - rowsTop) / ROW);
  const near = (view.to - view.from) / 300;
  const hit = data.operations.find(([who, from, to]) => who === client && from - near <= at && (to === null || to + near >= at));
  under.textContent = at.toFixed(2) + ' ms' + (hit === undefined ? '' : '   ' + hit[4]);
}

let dragged;
canvas.addEventListener('pointerdown', (event) => { dragged = event.offsetX; canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener('pointerup', () => { dragged = undefined; });
canvas.addEventListener('pointermove', (event) => {
  tell(event);
  if (dragged === undefined) return;
  const moved = timeAt(dragged) - timeAt(event.offsetX);
  dragged = event.offsetX;
  show(view.from + moved, view.to + moved);
});
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  const at = timeAt(event.offsetX);
  const factor = event.deltaY > 0 ? 1.25 : 0.8;
  show(at - (at - view.from) * factor, at + (view.to - at) * factor);
}, { passive: false });
canvas.addEventListener('dblclick', () => show(0, data.endedAt));
canvas.addEventListener('keydown', (event) => {
  const span = view.to - view.from;
  const step = { ArrowLeft: -span / 8, ArrowRight: span / 8 }[event.key];
  if (step !== undefined) show(view.from + step, view.to + step);
  if (event.key === '+') show(view.from + span / 8, view.to - span / 8);
  if (event.key === '-') show(view.from - span / 8, view.to + span / 8);
});
addEventListener('resize', draw);
draw();
`;
