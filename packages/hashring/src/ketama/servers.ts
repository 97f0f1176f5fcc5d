// The many ways in which npm's `hashring` lets servers be given, as its parser (`connection-parse`) understands them.

export interface ServerConfig {
  readonly weight: number;
  readonly vnodes: number;
}
export interface ServerAddress {
  readonly host: string;
  readonly port: number | string;
  readonly weight?: number;
  readonly vnodes?: number;
}
/** `'a:1'`, a list of such, a list of addresses, or an object from servers to weights or to configurations. */
export type Servers =
  | string
  | readonly (string | ServerAddress)[]
  | Readonly<Record<string, number | string | Partial<ServerConfig>>>;

export interface Server {
  readonly host: string;
  readonly port: number | string;
  /** What `get` answers. */
  readonly string: string;
  readonly weight: number;
  /** 0: the ring's own number. */
  readonly vnodes: number;
}

export function parseServers(servers: Servers | undefined): readonly Server[] {
  if (servers === undefined || servers === '') return [];
  if (typeof servers === 'string') return [parseServer(servers, undefined)];
  if (isList(servers)) return servers.map((one) => (typeof one === 'string' ? parseServer(one, undefined) : fromAddress(one)));
  return Object.entries(servers).map(([text, value]) => parseServer(text, value));
}

const isList = (servers: Exclude<Servers, string>): servers is readonly (string | ServerAddress)[] => Array.isArray(servers);

function parseServer(text: string, value: number | string | Partial<ServerConfig> | undefined): Server {
  const [host = '', port] = text.split(':');
  const configured = typeof value === 'object';
  return {
    host,
    port: Number(port),
    string: text,
    weight: Number(configured ? value.weight : value) || 1,
    vnodes: configured ? Number(value.vnodes) || 0 : 0,
  };
}

const fromAddress = ({ host, port, weight, vnodes }: ServerAddress): Server => ({
  host,
  port,
  string: `${host}:${port}`,
  weight: Number(weight) || 1,
  vnodes: Number(vnodes) || 0,
});
