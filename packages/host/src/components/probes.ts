// One question to a component, as it stands in `detect` or `verify`: its kind is the field that it has.
import type { ProbeSpec } from '@reknit/recovery';
import { parseCommandLine } from './command-line.js';
import type { Field, Fields } from './sheet.js';
import { PORT, type Scope, sampleOf, template, templateOf } from './templates.js';
import { isAddress } from './units.js';

export const PROBE_KINDS = ['http', 'tcp', 'grpc', 'command'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

const METHODS = ['GET', 'HEAD', 'POST'] as const;
const STATUS_DEFAULT = [{ from: 200, to: 399 }];
const ADDRESS = { expected: `host:port, such as 127.0.0.1:${PORT}`, isRight: isAddress };
const URL_EXPECTED = `a URL such as http://127.0.0.1:${PORT}/health`;

export function readProbe(kind: ProbeKind, fields: Fields, scope: Scope): ProbeSpec | undefined {
  switch (kind) {
    case 'http':
      return readHttp(fields, scope);
    case 'tcp':
      return readTcp(fields, scope);
    case 'grpc':
      return readGrpc(fields, scope);
    case 'command':
      return readCommand(fields, scope);
  }
}

function readHttp(fields: Fields, scope: Scope): ProbeSpec | undefined {
  const url = readUrl(fields.get('http'), scope);
  const method = fields.get('method').oneOf(METHODS) ?? 'GET';
  const headers = readTexts(fields.get('headers'), 'a map of headers', scope);
  const expectStatus = readStatuses(fields.get('expect'));
  const expectBody = readPattern(fields.get('body'));
  const name = fields.get('name').text('a name') ?? `http ${url}`;
  if (url === undefined) return undefined;
  return { kind: 'http', name, url, method, headers, expectStatus, ...(expectBody === undefined ? {} : { expectBody }) };
}

function readTcp(fields: Fields, scope: Scope): ProbeSpec | undefined {
  const address = templateOf(fields.get('tcp'), ADDRESS, scope);
  const name = fields.get('name').text('a name') ?? `tcp ${address}`;
  return address === undefined ? undefined : { kind: 'tcp', name, address };
}

function readGrpc(fields: Fields, scope: Scope): ProbeSpec | undefined {
  const address = templateOf(fields.get('grpc'), ADDRESS, scope);
  const service = fields.get('service').text('the name of a service') ?? '';
  const name = fields.get('name').text('a name') ?? `grpc ${address}${service === '' ? '' : ` ${service}`}`;
  return address === undefined ? undefined : { kind: 'grpc', name, address, service };
}

function readCommand(fields: Fields, scope: Scope): ProbeSpec | undefined {
  const words = readWords(fields.get('command'), scope);
  const cwd = template(fields.get('cwd'), 'a directory', scope);
  const env = readTexts(fields.get('env'), 'a map of variables', scope);
  const name = fields.get('name').text('a name') ?? `command ${words?.join(' ')}`;
  if (words === undefined) return undefined;
  const [command = '', ...args] = words;
  return { kind: 'command', name, command, args, env, ...(cwd === undefined ? {} : { cwd }) };
}

export function readUrl(field: Field, scope: Scope): string | undefined {
  return templateOf(field, { expected: URL_EXPECTED, isRight: isHttpUrl }, scope);
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ['http:', 'https:'].includes(new URL(text).protocol);
}

/** A command line, or the list of its words. */
export function readWords(field: Field, scope: Scope): readonly string[] | undefined {
  if (field.isList) return readList(field, scope);
  const text = field.text('a command, or a list of a program and its arguments');
  if (text === undefined || sampleOf(field, text, scope) === undefined) return undefined;
  const line = parseCommandLine(text);
  return line.ok ? line.words : field.fail(line.text);
}

function readList(field: Field, scope: Scope): readonly string[] | undefined {
  const items = field.list('a list');
  const words = items.map((item) => (item.source === '' ? '' : template(item, 'a text', scope)));
  if (items.length === 0) return field.wrong('a program and its arguments');
  return words.every((word) => word !== undefined) ? words : undefined;
}

export function readTexts(field: Field, expected: string, scope: Scope): Readonly<Record<string, string>> {
  const fields = field.fields(expected);
  if (fields === undefined) return {};
  const entries = fields.names.map((name): [string, string] => {
    const value = fields.get(name);
    const text = value.source;
    if (text === undefined) value.wrong('a text');
    else sampleOf(value, text, scope);
    return [name, text ?? ''];
  });
  return Object.fromEntries(entries);
}

export function readPattern(field: Field): string | undefined {
  const text = field.text('a regular expression');
  if (text === undefined) return undefined;
  try {
    new RegExp(text);
    return text;
  } catch (error) {
    return field.fail(`is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type StatusRange = { readonly from: number; readonly to: number };

function readStatuses(field: Field): readonly StatusRange[] {
  if (!field.isPresent) return STATUS_DEFAULT;
  const items = field.isList ? field.list('a list') : [field];
  return items.flatMap((item) => readStatus(item) ?? []);
}

function readStatus(field: Field): StatusRange | undefined {
  const found = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(field.source ?? '');
  const from = Number(found?.[1]);
  const to = Number(found?.[2] ?? found?.[1]);
  return from <= to ? { from, to } : field.wrong('a status such as 200, or a range such as 200-299');
}
