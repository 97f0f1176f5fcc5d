// `detect:` and `verify:`: each entry is of the kind whose field it has.
import { type DetectSpec, parseThreshold, type VerifySpec } from '@reknit/recovery';
import { PROBE_KINDS, readPattern, readProbe, readUrl } from './probes.js';
import type { Field, Fields } from './sheet.js';
import { PORT, type Scope, template } from './templates.js';
import { parseBytes, parseShare } from './units.js';

const DETECT_KINDS = [...PROBE_KINDS, 'metric', 'log', 'disk'] as const;
const VERIFY_KINDS = [...PROBE_KINDS, 'soak'] as const;

const EVERY_MS = 1000;
const TIMEOUT_MS = 500;
const FAILURES = 3;
/** A process is started for each. */
const COMMAND_EVERY_MS = 10_000;
const COMMAND_TIMEOUT_MS = 5000;
const DISK_EVERY_MS = 10_000;
const DISK_SHARE = 0.05;
const LOG_WITHIN_MS = 60_000;
/** More are a mistake, and each costs a question at its pace. */
const ENTRIES_MAX = 32;

export function readDetect(field: Field, scope: Scope): readonly DetectSpec[] {
  return entriesOf(field, `a list such as [{ http: "http://127.0.0.1:${PORT}/health", every: 1s }]`, (fields) => {
    const kind = kindOf(fields, DETECT_KINDS);
    if (kind === undefined) return undefined;
    const spec = readDetector(kind, fields, scope);
    fields.close();
    return spec;
  });
}

export function readVerify(field: Field, scope: Scope): VerifySpec {
  let soakMs: number | undefined;
  const probes = entriesOf(field, `a list such as [{ http: "http://127.0.0.1:${PORT}/ready" }, { soak: 10s }]`, (fields) => {
    const kind = kindOf(fields, VERIFY_KINDS);
    if (kind === undefined) return undefined;
    if (kind === 'soak') {
      soakMs = fields.get('soak').duration({ minMs: 0 });
      fields.close();
      return undefined;
    }
    const probe = readProbe(kind, fields, scope);
    const timeoutMs = fields.get('timeout').duration() ?? timeoutOf(kind);
    fields.close();
    return probe === undefined ? undefined : { probe, timeoutMs };
  });
  return { probes, ...(soakMs === undefined ? {} : { soakMs }) };
}

function entriesOf<Entry>(field: Field, expected: string, read: (fields: Fields) => Entry | undefined): readonly Entry[] {
  const items = field.list(expected);
  if (items.length > ENTRIES_MAX) field.fail(`has ${items.length} entries: expected ${ENTRIES_MAX} at the most`);
  return items.flatMap((item) => {
    if (!item.isPresent) item.wrong('an entry');
    const fields = item.fields(expected);
    return fields === undefined ? [] : (read(fields) ?? []);
  });
}

function kindOf<Kind extends string>(fields: Fields, kinds: readonly Kind[]): Kind | undefined {
  const [kind, second] = kinds.filter((each) => fields.has(each));
  if (kind === undefined) return fields.fail(`says not what it looks at: expected one of ${kinds.join(', ')}`);
  if (second !== undefined) return fields.failAt(second, `stands beside ${kind}: expected one of them; make two entries of it`);
  if (fields.get(kind).isPresent) return kind;
  return fields.failAt(kind, 'is empty: expected what to look at');
}

function readDetector(kind: (typeof DETECT_KINDS)[number], fields: Fields, scope: Scope): DetectSpec | undefined {
  switch (kind) {
    case 'metric':
      return readMetric(fields, scope);
    case 'log':
      return readLog(fields, scope);
    case 'disk':
      return readDisk(fields, scope);
    default: {
      const probe = readProbe(kind, fields, scope);
      const everyMs = fields.get('every').duration({ minMs: 50 }) ?? (kind === 'command' ? COMMAND_EVERY_MS : EVERY_MS);
      const timeoutMs = fields.get('timeout').duration({ minMs: 10 }) ?? timeoutOf(kind);
      const failures = fields.get('failures').whole(1, 100) ?? FAILURES;
      return probe === undefined ? undefined : { kind: 'probe', probe, everyMs, timeoutMs, failures };
    }
  }
}

const timeoutOf = (kind: string): number => (kind === 'command' ? COMMAND_TIMEOUT_MS : TIMEOUT_MS);

function readMetric(fields: Fields, scope: Scope): DetectSpec | undefined {
  const field = fields.get('metric');
  const text = field.text('a threshold such as "process_resident_memory_bytes > 500MB for 10s"');
  const threshold = text === undefined ? undefined : parseThreshold(text);
  if (threshold?.ok === false) field.fail(`is no threshold: expected ${threshold.expected} at its column ${threshold.column}`);
  const url = readUrl(fields.get('url'), scope);
  if (!fields.has('url')) fields.get('url').wrong(`where the metrics are, such as http://127.0.0.1:${PORT}/metrics`);
  const everyMs = fields.get('every').duration({ minMs: 50 }) ?? EVERY_MS;
  const timeoutMs = fields.get('timeout').duration({ minMs: 10 }) ?? TIMEOUT_MS;
  const name = fields.get('name').text('a name') ?? `metric ${text}`;
  if (threshold?.ok !== true || url === undefined) return undefined;
  return { kind: 'metric', name, url, everyMs, timeoutMs, ...threshold.threshold };
}

function readLog(fields: Fields, scope: Scope): DetectSpec | undefined {
  const pattern = readPattern(fields.get('log'));
  const path = template(fields.get('file'), 'the path of a file', scope);
  const count = fields.get('count').whole(1, 1_000_000) ?? 1;
  const withinMs = fields.get('within').duration() ?? LOG_WITHIN_MS;
  const name = fields.get('name').text('a name') ?? `log ${pattern}`;
  if (pattern === undefined) return undefined;
  const source = path === undefined ? ({ kind: 'output' } as const) : ({ kind: 'file', path } as const);
  return { kind: 'log', name, pattern, source, count, withinMs };
}

function readDisk(fields: Fields, scope: Scope): DetectSpec | undefined {
  const path = template(fields.get('disk'), 'any path of the file system', scope);
  const field = fields.get('minFree');
  const share = parseShare(field.source ?? '');
  const bytes = field.isPresent && share === undefined ? parseBytes(field.source ?? '') : 0;
  if (bytes === undefined) field.wrong('an amount such as 2GB, or a share such as 10%');
  const everyMs = fields.get('every').duration({ minMs: 1000 }) ?? DISK_EVERY_MS;
  const name = fields.get('name').text('a name') ?? `disk ${path}`;
  if (path === undefined || bytes === undefined) return undefined;
  const minFreeShare = share ?? (field.isPresent ? 0 : DISK_SHARE);
  return { kind: 'disk', name, path, minFreeBytes: bytes, minFreeShare, everyMs };
}
