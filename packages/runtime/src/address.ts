// `host:port`, `[::1]:port` and `unix:/path`: how sessions are addressed, on Node and in the simulator alike.

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) };
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new Error(`"${text}" is not an address: expected host:port, [ipv6]:port or unix:/path`);
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

export function formatAddress(host: string | undefined, port: number | undefined): string {
  const name = host ?? '';
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}
