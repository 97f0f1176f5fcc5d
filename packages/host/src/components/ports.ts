// `ports:`, in one of three forms: the first one (8001), a range ({ from: 8001, step: 1, spare: 1 }), or each one by itself
// ([8001, 8002, 8010]). Instance i begins on the i-th; what is left over is where an instance can move to.
import type { Field } from './sheet.js';
import { PORT_MAX } from './units.js';

const STEP_MAX = 1000;
const SPARE_MAX = 100;

export function readPorts(field: Field, instances: number): readonly number[] {
  if (field.isMap) return readRange(field, instances);
  if (field.isList) return readEach(field, instances);
  const from = field.whole(1, PORT_MAX);
  return from === undefined ? [] : rangeOf(field, { from, step: 1, count: instances });
}

function readRange(field: Field, instances: number): readonly number[] {
  const fields = field.fields('a map');
  if (fields === undefined) return [];
  const from = fields.get('from').whole(1, PORT_MAX);
  if (!fields.has('from')) fields.get('from').wrong('the port of the first instance');
  const step = fields.get('step').whole(1, STEP_MAX) ?? 1;
  const spare = fields.get('spare').whole(0, SPARE_MAX) ?? 0;
  fields.close();
  return from === undefined ? [] : rangeOf(field, { from, step, count: instances + spare });
}

function rangeOf(field: Field, { from, step, count }: { from: number; step: number; count: number }): readonly number[] {
  const last = from + (count - 1) * step;
  if (last > PORT_MAX) field.fail(`reaches port ${last} with the last of ${count}: expected no port above ${PORT_MAX}`);
  return Array.from({ length: count }, (_, at) => from + at * step);
}

function readEach(field: Field, instances: number): readonly number[] {
  const items = field.list('a list');
  const seen = new Set<number>();
  for (const item of items) {
    const port = item.whole(1, PORT_MAX);
    if (port !== undefined && seen.has(port))
      item.fail(`is ${port}, which stands in this list already: each instance needs its own`);
    if (port !== undefined) seen.add(port);
    else if (!item.isPresent) item.wrong('a port');
  }
  if (items.length < instances) field.fail(`has ${items.length} ports for ${instances} instances: expected at least one each`);
  return [...seen];
}
