// Turns the schema into straight-line TypeScript: per message an interface, create, decode, encode, and the read and write
// functions that messages containing it call. No reflection and no tables at run time.

const BANNER = '// Generated from ../../proto by scripts/generate.mjs: change those, not this.';

/** Per kind of field: TypeScript type, default, wire type, reader call, writer call, test whether it must be written. */
const SCALARS = {
  bytes: ['Uint8Array', 'EMPTY_BYTES', 2, 'bytes', 'bytes', (value) => `${value}.length !== 0`],
  string: ['string', "''", 2, 'string', 'string', (value) => `${value} !== ''`],
  bool: ['boolean', 'false', 0, 'bool', 'bool', (value) => value],
  uint32: ['number', '0', 0, 'u32', 'number', (value) => `${value} !== 0`],
  enum: ['number', '0', 0, 'i32', 'number', (value) => `${value} !== 0`],
  'int64-number': ['number', '0', 0, 'i64Number', 'number', (value) => `${value} !== 0`],
  'uint64-number': ['number', '0', 0, 'u64Number', 'number', (value) => `${value} !== 0`],
  'int64-bigint': ['bigint', '0n', 0, 'i64', 'bigint', (value) => `${value} !== 0n`],
  'uint64-bigint': ['bigint', '0n', 0, 'u64', 'bigint', (value) => `${value} !== 0n`],
};

const scalar = (field) => {
  const entry = SCALARS[field.kind];
  if (entry === undefined) throw new Error(`no rule for fields of kind ${field.kind} (${field.name})`);
  const [type, zero, wireType, read, write, present] = entry;
  return { type, zero, wireType, read, write, present };
};

/** @returns file name to text */
export function emit(schema) {
  const names = [...new Set(schema.messages.map((message) => message.file))].sort();
  const files = new Map(names.map((name) => [`${name}.ts`, emitFile(name, schema)]));
  files.set('methods.ts', emitMethods(schema.methods));
  files.set('index.ts', emitIndex(names, schema));
  return files;
}

function emitFile(name, schema) {
  const messages = schema.messages.filter((message) => message.file === name);
  const enums = schema.enums.filter((type) => type.file === name);
  const body = [...enums.map(emitEnum), ...messages.map(emitMessage)].join('\n');
  return `${BANNER}\n${imports(name, messages, schema, body)}\n${body}`;
}

function imports(name, messages, schema, body) {
  const lines = [];
  if (body.includes('EMPTY_BYTES')) lines.push("import { EMPTY_BYTES } from '@reknit/base';");
  const used = new Set(messages.flatMap((message) => message.fields.map((field) => field.type)));
  const foreign = schema.messages.filter((message) => used.has(message.name) && message.file !== name);
  lines.push(
    "import { WireReader } from '../wire-reader.js';",
    "import { sharedWriter, type WireWriter } from '../wire-writer.js';",
  );
  for (const file of [...new Set(foreign.map((message) => message.file))].sort()) {
    const types = foreign.filter((message) => message.file === file).map((message) => message.name);
    const items = [
      ...types.map((type) => `type ${type}`),
      ...types.map((type) => `read${type}`),
      ...types.map((type) => `write${type}`),
    ];
    lines.push(`import { ${items.sort(byImportedName).join(', ')} } from './${file}.js';`);
  }
  return `${lines.join('\n')}\n`;
}

const byImportedName = (left, right) => (bare(left) < bare(right) ? -1 : 1);
const bare = (item) => item.replace('type ', '');

function emitEnum({ name, values }) {
  const entries = Object.entries(values).map(([key, value]) => `  ${key}: ${value},`);
  return `export const ${name} = {\n${entries.join('\n')}\n} as const;\n`;
}

function emitMessage(message) {
  const parts = [emitInterface, emitCreate, emitDecode, emitEncode, emitRead, emitWrite];
  return parts.map((part) => part(message)).join('\n');
}

function fieldType(field) {
  const single = field.kind === 'message' ? field.type : scalar(field).type;
  if (field.repeated) return `readonly ${single}[]`;
  return field.kind === 'message' ? `${single} | undefined` : single;
}

function zeroOf(field) {
  if (field.repeated) return '[]';
  return field.kind === 'message' ? 'undefined' : scalar(field).zero;
}

