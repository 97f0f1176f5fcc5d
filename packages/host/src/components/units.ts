// Amounts as people write them.

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Undefined for what is not an amount of bytes; a bare number is bytes. */
export function parseBytes(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  if (found === null) return undefined;
  const factor = BYTES[found[2] === '' ? 'B' : found[2]!];
  return factor === undefined ? undefined : Math.round(Number(found[1]) * factor);
}

/** `10%` as 0.1; undefined for anything else. */
export function parseShare(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  const share = found === null ? Number.NaN : Number(found[1]) / 100;
  return share >= 0 && share <= 1 ? share : undefined;
}

/** The last one that there is. */
export const PORT_MAX = 65_535;

/** `host:port`, `[::1]:port`. */
export function isAddress(text: string): boolean {
  const found = /^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):(\d+)$/.exec(text);
  const port = Number(found?.[2]);
  return port >= 1 && port <= PORT_MAX;
}
