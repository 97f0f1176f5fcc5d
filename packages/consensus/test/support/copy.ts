// Copies and canonical texts of whole object graphs: what the explorer branches and recognises states by.

/** Messages and entries never change: they are shared between copies, as are bytes and functions. */
const isImmutable = (value: object): boolean => ('kind' in value && 'round' in value) || value instanceof Uint8Array;

export function deepCopy<Value>(value: Value, copies: Map<object, unknown> = new Map()): Value {
  if (typeof value !== 'object' || value === null || isImmutable(value)) return value;
  const known = copies.get(value);
  // What the map holds under a value is that value's copy, hence of its type.
  if (known !== undefined) return known as Value;
  return copyObject(value, copies) as Value;
}

function copyObject(value: object, copies: Map<object, unknown>): object {
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length);
    copies.set(value, copy);
    for (let at = 0; at < value.length; at++) copy[at] = deepCopy(value[at], copies);
    return copy;
  }
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    copies.set(value, copy);
    for (const [key, item] of value) copy.set(key, deepCopy(item, copies));
    return copy;
  }
  if (value instanceof Set) return new Set(value);
  const copy = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  copies.set(value, copy);
  for (const [name, item] of Object.entries(value)) copy[name] = deepCopy(item, copies);
  return copy;
}

/** Equal texts for equal graphs, whatever the order in which maps and sets were filled. @param ignored names of fields */
export function canonical(value: unknown, ignored: ReadonlySet<string>): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '' : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, ignored)).join()}]`;
  if (value instanceof Uint8Array) return value.join('.');
  if (value instanceof Map)
    return `{${Array.from(value, ([key, item]) => `${String(key)}:${canonical(item, ignored)}`)
      .sort()
      .join()}}`;
  if (value instanceof Set) return `{${Array.from(value, String).sort().join()}}`;
  let text = '(';
  for (const name in value)
    if (!ignored.has(name)) text += `${name}:${canonical((value as Record<string, unknown>)[name], ignored)};`;
  return `${text})`;
}

/** 53 bits of a text (cyrb53): states are recognised by it. */
export function digest(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