function emitInterface({ name, fields }) {
  if (fields.length === 0) return `export type ${name} = Readonly<Record<string, never>>;\n`;
  const lines = fields.map((field) => `  readonly ${field.name}: ${fieldType(field)};`);
  return `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

function emitCreate({ name, fields }) {
  if (fields.length === 0) return `export const create${name} = (): ${name} => ({});\n`;
  const lines = fields.map((field) => {
    const zero = zeroOf(field);
    return `    ${field.name}: partial.${field.name}${zero === 'undefined' ? '' : ` ?? ${zero}`},`;
  });
  return `export function create${name}(partial: Partial<${name}> = {}): ${name} {\n  return {\n${lines.join('\n')}\n  };\n}\n`;
}

const emitDecode = ({ name }) =>
  `export const decode${name} = (bytes: Uint8Array): ${name} => read${name}(new WireReader(bytes));\n`;

function emitEncode({ name }) {
  return `export function encode${name}(message: ${name}): Uint8Array {\n  write${name}(sharedWriter.begin(), message);\n  return sharedWriter.finish();\n}\n`;
}

function emitRead({ name, fields }) {
  const lines = [`export function read${name}(reader: WireReader): ${name} {`];
  for (const field of fields) lines.push(`  ${declaration(field)}`);
  if (fields.length === 0) {
    lines.push('  while (reader.at < reader.end) reader.skip(reader.u32());');
  } else {
    lines.push('  while (reader.at < reader.end) {', '    const tag = reader.u32();', '    switch (tag) {');
    for (const field of fields) lines.push(...readCases(field));
    lines.push('      default:', '        reader.skip(tag);', '    }', '  }');
  }
  lines.push('  reader.finish();', `  return ${literal(fields)};`, '}');
  return `${lines.join('\n')}\n`;
}

const LINE_WIDTH = 130;

function literal(fields) {
  if (fields.length === 0) return '{}';
  const names = fields.map((field) => field.name);
  const line = `{ ${names.join(', ')} }`;
  return `  return ${line};`.length <= LINE_WIDTH ? line : `{\n${names.map((name) => `    ${name},`).join('\n')}\n  }`;
}

function declaration(field) {
  if (field.repeated) return `const ${field.name}: ${fieldType(field).replace('readonly ', '')} = [];`;
  if (field.kind === 'message') return `let ${field.name}: ${field.type} | undefined;`;
  if (field.kind === 'bytes') return `let ${field.name}: Uint8Array = EMPTY_BYTES;`;
  return `let ${field.name} = ${scalar(field).zero};`;
}

const tagOf = (field, wireType) => field.number * 8 + wireType;

function readCases(field) {
  if (field.kind === 'message') return readMessageCase(field);
  const { read, wireType } = scalar(field);
  if (!field.repeated) return readCase(tagOf(field, wireType), [`${field.name} = reader.${read}();`, ...clearSiblings(field)]);
  const single = readCase(tagOf(field, wireType), [`${field.name}.push(reader.${read}());`]);
  if (wireType === 2) return single;
  const packed = [
    'const outer = reader.enter();',
    `while (reader.at < reader.end) ${field.name}.push(reader.${read}());`,
    'reader.finish();',
    'reader.leave(outer);',
  ];
  return [...single, ...readBlockCase(tagOf(field, 2), packed)];
}

function readMessageCase(field) {
  const store = field.repeated ? `${field.name}.push(read${field.type}(reader));` : `${field.name} = read${field.type}(reader);`;
  const body = ['const outer = reader.enter();', store, 'reader.leave(outer);', ...clearSiblings(field)];
  return readBlockCase(tagOf(field, 2), body);
}

const readCase = (tag, body) => [`      case ${tag}:`, ...[...body, 'break;'].map((line) => `        ${line}`)];
const readBlockCase = (tag, body) => [`      case ${tag}: {`, ...[...body, 'break;'].map((line) => `        ${line}`), '      }'];

/** Only embedded messages: a scalar of a oneof is read by its target, which is not in the oneof. */
const clearSiblings = (field) => (field.kind === 'message' ? field.oneofSiblings.map((name) => `${name} = undefined;`) : []);

function emitWrite({ name, fields }) {
  if (fields.length === 0) return `export function write${name}(_writer: WireWriter, _message: ${name}): void {}\n`;
  const backwards = [...fields].sort((left, right) => right.number - left.number);
  const lines = backwards.flatMap(writeField).map((line) => `  ${line}`);
  return `export function write${name}(writer: WireWriter, message: ${name}): void {\n${lines.join('\n')}\n}\n`;
}

function writeField(field) {
  const value = `message.${field.name}`;
  if (field.repeated) return writeRepeated(field, value);
  if (field.kind === 'message') {
    return [`if (${value} !== undefined) {`, ...writeEmbedded(field, value).map((line) => `  ${line}`), '}'];
  }
  const { present, write, wireType } = scalar(field);
  const argument = field.kind === 'bool' ? '' : `, ${value}`;
  return [`if (${present(value)}) writer.${write}(${tagOf(field, wireType)}${argument});`];
}

function writeRepeated(field, value) {
  if (field.kind !== 'message' && scalar(field).wireType !== 2) {
    return [`if (${value}.length !== 0) writer.packed(${tagOf(field, 2)}, ${value});`];
  }
  const item = `${value}[index]!`;
  const body =
    field.kind === 'message' ? writeEmbedded(field, item) : [`writer.${scalar(field).write}(${tagOf(field, 2)}, ${item});`];
  return [`for (let index = ${value}.length - 1; index >= 0; index--) {`, ...body.map((line) => `  ${line}`), '}'];
}

const writeEmbedded = (field, value) => [
  'const mark = writer.length;',
  `write${field.type}(writer, ${value});`,
  `writer.message(${tagOf(field, 2)}, mark);`,
];

function emitMethods(methods) {
  const entries = methods.map((method) => {
    const lines = Object.entries(method).map(([key, value]) => `    ${key}: '${value}',`);
    return `  {\n${lines.join('\n')}\n  },`;
  });
  return `${BANNER}
export interface MethodDescription {
  /** With its package: \`etcdserverpb.KV\`. */
  readonly service: string;
  readonly method: string;
  /** The HTTP/2 path of a call. */
  readonly path: string;
  readonly kind: 'unary' | 'server-stream' | 'bidirectional';
  readonly requestType: string;
  readonly responseType: string;
}

export const methods: readonly MethodDescription[] = [
${entries.join('\n')}
];
`;
}

function emitIndex(names, schema) {
  const lines = names.flatMap((name) => {
    const messages = schema.messages.filter((message) => message.file === name).map((message) => message.name);
    const enums = schema.enums.filter((type) => type.file === name).map((type) => type.name);
    const functions = messages.flatMap((message) => [`create${message}`, `decode${message}`, `encode${message}`]);
    const items = [...enums, ...messages.map((message) => `type ${message}`), ...functions].sort(byImportedName);
    return ['export {', ...items.map((item) => `  ${item},`), `} from './${name}.js';`];
  });
  return `${BANNER}\n${lines.join('\n')}\nexport { type MethodDescription, methods } from './methods.js';\n`;
}
