// One entry of `components:`.
import { resolve } from 'node:path';
import { LOG_DEFAULTS, type OutputLog, type ProcessComponent, type StopSignal } from '@reknit/drivers';
import { readDetect, readVerify } from './detect.js';
import { readPorts } from './ports.js';
import { readTexts, readWords } from './probes.js';
import { type DeclaredPolicy, readPolicy } from './recover.js';
import type { Field, Fields } from './sheet.js';
import { type Scope, template } from './templates.js';
import { parseBytes } from './units.js';

/** Those that this version knows. */
const DRIVERS = ['process'] as const;
/** More processes of one kind than one machine is given. */
const INSTANCES_MAX = 100;
const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
const LOG_BYTES_MAX = 256 * 1024 * 1024;

export interface DeclaredComponent {
  readonly component: ProcessComponent;
  readonly field: Field;
  readonly policy: DeclaredPolicy;
}

/** @param directory what relative paths in the file are relative to */
export function readComponent(name: string, field: Field, directory: string): DeclaredComponent | undefined {
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(name) || /-\d+$/.test(name))
    field.fail(
      `is no name: expected lower-case letters, digits and dashes, such as web or orders-db, without a number at its end`,
    );
  const fields = field.isPresent
    ? field.fields('a map with at least driver and command')
    : field.wrong('a map with at least driver and command');
  if (fields === undefined) return undefined;
  const driver = fields.get('driver').oneOf(DRIVERS);
  if (!fields.has('driver')) fields.get('driver').wrong(DRIVERS.join(', '));
  // What else stands there belongs to a driver that is not known.
  if (driver === undefined) return undefined;
  const declared = readProcess(name, fields, directory);
  fields.close();
  return declared === undefined ? undefined : { ...declared, field };
}

function readProcess(name: string, fields: Fields, directory: string): Omit<DeclaredComponent, 'field'> | undefined {
  const instances = fields.get('instances').whole(1, INSTANCES_MAX) ?? 1;
  const ports = readPorts(fields.get('ports'), instances);
  const scope: Scope = { hasPorts: fields.has('ports') };
  const command = readWords(fields.get('command'), scope);
  if (!fields.get('command').isPresent) fields.get('command').wrong('the program to run, such as node server.js');
  const cwd = template(fields.get('cwd'), 'a directory', scope) ?? '.';
  const env = readTexts(fields.get('env'), 'a map of variables', scope);
  const stop = readStop(fields.get('stop'));
  const log = readLog(fields.get('log'), scope, directory);
  const config = readFiles(fields.get('config'), directory);
  const detect = readDetect(fields.get('detect'), scope);
  const { dependencies, ...policy } = readPolicy(fields.get('recover'), {
    component: name,
    instances,
    sparePorts: Math.max(0, ports.length - instances),
  });
  const verify = readVerify(fields.get('verify'), scope);
  if (command === undefined) return undefined;
  const soak = verify.soakMs === undefined ? {} : { soakMs: verify.soakMs };
  return {
    policy: { ...policy, dependencies },
    component: {
      driver: 'process',
      name,
      instances,
      command,
      cwd: resolve(directory, cwd),
      env,
      ports,
      stop,
      log,
      config,
      detect: detect.map((spec) => withPath(spec, directory)),
      verify,
      policy: { ...policy, ...soak },
    },
  };
}

/** Relative paths are meant from where the file is. */
function withPath(spec: ProcessComponent['detect'][number], directory: string): ProcessComponent['detect'][number] {
  if (spec.kind === 'disk') return { ...spec, path: resolve(directory, spec.path) };
  if (spec.kind === 'log' && spec.source.kind === 'file')
    return { ...spec, source: { kind: 'file', path: resolve(directory, spec.source.path) } };
  return spec;
}

function readFiles(field: Field, directory: string): readonly string[] {
  const items = field.isList ? field.list('a list') : [field];
  return items.flatMap((item) => {
    const path = item.text('the path of a file that it reads, or a list of them');
    return path === undefined ? [] : [resolve(directory, path)];
  });
}

function readStop(field: Field): ProcessComponent['stop'] {
  if (!field.isMap) return { signal: field.oneOf(SIGNALS) ?? 'SIGTERM' };
  const fields = field.fields('a map');
  const signal = fields?.get('signal').oneOf(SIGNALS) ?? 'SIGTERM';
  const graceMs = fields?.get('grace').duration({ minMs: 0 });
  fields?.close();
  return { signal, ...(graceMs === undefined ? {} : { graceMs }) };
}

function readLog(field: Field, scope: Scope, directory: string): OutputLog {
  if (!field.isMap) {
    const file = template(field, 'the path of a file', scope);
    return { ...LOG_DEFAULTS, ...(file === undefined ? {} : { file: resolve(directory, file) }) };
  }
  const fields = field.fields('a map');
  if (fields === undefined) return LOG_DEFAULTS;
  const file = template(fields.get('file'), 'the path of a file', scope);
  const bytesMax = readSize(fields.get('maxSize')) ?? LOG_DEFAULTS.bytesMax;
  const keep = fields.get('keep').whole(0, 100) ?? LOG_DEFAULTS.keep;
  fields.close();
  return { bytesMax, keep, ...(file === undefined ? {} : { file: resolve(directory, file) }) };
}

function readSize(field: Field): number | undefined {
  if (!field.isPresent) return undefined;
  const bytes = parseBytes(field.source ?? '');
  if (bytes !== undefined && bytes >= 1024 && bytes <= LOG_BYTES_MAX) return bytes;
  return field.wrong('a size from 1KiB to 256MiB, such as 10MB');
}
