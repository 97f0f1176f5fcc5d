// Reads the .proto files into plain descriptions of messages, enums and methods, and decides in which generated file each
// message stands: its package, or for the large etcdserverpb the one service that reaches it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// biome-ignore lint/correctness/noUndeclaredDependencies: a tool of the workspace; the package itself runs without it
import protobuf from 'protobufjs';

const SHARED = 'header';

export function readSchema(protoDirectory) {
  const root = new protobuf.Root();
  for (const file of protoFiles(protoDirectory)) protobuf.parse(readFileSync(file, 'utf8'), root, { keepCase: true });
  root.resolveAll();
  const types = allTypes(root);
  const methods = allServices(root).flatMap((service) => service.methodsArray.map((method) => describeMethod(service, method)));
  const files = assignFiles(types, allServices(root));
  return {
    methods,
    messages: types.map((type) => ({ name: type.name, file: files.get(type), fields: type.fieldsArray.map(describeField) })),
    enums: allEnums(root).map((type) => ({
      name: enumName(type),
      file: type.parent instanceof protobuf.Type ? files.get(type.parent) : enumFile(type, types, files),
      values: type.values,
    })),
  };
}

const protoFiles = (directory) =>
  readdirSync(directory)
    .sort()
    .flatMap((folder) => readdirSync(join(directory, folder)).map((file) => join(directory, folder, file)));

const nestedOf = (namespace) => namespace.nestedArray.flatMap((item) => [item, ...(item.nestedArray ? nestedOf(item) : [])]);
const allTypes = (root) => nestedOf(root).filter((item) => item instanceof protobuf.Type);
const allEnums = (root) => nestedOf(root).filter((item) => item instanceof protobuf.Enum);
const allServices = (root) => nestedOf(root).filter((item) => item instanceof protobuf.Service);

/** The one enum whose own name says nothing outside its message. */
const enumName = (type) => (type.name === 'Type' ? `${type.parent.name}Type` : type.name);

function enumFile(type, types, files) {
  const users = types.filter((user) => user.fieldsArray.some((field) => field.resolvedType === type));
  const names = new Set(users.map((user) => files.get(user)));
  return names.size === 1 ? [...names][0] : SHARED;
}

function describeMethod(service, method) {
  const servicePath = service.fullName.slice(1);
  const kind = method.requestStream ? 'bidirectional' : method.responseStream ? 'server-stream' : 'unary';
  return {
    service: servicePath,
    method: method.name,
    path: `/${servicePath}/${method.name}`,
    kind,
    requestType: method.resolvedRequestType.name,
    responseType: method.resolvedResponseType.name,
  };
}

function describeField(field) {
  const isMessage = field.resolvedType instanceof protobuf.Type;
  const isEnum = field.resolvedType instanceof protobuf.Enum;
  const siblings = field.partOf ? field.partOf.fieldsArray.filter((other) => other !== field) : [];
  return {
    number: field.id,
    name: camelCase(field.name),
    repeated: field.repeated,
    kind: isMessage ? 'message' : isEnum ? 'enum' : scalarKind(field),
    type: isMessage ? field.resolvedType.name : undefined,
    oneofSiblings: siblings.map((other) => camelCase(other.name)),
  };
}

const camelCase = (name) => name.replace(/_([a-zA-Z])/g, (_, letter) => letter.toUpperCase());

function scalarKind(field) {
  if (field.type === 'int64' || field.type === 'uint64') {
    return field.options?.jstype === 'JS_NUMBER' ? `${field.type}-number` : `${field.type}-bigint`;
  }
  return field.type;
}

function assignFiles(types, services) {
  const files = new Map();
  for (const type of types) files.set(type, type.parent.name === 'etcdserverpb' ? undefined : type.parent.name);
  for (const type of types.filter((candidate) => files.get(candidate) === undefined)) {
    const reaching = services.filter((service) => service.methodsArray.some((method) => methodReaches(method, type)));
    files.set(type, reaching.length === 1 ? reaching[0].name.toLowerCase() : SHARED);
  }
  return files;
}

const methodReaches = (method, type) =>
  reaches(method.resolvedRequestType, type, new Set()) || reaches(method.resolvedResponseType, type, new Set());

function reaches(from, type, seen) {
  if (from === type) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return from.fieldsArray.some((field) => field.resolvedType instanceof protobuf.Type && reaches(field.resolvedType, type, seen));
}
